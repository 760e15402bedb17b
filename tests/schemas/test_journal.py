"""What a line of the log says, and what it keeps to itself (T30)."""

import json
import logging
from typing import Any

import pytest

from schemas import journal

ID = "4f0c3f1e-2d1b-4a57-9a1c-0b8c2f6f7a10"


def line(name: str, words: Any, *values: Any, level: int = logging.INFO, **extra: Any) -> dict[str, Any]:
    """What becomes of a record, read back."""
    args: Any = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
    record = logging.LogRecord(name, level, __file__, 1, words, args, extra.pop("exc_info", None))
    record.created = 1_795_000_000.123456
    record.__dict__.update(extra)
    written = journal.JsonLines().format(record)
    assert "\n" not in written
    read: dict[str, Any] = json.loads(written)
    return read


@pytest.mark.django_db
def test_line_has_time_level_words_and_tenant() -> None:
    assert line("tenants.due", "due work %s failed", "booking_clock", level=logging.WARNING) == {
        "ts": "2026-11-18T11:06:40.123+00:00",
        "level": "warning",
        "logger": "tenants.due",
        "message": "due work booking_clock failed",
        "tenant": "public",
    }


def test_ids_are_carried_while_the_block_lasts() -> None:
    with journal.noting(request_id="abc", booking="", about="zoe@post.example"):
        with journal.noting(task="tenants.tick"):
            within = line("tenants.due", "x")
        after = line("tenants.due", "x")
    assert (within["request_id"], within["task"], within["about"]) == ("abc", "tenants.tick", "[hidden]")
    with journal.noting(request_id="0123456789abcdef0123456789abcdef"):
        assert line("tenants.due", "x")["request_id"] == "0123456789abcdef0123456789abcdef"
    assert (after["request_id"], "task" in after, "booking" in after) == ("abc", False, False)
    assert "request_id" not in line("tenants.due", "x")


def test_what_else_a_record_carries_is_left_out() -> None:
    found = line("config.accesslog", "request", status=200, route="home", request="GET /?token=x", email="a@b.example")
    assert (found["status"], found["route"]) == (200, "home")
    assert {"request", "email"} & set(found) == set()


def test_of_a_librarys_line_the_template_is_written_alone() -> None:
    """T30: what was put into it may be what somebody typed."""
    assert line("psycopg.pool", "error connecting to %s", "Anna Müller")["message"] == "error connecting to %s"
    assert line("django.request", "Not Found: %s", "/b/secret")["message"] == "Not Found: %s"
    said = line("celery.app.trace", "%(name)s[%(id)s]: %(exc)s", {"name": "t", "id": "1", "exc": "Anna"})
    assert said["message"] == "t[1]: [hidden]"


def test_an_error_is_its_type_and_its_way_and_not_its_words() -> None:
    try:
        try:
            raise KeyError("anna@müller.example")
        except KeyError as inner:
            raise ValueError("Anna Müller, +49 170 1234567") from inner
    except ValueError as error:
        found = line("config.health", "it broke", exc_info=(ValueError, error, error.__traceback__))
    fault = found["error"]
    assert (fault["type"], fault["cause"]) == ("builtins.ValueError", "builtins.KeyError")
    assert [each.partition(":")[0] for each in fault["at"]] == ["tests/schemas/test_journal.py"]
    assert "Anna" not in json.dumps(found)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("letter to anna.müller+x@post.example bounced", "letter to [hidden] bounced"),
        ("called +49 170 1234567 twice", "called [hidden] twice"),
        ("called 0170 1234567.", "called [hidden]."),
        ("at /bookings/?token=abc&x=1 today", "at /bookings/?[hidden] today"),
        ("Authorization: Bearer abc.def", "Authorization: [hidden]"),
        ("with sk_live_51Habc", "with [hidden]"),
        ("pi_3abc_secret_9xyz", "[hidden]"),
        ("link /b/Zk3x9Qw7Lm2Np8Rt5Vy1Bc4D/ opened", "link /b/[hidden]/ opened"),
        ("from 192.0.2.17 and 2001:db8:0:1::7", "from [hidden] and [hidden]"),
        (f"booking {ID}", f"booking {ID}"),
        (
            "event evt_1Qw7Lm2Np8Rt5Vy1Bc4D56 of acct_1Qw7Lm2Np8Rt5Vy1",
            "event evt_1Qw7Lm2Np8Rt5Vy1Bc4D56 of acct_1Qw7Lm2Np8Rt5Vy1",
        ),
        (
            "due work calendar_channel_renewal failed (try 3): OperationalError",
            "due work calendar_channel_renewal failed (try 3): OperationalError",
        ),
        ("2026-11-22 10:00:00", "2026-11-22 10:00:00"),
    ],
)
def test_what_looks_personal_is_hidden_and_ids_stay(said: str, written: str) -> None:
    """The last line of defence: nobody should have said it in the first place."""
    assert journal.scrubbed(said) == written
