"""A task is sent when the transaction is committed, for the tenant of the moment it was asked for (T04)."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection, transaction
from django_tenants.utils import schema_context, tenant_context

from schemas.tasks import TenantTask
from schemas.transactions import after_commit
from tests.schemas.queues import an_app, tenants_work
from tests.worlds import ALPHA, BETA, World, world_of

QUEUE = "celery"


@pytest.fixture
def app() -> Iterator[Celery]:
    """An app with a queue in memory, empty before and after."""
    app = an_app()
    waiting(app)
    yield app
    waiting(app)


def waiting(app: Celery) -> list[tuple[str, Any]]:
    """Take what is in the queue: (schema, arguments)."""
    found = []
    with app.connection() as broker:
        channel: Any = broker.default_channel
        channel.queue_declare(QUEUE)
        while message := channel.basic_get(QUEUE, no_ack=True):
            found.append((message.headers.get("_schema_name"), message.decode()[0]))
    return found


@pytest.fixture
def worlds(scratch: str) -> tuple[World, World]:
    """Alpha and Beta where commits are real."""
    return world_of(ALPHA), world_of(BETA)


def test_task_carries_the_tenant_of_the_moment_it_was_asked_for(app: Celery, worlds: tuple[World, World]) -> None:
    """T04: when the hook fires another schema is current; Django's own would send it there."""
    alpha, beta = worlds
    with transaction.atomic():
        with tenant_context(alpha.tenant):
            after_commit(app.tasks["tenants"], "for alpha")
        with tenant_context(beta.tenant):
            after_commit(app.tasks["tenants"], "for beta")
        connection.set_tenant(beta.tenant)  # type: ignore[attr-defined]
        assert waiting(app) == []
    assert waiting(app) == [(alpha.tenant.schema_name, ["for alpha"]), (beta.tenant.schema_name, ["for beta"])]


def test_task_of_the_platform_carries_public(app: Celery, worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    with transaction.atomic(), schema_context("public"):
        after_commit(app.tasks["platforms"], "for the platform")
        connection.set_tenant(alpha.tenant)  # type: ignore[attr-defined]
    assert waiting(app) == [("public", ["for the platform"])]


def test_nothing_is_sent_for_what_was_rolled_back(app: Celery, worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    with transaction.atomic(), tenant_context(alpha.tenant):
        after_commit(app.tasks["tenants"], "never")
        transaction.set_rollback(True)
    assert waiting(app) == []


def test_without_a_transaction_it_is_sent_at_once(app: Celery, worlds: tuple[World, World]) -> None:
    alpha, _beta = worlds
    with tenant_context(alpha.tenant):
        after_commit(app.tasks["tenants"], "now")
    assert waiting(app) == [(alpha.tenant.schema_name, ["now"])]


def test_dead_broker_is_logged_and_the_change_stands(
    worlds: tuple[World, World], caplog: pytest.LogCaptureFixture
) -> None:
    """Redis is never in the critical path of a booking: nothing is raised, and nobody waits."""
    alpha, _beta = worlds
    dead = Celery("dead", broker="redis://127.0.0.1:1/0", set_as_current=False)
    dead.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    dead.task(base=TenantTask, name="tenants", bind=True, shared=False)(tenants_work)
    dead.finalize()
    begun = time.monotonic()
    with caplog.at_level(logging.ERROR), tenant_context(alpha.tenant):
        with transaction.atomic():
            after_commit(dead.tasks["tenants"], "lost")
            after_commit(an_app().tasks["tenants"], "the next hook still runs")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert time.monotonic() - begun < 1
    assert [record.levelname for record in caplog.records if "on_commit" in record.getMessage()] == ["ERROR"]
    assert waiting(an_app()) == [(alpha.tenant.schema_name, ["the next hook still runs"])]
