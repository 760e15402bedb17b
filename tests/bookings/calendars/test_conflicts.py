"""The owner's inbox of conflicts: who sees them, keeping both, and reading a calendar now."""

import pytest

from bookings.calendars import PULL, fitting
from bookings.models import Booking, CalendarConflict, Connection, Occupancy
from tenants.models import DueWork
from tests.bookings.api.desk import AtHome
from tests.bookings.scenes import at, confirmed, slot
from tests.busy import elsewhere

ALL = "/api/v1/calendar-conflicts/"


@pytest.fixture
def conflict(in_alpha, staff) -> CalendarConflict:
    """A booking of Court 1 at eleven, and a calendar that is busy from ten to one."""
    confirmed(in_alpha.court_1, slot(11), staff)
    elsewhere(in_alpha.court_1, at(10), at(13))
    fitting.fit(in_alpha.court_1)
    return CalendarConflict.objects.select_related("busy", "booking").get()


def test_owner_sees_who_when_and_which_calendar(home: AtHome, conflict: CalendarConflict) -> None:
    (row,) = home("owner").get(ALL).json()
    assert row["booking"] == str(conflict.booking_id)
    assert (row["reference_code"], row["calendar"]) == (conflict.booking.reference_code, "Elsewhere")
    assert (row["connection"], row["settled_at"]) == (conflict.busy.connection_id, None)


@pytest.mark.parametrize("who", ["guest", "front_desk", "accountant"])
def test_others_see_and_settle_nothing(home: AtHome, conflict: CalendarConflict, who: str) -> None:
    assert home(who).get(ALL).status_code == 403
    assert home(who).post(f"{ALL}{conflict.pk}/dismiss/").status_code == 403
    assert CalendarConflict.objects.get().settled_at is None


def test_keeping_both_changes_neither(home: AtHome, conflict: CalendarConflict) -> None:
    before = Booking.objects.values().get(pk=conflict.booking_id), list(Occupancy.objects.values())
    first = home("owner").post(f"{ALL}{conflict.pk}/dismiss/").json()
    assert first["settled_at"] is not None
    assert home("owner").post(f"{ALL}{conflict.pk}/dismiss/").json() == first
    assert home("owner").get(ALL).json() == []
    assert [row["id"] for row in home("owner").get(f"{ALL}?settled=1").json()] == [conflict.pk]
    assert (Booking.objects.values().get(pk=conflict.booking_id), list(Occupancy.objects.values())) == before
    fitting.fit(conflict.booking.resource_id)
    assert home("owner").get(ALL).json() == []


def test_a_conflict_that_is_not_there_is_404(home: AtHome, conflict: CalendarConflict) -> None:
    assert home("owner").post(f"{ALL}{conflict.pk + 1}/dismiss/").status_code == 404
    assert CalendarConflict.objects.get().settled_at is None


def test_a_calendar_is_read_now_unless_it_is_not_read_at_all(home: AtHome, conflict: CalendarConflict) -> None:
    path = f"/api/v1/calendar-connections/{conflict.busy.connection_id}/sync/"
    assert home("owner").post(path).status_code == 202
    assert DueWork.objects.filter(kind=PULL).count() == 1
    DueWork.objects.filter(kind=PULL).delete()
    Connection.objects.update(state="dead")
    refused = home("owner").post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_read")
    assert not DueWork.objects.filter(kind=PULL).exists()
