"""Bookings in calendars elsewhere, whoever keeps them: one event each, right, and gone with the booking."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bookings import cancelling, changes
from bookings.agreed import Change
from bookings.calendars import PUSH, connecting, pushing
from bookings.calendars.connecting import Copies
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.models.calendars import CalendarCopy, Connection
from bookings.records import Actor
from kernel import failpoints
from tenants.models import DueWork
from tests.bookings.api.desk import ADMIN, AtHome
from tests.bookings.calendars.elsewhere import Elsewhere, at_google, happened, letters, waits, work
from tests.bookings.scenes import confirmed, held, slot
from tests.doubles.google import Google
from tests.races.rigging import Rigging
from tests.worlds import World


@pytest.fixture
def stumbling(tmp_path: Path) -> Iterator[Path]:
    """A folder in which a test says what happens at failpoints."""
    failpoints.arm(tmp_path)
    yield tmp_path
    failpoints._folder = None


@pytest.fixture
def connection(elsewhere: Elsewhere, in_alpha: World) -> Connection:
    """Court 1's calendar."""
    made = elsewhere.connect(in_alpha.users["owner"], resource=in_alpha.court_1)
    assert work() == 0
    return made


def test_a_confirmed_booking_is_one_event_there(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    assert elsewhere.titles() == [f"Gina Guest · Court 1 {in_alpha.canary}"]
    copy = CalendarCopy.objects.get()
    assert (copy.booking_id, copy.is_gone, bool(copy.remote_id), bool(copy.etag)) == (booking.pk, False, True, True)
    connection.refresh_from_db()
    assert (connection.state, connection.synced_at is not None) == ("ok", True)


def test_what_is_not_written_yet_is_on_its_way(elsewhere: Elsewhere, in_alpha: World, staff: Actor) -> None:
    for hour in (16, 18):
        confirmed(in_alpha.court_1, slot(hour), staff)
    confirmed(in_alpha.court_2, slot(18), staff)
    elsewhere.connect(in_alpha.users["owner"], resource=in_alpha.court_1)
    assert figures() == (0, 2)
    work()
    assert figures() == (2, 0)
    Connection.objects.update(pushes=False, pulls=True)
    confirmed(in_alpha.court_1, slot(12), staff)
    assert figures() == (2, 0)


def figures() -> tuple[int, int]:
    """What the only connection is said to have, and to be waiting for."""
    told = connecting.with_figures(Connection.objects.all()).get()
    return told.copies_count, told.waiting_count  # type: ignore[attr-defined]


def test_a_hold_is_nowhere(elsewhere: Elsewhere, connection: Connection, in_alpha: World) -> None:
    happened(held(in_alpha.court_1, slot(18)))
    assert (elsewhere.titles(), CalendarCopy.objects.count(), waits()) == ([], 0, 0)


def test_of_what_nothing_is_to_be_seen_nobody_is_told(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    asked = elsewhere.asked()
    happened(booking)
    assert elsewhere.asked() == asked


def test_a_moved_booking_moves_there_too(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    before = CalendarCopy.objects.get()
    changes.change(booking, Change(start=slot(20).start), staff)
    happened(booking)
    after = CalendarCopy.objects.get()
    assert len(elsewhere.titles()) == 1
    assert after.remote_id == before.remote_id
    assert after.digest != before.digest


def test_a_cancelled_booking_is_gone_there(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    _cancel(booking, staff)
    happened(booking)
    assert elsewhere.titles() == []
    assert CalendarCopy.objects.get().is_gone


def test_another_resource_is_another_calendar(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    changes.change(booking, Change(resource_id=in_alpha.court_2), staff)
    happened(booking)
    assert elsewhere.titles() == []
    changes.change(booking, Change(resource_id=in_alpha.court_1), staff)
    happened(booking)
    assert len(elsewhere.titles()) == 1


def test_one_calendar_for_two_courts_keeps_the_event_of_a_booking_that_moves_between_them(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    elsewhere.connect(in_alpha.users["owner"], resource=in_alpha.court_2)
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    changes.change(booking, Change(resource_id=in_alpha.court_2), staff)
    happened(booking)
    assert elsewhere.titles() == [f"Gina Guest · Court 2 {in_alpha.canary}"]
    assert sorted(CalendarCopy.objects.values_list("is_gone", flat=True)) == [False, True]


def test_a_venues_calendar_has_all_its_courts(elsewhere: Elsewhere, in_alpha: World, staff: Actor) -> None:
    elsewhere.connect(in_alpha.users["owner"], venue=in_alpha.venue)
    for court in (in_alpha.court_1, in_alpha.court_2):
        happened(confirmed(court, slot(18), staff))
    assert len(elsewhere.titles()) == 2


def test_whoever_dies_after_the_call_makes_no_second_event(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor, stumbling: Path
) -> None:
    """R40, I8: between the call and its note."""
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    Rigging(stumbling).set("calendar.pushed", "raise")
    with pytest.raises(failpoints.Stumbled):
        happened(booking)
    assert len(elsewhere.titles()) == 1
    assert CalendarCopy.objects.get().digest == ""
    pushing.push(str(booking.pk))
    assert len(elsewhere.titles()) == 1
    assert CalendarCopy.objects.get().digest != ""


def test_whoever_dies_after_the_call_leaves_nothing_behind_that_is_cancelled_then(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor, stumbling: Path
) -> None:
    """R40: the event is found by its uid."""
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    Rigging(stumbling).set("calendar.pushed", "raise")
    with pytest.raises(failpoints.Stumbled):
        happened(booking)
    _cancel(booking, staff)
    happened(booking)
    assert elsewhere.titles() == []


def test_what_was_deleted_there_by_hand_comes_again_with_the_next_change(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    elsewhere.wipe()
    changes.change(booking, Change(start=slot(20).start), staff)
    happened(booking)
    assert len(elsewhere.titles()) == 1


def test_what_was_edited_there_by_hand_is_put_right_with_the_next_change(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    """412: the etag is not the one that we know."""
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    elsewhere.edit()
    assert elsewhere.titles() == ["Edited by hand"]
    changes.change(booking, Change(start=slot(20).start), staff)
    happened(booking)
    assert elsewhere.titles() == [f"Gina Guest · Court 1 {in_alpha.canary}"]


def test_a_calendar_that_is_closed_to_us_is_dead_and_its_owner_hears_once(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    elsewhere.close()
    for hour in (18, 20):
        happened(confirmed(in_alpha.court_1, slot(hour), staff))
    connection.refresh_from_db()
    assert connection.state == "dead"
    assert connection.last_error in {"invalid_grant", "unauthorized"}
    assert letters() == ["The calendar Courts is not connected any more"]
    assert waits() == 0


def test_a_check_finds_a_closed_calendar_before_a_booking_does(elsewhere: Elsewhere, connection: Connection) -> None:
    elsewhere.close()
    pushing.check(str(connection.pk))
    connection.refresh_from_db()
    assert (connection.state, len(letters())) == ("dead", 1)


def test_what_happened_while_a_calendar_was_paused_is_made_up_for(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    gone = confirmed(in_alpha.court_1, slot(16), staff)
    happened(gone)
    connecting.pause(connection.pk)
    _cancel(gone, staff)
    happened(gone)
    happened(confirmed(in_alpha.court_1, slot(18), staff))
    assert len(elsewhere.titles()) == 1
    connecting.resume(connection.pk)
    assert work() == 2
    assert CalendarCopy.objects.filter(is_gone=True).count() == 1
    assert len(elsewhere.titles()) == 1


def test_bookings_that_were_there_before_the_calendar_are_written(
    elsewhere: Elsewhere, in_alpha: World, staff: Actor
) -> None:
    confirmed(in_alpha.court_1, slot(18), staff)
    confirmed(in_alpha.court_2, slot(18), staff)
    elsewhere.connect(in_alpha.users["owner"], resource=in_alpha.court_1)
    assert work() == 1
    assert len(elsewhere.titles()) == 1


def test_staff_see_in_which_calendars_a_booking_stands(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    copy = CalendarCopy.objects.get()
    told = AtHome(in_alpha)("owner").get(f"{ADMIN}{booking.pk}/").json()["calendar_events"]
    assert told == [
        {
            "connection": connection.pk,
            "name": connection.name,
            "provider": connection.provider,
            "event_id": copy.remote_id,
            "written_at": f"{copy.pushed_at:%Y-%m-%dT%H:%M:%SZ}",
        }
    ]
    assert copy.remote_id


def test_what_was_there_before_comes_some_each_second_and_lets_what_is_new_pass(
    in_alpha: World, staff: Actor, google: Google, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "FILLED_EACH_SECOND", 2)
    bookings = [confirmed(in_alpha.court_1, slot(hour), staff).pk for hour in (18, 10, 12, 14, 16)]
    at_google(google).connect(in_alpha.users["owner"], resource=in_alpha.court_1)
    planned = DueWork.objects.filter(kind=PUSH).order_by("due_at", "object_id")
    begins = min(row.due_at for row in planned)
    after = {row.object_id: (row.due_at - begins).total_seconds() for row in planned}
    assert [after[str(bookings[place])] for place in (1, 2, 3, 4, 0)] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(("copies", "left"), [(Copies.KEEP, 1), (Copies.DELETE, 0)])
def test_disconnecting_keeps_or_takes_away_what_was_written(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor, copies: Copies, left: int
) -> None:
    happened(confirmed(in_alpha.court_1, slot(18), staff))
    connecting.disconnect(connection.pk, copies)
    pushing.leave(str(connection.pk))
    assert len(elsewhere.titles()) == left
    assert not Connection.objects.exists()


def test_nothing_is_written_any_more_and_what_was_is_taken_away(
    elsewhere: Elsewhere, connection: Connection, in_alpha: World, staff: Actor
) -> None:
    happened(confirmed(in_alpha.court_1, slot(18), staff))
    only_reads = connecting.Wish(connection.venue, connection.resource, pushes=False, pulls=True)
    connecting.change(connection.pk, only_reads)
    assert work() == 1
    assert elsewhere.titles() == []


def _cancel(booking: Booking, staff: Actor) -> None:
    cancelling.cancel(booking, staff, Cancellation())
