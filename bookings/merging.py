"""Two that are one person become one: what one had is the other's, in one transaction.

`gone` is a customer's account, or an address that booked without one. Everything that is still theirs moves: bookings
with all that hangs on them, series, places on waiting lists, prepaid hours, purchases, gift credit, memberships, notes
and a block. Money and documents stay as they were written. What was never paid is not to be bought any more.

The account that is gone signs in no more: passwords, links, passkeys, tokens, feeds and cards of it end, and are not
the kept one's, since nobody has proved that both are the same person's. Its address is free; `Merge` remembers it, so
that erasing the kept one forgets it, too.

Locks: both customers and their addresses, both accounts, what is still to be paid, series, bookings by id. Whoever
books for the one that is gone has either finished before, or finds it closed (`barred.check_read`, `check_open`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Role, User
from billing.payments import cards
from billing.payments.models import Payment
from bookings import moves
from bookings.customers import Whom, file_of
from bookings.models import (
    Booking,
    BookingEvent,
    CustomerFile,
    GiftCredit,
    HoursAccount,
    Look,
    Merge,
    Purchase,
    Series,
    VoucherUse,
    WaitlistEntry,
)
from bookings.own import unpaid, wiping
from bookings.own.earlier import of_address
from bookings.purchases import rows
from bookings.records import Actor, event
from bookings.states import LIVE
from kernel import failpoints
from kernel.errors import Conflict, Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import gate
from venues.models import Membership

WHY = "merged"
NOBODY = "merged-%s@invalid.example"
AT_ONCE = 200
LONGEST_NOTES = 4000


@dataclass(frozen=True, slots=True)
class Moves:
    """What would move, counted; `keeps_cards` says that there may be cards, which go."""

    bookings: int
    upcoming: int
    series: int
    waiting: int
    packs: int
    minutes: int
    purchases: int
    unpaid: int
    credits: int
    memberships: int
    has_notes: bool
    is_blocked: bool
    keeps_cards: bool


def foretold(gone: Whom) -> Moves:
    """What `merge` would move, as it is now."""
    file, user = file_of(gone), gone.customer
    theirs = bookings_of(gone)
    hours = HoursAccount.objects.filter(customer=user) if user else HoursAccount.objects.none()
    bought = Purchase.objects.filter(customer=user) if user else Purchase.objects.none()
    return Moves(
        bookings=theirs.count(),
        upcoming=theirs.filter(state__in=LIVE, start__gt=Now()).count(),
        series=_series_of(gone).count(),
        waiting=WaitlistEntry.objects.filter(customer=user).count() if user else 0,
        packs=hours.count(),
        minutes=hours.aggregate(sum=Sum("minutes_left"))["sum"] or 0,
        purchases=bought.count(),
        unpaid=bought.filter(state=Purchase.State.OPEN).count(),
        credits=GiftCredit.objects.filter(customer=user).count() if user else 0,
        memberships=Membership.objects.filter(user=user).count() if user else 0,
        has_notes=bool(file and file.notes),
        is_blocked=bool(file and file.blocked_at),
        keeps_cards=bool(user and cards.is_known(user.pk)),
    )


def merge(kept: User, gone: Whom, by: User) -> Merge:
    """Make them one. Raises `Refused("same_customer" | "payment_open")` and `Conflict("customer_closed")`."""

    def act() -> Merge:
        gate.wait_for_all([*Whom.of(kept).locks, *gone.locks])
        pair = _locked(kept, gone)
        now = database_now()
        failpoints.hit("merge.locked")
        if pair.gone is not None:
            _check_no_payment(pair.gone)
            unpaid.drop_all(pair.gone)
        count = _move_bookings(pair, now, Actor.of(by))
        _move_file(pair.kept, gone, by, now)
        if pair.gone is not None:
            _move_rest(pair.gone, pair.kept)
            _move_memberships(pair.gone, pair.kept)
            _close(pair.gone, pair.kept, now)
        _move_looks(gone, pair.kept)
        Merge.objects.filter(kept=pair.gone, kept__isnull=False).update(kept=pair.kept)
        return Merge.objects.create(
            kept=pair.kept, gone=pair.gone, email=gone.email, by_id=by.pk, bookings=count, at=now
        )

    return transact(act)


def bookings_of(gone: Whom) -> QuerySet[Booking]:
    """The bookings that would move, in whatever state."""
    return Booking.objects.filter(customer=gone.customer) if gone.customer else of_address(gone.email)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both as they are now, locked."""

    kept: User
    whom: Whom
    gone: User | None = None


def _locked(kept: User, whom: Whom) -> _Pair:
    wanted = {kept.pk} | ({whom.customer.pk} if whom.customer else set())
    if whom.customer is not None and len(wanted) == 1:
        raise Refused("same_customer", _("This is one and the same account."))
    found = User.objects.select_for_update(no_key=True).filter(pk__in=wanted, role=Role.CUSTOMER, is_active=True)
    users = {user.pk: user for user in found.order_by("pk")}
    if set(users) != wanted:
        raise Conflict("customer_closed", _("One of the two was closed meanwhile. Please look them up again."))
    return _Pair(users[kept.pk], whom, users[whom.customer.pk] if whom.customer else None)


def _check_no_payment(gone: User) -> None:
    theirs = Booking.objects.filter(customer=gone).values("pk")
    decided_on = Payment.objects.filter(state=Payment.State.PROCESSING, booking_id__in=theirs)
    if decided_on.exists() or rows.under_way(gone).exists():
        raise Refused("payment_open", _("A payment of theirs is under way. Please wait until it has gone through."))


def _series_of(gone: Whom) -> QuerySet[Series]:
    if gone.customer is not None:
        return Series.objects.filter(customer=gone.customer)
    return Series.objects.filter(customer=None, pk__in=of_address(gone.email).exclude(series=None).values("series"))


def _move_bookings(pair: _Pair, now: datetime, actor: Actor) -> int:
    """With their series, in the order of their ids, as everybody locks them; the record has who had them."""
    series = list(_series_of(pair.whom).select_for_update(no_key=True, of=("self",)).order_by("pk"))
    Series.objects.filter(pk__in=[each.pk for each in series]).update(customer=pair.kept)
    theirs = list(bookings_of(pair.whom).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(theirs), AT_ONCE):
        _move(theirs[first : first + AT_ONCE], pair.kept, now, actor)
    return len(theirs)


def _move(ids: list[UUID], kept: User, now: datetime, actor: Actor) -> None:
    found = list(Booking.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    Booking.objects.filter(pk__in=ids).update(customer=kept, updated_at=now)
    VoucherUse.objects.filter(booking__in=ids).update(customer=kept)
    for booking in found:
        booking.customer, booking.updated_at = kept, now
    acts = [event(each, each.state, actor, now, WHY, BookingEvent.Act.CHANGED) for each in found]
    moves.told((act, ()) for act in acts)


def _move_rest(gone: User, kept: User) -> None:
    HoursAccount.objects.filter(customer=gone).update(customer=kept)
    Purchase.objects.filter(customer=gone).update(customer=kept)
    GiftCredit.objects.filter(customer=gone).update(customer=kept)
    WaitlistEntry.objects.filter(customer=gone).update(customer=kept)
    VoucherUse.objects.filter(customer=gone).update(customer=kept)


def _move_memberships(gone: User, kept: User) -> None:
    """Of two in the same group, one that has the days of both; where they do not touch, the one that ends later."""
    own = {each.group_id: each for each in Membership.objects.select_for_update(no_key=True).filter(user=kept)}
    for theirs in Membership.objects.select_for_update(no_key=True).filter(user=gone).order_by("pk"):
        mine = own.get(theirs.group_id)
        if mine is None:
            theirs.user = kept
            theirs.save(update_fields=["user"])
            continue
        mine.valid_from, mine.valid_until = joined(
            (mine.valid_from, mine.valid_until), (theirs.valid_from, theirs.valid_until)
        )
        theirs.delete()
        mine.save(update_fields=["valid_from", "valid_until"])


Days = tuple[date | None, date | None]
"""From the first to the last, both inclusive; None is without a beginning, or without an end."""


def joined(one: Days, other: Days) -> Days:
    """The days of both where they touch; else those that end later."""
    early, late = sorted((one, other), key=lambda days: days[1] or date.max)
    ends, begins = early[1], late[0]
    if ends is not None and begins is not None and (begins - ends).days > 1:
        return late
    firsts = [days[0] for days in (one, other)]
    return (None if None in firsts else min(day for day in firsts if day), late[1])


def _move_file(kept: User, gone: Whom, by: User, now: datetime) -> None:
    """Both notes one after the other; who is blocked stays so, and the address that is free now, too."""
    theirs = file_of(gone)
    if theirs is None:
        return
    own = file_of(Whom.of(kept)) or CustomerFile(email=kept.email)
    own.customer = kept
    own.notes = "\n\n".join(note for note in (own.notes, theirs.notes) if note)[:LONGEST_NOTES]
    if theirs.blocked_at and not own.blocked_at:
        own.blocked_at, own.blocked_by = theirs.blocked_at, theirs.blocked_by
        own.block_reason = theirs.block_reason
    if theirs.blocked_at:
        theirs.customer, theirs.notes = None, ""
        theirs.save(update_fields=["customer", "notes"])
    else:
        theirs.delete()
    own.save()


def _move_looks(gone: Whom, kept: User) -> None:
    """Who looked at the one has looked at the other; where both are noted for the same hour, once."""
    theirs = (
        Look.objects.filter(account_id=gone.customer.pk)
        if gone.customer
        else Look.objects.filter(account_id=None, email=gone.email)
    )
    same = Look.objects.filter(
        account_id=kept.pk, viewer_id=OuterRef("viewer_id"), what=OuterRef("what"), hour=OuterRef("hour")
    )
    theirs.filter(Exists(same)).delete()
    theirs.update(account_id=kept.pk, email="")


def _close(gone: User, kept: User, now: datetime) -> None:
    """The kept one is called as it is, and where that is not known, as the other."""
    known = {name: getattr(gone, name) for name in ("name", "phone") if not getattr(kept, name)}
    if known:
        User.objects.filter(pk=kept.pk).update(**known)
    wiping.shut(gone)
    wiping.blank(gone, NOBODY, now)
