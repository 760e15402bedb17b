"""Pages in German and English, and a tenant's colour."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from tenants import branding, speech
from tenants.looks import Brand
from tests.databases import ROOT
from tests.flows.pages import COURT, Visitor
from tests.flows.test_booking_without_script import booked

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 11, 22, 17, tzinfo=UTC)
Come = Callable[..., Visitor]


@pytest.mark.django_db
def test_booking_is_german_for_german_browsers(visitor: Come, next_week: date) -> None:
    guest = visitor(headers={"accept-language": "de"})
    page = guest.open(f"{COURT}?day={next_week}")
    assert '<html lang="de">' in page.html
    with override("de"):
        assert speech.day(next_week) in page.text
    assert "25,00\xa0€" in page.html
    assert "Zum Inhalt springen" in page.text
    done = booked(guest, next_week, 18)
    assert "Ihre Anfrage ist da" in done.text
    assert "18:00–19:00 Uhr" in done.text


@pytest.mark.django_db
def test_language_is_chosen_in_the_footer_and_kept(visitor: Come) -> None:
    guest = visitor()
    home = guest.open("/")
    german = guest.send(home, home.form("/language/"), "de")
    assert '<html lang="de">' in german.html
    assert '<html lang="de">' in guest.open("/login/").html


def test_german_catalogue_is_complete() -> None:
    with (ROOT / "locale/de/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="de")
    unsaid = [message.id for message in catalogue if message.id and not _said(message.string)]
    assert unsaid == []
    assert [message.id for message in catalogue if message.id and message.check()] == []


def _said(words: str | Sequence[str] | None) -> bool:
    return bool(words) if words is None or isinstance(words, str) else all(words)


@pytest.mark.parametrize(
    ("language", "money", "day", "span"),
    [
        ("en", "€1,234.50", "Sunday, November 22, 2026", "6:00 – 7:30\xa0PM"),
        ("de", "1.234,50\xa0€", "Sonntag, 22. November 2026", "18:00–19:30 Uhr"),
    ],
)
def test_money_days_and_times_are_said_in_the_readers_language(language: str, money: str, day: str, span: str) -> None:
    with override(language):
        assert speech.money(123450, "EUR") == money
        assert speech.day(EVENING, BERLIN) == day
        assert speech.span(EVENING, EVENING + timedelta(minutes=90), BERLIN) == span


def test_span_names_the_day_on_which_it_ends() -> None:
    assert speech.span(EVENING, EVENING + timedelta(hours=9), BERLIN) == "6:00\xa0PM – Mon 3:00\xa0AM"


def test_yen_have_no_decimals_and_dinars_three() -> None:
    assert speech.money(2500, "JPY") == "¥2,500"
    assert speech.money(2500, "KWD") == "KWD2.500"


def test_lengths() -> None:
    assert [speech.length(minutes) for minutes in (30, 60, 90, 1440, 2880, 1530)] == [
        "30 min",
        "1 h",
        "1 h 30 min",
        "1 day",
        "2 days",
        "25 h 30 min",
    ]


def test_offsets() -> None:
    newfoundland = datetime(2026, 1, 1, tzinfo=ZoneInfo("America/St_Johns"))
    assert [speech.offset(EVENING.astimezone(BERLIN)), speech.offset(newfoundland)] == ["UTC+1", "UTC-3:30"]


@given(st.from_regex(r"\A#[0-9a-f]{6}\Z"), st.sampled_from([branding.LIGHT_PAGE, branding.DARK_PAGE]))
def test_any_colour_becomes_readable(brand: str, page: branding.Colour) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11"""
    found = branding.shades(brand, page)
    fill, on_fill, ink = (branding.parsed(colour) for colour in (found.fill, found.on_fill, found.ink))
    assert branding.contrast(on_fill, fill) >= 4.5
    assert branding.contrast(ink, page) >= 4.5
    assert branding.contrast(fill, page) >= 3


def test_readable_colour_is_left_alone() -> None:
    assert branding.shades("#0f766e", branding.LIGHT_PAGE) == branding.Shades("#0f766e", "#ffffff", "#0f766e")


@pytest.mark.django_db
def test_brand_is_served_as_a_style_sheet_that_may_be_kept(visitor: Come) -> None:
    guest = visitor()
    home = guest.open("/")
    href = next(given["href"] for _tag, given in home.elements if given.get("href", "").endswith("style.css"))
    sheet = guest.open(href)
    assert href == f"/brand/{Brand().tag}/style.css"
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert sheet.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "--color-primary:#0f766e" in sheet.html
    past = guest.open("/brand/0123456789ab/style.css")
    assert (past.html, past.headers["Cache-Control"]) == (sheet.html, "no-store")


def test_hours_that_are_paid_beforehand_are_no_days() -> None:
    assert [speech.hours(minutes) for minutes in (0, 30, 600, 1440, 1530)] == [
        "0 h",
        "30 min",
        "10 h",
        "24 h",
        "25 h 30 min",
    ]
    assert speech.length(0) == "0 h"
