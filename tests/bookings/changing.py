"""What the tests of changes set up and look at."""

from dataclasses import replace
from typing import Any

from bookings import changes, claims, lifecycle
from bookings.agreed import Change
from bookings.changes import Preview
from bookings.lifecycle import Taking
from bookings.models import (
    Booking,
    BookingChange,
    BookingEvent,
    BookingExtra,
    BookingLine,
    BookingResource,
    CreditEntry,
    HoursEntry,
    Occupancy,
)
from bookings.moves import CLOCK, next_tick
from bookings.records import Actor
from bookings.requests import HoldRequest
from bookings.states import LIVE, PaymentWay, State
from kernel.errors import Refused
from kernel.periods import Period
from tenants.models import DueWork
from tests.bookings.scenes import GUEST, Place, digest, resource_in
from venues.models import ExtraOffer, Product, Rate, Resource, Venue

COURT = {
    "capacity": 4,
    "grid_minutes": 30,
    "min_minutes": 60,
    "max_minutes": 240,
    "pays_online": True,
}
STAGES = ("held", "pending", "confirmed", "paid")


def court(slug: str = "first", **fields: object) -> Resource:
    """A court of 25.00 an hour in a venue of its own, paid online or on site."""
    return Place(fields={**COURT, **fields}).make(slug)


def beside(other: Resource, slug: str, amount: int = 2500, **fields: object) -> Resource:
    """Another resource of the same venue, with a price."""
    made = resource_in(other.venue, slug, **{**COURT, **fields})
    Rate.objects.filter(resource=made).update(amount_minor=amount)
    return made


def extra(name: str, seller: Resource, amount: int, stock: int = 0, **offer: object) -> Product:
    """An extra that a resource offers, per booking; with so many in stock, where given."""
    pool = None
    if stock:
        venue = Venue.objects.get(pk=seller.venue_id)
        pool = Resource.objects.create(venue=venue, name=name, slug=name.lower(), units=stock, horizon_days=1096)
    product = Product.objects.create(name=name, slug=name.lower(), kind=Product.Kind.EXTRA, stock=pool)
    Rate.objects.create(product=product, amount_minor=amount, unit=Rate.Unit.BOOKING)
    ExtraOffer.objects.create(extra=product, resource=seller, **offer)
    return product


def wish(resource: Resource, period: Period, customer: Any, **fields: Any) -> HoldRequest:
    """A customer's request."""
    return HoldRequest(
        period=period,
        resource_id=resource.pk,
        customer=customer,
        contact=replace(GUEST, email=customer.email),
        **fields,
    )


def booked(request: HoldRequest, stage: str, staff: Actor) -> Booking:
    """A booking that has come so far; `paid` is confirmed, and all of it paid at the desk."""
    assert request.resource_id is not None
    resource = Resource.objects.get(pk=request.resource_id)
    if stage == "held":
        return again(lifecycle.hold(request))
    if stage == "pending":
        Resource.objects.filter(pk=resource.pk).update(needs_approval=True)
    booking = lifecycle.book(request, PaymentWay.ON_SITE)
    Resource.objects.filter(pk=resource.pk).update(needs_approval=resource.needs_approval)
    if stage != "pending" and booking.state == State.PENDING:
        booking = lifecycle.confirm(booking, staff)
    if stage == "paid" and booking.due_minor:
        lifecycle.pay_on_site(booking, Taking(booking.due_minor), staff)
    return again(booking)


def again(booking: Booking) -> Booking:
    """The booking as the database has it now."""
    return Booking.objects.get(pk=booking.pk)


def money(booking: Booking) -> tuple[int, int, int, int, int, str]:
    """Total, gift credit, paid, due, to be returned, and what payment is called."""
    return (
        booking.total_minor,
        booking.credit_minor,
        booking.paid_minor,
        booking.due_minor,
        booking.refund_due_minor,
        str(booking.payment_state),
    )


def previewed(booking: Booking, change: Change, actor: Actor) -> Preview:
    """The preview, which changes nothing."""
    before = digest()
    found = changes.preview(booking, change, actor)
    assert digest() == before
    return found


def changed(booking: Booking, change: Change, actor: Actor) -> Booking:
    """Preview and change: both say the same, and everything fits together after it."""
    said = previewed(booking, change, actor)
    old = again(booking)
    done = changes.carry_out(booking, change, actor)
    figures = (
        "old_total_minor",
        "due_now_minor",
        "refund_minor",
        "credit_delta_minor",
        "needs_approval",
        "delta_minor",
    )
    assert {name: getattr(said, name) for name in figures} == {name: getattr(done, name) for name in figures}
    assert [line.amount_minor for line in said.lines] == [line.amount_minor for line in done.lines]
    new = again(booking)
    assert (new.pk, new.reference_code, new.created_at) == (old.pk, old.reference_code, old.created_at)
    assert_whole(new)
    return new


def refused(booking: Booking, change: Change, actor: Actor) -> str:
    """The code with which preview and change are refused alike; nothing has changed."""
    before = digest()
    codes = []
    for call in (changes.preview, changes.change):
        try:
            call(booking, change, actor)
        except Refused as refusal:
            codes.append(refusal.code)
        assert digest() == before
    assert len(codes) == 2, "it was not refused"
    assert codes[0] == codes[1]
    return codes[0]


def assert_whole(booking: Booking) -> None:
    """Lines add up to the total, occupancy is what the booking claims, entries are what it says, the clock is set."""
    lines = list(BookingLine.objects.filter(booking=booking))
    assert sum(line.amount_minor for line in lines) == booking.total_minor
    assert [line.position for line in lines] == list(range(1, len(lines) + 1))
    assert sorted(Occupancy.objects.filter(booking=booking).values_list("resource_id", "during")) == sorted(
        _claimed(booking)
    )
    credit = -sum(CreditEntry.objects.filter(booking=booking).values_list("amount_minor", flat=True))
    assert credit == booking.credit_minor
    minutes = -sum(HoursEntry.objects.filter(booking=booking).values_list("minutes", flat=True))
    packs = [line for line in lines if line.kind == BookingLine.Kind.PACK]
    assert bool(minutes) == bool(packs)
    assert booking.refund_due_minor == max(0, booking.paid_minor + booking.credit_minor - booking.total_minor)
    if booking.state in LIVE:
        assert DueWork.objects.get(kind=CLOCK, object_id=booking.pk).due_at == next_tick(booking)


def _claimed(booking: Booking) -> list[tuple[int, Any]]:
    if booking.state not in LIVE:
        return []
    found = []
    resources = [booking.resource, *(row.resource for row in BookingResource.objects.filter(booking=booking))]
    for resource in resources:
        during = claims.range_of(
            Period(booking.start, booking.end).widened(resource.buffer_before, resource.buffer_after)
        )
        parts = [resource.pk, *Resource.objects.filter(parent=resource).values_list("pk", flat=True)]
        parts += Resource.objects.filter(parent__parent=resource).values_list("pk", flat=True)
        units = booking.participants if resource.is_shared else 1
        found += [(pk, during) for pk in parts for _unit in range(units)]
    for taken in BookingExtra.objects.filter(booking=booking).select_related("product__stock"):
        if taken.product.stock_id:
            during = claims.range_of(Period(booking.start, booking.end))
            found += [(taken.product.stock_id, during)] * taken.quantity
    return found


def history(booking: Booking) -> list[tuple[str, str, str]]:
    """What the last act on the booking changed."""
    last = BookingEvent.objects.filter(booking=booking).latest("pk")
    assert last.act == BookingEvent.Act.CHANGED
    return list(BookingChange.objects.filter(event=last).values_list("field", "before", "after"))
