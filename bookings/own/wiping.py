"""What erasure does to rows, under whatever locks the caller has: `bookings.own.tables` is the list.

One way for all: who asks to be erased (`erasing`), whose time is over (`lapsing`), and who was erased before a backup
brought them back (`again`). Everything is noted by number outside of the schema (`tenants.erasures`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from accounts.models import AccessToken, Authenticator, MailedLink, Passkey, RecoveryCode, Session, User
from billing.payments import cards
from bookings import consents, moves
from bookings.letters import links
from bookings.models import (
    Answer,
    Booking,
    BookingChange,
    BookingEvent,
    BookingFile,
    BookingMessage,
    CustomerFile,
    Feed,
    Look,
    Merge,
    Notice,
    Participant,
    RetentionNotice,
    StaffNote,
    VoucherUse,
)
from bookings.own.earlier import of_address
from bookings.records import SYSTEM, Actor, event
from oauth.models import AccessToken as AppToken
from oauth.models import Grant, RefreshToken
from rest.models import IdempotencyRecord
from schemas.current import current_schema
from tenants import due, erasures
from tenants.models import OutgoingMail

WHY = "erased"
FORGET_CARDS = "forget_cards"
PERSONAL_CHANGES = ("notes", "answers", "overruled_because", "fee_because")
NOBODY = "erased-%s@invalid.example"
DASH = "–"
AT_ONCE = 200
WORDS = (Answer, Participant, StaffNote, BookingMessage, BookingFile)
"""What hangs on a booking and is gone with its words."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose data: an address, with the account of that address where it is about one."""

    email: str
    user: User | None = None
    by: User | None = None
    """Who of the team erases it for them."""
    is_due: bool = False
    """Whether nobody has asked, and their time is over."""

    @property
    def bookings(self) -> QuerySet[Booking]:
        """What they booked: with the account and, once it is known that the address is theirs, as a guest."""
        if self.user is None:
            return of_address(self.email)
        own = Q(customer=self.user)
        if self.user.verified_at is not None:
            own |= Q(pk__in=of_address(self.user.email).values("pk"))
        return Booking.objects.filter(own)

    @property
    def actor(self) -> Actor:
        """Whom the record names, as a number."""
        if self.is_due:
            return SYSTEM
        if self.by is not None:
            return Actor.of(self.by)
        return Actor.customer(self.user) if self.user else Actor.of(None)


def wipe(whose: Whose, now: datetime) -> None:
    """All of somebody; their locks are held, and nothing stands in the way. A second time changes nothing more."""
    own = list(whose.bookings.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(own), AT_ONCE):  # in the order of their ids, as everybody locks them
        empty(own[first : first + AT_ONCE], whose.actor, now)
    forget_address(whose.email, now)
    if whose.user is not None:
        _forget_merged(whose.user, now)
        shut(whose.user)
        _close(whose.user, now)


def empty(ids: Collection[UUID], actor: Actor, now: datetime) -> None:
    """Bookings name nobody any more; they keep their times and money."""
    rows = list(Booking.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    blank = dict.fromkeys(("name", "email", "phone", "holder", "origin"), "")
    Booking.objects.filter(pk__in=ids).update(**blank)
    empty_words(ids, now)
    VoucherUse.objects.filter(booking__in=ids).update(email="")
    planned = Notice.objects.filter(booking__in=ids, state=Notice.State.PLANNED)
    planned.update(state=Notice.State.SKIPPED, why="no_address")
    Notice.objects.filter(booking__in=ids).update(to="")
    for booking in rows:
        booking.name = booking.email = ""
        booking.updated_at = now
    acts = [event(each, each.state, actor, now, WHY, BookingEvent.Act.CHANGED) for each in rows]
    moves.told((act, ()) for act in acts)
    erasures.note(Booking._meta.label, ids, now)


def empty_words(ids: Collection[UUID], now: datetime) -> None:
    """Bookings, which are locked, lose what was written freely: notes, answers, messages, files and who came along."""
    Booking.objects.filter(pk__in=ids).update(notes="", cancel_notes="", updated_at=now)
    for model in WORDS:
        model._default_manager.filter(booking__in=ids).delete()
    # Emptying these two columns is all that PostgreSQL lets happen to a row of the record.
    changes = BookingChange.objects.filter(event__booking__in=ids, field__in=PERSONAL_CHANGES)
    changes.update(before="", after="")


def forget_address(email: str, now: datetime) -> None:
    """Wherever the address stands by itself."""
    is_it = Exact(Lower("email"), email)
    listed = Participant.objects.filter(is_it)
    erasures.note(Participant._meta.label, listed.values_list("pk", flat=True), now)
    listed.update(name=DASH, email="")
    VoucherUse.objects.filter(is_it).update(email="")
    Notice.objects.filter(Exact(Lower("to"), email)).update(to="")
    MailedLink.objects.filter(email=email).delete()
    consents.forget(links.digest(email))
    files = CustomerFile.objects.filter(email=email)
    erasures.note(CustomerFile._meta.label, files.values_list("pk", flat=True), now)
    # Who may not book here stays known by the address, or erasure would be the way back in.
    files.filter(blocked_at=None).delete()
    files.update(notes="")
    for log in (AccessAttempt, AccessFailureLog, AccessLog):
        log.objects.filter(username__iexact=email).delete()
    OutgoingMail.objects.filter(Exact(Lower("to"), email), schema_name=current_schema()).delete()
    Look.objects.filter(email=email).delete()
    Merge.objects.filter(email=email).update(email="")


def _forget_merged(user: User, now: datetime) -> None:
    """The addresses of accounts that became this one, but for those that somebody else has by now."""
    for email in Merge.objects.filter(kept=user).exclude(email="").values_list("email", flat=True):
        if not User.objects.filter(email=email).exists():
            forget_address(email, now)
    Merge.objects.filter(kept=user).update(email="")


def shut(user: User) -> None:
    """Nothing that was given out opens the account any more."""
    Session.objects.filter(user_id=user.pk).delete()
    for model in (AccessToken, Authenticator, RecoveryCode, Passkey, AppToken, RefreshToken, Grant, MailedLink):
        model._default_manager.filter(user=user).delete()
    Feed.objects.filter(customer=user).delete()
    called = Q(principal=f"user:{user.pk}") | Q(principal__startswith="client:", principal__endswith=f":{user.pk}")
    IdempotencyRecord.objects.filter(called).delete()


def _close(user: User, now: datetime) -> None:
    """The account names nobody; its number stays for what refers to it."""
    CustomerFile.objects.filter(customer=user, blocked_at=None).delete()
    CustomerFile.objects.filter(customer=user).update(notes="", customer=None)
    VoucherUse.objects.filter(customer=user).update(email="")
    RetentionNotice.objects.filter(user=user).delete()
    blank(User.objects.select_for_update().get(pk=user.pk), NOBODY, now)
    erasures.note(User._meta.label, [user.pk], now)


def blank(row: User, address: str, now: datetime) -> None:
    """An account, which is locked, that signs in nowhere and names nobody, at an address that leads nowhere."""
    row.email, row.name, row.phone, row.language = address % row.pk, "", "", ""
    row.is_active, row.verified_at, row.erased_at, row.last_login = False, None, now, None
    row.sign_outs += 1
    row.set_unusable_password()
    row.save()
    if cards.is_known(row.pk):
        due.schedule(FORGET_CARDS, row.pk, now)
