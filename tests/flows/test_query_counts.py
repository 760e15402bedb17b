"""Pages cost the same number of queries, however much there is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from tests.flows.pages import COURT, Visitor
from tests.flows.test_booking_without_script import booked
from tests.worlds import World
from venues.models import Rate, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SELECTs, INSERTs and UPDATEs of the block; SET and savepoints are no work."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield found
    found += [
        query["sql"] for query in queries if query["sql"].split(None, 1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}
    ]


@pytest.fixture
def crowded(alpha: World, visitor: Come, next_week: date) -> World:
    """Alpha with 200 resources more, and a day with bookings."""
    with tenant_context(alpha.tenant):
        made = Resource.objects.bulk_create(
            Resource(venue_id=alpha.venue, name=f"Room {number}", slug=f"room-{number}") for number in range(200)
        )
        Rate.objects.bulk_create(Rate(resource=resource, amount_minor=1000) for resource in made)
    for hour in (8, 10, 12, 14, 16):
        booked(visitor(), next_week, hour)
    return alpha


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/", 7),
        ("/venues/main/", 10),
        (f"{COURT}?day={{day}}", 7),
        ("/venues/main/hall/?day={day}", 7),
        ("/sitemap.xml", 3),
    ],
)
def test_shop_window_is_flat(crowded: World, visitor: Come, next_week: date, path: str, most: int) -> None:
    guest = visitor()
    guest.open("/")
    with counted() as queries:
        page = guest.open(path.format(day=next_week))
    assert page.status == 200
    assert len(queries) == most, queries
