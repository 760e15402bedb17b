"""PostgreSQL refuses what makes no sense, whoever writes it: every constraint of the venues' tables, by name."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection

from tests.constraints import refused_by
from venues.models import Closure, OpeningHours, Product, Rate, Resource, Venue, VenueAssignment

SEVEN, NINE = time(7), time(9)
DAY = date(2027, 5, 3)


@pytest.fixture
def counted(in_alpha):
    """After the test, every table of the venues has as many rows as before."""
    models = (Venue, Resource, Rate, OpeningHours, Closure, Product, VenueAssignment)
    before = [model.objects.count() for model in models]
    yield in_alpha
    assert [model.objects.count() for model in models] == before


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("resource_slug_in_venue", {"slug": "court-1"}),
        ("resource_has_room", {"capacity": 0}),
        ("resource_has_room", {"units": 0}),
        ("resource_durations", {"grid_minutes": 4}),
        ("resource_durations", {"min_minutes": 4}),
        ("resource_durations", {"min_minutes": 61, "max_minutes": 60}),
        ("resource_is_paid_somehow", {"pays_online": False, "pays_on_site": False}),
    ],
)
def test_a_resource_that_nobody_could_book_is_refused(counted, constraint, fields):
    with refused_by(constraint):
        Resource.objects.create(**{"venue_id": counted.venue, "name": "New", "slug": "new", **fields})


def test_a_pool_as_a_part_is_refused(counted):
    with refused_by("resource_pool_is_no_part"):
        Resource.objects.create(venue_id=counted.venue, name="New", slug="new", parent_id=counted.hall, units=2)


def test_a_slug_may_come_again_in_another_venue(in_alpha):
    twin = Resource.objects.create(venue_id=in_alpha.annex, name="New", slug="court-1")
    assert Resource.objects.filter(slug="court-1").count() == 2
    assert twin.venue_id == in_alpha.annex


def test_venue_slugs_are_unique_in_a_tenant(counted):
    with refused_by(unique_of("venues_venue", "slug")):
        Venue.objects.create(name="Again", slug="main", time_zone="Europe/Berlin", currency="EUR")


def test_product_slugs_are_unique_in_a_tenant(counted):
    with refused_by(unique_of("venues_product", "slug")):
        Product.objects.create(name="Again", slug="tennis", duration_minutes=60)


def test_a_rate_belongs_to_a_resource_or_to_a_product(counted):
    with refused_by("rate_of_resource_or_product"):
        Rate.objects.create(amount_minor=1)
    with refused_by("rate_of_resource_or_product"):
        Rate.objects.create(resource_id=counted.court_1, product_id=counted.tennis, amount_minor=1)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"valid_from": date(2027, 2, 1), "valid_until": date(2027, 1, 31)}, "rate_dates"),
        ({"from_time": time(8)}, "rate_times"),
        ({"until_time": time(8)}, "rate_times"),
    ],
)
def test_a_rate_for_no_time_is_refused(counted, fields, constraint):
    with refused_by(constraint):
        Rate.objects.create(resource_id=counted.court_1, amount_minor=1, **fields)


def test_a_rate_in_a_unit_that_nobody_can_count_is_refused(counted):
    with refused_by("rate_unit_known"):
        Rate.objects.filter(resource=counted.court_1).update(unit="fortnight")


def test_a_negative_rate_is_refused(counted):
    with refused_by("venues_rate_amount_minor_check"):
        Rate.objects.filter(resource=counted.court_1).update(amount_minor=-1)


@pytest.mark.parametrize(("whose"), [{}, {"venue": True, "resource": True}])
def test_hours_of_nobody_or_of_two_are_refused(counted, whose):
    owners = {f"{name}_id": getattr(counted, {"venue": "venue", "resource": "court_1"}[name]) for name in whose}
    with refused_by("hours_of_venue_or_resource"):
        OpeningHours.objects.create(**owners, weekday=0, opens=SEVEN, closes=NINE)


@pytest.mark.parametrize("when", [{}, {"weekday": 0, "date": DAY}, {"weekday": 7}])
def test_hours_of_no_day_of_two_or_of_an_eighth_weekday_are_refused(counted, when):
    with refused_by("hours_weekly_or_dated"):
        OpeningHours.objects.create(venue_id=counted.venue, **when, opens=SEVEN, closes=NINE)


@pytest.mark.parametrize(
    "times",
    [
        {"weekday": 0},
        {"weekday": 0, "opens": SEVEN},
        {"weekday": 0, "closes": NINE},
        {"date": DAY, "opens": SEVEN},
        {"date": DAY, "closes": NINE},
    ],
)
def test_half_a_span_and_a_weekday_without_hours_are_refused(counted, times):
    with refused_by("hours_span_or_closed"):
        OpeningHours.objects.create(venue_id=counted.venue, **times)


@pytest.mark.parametrize("end", [datetime(2027, 5, 3, 10, tzinfo=UTC), datetime(2027, 5, 3, 9, tzinfo=UTC)])
def test_a_closure_that_ends_before_it_has_begun_is_refused(counted, end):
    start = datetime(2027, 5, 3, 10, tzinfo=UTC)
    with refused_by("closure_ends_after_start"):
        Closure.objects.create(venue_id=counted.venue, start=start, end=end, created_at=start)


def test_a_product_of_an_unknown_kind_is_refused(counted):
    with refused_by("product_kind_known"):
        Product.objects.create(name="New", slug="new", kind="extra", duration_minutes=60)


def test_a_product_of_four_minutes_is_refused(counted):
    with refused_by("product_duration"):
        Product.objects.create(name="New", slug="new", duration_minutes=4)


def test_a_manager_is_assigned_to_a_venue_once(counted):
    with refused_by("assignment_once"):
        VenueAssignment.objects.create(user_id=counted.users["manager"], venue_id=counted.venue)


def unique_of(table: str, column: str) -> str:
    """The name that Django gave the unique constraint of one column."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    found = [
        name
        for name, facts in constraints.items()
        if facts["unique"] and facts["columns"] == [column] and facts["definition"] is None
    ]
    return found[0]
