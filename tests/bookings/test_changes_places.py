"""Changes where things consist of parts, are alike, are shared, or have buffers."""

from bookings.agreed import Change
from bookings.models import Occupancy
from bookings.records import Actor
from tests.bookings.changing import beside, booked, changed, court, refused, wish
from tests.bookings.scenes import at, slot
from venues.models import Product, Resource


def taken(booking):
    """Resources and units of a booking's rows."""
    return sorted(Occupancy.objects.filter(booking=booking).values_list("resource__slug", "unit"))


def test_booking_of_a_court_grows_into_its_hall_and_back(in_alpha, guest, stranger, staff):
    """Own rows are not in the way, on the parts, beside them, or above them."""
    hall = court("hall")
    half = beside(hall, "half", parent=hall)
    other = beside(hall, "other", parent=hall)
    actor = Actor.of(guest)
    booking = booked(wish(half, slot(10), guest), "confirmed", staff)
    changed(booking, Change(resource_id=hall.pk, end=at(12)), actor)
    assert taken(booking) == [("half", 0), ("hall", 0), ("other", 0)]
    changed(booking, Change(resource_id=other.pk, start=at(11), end=at(12)), actor)
    assert taken(booking) == [("other", 0)]
    booked(wish(half, slot(11), stranger), "confirmed", staff)
    assert refused(booking, Change(resource_id=hall.pk), actor) == "booked"
    assert refused(booking, Change(also=(hall.pk,)), actor) == "resources_twice"


def test_buffers_of_the_new_place_count_and_own_ones_do_not(in_alpha, guest, stranger, staff):
    first = court(buffer_before_minutes=15, buffer_after_minutes=15)
    second = beside(first, "second", buffer_after_minutes=30)
    actor = Actor.of(guest)
    booking = booked(wish(first, slot(10), guest), "confirmed", staff)
    booked(wish(first, slot(13), stranger), "confirmed", staff)
    booked(wish(second, slot(13), stranger), "confirmed", staff)
    changed(booking, Change(start=at(10, 30)), actor)
    assert refused(booking, Change(end=at(13)), actor) == "buffer"
    changed(booking, Change(start=at(11), end=at(12, 30)), actor)
    assert refused(booking, Change(resource_id=second.pk, end=at(13)), actor) == "buffer"
    changed(booking, Change(resource_id=second.pk), actor)


def test_party_in_a_shared_class_grows_as_long_as_there_are_seats(in_alpha, guest, stranger, staff):
    class_ = court("class", units=6, capacity=6, is_shared=True)
    actor = Actor.of(guest)
    booking = booked(wish(class_, slot(10), guest, participants=2), "confirmed", staff)
    booked(wish(class_, slot(10), stranger, participants=3), "confirmed", staff)
    assert len(taken(changed(booking, Change(participants=3), actor))) == 3
    assert refused(booking, Change(participants=4), actor) in {"capacity", "booked"}
    assert len(taken(changed(booking, Change(participants=1), actor))) == 1
    assert len(taken(changed(booking, Change(start=at(12), participants=6), actor))) == 6
    assert refused(booking, Change(participants=7), actor) == "capacity"


def test_pool_finds_room_for_a_longer_booking_by_changing_places(in_alpha, guest, stranger, staff):
    """classroombookings#79, cal.diy#13745 (pools)."""
    boats = court("boats", units=2)
    actor = Actor.of(guest)
    booking = booked(wish(boats, slot(10), guest), "confirmed", staff)
    one = booked(wish(boats, slot(10), stranger), "confirmed", staff)
    two = booked(wish(boats, slot(11), stranger), "confirmed", staff)
    assert {taken(each)[0] for each in (booking, one)} == {("boats", 0), ("boats", 1)}
    assert taken(two) == taken(booking)
    changed(booking, Change(end=at(12)), actor)
    assert taken(two) != taken(booking)
    assert refused(one, Change(end=at(12)), Actor.of(stranger)) == "held_by_you"


def test_service_moves_among_its_resources_and_keeps_its_length(in_alpha, guest, staff):
    first = court()
    second, foreign = beside(first, "second"), beside(first, "foreign")
    service = Product.objects.create(name="Lesson", slug="lesson", duration_minutes=60)
    service.resources.set([first, second])
    actor = Actor.of(guest)
    booking = booked(wish(first, slot(10), guest, product_id=service.pk), "confirmed", staff)
    new = changed(booking, Change(resource_id=second.pk, start=at(12)), actor)
    assert (new.resource_id, new.product_id) == (second.pk, service.pk)
    assert refused(booking, Change(resource_id=foreign.pk), actor) == "product_elsewhere"
    assert refused(booking, Change(end=at(14)), actor) == "duration"


def test_further_resources_move_along_and_must_be_free(in_alpha, guest, stranger, staff):
    first = court()
    projector, piano = beside(first, "projector", 1000), beside(first, "piano", 500)
    actor = Actor.of(guest)
    booking = booked(wish(first, slot(10), guest, also=(projector.pk,)), "paid", staff)
    booked(wish(projector, slot(12), stranger), "confirmed", staff)
    assert refused(booking, Change(start=at(12)), actor) == "booked"
    assert changed(booking, Change(start=at(12), also=(piano.pk,)), actor).total_minor == 3000
    assert taken(booking) == [("first", 0), ("piano", 0)]
    Resource.objects.filter(pk=piano.pk).update(is_active=False)
    assert refused(booking, Change(start=at(14)), actor) == "resource_unknown"
    assert changed(booking, Change(start=at(14), also=()), actor).total_minor == 2500
