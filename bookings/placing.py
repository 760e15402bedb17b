"""Writing bookings that were planned: rows, occupancy, price lines, uses of vouchers and balances, events.

Called under the locks that the plan was made under.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError

from bookings import answers, balances, claims, pools, vouchers
from bookings.models import (
    Booking,
    BookingEvent,
    BookingExtra,
    BookingLine,
    BookingResource,
    Occupancy,
    Series,
)
from bookings.moves import settle, ticks
from bookings.plans import Claim, Plan
from bookings.prices import Line
from bookings.records import Actor, event, record
from bookings.references import new_reference
from bookings.states import PaymentState, State
from kernel.periods import Period
from schemas.transactions import UNIQUE_VIOLATION, Again, sqlstate
from venues.models import Rate

HOLD_LASTS = timedelta(minutes=15)

Onward = Callable[[Booking], BookingEvent | None]
"""What a new booking does at once besides being held: the event of its second move, or None."""


@dataclass(frozen=True, slots=True)
class Placing:
    """Who places bookings when, for which series, and what they do next."""

    actor: Actor
    now: datetime
    onward: Onward = lambda _booking: None
    series: Series | None = None


def place(plans: Sequence[Plan], placing: Placing) -> list[Booking]:
    """Write a booking for each plan, in one go; `Refused("booked")` where the database says no."""
    made = [(plan, new_booking(plan, placing)) for plan in plans]
    events: list[BookingEvent] = []
    for _plan, booking in made:
        events.append(event(booking, "", placing.actor, placing.now))
        further = placing.onward(booking)
        if further:
            events.append(further)
    bookings = [booking for _plan, booking in made]
    insert(bookings)
    claims.occupy([row for plan, booking in made for row in occupancy(booking, plan.claims)])
    _write_all_parts(made)
    for plan, booking in made:
        take_means(plan, booking, placing.now)
    BookingLine.objects.bulk_create([row for plan, booking in made for row in lines(booking, plan.price.lines)])
    record(events)
    ticks(bookings)
    return bookings


def new_booking(plan: Plan, placing: Placing) -> Booking:
    """The row of a plan, not written yet, state `held`."""
    request, main = plan.request, plan.basket.main
    booking = Booking(
        reference_code=new_reference(request.period.start.astimezone(plan.basket.zone).date()),
        resource=main,
        product=plan.basket.product,
        notes=request.notes,
        series=placing.series,
        customer=request.customer,
        holder=request.holder,
        origin=request.origin,
        agent=request.agent,
        name=request.contact.name,
        email=request.contact.email,
        phone=request.contact.phone,
        language=request.contact.language,
        state=State.HELD,
        payment_state=PaymentState.UNPAID,
        hold_expires_at=placing.now + HOLD_LASTS,
        created_at=placing.now,
        updated_at=placing.now,
    )
    agree(booking, plan)
    settle(booking, placing.now)
    return booking


def agree(booking: Booking, plan: Plan) -> None:
    """Put what the plan says about time, place and price on the row: the snapshot of what was agreed."""
    request, price = plan.request, plan.price
    base = price.base
    booking.resource = plan.basket.main
    booking.start, booking.end = request.period.start, request.period.end
    booking.participants = request.participants
    booking.groups = sorted(plan.basket.groups)
    booking.price_per_unit_minor = base.unit_price_minor or 0 if base else 0
    booking.pricing_unit = base.unit if base else Rate.Unit.BOOKING
    booking.total_minor, booking.tax_minor = price.total_minor, price.tax_minor
    booking.deposit_minor, booking.credit_minor = price.deposit_minor, price.credit_minor
    booking.balance_due_at = _balance_due_at(plan)
    booking.policy_id = plan.policy_id
    booking.currency = price.currency
    booking.time_zone = plan.basket.main.venue.time_zone


def _balance_due_at(plan: Plan) -> datetime | None:
    before = plan.basket.main.balance_days_before
    if not plan.price.deposit_minor or before is None:
        return None
    return plan.request.period.start - timedelta(days=before)


def insert(bookings: Sequence[Booking]) -> None:
    """Write rows with codes that are drawn; `Again` where one of these is taken, and others are to be drawn."""
    try:
        Booking.objects.bulk_create(bookings)
    except IntegrityError as error:
        if sqlstate(error) == UNIQUE_VIOLATION and "reference_code" in str(error):
            raise Again from error
        raise


def occupancy(booking: Booking, wanted: Sequence[Claim]) -> list[Occupancy]:
    """The rows that a booking takes: each claim's units of its resource and of all its parts, with buffers."""
    rows = []
    for claim in wanted:
        during = claim.facts.with_buffers(Period(booking.start, booking.end))
        units = pools.units_for(claim.facts, claim.units, during)
        claim.facts.take(units, during)
        rows += [
            Occupancy(
                resource_id=resource_id,
                unit=unit,
                during=claims.range_of(during),
                kind=Occupancy.Kind.BOOKING,
                booking=booking,
            )
            for resource_id in claim.facts.claims
            for unit in units
        ]
    return rows


def write_parts(plan: Plan, booking: Booking) -> None:
    """Further resources, extras and answers; no query where there are none."""
    _write_all_parts([(plan, booking)])


def _write_all_parts(made: Sequence[tuple[Plan, Booking]]) -> None:
    further = [
        BookingResource(booking=booking, resource=resource)
        for plan, booking in made
        for resource in plan.basket.resources[1:]
    ]
    extras = [
        BookingExtra(booking=booking, product=extra.product, quantity=extra.quantity)
        for plan, booking in made
        for extra in plan.basket.extras
    ]
    if further:
        BookingResource.objects.bulk_create(further)
    if extras:
        BookingExtra.objects.bulk_create(extras)
    for plan, booking in made:
        answers.write(booking, plan.answers)


def take_means(plan: Plan, booking: Booking, now: datetime) -> None:
    """Use the voucher, the gift credit and the prepaid minutes that the price counts with."""
    if plan.voucher:
        vouchers.take(plan.voucher, booking, plan.price.voucher_minor)
    if plan.credit:
        balances.take_credit(plan.credit, booking, plan.price.credit_minor, now)
    if plan.hours:
        balances.take_hours(plan.hours, booking, plan.price.pack_minutes, now)


def lines(booking: Booking, agreed: Sequence[Line]) -> list[BookingLine]:
    """The rows of a price."""
    return [BookingLine(booking=booking, position=number, **_columns(line)) for number, line in enumerate(agreed, 1)]


def _columns(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "label": line.label[:200],
        "rate_id": line.rate_id,
        "resource_id": line.resource_id,
        "product_id": line.product_id,
        "start": line.period.start if line.period else None,
        "end": line.period.end if line.period else None,
        "unit": line.unit,
        "quantity": "" if line.quantity is None else str(line.quantity),
        "unit_price_minor": line.unit_price_minor,
        "amount_minor": line.amount_minor,
        "vat": line.vat,
    }
