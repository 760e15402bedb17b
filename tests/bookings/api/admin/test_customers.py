"""Customers and guests at the desk: `/admin/customers/`, `/admin/guests/`."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from bookings.models import Booking, CustomerFile, HoursAccount
from schemas.clock import database_now
from tests.bookings.api.admin.test_search import made
from tests.bookings.api.desk import AtHome
from tests.isolation.contents import contents
from tests.isolation.test_mass_assignment import SERVERS_OWN
from tests.worlds import World
from venues.models import CustomerGroup, Membership, Pack

CUSTOMERS, GUESTS = "/api/v1/admin/customers/", "/api/v1/admin/guests/"
NEW = {"email": "Gina@Example.org", "name": "Gina Guest", "phone": "+49 89 1234567", "notes": "Calls on Mondays"}


@pytest.fixture
def home(in_alpha: World) -> AtHome:
    """Calls that come back to Alpha."""
    return AtHome(in_alpha)


def user(world: World, who: str) -> User:
    """Somebody of the cast."""
    return User.objects.get(pk=world.users[who])


def names(answer: Any, key: str = "email") -> list[str]:
    """Who is listed, by the first part of the address."""
    assert answer.status_code == 200, answer.json()
    return [row[key].partition("@")[0] for row in answer.json()]


def test_account_is_made_for_somebody_who_calls(in_alpha: World, home: AtHome) -> None:
    answer = home("front_desk").post(CUSTOMERS, NEW)
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert answer["Location"] == f"{CUSTOMERS}{told['id']}/"
    assert told == {
        "id": told["id"],
        "email": "gina@example.org",
        "name": "Gina Guest",
        "phone": "+49 89 1234567",
        "is_active": True,
        "created_at": told["created_at"],
        "notes": "Calls on Mondays",
        "blocked_at": None,
        "blocked_by": None,
        "block_reason": "",
        "groups": [],
        "hours_accounts": [],
        "figures": {
            "bookings": 0, "upcoming": 0, "cancelled": 0, "no_shows": 0, "first_visit": None, "last_visit": None,
            "spend": [],
        },
    }  # fmt: skip
    gina = User.objects.get(pk=told["id"])
    assert (gina.role, gina.has_usable_password()) == ("customer", False)


@pytest.mark.parametrize(("email", "customer"), [("guest", True), ("owner", False)])
def test_address_that_has_an_account_is_named(in_alpha: World, home: AtHome, email: str, customer: bool) -> None:
    known, before = user(in_alpha, email), contents(in_alpha)
    answer = home("owner").post(CUSTOMERS, {**NEW, "email": known.email.upper()})
    told = {"code": "customer_exists", "detail": "There is an account with this address."}
    assert answer.status_code == 409
    assert answer.json() == {**told, "customer": known.pk if customer else None}
    assert contents(in_alpha) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "gina"}, "email"),
        ({"email": None}, "email"),
        ({"name": ""}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"phone": "1" * 33}, "phone"),
        ({"notes": "x" * 4001}, "notes"),
    ],
)
def test_account_without_sense_is_refused(in_alpha: World, home: AtHome, change: dict[str, Any], field: str) -> None:
    before = contents(in_alpha)
    answer = home("owner").post(CUSTOMERS, {**NEW, **change})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert contents(in_alpha) == before


def test_customer_is_shown_with_all_that_belongs_to_them(in_alpha: World, home: AtHome) -> None:
    guest = user(in_alpha, "guest")
    group = CustomerGroup.objects.create(name="Members")
    Membership.objects.create(group=group, user=guest)
    pack = Pack.objects.create(name="Ten", minutes=600, price_minor=100, currency="EUR")
    hours = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=90, created_at=database_now())
    start, now = made(in_alpha, "BK-1", customer=guest, paid_minor=1000).start, database_now()
    made(in_alpha, "BK-2", customer=guest, state="cancelled", fee_minor=500, start=start - timedelta(days=1))
    made(in_alpha, "BK-3", customer=guest, state="no_show", fee_minor=2500, credit_minor=2500,
         start=start - timedelta(days=2))  # fmt: skip
    made(in_alpha, "BK-4", customer=guest, currency="CHF", total_minor=700, start=start + timedelta(days=1))
    made(in_alpha, "BK-5", customer=guest, state="held", hold_expires_at=now + timedelta(minutes=9))
    made(in_alpha, "BK-6", customer=guest, state="expired")
    made(in_alpha, "BK-7", customer=guest, state="pending", pending_reason="approval", hold_expires_at=now)
    told = home("owner").get(f"{CUSTOMERS}{guest.pk}/").json()
    assert told["groups"] == [{"id": group.pk, "name": "Members", "valid_from": None, "valid_until": None}]
    assert told["hours_accounts"] == [
        {"id": hours.pk, "pack": pack.pk, "pack_name": "Ten", "minutes_left": 90, "valid_until": None}
    ]
    assert told["figures"] == {
        "bookings": 4,
        "upcoming": 2,
        "cancelled": 1,
        "no_shows": 1,
        "first_visit": "2027-05-30T10:00:00Z",
        "last_visit": "2027-06-02T10:00:00Z",
        "spend": [
            {"currency": "CHF", "booked": "7.00", "paid": "0.00", "owed": "7.00"},
            {"currency": "EUR", "booked": "55.00", "paid": "35.00", "owed": "20.00"},
        ],
    }


def test_list_is_searched_narrowed_and_sorted(in_alpha: World, home: AtHome) -> None:
    guest, stranger = user(in_alpha, "guest"), user(in_alpha, "stranger")
    User.objects.filter(pk=guest.pk).update(phone="+49 89 7654321")
    made(in_alpha, "BK-1", customer=guest)
    CustomerFile.objects.create(email=stranger.email, customer=stranger, blocked_at=database_now())
    group = CustomerGroup.objects.create(name="Members")
    Membership.objects.create(group=group, user=guest)
    owner = home("owner")
    assert names(owner.get(CUSTOMERS)) == ["guest", "stranger"]
    assert names(owner.get(CUSTOMERS, {"ordering": "-email"})) == ["stranger", "guest"]
    for query, found in (
        ({"q": "GUEST"}, ["guest"]), ({"q": "7654321"}, ["guest"]), ({"q": "owner"}, []),
        ({"group": group.pk}, ["guest"]), ({"blocked": "true"}, ["stranger"]), ({"blocked": "false"}, ["guest"]),
    ):  # fmt: skip
        assert names(owner.get(CUSTOMERS, query)) == found, query
    row = owner.get(CUSTOMERS, {"q": "guest"}).json()[0]
    assert row == {
        "id": guest.pk,
        "name": guest.name,
        "email": guest.email,
        "phone": "+49 89 7654321",
        "blocked": False,
        "bookings": 1,
        "last_visit": "2027-06-01T10:00:00Z",
        "created_at": row["created_at"],
    }


def test_managers_see_who_booked_at_their_venues_or_nowhere_yet(in_alpha: World, home: AtHome) -> None:
    """T12: figures count the own venues alone; of others a manager learns nothing."""
    guest, stranger = user(in_alpha, "guest"), user(in_alpha, "stranger")
    made(in_alpha, "BK-1", customer=guest)
    made(in_alpha, "BK-2", customer=guest, resource_id=in_alpha.annex_room)
    made(in_alpha, "BK-3", customer=stranger, resource_id=in_alpha.annex_room)
    new = User.objects.create_user("new@example.org", name="New")
    assert names(home("manager").get(CUSTOMERS)) == ["new", "guest"]
    assert home("manager").get(f"{CUSTOMERS}{guest.pk}/").json()["figures"]["bookings"] == 1
    assert home("owner").get(f"{CUSTOMERS}{guest.pk}/").json()["figures"]["bookings"] == 2
    before = contents(in_alpha)
    for pk, status in ((stranger.pk, 404), (user(in_alpha, "owner").pk, 404), (999_999, 404), (new.pk, 200)):
        assert home("manager").get(f"{CUSTOMERS}{pk}/").status_code == status
        if status == 404:
            assert home("manager").patch(f"{CUSTOMERS}{pk}/", {"blocked": True}).status_code == 404
    assert contents(in_alpha) == before


@pytest.mark.parametrize(("who", "reads", "writes"), [("guest", 403, 403), ("accountant", 200, 403), (None, 401, 401)])
def test_others_look_or_not_even_that(in_alpha: World, home: AtHome, who: str, reads: int, writes: int) -> None:
    """T12."""
    made(in_alpha, "BK-1", email="gina@example.org")
    one = f"{CUSTOMERS}{in_alpha.users['stranger']}/"
    guest = f"{GUESTS}gina@example.org/"
    before = contents(in_alpha)
    assert {home(who).get(path).status_code for path in (CUSTOMERS, one, GUESTS, guest)} == {reads}
    assert home(who).post(CUSTOMERS, NEW).status_code == writes
    assert {home(who).patch(path, {"blocked": True}).status_code for path in (one, guest)} == {writes}
    assert contents(in_alpha) == before


def test_customer_is_corrected_noted_blocked_and_let_in_again(in_alpha: World, home: AtHome) -> None:
    guest = user(in_alpha, "guest")
    path, desk = f"{CUSTOMERS}{guest.pk}/", home("front_desk")
    told = desk.patch(path, {"name": "Gina", "phone": "1", "notes": "Rude", "blocked": True, "block_reason": "Debts"})
    assert told.status_code == 200, told.json()
    first = told.json()
    assert (first["name"], first["phone"], first["notes"], first["block_reason"]) == ("Gina", "1", "Rude", "Debts")
    assert first["blocked_by"] == user(in_alpha, "front_desk").name
    again = home("owner").patch(path, {"blocked": True, "block_reason": "More debts"}).json()
    assert (again["blocked_at"], again["blocked_by"]) == (first["blocked_at"], first["blocked_by"])
    assert again["block_reason"] == "More debts"
    free = desk.patch(path, {"blocked": False}).json()
    assert (free["blocked_at"], free["blocked_by"], free["block_reason"], free["notes"]) == (None, None, "", "Rude")
    assert desk.patch(path, {"block_reason": "None"}).json()["block_reason"] == ""
    assert CustomerFile.objects.count() == 1


def test_nothing_else_of_a_customer_is_changed(in_alpha: World, home: AtHome) -> None:
    """T13."""
    guest = user(in_alpha, "guest")
    before = User.objects.filter(pk=guest.pk).values().get()
    forged = {**SERVERS_OWN, "email": "thief@example.org", "password": "x", "blocked_at": "2001-01-01T00:00:00Z"}
    assert home("owner").patch(f"{CUSTOMERS}{guest.pk}/", forged).status_code == 200
    assert User.objects.filter(pk=guest.pk).values().get() == before
    assert not CustomerFile.objects.exists()
    pk = home("owner").post(CUSTOMERS, {**SERVERS_OWN, **NEW}).json()["id"]
    assert User.objects.filter(pk=pk, role="customer", is_active=True, created_at__year__gt=2001).exists()


def test_guests_are_listed_by_their_address(in_alpha: World, home: AtHome) -> None:
    first = made(in_alpha, "BK-1", name="Gina", email="Gina@example.org", phone="1").start
    made(in_alpha, "BK-2", name="Gina G.", email="gina@example.org", phone="2", start=first + timedelta(days=1))
    made(in_alpha, "BK-3", name="Hugo", email="hugo@example.org", start=first + timedelta(days=2),
         resource_id=in_alpha.annex_room)  # fmt: skip
    made(in_alpha, "BK-4", name="Walk in")
    made(in_alpha, "BK-5", customer=user(in_alpha, "guest"), email="account@example.org")
    CustomerFile.objects.create(email="gina@example.org", blocked_at=database_now())
    owner = home("owner")
    assert names(owner.get(GUESTS)) == ["hugo", "gina"]
    assert owner.get(GUESTS, {"ordering": "-bookings"}).json()[0] == {
        "email": "gina@example.org",
        "name": "Gina G.",
        "phone": "2",
        "blocked": True,
        "bookings": 2,
        "last_visit": "2027-06-02T10:00:00Z",
    }
    for query, found in (
        ({"q": "hug"}, ["hugo"]), ({"blocked": "true"}, ["gina"]), ({"blocked": "false"}, ["hugo"]),
        ({"ordering": "email"}, ["gina", "hugo"]),
    ):  # fmt: skip
        assert names(owner.get(GUESTS, query)) == found, query
    assert names(home("manager").get(GUESTS)) == ["gina"]
    assert home("manager").get(f"{GUESTS}hugo@example.org/").status_code == 404


def test_guest_is_shown_and_blocked(in_alpha: World, home: AtHome) -> None:
    made(in_alpha, "BK-1", name="Gina", email="Gina@example.org", phone="1", paid_minor=2500)
    path = f"{GUESTS}GINA@example.org/"
    told = home("owner").get(path).json()
    assert told == {
        "email": "gina@example.org",
        "name": "Gina",
        "phone": "1",
        "notes": "",
        "blocked_at": None,
        "blocked_by": None,
        "block_reason": "",
        "figures": {
            "bookings": 1, "upcoming": 1, "cancelled": 0, "no_shows": 0, "first_visit": "2027-06-01T10:00:00Z",
            "last_visit": "2027-06-01T10:00:00Z",
            "spend": [{"currency": "EUR", "booked": "25.00", "paid": "25.00", "owed": "0.00"}],
        },
    }  # fmt: skip
    changed = home("manager").patch(path, {"blocked": True, "notes": "Never came", "name": "X"}).json()
    assert changed["blocked_by"] == user(in_alpha, "manager").name
    assert {**changed, "blocked_at": None, "blocked_by": None, "notes": ""} == told
    assert {home("owner").get(f"{GUESTS}{who}/").status_code for who in ("nobody@example.org", "a%00", "x")} == {404}


def test_block_of_an_address_is_one_of_its_account_too(in_alpha: World, home: AtHome) -> None:
    """Neither signing in nor an account that is made later is a way round it."""
    address = user(in_alpha, "guest").email
    made(in_alpha, "BK-1", email=address)
    assert home("owner").patch(f"{GUESTS}{address}/", {"blocked": True}).status_code == 200
    assert CustomerFile.objects.get().customer_id == in_alpha.users["guest"]
    assert home("owner").get(f"{CUSTOMERS}{in_alpha.users['guest']}/").json()["blocked_at"] is not None
    assert home("owner").patch(f"{GUESTS}{address}/", {"blocked": False}).json()["blocked_at"] is None
    made(in_alpha, "BK-2", email="gina@example.org", start=Booking.objects.get().end)
    home("owner").patch(f"{GUESTS}gina@example.org/", {"blocked": True})
    pk = home("owner").post(CUSTOMERS, {**NEW, "notes": ""}).json()["id"]
    assert CustomerFile.objects.get(customer=pk).blocked_at is not None


def test_file_of_a_guest_is_that_of_the_account_that_follows(in_alpha: World, home: AtHome) -> None:
    made(in_alpha, "BK-1", email="gina@example.org")
    assert home("owner").patch(f"{GUESTS}gina@example.org/", {"notes": "Nice"}).status_code == 200
    pk = home("owner").post(CUSTOMERS, {**NEW, "notes": ""}).json()["id"]
    path = f"{CUSTOMERS}{pk}/"
    assert home("owner").get(path).json()["notes"] == "Nice"
    assert home("owner").patch(path, {"blocked": True}).json()["notes"] == "Nice"
    assert CustomerFile.objects.get().customer_id == pk
    assert Booking.objects.get().customer_id is None
