"""Lists of the staff's catalogue: pages, and as many queries for thirty rows as for three."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import GiftCredit, HoursAccount, HoursEntry
from schemas.clock import database_now
from tests.bookings.api.manage.shop import ADMIN
from tests.conftest import Caller
from tests.worlds import World
from venues.models import (
    CancellationPolicy,
    CancellationStep,
    CustomerGroup,
    CustomField,
    ExtraOffer,
    Membership,
    Pack,
    Product,
    Quota,
    Rate,
    Resource,
    Voucher,
)


def _rate(world: World, number: int) -> None:
    Rate.objects.create(resource_id=world.court_1, amount_minor=number)
    Rate.objects.create(product_id=world.tennis, amount_minor=number)


def _group(world: World, number: int) -> None:
    group = CustomerGroup.objects.create(name=f"Group {number}")
    Membership.objects.create(group=group, user_id=world.users["guest"])


def _product(world: World, number: int) -> None:
    pool = Resource.objects.create(venue_id=world.venue, name="Pool", slug=f"pool-{number}", units=5)
    Product.objects.create(name="Extra", slug=f"extra-{number}", kind="extra", stock=pool)
    service = Product.objects.create(name="Lesson", slug=f"lesson-{number}", duration_minutes=60)
    service.resources.set([world.court_1, world.court_2])


def _offer(world: World, number: int) -> None:
    extra = Product.objects.create(name="Extra", slug=f"extra-{number}", kind="extra")
    ExtraOffer.objects.create(extra=extra, resource_id=world.court_1)


def _question(world: World, number: int) -> None:
    CustomField.objects.create(resource_id=world.court_1, label=str(number))


def _policy(_world: World, number: int) -> None:
    policy = CancellationPolicy.objects.create(name=str(number))
    CancellationStep.objects.create(policy=policy)


def _voucher(world: World, number: int) -> None:
    Voucher.objects.create(code=f"CODE-{number}", percent_off=100).resources.set([world.court_1])


def _pack(world: World, number: int) -> None:
    Pack.objects.create(name=str(number), minutes=60, price_minor=1, currency="EUR").resources.set([world.court_1])


def _credit(_world: World, number: int) -> None:
    GiftCredit.objects.create(code=f"CODE-{number}", currency="EUR", balance_minor=1, created_at=database_now())


def _hours(world: World, number: int) -> None:
    pack = Pack.objects.create(name=str(number), minutes=60, price_minor=1, currency="EUR")
    pack.resources.set([world.court_1])
    customer = User.objects.create_user(f"c{number}@example.org")
    for owner in (customer.pk, world.users["guest"]):
        row = HoursAccount.objects.create(customer_id=owner, pack=pack, minutes_left=60, created_at=database_now())
        HoursEntry.objects.create(account=row, minutes=60, at=database_now())


def _quota(world: World, number: int) -> None:
    Quota.objects.create(venue_id=world.venue, measure="bookings", span="day", most=number)


LISTS: list[tuple[str, Callable[[World, int], None], int]] = [
    ("admin/rates", _rate, 4),
    ("admin/groups", _group, 4),
    ("admin/products", _product, 5),
    ("admin/extra-offers", _offer, 4),
    ("admin/custom-fields", _question, 4),
    ("admin/cancellation-policies", _policy, 6),
    ("admin/vouchers", _voucher, 7),
    ("admin/packs", _pack, 5),
    ("admin/gift-credits", _credit, 4),
    ("admin/hours-accounts", _hours, 5),
    ("admin/quotas", _quota, 4),
    ("hours-accounts", _hours, 5),
    ("products", _product, 5),
    ("resources/{court_1}/extras", _offer, 6),
    ("resources/{court_1}/questions", _question, 5),
    ("resources/{court_1}/rates", _rate, 6),
]


@pytest.mark.parametrize(("path", "make", "queries"), LISTS, ids=[path for path, _make, _queries in LISTS])
def test_list_costs_the_same_however_long_it_is(
    api: Caller, alpha: World, path: str, make: Callable[[World, int], None], queries: int
) -> None:
    """Search path, token, count, rows, and what hangs on them: no query a row."""
    who = "owner" if path.startswith("admin") else "guest"
    path = f"{ADMIN.removesuffix('admin')}{path.format(court_1=alpha.court_1)}/"
    counted = []
    for numbers in (range(3), range(3, 30)):
        with tenant_context(alpha.tenant):
            for number in numbers:
                make(alpha, number)
        api(who).get(path)  # the host is known from here on
        with CaptureQueriesContext(connection) as found:
            answer: Any = api(who).get(path, {"page_size": 100})
        assert answer.status_code == 200
        assert len(answer.json()) >= len(numbers)
        counted.append(len(found))
    assert counted == [queries, queries]


def test_lists_come_in_pages(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        for number in range(5):
            _voucher(alpha, number)
    answer = api("owner").get(f"{ADMIN}/vouchers/", {"page_size": 2, "page": 2})
    assert [row["code"] for row in answer.json()] == ["CODE-2", "CODE-3"]
    assert answer["X-Total-Count"] == "5"
    assert 'rel="next"' in answer["Link"]
