"""A Celery app as ours is, with a broker in memory and a real worker in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connection
from tenant_schemas_celery.app import CeleryApp

from schemas.current import current_schema
from schemas.tasks import PublicTask, TenantTask

ran: list[tuple[str, str, str]] = []
"""(task, argument, schema in PostgreSQL) of every body that ran."""


def note(task: str, argument: str) -> None:
    """Remember that a body ran, and where the database says that it did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        ran.append((task, argument, cursor.fetchone()[0]))


def tenants_work(self: Any, argument: str) -> str:
    """Work of a tenant."""
    note("tenants", argument)
    return current_schema()


def platforms_work(self: Any, argument: str) -> str:
    """Work of the platform."""
    note("platforms", argument)
    return current_schema()


def stubborn_work(self: Any, argument: str) -> str:
    """Fails the first time and asks to be run again."""
    note("stubborn", argument)
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    return current_schema()


def an_app() -> Celery:
    """An app with three tasks, that shares nothing with the product's."""
    app = CeleryApp("probe", task_cls="schemas.tasks:TenantTask", set_as_current=False)
    app.conf.update(
        broker_url="memory://", result_backend="cache+memory://", task_acks_late=True, worker_hijack_root_logger=False
    )
    app.task(bind=True, shared=False, base=TenantTask, name="tenants")(tenants_work)
    app.task(bind=True, shared=False, base=PublicTask, name="platforms")(platforms_work)
    app.task(bind=True, shared=False, base=TenantTask, name="stubborn")(stubborn_work)
    app.finalize()
    return app


@contextmanager
def worker(app: Celery) -> Iterator[None]:
    """A worker that takes the messages in order, one at a time."""
    ran.clear()
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        yield
