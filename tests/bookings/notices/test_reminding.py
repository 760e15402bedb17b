"""Reminders: several, by rule, in real time, replanned, dropped, and not when it is too late for them."""

from datetime import UTC, datetime, timedelta

import pytest

from bookings import cancelling, lifecycle
from bookings.cancelling import Cancellation
from bookings.letters.kinds import Kind
from bookings.models import Booking, MessageRule, Notice
from bookings.notices import reminding, rules, ruling
from bookings.notices.rules import Route
from bookings.records import Actor
from bookings.states import CancelReason
from kernel.errors import Invalid, NotFound
from schemas.clock import database_now
from tenants import due
from tests.bookings.notices.conftest import hand_on, letters, told, work_off
from tests.bookings.scenes import at, confirmed, slot
from tests.worlds import World

HOUR = timedelta(hours=1)


def _reminders(booking: Booking) -> list[tuple[datetime, str, str]]:
    rows = Notice.objects.filter(booking=booking, kind="reminder").order_by("due_at")
    return list(rows.values_list("due_at", "state", "why"))


def _brought_near(booking: Booking, left: timedelta) -> None:
    """As if time had gone by until so long before the start."""
    start = database_now() + left
    by = booking.start - start
    Booking.objects.filter(pk=booking.pk).update(start=start, end=start + HOUR)
    row = Notice.objects.get(booking=booking, kind="reminder")
    Notice.objects.filter(pk=row.pk).update(due_at=row.due_at - by, send_at=row.send_at - by, starts_at=start)
    due.schedule("notice", row.pk, database_now())


@pytest.mark.parametrize(
    ("left", "state", "why"),
    [
        (timedelta(hours=24), "sent", ""),
        (timedelta(hours=2, minutes=1), "sent", ""),
        (timedelta(hours=2), "skipped", "too_late"),
        (timedelta(minutes=-5), "skipped", "too_late"),
    ],
)
def test_reminder_of_a_day_goes_until_two_hours_before(
    in_alpha: World, staff: Actor, left: timedelta, state: str, why: str
) -> None:
    """R42."""
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    work_off()
    _brought_near(booking, left)
    work_off()
    assert _reminders(booking)[0][1:] == (state, why)
    assert len(letters()) == (2 if state == "sent" else 1)


@pytest.mark.parametrize(("minutes", "left"), [(1440, 120), (60, 15), (10, 2.5), (7 * 1440, 120)])
def test_a_quarter_of_its_time_must_be_left(minutes: int, left: float) -> None:
    assert rules.least_left(minutes) == timedelta(minutes=left)


def test_who_books_later_than_the_reminders_time_gets_none(in_alpha: World, staff: Actor) -> None:
    ruling.write(Kind.REMINDER, [Route("mail", 60), Route("mail", 30 * 24 * 60)])
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    assert _reminders(booking) == [(at(18) - HOUR, "planned", "")]


def test_rules_that_change_move_what_is_planned(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    ruling.write(Kind.REMINDER, [Route("mail", 60), Route("mail", 120)])
    work_off()
    assert _reminders(booking) == [
        (at(18) - 24 * HOUR, "skipped", "rule_changed"),
        (at(18) - 2 * HOUR, "planned", ""),
        (at(18) - HOUR, "planned", ""),
    ]
    ruling.reset(Kind.REMINDER)
    work_off()
    assert [row[1:] for row in _reminders(booking)] == [
        ("planned", ""),
        ("skipped", "rule_changed"),
        ("skipped", "rule_changed"),
    ]


def test_no_rules_at_all_are_kept_apart_from_what_is_usual(in_alpha: World, staff: Actor) -> None:
    assert ruling.write(Kind.REMINDER, []).routes == ()
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    assert _reminders(booking) == []
    assert rules.of(Kind.REMINDER).is_own
    assert ruling.reset(Kind.REMINDER).routes == rules.HOUSE[Kind.REMINDER]


@pytest.mark.parametrize(
    ("kind", "wanted", "code"),
    [
        (Kind.REMINDER, [Route("mail", 9)], "bad_minutes"),
        (Kind.CONFIRMATION, [Route("mail", 60)], "bad_minutes"),
        (Kind.REVIEW, [Route("sms", 60)], "bad_channel"),
        (Kind.REMINDER, [Route("mail", 60), Route("mail", 60)], "rule_twice"),
        (Kind.REMINDER, [Route("mail", 60 + count) for count in range(9)], "too_many_rules"),
    ],
)
def test_rules_that_make_no_sense_are_refused(in_alpha: World, kind: str, wanted: list[Route], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        ruling.write(kind, wanted)
    assert refused.value.code == code
    assert not MessageRule.objects.exists()


def test_kind_that_nobody_knows_has_no_rules(in_alpha: World) -> None:
    with pytest.raises(NotFound):
        ruling.write("summary", [])


def test_letter_that_waits_for_its_mail_server_is_taken_back(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    work_off()
    _brought_near(booking, timedelta(hours=10))
    work_off(("notice",))
    assert letters()[-1].state == "waiting"
    cancelling.cancel(booking, staff, Cancellation(CancelReason.OTHER))
    hand_on(in_alpha)
    work_off()
    assert ("reminder", "mail", "skipped", "cancelled") in told(booking)
    assert [row.subject.partition(":")[0] for row in letters()] == ["Confirmed", "Cancelled"]


def test_a_day_before_is_24_hours_over_a_change_of_clocks(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    booking.start = datetime(2027, 3, 28, 8, tzinfo=UTC)
    assert reminding.due_of(booking, Route("mail", 1440)) == datetime(2027, 3, 27, 8, tzinfo=UTC)


def test_review_is_asked_for_by_rule_after_a_visit(in_alpha: World, staff: Actor) -> None:
    ruling.write(Kind.REVIEW, [Route("mail", 120)])
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    over = database_now() - timedelta(minutes=10)
    Booking.objects.filter(pk=booking.pk).update(start=over - HOUR, end=over)
    lifecycle.let_time_pass(booking.pk)
    hand_on(in_alpha)
    [review] = Notice.objects.filter(booking=booking, kind="review")
    assert (review.due_at, review.state) == (over + 2 * HOUR, "planned")
