"""Reports over bookings at random, held against the same figures from rows in memory."""

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking
from bookings.reports import counts, money
from bookings.reports.scope import By, Scope
from tests import servers
from tests.bookings.reports import oracle
from tests.conftest import pointed_at
from tests.worlds import ALPHA, World, world_of
from venues.models import Resource, Venue

FIRST, LAST = date(2027, 10, 25), date(2027, 11, 7)
"""Berlin's clocks go back on the last Sunday of October, New York's on the first of November."""
NUMBER = 400


@pytest.fixture(scope="module")
def booked(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[None]:
    """A database with the bookings, for all of these tests: they only read."""
    with django_db_blocker.unblock(), servers.copied(template, "reports") as database, pointed_at(database):
        world = world_of(ALPHA)
        with tenant_context(world.tenant):
            _book(world)
        yield


@pytest.fixture
def rows(booked: None, in_alpha: World) -> list[Booking]:
    """The bookings."""
    return list(Booking.objects.select_related("resource"))


def _book(world: World) -> None:
    """Bookings of every state in two zones and currencies, a few weeks around the days; more at midnight."""
    luck = random.Random(6)
    far = Venue.objects.create(name="Far", slug="far", time_zone="America/New_York", currency="USD")
    pier = Resource.objects.create(venue=far, name="Pier", slug="pier")
    people = list(User.objects.filter(role="customer"))
    made = []
    for number in range(NUMBER):
        place, currency, zone = luck.choice(
            [(world.court_1, "EUR", "Europe/Berlin"), (world.annex_room, "EUR", "Europe/Berlin"),
             (pier.pk, "USD", "America/New_York"), (world.court_2, "CHF", "Europe/Berlin")]
        )  # fmt: skip
        hours = luck.choice([0, 22, 23, 4, luck.randrange(24)])
        start = datetime(2027, 10, 18, tzinfo=UTC) + timedelta(days=luck.randrange(28), hours=hours)
        state = luck.choice(["held", "pending", "confirmed", "completed", "no_show", "cancelled", "expired"])
        total, customer = luck.randrange(0, 9000), luck.choice([None, *people])
        lead = timedelta(minutes=luck.randrange(90_000))
        made.append(
            Booking(
                id=uuid.UUID(int=luck.getrandbits(128)),
                reference_code=f"BK-{number}",
                resource_id=place,
                product_id=luck.choice([None, world.tennis]),
                start=start,
                end=start + timedelta(minutes=luck.choice([30, 60, 90])),
                participants=luck.randrange(1, 9),
                customer=customer,
                email="" if customer else luck.choice(["", "Ann@example.org", "ann@example.org", "bob@example.org"]),
                state=state,
                payment_state="unpaid",
                pending_reason="approval" if state == "pending" else "",
                hold_expires_at=start if state == "held" else None,
                price_per_unit_minor=1,
                pricing_unit="hour",
                total_minor=total,
                tax_minor=total // 6,
                credit_minor=luck.randrange(total + 1),
                paid_minor=luck.randrange(total + 1),
                refunding_minor=luck.choice([0, 0, 300]),
                fee_minor=luck.choice([0, 500]) if state in {"no_show", "cancelled"} else 0,
                cancelled_at=start - timedelta(minutes=luck.randrange(5000)) if state == "cancelled" else None,
                cancel_reason=luck.choice(["user_request", "weather", "other"]) if state == "cancelled" else "",
                currency=currency,
                time_zone=zone,
                created_at=start - lead,
                updated_at=start,
            )
        )
    Booking.objects.bulk_create(made)


def scope(by: By) -> Scope:
    """All places, those days."""
    return Scope(Booking.objects.all(), Resource.objects.all(), FIRST, LAST, by)


BYS = [By.TOTAL, By.DAY, By.WEEK, By.MONTH, By.WEEKDAY, By.HOUR, By.RESOURCE, By.VENUE, By.PRODUCT]
REPORTS: list[tuple[Callable[[Scope], Any], Callable[..., Any], list[By]]] = [
    (counts.booked, oracle.booked, BYS),
    (counts.fallen, oracle.fallen, BYS),
    (money.earned, oracle.earned, BYS),
]


@pytest.mark.parametrize(("report", "slow", "by"), [(report, slow, by) for report, slow, bys in REPORTS for by in bys])
def test_report_says_what_the_rows_say(
    rows: list[Booking], report: Callable[[Scope], Any], slow: Callable[..., Any], by: By
) -> None:
    expected = slow(oracle.inside(rows, FIRST, LAST), by.value)
    assert report(scope(by)) == expected
    assert expected


@pytest.mark.parametrize("by", [By.TOTAL, By.DAY, By.WEEK, By.MONTH])
def test_customers_are_new_where_they_had_nothing_before(rows: list[Booking], by: By) -> None:
    expected = oracle.who(rows, oracle.inside(rows, FIRST, LAST), by.value, FIRST)
    assert counts.who(scope(by)) == expected
    assert any(row["returning"] for row in expected)


def test_cancellations_are_counted_by_their_reason(rows: list[Booking]) -> None:
    gone = [b for b in oracle.inside(rows, FIRST, LAST) if b.state == "cancelled"]
    expected = {why: sum(b.cancel_reason == why for b in gone) for why in ("other", "user_request", "weather")}
    assert {row["key"]: row["cancelled"] for row in counts.fallen(scope(By.REASON))} == expected


def test_busiest_hour_is_the_one_with_most_starts(rows: list[Booking]) -> None:
    found = oracle.booked([b for b in oracle.inside(rows, FIRST, LAST) if b.state in oracle.STOOD], "hour")
    most = max(found, key=lambda row: (row["stood"], -row["key"]))
    assert counts.busiest(scope(By.HOUR)) == (most["key"], most["stood"], sum(row["stood"] for row in found))
