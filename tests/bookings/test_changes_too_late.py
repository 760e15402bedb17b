"""Once cancelling costs something, changing is no way round it (docs/changing.md)."""

import pytest

from bookings import cancelling, changes, lifecycle
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from bookings.requests import ExtraWish
from kernel.errors import Refused
from schemas.clock import database_now
from tests.bookings.changing import again, beside, booked, changed, court, extra, refused, wish
from tests.bookings.scenes import DAY, HOUR, at, slot
from venues.models import CancellationPolicy, CancellationStep, Resource


def policy(*steps: dict[str, object], **fields: object) -> CancellationPolicy:
    """A policy with these steps."""
    made = CancellationPolicy.objects.create(name="Terms", **fields)
    for step in steps:
        CancellationStep.objects.create(policy=made, **step)
    return made


@pytest.fixture
def strict(in_alpha):
    """Free until ten days before, then half, and all of it from a day before."""
    return policy({"minutes_before": 10 * 24 * 60}, {"minutes_before": 24 * 60, "percent": 5000}, {"percent": 10_000})


def fee(booking, actor, now=None):
    """What cancelling costs at a moment."""
    return cancelling.preview(again(booking), actor, Cancellation(), now or database_now()).fee_minor


def test_moving_away_and_cancelling_there_costs_what_cancelling_costs_here(guest, staff, strict):
    first = court(cancellation_policy=strict)
    booking = booked(wish(first, slot(10, minutes=120), guest), "paid", staff)
    actor = Actor.of(guest)
    assert fee(booking, actor) == 2500
    new = changed(booking, Change(start=at(10, ahead=60)), actor)
    assert (new.cancel_from, new.fee_counts_to) == (at(10), at(10))
    assert fee(booking, actor) == 2500
    assert fee(booking, actor, at(10) - HOUR) == 5000
    assert fee(booking, actor, at(10, ahead=20)) == 5000
    done = cancelling.cancel(booking, actor, Cancellation())
    assert (done.fee_minor, done.refund_due_minor) == (2500, 2500)


def test_second_move_does_not_forget_the_first_start(guest, staff, strict):
    first = court(cancellation_policy=strict)
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    actor = Actor.of(guest)
    changed(booking, Change(start=at(10, ahead=60)), actor)
    changed(booking, Change(start=at(10, ahead=90)), actor)
    assert again(booking).cancel_from == at(10)
    new = changed(booking, Change(start=at(9, ahead=5)), actor)
    assert new.fee_counts_to == at(9, ahead=5)
    assert fee(booking, actor, at(9, ahead=5) - HOUR) == 2500


def test_while_cancelling_is_free_moving_is_free_and_the_clock_goes_with_it(guest, staff, strict):
    first = court(cancellation_policy=strict)
    booking = booked(wish(first, slot(10, minutes=120, ahead=30), guest), "paid", staff)
    actor = Actor.of(guest)
    new = changed(booking, Change(start=at(10, ahead=20), end=at(11, ahead=20)), actor)
    assert (new.cancel_from, new.total_minor, new.refund_due_minor) == (None, 2500, 2500)
    assert (fee(booking, actor, at(10, ahead=9)), fee(booking, actor, at(11, ahead=10))) == (0, 1250)


@pytest.mark.parametrize("what", ["shorter", "cheaper court", "fewer extras", "cheaper and later"])
def test_late_nothing_gets_cheaper_for_customers_and_staff_may_do_it(guest, staff, strict, what):
    first = court(cancellation_policy=strict)
    cheap = beside(first, "cheap", 1000)
    racket = extra("Racket", first, 500)
    request = wish(first, slot(10, minutes=120), guest, extras=(ExtraWish(racket.pk, 2),))
    booking = booked(request, "paid", staff)
    wanted, total = {
        "shorter": (Change(end=at(11)), 3500),
        "cheaper court": (Change(resource_id=cheap.pk, extras=()), 2000),
        "fewer extras": (Change(extras=(ExtraWish(racket.pk, 1),)), 5500),
        "cheaper and later": (Change(start=at(10, ahead=60), end=at(11, ahead=60)), 3500),
    }[what]
    assert refused(booking, wanted, Actor.of(guest)) == "change_too_late"
    with pytest.raises(Refused) as late:
        changes.change(booking, wanted, Actor.of(guest))
    assert late.value.extra["old_total"] == "60.00"
    new = changed(booking, wanted, staff)
    assert (new.total_minor, new.refund_due_minor, new.cancel_from) == (total, 6000 - total, None)


def test_late_something_dearer_is_possible_and_costs_the_fee_of_its_own_price(guest, staff, strict):
    first = court(cancellation_policy=strict)
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    actor = Actor.of(guest)
    new = changed(booking, Change(end=at(12)), actor)
    assert (new.total_minor, new.cancel_from) == (5000, None)
    assert fee(booking, actor) == 2500


def test_late_move_takes_the_policy_groups_and_deposit_along(guest, staff, strict):
    lenient = policy({"minutes_before": 0}, grace_minutes=60 * 24 * 300)
    first = court(cancellation_policy=strict, deposit_percent=4000)
    kind = beside(first, "kind", cancellation_policy=lenient)
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    Booking.objects.filter(pk=booking.pk).update(groups=[7])
    actor = Actor.of(guest)
    new = changed(booking, Change(resource_id=kind.pk), actor)
    assert (new.policy_id, new.groups, new.deposit_minor) == (strict.pk, [7], 1000)
    assert fee(booking, actor) == 1250


def test_early_move_is_agreed_on_the_terms_of_the_new_place(guest, staff, strict):
    lenient = policy({"minutes_before": 0})
    first = court(cancellation_policy=strict)
    kind = beside(first, "kind", cancellation_policy=lenient)
    booking = booked(wish(first, slot(10, ahead=30), guest), "paid", staff)
    assert changed(booking, Change(resource_id=kind.pk), Actor.of(guest)).policy_id == lenient.pk


def test_grace_period_lets_move_and_shorten(guest, staff):
    graceful = policy({"minutes_before": 0, "percent": 10_000}, grace_minutes=60)
    first = court(cancellation_policy=graceful)
    booking = booked(wish(first, slot(10, minutes=120), guest), "paid", staff)
    actor = Actor.of(guest)
    assert changed(booking, Change(end=at(11)), actor).refund_due_minor == 2500
    Booking.objects.filter(pk=booking.pk).update(created_at=database_now() - 2 * HOUR)
    assert fee(booking, actor) == 2500


def test_standard_terms_are_free_until_a_day_before(in_alpha, guest, staff):
    first = court()
    booking = booked(wish(first, slot(10, minutes=120), guest), "paid", staff)
    actor = Actor.of(guest)
    now = database_now()
    for left, cost in ((DAY + HOUR, 0), (DAY - HOUR, 5000)):
        Booking.objects.filter(pk=booking.pk).update(start=now + left, end=now + left + 2 * HOUR)
        assert fee(booking, actor) == cost
    assert refused(booking, Change(start=at(10), end=at(11)), actor) == "change_too_late"
    new = changes.change(booking, Change(start=at(10)), actor)
    assert new.cancel_from == now + DAY - HOUR
    assert fee(booking, actor) == 5000


def test_what_was_never_confirmed_may_still_get_cheaper(guest, staff, strict):
    first = court(cancellation_policy=strict)
    for stage in ("held", "pending"):
        booking = booked(wish(first, slot(10, minutes=120), guest), stage, staff)
        assert changed(booking, Change(end=at(11)), Actor.of(guest)).total_minor == 2500
        cancelling.cancel(booking, staff, Cancellation())


def test_moved_booking_on_a_resource_with_approval_waits_for_a_yes_again(in_alpha, guest, staff):
    first = court(needs_approval=True)
    actor = Actor.of(guest)
    booking = booked(wish(first, slot(10, minutes=120), guest, participants=2), "paid", staff)
    assert changed(booking, Change(end=at(11), participants=1), actor).state == "confirmed"
    assert changed(booking, Change(notes="Hello"), actor).state == "confirmed"
    assert changed(booking, Change(start=at(12)), staff).state == "confirmed"
    new = changed(booking, Change(start=at(15)), actor)
    assert (new.state, new.pending_reason, new.hold_expires_at) == ("pending", "approval", None)
    last = new.events.latest("pk")
    assert (last.act, last.from_state, last.to_state) == ("changed", "confirmed", "pending")
    assert (new.paid_minor, new.refund_due_minor) == (5000, 2500)


@pytest.mark.parametrize(
    "wanted", [{"participants": 3}, {"end": 13}, {"start": 9}, {"also": True}, {"other": True}], ids=str
)
def test_whatever_takes_more_is_asked_again(in_alpha, guest, staff, wanted):
    first = court(needs_approval=True)
    second = beside(first, "second", needs_approval=True)
    booking = booked(wish(first, slot(10, minutes=120), guest, participants=2), "confirmed", staff)
    change = Change(
        start=at(wanted["start"]) if "start" in wanted else None,
        end=at(wanted["end"]) if "end" in wanted else None,
        participants=wanted.get("participants"),
        also=(second.pk,) if "also" in wanted else None,
        resource_id=second.pk if "other" in wanted else None,
    )
    assert changed(booking, change, Actor.of(guest)).state == "pending"


def test_asking_again_is_no_way_round_the_fee(guest, staff, strict):
    """A pending request is free to cancel; one that was confirmed before is not, and late it cannot become one."""
    first = court(needs_approval=True, cancellation_policy=strict)
    actor = Actor.of(guest)
    late = booked(wish(first, slot(10), guest), "paid", staff)
    assert refused(late, Change(start=at(15)), actor) == "change_too_late"
    early = booked(wish(first, slot(10, ahead=30), guest), "paid", staff)
    changed(early, Change(start=at(15, ahead=30)), actor)
    assert again(early).state == "pending"
    assert fee(early, actor, at(15, ahead=25)) == 1250


def test_money_of_a_paid_request_that_nobody_answered_comes_back(in_alpha, guest, staff):
    first = court(needs_approval=True)
    booking = booked(wish(first, slot(10), guest), "paid", staff)
    changed(booking, Change(start=at(15)), Actor.of(guest))
    past = database_now() - HOUR
    Booking.objects.filter(pk=booking.pk).update(start=past, end=past + 2 * HOUR)
    assert refused(booking, Change(notes="x"), staff) == "not_changeable"
    lifecycle.let_time_pass(booking.pk)
    over = again(booking)
    assert (over.state, over.refund_due_minor) == ("expired", 2500)
    assert Resource.objects.filter(pk=first.pk, needs_approval=True).exists()
