"""Series that ignore holidays, half succeed, or forget what was skipped."""

from datetime import timedelta

from bookings.models import Booking, Series
from schemas.clock import database_now
from tests.bookings.api.desk import at_once
from tests.bookings.scenes import digest
from tests.conftest import Caller
from tests.worlds import World
from venues.models import OpeningHours, Resource

SERIES = "/api/v1/series/"


def weekly(home: Caller, world: World) -> dict[str, object]:
    """Six weeks; one is a holiday, one is closed, one is taken."""
    at_once(world.court_1)
    first = database_now().date() + timedelta(days=7)
    days = [first + timedelta(days=7 * week) for week in range(6)]
    OpeningHours.objects.create(venue_id=world.venue, date=days[1])
    Resource.objects.filter(pk=world.annex_room).update(is_active=False)
    body = {"venue": world.venue, "start_datetime": f"{days[3]}T00:00:00Z", "end_datetime": f"{days[3]}T22:00:00Z"}
    assert home("owner").post("/api/v1/admin/closures/", body).status_code == 201
    evening = {"resource": world.court_1, "dates": [str(days[4])], "start_time": "18:00", "duration_minutes": 60}
    assert home("stranger").post(SERIES, evening).status_code == 201
    return {**evening, "dates": [str(day) for day in days]}


def test_preview_and_booking_agree_on_holidays_closures_and_bookings(home: Caller, in_alpha: World) -> None:
    """librebooking#1220, PR 1235 (documentation and code disagree about blackouts), cal.diy PR 11774 (the first two
    dates only), #5754, newtheatre/rooms#15 (dates after the first unchecked), indico#1289.
    """
    body = weekly(home, in_alpha)
    expected = [None, "closed", None, "closure", "booked", None]
    seen = home("guest").post(f"{SERIES}preview/", body).json()
    made = home("guest").post(SERIES, {**body, "mode": "skip"}).json()
    assert [date["reason"] for date in seen["dates"]] == expected
    assert [date["reason"] for date in made["dates"]] == expected
    assert [date["booking"] is None for date in made["dates"]] == [reason is not None for reason in expected]


def test_a_series_that_is_refused_has_booked_nothing(home: Caller, in_alpha: World) -> None:
    """cal.diy#16387 (an error is shown, and the bookings are there)."""
    body = weekly(home, in_alpha)
    before = digest()
    answer = home("guest").post(SERIES, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "series_conflicts")
    assert [conflict["reason"] for conflict in answer.json()["conflicts"]] == ["closed", "closure", "booked"]
    assert digest() == before
    assert not Series.objects.filter(customer=in_alpha.users["guest"]).exists()


def test_a_skipped_date_is_had_once_it_is_free(home: Caller, in_alpha: World) -> None:
    """indico#4180 (skipped dates cannot be added again)."""
    body = weekly(home, in_alpha)
    made = home("guest").post(SERIES, {**body, "mode": "skip"}).json()
    taken = made["dates"][4]["date"]
    still = home("guest").post(f"{SERIES}{made['id']}/dates/", {"dates": [taken]})
    assert (still.status_code, still.json()["code"]) == (400, "series_conflicts")
    other = Booking.objects.get(customer=in_alpha.users["stranger"])
    assert home("stranger").post(f"/api/v1/bookings/{other.pk}/cancel/").status_code == 200
    added = home("guest").post(f"{SERIES}{made['id']}/dates/", {"dates": [taken]})
    assert (added.status_code, added.json()["dates"][4]["booking"]["status"]) == (201, "confirmed")
