"""What changes in calendars elsewhere takes and gives back time here; lost cursors and dead tokens are recovered."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookings import ics
from bookings.calendars import PULL, channels, connecting, finding, fitting, pulling, pushing
from bookings.models import Booking, BusyTime, CalendarConflict, Connection, Occupancy
from kernel.errors import NotFound
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.models import DueWork
from tests.bookings.calendars.elsewhere import TOKENS, letters, wish
from tests.bookings.calendars.written import calendar, event
from tests.bookings.scenes import at, confirmed, slot
from tests.doubles.google import CALENDAR, Google
from tests.doubles.microsoft import CALENDAR as OUTLOOK
from tests.doubles.microsoft import Microsoft
from tests.radicale import PEOPLE, Radicale

EVENTS = f"/calendars/{CALENDAR}/events"
VIEW = f"/me/calendars/{OUTLOOK}/calendarView/delta"


def google_event(name: str, start: datetime, **fields: Any) -> dict[str, Any]:
    """An event of an hour as Google lists it."""
    ends = start + timedelta(hours=1)
    times = {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": ends.isoformat()}}
    return {"id": name, "status": "confirmed", "summary": name, "iCalUID": f"{name}@google.com", **times, **fields}


def page(*items: dict[str, Any], token: str = "", more: str = "") -> dict[str, Any]:
    """A page of events; the last has a sync token."""
    last = {"nextSyncToken": token} if token else {"nextPageToken": more}
    return {"kind": "calendar#events", "items": list(items), **last}


def read(connection: Connection) -> Connection:
    """Read it and fit its resource, as workers do."""
    pulling.pull(str(connection.pk))
    connection.refresh_from_db()
    if connection.resource_id:
        fitting.fit(connection.resource_id)
    return connection


def taken(resource_id: int) -> list[tuple[object, object]]:
    """What calendars elsewhere take."""
    rows = Occupancy.objects.filter(resource=resource_id, kind="external").order_by("during")
    return [(row.during.lower, row.during.upper) for row in rows]


def due_at(connection: Connection) -> datetime:
    """When it is read next."""
    return DueWork.objects.get(kind=PULL, object_id=str(connection.pk), schema_name=current_schema()).due_at


@pytest.fixture
def at_google(in_alpha, google: Google) -> Connection:
    """A calendar at Google that is read for court 1, and may not tell us of changes."""
    found = finding.calendars_of("google", TOKENS.sealed())
    made = connecting.connect(found, CALENDAR, wish(resource=in_alpha.court_1, pulls=True), in_alpha.users["owner"])
    Connection.objects.filter(pk=made.pk).update(
        pushes=False, channel_id="c:r", channel_expires_at=database_now() + timedelta(days=5)
    )
    return Connection.objects.get(pk=made.pk)


def test_google_is_read_in_pages_and_then_by_its_sync_token(in_alpha, at_google, google):
    court = in_alpha.court_1
    google.says("GET", EVENTS, 200, page(google_event("a", at(10)), more="p2"))
    google.says("GET", EVENTS, 200, page(google_event("b", at(12), transparency="transparent"), token="s1"))
    read(at_google)
    assert taken(court) == [(at(10), at(11))]
    assert (at_google.state, at_google.failures, at_google.last_error) == ("ok", 0, "")
    assert at_google.synced_at is not None
    first, second = google.calls("GET", EVENTS)[-2:]
    assert first.query["singleEvents"] == "true"
    assert "timeMin" in first.query
    assert second.query["pageToken"] == "p2"
    google.says("GET", EVENTS, 200, page(google_event("a", at(14)), google_event("c", at(16)), token="s2"))
    read(at_google)
    assert taken(court) == [(at(14), at(15)), (at(16), at(17))]
    last = google.calls("GET", EVENTS)[-1]
    assert last.query["syncToken"] == "s1"
    assert "timeMin" not in last.query
    google.says("GET", EVENTS, 200, page({"id": "a", "status": "cancelled"}, token="s3"))
    read(at_google)
    assert taken(court) == [(at(16), at(17))]


def test_a_lost_sync_token_is_a_reading_of_everything(in_alpha, at_google, google):
    """410: what is not there any more is gone here too."""
    google.says("GET", EVENTS, 200, page(google_event("a", at(10)), google_event("b", at(12)), token="s1"))
    read(at_google)
    google.says("GET", EVENTS, 410, {"error": {"code": 410, "errors": [{"reason": "fullSyncRequired"}]}})
    google.says("GET", EVENTS, 200, page(google_event("b", at(12)), token="s9"))
    read(at_google)
    assert taken(in_alpha.court_1) == [(at(12), at(13))]
    assert '"s9"' in at_google.cursor


def test_an_answer_that_comes_twice_or_late_changes_nothing(in_alpha, at_google, google):
    google.says("GET", EVENTS, 200, page(google_event("a", at(10)), token="s1"))
    read(at_google)
    before = list(BusyTime.objects.values())
    google.says("GET", EVENTS, 200, page(google_event("a", at(10)), token="s2"))
    read(at_google)
    assert list(BusyTime.objects.values()) == before
    late = pulling.Changes([], [], "s0", is_complete=True)
    pulling._note(at_google.pk, "asked with an older cursor", late)
    at_google.refresh_from_db()
    assert '"s2"' in at_google.cursor
    assert list(BusyTime.objects.values()) == before
    assert due_at(at_google) <= database_now()


def test_a_dead_token_is_told_the_owners_once_and_keeps_what_was_read(in_alpha, at_google, google):
    google.says("GET", EVENTS, 200, page(google_event("a", at(10)), token="s1"))
    read(at_google)
    google.is_granted = False
    google.good_tokens.clear()
    DueWork.objects.all().delete()
    read(at_google)
    read(at_google)
    assert (at_google.state, at_google.last_error) == ("dead", "invalid_grant")
    assert len(letters()) == 1
    assert taken(in_alpha.court_1) == [(at(10), at(11))]
    assert not DueWork.objects.filter(kind=PULL).exists()


def test_too_many_questions_are_asked_again_when_google_says(in_alpha, at_google, google):
    google.says("GET", EVENTS, 403, {"error": {"errors": [{"reason": "rateLimitExceeded"}]}}, Retry_After="120")
    read(at_google)
    assert (at_google.state, at_google.last_error) == ("failing", "rate_limit")
    wait = due_at(at_google) - database_now()
    assert timedelta(seconds=60) < wait <= timedelta(seconds=120)


def test_our_own_booking_that_comes_back_is_no_busy_time(in_alpha, at_google, google, staff):
    """R48: no loop."""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    own = {"extendedProperties": {"private": {"forecourt": ics.uid_of(booking)}}}
    google.says("GET", EVENTS, 200, page(google_event("fcown", at(10), **own), token="s1"))
    read(at_google)
    assert BusyTime.objects.count() == 0
    assert CalendarConflict.objects.count() == 0


def test_google_opens_a_channel_and_only_its_token_makes_us_read(in_alpha, at_google, google):
    Connection.objects.filter(pk=at_google.pk).update(channel_id="", channel_expires_at=None)
    ends = int((database_now() + timedelta(days=7)).timestamp() * 1000)
    google.says("GET", EVENTS, 200, page(token="s1"))
    google.says("POST", f"{EVENTS}/watch", 200, {"resourceId": "res", "expiration": str(ends)})
    read(at_google)
    asked = google.calls("POST", "/watch")[0].json
    assert asked["type"] == "web_hook"
    assert asked["address"].endswith("/calendars/notices/google/")
    assert at_google.channel_id == f"{asked['id']}:res"
    DueWork.objects.all().delete()
    for name, token in ((asked["id"], "wrong"), ("nobody", asked["token"]), ("", asked["token"])):
        with pytest.raises(NotFound):
            channels.told("google", name, token)
    assert not DueWork.objects.filter(kind=PULL).exists()
    channels.told("google", asked["id"], asked["token"])
    assert due_at(at_google) <= database_now()


def test_a_channel_that_cannot_be_had_leaves_it_at_reading_every_ten_minutes(in_alpha, at_google, google):
    Connection.objects.filter(pk=at_google.pk).update(channel_id="", channel_expires_at=None)
    google.says("GET", EVENTS, 200, page(token="s1"))
    google.says("POST", f"{EVENTS}/watch", 401, {"error": {"errors": [{"reason": "webhookUrlUnauthorized"}]}})
    google.says("POST", f"{EVENTS}/watch", 400, {"error": {"errors": [{"reason": "push.webhookUrlNotHttps"}]}})
    read(at_google)
    assert (at_google.state, at_google.channel_id) == ("ok", "")
    assert due_at(at_google) > database_now() + timedelta(minutes=9)


@pytest.mark.parametrize("status", [204, 404, 500])
def test_a_calendar_that_is_given_up_tells_us_nothing_more(in_alpha, at_google, google, status):
    """A provider that fails does not keep us: its channel ends by itself."""
    google.says("POST", "/channels/stop", status)
    connecting.disconnect(at_google.pk, connecting.Copies.KEEP)
    pushing.leave(str(at_google.pk))
    assert [asked.json for asked in google.calls("POST", "/channels/stop")] == [{"id": "c", "resourceId": "r"}]
    assert not Connection.objects.exists()


def test_a_calendar_that_is_only_written_to_tells_us_nothing_more(in_alpha, at_google, google):
    google.says("POST", "/channels/stop", 204)
    connecting.change(at_google.pk, connecting.Wish(None, at_google.resource, pushes=True, pulls=False))
    assert due_at(at_google) <= database_now()
    assert read(at_google).channel_id == ""
    assert len(google.calls("POST", "/channels/stop")) == 1
    assert google.calls("GET", EVENTS) == []


def graph_event(name: str, start: datetime, **fields: Any) -> dict[str, Any]:
    """An event of an hour as a calendar view lists it."""
    text = "%Y-%m-%dT%H:%M:%S.0000000"
    ends = start + timedelta(hours=1)
    times = {
        "start": {"dateTime": start.astimezone(UTC).strftime(text), "timeZone": "UTC"},
        "end": {"dateTime": ends.astimezone(UTC).strftime(text), "timeZone": "UTC"},
    }
    return {"id": name, "type": "singleInstance", "subject": name, "showAs": "busy", "iCalUId": name, **times, **fields}


def test_microsoft_is_read_by_delta_links(in_alpha, microsoft: Microsoft):
    """Occurrences say no more than their times: the rest is their series'. A lost link is a reading of everything."""
    found = finding.calendars_of("microsoft", TOKENS.sealed())
    made = connecting.connect(found, OUTLOOK, wish(resource=in_alpha.court_1, pulls=True), in_alpha.users["owner"])
    link = f"{microsoft.url}{VIEW}?$deltatoken="
    bare = {name: graph_event("o1", at(12))[name] for name in ("id", "start", "end")}
    rows = [
        graph_event("m1", at(12), type="seriesMaster"),
        {**bare, "type": "occurrence", "seriesMasterId": "m1"},
        graph_event("m2", at(14), type="seriesMaster", showAs="free"),
        {**bare, "id": "o2", "type": "occurrence", "seriesMasterId": "m2"},
    ]
    microsoft.says("GET", VIEW, 200, {"value": [graph_event("a", at(10))], "@odata.nextLink": f"{link}page"})
    microsoft.says("GET", VIEW, 200, {"value": rows, "@odata.deltaLink": f"{link}d1"})
    microsoft.says("POST", "/subscriptions", 201, {"id": "sub-1"})
    read(made)
    assert taken(in_alpha.court_1) == [(at(10), at(11)), (at(12), at(13))]
    assert made.channel_id == "sub-1"
    removed = {"id": "a", "@removed": {"reason": "deleted"}}
    microsoft.says("GET", VIEW, 200, {"value": [removed], "@odata.deltaLink": f"{link}d2"})
    read(made)
    assert microsoft.calls("GET", VIEW)[-1].query["$deltatoken"] == "d1"
    assert taken(in_alpha.court_1) == [(at(12), at(13))]
    microsoft.says("GET", VIEW, 410, {"error": {"code": "SyncStateNotFound"}})
    microsoft.says("GET", VIEW, 200, {"value": [], "@odata.deltaLink": f"{link}d3"})
    read(made)
    assert taken(in_alpha.court_1) == []


def caldav_text(uid: str, start: datetime) -> bytes:
    """An event of an hour."""
    stamp, ends = "%Y%m%dT%H%M%SZ", start + timedelta(hours=1)
    lines = [f"DTSTART:{start.astimezone(UTC):{stamp}}", f"DTEND:{ends.astimezone(UTC):{stamp}}", "SUMMARY:Busy"]
    return calendar(event(uid, *lines)).encode()


@pytest.mark.parametrize("knows", ["sync-collection", "ctag and ETags"])
def test_radicale_is_read_as_its_events_come_move_and_go(in_alpha, caldav: Radicale, knows, monkeypatch):
    """Both ways: what we wrote there ourselves takes no time."""
    if knows != "sync-collection":
        about = "bookings.calendars.providers.caldav_changes.ABOUT"
        monkeypatch.setattr(about, '<d:propfind xmlns:d="DAV:"><d:prop><d:resourcetype/></d:prop></d:propfind>')
    court, url = in_alpha.court_1, caldav.calendar()
    found = finding.discover(caldav.url, "olga", PEOPLE["olga"])
    made = connecting.connect(found, url, wish(resource=court, pulls=True), in_alpha.users["owner"])
    caldav.ask("PUT", f"{url}a.ics", caldav_text("a", at(10)), {"Content-Type": "text/calendar"})
    caldav.ask("PUT", f"{url}b.ics", caldav_text("b", at(12)), {"Content-Type": "text/calendar"})
    read(made)
    assert taken(court) == [(at(10), at(11)), (at(12), at(13))]
    caldav.ask("PUT", f"{url}a.ics", caldav_text("a", at(15)), {"Content-Type": "text/calendar"})
    caldav.ask("DELETE", f"{url}b.ics")
    read(made)
    assert taken(court) == [(at(15), at(16))]
    uid = ics.uid_of(Booking(pk="0e6b0f5e-0000-4000-8000-000000000001"))
    caldav.ask("PUT", f"{url}own.ics", caldav_text(uid, at(18)), {"Content-Type": "text/calendar"})
    read(made)
    assert taken(court) == [(at(15), at(16))]
    if knows == "sync-collection":
        Connection.objects.filter(pk=made.pk).update(cursor=made.cursor.replace("sync/", "sync/lost"))
        caldav.ask("DELETE", f"{url}a.ics")
        read(made)
        assert (taken(court), made.state) == ([], "ok")
