"""What calendars elsewhere answer when they do not do as they are asked, as documented, and what comes of each."""

from datetime import timedelta
from typing import Any

import pytest

from bookings.calendars import PUSH, connecting, finding, pushing
from bookings.calendars.providers import Rejected
from bookings.calendars.providers.oauth import Tokens
from bookings.models.calendars import CalendarCopy, Connection
from bookings.records import Actor
from kernel.errors import Invalid
from schemas.clock import database_now
from tenants.models import DueWork
from tests.bookings.calendars.elsewhere import TOKENS, at_google, at_microsoft, happened, letters, waits, work
from tests.bookings.scenes import confirmed, slot
from tests.doubles.google import Google
from tests.doubles.google import error as google_error
from tests.doubles.microsoft import Microsoft
from tests.doubles.microsoft import error as graph_error
from tests.outside.raw import plain, raw
from tests.radicale import PEOPLE, Radicale
from tests.worlds import World

OLD = Tokens("access-0", "refresh-1", "2020-01-01T00:00:00+00:00")


@pytest.fixture
def courts(google: Google, in_alpha: World) -> Connection:
    """Court 1's calendar at Google."""
    return at_google(google).connect(in_alpha.users["owner"], resource=in_alpha.court_1)


@pytest.mark.parametrize(
    ("status", "reason", "headers", "code", "wait"),
    [
        (403, "rateLimitExceeded", {}, "rate_limit", 15),
        (403, "userRateLimitExceeded", {"Retry_After": "120"}, "rate_limit", 120),
        (429, "rateLimitExceeded", {"Retry_After": "90"}, "status_429", 90),
        (429, "rateLimitExceeded", {"Retry_After": "Sat, 21 Nov 2026 10:01:00 GMT", "Date": ""}, "status_429", 15),
        (500, "backendError", {}, "status_500", 15),
        (503, "backendError", {"Retry_After": "30"}, "status_503", 30),
    ],
)
def test_not_now_is_tried_again_when_the_server_likes(
    google: Google, courts: Connection, in_alpha: World, staff: Actor, status: int, reason: str,
    headers: dict[str, str], code: str, wait: int,
) -> None:  # fmt: skip
    said = google_error(status, reason)
    google.says("POST", "/events", said.status, said.body, **headers)
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    began = database_now()
    happened(booking)
    courts.refresh_from_db()
    assert (courts.state, courts.last_error, courts.failures) == ("failing", code, 1)
    assert courts.resting_until is not None
    assert timedelta(seconds=wait) <= courts.resting_until - began < timedelta(seconds=wait + 60)
    assert DueWork.objects.get(kind=PUSH, object_id=booking.pk).due_at == courts.resting_until
    asked = len(google.asked)
    work()
    assert (len(google.asked), waits()) == (asked, 1)
    Connection.objects.update(resting_until=None)
    work()
    courts.refresh_from_db()
    assert (courts.state, courts.failures, len(google.live()), waits()) == ("ok", 0, 1, 0)


def test_pauses_grow_and_end_at_an_hour(google: Google, courts: Connection, in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    waited = []
    for _ in range(12):
        google.says("GET", "/events", 503)
        google.says("POST", "/events", 503)
        Connection.objects.update(resting_until=None)
        now = database_now()
        pushing.push(str(booking.pk))
        courts.refresh_from_db()
        assert courts.resting_until is not None
        waited.append(round((courts.resting_until - now).total_seconds() / 15))
    assert waited[:4] == [1, 2, 4, 8]
    assert waited[-1] == 240


def test_a_token_that_ended_is_renewed_before_it_is_used(google: Google, courts: Connection) -> None:
    Connection.objects.update(sealed=OLD.sealed())
    courts.refresh_from_db()
    assert pushing.look(courts) is None
    assert [each.form["grant_type"] for each in google.calls("POST", "/token")] == ["refresh_token"]
    courts.refresh_from_db()
    kept = Tokens.of(courts.sealed)
    assert (kept.access, kept.refresh) == ("access-2", "refresh-1")


def test_a_token_that_is_refused_is_renewed_once(google: Google, courts: Connection) -> None:
    google.good_tokens.clear()
    assert pushing.look(courts) is None
    assert len(google.calls("POST", "/token")) == 1


def test_microsofts_new_refresh_token_is_kept(microsoft: Microsoft, in_alpha: World) -> None:
    made = at_microsoft(microsoft).connect(in_alpha.users["owner"], resource=in_alpha.court_1)
    microsoft.good_tokens.clear()
    assert pushing.look(made) is None
    made.refresh_from_db()
    assert Tokens.of(made.sealed).refresh == "refresh-2"


def test_an_unknown_client_is_our_own_fault_and_no_owners(google: Google, courts: Connection) -> None:
    google.good_tokens.clear()
    google.says("POST", "/token", 401, {"error": "invalid_client", "error_description": "Unauthorized"})
    pushing.look(courts)
    courts.refresh_from_db()
    assert (courts.state, courts.last_error, letters()) == ("failing", "client_refused", [])


@pytest.mark.parametrize(
    ("status", "reason", "code"), [(403, "forbidden", "forbidden"), (404, "notFound", "calendar_gone")]
)
def test_a_calendar_that_is_not_ours_any_more_is_dead(
    google: Google, courts: Connection, in_alpha: World, staff: Actor, status: int, reason: str, code: str
) -> None:
    said = google_error(status, reason)
    google.says("POST", "/events", said.status, said.body)
    happened(confirmed(in_alpha.court_1, slot(18), staff))
    courts.refresh_from_db()
    assert (courts.state, courts.last_error, len(letters()), waits()) == ("dead", code, 1, 0)


def test_what_a_calendar_will_never_have_is_left_to_the_dead_letters(
    google: Google, courts: Connection, in_alpha: World, staff: Actor
) -> None:
    said = google_error(400, "badRequest")
    google.says("POST", "/events", said.status, said.body)
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    with pytest.raises(Rejected):
        pushing.push(str(booking.pk))
    courts.refresh_from_db()
    assert (courts.state, courts.last_error) == ("failing", "status_400")


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_already_is_no_trouble(
    google: Google, courts: Connection, in_alpha: World, staff: Actor, status: int
) -> None:
    happened(confirmed(in_alpha.court_1, slot(18), staff))
    said = google_error(status, "deleted")
    google.says("DELETE", "/events", said.status, said.body)
    connecting.disconnect(courts.pk, connecting.Copies.DELETE)
    pushing.leave(str(courts.pk))
    assert not Connection.objects.exists()


def test_a_booking_that_comes_back_to_google_gets_its_old_event_back(
    google: Google, courts: Connection, in_alpha: World, staff: Actor
) -> None:
    """409: an id is taken for ever, also by what was deleted."""
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    event_id = CalendarCopy.objects.get().remote_id
    google.events[event_id].update(status="cancelled", etag='"later"')
    CalendarCopy.objects.update(is_gone=True, remote_id="", etag="", digest="")
    happened(booking)
    assert [event["id"] for event in google.live()] == [event_id]


def test_graph_is_asked_by_uid_before_an_event_is_made_again(
    microsoft: Microsoft, in_alpha: World, staff: Actor
) -> None:
    """409 ErrorDuplicateTransactionId: an earlier try was heard, though its answer was not."""
    made = at_microsoft(microsoft).connect(in_alpha.users["owner"], resource=in_alpha.court_1)
    said = graph_error(409, "ErrorDuplicateTransactionId")
    microsoft.says("POST", "/events", said.status, said.body)
    happened(confirmed(in_alpha.court_1, slot(18), staff))
    made.refresh_from_db()
    assert (made.state, len(microsoft.live()), len(microsoft.calls("POST", "/events"))) == ("ok", 1, 2)


def test_an_event_says_whose_it_is(google: Google, courts: Connection, in_alpha: World, staff: Actor) -> None:
    """R48: what comes back is known by its uid."""
    booking = confirmed(in_alpha.court_1, slot(18), staff)
    happened(booking)
    event = google.live()[0]
    assert event["id"] == f"fc{booking.pk.hex}"
    assert event["extendedProperties"]["private"]["forecourt"].startswith(f"{booking.pk}@")
    assert event["start"]["dateTime"] == booking.start.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def test_calendars_are_found_at_a_servers_address(caldav: Radicale, in_alpha: World) -> None:
    url = caldav.calendar("Bookings")
    found = finding.discover(caldav.url, "olga", PEOPLE["olga"])
    assert [choice.name for choice in found.choices if choice.remote_id == url] == ["Bookings"]
    assert [choice.remote_id for choice in finding.discover(url, "olga", PEOPLE["olga"]).choices] == [url]


def test_a_wrong_password_is_told_as_such(caldav: Radicale, in_alpha: World) -> None:
    with pytest.raises(Invalid) as refused:
        finding.discover(caldav.url, "olga", "wrong")
    assert refused.value.code == "calendar_unauthorized"


@pytest.mark.parametrize(
    ("url", "code"),
    [("ftp://calendars.example/", "calendar_bad_url"), ("https://10.0.0.1/", "calendar_address_refused")],
)
def test_an_address_that_leads_inside_is_not_asked(in_alpha: World, url: str, code: str) -> None:
    """T22."""
    with pytest.raises(Invalid) as refused:
        finding.discover(url, "olga", "secret")
    assert refused.value.code == code


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize("body", [BOMB, OUTSIDE, b"<not xml", b"\xff\xfe\x00"])
def test_hostile_xml_is_no_answer(in_alpha: World, body: bytes) -> None:
    """T23."""
    with raw(plain(207, body)) as server, pytest.raises(Invalid) as refused:
        finding.discover(server.url(), "olga", "secret")
    assert refused.value.code == "calendar_bad_answer"


def test_a_password_is_not_sent_to_strangers(in_alpha: World) -> None:
    moved = plain(301, b"", "Location: http://localhost:9/")
    with raw(moved) as server, pytest.raises(Invalid) as refused:
        finding.discover(server.url(), "olga", "secret")
    assert refused.value.code == "calendar_elsewhere"


def test_a_calendar_that_can_only_be_read_is_not_written_to(google: Google, in_alpha: World) -> None:
    found = finding.calendars_of("google", TOKENS.sealed())
    only: Any = next(choice for choice in found.choices if not choice.is_writable)
    wish = connecting.Wish(None, None, pushes=True, pulls=False)
    with pytest.raises(Invalid) as refused:
        connecting.connect(found, only.remote_id, wish, 1)
    assert refused.value.code == "calendar_read_only"
    assert not Connection.objects.exists()


def test_another_tenants_seal_does_not_open(google: Google, courts: Connection) -> None:
    Connection.objects.update(sealed="gAAAA-from-elsewhere")
    courts.refresh_from_db()
    pushing.look(courts)
    courts.refresh_from_db()
    assert (courts.state, courts.last_error) == ("dead", "sealed")
