"""`/admin/gift-credits/`, `/admin/hours-accounts/` and a customer's own `/hours-accounts/`."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from bookings import balances
from bookings.models import GiftCredit, HoursAccount
from schemas.clock import database_now
from tests.bookings.api.manage.shop import ADMIN, made, refused
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Venue

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_gift_credit_is_issued_under_a_code_that_we_make(api: Caller, alpha: World) -> None:
    credit = made(api, "gift-credits", {"amount": "50.00", "valid_until": "2028-12-31", "note": "Birthday"})
    assert re.fullmatch(r"[34679ACDEFGHJKMNPQRTVWXY]{4}(-[34679ACDEFGHJKMNPQRTVWXY]{4}){3}", credit["code"])
    assert re.fullmatch(STAMP, credit["created_at"])
    assert credit == {
        "id": credit["id"],
        "code": credit["code"],
        "currency": "EUR",
        "balance": "50.00",
        "valid_until": "2028-12-31",
        "note": "Birthday",
        "created_at": credit["created_at"],
    }
    detail = api("accountant").get(f"{ADMIN}/gift-credits/{credit['id']}/").json()
    [entry] = detail.pop("entries")
    assert detail == credit
    assert entry == {"id": entry["id"], "amount": "50.00", "booking": None, "at": credit["created_at"]}
    assert api("front_desk").get(f"{ADMIN}/gift-credits/").json() == [credit]


def test_gift_credit_is_topped_up_and_never_edited(api: Caller, alpha: World) -> None:
    credit = made(api, "gift-credits", {"amount": "50.00", "code": "xmas-27"}, who="manager")
    assert credit["code"] == "XMAS-27"
    path = f"{ADMIN}/gift-credits/{credit['id']}/"
    for method in ("patch", "put", "delete"):
        assert getattr(api("owner"), method)(path, {"balance": "500.00"}).status_code == 405
    answer = api("manager").post(f"{path}entries/", {"amount": "12.34"}, headers={"Idempotency-Key": "top"})
    again = api("manager").post(f"{path}entries/", {"amount": "12.34"}, headers={"Idempotency-Key": "top"})
    assert (answer.status_code, answer.json()) == (201, again.json())
    assert set(answer.json()) == {"id", "amount", "booking", "at"}
    detail = api("owner").get(path).json()
    assert detail["balance"] == "62.34"
    assert [entry["amount"] for entry in detail["entries"]] == ["50.00", "12.34"]


def test_what_a_booking_used_is_an_entry(api: Caller, alpha: World) -> None:
    credit = made(api, "gift-credits", {"amount": "50.00"})
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(9))
        balances.take_credit(GiftCredit.objects.get(pk=credit["id"]), booking, 2500, database_now())
    detail = api("owner").get(f"{ADMIN}/gift-credits/{credit['id']}/").json()
    assert detail["balance"] == "25.00"
    used = detail["entries"][1]
    assert (used["amount"], used["booking"]) == ("-25.00", str(booking.pk))


NOTHING = ["This must be more than nothing."]
MONEY = ['Use an amount as a string, such as "25.00".']


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"amount": ["This field is required."]}),
        ({"amount": "0.00"}, {"amount": NOTHING}),
        ({"amount": "-5.00"}, {"amount": MONEY}),
        ({"amount": "5.001"}, {"amount": ["This has more decimals than EUR has."]}),
        ({"amount": "5.00", "code": "a b"}, {"code": ["Use capital letters, digits and hyphens."]}),
        ({"amount": "5.00", "currency": "USD"}, {"currency": ["No venue uses this currency."]}),
        ({"amount": "5.00", "note": "x" * 201}, {"note": ["Ensure this field has no more than 200 characters."]}),
        ({"amount": "5.00", "valid_until": "soon"}, {"valid_until": ["Use a date such as 2025-01-15."]}),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    refused(api, alpha, "gift-credits", body, errors)


def test_code_that_is_taken_is_an_error_of_its_field(api: Caller, alpha: World) -> None:
    made(api, "gift-credits", {"amount": "5.00", "code": "XMAS"})
    taken = {"code": ["Gift credit with this Code already exists."]}
    refused(api, alpha, "gift-credits", {"amount": "5.00", "code": "xmas"}, taken)


def test_top_up_of_nothing_or_less_is_refused(api: Caller, alpha: World) -> None:
    entries = f"gift-credits/{made(api, 'gift-credits', {'amount': '5.00'})['id']}/entries"
    for amount, errors in [("0.00", NOTHING), ("-5.00", MONEY), ("1.005", ["This has more decimals than EUR has."])]:
        refused(api, alpha, entries, {"amount": amount}, {"amount": errors})
    assert api("owner").post(f"{ADMIN}/gift-credits/999/entries/", {"amount": "5.00"}).status_code == 404


def test_gift_credit_in_yen(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.annex).update(currency="JPY")
    credit = made(api, "gift-credits", {"amount": "5000", "currency": "JPY"})
    assert (credit["balance"], credit["currency"]) == ("5000", "JPY")


@pytest.fixture
def pack(api: Caller, alpha: World) -> int:
    """Ten hours on court 1, good for a year."""
    body = {"name": "Ten hours", "minutes": 600, "price": "220.00", "valid_days": 365, "resources": [alpha.court_1]}
    return int(made(api, "packs", body)["id"])


def test_customer_is_granted_a_pack_and_sees_what_is_left(api: Caller, alpha: World, pack: int) -> None:
    guest = alpha.users["guest"]
    account = made(api, "hours-accounts", {"customer": guest, "pack": pack}, who="manager")
    today = database_now().astimezone(ZoneInfo("Europe/Berlin")).date()
    assert account == {
        "id": account["id"],
        "customer": guest,
        "customer_name": f"guest {alpha.canary}",
        "pack": pack,
        "pack_name": "Ten hours",
        "minutes_left": 600,
        "valid_until": str(today + timedelta(days=365)),
        "resources": [alpha.court_1],
        "created_at": account["created_at"],
    }
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(9))
        balances.take_hours(HoursAccount.objects.get(pk=account["id"]), booking, 90, database_now())
    detail = api("accountant").get(f"{ADMIN}/hours-accounts/{account['id']}/").json()
    entries = [(entry["minutes"], entry["booking"]) for entry in detail.pop("entries")]
    assert entries == [(600, None), (-90, str(booking.pk))]
    assert detail == {**account, "minutes_left": 510}
    own = api("guest").get("/api/v1/hours-accounts/")
    assert own.json() == [
        {
            "id": account["id"],
            "pack_name": "Ten hours",
            "minutes_left": 510,
            "valid_until": account["valid_until"],
            "resources": [alpha.court_1],
            "created_at": account["created_at"],
        }
    ]
    assert api("stranger").get("/api/v1/hours-accounts/").json() == []


def test_accounts_are_listed_by_customer(api: Caller, alpha: World, pack: int) -> None:
    guest, stranger = (alpha.users[who] for who in ("guest", "stranger"))
    accounts = [made(api, "hours-accounts", {"customer": who, "pack": pack}) for who in (guest, stranger)]
    assert api("front_desk").get(f"{ADMIN}/hours-accounts/", {"customer": stranger}).json() == [accounts[1]]
    assert len(api("front_desk").get(f"{ADMIN}/hours-accounts/").json()) == 2


def test_grant_of_what_there_is_not_is_refused(api: Caller, alpha: World, pack: int) -> None:
    guest = alpha.users["guest"]
    for body, errors in [
        ({"customer": 999, "pack": pack}, {"customer": ["There is nothing with the id 999 here."]}),
        ({"customer": guest, "pack": 999}, {"pack": ["There is nothing with the id 999 here."]}),
        ({}, {"customer": ["This field is required."], "pack": ["This field is required."]}),
    ]:
        refused(api, alpha, "hours-accounts", body, errors)
    api("owner").patch(f"{ADMIN}/packs/{pack}/", {"is_active": False})
    over = {"pack": [f"There is nothing with the id {pack} here."]}
    refused(api, alpha, "hours-accounts", {"customer": guest, "pack": pack}, over)


def test_pack_that_was_sold_is_in_use(api: Caller, alpha: World, pack: int) -> None:
    made(api, "hours-accounts", {"customer": alpha.users["guest"], "pack": pack})
    before = contents(alpha)
    answer = api("owner").delete(f"{ADMIN}/packs/{pack}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert contents(alpha) == before
