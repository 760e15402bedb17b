"""`/admin/products/`, `/admin/extra-offers/`, `/admin/custom-fields/`, `/admin/quotas/`."""

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Answer
from tests.bookings.api.manage.shop import ADMIN, made, refused
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Product

RACKET = {"name": "Racket", "slug": "racket", "kind": "extra"}
PRODUCT: dict[str, Any] = {
    "description": "",
    "duration_minutes": None,
    "resources": [],
    "minimum": "0.00",
    "currency": "EUR",
    "vat": None,
    "stock": None,
    "venue": None,
    "is_active": True,
    "position": 0,
}


def test_service_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    body = {
        "name": "Lesson",
        "slug": "lesson",
        "kind": "booking",
        "duration_minutes": 90,
        "resources": [alpha.court_2],
        "minimum": "15.00",
        "vat": "7",
    }
    product = made(api, "products", body, who="manager")
    assert product == {**PRODUCT, **body, "id": product["id"], "public_id": product["public_id"]}
    path = f"{ADMIN}/products/{product['id']}/"
    assert api("accountant").get(path).json() == product
    assert product in api("front_desk").get(f"{ADMIN}/products/").json()
    changed = api("manager").patch(path, {"resources": [alpha.court_1, alpha.court_2], "vat": None})
    assert changed.json() == {**product, "resources": [alpha.court_1, alpha.court_2], "vat": None}
    with tenant_context(alpha.tenant):
        assert Product.objects.get(pk=product["id"]).minimum_minor == 1500
    assert api("manager").delete(path).status_code == 204
    assert api("owner").get(path).status_code == 404


def test_extra_without_stock_is_without_limit(api: Caller, alpha: World) -> None:
    extra = made(api, "products", RACKET)
    assert extra == {**PRODUCT, **RACKET, "id": extra["id"], "public_id": extra["public_id"]}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"name": ["This field is required."], "slug": ["This field is required."]}),
        (
            {**RACKET, "slug": "no slug"},
            {"slug": ['Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.']},
        ),
        ({**RACKET, "kind": "booking"}, {"duration_minutes": ["A service needs a duration."]}),
        ({**RACKET, "duration_minutes": 60}, {"duration_minutes": ["An extra lasts as long as the booking."]}),
        ({**RACKET, "kind": "booking", "duration_minutes": 60, "stock": 5}, {"stock": ["Only extras have stock."]}),
        ({**RACKET, "stock": 5}, {"venue": ["Say where the stock is kept."]}),
        ({**RACKET, "stock": 0}, {"stock": ["Ensure this value is greater than or equal to 1."]}),
        ({**RACKET, "stock": 501}, {"stock": ["Ensure this value is less than or equal to 500."]}),
        ({**RACKET, "stock": 5, "venue": 99}, {"venue": ["There is nothing with the id 99 here."]}),
        ({**RACKET, "resources": [1]}, {"resources": ["Offer an extra with `extra-offers`."]}),
        ({**RACKET, "vat": "7.123"}, {"vat": ['Use a percentage as a string, such as "12.5".']}),
        ({**RACKET, "minimum": "1.234"}, {"minimum": ["This has more decimals than EUR has."]}),
    ],
)
def test_what_makes_no_sense_is_an_error_of_its_field(
    api: Caller, alpha: World, body: dict[str, object], errors: dict[str, object]
) -> None:
    refused(api, alpha, "products", body, errors)


def test_address_of_a_product_is_unique(api: Caller, alpha: World) -> None:
    made(api, "products", RACKET)
    refused(api, alpha, "products", {**RACKET, "name": "B"}, {"slug": ["product with this slug already exists."]})


def test_extra_does_not_become_a_service(api: Caller, alpha: World) -> None:
    extra = made(api, "products", RACKET)
    answer = api("owner").patch(f"{ADMIN}/products/{extra['id']}/", {"kind": "booking", "duration_minutes": 60})
    assert answer.json()["errors"] == {"kind": ["This cannot be changed."]}


def test_service_that_was_booked_is_in_use(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        held(alpha.court_1, slot(9), product_id=alpha.tennis)
    before = contents(alpha)
    answer = api("owner").delete(f"{ADMIN}/products/{alpha.tennis}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert contents(alpha) == before


def test_manager_does_not_change_what_another_venue_sells(api: Caller, alpha: World) -> None:
    body = {"name": "Rehearsal", "slug": "rehearsal", "duration_minutes": 60, "resources": [alpha.annex_room]}
    product = made(api, "products", body)
    path = f"{ADMIN}/products/{product['id']}/"
    assert api("manager").get(path).status_code == 200
    before = contents(alpha)
    assert api("manager").patch(path, {"name": "Mine"}).status_code == 403
    assert api("manager").delete(path).status_code == 403
    nothing = {"resources": [f"There is nothing with the id {alpha.annex_room} here."]}
    assert api("manager").post(f"{ADMIN}/products/", {**body, "slug": "x"}).json()["errors"] == nothing
    assert contents(alpha) == before


def test_offer_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    extra = made(api, "products", RACKET)["id"]
    offer = made(api, "extra-offers", {"extra": extra, "resource": alpha.court_1, "most": 4}, who="manager")
    assert offer == {
        "id": offer["id"],
        "extra": extra,
        "resource": alpha.court_1,
        "product": None,
        "is_required": False,
        "least": 1,
        "most": 4,
        "position": 0,
    }
    path = f"{ADMIN}/extra-offers/{offer['id']}/"
    assert api("accountant").get(path).json() == offer
    with_service = made(api, "extra-offers", {"extra": extra, "product": alpha.tennis})
    assert api("accountant").get(f"{ADMIN}/extra-offers/", {"product": alpha.tennis}).json() == [with_service]
    assert api("owner").patch(path, {"least": 2, "is_required": True}).json() == {
        **offer,
        "least": 2,
        "is_required": True,
    }
    assert api("owner").delete(path).status_code == 204
    assert api("owner").get(f"{ADMIN}/extra-offers/", {"extra": extra}).json() == [with_service]


def test_offer_that_makes_no_sense(api: Caller, alpha: World) -> None:
    extra = made(api, "products", RACKET)["id"]
    kept_elsewhere = made(api, "products", {**RACKET, "slug": "r2", "stock": 3, "venue": alpha.annex})["id"]
    made(api, "extra-offers", {"extra": extra, "resource": alpha.court_1})
    either = ["An extra is offered either with a resource or with a service."]
    again = ["Extra offer with this Extra and Resource already exists."]
    for body, errors in [
        ({"extra": extra}, {"non_field_errors": either}),
        ({"extra": extra, "resource": alpha.court_1, "product": alpha.tennis}, {"non_field_errors": either}),
        ({"extra": extra, "resource": alpha.court_1}, {"non_field_errors": again}),
        (
            {"extra": alpha.tennis + 99, "resource": alpha.court_1},
            {"extra": [f"There is nothing with the id {alpha.tennis + 99} here."]},
        ),
        ({"extra": alpha.tennis, "resource": alpha.court_2}, {"extra": ["There is nothing with the id 1 here."]}),
        ({"extra": extra, "product": extra}, {"product": ["This is not a service."]}),
        (
            {"extra": extra, "resource": alpha.court_2, "least": 5, "most": 2},
            {"most": ["The most cannot be less than the least."]},
        ),
        (
            {"extra": extra, "resource": alpha.court_2, "most": 501},
            {"most": ["Ensure this value is less than or equal to 500."]},
        ),
        (
            {"extra": kept_elsewhere, "resource": alpha.court_2},
            {"extra": ["The stock of this extra is kept in another venue."]},
        ),
    ]:
        refused(api, alpha, "extra-offers", body, errors)


def test_question_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    body = {"resource": alpha.court_1, "label": "Level?", "kind": "choice", "choices": ["New", "Old"]}
    question = made(api, "custom-fields", body, who="manager")
    expected = {"product": None, "help_text": "", "is_required": False, "is_active": True, "position": 0}
    assert question == {"id": question["id"], **body, **expected}
    path = f"{ADMIN}/custom-fields/{question['id']}/"
    assert api("accountant").get(path).json() == question
    assert api("owner").get(f"{ADMIN}/custom-fields/", {"resource": alpha.court_1}).json() == [question]
    assert api("owner").patch(path, {"is_required": True}).json() == {**question, "is_required": True}
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_2, slot(9))
        Answer.objects.create(booking=booking, field_id=question["id"], value="New")
    before = contents(alpha)
    assert api("owner").delete(path).json()["code"] == "in_use"
    assert contents(alpha) == before
    with tenant_context(alpha.tenant):
        Answer.objects.all().delete()
    assert api("owner").delete(path).status_code == 204


def test_question_that_makes_no_sense(api: Caller, alpha: World) -> None:
    of_court = {"resource": alpha.court_1, "label": "?"}
    entries = ["Give the entries of the list, for a list only."]
    for body, errors in [
        ({"label": "?"}, {"non_field_errors": ["A question belongs either to a resource or to a service."]}),
        ({**of_court, "kind": "choice"}, {"choices": entries}),
        ({**of_court, "choices": ["A"]}, {"choices": entries}),
        ({**of_court, "kind": "essay"}, {"kind": ['"essay" is not a valid choice.']}),
        ({"resource": alpha.court_1}, {"label": ["This field is required."]}),
    ]:
        refused(api, alpha, "custom-fields", body, errors)


def test_quota_is_made_read_changed_and_deleted(api: Caller, alpha: World) -> None:
    body = {
        "venue": alpha.venue,
        "kind": "court",
        "measure": "bookings",
        "span": "week",
        "most": 3,
        "weekdays": [0, 1],
        "from_time": "17:00",
        "until_time": "21:00",
    }
    quota = made(api, "quotas", body, who="manager")
    assert quota == {"id": quota["id"], "resource": None, "group": None, **body}
    path = f"{ADMIN}/quotas/{quota['id']}/"
    assert api("accountant").get(path).json() == quota
    assert api("accountant").get(f"{ADMIN}/quotas/", {"venue": alpha.venue}).json() == [quota]
    assert api("owner").patch(path, {"most": 5, "kind": ""}).json() == {**quota, "most": 5, "kind": ""}
    assert api("owner").delete(path).status_code == 204


def test_quota_that_makes_no_sense(api: Caller, alpha: World) -> None:
    plain = {"venue": alpha.venue, "measure": "minutes", "span": "day", "most": 60}
    for body, errors in [
        ({**plain, "venue": 99}, {"venue": ["There is nothing with the id 99 here."]}),
        ({**plain, "resource": alpha.annex_room}, {"resource": ["The resource lies in another venue."]}),
        ({**plain, "from_time": "10:00"}, {"non_field_errors": ["Give both times, or neither for the whole day."]}),
        (
            {**plain, "from_time": "10:00", "until_time": "09:00"},
            {"until_time": ["The end must lie after the beginning."]},
        ),
        ({**plain, "measure": "money"}, {"measure": ['"money" is not a valid choice.']}),
        ({**plain, "most": -1}, {"most": ["Ensure this value is greater than or equal to 0."]}),
    ]:
        refused(api, alpha, "quotas", body, errors)


def test_manager_sets_no_quota_for_another_venue(api: Caller, alpha: World) -> None:
    body = {"venue": alpha.annex, "measure": "minutes", "span": "day", "most": 60}
    quota = made(api, "quotas", body)
    before = contents(alpha)
    answer = api("manager").post(f"{ADMIN}/quotas/", body)
    assert answer.json()["errors"] == {"venue": [f"There is nothing with the id {alpha.annex} here."]}
    for method in ("get", "patch", "delete"):
        assert getattr(api("manager"), method)(f"{ADMIN}/quotas/{quota['id']}/").status_code == 404
    assert api("manager").get(f"{ADMIN}/quotas/").json() == []
    assert contents(alpha) == before
