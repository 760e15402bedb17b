"""Reference codes: `BK-YYMMDD-XXXX`, the local start date, an alphabet that can be read out, unique in a tenant."""

import re
import secrets
from datetime import date, time, timedelta

import pytest

from bookings.models import Booking
from bookings.references import ALPHABET, new_reference
from kernel.errors import Busy
from kernel.periods import Period
from tests.bookings.scenes import Place, at, digest, held, slot
from tests.constraints import refused_by


def test_a_code_is_the_date_and_four_characters():
    assert all(re.fullmatch(rf"BK-270503-[{ALPHABET}]{{4}}", new_reference(date(2027, 5, 3))) for _ in range(200))


def test_the_alphabet_has_nothing_that_sounds_or_looks_like_something_else():
    assert set(ALPHABET) & set("0O1IL2Z5S8BU") == set()
    assert len(ALPHABET) == len(set(ALPHABET)) == 24
    assert ALPHABET.upper() == ALPHABET


def test_the_date_is_that_of_the_start_at_the_venue(in_alpha):
    tokyo = Place("Asia/Tokyo", [(time(0), time(0))]).make("tokyo")
    one_at_night = at(1, zone="Asia/Tokyo")
    booking = held(tokyo.pk, Period(one_at_night, one_at_night + timedelta(hours=1)))
    assert booking.reference_code[3:9] == f"{booking.start + timedelta(hours=9):%y%m%d}"
    assert booking.reference_code[3:9] != f"{booking.start:%y%m%d}"


@pytest.fixture
def drawn(monkeypatch):
    """Lets a test say which characters are drawn next; afterwards they are random again."""

    def draw(*codes: str) -> None:
        characters = iter("".join(codes))
        monkeypatch.setattr(secrets, "choice", lambda _alphabet: next(characters))

    return draw


def test_a_code_that_is_taken_is_drawn_again_and_the_booking_is_made(in_alpha, drawn):
    drawn("AAAA", "AAAA", "CCCC")
    first, second = held(in_alpha.court_1, slot(10)), held(in_alpha.court_1, slot(11))
    assert [code[-4:] for code in (first.reference_code, second.reference_code)] == ["AAAA", "CCCC"]
    assert Booking.objects.count() == 2


def test_a_code_that_is_taken_four_times_is_busy_and_changes_nothing(in_alpha, drawn):
    drawn("AAAA" * 5)
    held(in_alpha.court_1, slot(10))
    before = digest()
    with pytest.raises(Busy):
        held(in_alpha.court_1, slot(11))
    assert digest() == before


def test_the_same_characters_on_another_day_are_another_code(in_alpha, drawn):
    drawn("AAAA", "AAAA")
    codes = [held(in_alpha.court_1, slot(10, ahead=ahead)).reference_code for ahead in (7, 8)]
    assert [code[-4:] for code in codes] == ["AAAA", "AAAA"]
    assert codes[0] != codes[1]


def test_two_bookings_with_one_code_are_refused_by_postgresql(in_alpha):
    first, second = held(in_alpha.court_1, slot(10)), held(in_alpha.court_1, slot(11))
    with refused_by("bookings_booking_reference_code_key"):
        Booking.objects.filter(pk=second.pk).update(reference_code=first.reference_code)
    assert Booking.objects.get(pk=second.pk).reference_code == second.reference_code
