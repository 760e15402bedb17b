"""Who comes along, what the team notes, what has happened: and who gets to see which of it."""

from datetime import timedelta

import pytest

from bookings.access import link_token
from bookings.models import Booking, BookingChange, Participant, StaffNote
from tests.bookings.api.desk import ADMIN, OWN, at_once, booked, paid, starts_in, under, wish
from tests.bookings.scenes import HOUR, digest
from tests.bookings.test_query_counts import counting
from tests.routes import tenant_routes
from venues.models import CustomerGroup

PEOPLE = [{"name": "Ann", "email": "ann@example.org"}, {"name": "Ben", "email": ""}]
SECRET = "secretnote5561"


@pytest.fixture
def booking_id(home, in_alpha):
    """A guest's confirmed booking for two."""
    return booked(home, in_alpha, participant_count=2)


def put(home, booking_id, people, who="guest"):
    """Replace the list."""
    return home(who).put(f"{OWN}{booking_id}/participants/", {"participants": people})


def test_the_list_is_kept_in_its_order_and_replaced_as_a_whole(home, booking_id):
    assert home("guest").get(f"{OWN}{booking_id}/participants/").json() == []
    assert put(home, booking_id, PEOPLE).json() == PEOPLE
    assert put(home, booking_id, [{"name": "Cy"}]).json() == [{"name": "Cy", "email": ""}]
    after = digest()
    assert put(home, booking_id, [{"name": "Cy"}]).status_code == 200
    assert digest() == after
    changes = BookingChange.objects.filter(event__booking=booking_id).values_list("field", "before", "after")
    assert list(changes) == [("people", "0", "2"), ("people", "2", "1")]


@pytest.mark.parametrize(
    ("people", "code"),
    [(3 * [{"name": "X"}], "too_many_people"), ([{"name": ""}], "invalid"), ([{"name": "X", "email": "x"}], "invalid"),
     ([{"name": "x" * 151}], "invalid"), ("Ann", "invalid")],
)  # fmt: skip
def test_what_is_no_list_of_at_most_so_many_changes_nothing(home, booking_id, people, code):
    put(home, booking_id, PEOPLE)
    before = digest()
    answer = put(home, booking_id, people)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert digest() == before
    assert Participant.objects.count() == 2


def test_it_is_closed_once_the_booking_is_over_or_cancelled(home, booking_id):
    starts_in(booking_id, -HOUR + timedelta(seconds=5))
    assert put(home, booking_id, PEOPLE).status_code == 200
    starts_in(booking_id, -HOUR)
    before = digest()
    assert put(home, booking_id, []).json()["code"] == "wrong_state"
    assert digest() == before
    starts_in(booking_id, HOUR)
    home("guest").post(f"{OWN}{booking_id}/cancel/")
    assert put(home, booking_id, []).json()["code"] == "wrong_state"
    assert home("guest").get(f"{OWN}{booking_id}/participants/").json() == PEOPLE


@pytest.mark.parametrize(
    ("who", "get", "change"),
    [("guest", 200, 200), ("stranger", 403, 403), ("accountant", 200, 403), ("manager", 200, 200), ("owner", 200, 200)],
)
def test_who_sees_and_changes_the_list(home, booking_id, who, get, change):
    assert home(who).get(f"{OWN}{booking_id}/participants/").status_code == get
    assert put(home, booking_id, PEOPLE, who=who).status_code == change


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [("guest", 403, 403), ("accountant", 200, 403), ("manager", 200, 201), ("front_desk", 200, 201)],
)
def test_notes_are_the_teams(home, in_alpha, booking_id, who, get, post):
    path = f"{ADMIN}{booking_id}/notes/"
    answer = home(who).post(path, {"text": SECRET})
    assert answer.status_code == post
    assert StaffNote.objects.count() == (post == 201)
    assert home(who).get(path).status_code == get
    if post == 201:
        [row] = home("accountant").get(path).json()
        assert (row["text"], row["author"]) == (SECRET, f"{who} {in_alpha.canary}")
        assert list(row) == ["id", "text", "author", "at"]
    assert home("owner").post(path, {"text": ""}).status_code == 400


def test_customers_see_no_note_at_any_route_there_is(home, in_alpha, booking_id, guest, staff):
    home("owner").post(f"{ADMIN}{booking_id}/notes/", {"text": SECRET})
    put(home, booking_id, PEOPLE)
    booking = Booking.objects.get(pk=booking_id)
    values = {"booking_id": booking_id, "token": link_token(booking), "venue_id": in_alpha.venue}
    values |= {"venue": "main", "resource": "court-1", "resource_id": in_alpha.court_1}
    looked_at = 0
    for route in tenant_routes():
        names = {name for name, _converter in route.converters}
        if "get" not in route.methods or not names <= set(values):
            continue
        for who in ("guest", "stranger"):
            answer = home(who).get(route.filled(values))
            looked_at += 1
            assert SECRET not in answer.content.decode(), route.path
    assert looked_at > 40
    assert SECRET in home("owner").get(f"{ADMIN}{booking_id}/notes/").content.decode()


def test_history_tells_the_customer_what_and_staff_also_who_and_why(home, in_alpha, booking_id):
    paid(home, booking_id, "25.00")
    under(booking_id, {"minutes_before": 0, "percent": 4000})
    home("guest").post(f"{OWN}{booking_id}/cancel/")
    told = home("guest").get(f"{OWN}{booking_id}/history/").json()
    assert [(row["act"], row["by"], row["from_state"], row["to_state"]) for row in told] == [
        ("moved", "customer", "", "held"),
        ("moved", "customer", "held", "confirmed"),
        ("paid", "venue", "confirmed", "confirmed"),
        ("moved", "customer", "confirmed", "cancelled"),
    ]
    assert list(told[0]) == ["at", "act", "by", "from_state", "to_state", "changes"]
    assert told[2]["changes"] == [{"field": "paid", "before": "0.00", "after": "25.00"}]
    assert told[3]["changes"] == [
        {"field": "fee", "before": "0.00", "after": "10.00"},
        {"field": "refund_due", "before": "0.00", "after": "15.00"},
    ]
    assert "front_desk" not in str(told)
    rows = home("accountant").get(f"{ADMIN}{booking_id}/history/").json()
    assert [(row["actor"], row["why"]) for row in rows[2:]] == [
        (f"front_desk {in_alpha.canary}", "cash"),
        (f"guest {in_alpha.canary}", "user_request"),
    ]
    assert [{name: row[name] for name in told[0]} for row in rows] == told


@pytest.mark.parametrize(("who", "own", "staffs"), [("guest", 200, 403), ("stranger", 403, 403), ("owner", 200, 200)])
def test_who_sees_the_history(home, booking_id, who, own, staffs):
    assert home(who).get(f"{OWN}{booking_id}/history/").status_code == own
    assert home(who).get(f"{ADMIN}{booking_id}/history/").status_code == staffs


def test_a_long_history_takes_as_many_queries_as_a_short_one(home, booking_id):
    client = home("owner")
    client.get(f"{ADMIN}{booking_id}/history/")
    with counting() as short:
        client.get(f"{ADMIN}{booking_id}/history/")
    for number in range(6):
        put(home, booking_id, PEOPLE[: number % 2 + 1], who="manager")
    with counting() as long:
        assert len(client.get(f"{ADMIN}{booking_id}/history/").json()) == 8
    # Token, booking, venue, events, changes, names: the first has no changes to look up names for either.
    assert len(long) == len(short) == 6, long


def test_notes_and_payments_take_as_many_queries_however_many_there_are(home, booking_id):
    client = home("owner")
    found = []
    for _round in range(2):
        with counting() as notes:
            client.get(f"{ADMIN}{booking_id}/notes/")
        with counting() as payments:
            client.get(f"{ADMIN}{booking_id}/payments/")
        found.append((len(notes), len(payments)))
        for _ in range(3):
            client.post(f"{ADMIN}{booking_id}/notes/", {"text": "x"})
            paid(home, booking_id, "1.00")
    with counting() as notes:
        client.get(f"{ADMIN}{booking_id}/notes/")
    with counting() as payments:
        client.get(f"{ADMIN}{booking_id}/payments/")
    assert found[1] == (len(notes), len(payments)) == (5, 5)


def test_staff_see_contact_money_and_groups_of_one_booking(home, in_alpha, guest):
    members = CustomerGroup.objects.create(name="Members")
    at_once(in_alpha.court_1)
    booking_id = home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]
    Booking.objects.filter(pk=booking_id).update(groups=[members.pk], deposit_minor=500)
    paid(home, booking_id, "5.00")
    home("owner").post(f"{ADMIN}{booking_id}/notes/", {"text": SECRET})
    body = home("accountant").get(f"{ADMIN}{booking_id}/").json()
    own = home("guest").get(f"{OWN}{booking_id}/").json()
    assert {name: body[name] for name in own if name != "can_cancel"} == {
        name: value for name, value in own.items() if name != "can_cancel"
    }
    assert body["contact"] == {"name": guest.name, "email": guest.email, "phone": guest.phone}
    assert body["amounts"] == {
        "total": "25.00",
        "tax": "0.00",
        "deposit": "5.00",
        "gift_credit": "0.00",
        "paid": "5.00",
        "fee": "0.00",
        "owed": "20.00",
        "due_now": "0.00",
        "refund_due": "0.00",
    }
    assert body["groups"] == [{"id": members.pk, "name": "Members"}]
    assert (body["notes_count"], body["payment_state"], body["payment_way"]) == (1, "deposit_paid", "on_site")
    assert sorted(set(body) - set(own)) == [
        "amounts", "balance_due_at", "calendar_events", "cancel_notes", "cancel_reason", "checked_in_at", "contact",
        "groups", "hold_expires_at", "no_show_at", "notes_count", "payment_state", "payment_way", "pending_reason",
        "revision",
    ]  # fmt: skip
    assert SECRET not in str(body)


@pytest.mark.parametrize(
    ("who", "main", "annex"),
    [("guest", 403, 403), ("stranger", 403, 403), ("accountant", 200, 200), ("manager", 200, 403),
     ("front_desk", 200, 200), ("owner", 200, 200)],
)  # fmt: skip
def test_who_sees_a_booking_as_staff(home, in_alpha, booking_id, who, main, annex):
    other = home("guest").post(OWN, wish(in_alpha.annex_room)).json()["id"]
    assert home(who).get(f"{ADMIN}{booking_id}/").status_code == main
    assert home(who).get(f"{ADMIN}{other}/").status_code == annex
