"""What customers are told about extras, questions and prices."""

from datetime import timedelta

from django_tenants.utils import tenant_context

from schemas.clock import database_now
from tests.conftest import Caller
from tests.worlds import World
from venues.models import CustomerGroup, CustomField, ExtraOffer, Product, Rate, Resource, Venue


def extra(slug: str, **fields: object) -> Product:
    """An extra at three euros."""
    product = Product.objects.create(name=slug.title(), slug=slug, kind="extra", **fields)
    Rate.objects.create(product=product, amount_minor=300, unit="booking")
    return product


def test_extras_of_a_resource_and_of_a_service(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        racket, cleaning, gone = extra("racket"), extra("cleaning"), extra("gone", is_active=False)
        free = Product.objects.create(name="Water", slug="water", kind="extra")
        ExtraOffer.objects.create(extra=racket, resource_id=alpha.court_1, most=4, position=2)
        ExtraOffer.objects.create(extra=cleaning, resource_id=alpha.court_1, is_required=True, most=1, position=1)
        ExtraOffer.objects.create(extra=gone, resource_id=alpha.court_1)
        ExtraOffer.objects.create(extra=free, product_id=alpha.tennis, least=2, most=3)
    three = {"price_per_unit": "3.00", "pricing_unit": "booking"}
    assert api("guest").get(f"/api/v1/resources/{alpha.court_1}/extras/").json() == [
        {"id": cleaning.pk, "name": "Cleaning", **three, "is_required": True, "least": 1, "most": 1},
        {"id": racket.pk, "name": "Racket", **three, "is_required": False, "least": 1, "most": 4},
    ]
    nothing = {"price_per_unit": None, "pricing_unit": None}
    assert api("guest").get(f"/api/v1/products/{alpha.tennis}/extras/").json() == [
        {"id": free.pk, "name": "Water", **nothing, "is_required": False, "least": 2, "most": 3}
    ]
    assert api("guest").get(f"/api/v1/resources/{alpha.court_2}/extras/").json() == []


def test_questions_of_a_resource_and_of_a_service(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        level = CustomField.objects.create(
            resource_id=alpha.court_1, label="Level?", kind="choice", choices=["New", "Old"], is_required=True
        )
        CustomField.objects.create(resource_id=alpha.court_1, label="Gone?", is_active=False)
        team = CustomField.objects.create(product_id=alpha.tennis, label="Team?", help_text="As in the league")
    assert api("guest").get(f"/api/v1/resources/{alpha.court_1}/questions/").json() == [
        {
            "id": level.pk,
            "label": "Level?",
            "help_text": "",
            "kind": "choice",
            "choices": ["New", "Old"],
            "is_required": True,
        }
    ]
    assert api("guest").get(f"/api/v1/products/{alpha.tennis}/questions/").json() == [
        {
            "id": team.pk,
            "label": "Team?",
            "help_text": "As in the league",
            "kind": "text",
            "choices": [],
            "is_required": False,
        }
    ]


def test_price_list_of_a_resource_leaves_out_what_is_over(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        today = database_now().date()
        [plain] = Rate.objects.filter(resource=alpha.court_1)
        members = CustomerGroup.objects.create(name="Members")
        evening = Rate.objects.create(
            resource_id=alpha.court_1,
            name="Evening",
            unit="half_hour",
            amount_minor=1750,
            valid_from=today,
            weekdays=[0, 4],
            from_time="17:00",
            until_time="22:00",
            group=members,
            priority=5,
        )
        Rate.objects.create(resource_id=alpha.court_1, amount_minor=1, valid_until=today - timedelta(days=2))
    always: dict[str, object] = {
        "valid_from": None,
        "valid_until": None,
        "weekdays": [],
        "from_time": None,
        "until_time": None,
    }
    assert api("guest").get(f"/api/v1/resources/{alpha.court_1}/rates/").json() == [
        {
            "id": evening.pk,
            "name": "Evening",
            "price_per_unit": "17.50",
            "pricing_unit": "half_hour",
            "valid_from": str(today),
            "valid_until": None,
            "weekdays": [0, 4],
            "from_time": "17:00",
            "until_time": "22:00",
            "group_name": "Members",
            "priority": 5,
        },
        {
            "id": plain.pk,
            "name": "",
            "price_per_unit": "25.00",
            "pricing_unit": "hour",
            **always,
            "group_name": None,
            "priority": 0,
        },
    ]


def test_price_of_a_product_is_told_where_it_is_clear(api: Caller, alpha: World) -> None:
    def told() -> dict[str, tuple[object, object, object]]:
        rows = api("guest").get("/api/v1/products/").json()
        return {row["slug"]: (row["price_per_unit"], row["pricing_unit"], row["currency"]) for row in rows}

    with tenant_context(alpha.tenant):
        racket = extra("racket")
    assert told() == {"tennis": (None, None, "EUR"), "racket": ("3.00", "booking", "EUR")}
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.annex).update(currency="JPY")
    assert told()["racket"] == (None, "booking", None)
    with tenant_context(alpha.tenant):
        ExtraOffer.objects.create(extra=racket, resource_id=alpha.annex_room)
    assert told() == {"tennis": (None, None, "EUR"), "racket": ("300", "booking", "JPY")}
    with tenant_context(alpha.tenant):
        ExtraOffer.objects.create(extra=racket, product_id=alpha.tennis)
    assert told()["racket"] == (None, "booking", None)


def test_what_customers_do_not_see_has_no_extras_either(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.court_1).update(is_active=False)
        Product.objects.filter(pk=alpha.tennis).update(is_active=False)
    for path in ("extras", "questions", "rates"):
        assert api("guest").get(f"/api/v1/resources/{alpha.court_1}/{path}/").status_code == 404
    for path in ("extras", "questions"):
        assert api("guest").get(f"/api/v1/products/{alpha.tennis}/{path}/").status_code == 404
    assert api(None).get(f"/api/v1/resources/{alpha.court_2}/extras/").status_code == 401
