"""Owner and managers look after prices, managers those of their venues; the desk may ask what something would cost."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from tests.flows.pages import Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import Pack, Product, Rate, Resource, Voucher
from venues.policies import Draft, create

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
LISTS = ("prices/", "prices/change/", "vouchers/", "vouchers/new/", "vouchers/many/", "vouchers/codes.csv",
         "packs-on-sale/", "policies/", "policies/new/")  # fmt: skip


@pytest.mark.parametrize(
    ("who", "main", "annex", "tester"),
    [
        ("owner", 200, 200, 200),
        ("manager", 200, 404, 200),
        ("front_desk", 403, 403, 200),
        ("accountant", 403, 403, 403),
        ("guest", 403, 403, 403),
    ],
)
def test_who_sees_which_prices(alpha: World, visitor: Come, who: str, main: int, annex: int, tester: int) -> None:
    with tenant_context(alpha.tenant):
        voucher = Voucher.objects.create(code="SPRING", percent_off=1000)
        policy = create(Draft("House"))
        own, other = (Rate.objects.get(resource=pk) for pk in (alpha.court_1, alpha.annex_room))
        abroad = Product.objects.create(name="Drums", slug="drums", duration_minutes=60)
        abroad.resources.set([alpha.annex_room])
    someone = visitor(who)
    assert {path: someone.open(f"/desk/{path}").status for path in LISTS} == dict.fromkeys(LISTS, min(main, 403))
    for path in (f"vouchers/{voucher.pk}/", f"policies/{policy.pk}/"):
        assert someone.open(f"/desk/{path}").status == main
    assert someone.open("/desk/prices/test/").status == tester
    for kind, mine, foreign in (
        ("resources", alpha.court_1, alpha.annex_room),
        ("services", alpha.tennis, abroad.pk),
        ("rates", own.pk, other.pk),
    ):
        assert someone.open(f"/desk/prices/{kind}/{mine}/").status == main
        assert someone.open(f"/desk/prices/{kind}/{foreign}/").status == annex
        assert someone.open(f"/desk/prices/{kind}/999999/").status == (404 if main == 200 else main)
        if kind != "rates":
            assert someone.open(f"/desk/prices/{kind}/{foreign}/copy/").status == annex


def test_foreign_prices_cannot_be_written(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open(f"/desk/prices/resources/{alpha.court_1}/")
    token = page.form("/set/").fields["csrfmiddlewaretoken"]
    with tenant_context(alpha.tenant):
        other = Rate.objects.get(resource=alpha.annex_room)
    for path in (f"resources/{alpha.annex_room}/set/", f"rates/{other.pk}/remove/", f"rates/{other.pk}/"):
        answer = manager.client.post(f"/desk/prices/{path}", {"csrfmiddlewaretoken": token, "amount": "1"})
        assert answer.status_code == 404
    with tenant_context(alpha.tenant):
        assert Rate.objects.filter(resource=alpha.annex_room).count() == 1


@pytest.mark.parametrize("count", [1, 50])
def test_pages_ask_as_often_however_much_there_is(alpha: World, visitor: Come, count: int) -> None:
    with tenant_context(alpha.tenant):
        made = Resource.objects.bulk_create(
            Resource(venue_id=alpha.venue, name=f"Room {number}", slug=f"room-{number}") for number in range(count // 2)
        )
        Rate.objects.bulk_create(Rate(resource=resource, amount_minor=1000) for resource in made)
        Rate.objects.bulk_create(
            Rate(resource_id=alpha.court_1, amount_minor=number, priority=number) for number in range(count)
        )
        Voucher.objects.bulk_create(Voucher(code=f"CODE-{number}", percent_off=100) for number in range(count))
        Pack.objects.bulk_create(
            Pack(name=f"Pack {number}", minutes=60, price_minor=1, currency="EUR") for number in range(count)
        )
        for number in range(count):
            create(Draft(f"Policy {number}"))
    owner = visitor("owner")
    owner.open("/desk/prices/")
    found = {}
    for path in ("prices/", f"prices/resources/{alpha.court_1}/", "prices/change/", "vouchers/", "packs-on-sale/",
                 "policies/", "prices/test/"):  # fmt: skip
        with counted() as queries:
            owner.open(f"/desk/{path}")
        found[path.replace(f"/{alpha.court_1}/", "/")] = len(queries)
    assert found == COSTS


COSTS = {
    "prices/": 8,
    "prices/resources/": 7,
    "prices/change/": 5,
    "vouchers/": 8,
    "packs-on-sale/": 6,
    "policies/": 9,
    "prices/test/": 9,
}
