"""What is told about which event, once, and in which words."""

from datetime import timedelta

import pytest

from accounts.models import User
from bookings import cancelling, changes, lifecycle
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent, Notice
from bookings.notices import again, planning
from bookings.records import Actor
from bookings.requests import Contact
from bookings.states import CancelReason
from tenants.models import OutgoingMail
from tests.bookings.notices.conftest import hand_on, letters, told, work_off
from tests.bookings.scenes import at, confirmed, held, let_lapse, slot
from tests.worlds import World
from venues.models import Resource

REMINDER = ("reminder", "mail", "planned", "")


def test_confirmation_goes_once_however_often_the_event_is_handed_on(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    for event in BookingEvent.objects.filter(booking=booking):
        planning.on_event(event)
    work_off()
    assert told(booking) == [("confirmation", "mail", "sent", ""), REMINDER]
    [letter] = letters()
    notice = Notice.objects.get(booking=booking, kind="confirmation")
    assert (letter.key, letter.to) == (f"notice:{notice.pk}", "gina@example.org")
    assert letter.subject.startswith("Confirmed: Court 2 ")


def test_change_names_what_is_different(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    work_off()
    changes.change(booking, Change(start=at(20), end=at(21)), staff)
    hand_on(in_alpha)
    [change] = Notice.objects.filter(booking=booking, kind="change")
    work_off()
    change.refresh_from_db()
    assert change.state == "sent"
    assert [row.subject.partition(":")[0] for row in letters()] == ["Confirmed", "Changed"]
    reminders = Notice.objects.filter(booking=booking, kind="reminder").order_by("pk")
    assert [(row.state, row.why, row.starts_at) for row in reminders] == [
        ("skipped", "moved", at(18)),
        ("planned", "", at(20)),
    ]


def test_booking_that_moves_back_has_its_first_reminder_again(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    for hour in (20, 18):
        changes.change(booking, Change(start=at(hour), end=at(hour + 1)), staff)
        hand_on(in_alpha)
    rows = Notice.objects.filter(booking=booking, kind="reminder").order_by("pk")
    assert [(row.state, row.due_at) for row in rows] == [
        ("planned", at(18) - timedelta(days=1)),
        ("skipped", at(20) - timedelta(days=1)),
    ]


@pytest.mark.parametrize(
    ("who", "sentence"),
    [("front_desk", "It was cancelled by us, not by you."), ("guest", "You have cancelled it yourself.")],
)
def test_cancellation_says_by_whom_and_ends_the_reminder(
    in_alpha: World, staff: Actor, who: str, sentence: str
) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    work_off()
    actor = Actor.of(User.objects.get(pk=in_alpha.users[who]))
    cancelling.cancel(booking, actor, Cancellation(CancelReason.OTHER))
    hand_on(in_alpha)
    notice = Notice.objects.get(booking=booking, kind="cancellation")
    work_off(("notice",))
    assert sentence in OutgoingMail.objects.get(key=f"notice:{notice.pk}").text
    assert told(booking) == [
        ("confirmation", "mail", "sent", ""),
        ("cancellation", "mail", "sending", ""),
        ("reminder", "mail", "skipped", "cancelled"),
    ]


@pytest.mark.parametrize(("who", "is_told"), [("front_desk", True), ("guest", False)])
def test_what_the_venue_says_when_it_cancels_is_in_the_letter_and_in_the_one_sent_again(
    in_alpha: World, staff: Actor, who: str, is_told: bool
) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    actor = Actor.of(User.objects.get(pk=in_alpha.users[who]))
    cancelling.cancel(booking, actor, Cancellation(CancelReason.OTHER, "The floor is wet."))
    hand_on(in_alpha)
    work_off(("notice",))
    again.tell(booking)
    work_off(("notice",))
    texts = [letter.text for letter in letters() if letter.subject.startswith("Cancelled")]
    assert len(texts) == 2
    for text in texts:
        assert (f"\n\n{in_alpha.tenant.name} says:\n\nThe floor is wet.\n\n" in text) == is_told
        assert ("The floor is wet." in text) == is_told


def test_why_a_request_is_declined_is_in_the_letter(in_alpha: World, staff: Actor) -> None:
    Resource.objects.filter(pk=in_alpha.court_1).update(needs_approval=True)
    booking = lifecycle.submit(held(in_alpha.court_1, slot(18)), Contact("Gina", "gina@example.org"), Actor.of(None))
    assert booking.state == "pending"
    cancelling.decline(booking, staff, "A club has it all day.")
    hand_on(in_alpha)
    work_off(("notice",))
    letter = next(letter for letter in letters() if letter.subject.startswith("Not possible"))
    assert "A club has it all day." in letter.text


def test_confirmation_that_was_overtaken_by_a_cancellation_does_not_go(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    cancelling.cancel(booking, staff, Cancellation(CancelReason.OTHER))
    hand_on(in_alpha)
    work_off()
    assert told(booking) == [("confirmation", "mail", "skipped", "overtaken"), ("cancellation", "mail", "sent", "")]
    assert len(letters()) == 1


def test_hold_that_is_let_go_tells_nothing(in_alpha: World, guest: User) -> None:
    booking = held(in_alpha.court_2, slot(18), customer=guest)
    cancelling.cancel(booking, Actor.of(guest), Cancellation(CancelReason.USER_REQUEST))
    hand_on(in_alpha)
    assert not Notice.objects.exists()


def test_hold_that_lapses_is_told_once(in_alpha: World, guest: User) -> None:
    """Whoever notices it: the clock, or somebody who takes the time."""
    booking = held(in_alpha.court_2, slot(20), customer=guest)
    let_lapse(booking)
    lifecycle.let_time_pass(booking.pk)
    lifecycle.let_time_pass(booking.pk)
    hand_on(in_alpha)
    work_off()
    assert told(booking) == [("expired", "mail", "sent", "")]
    assert [(row.to, row.subject.partition(":")[0]) for row in letters()] == [(guest.email, "Not booked")]


def test_hold_that_lapses_is_not_told_to_who_has_the_time_again(in_alpha: World, guest: User) -> None:
    booking = held(in_alpha.court_2, slot(20), customer=guest)
    let_lapse(booking)
    held(in_alpha.court_2, slot(20), customer=guest)
    hand_on(in_alpha)
    assert BookingEvent.objects.filter(booking=booking, to_state="expired").count() == 1
    assert not Notice.objects.exists()


def test_what_happened_longer_than_a_day_ago_is_not_told(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    event = BookingEvent.objects.filter(booking=booking).latest("pk")
    event.at -= timedelta(days=1, minutes=1)
    event.booking.start -= timedelta(days=30)
    planning.on_event(event)
    assert not Notice.objects.exists()


def test_booking_without_an_address_says_so_in_the_log(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    Booking.objects.filter(pk=booking.pk).update(email="", customer=None)
    hand_on(in_alpha)
    work_off()
    assert told(booking) == [
        ("confirmation", "mail", "skipped", "no_address"),
        ("reminder", "mail", "skipped", "no_address"),
    ]
    assert letters() == []
