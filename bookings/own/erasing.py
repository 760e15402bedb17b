"""Erasure (GDPR art. 17): what names somebody goes, at once and for good; what the law keeps stays, without the name.

`bookings.own.tables` is the list. Bookings keep their times and money; prepaid hours, payments and documents keep their
numbers. Who is still to come cancels first: a booking without a name could not be kept. Stripe forgets the person by
due work, since no network is asked in a transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from accounts import links
from accounts.models import AccessToken, Authenticator, MailedLink, Passkey, RecoveryCode, Role, Session, User
from billing.payments import cards
from bookings import barred, joining, limits, moves
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
    StaffNote,
    VoucherUse,
    WaitlistEntry,
)
from bookings.own import letters, unpaid
from bookings.own.earlier import of_address
from bookings.records import Actor, event
from bookings.states import LIVE
from kernel.errors import Forbidden, Refused
from oauth.models import AccessToken as AppToken
from oauth.models import Grant, RefreshToken
from rest.models import IdempotencyRecord
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import cleaning, due, gate
from tenants.models import OutgoingMail

WHY = "erased"
FORGET_CARDS, FORGET_LETTER = "forget_cards", "forget_letter"
PERSONAL_CHANGES = ("notes", "answers", "overruled_because", "fee_because")
NOBODY = "erased-%s@invalid.example"
DASH = "–"
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose data: an address, with the account of that address where it is about one."""

    email: str
    user: User | None = None
    by: User | None = None
    """Who of the team erases it for them."""

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
        if self.by is not None:
            return Actor.of(self.by)
        return Actor.customer(self.user) if self.user else Actor.of(None)


def ahead(whose: Whose, now: datetime) -> QuerySet[Booking]:
    """Bookings that stand and are not over: they are cancelled first."""
    lapsed = Q(state="held", hold_expires_at__lte=now)
    return whose.bookings.filter(state__in=LIVE, end__gt=now).exclude(lapsed).order_by("start")


def erase(whose: Whose) -> None:
    """Erase it. A second time finds nothing more and changes nothing.

    Raises `Refused("bookings_ahead" | "payment_open")`, `Forbidden("staff_account")` for who works here: their owner
    removes them, and `Conflict("customer_closed")` for an account that became another one meanwhile, which has it all.
    """
    user = whose.user
    if user is not None and user.role != Role.CUSTOMER:
        raise Forbidden("staff_account", _("You work here: ask the owner to remove your account."))
    _check_none_ahead(whose, database_now())
    if user is not None:
        unpaid.check(user)
    for entry in WaitlistEntry.objects.filter(customer=user, state__in=["waiting", "offered"]) if user else ():
        joining.leave(entry)  # its locks of places come before those of people

    def act() -> None:
        keys = [limits.account_key(user.pk)] if user else []
        gate.wait_for_all([*keys, barred.email_key(whose.email)])
        now = database_now()
        if user is not None and Merge.objects.filter(gone=user).exists():
            raise barred.closed()
        _check_none_ahead(whose, now)
        if user is not None:
            unpaid.drop_all(user)
        _empty_bookings(whose, now)
        _forget_address(whose.email)
        if user is not None:
            _forget_merged(user)
            shut(user)
            _close(user, now)
        _say_goodbye(whose, now)

    transact(act)


def _check_none_ahead(whose: Whose, now: datetime) -> None:
    if ahead(whose, now).exists():
        raise Refused("bookings_ahead", _("You have bookings ahead of you. Please cancel them first."))


def _empty_bookings(whose: Whose, now: datetime) -> None:
    """In the order of their ids, as everybody locks them."""
    own = list(whose.bookings.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(own), AT_ONCE):
        _empty(own[first : first + AT_ONCE], whose.actor, now)


def _empty(ids: Collection[UUID], actor: Actor, now: datetime) -> None:
    rows = list(Booking.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    blank = dict.fromkeys(("name", "email", "phone", "notes", "cancel_notes", "holder", "origin"), "")
    Booking.objects.filter(pk__in=ids).update(**blank, updated_at=now)
    for model in (Answer, Participant, StaffNote, BookingMessage, BookingFile):
        model._default_manager.filter(booking__in=ids).delete()
    VoucherUse.objects.filter(booking__in=ids).update(email="")
    planned = Notice.objects.filter(booking__in=ids, state=Notice.State.PLANNED)
    planned.update(state=Notice.State.SKIPPED, why="no_address")
    Notice.objects.filter(booking__in=ids).update(to="")
    # Emptying these two columns is all that PostgreSQL lets happen to a row of the record.
    changes = BookingChange.objects.filter(event__booking__in=ids, field__in=PERSONAL_CHANGES)
    changes.update(before="", after="")
    for booking in rows:
        booking.name = booking.email = ""
        booking.updated_at = now
    acts = [event(each, each.state, actor, now, WHY, BookingEvent.Act.CHANGED) for each in rows]
    moves.told((act, ()) for act in acts)


def _forget_address(email: str) -> None:
    """Wherever the address stands by itself."""
    is_it = Exact(Lower("email"), email)
    Participant.objects.filter(is_it).update(name=DASH, email="")
    VoucherUse.objects.filter(is_it).update(email="")
    Notice.objects.filter(Exact(Lower("to"), email)).update(to="")
    MailedLink.objects.filter(email=email).delete()
    # Who may not book here stays known by the address, or erasure would be the way back in.
    CustomerFile.objects.filter(email=email, blocked_at=None).delete()
    CustomerFile.objects.filter(email=email).update(notes="")
    for log in (AccessAttempt, AccessFailureLog, AccessLog):
        log.objects.filter(username__iexact=email).delete()
    OutgoingMail.objects.filter(Exact(Lower("to"), email), schema_name=current_schema()).delete()
    Look.objects.filter(email=email).delete()
    Merge.objects.filter(email=email).update(email="")


def _forget_merged(user: User) -> None:
    """The addresses of accounts that became this one, but for those that somebody else has by now."""
    for email in Merge.objects.filter(kept=user).exclude(email="").values_list("email", flat=True):
        if not User.objects.filter(email=email).exists():
            _forget_address(email)
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
    blank(User.objects.select_for_update().get(pk=user.pk), NOBODY, now)
    if cards.is_known(user.pk):
        due.schedule(FORGET_CARDS, user.pk, now)


def blank(row: User, address: str, now: datetime) -> None:
    """An account, which is locked, that signs in nowhere and names nobody, at an address that leads nowhere."""
    row.email, row.name, row.phone, row.language = address % row.pk, "", "", ""
    row.is_active, row.verified_at, row.erased_at, row.last_login = False, None, now, None
    row.sign_outs += 1
    row.set_unusable_password()
    row.save()
    if cards.is_known(row.pk):
        due.schedule(FORGET_CARDS, row.pk, now)


def _say_goodbye(whose: Whose, now: datetime) -> None:
    """One last letter; the row that remembers to whom it went is deleted as soon as it has gone."""
    key = f"erased:{now:%Y%m%d%H%M%S%f}"
    letters.send(key, whose.email, letters.was_erased, now)
    mail = OutgoingMail.objects.get(schema_name=current_schema(), key=f"account:{key}")
    due.schedule(FORGET_LETTER, mail.pk, now + timedelta(minutes=10))


class NotGoneYet(Exception):
    """The last letter still waits: look again later."""


@due.handles(FORGET_LETTER)
def forget_letter(mail_id: str) -> None:
    """Delete the row of the last letter; raises `NotGoneYet` while it waits, and the clock asks again."""
    row = OutgoingMail.objects.filter(pk=mail_id, schema_name=current_schema()).first()
    if row is None:
        return
    if row.state == OutgoingMail.State.WAITING and database_now() - row.created_at < timedelta(days=1):
        raise NotGoneYet
    transact(lambda: OutgoingMail.objects.filter(pk=mail_id, schema_name=current_schema()).delete())


@due.handles(FORGET_CARDS, queue=due.Queue.MONEY)
def forget_cards(user_id: str) -> None:
    """Have Stripe delete the person, cards included."""
    cards.forget(int(user_id))


@cleaning.of_tenants("mailed links")
def old_links() -> int:
    """Links that nobody needs any more."""
    return cleaning.sweep(links.over(database_now()))
