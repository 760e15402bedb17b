"""The owners' daily summary: once a day, at its hour, with what is on and what waits; not on empty days."""

from datetime import time, timedelta

import pytest

from accounts.models import Role, User
from bookings import lifecycle
from bookings.models import Booking, MessageSettings, Notice
from bookings.notices import hours, rules, ruling, summary
from bookings.records import Actor
from schemas.clock import database_now
from tenants.models import DueWork, OutgoingMail
from tests.bookings.notices.conftest import hand_on
from tests.bookings.scenes import GUEST, confirmed, held, slot
from tests.worlds import World


@pytest.fixture(autouse=True)
def due_now(in_alpha: World) -> None:
    """Today's hour was a moment ago, and nothing of the furnished world is on or waits."""
    wall = (database_now() - timedelta(minutes=1)).astimezone(rules.house_zone()).time()
    MessageSettings.objects.create(pk=MessageSettings.ONLY, summary_at=wall.replace(second=0, microsecond=0))


def _today(booking: Booking) -> None:
    start = hours.instant(database_now().astimezone(rules.house_zone()).date(), time(12), rules.house_zone())
    Booking.objects.filter(pk=booking.pk).update(start=start, end=start + timedelta(hours=1))


def _mails() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(key__startswith="notice:").order_by("pk"))


def test_it_names_the_bookings_of_the_day_once(in_alpha: World, staff: Actor) -> None:
    _today(confirmed(in_alpha.court_2, slot(18), staff))
    for _again in range(2):
        summary.send("daily")
    owners = User.objects.filter(role=Role.OWNER, is_active=True).count()
    [mail] = _mails()
    assert owners == 1
    assert "12:00" in mail.text
    assert "Gina Guest" in mail.text
    notice = Notice.objects.get(kind="summary")
    assert (notice.booking_id, notice.channel, notice.state) == (None, "mail", "sending")
    assert DueWork.objects.get(kind="summary").due_at > database_now() + timedelta(hours=20)


def test_day_without_anything_brings_no_mail_and_the_next_is_planned(in_alpha: World) -> None:
    summary.send("daily")
    assert _mails() == []
    assert DueWork.objects.filter(kind="summary").count() == 1


def test_request_that_waits_is_named(in_alpha: World, guest: User) -> None:
    lifecycle.submit(held(in_alpha.court_1, slot(18), customer=guest), GUEST, Actor.of(guest))
    summary.send("daily")
    [mail] = _mails()
    assert "1 request waits for your answer." in mail.text


def test_summary_that_is_switched_off_is_not_planned_any_more(in_alpha: World, staff: Actor) -> None:
    confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    assert DueWork.objects.filter(kind="summary").count() == 1
    ruling.settle({"summary_at": None})
    assert DueWork.objects.filter(kind="summary").count() == 0
    summary.send("daily")
    assert _mails() == []
