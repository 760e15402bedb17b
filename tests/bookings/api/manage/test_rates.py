"""`/admin/rates/`: what time costs, when and for whom."""

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from tests.bookings.api.manage.shop import ADMIN, made, refused
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Rate, Resource, Venue

EMPTY: dict[str, Any] = {
    "product": None,
    "name": "",
    "unit": "hour",
    "currency": "EUR",
    "valid_from": None,
    "valid_until": None,
    "weekdays": [],
    "from_time": None,
    "until_time": None,
    "group": None,
    "priority": 0,
}


def test_rate_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    group = made(api, "groups", {"name": "Members"})["id"]
    body = {
        "resource": alpha.court_1,
        "name": "Evenings",
        "unit": "half_hour",
        "amount": "17.50",
        "valid_from": "2027-01-01",
        "valid_until": "2027-12-31",
        "weekdays": [0, 4],
        "from_time": "17:00",
        "until_time": "22:30",
        "group": group,
        "priority": 10,
    }
    rate = made(api, "rates", body)
    assert rate == {"id": rate["id"], "product": None, "currency": "EUR", **body}
    path = f"{ADMIN}/rates/{rate['id']}/"
    assert api("owner").get(path).json() == rate
    changed = api("owner").patch(path, {"amount": "18.00", "weekdays": []})
    assert (changed.status_code, changed.json()) == (200, {**rate, "amount": "18.00", "weekdays": []})
    with tenant_context(alpha.tenant):
        assert Rate.objects.get(pk=rate["id"]).amount_minor == 1800
    assert api("owner").delete(path).status_code == 204
    assert api("owner").get(path).status_code == 404


def test_rates_are_listed_by_resource_and_by_product(api: Caller, alpha: World) -> None:
    of_court = made(api, "rates", {"resource": alpha.court_1, "amount": "30.00", "priority": 1})
    of_tennis = made(api, "rates", {"product": alpha.tennis, "amount": "9.00", "unit": "booking"})
    listed = api("accountant").get(f"{ADMIN}/rates/", {"resource": alpha.court_1})
    assert listed["X-Total-Count"] == "2"
    assert listed.json()[0] == of_court
    assert of_court == {"id": of_court["id"], "resource": alpha.court_1, **EMPTY, "amount": "30.00", "priority": 1}
    assert api("owner").get(f"{ADMIN}/rates/", {"product": alpha.tennis}).json() == [of_tennis]
    assert of_tennis["resource"] is None
    assert api("owner").get(f"{ADMIN}/rates/", {"product": "x"}).json()["errors"] == {
        "product": ["A valid id is required."]
    }


@pytest.mark.parametrize(
    ("currency", "amount", "minor"), [("JPY", "2500", 2500), ("KWD", "2.500", 2500), ("EUR", "25", 2500)]
)
def test_amount_has_the_decimals_of_the_venues_currency(
    api: Caller, alpha: World, currency: str, amount: str, minor: int
) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.venue).update(currency=currency)
    rate = made(api, "rates", {"resource": alpha.court_1, "amount": amount})
    with tenant_context(alpha.tenant):
        assert Rate.objects.get(pk=rate["id"]).amount_minor == minor
    assert (rate["currency"], rate["amount"]) == (currency, "25.00" if currency == "EUR" else amount)


NO_AMOUNTS: list[Any] = ["-1.00", "1e3", "NaN", "", "1,00", "٣", 5, 2.5, True, []]
AMOUNT = ['Use an amount as a string, such as "25.00".']


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"amount": ["This field is required."]}),
        ({"amount": "1.00"}, {"non_field_errors": ["A rate belongs either to a resource or to a product."]}),
        ({"amount": "1.005"}, {"amount": ["This has more decimals than EUR has."]}),
        ({"amount": "99999999.00"}, {"amount": ["This is too much."]}),
        *[({"amount": wrong}, {"amount": AMOUNT}) for wrong in NO_AMOUNTS],
        ({"amount": None}, {"amount": ["This field may not be null."]}),
        ({"amount": "1.00", "unit": "week"}, {"unit": ['"week" is not a valid choice.']}),
        ({"amount": "1.00", "weekdays": [7]}, {"weekdays": {"0": ["Ensure this value is less than or equal to 6."]}}),
        (
            {"amount": "1.00", "weekdays": [0] * 8},
            {"weekdays": ["List contains 8 items, it should contain no more than 7."]},
        ),
        ({"amount": "1.00", "valid_from": "2027-02-30"}, {"valid_from": ["Use a date such as 2025-01-15."]}),
        (
            {"amount": "1.00", "valid_from": "2027-02-02", "valid_until": "2027-02-01"},
            {"valid_until": ["The end cannot lie before the beginning."]},
        ),
        (
            {"amount": "1.00", "from_time": "17:00"},
            {"non_field_errors": ["Give both times, or neither for the whole day."]},
        ),
        (
            {"amount": "1.00", "from_time": "17:00:30", "until_time": "25:00"},
            {
                "from_time": ["Time has wrong format. Use one of these formats instead: hh:mm, hh:mm:00."],
                "until_time": ["Time has wrong format. Use one of these formats instead: hh:mm, hh:mm:00."],
            },
        ),
        ({"amount": "1.00", "priority": 40_000}, {"priority": ["Ensure this value is less than or equal to 32767."]}),
        ({"amount": "1.00", "resource": 999}, {"resource": ["There is nothing with the id 999 here."]}),
        ({"amount": "1.00", "resource": 2**70}, {"resource": ["Use an id: a whole number."]}),
        ({"amount": "1.00", "resource": "1"}, {"resource": ["Use an id: a whole number."]}),
        ({"amount": "1.00", "group": 999}, {"group": ["There is nothing with the id 999 here."]}),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    sold = {} if "non_field_errors" in errors and "from_time" not in body else {"resource": alpha.court_1}
    refused(api, alpha, "rates", {**sold, **body}, errors)


def test_rate_of_both_is_refused(api: Caller, alpha: World) -> None:
    body = {"amount": "1.00", "resource": alpha.court_1, "product": alpha.tennis}
    errors = {"non_field_errors": ["A rate belongs either to a resource or to a product."]}
    refused(api, alpha, "rates", body, errors)


def test_rate_stays_with_what_it_is_a_rate_of(api: Caller, alpha: World) -> None:
    rate = made(api, "rates", {"resource": alpha.court_1, "amount": "1.00"})
    before = contents(alpha)
    path = f"{ADMIN}/rates/{rate['id']}/"
    answer = api("owner").patch(path, {"resource": alpha.court_2})
    assert (answer.status_code, answer.json()["errors"]) == (400, {"resource": ["This cannot be changed."]})
    assert contents(alpha) == before
    assert api("owner").patch(path, {"resource": alpha.court_1, "priority": 3}).json()["priority"] == 3


def test_manager_prices_what_lies_in_the_own_venues_only(api: Caller, alpha: World) -> None:
    made(api, "rates", {"resource": alpha.court_1, "amount": "20.00"}, who="manager")
    before = contents(alpha)
    answer = api("manager").post(f"{ADMIN}/rates/", {"resource": alpha.annex_room, "amount": "1.00"})
    nothing = {"resource": [f"There is nothing with the id {alpha.annex_room} here."]}
    assert (answer.status_code, answer.json()["errors"]) == (400, nothing)
    with tenant_context(alpha.tenant):
        annexes = Rate.objects.get(resource=alpha.annex_room).pk
    for method in ("get", "patch", "delete"):
        assert getattr(api("manager"), method)(f"{ADMIN}/rates/{annexes}/").status_code == 404
    assert contents(alpha) == before
    listed = {rate["resource"] for rate in api("manager").get(f"{ADMIN}/rates/").json()}
    assert alpha.annex_room not in listed
    assert api("owner").get(f"{ADMIN}/rates/{annexes}/").status_code == 200


def test_manager_does_not_price_a_service_that_another_venue_sells_too(api: Caller, alpha: World) -> None:
    rate = made(api, "rates", {"product": alpha.tennis, "amount": "20.00"}, who="manager")
    with tenant_context(alpha.tenant):
        Resource.objects.get(pk=alpha.annex_room).products.add(alpha.tennis)
    path = f"{ADMIN}/rates/{rate['id']}/"
    assert api("manager").get(path).status_code == 200
    before = contents(alpha)
    assert api("manager").patch(path, {"amount": "1.00"}).status_code == 403
    assert api("manager").delete(path).status_code == 403
    answer = api("manager").post(f"{ADMIN}/rates/", {"product": alpha.tennis, "amount": "1.00"})
    assert answer.json()["errors"] == {"product": [f"There is nothing with the id {alpha.tennis} here."]}
    assert contents(alpha) == before


def test_service_that_is_sold_in_two_currencies_has_no_price_of_its_own(api: Caller, alpha: World) -> None:
    rate = made(api, "rates", {"product": alpha.tennis, "amount": "20.00"})
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.annex).update(currency="JPY")
        Resource.objects.get(pk=alpha.annex_room).products.add(alpha.tennis)
    unclear = "This is sold in several currencies, or none: it is not clear in which one this amount is."
    refused(api, alpha, "rates", {"product": alpha.tennis, "amount": "1"}, {"amount": [unclear]})
    shown = api("owner").get(f"{ADMIN}/rates/{rate['id']}/").json()
    assert (shown["amount"], shown["currency"]) == (None, None)


def test_same_key_makes_one_rate(api: Caller, alpha: World) -> None:
    body = {"resource": alpha.court_1, "amount": "20.00"}
    first = api("owner").post(f"{ADMIN}/rates/", body, headers={"Idempotency-Key": "once"})
    again = api("owner").post(f"{ADMIN}/rates/", body, headers={"Idempotency-Key": "once"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    with tenant_context(alpha.tenant):
        assert Rate.objects.filter(resource=alpha.court_1).count() == 2


def test_unknown_fields_are_ignored(api: Caller, alpha: World) -> None:
    body = {"resource": alpha.court_1, "amount": "20.00", "id": 7, "amount_minor": 1, "currency": "JPY", "x": {}}
    rate = made(api, "rates", body)
    assert (rate["id"] == 7, rate["amount"], rate["currency"]) == (False, "20.00", "EUR")
