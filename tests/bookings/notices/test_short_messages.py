"""Short messages: once at most, through Twilio's own shapes, not in quiet hours, and back to us only when signed."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from twilio.request_validator import RequestValidator

from bookings.models import Booking, MessageRule, MessageSettings, Notice
from bookings.notices import people, sending, texting
from bookings.records import Actor
from kernel import failpoints
from schemas.clock import database_now
from tenants.models import DueWork
from tenants.zones import zone
from tests.bookings.notices.conftest import hand_on, told, work_off
from tests.bookings.notices.twilio import ACCOUNT, NUMBER, TOKEN, Double, twilio
from tests.bookings.scenes import confirmed, slot
from tests.worlds import World
from venues.models import Venue


@pytest.fixture
def carrier(settings: Any) -> Iterator[Double]:
    """Twilio, and the platform's keys for it."""
    with twilio() as double:
        settings.TWILIO_API_URL = double.url
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM = ACCOUNT, TOKEN, NUMBER
        yield double


def _sends(quiet: tuple[time, time] = (time(0), time(0))) -> None:
    MessageSettings.objects.create(pk=MessageSettings.ONLY, sends_sms=True, quiet_from=quiet[0], quiet_until=quiet[1])
    MessageRule.objects.create(kind="confirmation", channel="sms")
    MessageRule.objects.create(kind="reminder", channel="mail", is_on=False)


def _booked(world: World, staff: Actor, phone: str = "0151 123456 78") -> tuple[Booking, Notice]:
    Venue.objects.filter(pk=world.venue).update(country="DE")
    booking = confirmed(world.court_2, slot(18), staff)
    Booking.objects.filter(pk=booking.pk).update(phone=phone)
    hand_on(world)
    return booking, Notice.objects.get(booking=booking, kind="confirmation", channel="sms")


def test_message_goes_once_and_the_carriers_number_is_kept(in_alpha: World, staff: Actor, carrier: Double) -> None:
    _sends()
    _booking, notice = _booked(in_alpha, staff)
    work_off()
    sending.send(str(notice.pk))
    notice.refresh_from_db()
    assert (notice.state, notice.to, notice.provider_id) == ("sent", "+4915112345678", "SM" + "1".zfill(32))
    [asked] = carrier.asked
    assert (asked["To"], asked["From"], asked["StatusCallback"]) == (
        "+4915112345678",
        NUMBER,
        texting.callback(notice.pk),
    )
    assert "confirmed" in asked["Body"]


def test_nothing_goes_while_the_owner_has_not_switched_it_on(in_alpha: World, staff: Actor, carrier: Double) -> None:
    booking = confirmed(in_alpha.court_2, slot(18), staff)
    hand_on(in_alpha)
    assert not Notice.objects.filter(booking=booking, channel="sms").exists()
    assert carrier.asked == []


@pytest.mark.parametrize(
    ("phone", "state", "why", "asked"),
    [
        ("0151 123456 21", "failed", "sms_21211", 1),
        ("0151 123456 22", "failed", "sms_21610", 1),
        ("0151 123456 23", "planned", "sms_429", 1),
        ("0151 123456 24", "unknown", "sms_503", 1),
        ("12", "skipped", "bad_phone", 0),
    ],
)
def test_what_the_carrier_does_not_take(
    in_alpha: World, staff: Actor, carrier: Double, phone: str, state: str, why: str, asked: int
) -> None:
    """Twilio's error shapes: what may have been taken is never asked for again."""
    _sends()
    _booking, notice = _booked(in_alpha, staff, phone)
    work_off(("notice",))
    notice.refresh_from_db()
    assert (notice.state, notice.why, len(carrier.asked)) == (state, why, asked)
    again = DueWork.objects.filter(kind="notice", object_id=str(notice.pk), due_at__gt=database_now())
    assert again.exists() == (state == "planned")


def test_who_has_no_number_that_can_be_dialled_gets_a_mail(in_alpha: World, staff: Actor, carrier: Double) -> None:
    _sends()
    booking, _notice = _booked(in_alpha, staff, "12")
    work_off()
    assert told(booking) == [
        ("confirmation", "sms", "skipped", "bad_phone"),
        ("confirmation", "mail", "sent", ""),
    ]
    assert carrier.asked == []


@pytest.mark.parametrize("place", ["notices.claimed", "notices.taken"])
def test_worker_that_dies_in_between_leaves_it_unknown_and_nobody_asks_again(
    in_alpha: World, staff: Actor, carrier: Double, tmp_path: Any, monkeypatch: Any, place: str
) -> None:
    """R40: before the question, or after the answer: at most one message."""
    _sends()
    _booking, notice = _booked(in_alpha, staff)
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    (tmp_path / place).write_text("raise")
    with pytest.raises(failpoints.Stumbled):
        sending.send(str(notice.pk))
    asked = len(carrier.asked)
    for _again in range(3):
        sending.send(str(notice.pk))
    notice.refresh_from_db()
    assert (notice.state, notice.why) == ("unknown", "interrupted")
    assert len(carrier.asked) == asked == (1 if place == "notices.taken" else 0)


def test_message_of_the_night_goes_when_quiet_hours_end(in_alpha: World, staff: Actor, carrier: Double) -> None:
    now = database_now()
    here = people_zone(in_alpha)
    wall = now.astimezone(here)
    ends = (wall + timedelta(hours=2)).replace(second=0, microsecond=0)
    _sends(((wall - timedelta(hours=1)).time().replace(microsecond=0), ends.time()))
    _booking, notice = _booked(in_alpha, staff)
    work_off(("notice",))
    notice.refresh_from_db()
    assert (notice.state, notice.send_at, carrier.asked) == ("planned", ends.astimezone(notice.send_at.tzinfo), [])
    assert DueWork.objects.get(kind="notice", object_id=str(notice.pk)).due_at == notice.send_at


def test_message_that_quiet_hours_make_too_late_goes_by_mail(in_alpha: World, staff: Actor, carrier: Double) -> None:
    wall = database_now().astimezone(people_zone(in_alpha))
    _sends(((wall - timedelta(hours=1)).time(), (wall + timedelta(hours=2)).time()))
    booking, _notice = _booked(in_alpha, staff)
    Booking.objects.filter(pk=booking.pk).update(start=database_now(), end=database_now() + timedelta(hours=1))
    work_off(("notice",))
    assert told(booking)[:2] == [
        ("confirmation", "sms", "skipped", "quiet_hours"),
        ("confirmation", "mail", "sending", ""),
    ]
    assert carrier.asked == []


def people_zone(world: World) -> Any:
    """The wall of the tenant."""
    return zone(world.tenant.time_zone)


def _tell(world: World, notice: Notice, fields: dict[str, str], token: str = TOKEN) -> int:
    url = texting.callback(notice.pk)
    signature = RequestValidator(token).compute_signature(url, fields)
    client = Client(HTTP_HOST=world.host)
    answer = client.post(f"/sms/{notice.pk}/status/", fields, headers={"X-Twilio-Signature": signature})
    connection.set_tenant(world.tenant)  # type: ignore[attr-defined]
    return answer.status_code


def test_carrier_tells_how_it_ended_in_any_order(in_alpha: World, staff: Actor, carrier: Double) -> None:
    _sends()
    _booking, notice = _booked(in_alpha, staff)
    work_off()
    sid = "SM" + "1".zfill(32)
    for status in ("sent", "delivered", "sent", "undelivered"):
        assert _tell(in_alpha, notice, {"MessageSid": sid, "MessageStatus": status, "ErrorCode": "30003"}) == 204
    notice.refresh_from_db()
    assert (notice.state, notice.why) == ("delivered", "")


def test_what_the_carrier_has_not_signed_changes_nothing(in_alpha: World, staff: Actor, carrier: Double) -> None:
    _sends()
    _booking, notice = _booked(in_alpha, staff)
    work_off()
    fields = {"MessageSid": "SM" + "1".zfill(32), "MessageStatus": "undelivered"}
    assert _tell(in_alpha, notice, fields, token="another") == 403
    assert _tell(in_alpha, notice, {**fields, "MessageSid": "SM" + "9" * 32}) == 204
    notice.refresh_from_db()
    assert notice.state == "sent"


def test_callback_brings_light_into_what_is_unknown(in_alpha: World, staff: Actor, carrier: Double) -> None:
    _sends()
    _booking, notice = _booked(in_alpha, staff, "0151 123456 24")
    work_off(("notice",))
    assert _tell(in_alpha, notice, {"MessageSid": "SM" + "7" * 32, "MessageStatus": "delivered"}) == 204
    notice.refresh_from_db()
    assert (notice.state, notice.provider_id) == ("delivered", "SM" + "7" * 32)


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("0151 12345678", "DE", "+4915112345678"),
        ("+43 664 1234567", "DE", "+436641234567"),
        ("0664 1234567", "AT", "+436641234567"),
        ("089 1234567", "", "+49891234567"),
        ("12", "DE", ""),
        ("", "DE", ""),
        ("call me", "DE", ""),
    ],
)
def test_number_is_read_as_people_dial_it(typed: str, country: str, number: str) -> None:
    assert people.e164(typed, country) == number
