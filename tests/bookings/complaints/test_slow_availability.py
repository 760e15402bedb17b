"""Lists of free times that take longer the more there is."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Occupancy
from tests.bookings.scenes import at
from tests.busy import elsewhere
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Product, Rate, Resource


def queries_of(home: Caller, path: str, query: dict[str, Any]) -> int:
    """Statements that one call takes."""
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = home("guest").get(path, query)
    assert answer.status_code == 200, answer.json()
    return len(caught)


def test_a_hundred_and_ten_resources_take_as_many_queries_as_five(home: Caller, in_alpha: World) -> None:
    """librebooking#522 (110 resources: more than 1000 queries, 100 s), #370, PR 373, cal.diy#5277, #4836, #14810,
    #9517, commons-booking-2#188, thunderbird/appointment#243.
    """
    month = {"venue": in_alpha.venue, "month": f"{at(0, ahead=40):%Y-%m}"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("/api/v1/availability/calendar/", month),
        ("/api/v1/resources/", {}),
        ("/api/v1/availability/", {"service_id": in_alpha.tennis, "from": f"{at(0):%Y-%m-%d}", "days": 14}),
    ]
    home("guest").get("/api/v1/venues/")  # the first call of all looks up more
    few = [queries_of(home, *call) for call in calls]
    made = Resource.objects.bulk_create(
        Resource(venue_id=in_alpha.venue, name=f"Desk {n}", slug=f"desk-{n}", horizon_days=365) for n in range(110)
    )
    Rate.objects.bulk_create(Rate(resource=resource, amount_minor=500) for resource in made)
    Product.objects.get(pk=in_alpha.tennis).resources.add(*made)
    starts = [at(9 + n, ahead=38 + day) for n in range(0, 10, 3) for day in range(5)]
    busy = elsewhere(in_alpha.court_1, starts[0], starts[0] + timedelta(hours=1))
    Occupancy.objects.bulk_create(
        Occupancy(resource=resource, kind="external", during=(start, start + timedelta(hours=1)), busy=busy)
        for resource in made
        for start in starts
    )
    assert [queries_of(home, *call) for call in calls] == few
