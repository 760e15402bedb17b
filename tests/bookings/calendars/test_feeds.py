"""Calendars to subscribe to, as a program asks for them: what is in them, for whom, 304, pages and limits."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from bookings import cancelling, ics
from bookings.access import link_token
from bookings.calendars import feeds, published
from bookings.calendars.feeds import Wish
from bookings.cancelling import Cancellation
from bookings.models import Booking, Feed
from bookings.records import Actor
from bookings.states import PaymentState, State
from kernel.errors import Invalid
from schemas.clock import database_now
from tests.bookings.api.desk import AtHome
from tests.bookings.calendars.reading import events_of, head_of
from tests.bookings.scenes import GUEST, at, confirmed, held, let_lapse, slot
from tests.radicale import Radicale
from tests.worlds import World
from venues.models import Resource, VenueAssignment

PERSONAL = (GUEST.name, GUEST.email, GUEST.phone, "Gina")


def person(world: World, name: str) -> User:
    return User.objects.get(pk=world.users[name])


def path_of(feed: Feed) -> str:
    return feeds.address_of(feed, "").url


def subscribed(world: World, who: str, scope: str, place: int | None = None, **wish: Any) -> str:
    """The path of a new feed."""
    return path_of(feeds.make(person(world, who), Wish(scope, place, **wish)))


def codes(body: bytes) -> list[str]:
    """Reference codes, or without them the states."""
    return [event["uid"].partition("@")[0] for event in events_of(body)]


def row(world: World, start: datetime, **fields: Any) -> Booking:
    """A booking as a row alone."""
    now = database_now()
    return Booking(
        **{
            "reference_code": f"BK-{uuid4().hex[:12]}",
            "resource_id": world.court_1,
            "start": start,
            "end": start + timedelta(hours=1),
            "state": State.CONFIRMED,
            "payment_state": PaymentState.UNPAID,
            "price_per_unit_minor": 0,
            "pricing_unit": "hour",
            "total_minor": 0,
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "name": GUEST.name,
            "created_at": now,
            "updated_at": now,
            **fields,
        },
    )


def test_a_resource_is_shared_without_names_or_with_them(in_alpha: World, home: AtHome, staff: Actor) -> None:
    """T24."""
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    confirmed(in_alpha.court_2, slot(10), staff)
    booked = home(None).get(subscribed(in_alpha, "owner", "resource", in_alpha.court_1))
    assert booked.headers["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = events_of(booked.content)
    assert (event["summary"], event["uid"]) == (f"Booked: Court 1 {in_alpha.canary}", ics.uid_of(booking))
    text = booked.content.decode().replace("\r\n ", "")
    assert not [word for word in (*PERSONAL, booking.reference_code, "/bookings/") if word in text]
    named = home(None).get(subscribed(in_alpha, "owner", "resource", in_alpha.court_1, shows_names=True))
    assert events_of(named.content)[0]["summary"].startswith("Gina Guest · ")


def test_a_calendar_says_what_it_is_and_when_to_come_again(in_alpha: World, home: AtHome) -> None:
    path = subscribed(in_alpha, "owner", "venue", in_alpha.venue, name="Kurse; Süd\r\nX-EVIL:1")
    answer = home(None).get(path)
    assert events_of(answer.content) == []
    about = head_of(answer.content)
    assert about == {
        "prodid": "-//Forecourt//Bookings//EN",
        "version": "2.0",
        "calscale": "GREGORIAN",
        "name": "Kurse; Süd\nX-EVIL:1",
        "x-wr-calname": "Kurse; Süd\nX-EVIL:1",
        "refresh-interval": "PT1H",
        "x-published-ttl": "PT1H",
        "color": "teal",
        "x-apple-calendar-color": "#0f766e",
    }
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in answer.content
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("private, no-cache", "noindex")
    assert not answer.cookies


def test_each_scope_has_its_bookings(in_alpha: World, home: AtHome, staff: Actor) -> None:
    mine = confirmed(in_alpha.court_1, slot(10), staff)
    Booking.objects.filter(pk=mine.pk).update(customer=person(in_alpha, "guest"))
    court_2 = confirmed(in_alpha.court_2, slot(12), staff)
    annex = confirmed(in_alpha.annex_room, slot(14), staff)
    whole = confirmed(in_alpha.hall, slot(16), staff)
    found = {
        "tenant": subscribed(in_alpha, "owner", "tenant"),
        "venue": subscribed(in_alpha, "manager", "venue", in_alpha.venue),
        "court 1": subscribed(in_alpha, "manager", "resource", in_alpha.court_1),
        "half a": subscribed(in_alpha, "manager", "resource", in_alpha.half_a),
        "guest": subscribed(in_alpha, "guest", "customer"),
        "stranger": subscribed(in_alpha, "stranger", "customer"),
    }
    assert {name: codes(home(None).get(path).content) for name, path in found.items()} == {
        "tenant": [str(booking.pk) for booking in (mine, court_2, annex, whole)],
        "venue": [str(booking.pk) for booking in (mine, court_2, whole)],
        "court 1": [str(mine.pk)],
        "half a": [str(whole.pk)],
        "guest": [str(mine.pk)],
        "stranger": [],
    }
    own = events_of(home(None).get(found["guest"]).content)[0]
    assert own["url"].startswith(f"http://{in_alpha.host}/bookings/{mine.pk}/")


def test_what_was_given_up_says_so_for_a_month_and_holds_never_show(
    in_alpha: World, home: AtHome, staff: Actor
) -> None:
    path = subscribed(in_alpha, "owner", "resource", in_alpha.court_1)
    let_lapse(held(in_alpha.court_1, slot(8)))
    held(in_alpha.court_1, slot(9))
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    cancelling.cancel(booking, staff, Cancellation())
    dropped = held(in_alpha.court_1, slot(12))
    cancelling.cancel(dropped, Actor.of(None), Cancellation())
    [event] = events_of(home(None).get(path).content)
    assert (event["uid"], event["status"], event["transp"]) == (ics.uid_of(booking), "CANCELLED", "TRANSPARENT")
    feed = Feed.objects.get()
    later = database_now() + timedelta(days=31)
    window = published.window_of({"from": slot(0).start.date().isoformat()}, in_alpha.tenant, later)
    assert published.read(feed, in_alpha.tenant, window, later).count == 0


def test_nothing_new_is_told_in_few_questions(in_alpha: World, home: AtHome, staff: Actor) -> None:
    path = subscribed(in_alpha, "owner", "resource", in_alpha.court_1)
    confirmed(in_alpha.court_1, slot(10), staff)
    whole = home(None).get(path)
    tag = whole.headers["ETag"]
    assert Feed.objects.get().read_at is not None
    with CaptureQueriesContext(connection) as asked:
        same = home(None).get(path, HTTP_IF_NONE_MATCH=tag)
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", whole.headers["ETag"])
    words = [query["sql"] for query in asked if query["sql"].startswith(("SELECT", "UPDATE", "INSERT"))]
    assert len(words) == 5, words  # the feed, the clock, the tenant's host, its language, and its bookings in one line
    assert home(None).get(path, HTTP_IF_NONE_MATCH=f'W/{whole.headers["ETag"]}, "x"').status_code == 304
    assert home(None).get(path, HTTP_IF_NONE_MATCH='"x"').status_code == 200


def test_time_of_change_will_do_instead_of_the_tag(in_alpha: World, home: AtHome, staff: Actor) -> None:
    path = subscribed(in_alpha, "owner", "resource", in_alpha.court_1)
    confirmed(in_alpha.court_1, slot(10), staff)
    since = home(None).get(path).headers["Last-Modified"]
    assert home(None).get(path, HTTP_IF_MODIFIED_SINCE=since).status_code == 304
    assert home(None).get(path, HTTP_IF_MODIFIED_SINCE="Thu, 01 Jan 2015 00:00:00 GMT").status_code == 200
    Feed.objects.update(shown_at=database_now() - timedelta(hours=1))
    since = home(None).get(path).headers["Last-Modified"]
    Resource.objects.filter(pk=in_alpha.court_1).update(name="Renamed")
    changed = home(None).get(path, HTTP_IF_MODIFIED_SINCE=since)
    assert (changed.status_code, events_of(changed.content)[0]["summary"]) == (200, "Booked: Renamed")


def test_head_says_the_same_without_the_whole(in_alpha: World, home: AtHome) -> None:
    path = subscribed(in_alpha, "owner", "tenant")
    whole, headers = home(None).get(path), home(None).head(path)
    assert (headers.status_code, headers.getvalue(), headers.headers["ETag"]) == (200, b"", whole.headers["ETag"])
    assert headers.headers.get("Content-Length") in {None, whole.headers["Content-Length"]}
    assert Feed.objects.get().reads == 1
    assert home(None).post(path).status_code == 405


def test_pages_lead_through_history_and_days_to_come(in_alpha: World, home: AtHome, monkeypatch: Any) -> None:
    monkeypatch.setattr(published, "PAGE", 2)
    days = [at(10, ahead=ahead) for ahead in (-90, 1, 2, 3, 500)]
    rows = Booking.objects.bulk_create([row(in_alpha, day) for day in days])
    path = subscribed(in_alpha, "owner", "tenant")
    seen, query = [], ""
    for _page in range(4):
        answer = home(None).get(path + query)
        seen.append(codes(answer.content))
        query = linked(answer, "next")
        if not query:
            break
    ids = [str(booking.pk) for booking in rows]
    assert seen == [ids[1:3], ids[3:4], ids[4:]]
    first = home(None).get(path)
    assert codes(home(None).get(path + linked(first, "prev")).content) == ids[:1]
    assert linked(home(None).get(path + linked(first, "prev")), "prev") == ""


def linked(answer: Any, relation: str) -> str:
    """The query that a `Link` leads to."""
    for link in answer.headers.get("Link", "").split(", "):
        if link.endswith(f'rel="{relation}"'):
            return "?" + link.partition("?")[2].partition(">")[0]
    return ""


def test_days_may_be_asked_for(in_alpha: World, home: AtHome) -> None:
    Booking.objects.bulk_create([row(in_alpha, datetime(2027, 5, day, 22, tzinfo=UTC)) for day in (1, 2, 3)])
    path = subscribed(in_alpha, "owner", "tenant")
    asked = home(None).get(f"{path}?from=2027-05-03&to=2027-05-04")  # the 2nd, 22:00 by UTC, is the 3rd in Berlin
    assert [event["dtstart"].day for event in events_of(asked.content)] == [3]
    assert "Last-Modified" not in asked.headers


@pytest.mark.parametrize(
    "query",
    [
        *("?from=x", "?from=2027-02-30", "?from=2027-05-02&to=2027-05-01", "?from=2027-01-01&to=2028-06-01"),
        *("?page=0", "?page=x", "?page=1001", "?from=0001-01-01", "?to=9999-12-31", "?from=9999-12-31"),
    ],
)
def test_senseless_days_are_refused(in_alpha: World, home: AtHome, query: str) -> None:
    answer = home(None).get(subscribed(in_alpha, "owner", "tenant") + query)
    assert answer.status_code == 400
    assert Feed.objects.get().reads == 0


def test_thousands_of_bookings_are_read_a_few_at_a_time(in_alpha: World, home: AtHome) -> None:
    start = at(0, ahead=1)
    rows = [row(in_alpha, start + n * timedelta(minutes=45)) for n in range(2_000)]
    Booking.objects.bulk_create(rows, batch_size=1000)
    path = subscribed(in_alpha, "owner", "tenant", shows_names=True)
    with CaptureQueriesContext(connection) as asked:
        answer = home(None).get(path)
    assert answer.content.count(b"BEGIN:VEVENT") == 2_000
    assert len(answer.content) < 1_600_000
    assert len([query for query in asked if "bookings_booking" in query["sql"]]) <= 8  # fetched by 500


def test_who_reads_too_often_is_told_to_wait(in_alpha: World, home: AtHome, monkeypatch: Any) -> None:
    monkeypatch.setattr(published, "OFTEN", 2)
    path = subscribed(in_alpha, "owner", "tenant")
    answers = [home(None).get(path) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 601
    assert Feed.objects.get().reads == 2
    assert home(None).get(path, HTTP_IF_NONE_MATCH=answers[0].headers["ETag"]).status_code == 304
    Feed.objects.update(counted_from=database_now() - published.SPELL)
    assert home(None).get(path).status_code == 200


def test_an_address_is_160_random_bits_and_lies_sealed(in_alpha: World) -> None:
    """T24, T09."""
    owner = person(in_alpha, "owner")
    made = [feeds.make(owner, Wish("tenant")) for _time in range(2)]
    secrets = [path_of(feed).removeprefix("/calendars/").removesuffix(".ics") for feed in made]
    assert [len(bytes.fromhex(secret)) for secret in secrets] == [20, 20]
    assert len(set(secrets)) == 2
    for feed, secret in zip(made, secrets, strict=True):
        assert secret not in (feed.sealed, feed.digest)
        assert feeds.opened_by(secret) == feed


def test_revoked_and_unknown_addresses_are_the_same_404(in_alpha: World, home: AtHome) -> None:
    owner = person(in_alpha, "owner")
    feed = feeds.make(owner, Wish("tenant"))
    path = path_of(feed)
    feeds.revoke(owner, feed.pk)
    answers = [home(None).get(one) for one in (path, f"/calendars/{'0' * 40}.ics", "/calendars/x.ics")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert Feed.objects.get().read_at is None


def test_another_tenant_knows_no_address_of_this_one(alpha: World, beta: World, in_alpha: World, home: AtHome) -> None:
    """T09: equal ids and all; sealed for one schema alone."""
    path = subscribed(in_alpha, "owner", "tenant")
    assert home(None).get(path).status_code == 200
    assert home(None).get(path, HTTP_HOST=beta.host).status_code == 404


def test_names_are_read_as_long_as_who_shared_them_may_see_them(in_alpha: World, home: AtHome) -> None:
    named = subscribed(in_alpha, "manager", "venue", in_alpha.venue, shows_names=True)
    booked = subscribed(in_alpha, "manager", "venue", in_alpha.venue)
    assert home(None).get(named).status_code == 200
    manager = person(in_alpha, "manager")
    VenueAssignment.objects.filter(user=manager).delete()
    assert [home(None).get(path).status_code for path in (named, booked)] == [404, 200]
    User.objects.filter(pk=manager.pk).update(role=Role.OWNER)
    assert home(None).get(named).status_code == 200
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert [home(None).get(path).status_code for path in (named, booked)] == [404, 200]


def test_a_customer_who_may_not_sign_in_has_no_calendar(in_alpha: World, home: AtHome) -> None:
    path = subscribed(in_alpha, "guest", "customer")
    User.objects.filter(pk=in_alpha.users["guest"]).update(is_active=False)
    assert home(None).get(path).status_code == 404


def test_customers_have_five_addresses_at_most(in_alpha: World) -> None:
    guest = person(in_alpha, "guest")
    for _time in range(feeds.MOST_OF_A_CUSTOMER):
        feeds.make(guest, Wish("customer"))
    with pytest.raises(Invalid) as refused:
        feeds.make(guest, Wish("customer"))
    assert (refused.value.code, Feed.objects.count()) == ("too_many_feeds", 5)
    feeds.make(person(in_alpha, "stranger"), Wish("customer"))


def test_a_feed_is_taken_by_a_real_server_for_calendars(
    in_alpha: World, home: AtHome, staff: Actor, caldav: Radicale
) -> None:
    """Radicale reads, checks and stores every event of a feed whose names are hostile, under its own UID."""
    Resource.objects.filter(pk=in_alpha.court_1).update(name="Court; \r\nEND:VEVENT, “é😀”" + "ü" * 60)
    bookings = [confirmed(in_alpha.court_1, slot(hour), staff) for hour in (8, 10, 12)]
    cancelling.cancel(bookings[0], staff, Cancellation())
    body = home(None).get(subscribed(in_alpha, "owner", "tenant", shows_names=True)).content
    url = f"{caldav.url}olga/feed-{in_alpha.court_1}/"
    status, _headers, said = caldav.ask("PUT", url, body, {"Content-Type": "text/calendar"})
    assert status == 201, said
    stored = [events_of(file)[0] for file in caldav.files(url).values()]
    assert {event["uid"] for event in stored} == {ics.uid_of(booking) for booking in bookings}
    assert sorted(event["status"] for event in stored) == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


def test_a_booking_is_added_to_a_calendar_from_its_page(in_alpha: World, home: AtHome, staff: Actor) -> None:
    booking = confirmed(in_alpha.court_1, slot(10), staff)
    answer = home(None).get(f"{ics.House.here().link('booking', booking.pk, link_token(booking))}booking.ics")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{booking.reference_code}.ics"'
    [event] = events_of(answer.content)
    assert (event["uid"], event["status"]) == (ics.uid_of(booking), "CONFIRMED")
    hold = held(in_alpha.court_1, slot(12))
    assert home(None).get(f"/bookings/{hold.pk}/{link_token(hold)}/booking.ics").status_code == 404
    assert home(None).get(f"/bookings/{booking.pk}/x/booking.ics").status_code == 404
