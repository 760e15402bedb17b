"""The reports over HTTP: who reads which, what they say, and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.payments.models import Payment, Refund
from bookings.models import Booking, OnSitePayment
from tests.bookings.api.admin.test_search import made
from tests.bookings.api.desk import AtHome
from tests.worlds import World

REPORTS = "/api/v1/admin/reports"
KINDS = ["occupancy", "revenue", "bookings", "cancellations", "customers"]
JUNE = {"from": "2027-06-01", "to": "2027-06-30"}


@pytest.fixture
def home(in_alpha: World) -> AtHome:
    """Calls that come back to Alpha."""
    return AtHome(in_alpha)


def report(home: AtHome, kind: str, who: str = "owner", **query: Any) -> dict[str, Any]:
    """A report of June."""
    answer = home(who).get(f"{REPORTS}/{kind}/", {**JUNE, **query})
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_who_reads(home: AtHome, kind: str) -> None:
    """T12: the front desk reads everything but money."""
    statuses = {
        who: home(who).get(f"{REPORTS}/{kind}/", JUNE).status_code
        for who in ("owner", "manager", "accountant", "front_desk", "guest", None)
    }
    desk = 403 if kind == "revenue" else 200
    assert statuses == {
        "owner": 200, "manager": 200, "accountant": 200, "front_desk": desk, "guest": 403, None: 401,
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_managers_read_of_their_venues(in_alpha: World, home: AtHome, kind: str) -> None:
    """T12."""
    made(in_alpha, "BK-1", email="a@example.org")
    made(in_alpha, "BK-2", resource_id=in_alpha.annex_room, email="b@example.org")
    own, whole = (report(home, kind, who)["rows"] for who in ("manager", "owner"))
    assert own != whole
    assert own == report(home, kind, venue=in_alpha.venue)["rows"]
    other: list[dict[str, Any]] = [{"venue": in_alpha.annex}, {"resource": in_alpha.annex_room}]
    for query in other:
        assert home("manager").get(f"{REPORTS}/{kind}/", {**JUNE, **query}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "query", "field"),
    [
        ("bookings", {"to": "2027-05-31"}, "to"), ("bookings", {"to": "2028-07-05"}, "to"),
        ("bookings", {"from": "2027-06-01T00:00:00Z"}, "from"), ("bookings", {"by": "colour"}, "by"),
        ("occupancy", {"by": "product"}, "by"), ("customers", {"by": "hour"}, "by"),
        ("revenue", {"by": "reason"}, "by"),
        ("revenue", {"basis": "hope"}, "basis"), ("occupancy", {"venue": "0"}, "venue"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(home: AtHome, kind: str, query: dict[str, str], field: str) -> None:
    answer = home("owner").get(f"{REPORTS}/{kind}/", {**JUNE, **query})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_bookings_are_told_with_their_names_and_the_peak(in_alpha: World, home: AtHome) -> None:
    made(in_alpha, "BK-1", participants=2)
    made(in_alpha, "BK-2", start=datetime(2027, 6, 2, 17, tzinfo=UTC))
    made(in_alpha, "BK-3", start=datetime(2027, 6, 3, 17, tzinfo=UTC))
    told = report(home, "bookings", by="resource")
    assert told == {
        "from": "2027-06-01",
        "to": "2027-06-30",
        "by": "resource",
        "rows": [
            {
                "key": str(in_alpha.court_1), "name": f"Court 1 {in_alpha.canary}", "bookings": 3, "stood": 3,
                "waiting": 0, "cancelled": 0, "no_shows": 0, "participants": 4, "minutes": 180,
                "lead_minutes": 32 * 24 * 60 + 7 * 60,
            }
        ],
        "peak_hour": 19,
        "peak_percent": "66.66",
    }  # fmt: skip
    empty = report(home, "bookings", resource=in_alpha.court_2)
    assert (empty["rows"], empty["peak_hour"], empty["peak_percent"]) == ([], None, None)


def test_other_reports_say_shares_in_percent(in_alpha: World, home: AtHome) -> None:
    made(in_alpha, "BK-1", state="cancelled", cancelled_at=datetime(2027, 5, 31, 10, tzinfo=UTC),
         cancel_reason="weather", fee_minor=100)  # fmt: skip
    made(in_alpha, "BK-2", email="gina@example.org")
    made(in_alpha, "BK-3", state="no_show")
    assert report(home, "cancellations")["rows"] == [
        {
            "key": "total", "name": None, "bookings": 3, "cancelled": 1, "no_shows": 1, "with_fee": 1,
            "notice_minutes": 1440, "user_request": 0, "weather": 1, "other": 0, "cancelled_percent": "33.33",
        }
    ]  # fmt: skip
    assert report(home, "customers")["rows"] == [
        {"key": "total", "name": None, "bookings": 1, "customers": 1, "new": 1, "returning": 0, "unknown": 0}
    ]
    row = report(home, "occupancy", resource=in_alpha.court_1)["rows"][0]
    assert row == {
        "key": "total", "name": None, "open_minutes": 30 * 960, "booked_minutes": 0, "utilisation": "0",
    }  # fmt: skip


def test_money_is_told_by_visit_and_by_payment(in_alpha: World, home: AtHome) -> None:
    """A desk payment, one that was given back, one online, and its refund; each on its day, in its currency."""
    booking = made(in_alpha, "BK-1", product_id=in_alpha.tennis, paid_minor=1000, tax_minor=400)
    made(in_alpha, "BK-2", currency="JPY", total_minor=700, start=datetime(2027, 6, 2, 10, tzinfo=UTC))
    at = datetime(2027, 6, 10, 22, 30, tzinfo=UTC)  # half past midnight in Berlin
    OnSitePayment.objects.create(booking=booking, amount_minor=2000, at=at)
    OnSitePayment.objects.create(booking=booking, amount_minor=-500, at=at)
    payment = _paid(booking, 1500, at)
    _paid(booking, 9900, at, state="open", number=2)
    for state, amount in (("succeeded", 300), ("pending", 200), ("failed", 100), ("wanted", 50)):
        Refund.objects.create(
            payment=payment, booking_id=booking.pk, amount_minor=amount, reason="by_hand", state=state,
            created_at=at, updated_at=at,
        )  # fmt: skip
    assert report(home, "revenue", by="product")["rows"] == [
        {
            "key": str(in_alpha.tennis), "name": f"Tennis {in_alpha.canary}", "currency": "EUR", "bookings": 1,
            "booked": "25.00", "fees": "0.00", "tax": "4.00", "gift_credit": "0.00", "paid": "10.00", "owed": "15.00",
        },
        {
            "key": "", "name": None, "currency": "JPY", "bookings": 1, "booked": "700", "fees": "0", "tax": "0",
            "gift_credit": "0", "paid": "0", "owed": "700",
        },
    ]  # fmt: skip
    money = {"currency": "EUR", "desk": "20.00", "online": "15.00", "returned": "10.00", "net": "25.00"}
    assert report(home, "revenue", basis="payment", by="day")["rows"] == [{"key": "2027-06-11", "name": None, **money}]
    court = {"key": str(in_alpha.court_1), "name": f"Court 1 {in_alpha.canary}"}
    assert report(home, "revenue", basis="payment", by="resource")["rows"] == [{**court, **money}]
    elsewhere = report(home, "revenue", basis="payment", venue=in_alpha.annex)
    assert elsewhere["rows"] == []


def _paid(booking: Booking, amount: int, at: datetime, **fields: Any) -> Payment:
    made = {
        "booking_id": booking.pk, "number": 1, "purpose": "booking", "state": "succeeded", "amount_minor": amount,
        "currency": "EUR", "charge_type": "direct", "account_id": "acct_1", "is_live": False, "created_at": at,
        "updated_at": at, "succeeded_at": at,
    }  # fmt: skip
    return Payment.objects.create(**{**made, **fields})


@pytest.mark.parametrize("kind", KINDS)
def test_many_bookings_take_as_many_queries_as_one(in_alpha: World, home: AtHome, kind: str) -> None:
    taken = []
    report(home, kind)
    for first, last in ((0, 1), (1, 30)):
        for number in range(first, last):
            made(in_alpha, f"BK-{number}", start=datetime(2027, 6, 1 + number % 28, 10, tzinfo=UTC))
        with CaptureQueriesContext(connection) as queries:
            report(home, kind, by="day")
        taken.append(len([each for each in queries if "search_path" not in each["sql"]]))
    assert taken[0] == taken[1] <= 8
