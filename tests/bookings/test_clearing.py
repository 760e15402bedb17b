"""Closing over bookings: each is cancelled, moved or left, the money is right to the cent, and no time is had twice."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from accounts.models import User
from bookings import clearing, lifecycle, refuges
from bookings.clearing import Fate
from bookings.closures import ClosureRequest
from bookings.letters import settled
from bookings.models import Booking, Displacement, Occupancy
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from kernel.errors import Refused
from kernel.periods import Period
from tenants.models import DueWork
from tests.bookings.scenes import at, confirmed, digest, held, slot
from tests.worlds import World
from venues.models import Closure, Rate, Resource, Venue


@pytest.fixture
def owner(in_alpha: World) -> User:
    """Olga."""
    return User.objects.get(pk=in_alpha.users["owner"])


def shutting(world: World, first: int = 8, last: int = 14, resource: int | None = None) -> ClosureRequest:
    """A closure of some hours in a week."""
    venue = Venue.objects.get(pk=world.venue)
    return ClosureRequest(venue, Period(at(first), at(last)), resource, "Burst pipe")


def paid(booking: Booking, minor: int) -> None:
    """As if so much had been paid online."""
    Booking.objects.filter(pk=booking.pk).update(paid_minor=minor, payment_state="paid")


def taken(resource: int) -> list[tuple[str, int]]:
    """Who has the time of a resource in that day: kind and length in minutes, by start."""
    rows = Occupancy.objects.filter(resource=resource, during__overlap=(at(0), at(24))).order_by("during")
    return [(row.kind, int((row.during.upper - row.during.lower).total_seconds()) // 60) for row in rows]


def states(pk: int) -> list[tuple[str, str]]:
    """What became of each booking."""
    return list(Displacement.objects.filter(clearing=pk).order_by("pk").values_list("way", "state"))


def test_bookings_in_the_way_are_cancelled_moved_and_left(in_alpha: World, owner: User, staff: Actor) -> None:
    one, two, three = (confirmed(in_alpha.court_1, slot(hour), staff) for hour in (9, 11, 13))
    paid(one, 2500)
    request = shutting(in_alpha, resource=in_alpha.court_1)
    assert [booking.pk for booking in clearing.in_the_way([request])] == [one.pk, two.pk, three.pk]
    fates = {
        one.pk: Fate("cancel"),
        two.pk: Fate("move", in_alpha.court_2, two.start),
        three.pk: Fate("keep"),
    }
    made = clearing.close([request], fates, owner)
    assert made is not None
    # Before anything is settled the closure has all that nobody has.
    assert taken(in_alpha.court_1) == [
        ("closure", 60), ("booking", 60), ("closure", 60), ("booking", 60), ("closure", 60), ("booking", 60),
    ]  # fmt: skip
    clearing.work(str(made.pk))
    for booking in (one, two, three):
        booking.refresh_from_db()
    assert (one.state, one.fee_minor, one.refund_due_minor, one.cancel_notes) == ("cancelled", 0, 2500, "")
    assert (two.state, two.resource_id, two.total_minor, two.start) == ("confirmed", in_alpha.court_2, 2500, at(11))
    assert (three.state, three.resource_id) == ("confirmed", in_alpha.court_1)
    assert states(made.pk) == [("cancel", "done"), ("move", "done"), ("keep", "done")]
    assert taken(in_alpha.court_1) == [
        ("closure", 60), ("closure", 60), ("closure", 60), ("closure", 60), ("closure", 60), ("booking", 60),
    ]  # fmt: skip
    assert DueWork.objects.filter(kind="pay_back", object_id=str(one.pk)).exists()
    before = digest()
    clearing.work(str(made.pk))
    assert digest() == before


def test_a_booking_that_nobody_decided_on_stops_all_of_it(in_alpha: World, owner: User, staff: Actor) -> None:
    one, two = (confirmed(in_alpha.court_1, slot(hour), staff) for hour in (9, 11))
    before = digest()
    with pytest.raises(Refused) as caught:
        clearing.close([shutting(in_alpha)], {one.pk: Fate("cancel")}, owner)
    assert caught.value.code == "closure_conflicts"
    listed = caught.value.extra["bookings"]
    assert isinstance(listed, list)
    assert [UUID(each["id"]) for each in listed] == [two.pk]
    assert (digest(), Closure.objects.count(), Displacement.objects.count()) == (before, 0, 0)


def test_whoever_is_moved_keeps_the_price(in_alpha: World, owner: User, staff: Actor) -> None:
    Rate.objects.filter(resource=in_alpha.court_2).update(amount_minor=4000)
    one = confirmed(in_alpha.court_1, slot(9), staff)
    paid(one, 2500)
    fates = {one.pk: Fate("move", in_alpha.court_2, one.start)}
    made = clearing.close([shutting(in_alpha, resource=in_alpha.court_1)], fates, owner)
    assert made is not None
    clearing.work(str(made.pk))
    one.refresh_from_db()
    assert (one.resource_id, one.total_minor, one.paid_minor, one.due_minor, one.refund_due_minor) == (
        in_alpha.court_2, 2500, 2500, 0, 0,
    )  # fmt: skip


def test_what_cannot_be_moved_stays_and_is_decided_on_again(in_alpha: World, owner: User, staff: Actor) -> None:
    one = confirmed(in_alpha.court_1, slot(9), staff)
    fates = {one.pk: Fate("move", in_alpha.court_2, one.start)}
    made = clearing.close([shutting(in_alpha, resource=in_alpha.court_1)], fates, owner)
    assert made is not None
    other = confirmed(in_alpha.court_2, slot(9), staff)  # somebody was quicker
    clearing.work(str(made.pk))
    assert states(made.pk) == [("move", "refused")]
    row = Displacement.objects.get()
    assert row.detail == "Somebody else has booked this time."
    one.refresh_from_db()
    assert (one.state, one.resource_id, other.state) == ("confirmed", in_alpha.court_1, "confirmed")
    clearing.decide_again(made, {one.pk: Fate("cancel")})
    clearing.work(str(made.pk))
    one.refresh_from_db()
    assert (one.state, states(made.pk)) == ("cancelled", [("cancel", "done")])
    assert taken(in_alpha.court_1) == [("closure", 60), ("closure", 60), ("closure", 240)]


def test_a_sum_that_changed_meanwhile_is_not_paid_back_unseen(in_alpha: World, owner: User, staff: Actor) -> None:
    one = confirmed(in_alpha.court_1, slot(9), staff)
    made = clearing.close([shutting(in_alpha)], {one.pk: Fate("cancel", shown="0/0/0/0/0")}, owner)
    assert made is not None
    paid(one, 2500)
    clearing.work(str(made.pk))
    one.refresh_from_db()
    assert (one.state, one.refund_due_minor) == ("confirmed", 0)
    assert states(made.pk) == [("cancel", "refused")]


def test_refuges_are_free_and_outside_of_what_is_closed(in_alpha: World, staff: Actor) -> None:
    Resource.objects.filter(pk__in=[in_alpha.court_1, in_alpha.court_2]).update(kind="court")
    one, two = confirmed(in_alpha.court_1, slot(9), staff), confirmed(in_alpha.court_1, slot(10), staff)
    held(in_alpha.court_2, slot(10))
    found = refuges.refuges([one, two], [shutting(in_alpha, 9, 11, in_alpha.court_1)])
    told = {pk: [(each.resource.pk, each.period.start) for each in rows] for pk, rows in found.items()}
    half = timedelta(minutes=30)
    assert told[one.pk] == [
        (in_alpha.court_2, one.start),
        (in_alpha.court_1, at(8)), (in_alpha.court_1, at(8) - half), (in_alpha.court_1, at(7)),
    ]  # fmt: skip
    assert told[two.pk] == [
        (in_alpha.court_1, at(11)), (in_alpha.court_1, at(11) + half), (in_alpha.court_1, at(8)),
    ]  # fmt: skip


@pytest.mark.parametrize(("closed", "elsewhere"), [("court_1", True), ("half_a", False)])
def test_what_is_booked_along_goes_along(in_alpha: World, staff: Actor, closed: str, elsewhere: bool) -> None:
    Resource.objects.filter(pk__in=[in_alpha.court_1, in_alpha.court_2]).update(kind="court")
    wish = HoldRequest(slot(9), resource_id=in_alpha.court_1, also=(in_alpha.half_a,), contact=Contact("Nora"))
    one = lifecycle.book_for(wish, staff)
    confirmed(in_alpha.half_a, slot(8), staff)  # so that nothing can be had along with court 1 at eight
    found = refuges.refuges([one], [shutting(in_alpha, 9, 11, getattr(in_alpha, closed))])
    times = [(in_alpha.court_1, at(7)), (in_alpha.court_1, at(11)), (in_alpha.court_1, at(11) + timedelta(minutes=30))]
    assert [(each.resource.pk, each.period.start) for each in found[one.pk]] == [
        *([(in_alpha.court_2, one.start)] if elsewhere else []),
        *times,
    ]


@pytest.mark.parametrize(("is_public", "said"), [(True, "Burst pipe"), (False, "")])
def test_whoever_is_cancelled_reads_a_reason_that_is_public(
    in_alpha: World, owner: User, staff: Actor, is_public: bool, said: str
) -> None:
    one = confirmed(in_alpha.court_1, slot(9), staff)
    made = clearing.close([replace(shutting(in_alpha), is_public=is_public)], {one.pk: Fate("cancel")}, owner)
    assert made is not None
    clearing.work(str(made.pk))
    one.refresh_from_db()
    assert (one.state, settled.word(one)) == ("cancelled", said)


def test_a_hall_is_closed_with_its_halves(in_alpha: World, owner: User, staff: Actor) -> None:
    one = confirmed(in_alpha.half_a, slot(9), staff)
    made = clearing.close([shutting(in_alpha, resource=in_alpha.hall)], {one.pk: Fate("cancel")}, owner)
    assert made is not None
    clearing.work(str(made.pk))
    assert [taken(pk) for pk in (in_alpha.half_b, in_alpha.hall)] == [[("closure", 360)]] * 2
    assert sum(minutes for _kind, minutes in taken(in_alpha.half_a)) == 360
