"""Every kind of change, in every state, to the cent: docs/changing.md."""

import pytest

from bookings import cancelling, changes, lifecycle
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.facts import Reason
from bookings.lifecycle import Taking
from bookings.models import Booking, BookingEvent, BookingLine, Occupancy
from bookings.records import SYSTEM, Actor
from bookings.requests import ExtraWish
from kernel.errors import Conflict, Forbidden, Invalid, Refused
from schemas.clock import database_now
from tests.bookings.changing import (
    STAGES,
    again,
    assert_whole,
    beside,
    booked,
    changed,
    court,
    extra,
    history,
    money,
    previewed,
    refused,
    wish,
)
from tests.bookings.scenes import DAY, HOUR, at, began, digest, held, let_lapse, slot
from venues.models import OpeningHours, Rate, Resource

STATE_OF = {"held": "held", "pending": "pending", "confirmed": "confirmed", "paid": "confirmed"}
# What is changed of two hours from 10:00 at 25.00 an hour, and the new total. The other court costs 30.00 an hour,
# a racket 5.00, the projector 10.00 an hour.
KINDS = {
    "extend": ({"end": 13}, 7500),
    "shorten": ({"end": 11}, 2500),
    "move": ({"start": 15}, 5000),
    "move and extend": ({"start": 15, "end": 18}, 7500),
    "begin earlier": ({"start": 9, "end": 12}, 7500),
    "another court": ({"resource": "second"}, 6000),
    "another court and time": ({"resource": "second", "start": 16}, 6000),
    "people": ({"participants": 4}, 5000),
    "extras": ({"extras": 2}, 6000),
    "further resource": ({"also": True}, 7000),
}


def _change(kind, first):
    wanted = dict(KINDS[kind][0])
    second = beside(first, "second", 3000)
    racket = extra("Racket", first, 500, stock=4)
    projector = beside(first, "projector", 1000)
    if "start" in wanted:
        wanted["start"] = at(wanted["start"])
    if "end" in wanted:
        wanted["end"] = at(wanted["end"])
    if wanted.pop("resource", None):
        wanted["resource_id"] = second.pk
    if "extras" in wanted:
        wanted["extras"] = (ExtraWish(racket.pk, wanted["extras"]),)
    if wanted.pop("also", None):
        wanted["also"] = (projector.pk,)
    return Change(**wanted)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_change_in_every_state_has_its_price(in_alpha, guest, staff, stage, kind):
    first = court()
    booking = booked(wish(first, slot(10, minutes=120), guest), stage, staff)
    assert (booking.state, booking.total_minor) == (STATE_OF[stage], 5000)
    wanted = _change(kind, first)
    expires = booking.hold_expires_at
    new = changed(booking, wanted, Actor.of(guest))
    total = KINDS[kind][1]
    paid = 5000 if stage == "paid" else 0
    due, back = max(0, total - paid), max(0, paid - total)
    called = "paid" if paid and not due else "deposit_paid" if paid else "unpaid"
    assert money(new) == (total, 0, paid, due, back, called)
    assert (new.state, new.hold_expires_at, new.revision) == (STATE_OF[stage], expires, 1)
    last = BookingEvent.objects.filter(booking=new).latest("pk")
    assert (last.act, last.from_state, last.to_state) == ("changed", new.state, new.state)
    assert (last.actor_kind, last.actor_id) == ("customer", guest.pk)


def test_history_says_what_was_and_what_is(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    racket, projector = extra("Racket", first, 500), beside(first, "projector", 1000)
    wanted = Change(
        start=at(12), end=at(14), participants=3, extras=(ExtraWish(racket.pk, 2),), also=(projector.pk,), notes="Late"
    )
    changed(booking, wanted, Actor.of(guest))
    assert history(booking) == [
        ("start", at(10).isoformat(), at(12).isoformat()),
        ("end", at(11).isoformat(), at(14).isoformat()),
        ("participants", "1", "3"),
        ("total_minor", "2500", "8000"),
        ("notes", "", "Late"),
        ("with_resources", "", "projector"),
        ("extras", "", "2 x Racket"),
    ]
    changed(booking, Change(extras=(), also=()), Actor.of(guest))
    assert history(booking) == [
        ("total_minor", "8000", "5000"),
        ("with_resources", "projector", ""),
        ("extras", "2 x Racket", ""),
    ]
    assert again(booking).revision == 2


def test_old_time_is_free_and_new_time_is_taken(in_alpha, guest, stranger, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest), "confirmed", staff)
    changed(booking, Change(start=at(12)), Actor.of(guest))
    assert held(first.pk, slot(10), customer=stranger).state == "held"
    with pytest.raises(Refused, match="booked"):
        held(first.pk, slot(12), customer=stranger)


def test_refused_move_keeps_the_old_time(in_alpha, guest, stranger, staff):
    """R36 for one client: nothing has changed, whatever stands in the way."""
    first = court()
    second = beside(first, "second")
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    booked(wish(first, slot(12), stranger), "confirmed", staff)
    held(second.pk, slot(10), customer=stranger)
    actor = Actor.of(guest)
    assert refused(booking, Change(start=at(12)), actor) == "booked"
    assert refused(booking, Change(end=at(13)), actor) == "booked"
    assert refused(booking, Change(resource_id=second.pk), actor) == "held"
    assert refused(booking, Change(also=(second.pk,)), actor) == "held"
    assert refused(booking, Change(start=at(6)), actor) == "closed"
    assert refused(booking, Change(start=at(10, 15)), actor) == "granularity"
    assert refused(booking, Change(end=at(10, 30)), actor) == "duration"
    assert refused(booking, Change(end=at(15)), actor) == "duration"
    assert refused(booking, Change(start=at(10, ahead=1200)), actor) == "too_far"
    assert refused(booking, Change(start=at(10, ahead=-3)), actor) == "lead_time"
    assert refused(booking, Change(participants=5), actor) == "capacity"
    assert refused(booking, Change(end=at(9)), actor) == "period_invalid"
    assert refused(booking, Change(resource_id=999_999), actor) == "resource_unknown"
    assert refused(booking, Change(also=(first.pk,)), actor) == "resources_twice"
    assert refused(booking, Change(extras=(ExtraWish(999_999),)), actor) == "extra_unknown"


def test_price_stays_as_agreed_where_nothing_that_it_depends_on_changes(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    Rate.objects.filter(resource=first).update(amount_minor=9900)
    new = changed(booking, Change(notes="We bring a dog", start=booking.start), Actor.of(guest))
    assert (money(new), new.notes, new.revision) == ((2500, 0, 2500, 0, 0, "paid"), "We bring a dog", 1)
    new = changed(booking, Change(end=at(12)), Actor.of(guest))
    assert money(new) == (19800, 0, 2500, 17300, 0, "deposit_paid")


def test_change_to_what_it_is_already_changes_nothing(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest, participants=2), "paid", staff)
    before = digest()
    same = Change(booking.start, booking.end, first.pk, (), 2, (), "")
    assert changes.change(booking, same, Actor.of(guest)).revision == 0
    assert digest() == before


def test_dearer_after_paying_is_due_and_cheaper_comes_back_and_each_edit_counts_from_what_was_paid(
    in_alpha, guest, staff
):
    first = court()
    booking = booked(wish(first, slot(10, minutes=120), guest), "paid", staff)
    actor = Actor.of(guest)
    said = previewed(booking, Change(end=at(13)), actor)
    assert (said.old_total_minor, said.delta_minor, said.due_now_minor, said.refund_minor) == (5000, 2500, 2500, 0)
    assert money(changed(booking, Change(end=at(13)), actor)) == (7500, 0, 5000, 2500, 0, "deposit_paid")
    said = previewed(booking, Change(end=at(11)), actor)
    assert (said.old_total_minor, said.delta_minor, said.due_now_minor, said.refund_minor) == (7500, -5000, 0, 2500)
    assert money(changed(booking, Change(end=at(11)), actor)) == (2500, 0, 5000, 0, 2500, "paid")
    lifecycle.pay_on_site(booking, Taking(-2500), staff)
    assert money(again(booking)) == (2500, 0, 2500, 0, 0, "paid")
    assert money(changed(booking, Change(end=at(12)), actor)) == (5000, 0, 2500, 2500, 0, "deposit_paid")


def test_deposit_that_was_paid_counts(in_alpha, guest, staff):
    first = court(deposit_percent=2000, balance_days_before=2)
    booking = booked(wish(first, slot(10, minutes=120), guest), "confirmed", staff)
    lifecycle.pay_on_site(booking, Taking(1000), staff)
    assert (booking.deposit_minor, booking.balance_due_at) == (1000, at(10) - 2 * DAY)
    new = changed(booking, Change(start=at(15), end=at(19)), Actor.of(guest))
    assert (new.deposit_minor, new.due_now_minor, new.balance_due_at) == (2000, 1000, at(15) - 2 * DAY)
    assert money(new) == (10000, 0, 1000, 9000, 0, "deposit_paid")


def test_what_was_free_and_costs_something_now_is_unpaid(in_alpha, guest, staff):
    first = court()
    Rate.objects.filter(resource=first).update(amount_minor=0)
    second = beside(first, "second", 1000)
    booking = booked(wish(first, slot(10), guest), "confirmed", staff)
    assert money(booking) == (0, 0, 0, 0, 0, "not_required")
    new = changed(booking, Change(resource_id=second.pk), Actor.of(guest))
    assert (new.state, money(new)) == ("confirmed", (1000, 0, 0, 1000, 0, "unpaid"))


def test_customers_change_until_it_starts_and_staff_until_it_is_over(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10, minutes=120), guest), "paid", staff)
    began(booking, HOUR)
    running = again(booking)
    Occupancy.objects.filter(booking=booking).update(during=(running.start, running.end))
    OpeningHours.objects.filter(venue=first.venue).delete()
    for actor in (Actor.of(guest), Actor.of(None), SYSTEM):
        assert refused(booking, Change(end=running.end + HOUR), actor) == "not_changeable"
        assert refused(booking, Change(notes="x"), actor) == "not_changeable"
    assert refused(booking, Change(end=running.end + HOUR), staff) == "closed"
    longer = Change(end=running.end + HOUR, overrules=frozenset({Reason.CLOSED}))
    assert money(changed(booking, longer, staff)) == (7500, 0, 5000, 2500, 0, "deposit_paid")
    past = Change(end=running.start + HOUR / 2, overrules=frozenset(Reason))
    assert refused(booking, past, staff) == "lead_time"
    began(booking, 4 * HOUR)
    assert refused(booking, Change(notes="x"), staff) == "not_changeable"


@pytest.mark.parametrize("end", ["cancelled", "expired", "lapsed"])
def test_what_is_over_is_not_changed(in_alpha, guest, staff, end):
    first = court()
    booking = booked(wish(first, slot(10), guest), "held", staff)
    if end == "cancelled":
        cancelling.cancel(booking, Actor.of(guest), Cancellation())
    else:
        let_lapse(booking)
        if end == "expired":
            lifecycle.let_time_pass(booking.pk)
    code = "not_changeable" if end == "cancelled" else "hold_expired"
    assert refused(booking, Change(start=at(15)), Actor.of(guest)) == code
    assert refused(booking, Change(notes="x"), staff) == code


def test_lapsed_hold_of_somebody_else_is_not_in_the_way(in_alpha, guest, stranger, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest), "confirmed", staff)
    rival = held(first.pk, slot(12), customer=stranger)
    let_lapse(rival)
    changed(booking, Change(start=at(12)), Actor.of(guest))
    assert again(rival).state == "expired"


def test_staff_set_rules_aside_and_agree_on_a_price_and_customers_do_not(in_alpha, guest, staff):
    first = court(lead_minutes=60)
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    early = Change(start=at(5, 10), overrules=frozenset({Reason.CLOSED}))
    assert refused(booking, Change(start=at(5, 10)), staff) == "closed"
    assert refused(booking, early, Actor.of(guest)) == "permission_denied"
    assert changed(booking, early, staff).start == at(5, 10)
    assert refused(booking, Change(agreed_minor=100), Actor.of(guest)) == "permission_denied"
    new = changed(booking, Change(agreed_minor=1900), staff)
    assert money(new) == (1900, 0, 2500, 0, 600, "paid")
    kinds = list(BookingLine.objects.filter(booking=booking).values_list("kind", "amount_minor"))
    assert kinds == [("rate", 2500), ("agreed", -600)]
    assert refused(booking, Change(start=at(12)), Actor.of(guest)) == "price_agreed"
    assert changed(booking, Change(notes="Thanks"), Actor.of(guest)).total_minor == 1900
    assert changed(booking, Change(start=at(12)), staff).total_minor == 2500


def test_nobody_overrules_that_time_is_taken_or_has_no_price(in_alpha, guest, stranger, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest), "confirmed", staff)
    booked(wish(first, slot(12), stranger), "confirmed", staff)
    everything = frozenset(Reason)
    assert refused(booking, Change(start=at(12), overrules=everything), staff) == "booked"
    Rate.objects.filter(resource=first).update(valid_until=at(0).date() + DAY)
    assert refused(booking, Change(start=at(12, ahead=20), overrules=everything), staff) == "no_price"


def test_what_was_granted_stays_granted(in_alpha, guest, staff):
    """Lead time, grid, hours and length count for what is new, not for what the booking has already."""
    first = court()
    booking = booked(wish(first, slot(10, minutes=120), guest, participants=4), "confirmed", staff)
    Resource.objects.filter(pk=first.pk).update(
        lead_minutes=60 * 24 * 30, horizon_days=1, grid_minutes=45, capacity=2, max_minutes=60, min_minutes=60
    )
    OpeningHours.objects.filter(venue=first.venue).update(closes="11:30")
    actor = Actor.of(guest)
    assert changed(booking, Change(participants=3), actor).participants == 3
    assert refused(booking, Change(participants=4), actor) == "capacity"
    assert changed(booking, Change(end=at(11)), actor).end == at(11)
    assert refused(booking, Change(end=at(11, 45)), actor) == "duration"
    assert refused(booking, Change(start=at(9)), actor) == "lead_time"


def test_stale_revision_and_another_price_are_conflicts(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    actor = Actor.of(guest)
    changed(booking, Change(start=at(12), revision=0, expected_minor=2500), actor)
    with pytest.raises(Conflict) as stale:
        changes.change(booking, Change(start=at(14), revision=0), actor)
    assert (stale.value.code, stale.value.extra) == ("changed_meanwhile", {"revision": 1})
    assert refused(booking, Change(start=at(14), revision=0), actor) == "changed_meanwhile"
    assert refused(booking, Change(end=at(14), expected_minor=2500), actor) == "price_changed"
    with pytest.raises(Conflict) as dearer:
        changes.change(booking, Change(end=at(14), expected_minor=2500), actor)
    assert dearer.value.extra == {"quoted": "25.00", "current": "50.00", "difference": "25.00", "currency": "EUR"}


def test_booking_stays_in_its_currency(in_alpha, guest, staff):
    first, other = court(), court("abroad")
    other.venue.currency = "CHF"
    other.venue.save()
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    assert refused(booking, Change(resource_id=other.pk), staff) == "other_currency"


def test_nothing_changes_while_a_payment_is_under_way(in_alpha, guest, staff):
    booking = booked(wish(court(), slot(10), guest), "held", staff)
    Booking.objects.filter(pk=booking.pk).update(payment_state="processing")
    assert refused(booking, Change(end=at(12)), Actor.of(guest)) == "payment_open"


def test_clock_fires_at_the_new_time_only(in_alpha, guest, staff):
    """R37, in the part that exists: the clock's work moves with the booking."""
    first = court()
    booking = booked(wish(first, slot(10), guest), "confirmed", staff)
    old_end = booking.end
    new = changed(booking, Change(start=at(15, ahead=9)), Actor.of(guest))
    assert new.end == old_end + 2 * DAY + 5 * HOUR
    lifecycle.let_time_pass(booking.pk)
    assert again(booking).state == "confirmed"


def test_waiting_for_payment_ends_at_the_new_start_at_the_latest(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10), guest), "pending", staff)
    until = at(10) - HOUR
    Booking.objects.filter(pk=booking.pk).update(pending_reason="payment", hold_expires_at=until)
    assert changed(booking, Change(start=at(9, ahead=6)), Actor.of(guest)).hold_expires_at == at(9, ahead=6)


def test_length_of_a_moved_booking_is_real_time_over_the_clock_change(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10, minutes=120), guest), "confirmed", staff)
    assert_whole(booking)
    spring = next(day for day in range(1, 400) if at(10, ahead=day) - at(10, ahead=day - 1) == 23 * HOUR)
    new = changed(booking, Change(start=at(10, ahead=spring)), Actor.of(guest))
    assert (new.end - new.start, new.end, new.total_minor) == (2 * HOUR, at(12, ahead=spring), 5000)
    OpeningHours.objects.filter(venue=first.venue).update(opens="00:00")
    # 01:00 to 04:00 on the wall is two hours that night.
    night = Change(start=at(1, ahead=spring), end=at(4, ahead=spring))
    new = changed(booking, night, Actor.of(guest))
    assert (new.end - new.start, new.total_minor) == (2 * HOUR, 5000)
    assert database_now() < new.start


def test_unknown_errors_are_of_the_right_kind(in_alpha, guest, staff):
    booking = booked(wish(court(), slot(10), guest), "confirmed", staff)
    with pytest.raises(Invalid):
        changes.change(booking, Change(end=at(9)), staff)
    with pytest.raises(Forbidden):
        changes.change(booking, Change(agreed_minor=1), Actor.of(guest))


def test_worked_example_of_the_documentation(in_alpha, guest, staff):
    """docs/changing.md, "Money"."""
    booking = booked(wish(court(), slot(10, minutes=120), guest), "paid", staff)
    figures = []
    for end in (13, 11, 12):
        new = changed(booking, Change(end=at(end)), Actor.of(guest))
        figures.append((new.total_minor, new.due_minor, new.refund_due_minor))
    assert figures == [(7500, 2500, 0), (2500, 0, 2500), (5000, 0, 0)]
