"""Joining a waiting list, leaving it, and where an entry is at an instant."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import barred, claims, limits, plans, refusals, waitlist
from bookings.facts import Facts, Reason, Window, Wish, has_lapsed
from bookings.models import Booking, WaitlistEntry
from bookings.plans import Stage, Terms
from bookings.requests import HoldRequest
from bookings.states import State
from kernel.errors import NotFound, Refused
from kernel.periods import Period, local_day
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, gate
from venues.models import Product

CLOCK = "waitlist_entry"
"""The kind of due work that ends an entry whose time has come."""
MOST_LIVE = 20
"""Entries of one customer."""
MAY_COME_FREE = frozenset(
    {Reason.BOOKED, Reason.HELD, Reason.BUFFER, Reason.CLOSURE, Reason.EXTERNAL_CALENDAR, Reason.CAPACITY}
)

Entry = WaitlistEntry.State


@dataclass(frozen=True, slots=True)
class Want:
    """What somebody waits for: a slot (`period`) or any start of a local `day`, on a resource or for a service.

    `minutes` of real time are for a day; None means the service's duration or the shortest that the resource allows.
    """

    customer: User
    resource_id: int | None = None
    product_id: int | None = None
    period: Period | None = None
    day: date | None = None
    minutes: int | None = None
    participants: int = 1


def join(want: Want) -> tuple[WaitlistEntry, bool]:
    """The entry, and whether it is new: who waits for the same already gets that entry.

    Only for what is taken just now. Raises `Refused("available")` where it can be had at once, with the reason
    where it can never be had, `Refused("too_many_waiting")` with twenty live entries, and what `barred.check` raises.
    """
    return transact(lambda: _join(want))


def _join(want: Want) -> tuple[WaitlistEntry, bool]:
    request = HoldRequest(
        answers=None,
        period=want.period or _some_hour(want),
        resource_id=want.resource_id,
        product_id=want.product_id,
        participants=want.participants,
        customer=want.customer,
    )
    service = plans.product_of(request)
    wanted = plans.candidates(request, service)
    # Whoever gives time back holds these locks: an entry is either seen by them, or sees that it is free.
    claims.lock(wanted, plans.stock_for(request, wanted))
    entry = gate.enter(alone=limits.customer_key(request))
    entry.check_goes_on()
    now = entry.now
    barred.check(request)
    stage = Stage(request, service, Terms(now), Window(want.day, want.day) if want.day else None)
    known = [stage.facts[pk] for pk in stage.candidates if pk in stage.facts]
    minutes = want.period.minutes if want.period else want.minutes or _minutes(service, known[0])
    fresh = WaitlistEntry(
        resource_id=None if want.product_id else want.resource_id,
        product_id=want.product_id,
        minutes=minutes,
        participants=want.participants,
        customer=want.customer,
        created_at=now,
    )
    stretch = want.period or _day_of(want, known[0].zone)
    fresh.earliest, fresh.latest = stretch.start, stretch.end
    same = _same(fresh).filter(live(now)).first()
    if same:
        return same, False
    if service and service.duration_minutes != minutes:
        raise refusals.unavailable(Reason.DURATION)
    _check(stage, request, fresh, known)
    if WaitlistEntry.objects.filter(live(now), customer=want.customer).count() >= MOST_LIVE:
        raise Refused("too_many_waiting", _("You are waiting for many things already. Leave one of the lists first."))
    fresh.save()
    due.schedule(CLOCK, fresh.pk, over_at(fresh))
    return fresh, True


def _some_hour(want: Want) -> Period:
    # For a day the request's own period decides nothing; the stage reads the window.
    assert want.day is not None
    noon = datetime.combine(want.day, datetime.min.time(), ZoneInfo("UTC")) + timedelta(hours=12)
    return Period(noon, noon + timedelta(hours=1))


def _day_of(want: Want, zone: ZoneInfo) -> Period:
    assert want.day is not None
    try:
        return local_day(want.day, zone)
    except ValueError:
        raise refusals.unavailable(Reason.CLOSED) from None


def _minutes(service: Product | None, facts: Facts) -> int:
    return (service.duration_minutes if service else None) or facts.resource.min_minutes


def _same(entry: WaitlistEntry) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.filter(
        customer=entry.customer,
        resource=entry.resource_id,
        product=entry.product_id,
        earliest=entry.earliest,
        latest=entry.latest,
        minutes=entry.minutes,
    )


def _check(stage: Stage, request: HoldRequest, entry: WaitlistEntry, known: list[Facts]) -> None:
    """Refuse what is free now, and what cannot come free."""
    asked = [(facts, wish, facts.reason(wish)) for facts in known for wish in waitlist.wishes(facts, entry)]
    if not asked:
        raise refusals.unavailable(Reason.CLOSED)
    free = next((wish for _facts, wish, reason in asked if reason is None), None)
    if free and not _is_sold_out(stage, request, free):
        extra = {"start_datetime": free.period.start.isoformat(), "end_datetime": free.period.end.isoformat()}
        raise Refused("available", _("This can be had now: book it."), extra)
    if not free and not any(_may_come_free(facts, wish, reason) for facts, wish, reason in asked):
        raise refusals.unavailable(asked[0][2] or Reason.CLOSED)
    if not free and entry.latest == request.period.end:
        _check_not_own(stage, request)


def _may_come_free(facts: Facts, wish: Wish, reason: Reason | None) -> bool:
    if reason == Reason.CAPACITY:
        return 1 <= wish.participants <= facts.resource.capacity
    return reason in MAY_COME_FREE


def _is_sold_out(stage: Stage, request: HoldRequest, free: Wish) -> bool:
    """Whether an extra that has to come with it is what is missing."""
    try:
        stage.plan(replace(request, period=free.period))
    except Refused as refusal:
        return refusal.code == "extra_sold_out"
    return False


def _check_not_own(stage: Stage, request: HoldRequest) -> None:
    """Nobody waits for what they have (R12)."""
    try:
        stage.plan(request)
    except Refused as refusal:
        if refusal.code == "held_by_you":
            raise


def leave(entry: WaitlistEntry) -> WaitlistEntry:
    """Wait no longer. A hold that was offered is let go, and the next in line gets it. A second time changes nothing.

    Raises `Refused("wrong_state")` for an offer that was taken: that is a booking, to be cancelled as such.
    """

    def act() -> WaitlistEntry:
        line = waitlist.lock(_places(entry))
        current = WaitlistEntry.objects.select_for_update(of=("self",)).filter(pk=entry.pk).first()
        if current is None:
            raise NotFound("not_found", _("There is no such entry."))
        now = database_now()
        state = state_at(current, now)
        if state == Entry.TAKEN:
            raise Refused("wrong_state", _("You have taken this offer: cancel the booking instead."))
        if state not in {Entry.WAITING, Entry.OFFERED}:
            return current
        current.state = Entry.LEFT
        current.save(update_fields=["state"])
        offer = current.offer
        if offer:
            claims.release(Booking.objects.filter(pk=offer.pk, state=State.HELD), now, "left the waiting list")
            waitlist.serve(line, now, Period(offer.start, offer.end))
        return current

    return transact(act)


def try_now(entry: WaitlistEntry) -> WaitlistEntry:
    """Serve those who wait for what an entry waits for, the first in line first, with what is free; the entry after it.

    An offer leads to the customer as any other does. Where nothing is free, or somebody is before it, nothing changes.
    """
    for resource_id in _places(entry):
        waitlist.serve_now(resource_id)
    found: WaitlistEntry = WaitlistEntry.objects.select_related("offer").get(pk=entry.pk)
    return found


def _places(entry: WaitlistEntry) -> list[int]:
    if entry.product_id is None:
        assert entry.resource_id is not None
        return [entry.resource_id]
    return list(Product.resources.through.objects.filter(product=entry.product_id).values_list("resource", flat=True))


def live(now: datetime) -> Q:
    """Entries that still hope for something at an instant."""
    offered = Q(state=Entry.OFFERED, offer__state=State.HELD, offer__hold_expires_at__gt=now)
    return Q(state=Entry.WAITING, latest__gt=now) | offered


def over_at(entry: WaitlistEntry) -> datetime:
    """From when on there is nothing to wait for: the slot has begun, the day is over."""
    return entry.earliest if waitlist.is_slot(entry) else entry.latest


def state_at(entry: WaitlistEntry, now: datetime) -> str:
    """Where an entry is at an instant, even if nobody has tidied up since; `offer` is read with it."""
    if entry.state == Entry.WAITING and over_at(entry) <= now:
        return Entry.OVER
    if entry.state != Entry.OFFERED or entry.offer is None:
        return entry.state
    if entry.offer.state in {State.EXPIRED, State.CANCELLED}:
        return Entry.PASSED
    if entry.offer.state != State.HELD:
        return Entry.TAKEN
    return Entry.PASSED if has_lapsed(entry.offer.state, entry.offer.hold_expires_at, now) else Entry.OFFERED


def end(entry_id: int) -> None:
    """What the clock does to an entry once its time has come, as often as it likes."""

    def act() -> None:
        entry = WaitlistEntry.objects.select_for_update(of=("self",)).filter(pk=entry_id, state=Entry.WAITING).first()
        if entry and over_at(entry) <= database_now():
            entry.state = Entry.OVER
            entry.save(update_fields=["state"])

    transact(act)


def in_line(entries: QuerySet[WaitlistEntry]) -> QuerySet[WaitlistEntry]:
    """Entries with `ahead`: how many wait for the same thing at a time that overlaps, and joined before."""
    before = (
        WaitlistEntry.objects.filter(
            Q(resource=OuterRef("resource")) | Q(product=OuterRef("product")),
            state=Entry.WAITING,
            customer__is_active=True,
            pk__lt=OuterRef("pk"),
            earliest__lt=OuterRef("latest"),
            latest__gt=OuterRef("earliest"),
        )
        .order_by()
        .annotate(number=Func(F("pk"), function="COUNT", output_field=IntegerField()))
        .values("number")
    )
    return entries.annotate(ahead=Subquery(before))
