"""`/admin/vouchers/` and `/admin/packs/`."""

from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, VoucherUse
from schemas.clock import database_now
from tests.bookings.api.manage.shop import ADMIN, made, refused
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Pack, Venue, Voucher

VOUCHER: dict[str, Any] = {
    "name": "",
    "amount": None,
    "percent_off": None,
    "currency": "EUR",
    "minimum": "0.00",
    "valid_from": None,
    "valid_until": None,
    "most_uses": None,
    "most_uses_each": None,
    "used": 0,
    "group": None,
    "resources": [],
    "is_active": True,
}


def test_voucher_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    body = {
        "code": " spring-27 ",
        "name": "Spring",
        "amount": "5.00",
        "minimum": "20.00",
        "valid_from": "2027-03-01",
        "valid_until": "2027-05-31",
        "most_uses": 100,
        "most_uses_each": 1,
        "resources": [alpha.court_2, alpha.court_1],
    }
    voucher = made(api, "vouchers", body, who="manager")
    expected = {
        **VOUCHER,
        **body,
        "id": voucher["id"],
        "code": "SPRING-27",
        "resources": [alpha.court_1, alpha.court_2],
    }
    assert voucher == expected
    path = f"{ADMIN}/vouchers/{voucher['id']}/"
    assert api("front_desk").get(path).json() == voucher
    assert api("accountant").get(f"{ADMIN}/vouchers/").json() == [voucher]
    changed = api("owner").patch(path, {"is_active": False, "resources": [], "amount": "7.50"})
    assert changed.json() == {**voucher, "is_active": False, "resources": [], "amount": "7.50"}
    with tenant_context(alpha.tenant):
        row = Voucher.objects.get(pk=voucher["id"])
        assert (row.amount_minor, row.minimum_minor, row.currency) == (750, 2000, "EUR")
    assert api("owner").delete(path).status_code == 204
    assert api("owner").get(path).status_code == 404


def test_percentage_instead_of_an_amount(api: Caller, alpha: World) -> None:
    voucher = made(api, "vouchers", {"code": "TEN", "percent_off": "10"})
    assert voucher == {**VOUCHER, "id": voucher["id"], "code": "TEN", "percent_off": "10"}


EITHER = {"non_field_errors": ["Give either an amount or a percentage."]}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"amount": "5.00"}, {"code": ["This field is required."]}),
        ({"code": "AB", "percent_off": "1"}, {"code": ["Use capital letters, digits and hyphens."]}),
        ({"code": "A B C", "percent_off": "1"}, {"code": ["Use capital letters, digits and hyphens."]}),
        ({"code": "ABC"}, EITHER),
        ({"code": "ABC", "amount": "5.00", "percent_off": "5"}, EITHER),
        ({"code": "ABC", "amount": "0.001"}, {"amount": ["This has more decimals than EUR has."]}),
        ({"code": "ABC", "amount": "0.00"}, {"amount": ["Ensure this value is greater than or equal to 1."]}),
        ({"code": "ABC", "percent_off": "0"}, {"percent_off": ["Ensure this value is greater than or equal to 1."]}),
        ({"code": "ABC", "amount": "5.00", "currency": "USD"}, {"currency": ["No venue uses this currency."]}),
        ({"code": "ABC", "percent_off": "5", "group": 99}, {"group": ["There is nothing with the id 99 here."]}),
        (
            {"code": "ABC", "percent_off": "5", "resources": [99]},
            {"resources": ["There is nothing with the id 99 here."]},
        ),
        ({"code": "ABC", "percent_off": "5", "resources": 1}, {"resources": ["Use a list of ids."]}),
        ({"code": "ABC", "percent_off": "5", "resources": [[]]}, {"resources": ["Use an id: a whole number."]}),
        (
            {"code": "ABC", "percent_off": "5", "most_uses": 2**40},
            {"most_uses": ["Ensure this value is less than or equal to 2147483647."]},
        ),
        (
            {"code": "ABC", "percent_off": "5", "valid_from": "2027-02-02", "valid_until": "2027-02-01"},
            {"valid_until": ["The end cannot lie before the beginning."]},
        ),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    refused(api, alpha, "vouchers", body, errors)


def test_code_is_there_once_whatever_its_case(api: Caller, alpha: World) -> None:
    made(api, "vouchers", {"code": "TEN", "percent_off": "10"})
    refused(
        api,
        alpha,
        "vouchers",
        {"code": "ten", "percent_off": "10"},
        {"code": ["Voucher with this Code already exists."]},
    )


def test_amounts_need_a_currency_where_venues_have_several(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.annex).update(currency="JPY")
    needed = {"currency": ["An amount needs a currency."]}
    refused(api, alpha, "vouchers", {"code": "ABC", "amount": "500"}, needed)
    yen = made(api, "vouchers", {"code": "ABC", "amount": "500", "currency": "JPY"})
    assert (yen["amount"], yen["currency"], yen["minimum"]) == ("500", "JPY", "0")
    answer = api("owner").patch(f"{ADMIN}/vouchers/{yen['id']}/", {"currency": "EUR"})
    assert answer.json()["errors"] == {"currency": ["This cannot be changed."]}


def test_manager_names_resources_of_the_own_venues_and_keeps_the_others(api: Caller, alpha: World) -> None:
    voucher = made(api, "vouchers", {"code": "TEN", "percent_off": "10", "resources": [alpha.annex_room]})
    path = f"{ADMIN}/vouchers/{voucher['id']}/"
    both = api("manager").patch(path, {"resources": [alpha.annex_room, alpha.court_1]})
    assert both.json()["resources"] == [alpha.court_1, alpha.annex_room]
    api("manager").patch(path, {"resources": [alpha.court_1]})
    again = api("manager").patch(path, {"resources": [alpha.annex_room]})
    assert again.json()["errors"] == {"resources": [f"There is nothing with the id {alpha.annex_room} here."]}


def test_used_counts_uses_that_count_now(api: Caller, alpha: World) -> None:
    voucher = made(api, "vouchers", {"code": "TEN", "percent_off": "10"})
    with tenant_context(alpha.tenant):
        bookings = [held(alpha.court_1, slot(hour)) for hour in (9, 10, 11)]
        for booking in bookings:
            VoucherUse.objects.create(booking=booking, voucher_id=voucher["id"], amount_minor=250)
        over = database_now() - timedelta(seconds=1)
        Booking.objects.filter(pk=bookings[0].pk).update(hold_expires_at=over)
        Booking.objects.filter(pk=bookings[1].pk).update(state="cancelled")
    assert api("owner").get(f"{ADMIN}/vouchers/").json() == [{**voucher, "used": 1}]
    before = contents(alpha)
    answer = api("owner").delete(f"{ADMIN}/vouchers/{voucher['id']}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert contents(alpha) == before


def test_pack_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    body = {"name": "Ten hours", "minutes": 600, "price": "220.00", "valid_days": 365, "resources": [alpha.court_1]}
    pack = made(api, "packs", body, who="manager")
    assert pack == {"id": pack["id"], **body, "currency": "EUR", "is_active": True, "position": 0}
    path = f"{ADMIN}/packs/{pack['id']}/"
    assert api("accountant").get(path).json() == pack
    assert api("accountant").get(f"{ADMIN}/packs/").json() == [pack]
    changed = api("owner").patch(path, {"price": "199.90", "valid_days": None})
    assert changed.json() == {**pack, "price": "199.90", "valid_days": None}
    with tenant_context(alpha.tenant):
        assert Pack.objects.get(pk=pack["id"]).price_minor == 19990
    assert api("owner").delete(path).status_code == 204


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"name": "A", "minutes": 60}, {"price": ["This field is required."]}),
        (
            {"name": "A", "minutes": 0, "price": "1.00"},
            {"minutes": ["Ensure this value is greater than or equal to 1."]},
        ),
        ({"name": "A", "minutes": 60, "price": "1.001"}, {"price": ["This has more decimals than EUR has."]}),
        (
            {"name": "A", "minutes": 60, "price": "1.00", "currency": "XXX"},
            {"currency": ["No venue uses this currency."]},
        ),
    ],
)
def test_pack_that_makes_no_sense(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    refused(api, alpha, "packs", body, errors)
