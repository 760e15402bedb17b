"""v1: the delivery log, rules and settings of messages, and who may see and change them."""

import pytest

import bookings.tasks  # noqa: F401 - registers the topic of the outbox
from bookings.models import MessageRule, MessageSettings, Notice
from schemas.clock import database_now
from tests.bookings.api.desk import AtHome, booked
from tests.worlds import World

RULES, SETTINGS, NOTICES = "/api/v1/message-rules/", "/api/v1/message-settings/", "/api/v1/notices/"


def _notice(booking: str | None = None, **fields: object) -> Notice:
    now = database_now()
    usual = {"kind": "confirmation", "channel": "mail", "to": "a@example.org", "language": "en", "state": "sent"}
    return Notice.objects.create(
        booking_id=booking, due_at=now, send_at=now, created_at=now, updated_at=now, **{**usual, **fields}
    )


@pytest.mark.parametrize("who", ["front_desk", "accountant", "guest"])
def test_rules_and_settings_are_for_owner_and_managers(home: AtHome, who: str) -> None:
    for path, method, body in (
        (RULES, "get", {}),
        (f"{RULES}reminder/", "put", {"rules": []}),
        (f"{RULES}reminder/", "delete", {}),
        (SETTINGS, "get", {}),
        (SETTINGS, "patch", {"signature": "x"}),
    ):
        assert getattr(home(who), method)(path, body or None).status_code == 403, (method, path)
    assert not MessageRule.objects.exists()
    assert not MessageSettings.objects.exists()


def test_rules_are_read_replaced_and_taken_back(home: AtHome) -> None:
    usual = {"channel": "mail", "minutes": 1440}, {"channel": "sms", "minutes": 1440}
    assert home("owner").get(f"{RULES}reminder/").json() == {
        "kind": "reminder",
        "is_own": False,
        "channels": ["mail", "sms"],
        "rules": [*usual],
    }
    wanted = [{"channel": "mail", "minutes": 60}, {"channel": "mail", "minutes": 2880}]
    answer = home("manager").put(f"{RULES}reminder/", {"rules": wanted})
    assert (answer.status_code, answer.json()["rules"], answer.json()["is_own"]) == (200, wanted, True)
    assert home("owner").delete(f"{RULES}reminder/").status_code == 204
    assert home("owner").get(f"{RULES}reminder/").json()["rules"] == [*usual]
    assert home("owner").get(RULES)["X-Total-Count"] == "15"


def test_rule_that_makes_no_sense_changes_nothing(home: AtHome) -> None:
    answer = home("owner").put(f"{RULES}review/", {"rules": [{"channel": "sms", "minutes": 60}]})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_channel")
    assert home("owner").put(f"{RULES}nothing/", {"rules": []}).status_code == 404
    assert not MessageRule.objects.exists()


def test_settings_are_read_and_changed(home: AtHome) -> None:
    assert home("owner").get(SETTINGS).json() == {
        "sends_sms": False,
        "quiet_from": "21:00:00",
        "quiet_until": "08:00:00",
        "summary_at": "07:00:00",
        "reply_to": "",
        "signature": "",
    }
    answer = home("manager").patch(SETTINGS, {"summary_at": None, "quiet_from": "22:30"})
    assert (answer.json()["summary_at"], answer.json()["quiet_from"]) == (None, "22:30:00")


def test_short_messages_cannot_be_switched_on_where_the_platform_sends_none(home: AtHome) -> None:
    answer = home("owner").patch(SETTINGS, {"sends_sms": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "sms_unavailable")
    assert not MessageSettings.objects.exists()


def test_log_shows_what_somebody_looks_after(in_alpha: World, home: AtHome) -> None:
    booking = booked(home, in_alpha, "guest", 10)
    Notice.objects.all().delete()
    mine, house = _notice(booking), _notice(kind="summary")
    failed = _notice(booking, kind="reminder", channel="sms", state="failed", why="sms_21211")
    shown = {who: [row["id"] for row in home(who).get(NOTICES).json()] for who in ("owner", "front_desk", "accountant")}
    assert shown["owner"] == [failed.pk, house.pk, mine.pk]
    assert shown["front_desk"] == shown["accountant"] == [failed.pk, mine.pk]
    assert home("guest").get(NOTICES).status_code == 403
    [row] = home("owner").get(f"{NOTICES}?state=failed&booking={booking}").json()
    assert (row["id"], row["why"], row["channel"]) == (failed.pk, "sms_21211", "sms")
    assert home("owner").get(f"{NOTICES}?state=lost").status_code == 400
