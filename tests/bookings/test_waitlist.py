"""Waiting lists: being served when time is given back, passing it on, leaving, and the end."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import cancelling, changes, closures, joining, lifecycle, tasks, waitlist
from bookings.agreed import Change
from bookings.closures import ClosureRequest
from bookings.joining import Want
from bookings.models import Booking, Occupancy, WaitlistEntry
from bookings.records import Actor
from bookings.requests import HoldRequest
from kernel.errors import Refused
from kernel.periods import Period
from schemas.clock import database_now
from tenants.models import DueWork
from tests.bookings.scenes import GUEST, at, confirmed, digest, held, let_lapse, resource_in, slot
from tests.bookings.waiting import cancel, offer, states, wait
from venues.models import CustomField, ExtraOffer, Product, Quota, Rate, Resource, Venue


@pytest.fixture
def people(in_alpha):
    """Five customers who wait."""
    return [User.objects.create_user(f"waiter-{n}@example.org", name=f"Waiter {n}") for n in range(5)]


def test_a_cancelled_slot_goes_to_the_first_in_line_as_an_ordinary_hold(in_alpha, people, staff):
    """booking-activities#70."""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    first, second = (wait(person, in_alpha.court_1, slot(10)) for person in people[:2])
    cancel(booking)
    hold = offer(first)
    assert (hold.state, hold.customer_id, hold.start, hold.end) == ("held", people[0].pk, at(10), at(11))
    assert (hold.hold_expires_at, hold.total_minor) == (hold.created_at + timedelta(minutes=15), 2500)
    assert (hold.name, hold.email) == ("Waiter 0", "waiter-0@example.org")
    assert states(first, second) == ["offered", "waiting"]
    assert Occupancy.objects.filter(resource=in_alpha.court_1).count() == 1
    with pytest.raises(Refused) as refusal:
        held(in_alpha.court_1, slot(10), customer=people[1])
    assert refusal.value.code == "held"


def test_whoever_takes_the_offer_has_a_booking(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    first, second = (wait(person, in_alpha.court_1, slot(10)) for person in people[:2])
    cancel(booking)
    lifecycle.submit(offer(first), GUEST, Actor.of(people[0]))
    assert states(first, second) == ["taken", "waiting"]
    assert WaitlistEntry.objects.get(pk=first.pk).state == "taken"
    cancel(offer(first))
    assert states(first, second) == ["taken", "offered"]


def test_a_suspended_tenant_offers_nobody_anything(in_alpha, people, staff):
    """Its due work goes on; what it gives free waits until it is open again."""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    type(in_alpha.tenant).objects.filter(pk=in_alpha.tenant.pk).update(state="suspended")
    cancel(booking)
    waitlist.serve_now(in_alpha.court_1)
    assert states(entry) == ["waiting"]
    type(in_alpha.tenant).objects.filter(pk=in_alpha.tenant.pk).update(state="ready")
    waitlist.serve_now(in_alpha.court_1)
    assert states(entry) == ["offered"]


def test_whoever_does_not_take_it_in_time_is_passed_and_the_next_is_served(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    entries = [wait(person, in_alpha.court_1, slot(10)) for person in people[:3]]
    cancel(booking)
    for turn in range(3):
        expected = ["passed"] * turn + ["offered"] + ["waiting"] * (2 - turn)
        assert states(*entries) == expected
        assert list(WaitlistEntry.objects.order_by("pk").values_list("state", flat=True)) == expected
        let_lapse(offer(entries[turn]))
        assert states(entries[turn]) == ["passed"]  # from that second on, whether or not the clock has come by
        lifecycle.let_time_pass(offer(entries[turn]).pk)
    assert states(*entries) == ["passed"] * 3
    assert not Occupancy.objects.filter(resource=in_alpha.court_1).exists()


def test_a_stranger_may_take_an_offer_that_lapsed_before_the_clock_comes_by(in_alpha, people, stranger, staff):
    """I9: a hold is a predicate, for offers too."""
    booking = confirmed(in_alpha.court_1, slot(10, minutes=120), staff)
    first = wait(people[0], in_alpha.court_1, slot(10, minutes=120))
    second, third = wait(people[1], in_alpha.court_1, slot(10)), wait(people[2], in_alpha.court_1, slot(11))
    cancel(booking)
    let_lapse(offer(first))
    held(in_alpha.court_1, slot(10), customer=stranger)
    assert states(first, second, third) == ["passed", "waiting", "waiting"]
    lifecycle.let_time_pass(offer(first).pk)  # what the stranger left is served now
    assert states(first, second, third) == ["passed", "waiting", "offered"]


@pytest.mark.parametrize("way", ["expired", "declined", "cancelled hold"])
def test_every_way_of_giving_back_serves_the_line(in_alpha, people, staff, way):
    taken = held(in_alpha.court_1, slot(10))
    entry = wait(people[0], in_alpha.court_1, slot(10))
    if way == "expired":
        let_lapse(taken)
        lifecycle.let_time_pass(taken.pk)
    elif way == "declined":
        cancelling.decline(lifecycle.submit(taken, GUEST, Actor.of(None)), staff, "")
    else:
        cancel(taken)
    assert states(entry) == ["offered"]


def test_a_closure_that_is_taken_back_serves_the_line(in_alpha, people):
    venue = Venue.objects.get(pk=in_alpha.venue)
    closure = closures.block_out(ClosureRequest(venue, slot(9, minutes=240), in_alpha.court_1))
    entries = [wait(people[0], in_alpha.court_1, slot(10)), wait(people[1], in_alpha.court_1, slot(11))]
    closures.reopen(closure)
    assert states(*entries) == ["offered", "offered"]


def test_a_hold_that_is_replaced_is_served_by_the_clock(in_alpha, guest, people):
    first = held(in_alpha.court_1, slot(10), customer=guest)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    held(in_alpha.court_2, slot(10), customer=guest, replaces=frozenset([first.pk]))
    assert states(entry) == ["waiting"]
    work = DueWork.objects.get(kind="waitlist")
    assert (work.object_id, work.due_at <= database_now()) == (str(in_alpha.court_1), True)
    tasks.serve_waiting(work.object_id)
    assert states(entry) == ["offered"]


def test_a_party_that_does_not_fit_keeps_nobody_behind_it_waiting(in_alpha, people, staff):
    """R04: no stranded seat if a fitting request was waiting."""
    venue = Venue.objects.get(pk=in_alpha.venue)
    yoga = resource_in(venue, "yoga", capacity=3, units=3, is_shared=True)
    seats = [held(yoga.pk, slot(10), customer=people[4]) for _seat in range(3)]
    three = wait(people[0], yoga.pk, slot(10), participants=3)
    two = wait(people[1], yoga.pk, slot(10), participants=2)
    one = wait(people[2], yoga.pk, slot(10), participants=1)
    cancel(seats[0])
    assert states(three, two, one) == ["waiting", "waiting", "offered"]
    cancel(seats[1])
    assert states(three, two, one) == ["waiting", "waiting", "offered"]
    cancel(seats[2])
    assert states(three, two, one) == ["waiting", "offered", "offered"]


def test_as_many_are_served_as_units_come_free(in_alpha, people, staff):
    bookings = [confirmed(in_alpha.kayaks, slot(10), staff) for _unit in range(3)]
    entries = [wait(person, in_alpha.kayaks, slot(10)) for person in people]
    cancel(bookings[1])
    cancel(bookings[0])
    assert states(*entries) == ["offered", "offered", "waiting", "waiting", "waiting"]
    assert sorted(Occupancy.objects.filter(resource=in_alpha.kayaks).values_list("unit", flat=True)) == [0, 1, 2]


def test_a_long_booking_that_goes_serves_several(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10, minutes=120), staff)
    entries = [wait(people[n], in_alpha.court_1, slot(hour, minute)) for n, (hour, minute) in
               enumerate([(10, 30), (10, 0), (11, 30), (11, 0)])]  # fmt: skip
    cancel(booking)
    assert states(*entries) == ["offered", "waiting", "offered", "waiting"]


def test_a_day_gets_its_earliest_free_start(in_alpha, people, staff):
    blocked = [confirmed(in_alpha.court_1, slot(hour, minutes=120), staff) for hour in range(7, 23, 2)]
    entry = joining.join(Want(customer=people[0], resource_id=in_alpha.court_1, day=at(10).date(), minutes=90))[0]
    cancel(blocked[6])
    hold = offer(entry)
    assert (hold.start, hold.end) == (at(19), at(20, 30))


def test_a_day_has_no_start_of_the_day_after(in_alpha, people, staff):
    for hour in range(7, 23, 2):
        confirmed(in_alpha.court_1, slot(hour, minutes=120), staff)
    elsewhere = confirmed(in_alpha.court_1, slot(9, ahead=8), staff)
    entry = joining.join(Want(customer=people[0], resource_id=in_alpha.court_1, day=at(10).date(), minutes=60))[0]
    cancel(elsewhere)
    assert states(entry) == ["waiting"]


def test_whoever_waits_for_a_service_takes_the_place_that_comes_free(in_alpha, people, staff):
    bookings = {court: confirmed(court, slot(10), staff) for court in (in_alpha.court_1, in_alpha.court_2)}
    entry = joining.join(Want(customer=people[0], product_id=in_alpha.tennis, period=slot(10)))[0]
    cancel(bookings[in_alpha.court_2])
    hold = offer(entry)
    assert (hold.resource_id, hold.product_id) == (in_alpha.court_2, in_alpha.tennis)


def test_those_who_wait_for_a_service_and_for_its_place_stand_in_one_line(in_alpha, people, staff):
    bookings = {court: confirmed(court, slot(10), staff) for court in (in_alpha.court_1, in_alpha.court_2)}
    service = joining.join(Want(customer=people[0], product_id=in_alpha.tennis, period=slot(10)))[0]
    court = wait(people[1], in_alpha.court_1, slot(10))
    cancel(bookings[in_alpha.court_1])
    assert states(service, court) == ["offered", "waiting"]
    assert offer(service).resource_id == in_alpha.court_1


def test_a_part_that_comes_free_serves_whoever_waits_for_the_whole_and_the_other_way_round(in_alpha, people, staff):
    half = confirmed(in_alpha.half_a, slot(10), staff)
    whole = wait(people[0], in_alpha.hall, slot(10))
    cancel(half)
    assert states(whole) == ["offered"]
    assert Occupancy.objects.filter(booking=offer(whole)).count() == 3
    part = wait(people[1], in_alpha.half_b, slot(10))
    joining.leave(whole)
    assert states(whole, part) == ["left", "offered"]


def test_an_offer_obeys_the_rules_of_the_house(in_alpha, people, staff):
    """Lead time has begun: nobody can be served, and the cancellation goes through."""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    Resource.objects.filter(pk=in_alpha.court_1).update(lead_minutes=20 * 1440)
    assert cancel(booking).state == "cancelled"
    assert states(entry) == ["waiting"]
    assert not Occupancy.objects.filter(resource=in_alpha.court_1).exists()


def test_whoever_has_used_up_a_quota_is_left_out_for_now(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    first, second = (wait(person, in_alpha.court_1, slot(10)) for person in people[:2])
    Quota.objects.create(venue_id=in_alpha.venue, measure="bookings", span="active", most=1)
    other = held(in_alpha.court_2, slot(18), customer=people[0])
    cancel(booking)
    assert states(first, second) == ["waiting", "offered"]
    cancel(other)
    joining.leave(second)
    assert states(first, second) == ["offered", "left"]


def test_whoever_was_locked_out_is_not_served(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    first, second = (wait(person, in_alpha.court_1, slot(10)) for person in people[:2])
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    cancel(booking)
    assert states(first, second) == ["waiting", "offered"]


def test_questions_are_not_asked_of_somebody_who_is_not_there(in_alpha, people, staff):
    CustomField.objects.create(resource_id=in_alpha.court_1, label="Team?", is_required=True, kind="text")
    booking = Booking.objects.get(pk=held_with_answer(in_alpha).pk)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    cancel(booking)
    assert states(entry) == ["offered"]


def held_with_answer(world):
    """A hold of the court with the question."""
    field = CustomField.objects.get()
    return held(world.court_1, slot(10), answers={field.pk: "Owls"})


def test_a_required_extra_that_comes_back_serves_those_who_lack_it(in_alpha, people):
    venue = Venue.objects.get(pk=in_alpha.venue)
    pool = resource_in(venue, "nets", units=1)
    net = Product.objects.create(name="Net", slug="net", kind="extra", stock=pool)
    Rate.objects.create(product=net, amount_minor=0, unit="booking")
    for court in (in_alpha.court_1, in_alpha.court_2):
        ExtraOffer.objects.create(extra=net, resource_id=court, is_required=True)
    taken = held(in_alpha.court_1, slot(10))
    entry = wait(people[0], in_alpha.court_2, slot(10))
    cancel(taken)
    assert offer(entry).resource_id == in_alpha.court_2


def test_a_cancellation_far_away_disturbs_nobody(in_alpha, people, staff):
    confirmed(in_alpha.court_1, slot(10), staff)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    cancel(confirmed(in_alpha.court_1, slot(10, ahead=20), staff))
    cancel(confirmed(in_alpha.court_2, slot(10), staff))
    assert states(entry) == ["waiting"]


# --- Leaving, and the end ---


def test_leaving_lets_the_offer_go_and_the_next_gets_it(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    first, second = (wait(person, in_alpha.court_1, slot(10)) for person in people[:2])
    cancel(booking)
    joining.leave(first)
    assert offer(first).state == "expired"
    assert states(first, second) == ["left", "offered"]
    before = digest()
    joining.leave(first)
    assert digest() == before


def test_an_offer_that_was_taken_cannot_be_left(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    cancel(booking)
    lifecycle.submit(offer(entry), GUEST, Actor.of(people[0]))
    before = digest()
    with pytest.raises(Refused) as refusal:
        joining.leave(entry)
    assert refusal.value.code == "wrong_state"
    assert digest() == before


def test_an_entry_is_over_once_its_time_has_come(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    joining.end(entry.pk)
    assert states(entry) == ["waiting"]
    now = database_now()
    WaitlistEntry.objects.update(earliest=now, latest=now + timedelta(minutes=60))
    Booking.objects.filter(pk=booking.pk).update(start=now, end=now + timedelta(minutes=60))
    assert states(entry) == ["over"]
    joining.end(entry.pk)
    assert WaitlistEntry.objects.get().state == "over"


def test_a_line_of_one_tenant_is_not_one_of_another(in_alpha, beta, people, staff):
    """Equal ids in another schema."""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    entry = wait(people[0], in_alpha.court_1, slot(10))
    with tenant_context(beta.tenant):
        waitlist.serve_now(beta.court_1)
        assert not WaitlistEntry.objects.exists()
    assert states(entry) == ["waiting"]
    cancel(booking)
    assert states(entry) == ["offered"]


def test_waiting_people_cost_those_who_cancel_little(in_alpha, people, staff):
    """Three queries where nobody waits, and no more for each of those behind the first in line."""

    def queries(hour, waiting):
        booking = confirmed(in_alpha.court_1, slot(hour), staff)
        for person in waiting:
            wait(person, in_alpha.court_1, slot(hour))
        with CaptureQueriesContext(connection) as found:
            cancel(booking)
        return len(found)

    assert queries(8, people[:1]) == queries(12, people)


def test_too_many_for_one_transaction_are_served_by_the_clock(in_alpha, people, monkeypatch):
    monkeypatch.setattr(waitlist, "MOST_OFFERS", 2)
    venue = Venue.objects.get(pk=in_alpha.venue)
    closure = closures.block_out(ClosureRequest(venue, slot(9, minutes=480), in_alpha.court_1))
    entries = [wait(person, in_alpha.court_1, slot(10 + n)) for n, person in enumerate(people)]
    closures.reopen(closure)
    assert states(*entries) == ["offered", "offered", "waiting", "waiting", "waiting"]
    waitlist.serve_now(in_alpha.court_1)
    waitlist.serve_now(in_alpha.court_1)
    assert states(*entries) == ["offered"] * 5


def test_serving_again_changes_nothing(in_alpha, people, staff):
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    for person in people:
        wait(person, in_alpha.court_1, slot(10))
    cancel(booking)
    before = digest()
    waitlist.serve_now(in_alpha.court_1)
    assert digest() == before


def test_positions_count_those_before_in_the_same_line(in_alpha, people, staff):
    for hour in (10, 11, 15):
        confirmed(in_alpha.court_1, slot(hour), staff)
    wait(people[0], in_alpha.court_1, slot(10))
    wait(people[1], in_alpha.court_1, slot(10))
    wait(people[2], in_alpha.court_1, slot(11))
    wait(people[3], in_alpha.court_1, Period(at(10, 30), at(11, 30)))
    joining.leave(WaitlistEntry.objects.get(customer=people[0]))
    rows = joining.in_line(WaitlistEntry.objects.filter(state="waiting").order_by("pk"))
    assert [row.ahead for row in rows] == [0, 0, 2]


def test_hold_requests_are_what_is_offered_and_nothing_more(in_alpha, people, staff):
    """An offer counts as the customer's booking: it is their own hold that is in the way."""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    wait(people[0], in_alpha.court_1, slot(10))
    cancel(booking)
    with pytest.raises(Refused) as refusal:
        lifecycle.hold(HoldRequest(slot(10), in_alpha.court_1, customer=people[0]))
    assert refusal.value.code == "held_by_you"


# --- Changes ---


@pytest.mark.parametrize(
    ("change", "served"),
    [
        ({"start": (14, 0), "end": (16, 0)}, ["offered", "offered"]),
        ({"end": (11, 0)}, ["waiting", "offered"]),
        ({"start": (11, 0)}, ["offered", "waiting"]),
        ({"participants": 3}, ["waiting", "waiting"]),
    ],
)
def test_what_a_change_gives_back_goes_to_the_line(in_alpha, people, staff, change, served):
    booking = confirmed(in_alpha.court_1, slot(10, minutes=120), staff)
    entries = [wait(people[0], in_alpha.court_1, slot(10)), wait(people[1], in_alpha.court_1, slot(11))]
    moved = {name: at(*value) if isinstance(value, tuple) else value for name, value in change.items()}
    changes.change(booking, Change(**moved), staff)
    assert states(*entries) == served
