"""A business that takes money: web server, worker, a quick clock, and the Stripe sandbox, all of them real."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from io import StringIO
from typing import Any

import psycopg
from django.core.management import call_command
from django.test import override_settings
from django_tenants.utils import tenant_context
from psycopg import sql

from billing.subscriptions import acts
from billing.subscriptions.models import Subscription
from schemas.clock import database_now
from tests import servers
from tests.sandbox import Sandbox, sandbox
from tests.servers import Server
from tests.till import SECRETS, connect, environment
from tests.worlds import ALPHA, BETA, World, world_of
from venues.models import Rate, Resource, Venue

CLOCK = "tests.races.money.hurried"
WAYS: dict[str, dict[str, Any]] = {
    "pay-either": {"pays_on_site": True},
    "pay-deposit": {"deposit_percent": 2000, "balance_days_before": 0},
}
"""Resources of the annex beside its room, and what they have of their own."""


@dataclass(frozen=True)
class File:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Business:
    """Alpha is connected to the sandbox; Beta is not, and tries the platform on a test clock of the sandbox's."""

    server: Server
    stripe: Sandbox
    beta_customer: str
    beta_clock: str
    began: int

    def url(self, slug: str = ALPHA["slug"]) -> str:
        """Where a tenant's pages are."""
        return f"http://{slug}.localhost:{self.server.port}"

    def sql(self, statement: str, *values: object, tenant: str = ALPHA["slug"]) -> list[tuple[Any, ...]]:
        """Rows of one statement in a tenant's schema, committed at once."""
        with psycopg.connect(self.server.database_url, autocommit=True) as connection:
            found = connection.execute("SELECT schema_name FROM tenants_tenant WHERE slug = %s", [tenant]).fetchone()
            assert found is not None
            connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(found[0])))
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def get(self, path: str) -> "File":
        """What Alpha answers to whoever only has the address."""
        asked = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            asked.request("GET", path, headers={"Host": f"{ALPHA['slug']}.localhost"})
            answer = asked.getresponse()
            return File(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            asked.close()

    def advance(self, days: int) -> None:
        """Let Beta's subscription live until so many days after its beginning."""
        v1 = self.stripe.client().v1
        v1.test_helpers.test_clocks.advance(self.beta_clock, {"frozen_time": self.began + days * 86400})


@contextmanager
def running(database: str) -> Iterator[Business]:
    """The servers on a furnished database, which Django must be pointed at."""
    with sandbox() as stripe:
        alpha, beta = world_of(ALPHA), world_of(BETA)
        connect(stripe, alpha.tenant)
        stripe.control("settings", requirements=True)
        extra = environment(stripe)
        _open(alpha)
        with override_settings(STRIPE_SECRET_KEY=stripe.key, STRIPE_API_HOST=stripe.url):
            call_command("plans", stdout=StringIO())
            clock, customer, began = _on_trial(stripe, beta)
        with (
            servers.web(database, extra, workers=1) as web,
            servers.celery_worker(database, extra) as worker,
            servers.celery_beat(database, extra, app=CLOCK),
        ):
            for name, secret in SECRETS.items():
                url = f"http://localhost:{web.port}/stripe/webhooks/{name}/"
                stripe.control("endpoint", url=url, connect=name == "connect", secret=secret)
            yield Business(web, stripe, customer, clock, began)
            worker.child.stop(patience=0)  # it would wait for seconds whether there is still something to do


def _open(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.update(holds_at_once=0, holds_per_day=0)
        annex = Venue.objects.get(slug="annex")
        for slug, fields in WAYS.items():
            made = Resource.objects.create(
                venue=annex, name=slug, slug=slug, horizon_days=365, pays_online=True, **fields
            )
            Rate.objects.create(resource=made, amount_minor=2500)


def _on_trial(stripe: Sandbox, beta: World) -> tuple[str, str, int]:
    with tenant_context(beta.tenant):
        acts.begin(beta.tenant)
    began = int(database_now().timestamp())
    v1 = stripe.client().v1
    clock = v1.test_helpers.test_clocks.create({"frozen_time": began}).id
    customer = v1.customers.create({"name": "Beta", "test_clock": clock}).id
    Subscription.objects.filter(tenant=beta.tenant).update(stripe_customer=customer)
    return clock, customer, began
