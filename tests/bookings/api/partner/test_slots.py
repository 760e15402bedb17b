"""`GET /slots?productId=&spaceId=&from=&to=` (API.md, partner), and the lists that have the ids."""

from datetime import datetime, timedelta

import pytest

from bookings import lifecycle
from bookings.requests import HoldRequest
from tests.bookings.api.partner.kit import Partner
from tests.bookings.scenes import at, slot
from tests.oauth.asking import browser
from venues.models import CustomField, ExtraOffer, Product, Rate, Resource

NOTHING = "00000000-0000-4000-8000-000000000999"


def slots(shop: Partner, **query: str) -> list[dict[str, str]]:
    """What is free at Court 1 on the day of the scenes."""
    known = {"productId": shop.product, "spaceId": shop.court, "from": f"{at(10):%F}"}
    answer = shop.get("slots", {**known, **query})
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_slots_are_as_long_as_the_product_and_in_utc(shop):
    found = slots(shop)
    assert found[0].keys() == {"productId", "spaceId", "from", "to", "price", "currency"}
    [ten] = [one for one in found if one["from"] == f"{at(10):%FT%TZ}"]
    assert ten == {
        "productId": shop.product,
        "spaceId": shop.court,
        "from": f"{at(10):%FT%TZ}",
        "to": f"{at(11):%FT%TZ}",
        "price": "25.00",
        "currency": "EUR",
    }
    assert [one["from"] for one in found] == sorted(one["from"] for one in found)


def test_slots_are_those_that_are_free(shop):
    before = {one["from"] for one in slots(shop)}
    lifecycle.hold(HoldRequest(period=slot(10), resource_id=shop.world.court_1))
    after = {one["from"] for one in slots(shop)}
    assert before - after == {f"{at(10, -30):%FT%TZ}", f"{at(10):%FT%TZ}", f"{at(10, 30):%FT%TZ}"}


def test_without_a_space_all_spaces_of_the_product_are_told(shop):
    answer = shop.get("slots", {"productId": shop.product, "from": f"{at(10):%F}"})
    ten = [one["spaceId"] for one in answer.json() if one["from"] == f"{at(10):%FT%TZ}"]
    assert sorted(ten) == sorted([shop.court, shop.space(shop.world.court_2)])


def test_span_is_days_a_last_day_or_an_instant(shop):
    day = at(10)
    two = slots(shop, to="2")
    assert two == slots(shop, to=f"{day + timedelta(days=1):%F}")
    assert {one["from"][:10] for one in two} == {f"{day:%F}", f"{day + timedelta(days=1):%F}"}
    hour = slots(shop, **{"from": day.isoformat(), "to": (day + timedelta(hours=1)).isoformat()})
    assert [one["from"] for one in hour] == [f"{day:%FT%TZ}", f"{at(10, 30):%FT%TZ}"]
    assert [one["from"][:10] for one in slots(shop)] == [f"{day:%F}"] * len(slots(shop))
    late = slots(shop, **{"from": f"{day:%F}T22:00:00-05:00", "to": "1"})
    assert datetime.fromisoformat(late[0]["from"]) >= datetime.fromisoformat(f"{day:%F}T22:00:00-05:00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"productId": "7"}, "productId"),
        ({"productId": None}, "productId"),
        ({"spaceId": "court"}, "spaceId"),
        ({"from": None}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2027-01-01T10:00:00"}, "from"),
        ({"to": "0"}, "to"),
        ({"to": "63"}, "to"),
        ({"to": "1" * 30}, "to"),
        ({"to": "2020-01-01"}, "to"),
        ({"to": "2099-01-01"}, "to"),
        ({"to": "2027-01-01T10:00:00"}, "to"),
    ],
)
def test_nonsense_names_its_field(shop, changes, field):
    query = {"productId": shop.product, "from": f"{at(10):%F}", **changes}
    answer = shop.get("slots", {name: value for name, value in query.items() if value is not None})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"].keys() == {field}


def test_what_is_not_there_is_404(shop):
    day = f"{at(10):%F}"
    for query in (
        {"productId": NOTHING},
        {"productId": shop.product, "spaceId": NOTHING},
        {"productId": shop.product, "spaceId": shop.space(shop.world.hall)},
    ):
        answer = shop.get("slots", {**query, "from": day})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_products_and_spaces_tell_their_ids(shop):
    extra = Product.objects.create(name="Racket", slug="racket", kind=Product.Kind.EXTRA)
    Rate.objects.create(product=extra, amount_minor=300, unit=Rate.Unit.BOOKING)
    ExtraOffer.objects.create(extra=extra, product_id=shop.world.tennis, most=4)
    field = CustomField.objects.create(resource_id=shop.world.court_1, label="Team?", is_required=True)
    [tennis] = shop.get("products").json()
    spaces = shop.get("spaces").json()
    assert (tennis["id"], tennis["durationMinutes"]) == (shop.product, 60)
    assert tennis["spaces"] == [one["id"] for one in spaces] == [shop.court, shop.space(shop.world.court_2)]
    assert tennis["additionalProducts"] == [
        {
            "id": str(extra.public_id),
            "name": "Racket",
            "isRequired": False,
            "least": 1,
            "most": 4,
            "pricePerUnit": "3.00",
            "pricingUnit": "booking",
            "currency": "EUR",
        }
    ]
    assert (tennis["pricePerUnit"], spaces[0]["pricePerUnit"], spaces[0]["pricingUnit"]) == (None, "25.00", "hour")
    assert spaces[0]["products"] == [shop.product]
    assert spaces[0]["questions"] == [
        {"id": field.pk, "text": "Team?", "kind": "text", "choices": [], "isRequired": True}
    ]
    assert (spaces[0]["timeZone"], spaces[0]["currency"]) == ("Europe/Berlin", "EUR")
    first = shop.get("spaces", {"pageSize": 1})
    assert (first.json(), first["X-Total-Count"]) == ([spaces[0]], "2")
    assert shop.get("spaces", {"page_size": 1, "page": 2}).json() == [spaces[1]]


def test_owner_finds_the_ids_at_the_desk_and_nobody_else_does(shop):
    extra = Product.objects.create(name="Racket", slug="racket", kind=Product.Kind.EXTRA)
    known, no_services = (shop.product, shop.court, str(extra.public_id)), shop.space(shop.world.hall)
    page = browser(shop.world, "owner").get("/desk/api/ids/")
    assert page.status_code == 200
    assert [each for each in known if each not in page.content.decode()] == []
    assert no_services not in page.content.decode()
    assert browser(shop.world, "manager").get("/desk/api/ids/").status_code == 403


def test_ids_are_unguessable_and_each_its_own(in_alpha):
    ids = [*Product.objects.values_list("public_id", flat=True), *Resource.objects.values_list("public_id", flat=True)]
    assert len(ids) == len(set(ids))
    assert {one.version for one in ids} == {4}


def test_lists_cost_the_same_however_long_they_are(shop, django_assert_num_queries):
    day = {"productId": shop.product, "from": f"{at(10):%F}"}
    counts = {"products": 6, "spaces": 5, "slots": 8}
    for path, query in (("products", {}), ("spaces", {}), ("slots", day), ("slots", {**day, "to": "20"})):
        with django_assert_num_queries(counts[path]):
            shop.get(path, query)
