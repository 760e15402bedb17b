"""A booking as an event (RFC 5545), read back by vobject: what it says, that it is one for ever, and hostile texts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Event

from bookings import cancelling, changes, ics, visits
from bookings.agreed import Change
from bookings.cancelling import Cancellation
from bookings.ics import House, Method, Shows
from bookings.models import Booking
from bookings.records import Actor
from tests.bookings.calendars.reading import events_of, head_of, instant
from tests.bookings.scenes import GUEST, began, confirmed, held, slot
from tests.worlds import World
from venues.models import Resource, Venue

HOUSE = House("Alpha", "https://alpha.example")


def written(booking: Booking, shows: Shows = Shows.OWN, method: Method = Method.PUBLISH) -> Event:
    booking = Booking.objects.select_related("resource__venue", "product", "customer").get(pk=booking.pk)
    return ics.event(booking, zone=booking.time_zone, method=method, shows=shows, house=HOUSE)


def read(booking: Booking, shows: Shows = Shows.OWN, method: Method = Method.PUBLISH) -> dict[str, Any]:
    return dict(events_of(ics.calendar([written(booking, shows, method)], name="", method=method))[0])


def test_the_customer_reads_what_where_when_and_the_way_to_the_booking(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    event = read(booking)
    canary = in_alpha.canary
    assert event["summary"] == f"Court 1 {canary}, Main {canary}"
    assert event["location"] == f"Court 1 {canary}, Main {canary}, Street {canary} 1, 80000 Town"
    assert instant(event["dtstart"]) == instant(booking.start.astimezone(event["dtstart"].tzinfo))
    assert event["dtend"] - event["dtstart"] == timedelta(hours=1)
    assert event["params"]["dtstart"]["X-VOBJ-ORIGINAL-TZID"] == ["Europe/Berlin"]
    assert (event["status"], event["transp"]) == ("CONFIRMED", "OPAQUE")
    assert event["description"].splitlines()[:2] == [f"Reference code: {booking.reference_code}", "1 person"]
    assert event["url"] == event["description"].splitlines()[2]
    assert event["url"].startswith(f"https://alpha.example/bookings/{booking.pk}/")
    stamps = (event["dtstamp"], event["last-modified"], event["created"])
    updated = Booking.objects.get(pk=booking.pk).updated_at.replace(microsecond=0)
    assert stamps == (updated, updated, booking.created_at.replace(microsecond=0))
    assert {"organizer", "attendee", "class"}.isdisjoint(event)


def test_staff_read_who_comes_and_others_read_booked_alone(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    event = read(booking, Shows.NAMES)
    assert event["summary"] == f"Gina Guest · Court 1 {in_alpha.canary}"
    assert event["description"].splitlines()[:3] == [GUEST.name, GUEST.phone, GUEST.email]
    assert event["class"] == "PRIVATE"
    assert event["url"].startswith("https://alpha.example/desk/?venue=main&day=")
    public = read(booking, Shows.BUSY)
    assert public["summary"] == f"Booked: Court 1 {in_alpha.canary}"
    assert {"description", "url", "attendee"}.isdisjoint(public)
    body = ics.calendar([written(booking, Shows.BUSY)], name="").decode()
    assert not [
        word for word in (GUEST.name, GUEST.email, "Gina", booking.reference_code, "/bookings/") if word in body
    ]


def test_an_invitation_is_from_the_platform_and_to_who_booked(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    body = ics.calendar([written(booking, method=Method.REQUEST)], name="", method=Method.REQUEST)
    event = events_of(body)[0]
    assert head_of(body)["method"] == "REQUEST"
    assert event["organizer"] == "mailto:bookings@localhost"
    assert event["params"]["organizer"] == {"CN": ["Alpha"]}
    assert event["attendee"] == f"mailto:{GUEST.email}"
    assert event["params"]["attendee"] == {
        "CN": [GUEST.name],
        "CUTYPE": ["INDIVIDUAL"],
        "PARTSTAT": ["ACCEPTED"],
        "ROLE": ["REQ-PARTICIPANT"],
        "RSVP": ["FALSE"],
    }
    withdrawn = read(booking, method=Method.CANCEL)
    assert (withdrawn["status"], withdrawn["uid"]) == ("CANCELLED", event["uid"])


def test_the_uid_stays_and_the_sequence_rises_with_what_a_calendar_shows(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_2, slot(10), staff)
    told = [read(booking)]
    later = booking.start + timedelta(hours=2)
    changes.change(booking, Change(start=later, end=later + timedelta(hours=1)), staff)
    told.append(read(booking))
    changes.change(booking, Change(participants=2), staff)
    told.append(read(booking))
    cancelling.cancel(Booking.objects.get(pk=booking.pk), staff, Cancellation())
    told.append(read(booking))
    assert [event["sequence"] for event in told] == ["2", "3", "4", "5"]  # asked for, then confirmed
    assert [event["status"] for event in told] == ["CONFIRMED", "CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert {event["uid"] for event in told} == {ics.uid_of(booking)}
    counted = ics.with_sequence(Booking.objects.filter(pk=booking.pk)).get()
    assert ics.sequence_of(counted) == 5


def test_how_a_visit_ended_is_nothing_that_a_calendar_shows(in_alpha: World, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    began(booking, timedelta(hours=3))
    before = ics.sequence_of(booking)
    visits.mark_no_show(Booking.objects.get(pk=booking.pk), staff)
    assert ics.sequence_of(booking) == before
    assert read(booking)["status"] == "CONFIRMED"


def test_own_events_are_known_again_and_other_tenants_are_not(in_alpha: World, staff: Actor) -> None:
    booking = held(in_alpha.court_1, slot(10))
    uid = ics.uid_of(booking)
    assert ics.is_ours(uid)
    realm = uid.partition("@")[2]
    others = [f"{booking.pk}@0123456789abcdef.forecourt", f"x@{realm}", str(booking.pk), f"{booking.pk}", "", "@"]
    assert [ics.is_ours(other) for other in others] == [False] * 6


def test_a_tenant_that_moves_house_keeps_the_names_of_its_events(in_alpha: World) -> None:
    booking = held(in_alpha.court_1, slot(10))
    uid = ics.uid_of(booking)
    in_alpha.tenant.domains.update(domain="elsewhere.example")
    in_alpha.tenant.slug = "elsewhere"
    in_alpha.tenant.save()
    assert ics.uid_of(booking) == uid


@pytest.mark.parametrize(
    ("zone", "start", "offsets"),
    [
        ("Europe/Berlin", datetime(2027, 3, 27, 23, tzinfo=UTC), ("+01:00", "+02:00")),  # over the gap
        ("Europe/Berlin", datetime(2027, 10, 30, 23, tzinfo=UTC), ("+02:00", "+01:00")),  # over the fold
        ("America/New_York", datetime(2027, 7, 1, 12, tzinfo=UTC), ("-04:00", "-04:00")),
        ("Asia/Kathmandu", datetime(2027, 7, 1, 12, tzinfo=UTC), ("+05:45", "+05:45")),
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 12, tzinfo=UTC), ("+11:00", "+10:30")),
        ("UTC", datetime(2027, 7, 1, 12, tzinfo=UTC), ("+00:00", "+00:00")),
    ],
)
def test_times_are_the_wall_of_the_zone_for_who_knows_only_the_calendar(
    in_alpha: World, zone: str, start: datetime, offsets: tuple[str, str]
) -> None:
    booking = replaced(held(in_alpha.court_1, slot(10)), zone=zone, start=start, end=start + timedelta(hours=6))
    event = read(booking)
    assert (event["dtstart"], event["dtend"]) == (booking.start, booking.end)
    assert tuple(instant(event[which])[-6:] for which in ("dtstart", "dtend")) == offsets


def test_a_calendar_has_the_zones_that_it_needs_and_no_more(in_alpha: World) -> None:
    bookings = [
        replaced(held(in_alpha.court_1, slot(hour)), zone=zone)
        for hour, zone in ((10, "Europe/Berlin"), (12, "Asia/Tokyo"), (14, "UTC"))
    ]
    body = ics.calendar([written(booking) for booking in bookings], name="All").decode()
    assert [line for line in body.splitlines() if line.startswith("TZID:")] == ["TZID:Asia/Tokyo", "TZID:Europe/Berlin"]
    assert "VTIMEZONE" not in ics.calendar([], name="None").decode()


def test_words_are_in_the_language_of_who_reads(in_alpha: World) -> None:
    with override("de"):
        assert "Court 1" in read(held(in_alpha.court_1, slot(10)))["summary"]


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=120)


@given(HOSTILE, HOSTILE, HOSTILE)
@example("x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:mine", "\\n;,:\"'^", "a\n\nb")
@example("x\rATTENDEE:mailto:evil@example.org", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00\x7f", "\u202etxt.exe")
@example("é" * 80, "😀" * 60, '";ROLE=CHAIR:mailto:evil@example.org')
def test_no_text_leaves_its_line(one: str, two: str, three: str) -> None:
    """T24: whatever anybody called themselves or the court, it is one event with the same properties."""
    made = event_of(one, two, three)
    body = ics.calendar([made], name=one, method=Method.REQUEST)
    [event] = events_of(body)
    assert set(event) - {"params"} <= {str(name).lower() for name in event_of("a", "b", "c")}
    assert event["attendee"] == "mailto:gina@example.org"
    assert set(event["params"]["attendee"]) == {"CN", "CUTYPE", "PARTSTAT", "ROLE", "RSVP"}
    assert [line for line in event["description"].split("\n") if line] == [
        line for line in str(made["description"]).split("\n") if line
    ]


def event_of(person: str, place: str, notes: str) -> Event:
    """An event with these texts, without a database."""
    venue = Venue(name=place, slug="main", street=notes, city=person)
    booking = Booking(
        resource=Resource(name=place, venue=venue),
        reference_code="BK-1",
        start=datetime(2027, 1, 1, 9, tzinfo=UTC),
        end=datetime(2027, 1, 1, 10, tzinfo=UTC),
        time_zone="Europe/Berlin",
        name=person,
        email="gina@example.org",
        notes=notes,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    booking.__dict__["calendar_sequence"] = 0
    house = replace(HOUSE, name=person)
    return ics.event(booking, zone="Europe/Berlin", method=Method.REQUEST, shows=Shows.NAMES, house=house)


def replaced(booking: Booking, zone: str, **fields: datetime) -> Booking:
    """The booking in another zone and time."""
    Booking.objects.filter(pk=booking.pk).update(time_zone=zone, **fields)
    return Booking.objects.get(pk=booking.pk)
