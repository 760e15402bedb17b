"""What forms are told before PostgreSQL has to say it: `full_clean` of every model, field by field."""

from datetime import UTC, date, datetime, time

import pytest
from django.core.exceptions import ValidationError

from venues.models import Closure, OpeningHours, Product, Rate, Resource, Venue

SEVEN, NINE = time(7), time(9)
DAY = date(2027, 5, 3)


def refusal(row: object) -> list[str]:
    """The fields that `full_clean` complains of."""
    with pytest.raises(ValidationError) as caught:
        row.full_clean()  # type: ignore[attr-defined]
    return sorted(caught.value.message_dict)


VENUE = {"name": "New", "slug": "new", "time_zone": "Europe/Berlin", "currency": "EUR"}


def test_a_venue_of_name_zone_and_currency_is_enough(in_alpha):
    Venue(**VENUE).full_clean()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "main"),
        ("slug", "with space"),
        ("time_zone", "CET"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", ""),
        ("currency", "eur"),
        ("currency", "EURO"),
        ("currency", "EU\n"),
        ("country", "de"),
        ("country", "D"),
        ("email", "nobody"),
        ("name", ""),
    ],
)
def test_a_venue_is_refused_for_the_field_that_is_wrong(in_alpha, field, value):
    assert refusal(Venue(**{**VENUE, field: value})) == [field]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"capacity": 0}, ["capacity"]),
        ({"units": 0}, ["units"]),
        ({"units": 501}, ["units"]),
        ({"grid_minutes": 4}, ["grid_minutes"]),
        ({"grid_minutes": 1441}, ["grid_minutes"]),
        ({"min_minutes": 4}, ["min_minutes"]),
        ({"min_minutes": 90, "max_minutes": 60}, ["max_minutes"]),
        ({"max_minutes": 44_641}, ["max_minutes"]),
        ({"buffer_before_minutes": 1441}, ["buffer_before_minutes"]),
        ({"buffer_after_minutes": 1441}, ["buffer_after_minutes"]),
        ({"lead_minutes": 366 * 1440 + 1}, ["lead_minutes"]),
        ({"horizon_days": 0}, ["horizon_days"]),
        ({"horizon_days": 1097}, ["horizon_days"]),
        ({"pays_online": False, "pays_on_site": False}, ["__all__"]),
        ({"kind": "castle"}, ["kind"]),
        ({"slug": "court-1"}, ["__all__"]),
    ],
)
def test_a_resource_is_refused_for_the_field_that_is_wrong(in_alpha, fields, wrong):
    resource = Resource(**{"venue_id": in_alpha.venue, "name": "New", "slug": "new", **fields})
    assert refusal(resource) == wrong


@pytest.mark.parametrize(
    "fields",
    [
        {"weekday": 0, "opens": SEVEN, "closes": NINE},
        {"weekday": 6, "opens": NINE, "closes": SEVEN},
        {"weekday": 6, "opens": time(0), "closes": time(0)},
        {"date": DAY, "opens": SEVEN, "closes": NINE},
        {"date": DAY},
    ],
)
def test_hours_of_a_weekday_a_date_and_a_closed_date_are_fine(in_alpha, fields):
    OpeningHours(venue_id=in_alpha.venue, **fields).full_clean()
    OpeningHours(resource_id=in_alpha.court_1, **fields).full_clean()


@pytest.mark.parametrize(
    "fields",
    [
        {"weekday": 0},
        {"weekday": 0, "opens": SEVEN},
        {"date": DAY, "closes": NINE},
        {"opens": SEVEN, "closes": NINE},
        {"weekday": 0, "date": DAY, "opens": SEVEN, "closes": NINE},
    ],
)
def test_hours_that_say_too_little_or_too_much_are_refused_in_words(in_alpha, fields):
    assert refusal(OpeningHours(venue_id=in_alpha.venue, **fields)) == ["__all__"]


def test_hours_of_nobody_and_of_two_are_refused_in_words(in_alpha):
    span = {"weekday": 0, "opens": SEVEN, "closes": NINE}
    assert refusal(OpeningHours(**span)) == ["__all__"]
    assert refusal(OpeningHours(venue_id=in_alpha.venue, resource_id=in_alpha.court_1, **span)) == ["__all__"]


def test_an_eighth_weekday_is_refused(in_alpha):
    eighth = OpeningHours(venue_id=in_alpha.venue, weekday=7, opens=SEVEN, closes=NINE)
    assert refusal(eighth) == ["weekday"]


def test_a_closure_that_ends_before_it_begins_is_refused(in_alpha):
    start, end = datetime(2027, 5, 3, 10, tzinfo=UTC), datetime(2027, 5, 3, 9, tzinfo=UTC)
    assert refusal(Closure(venue_id=in_alpha.venue, start=start, end=end, created_at=start)) == ["__all__"]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"duration_minutes": 4}, ["duration_minutes"]),
        ({"kind": "extra"}, ["duration_minutes"]),
        ({"duration_minutes": None}, ["duration_minutes"]),
        ({"kind": "gift"}, ["kind"]),
        ({"slug": "tennis"}, ["slug"]),
    ],
)
def test_a_product_is_refused_for_the_field_that_is_wrong(in_alpha, fields, wrong):
    assert refusal(Product(**{"name": "New", "slug": "new", "duration_minutes": 60, **fields})) == wrong


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"unit": "fortnight"}, ["unit"]), ({"amount_minor": -1}, ["amount_minor"])],
)
def test_a_rate_is_refused_for_the_field_that_is_wrong(in_alpha, fields, wrong):
    Rate.objects.filter(resource=in_alpha.court_1).delete()
    assert refusal(Rate(**{"resource_id": in_alpha.court_1, "amount_minor": 100, **fields})) == wrong


def test_an_address_is_one_line_of_what_is_known():
    full = Venue(street="Sportstrasse 1", postal_code="80000", city="Munich")
    assert full.address == "Sportstrasse 1, 80000 Munich"
    assert Venue(city="Munich").address == "Munich"
    assert Venue(street="Sportstrasse 1").address == "Sportstrasse 1"
    assert Venue().address == ""
