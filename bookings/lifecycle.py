"""A booking's life in order: hold, submit, confirm, cancel, expire, complete, no-show.

Every act is the same five lines: lock, check the move, write, record the
event, tell the clock. Acts are `transact`ed: called alone they are a
transaction of their own, called inside another they join it. Nothing else
writes a booking's state.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import availability, claims, refusals
from bookings.availability import Facts, Reason, Window, Wish
from bookings.models import Booking, BookingEvent, Occupancy
from bookings.records import SYSTEM, Actor, event, record
from bookings.references import new_reference
from bookings.states import LIVE, CancelReason, PaymentState, PaymentWay, PendingReason, State, sources
from kernel import failpoints
from kernel.errors import Invalid, NotFound, Refused
from kernel.periods import Period
from schemas.clock import database_now
from schemas.transactions import UNIQUE_VIOLATION, Again, sqlstate, transact
from tenants import due, gate
from tenants.zones import zone
from venues import pricing
from venues.access import public_products
from venues.models import Resource

HOLD_LASTS = timedelta(minutes=15)
CLOCK = "booking_clock"
"""The kind of due work that tidies up after time itself."""


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach whoever comes."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What to hold, and for whom.

    One of `resource_id` and `product_id` at least: a product without a
    resource takes the first of its resources that is free. `holder` says whose
    hold it is when there is no account. `replaces` are own holds to let go of
    if this one succeeds: going back and choosing again never blocks oneself.
    """

    period: Period
    resource_id: int | None = None
    product_id: int | None = None
    participants: int = 1
    notes: str = ""
    customer: User | None = None
    contact: Contact = Contact()
    holder: str = ""
    replaces: frozenset[UUID] = frozenset()


def hold(request: HoldRequest) -> Booking:
    """Take the slot for 15 minutes and return the booking, state `held`.

    Raises `Refused` with a code of `availability.Reason` or `held_by_you`, and
    then nothing has changed.
    """
    return transact(lambda: _take(request, lambda _booking: False))


def book(request: HoldRequest, payment: PaymentWay | None = None) -> Booking:
    """As `hold`, but a booking that is paid on site, or free, goes straight on to the venue, as by `submit`.

    `payment` None means online where the resource takes that. Raises `Refused("payment_unavailable")` for a way
    that it does not take.
    """
    return transact(lambda: _take(request, lambda booking: _is_for_the_venue(booking, payment)))


def _is_for_the_venue(booking: Booking, payment: PaymentWay | None) -> bool:
    resource = booking.resource
    if not booking.total_minor:
        return True
    wanted = payment or (PaymentWay.ONLINE if resource.pays_online else PaymentWay.ON_SITE)
    if not (resource.pays_online if wanted == PaymentWay.ONLINE else resource.pays_on_site):
        raise Refused("payment_unavailable", _("This cannot be paid in that way."))
    return wanted == PaymentWay.ON_SITE


def _take(request: HoldRequest, for_the_venue: Callable[[Booking], bool]) -> Booking:
    candidates = _candidates(request)
    claims.lock(candidates)
    now = gate.open_now()
    replaced = _replaced(request)
    facts = _facts(candidates, request.period, now, replaced)
    chosen, unit = _choose(candidates, facts, request)
    failpoints.hit("hold.checked")
    if replaced:
        claims.release(Booking.objects.filter(pk__in=replaced, state=State.HELD), now, "replaced")
    if in_the_way := facts[chosen.pk].lapsed_in(request.period):
        claims.release(claims.lapsed(in_the_way, now), now, "time ran out")
    actor = Actor.of(request.customer)
    booking = _new_booking(chosen, unit, request, now)
    events = [event(booking, "", actor, now)]
    if for_the_venue(booking):
        events.append(_submitted(booking, actor, now))
    _insert(booking)
    _occupy(booking, facts[chosen.pk])
    record(events)
    due.schedule(CLOCK, booking.pk, _next_tick(booking))
    return booking


def _candidates(request: HoldRequest) -> list[int]:
    if request.product_id is None:
        if request.resource_id is None:
            raise Invalid("resource_required", _("Say which resource, or which service, to book."))
        return [request.resource_id]
    product = public_products().prefetch_related("resources").filter(pk=request.product_id).first()
    if product is None:
        raise NotFound("product_unknown", _("There is no such service."))
    if request.period.minutes != product.duration_minutes:
        raise refusals.unavailable(Reason.DURATION)
    offered = [resource.pk for resource in product.resources.all()]
    if request.resource_id is None:
        return offered
    if request.resource_id not in offered:
        raise Invalid("product_elsewhere", _("This service is not offered there."))
    return [request.resource_id]


def _facts(candidates: Sequence[int], period: Period, now: datetime, ignoring: Collection[UUID]) -> dict[int, Facts]:
    relatives = availability.relatives_of(availability.kin(candidates))
    open_ones = set(availability.bookable(relatives))
    known = [pk for pk in candidates if pk in open_ones]
    if not known:
        raise Invalid("resource_unknown", _("There is no such resource."))
    zones = {zone(resource.venue.time_zone) for resource in relatives if resource.pk in known}
    return availability.assemble(relatives, known, Window.around(period, zones), now, ignoring)


def _choose(candidates: Sequence[int], facts: dict[int, Facts], request: HoldRequest) -> tuple[Resource, int]:
    wish = Wish(request.period, request.participants)
    first_reason: Reason | None = None
    own: Booking | None = None
    for resource_id in candidates:
        if resource_id not in facts:
            continue
        reason = facts[resource_id].reason(wish)
        if reason is None:
            return facts[resource_id].resource, facts[resource_id].unit_for(wish)[0]
        first_reason = first_reason or reason
        if reason in {Reason.HELD, Reason.BOOKED}:
            own = own or _own_booking(facts[resource_id], request)
    if own:
        raise refusals.own_booking(own)
    assert first_reason is not None
    raise refusals.unavailable(first_reason)


def _own_booking(facts: Facts, request: HoldRequest) -> Booking | None:
    """The booking in the way that is the caller's own, if there is one (R12)."""
    blocking = {
        row.booking_id
        for rows in facts.taken.values()
        for row in rows
        if row.booking_id is not None and row.core.overlaps(request.period)
    }
    for booking in Booking.objects.filter(pk__in=blocking):
        if (request.customer and booking.customer_id == request.customer.pk) or (
            request.holder and booking.holder == request.holder
        ):
            return booking
    return None


def _replaced(request: HoldRequest) -> frozenset[UUID]:
    """Those of the holds to be replaced that are the caller's to let go."""
    if not request.replaces or not (request.customer or request.holder):
        return frozenset()  # holds of customers have an empty holder too: nobody is not somebody
    mine = Booking.objects.filter(pk__in=request.replaces, state=State.HELD)
    mine = mine.filter(customer=request.customer) if request.customer else mine.filter(holder=request.holder)
    return frozenset(mine.values_list("pk", flat=True))


def _new_booking(resource: Resource, unit: int, request: HoldRequest, now: datetime) -> Booking:
    in_zone = zone(resource.venue.time_zone)
    total = pricing.price(resource.rate, request.period, request.participants, in_zone)
    return Booking(
        reference_code=new_reference(request.period.start.astimezone(in_zone).date()),
        resource=resource,
        unit=unit,
        product_id=request.product_id,
        start=request.period.start,
        end=request.period.end,
        participants=request.participants,
        notes=request.notes,
        customer=request.customer,
        holder=request.holder,
        name=request.contact.name,
        email=request.contact.email,
        phone=request.contact.phone,
        state=State.HELD,
        payment_state=PaymentState.UNPAID if total else PaymentState.NOT_REQUIRED,
        hold_expires_at=now + HOLD_LASTS,
        price_per_unit_minor=resource.rate.amount_minor,
        pricing_unit=resource.rate.unit,
        total_minor=total,
        currency=resource.venue.currency,
        time_zone=resource.venue.time_zone,
        created_at=now,
        updated_at=now,
    )


def _insert(booking: Booking) -> None:
    try:
        booking.save(force_insert=True)
    except IntegrityError as error:
        if sqlstate(error) == UNIQUE_VIOLATION and "reference_code" in str(error):
            raise Again from error
        raise


def _occupy(booking: Booking, facts: Facts) -> None:
    during = facts.with_buffers(Period(booking.start, booking.end))
    claims.occupy(
        Occupancy(
            resource_id=claim,
            unit=booking.unit,
            during=claims.range_of(during),
            kind=Occupancy.Kind.BOOKING,
            booking=booking,
        )
        for claim in facts.claims
    )


def submit(booking: Booking, contact: Contact, actor: Actor, notes: str | None = None) -> Booking:
    """The customer's details are in and payment is on site: `held` to `pending`, or `confirmed` if it is free.

    A pending booking keeps its slot until staff confirm it, at the latest until it starts. `notes` are the
    customer's wishes; None leaves those of the hold.
    """

    def act() -> Booking:
        current = _locked(booking.pk)
        now = database_now()
        _check_live(current, now)
        if not current.resource.pays_on_site and current.total_minor:
            raise Refused("payment_required", _("This booking has to be paid online."))
        current.name, current.email, current.phone = contact.name, contact.email, contact.phone
        if notes is not None:
            current.notes = notes
        _save(current, _submitted(current, actor, now))
        due.schedule(CLOCK, current.pk, _next_tick(current))
        return current

    return transact(act)


def _submitted(booking: Booking, actor: Actor, now: datetime) -> BookingEvent:
    return _move(booking, State.PENDING if booking.total_minor else State.CONFIRMED, actor, now)


def confirm(booking: Booking, actor: Actor) -> Booking:
    """Staff accept it, paid or not: `held` or `pending` to `confirmed`. Raises `Refused` once the hold is over."""

    def act() -> Booking:
        current = _locked(booking.pk)
        now = database_now()
        if current.state == State.CONFIRMED:
            return current
        _check_live(current, now)
        failpoints.hit("confirm.read")
        _save(current, _move(current, State.CONFIRMED, actor, now))
        due.schedule(CLOCK, current.pk, _next_tick(current))
        return current

    return transact(act)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why a booking is cancelled."""

    reason: CancelReason = CancelReason.USER_REQUEST
    notes: str = ""


def can_cancel(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether `cancel` would say yes: a live booking, for customers before it starts."""
    if booking.state not in LIVE or availability.has_lapsed(booking.state, booking.hold_expires_at, now):
        return False
    last = booking.end if actor.is_staff else booking.start
    return now < last


def cancel(booking: Booking, actor: Actor, cancellation: Cancellation) -> Booking:
    """Give the time back. A second cancel answers with the first one's result; too late is `Refused`."""

    def act() -> Booking:
        current = _locked(booking.pk)
        now = database_now()
        if current.state == State.CANCELLED:
            return current
        if not can_cancel(current, actor, now):
            raise Refused("not_cancellable", _("This booking can no longer be cancelled."))
        current.cancelled_at = now
        current.cancel_reason, current.cancel_notes = cancellation.reason, cancellation.notes
        _save(current, _move(current, State.CANCELLED, actor, now, why=str(cancellation.reason)))
        Occupancy.objects.filter(booking=current).delete()
        return current

    return transact(act)


def mark_no_show(booking: Booking, actor: Actor) -> Booking:
    """Nobody came: `confirmed` or `completed` to `no_show`, from the start time on."""

    def act() -> Booking:
        current = _locked(booking.pk)
        now = database_now()
        if current.state == State.NO_SHOW:
            return current
        if now < current.start:
            raise Refused("too_early", _("The booking has not started yet."))
        _save(current, _move(current, State.NO_SHOW, actor, now))
        return current

    return transact(act)


def let_time_pass(booking_id: UUID) -> None:
    """What the clock does to a booking, as often as it likes: expire what has lapsed, complete what is over."""

    def act() -> None:
        now = database_now()
        current = Booking.objects.select_for_update().filter(pk=booking_id).first()
        if current is None:
            return
        if availability.has_lapsed(current.state, current.hold_expires_at, now) or (
            current.state == State.PENDING and current.start <= now
        ):
            claims.release(Booking.objects.filter(pk=current.pk), now, "time ran out")
        elif current.state == State.CONFIRMED and current.end <= now:
            _save(current, _move(current, State.COMPLETED, SYSTEM, now))

    transact(act)


def _locked(booking_id: UUID) -> Booking:
    """The booking as it is now, locked until the commit."""
    return Booking.objects.select_for_update(of=("self",)).select_related("resource__venue").get(pk=booking_id)


def _check_live(booking: Booking, now: datetime) -> None:
    if booking.state == State.EXPIRED or availability.has_lapsed(booking.state, booking.hold_expires_at, now):
        raise Refused("hold_expired", _("The time to finish this booking is over. Please choose again."))


def _next_tick(booking: Booking) -> datetime:
    """When time itself changes the booking next: the hold lapses, a request runs out, a visit is over."""
    if booking.state == State.PENDING:
        return booking.start
    return booking.hold_expires_at or booking.end


def _move(booking: Booking, target: State, actor: Actor, now: datetime, why: str = "") -> BookingEvent:
    """Change and stamp the state if the table of moves allows it; returns the event to record with it."""
    before = State(booking.state)
    if before not in sources(target):
        raise Refused(
            "wrong_state",
            _("A booking that is %(before)s cannot become %(after)s.")
            % {"before": before.label, "after": target.label},
        )
    booking.state = target
    booking.pending_reason = PendingReason.APPROVAL if target == State.PENDING else ""
    booking.updated_at = now
    booking.hold_expires_at = None
    if target == State.CONFIRMED:
        booking.confirmed_at = now
    return event(booking, before, actor, now, why)


def _save(booking: Booking, happened: BookingEvent) -> None:
    """Write a move: the row, which is locked, and its record."""
    booking.save()
    record([happened])
