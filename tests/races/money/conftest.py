"""Servers for money: web, worker, a quick clock, and the sandbox that delivers to them. One set for this folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from billing.subscriptions.models import Plan, Subscription
from schemas.clock import database_now
from tests import servers
from tests.races.conftest import furnished, pointed_at
from tests.races.money.shop import FEE, House, Shop
from tests.races.rigging import Rigging
from tests.sandbox import Sandbox, sandbox
from tests.till import RETURN, SECRETS, Till, connect, environment
from venues.models import Venue

CHARGED = {"direct": "alpha", "destination": "beta"}


@pytest.fixture(scope="package")
def house(
    django_db_blocker: Any, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The servers on a database of their own, Alpha charging on its own account, Beta by the platform."""
    folder: Path = tmp_path_factory.mktemp("failpoints")
    with (
        django_db_blocker.unblock(),
        servers.copied(request.getfixturevalue("template"), "money") as database,
        sandbox() as stripe,
    ):
        ground = furnished(database)
        extra = {**environment(stripe), "FAILPOINTS": str(folder)}
        with (
            servers.web(database, extra, threads=12) as web,
            servers.celery_worker(database, extra, concurrency=3) as worker,
            servers.celery_beat(database, extra, app="tests.races.money.hurried"),
        ):
            found = House(ground, web, worker, stripe, Rigging(folder), environment=extra)
            with pointed_at(database):
                _open(found)
            yield found
            ground.hang_up()


def _open(house: House) -> None:
    """Connect the tenants, have the platform take its part, and tell the sandbox where events go."""
    plan = Plan.objects.create(code="raced", name="Raced", fee=FEE)
    for charge_type, name in CHARGED.items():
        tenant = getattr(house.ground, name).tenant
        Subscription.objects.create(tenant=tenant, plan=plan, updated_at=database_now())
        house.tills[charge_type] = Till(house.stripe, tenant, connect(house.stripe, tenant, charge_type))
        with tenant_context(tenant):
            Venue.objects.update(holds_at_once=0, holds_per_day=0)
    _fund(house.stripe)
    for endpoint, secret in SECRETS.items():
        url = f"http://localhost:{house.server.port}/stripe/webhooks/{endpoint}/"
        house.stripe.control("endpoint", url=url, connect=endpoint == "connect", secret=secret)


def _fund(stripe: Sandbox) -> None:
    """Money of the platform's own: of disputed destination charges it has to pay the venue before the bank decides."""
    order: Any = {"amount": 1_000_000, "currency": "usd", "confirm": True, "payment_method": "pm_card_bypassPending"}
    order["return_url"] = RETURN
    stripe.client().v1.payment_intents.create(order)


@pytest.fixture
def at_work(house: House, django_db_blocker: Any) -> Iterator[House]:
    """The house for one test. Whatever happened, money is in order after it (I3-I6, I14)."""
    house.rigging.clear()
    with django_db_blocker.unblock(), pointed_at(house.ground.database):
        yield house
        house.rigging.clear()
        house.stripe.control("webhooks")
        house.stripe.control("faults", rules=[])
        house.rest()
    found = house.violations()
    house.ground.hang_up()
    assert found == []


def _shop(house: House, charge_type: str) -> Shop:
    return Shop(house, getattr(house.ground, CHARGED[charge_type]), house.tills[charge_type])


@pytest.fixture
def shop(at_work: House) -> Shop:
    """Alpha, which charges on its own account."""
    return _shop(at_work, "direct")


@pytest.fixture(params=list(CHARGED))
def either(request: pytest.FixtureRequest, at_work: House) -> Shop:
    """Alpha, which charges on its own account, and Beta, for which the platform does."""
    return _shop(at_work, request.param)


@pytest.fixture
def till_settings(at_work: House, settings: Any) -> Sandbox:
    """This process uses the house's sandbox too, for commands that are run in it."""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_HOST = at_work.stripe.key, at_work.stripe.url
    return at_work.stripe
