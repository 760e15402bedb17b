"""From a hold to a booking: the customer's details come in, and staff confirm."""

import pytest

from bookings import lifecycle
from bookings.models import Booking
from bookings.records import Actor
from kernel.errors import Refused
from schemas.clock import database_now
from tenants.models import DueWork
from tests.bookings.scenes import GUEST, digest, held, slot, story
from venues.models import Rate, Resource


def due_at(booking: Booking) -> object:
    """When the clock looks at the booking next."""
    return DueWork.objects.get(kind="booking_clock", object_id=str(booking.pk)).due_at


def test_a_booking_that_is_paid_on_site_waits_for_approval_and_keeps_its_slot(in_alpha, guest):
    booking = lifecycle.submit(held(in_alpha.court_1, slot(10), customer=guest), GUEST, Actor.of(guest))
    booking.refresh_from_db()
    assert (booking.state, booking.pending_reason, booking.hold_expires_at) == ("pending", "approval", None)
    assert (booking.name, booking.email, booking.phone) == (GUEST.name, GUEST.email, GUEST.phone)
    assert (booking.payment_state, booking.confirmed_at) == ("unpaid", None)
    assert due_at(booking) == booking.start
    assert story(booking) == [("", "held", "customer", guest.pk, ""), ("held", "pending", "customer", guest.pk, "")]


def test_without_approval_a_booking_that_is_paid_on_site_is_confirmed_at_once(in_alpha, guest):
    Resource.objects.filter(pk=in_alpha.court_1).update(needs_approval=False)
    booking = lifecycle.submit(held(in_alpha.court_1, slot(10), customer=guest), GUEST, Actor.of(guest))
    booking.refresh_from_db()
    assert (booking.state, booking.payment_state, booking.payment_way) == ("confirmed", "unpaid", "on_site")
    assert due_at(booking) == booking.end


def test_a_booking_that_costs_nothing_is_confirmed_at_once(in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(needs_approval=False)
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=0)
    booking = lifecycle.submit(held(in_alpha.court_1, slot(10)), GUEST, Actor.of(None))
    booking.refresh_from_db()
    assert (booking.state, booking.payment_state, booking.pending_reason) == ("confirmed", "not_required", "")
    assert booking.confirmed_at == booking.updated_at
    assert due_at(booking) == booking.end
    assert story(booking) == [("", "held", "guest", None, ""), ("held", "confirmed", "guest", None, "")]


def test_what_has_to_be_paid_online_is_refused_and_stays_held(in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True, pays_on_site=False, needs_approval=False)
    booking = held(in_alpha.court_1, slot(10))
    before = digest()
    with pytest.raises(Refused) as refused:
        lifecycle.submit(booking, GUEST, Actor.of(None))
    assert refused.value.code == "payment_required"
    assert digest() == before


def test_what_is_free_needs_no_payment_online(in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True, pays_on_site=False, needs_approval=False)
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=0)
    assert lifecycle.submit(held(in_alpha.court_1, slot(10)), GUEST, Actor.of(None)).state == "confirmed"


def test_notes_are_kept_unless_new_ones_come_with_the_details(in_alpha):
    kept = lifecycle.submit(held(in_alpha.court_1, slot(10), notes="Net"), GUEST, Actor.of(None))
    changed = lifecycle.submit(held(in_alpha.court_1, slot(11), notes="Net"), GUEST, Actor.of(None), notes="")
    assert (kept.notes, changed.notes) == ("Net", "")


def test_details_cannot_be_sent_twice(in_alpha):
    booking = lifecycle.submit(held(in_alpha.court_1, slot(10)), GUEST, Actor.of(None))
    before = digest()
    with pytest.raises(Refused) as refused:
        lifecycle.submit(booking, GUEST, Actor.of(None))
    assert refused.value.code == "wrong_state"
    assert digest() == before


@pytest.mark.parametrize("submitted", [True, False])
def test_staff_confirm_what_was_submitted_and_what_is_only_held(in_alpha, staff, submitted):
    booking = held(in_alpha.court_1, slot(10))
    if submitted:
        lifecycle.submit(booking, GUEST, Actor.of(None))
    before = database_now()
    booking = lifecycle.confirm(booking, staff)
    booking.refresh_from_db()
    assert (booking.state, booking.pending_reason, booking.hold_expires_at) == ("confirmed", "", None)
    assert before <= booking.confirmed_at <= database_now()
    assert due_at(booking) == booking.end
    assert story(booking)[-1] == ("pending" if submitted else "held", "confirmed", "staff", staff.user_id, "")


def test_confirming_again_changes_nothing(in_alpha, staff):
    booking = lifecycle.confirm(held(in_alpha.court_1, slot(10)), staff)
    before = digest()
    again = lifecycle.confirm(booking, staff)
    assert again.confirmed_at == booking.confirmed_at
    assert digest() == before
