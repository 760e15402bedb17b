"""Looking bookings up at the desk: `GET /admin/bookings/`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bookings import sums
from bookings.models import Booking, Series
from bookings.models.booking import FOUND_BY
from bookings.states import State
from schemas.finding import matching
from tests.bookings.api.desk import ADMIN
from tests.conftest import Caller
from tests.worlds import World

MADE = datetime(2027, 5, 1, 10, tzinfo=UTC)
Found = Callable[..., list[str]]


def made(world: World, code: str, **fields: Any) -> Booking:
    """A confirmed booking of Court 1 on a day in June 2027."""
    start = datetime(2027, 6, 1, 10, tzinfo=UTC)
    return Booking.objects.create(
        **{
            "reference_code": code,
            "resource_id": world.court_1,
            "start": start,
            "end": fields.get("start", start) + timedelta(hours=1),
            "state": "confirmed",
            "payment_state": "unpaid",
            "price_per_unit_minor": 2500,
            "pricing_unit": "hour",
            "total_minor": 2500,
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            "created_at": MADE,
            "updated_at": MADE,
            **fields,
        }
    )


@pytest.fixture
def found(api: Caller, in_alpha: World) -> Found:
    """Codes that a search answers, for the owner where nobody else is named."""

    def search(who: str = "owner", **query: Any) -> list[str]:
        answer = api(who).get(ADMIN, {name.rstrip("_"): value for name, value in query.items()})
        connection.set_tenant(in_alpha.tenant)  # type: ignore[attr-defined]
        assert answer.status_code == 200, answer.json()
        assert answer["X-Total-Count"] == str(len(answer.json()))
        return [row["reference_code"] for row in answer.json()]

    return search


@pytest.mark.parametrize(
    "typed",
    [
        "BK-270601-A7F3", "bk-270601-a7f3", "BK270601A7F3", "bk-2706", "bk270", "a7f3", "270601",
        "Zoë Müller-O'Hara", "MÜLLER", "mül zoë", "  zoë   ", "hara", "zoe.m@example.org", "ZOE.M@", "example.org",
        "+49 (0)89 / 123 45 67", "0891234567", "089 1234567", "004989 1234567", "1234567", "4567", "müller a7f3",
    ],
)  # fmt: skip
def test_booking_is_found_by_what_callers_tell(in_alpha: World, found: Found, typed: str) -> None:
    made(in_alpha, "BK-270601-A7F3", name="Zoë Müller-O'Hara", email="Zoe.M@example.org", phone="+49 89 1234567")
    made(in_alpha, "XX-270602-B8G4", name="Hugo Hahn", email="hugo@example.net", phone="+49 30 7654321")
    assert found(q=typed) == ["BK-270601-A7F3"]


@pytest.mark.parametrize("typed", ["üller", "7f3", "567", "089123", "zoë hugo", "---", "%", "a7f3 & b8g4", "0000", "'"])
def test_middles_of_words_and_signs_find_nothing(in_alpha: World, found: Found, typed: str) -> None:
    """Nor does what no single booking has, nor an operator of the database's."""
    made(in_alpha, "BK-270601-A7F3", name="Zoë Müller", email="zoe@example.org", phone="+49 89 1234567")
    made(in_alpha, "XX-270602-B8G4", name="Hugo Hahn", email="hugo@example.org", phone="")
    assert found(q=typed) == []


def test_number_without_the_country_s_code_is_the_same(in_alpha: World, found: Found) -> None:
    made(in_alpha, "BK-1", phone="089 1234567")
    made(in_alpha, "BK-2", phone="089 1234568")
    assert found(q="+49 89 1234567") == ["BK-1"]


@pytest.mark.parametrize("typed", ["0100", "00100", "4500100", "089 4500100"])
def test_noughts_may_be_the_number_s_own(in_alpha: World, found: Found, typed: str) -> None:
    made(in_alpha, "BK-1", phone="+49 89 4500100")
    made(in_alpha, "BK-2", phone="+49 89 4500200")
    assert found(q=typed) == ["BK-1"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"status": "cancelled,no_show"}, ["BK-3", "BK-4"]),
        ({"payment_status": "paid,refunded"}, ["BK-2"]),
        ({"payment_status": "unpaid"}, ["BK-1", "BK-3", "BK-4"]),
        ({"venue": "annex"}, ["BK-2"]),
        ({"resource": "court_2"}, ["BK-3"]),
        ({"product": "tennis"}, ["BK-1"]),
        ({"customer": "guest"}, ["BK-4"]),
        ({"series": "series"}, ["BK-4"]),
        ({"guest": "GINA@example.org"}, ["BK-1"]),
        ({"from_": "2027-06-02", "to": "2027-06-03"}, ["BK-2", "BK-3"]),
        ({"created_from": "2027-05-02"}, ["BK-2"]),
        ({"created_to": "2027-05-01"}, ["BK-1", "BK-3", "BK-4"]),
        ({"created_from": "2027-05-01T10:00:00Z", "created_to": "2027-05-01T10:00:01Z"}, ["BK-1", "BK-3", "BK-4"]),
        ({"has_debt": "true"}, ["BK-1", "BK-4"]),
        ({"has_debt": "false"}, ["BK-2", "BK-3"]),
        ({"has_debt": "true", "q": "gina"}, ["BK-1"]),
    ],
)
def test_list_is_narrowed(in_alpha: World, found: Found, query: dict[str, str], codes: list[str]) -> None:
    start = datetime(2027, 6, 1, 10, tzinfo=UTC)
    guest = User.objects.get(pk=in_alpha.users["guest"])
    series = Series.objects.create(
        resource_id=in_alpha.court_1, rule="", first="", minutes=60, time_zone="Europe/Berlin", created_at=MADE
    )
    made(in_alpha, "BK-1", name="Gina", email="Gina@example.org", product_id=in_alpha.tennis)
    later = {"created_at": MADE + timedelta(days=1), "start": start + timedelta(days=1)}
    made(in_alpha, "BK-2", resource_id=in_alpha.annex_room, payment_state="paid", paid_minor=2500, **later)
    made(in_alpha, "BK-3", resource_id=in_alpha.court_2, state="cancelled", start=start + timedelta(days=2))
    fee = {"state": "no_show", "fee_minor": 1000, "paid_minor": 500}
    made(in_alpha, "BK-4", customer=guest, email=guest.email, series=series, start=start + timedelta(days=3), **fee)
    names = {
        "annex": in_alpha.annex,
        "court_2": in_alpha.court_2,
        "tennis": in_alpha.tennis,
        "guest": guest.pk if "customer" in query else "",
        "series": series.pk,
    }
    asked = {name: names.get(value) or value for name, value in query.items()}
    assert found(**asked, ordering="start") == codes


@pytest.mark.parametrize(
    ("ordering", "codes"),
    [
        ("start", ["BK-1", "BK-2", "BK-3"]),
        ("-start", ["BK-3", "BK-1", "BK-2"]),
        ("created_at", ["BK-2", "BK-3", "BK-1"]),
        ("-created_at", ["BK-1", "BK-3", "BK-2"]),
        ("total", ["BK-1", "BK-3", "BK-2"]),
        ("-total", ["BK-2", "BK-1", "BK-3"]),
    ],
)
def test_list_is_sorted_both_ways_and_equals_by_their_id(
    in_alpha: World, found: Found, ordering: str, codes: list[str]
) -> None:
    start = datetime(2027, 6, 1, 10, tzinfo=UTC)
    rows = [("BK-1", 0, 3, 100), ("BK-2", 0, 1, 300), ("BK-3", 1, 2, 100)]
    for number, (code, days, age, total) in enumerate(rows, 1):
        made(
            in_alpha,
            code,
            id=f"00000000-0000-0000-0000-00000000000{number}",
            start=start + timedelta(days=days),
            created_at=MADE + timedelta(days=age),
            total_minor=total,
        )
    assert found(ordering=ordering) == codes


def test_managers_find_what_is_at_their_venues(in_alpha: World, found: Found) -> None:
    """T12."""
    made(in_alpha, "BK-1", name="Gina")
    made(in_alpha, "BK-2", name="Gina", resource_id=in_alpha.annex_room)
    assert found("manager", q="gina") == ["BK-1"]
    assert found("manager", venue=in_alpha.annex) == []
    assert sorted(found("accountant", q="gina")) == ["BK-1", "BK-2"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "lost"}, "status"),
        ({"payment_status": "paid,lost"}, "payment_status"),
        ({"ordering": "name"}, "ordering"),
        ({"has_debt": "perhaps"}, "has_debt"),
        ({"venue": "0"}, "venue"),
        ({"customer": "1e3"}, "customer"),
        ({"created_from": "2027-05-01T10:00:00"}, "created_from"),
        ({"q": "x" * 101}, "q"),
        ({"q": "\x00"}, "q"),
        ({"expand": "everything"}, "expand"),
        ({"guest": "nobody"}, "guest"),
    ],
)
def test_search_without_sense_is_refused(api: Caller, query: dict[str, str], field: str) -> None:
    answer = api("owner").get(ADMIN, query)
    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (400, "invalid", [field])


def test_rows_say_who_comes_only_where_it_is_asked_for(in_alpha: World, api: Caller) -> None:
    made(in_alpha, "BK-1", name="Gina", email="gina@example.org", phone="+49", paid_minor=1000)
    (plain,), (full,) = (api("owner").get(ADMIN, query).json() for query in ({}, {"expand": "contact"}))
    assert full == {
        **plain,
        "name": "Gina",
        "email": "gina@example.org",
        "phone": "+49",
        "customer": None,
        "product": None,
        "series": None,
        "payment_status": "unpaid",
        "paid": "10.00",
        "owed": "15.00",
        "checked_in_at": None,
    }
    assert len(plain) == 23


def test_what_is_owed_is_the_same_in_sql(in_alpha: World) -> None:
    """Of bookings that stand or were given up."""
    states = sorted(sums.STOOD | sums.FELL)
    money = [(total, fee, credit, paid, back) for total in (0, 500) for fee in (0, 100) for credit in (0, total)
             for paid in (0, 60, 500) for back in (0, paid)]  # fmt: skip
    for number, (state, amounts) in enumerate((state, amounts) for state in states for amounts in money):
        total, fee, credit, paid, back = amounts
        sent = {"total_minor": total, "fee_minor": fee, "credit_minor": credit, "paid_minor": paid}
        made(in_alpha, f"BK-{number}", state=state, refunding_minor=back, **sent)
    rows = list(Booking.objects.annotate(sql=sums.owed(), got=sums.here()))
    assert [(row.sql, row.got) for row in rows] == [(row.owed_minor, row.here_minor) for row in rows]
    assert len(rows) == len(states) * len(money) > len(State)


def test_search_is_served_by_its_index(in_alpha: World) -> None:
    with connection.cursor() as cursor:
        for other in ("enable_seqscan", "enable_indexscan"):  # whatever the planner takes a small table for
            cursor.execute(f"SET LOCAL {other} = off")
    plan = Booking.objects.filter(matching(FOUND_BY, "0891234567")).explain()
    assert "booking_found_by" in plan


def test_list_takes_as_many_queries_for_thirty_as_for_three(in_alpha: World, api: Caller) -> None:
    taken = []
    api("manager").get(ADMIN)  # the host is known from then on
    connection.set_tenant(in_alpha.tenant)  # type: ignore[attr-defined]
    for first, last in ((0, 3), (3, 30)):
        for number in range(first, last):
            made(in_alpha, f"BK-{number}", name="Gina")
        with CaptureQueriesContext(connection) as queries:
            assert len(api("manager").get(ADMIN, {"q": "gina", "expand": "contact"}).json()) == last
        connection.set_tenant(in_alpha.tenant)  # type: ignore[attr-defined]
        taken.append(len([each for each in queries if "search_path" not in each["sql"]]))
    assert taken == [3, 3]
