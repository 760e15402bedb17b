"""Whoever comes by: booked, paid and let in as one act, or nothing of it."""

from datetime import time, timedelta

import pytest

from bookings import gaps, visits, walkins
from bookings.models import Booking, BookingChange, BookingEvent, OnSitePayment
from bookings.records import Actor
from bookings.walkins import WalkIn, Way
from kernel.errors import Refused
from kernel.periods import Period
from schemas.clock import database_now
from tests.bookings.scenes import HOUR, Place, digest, story
from venues.models import Rate, Resource


@pytest.fixture
def court(in_alpha: object) -> Resource:
    """Open round the clock; customers book a day ahead and wait for an answer."""
    fields: dict[str, object] = {"grid_minutes": 30, "lead_minutes": 1440, "needs_approval": True, "capacity": 4}
    return Place(spans=((time(0), time(0)),), fields=fields).make()


def now_at(court: Resource, **fields: object) -> WalkIn:
    """The shortest booking from the gap that is open now, with the price that is shown."""
    now = database_now()
    gap = gaps.of([court.pk], now)[court.pk]
    wish = WalkIn(court.pk, gap.period, **fields)  # type: ignore[arg-type]
    return WalkIn(wish.resource_id, wish.period, wish.participants, wish.name, walkins.offer(wish, now).quote)


def acts(booking: Booking) -> list[str]:
    """What was done, in order."""
    return list(BookingEvent.objects.filter(booking=booking).order_by("pk").values_list("act", flat=True))


@pytest.mark.parametrize(("way", "noted"), [(Way.CASH, "cash"), (Way.CARD, "card")])
def test_one_act_books_notes_the_money_and_lets_them_in(court: Resource, staff: Actor, way: Way, noted: str) -> None:
    booking = walkins.take_in(now_at(court, name="Wanda", participants=2), way, staff)
    booking = Booking.objects.get(pk=booking.pk)
    assert (booking.state, booking.payment_state, booking.name, booking.participants) == (
        "confirmed", "paid", "Wanda", 2,
    )  # fmt: skip
    assert (booking.paid_minor, booking.owed_minor, booking.payment_way) == (2500, 0, "on_site")
    assert booking.checked_in_at is not None
    assert list(OnSitePayment.objects.values_list("amount_minor", "way", "taken_by")) == [
        (2500, noted, staff.user_id)
    ]  # fmt: skip
    assert acts(booking) == ["moved", "moved", "paid", "checked_in"]
    assert story(booking)[1] == ("held", "confirmed", "staff", staff.user_id, "booked by staff")


def test_later_is_owed_and_free_costs_nothing(court: Resource, staff: Actor) -> None:
    Resource.objects.filter(pk=court.pk).update(units=2)
    owes = walkins.take_in(now_at(court), Way.LATER, staff)
    free = walkins.take_in(now_at(court), Way.FREE, staff)
    assert (owes.owed_minor, owes.paid_minor, owes.checked_in_at is not None) == (2500, 0, True)
    assert (free.total_minor, free.payment_state, free.checked_in_at is not None) == (0, "not_required", True)
    assert OnSitePayment.objects.count() == 0


def test_what_begins_later_is_booked_and_not_let_in_yet(court: Resource, staff: Actor) -> None:
    wish = now_at(court)
    later = Period(wish.period.start + 3 * HOUR, wish.period.end + 3 * HOUR)
    booking = walkins.take_in(WalkIn(court.pk, later), Way.CASH, staff)
    assert (booking.state, booking.paid_minor, booking.checked_in_at) == ("confirmed", 2500, None)


def test_price_that_changed_meanwhile_is_refused_and_nothing_changes(court: Resource, staff: Actor) -> None:
    wish = now_at(court)
    Rate.objects.filter(resource=court).update(amount_minor=3000)
    before = digest()
    with pytest.raises(Refused) as refusal:
        walkins.take_in(wish, Way.CASH, staff)
    assert refusal.value.code == "price_changed"
    assert digest() == before


def test_what_is_taken_is_refused_and_nothing_changes(court: Resource, staff: Actor) -> None:
    wish = now_at(court)
    walkins.take_in(wish, Way.CASH, staff)
    before = digest()
    with pytest.raises(Refused) as refusal:
        walkins.take_in(wish, Way.CARD, staff)
    assert refusal.value.code == "booked"
    assert digest() == before
    offer = walkins.offer(wish, database_now())
    assert (offer.total_minor, offer.currency, offer.refusal and offer.refusal.code) == (2500, "EUR", "booked")


def test_rules_for_customers_but_the_lead_time_are_kept(court: Resource, staff: Actor) -> None:
    wish = now_at(court)
    odd = Period(wish.period.start + timedelta(minutes=7), wish.period.end + timedelta(minutes=7))
    before = digest()
    with pytest.raises(Refused) as refusal:
        walkins.take_in(WalkIn(court.pk, odd), Way.CASH, staff)
    assert refusal.value.code == "granularity"
    assert digest() == before


def test_check_in_is_taken_back_once_and_recorded(court: Resource, staff: Actor) -> None:
    booking = walkins.take_in(now_at(court), Way.CASH, staff)
    here = booking.checked_in_at
    assert here is not None
    for _again in range(2):
        booking = visits.undo_check_in(Booking.objects.get(pk=booking.pk), staff)
    assert booking.checked_in_at is None
    changes = BookingChange.objects.filter(event__booking=booking, field="checked_in_at")
    assert list(changes.values_list("before", "after")) == [(here.isoformat(), "")]
    assert acts(booking)[-1] == "changed"
    assert visits.check_in(booking, staff).checked_in_at is not None


def test_check_in_is_not_taken_back_when_it_is_over(court: Resource, staff: Actor) -> None:
    booking = walkins.take_in(now_at(court), Way.CASH, staff)
    start = database_now() - 2 * HOUR
    Booking.objects.update(start=start, end=start + HOUR)
    before = digest()
    with pytest.raises(Refused) as refusal:
        visits.undo_check_in(booking, staff)
    assert refusal.value.code == "too_late"
    assert digest() == before
