"""Databases, worlds and clients for every test. Services come from `make test` (DATABASE_URL, REDIS_URL)."""

import gc
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import translation
from django_tenants.utils import tenant_context
from hypothesis import settings as hypothesis_settings
from rest_framework.test import APIClient

from bookings import claims
from rest import counters
from tenants import hosts
from tests import databases, servers
from tests.sandbox import Sandbox, sandbox
from tests.till import Till, connect, point_settings_at
from tests.worlds import ALPHA, BETA, World, furnish, world_of

# The same examples in every run, and no folder of them: a red test is red for everybody.
hypothesis_settings.register_profile("house", derandomize=True, database=None, deadline=None)
hypothesis_settings.load_profile("house")

if "REDIS_URL" in os.environ:
    settings.REDIS_URL = settings.CELERY_BROKER_URL = servers.cache_url()
    settings.CACHE_URL = settings.LIMITS_URL = settings.CACHES["default"]["LOCATION"] = servers.cache_url()


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: the collector need not walk through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is: locks that took long are taken for a lost race; a host stays known; Redis counts."""
    monkeypatch.setattr(claims, "A_WAIT", math.inf)
    monkeypatch.setattr(counters, "PATIENCE", 20.0)
    monkeypatch.setattr(hosts, "SECONDS_KEPT", math.inf)


@pytest.fixture(scope="session")
def template() -> str:
    """The migrated and furnished database, made once and kept for the next run."""
    name = databases.template_name()
    with databases.maintenance() as maintenance:
        if not databases.exists(name, maintenance):
            making = f"{name}_making"
            databases.drop(making, maintenance)
            maintenance.execute(f'CREATE DATABASE "{making}"')
            use_database(making)
            call_command("migrate_schemas", verbosity=0)
            furnish(ALPHA)
            furnish(BETA)
            leave_database()
            maintenance.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


def use_database(name: str) -> None:
    """Point Django at a database."""
    leave_database()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def leave_database() -> None:
    """Close every connection of this process."""
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


@contextmanager
def pointed_at(database: str) -> Iterator[None]:
    """Django in this process works on another database for the time of the block."""
    before = str(settings.DATABASES["default"]["NAME"])
    use_database(database)
    yield
    use_database(before)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: object, request: pytest.FixtureRequest) -> Iterator[None]:
    """A copy of the template for this worker, in place of pytest-django's own."""
    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.copy(name, request.getfixturevalue("template"))
        use_database(name)
        yield
        leave_database()
        with databases.maintenance() as maintenance:
            databases.drop(name, maintenance)


@contextmanager
def own_database(template: str, blocker: Any) -> Iterator[str]:
    """A copy of the template for the time of the block, in which commits are real."""
    with blocker.unblock():
        workers_own = connection.settings_dict["NAME"]
        name = f"scratch_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}"
        databases.copy(name, template)
        use_database(name)
        hosts.forget()
        yield name
        use_database(workers_own)
        with databases.maintenance() as maintenance:
            databases.drop(name, maintenance)


@pytest.fixture
def scratch(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[str]:
    """A database of the test's own, for several connections at once."""
    with own_database(template, django_db_blocker) as name:
        yield name


@pytest.fixture
def alpha(db: None) -> World:
    """The sports centre. Enter its schema with `with tenant_context(alpha.tenant)`."""
    return world_of(ALPHA)


@pytest.fixture
def beta(db: None) -> World:
    """The rehearsal rooms: same ids, another schema."""
    return world_of(BETA)


@pytest.fixture
def in_alpha(alpha: World) -> Iterator[World]:
    """The test runs inside Alpha's schema."""
    with tenant_context(alpha.tenant):
        yield alpha


@pytest.fixture
def api(alpha: World) -> "Caller":
    """Calls Alpha's API as anybody of the cast: `api("guest").get(...)`."""
    return Caller(alpha)


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[Sandbox]:
    """The Stripe sandbox of this worker; it starts when a test asks for it."""
    with sandbox() as server:
        yield server


@pytest.fixture
def stripe(stripe_server: Sandbox, alpha: World, settings: Any) -> Till:
    """A sandbox that has forgotten everything, this process pointed at it, and Alpha connected and fully enabled."""
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    return Till(stripe_server, alpha.tenant, connect(stripe_server, alpha.tenant))


class Caller:
    """Makes API clients for a world: `Caller(beta)("owner").post(path, body)`."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, who: str | None, **headers: Any) -> APIClient:
        """A client that speaks JSON to the world's host with the token of `who`."""
        client = APIClient(HTTP_HOST=self.world.host, **headers)
        client.default_format = "json"
        if who:
            client.credentials(HTTP_AUTHORIZATION=f"Token {self.world.tokens[who]}")
        return client


@pytest.fixture(autouse=True)
def public_schema_after() -> Iterator[None]:
    """A schema, a tenant in memory or a language left behind must not decide where the next test begins."""
    yield
    translation.deactivate()
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    hosts.forget()
