"""Settings without which tenants would see each other are checked at the start (T01, T07, T17)."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

from config.celery import app
from embedded import run as embedded_run
from rest.csrf import CsrfMiddleware
from schemas.checks import isolation_settings
from tenants import due, tasks
from tests import servers
from tests.databases import ROOT

APPS = ("bookings", "billing", "tenants", "venues", "platform/config", "platform/operators")


@pytest.mark.django_db  # dj-stripe's own checks look into its tables
def test_test_settings_pass_all_checks() -> None:
    assert [found for found in run_checks() if not found.is_silenced()] == []


def test_forms_are_checked_by_djangos_middleware_or_a_child_of_it() -> None:
    """What the silenced check (security.W003) would have seen, and stricter."""
    found = [import_string(name) for name in settings.MIDDLEWARE]
    assert [each for each in found if isinstance(each, type) and issubclass(each, CsrfViewMiddleware)] == [
        CsrfMiddleware
    ]


def test_settings_of_ones_own_on_top_of_ours_are_whole(tmp_path: Path) -> None:
    """`config` makes the Celery app when it is first imported: had that read a setting, it would find none."""
    (tmp_path / "of_ones_own.py").write_text("from config.settings.test import *\nMINE = LOG_FORMAT\n")
    env = {**servers.environment("nowhere"), "DJANGO_SETTINGS_MODULE": "of_ones_own"}
    env["PYTHONPATH"] = os.pathsep.join((env["PYTHONPATH"], str(tmp_path)))
    code = "import django; django.setup(); from django.conf import settings as found;"
    code += "print(found.MINE, found.ROOT_URLCONF)"
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("plain config.urls_tenant\n", 0), done.stderr


def test_cache_without_the_schema_in_its_keys_is_refused(settings: Settings) -> None:
    """T07: also a second cache that somebody adds."""
    for alias in ("default", "another"):
        backend = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        settings.CACHES = {**settings.CACHES, alias: backend}
    errors = isolation_settings()
    assert [error.id for error in errors] == ["schemas.E001", "schemas.E001"]
    assert all("KEY_FUNCTION" in str(error.hint) for error in errors)


def test_public_site_for_unknown_hosts_is_refused(settings: Settings) -> None:
    """T17."""
    settings.SHOW_PUBLIC_IF_NO_TENANT_FOUND = True
    assert [error.id for error in isolation_settings()] == ["schemas.E002"]


def test_transactions_around_requests_are_refused(settings: Settings) -> None:
    settings.DATABASES = {"default": {**settings.DATABASES["default"], "ATOMIC_REQUESTS": True}}
    assert [error.id for error in isolation_settings()] == ["schemas.E003"]


def test_unknown_hosts_get_no_public_site() -> None:
    """T17."""
    assert settings.SHOW_PUBLIC_IF_NO_TENANT_FOUND is False


def test_connections_are_pooled_and_recycled() -> None:
    """One that has touched 1,000 tenants would hold 470 MB: `tests/schemas/test_sessions.py`."""
    database: Any = settings.DATABASES["default"]
    assert database["CONN_MAX_AGE"] == 0
    assert database["OPTIONS"]["pool"]["max_lifetime"] == 1800


def test_celery_is_set_for_work_that_must_not_be_lost_or_doubled() -> None:
    """RELIABILITY.md 12: late acknowledgement, one at a time, no task longer than half the broker's patience."""
    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert (conf.task_serializer, conf.result_serializer, conf.accept_content) == ("json", "json", ["json"])
    assert (conf.worker_soft_shutdown_timeout, conf.worker_enable_soft_shutdown_on_idle) == (20, True)
    assert conf.worker_soft_shutdown_timeout < embedded_run.WORKER_PATIENCE
    assert conf.result_expires == 3600
    app.loader.import_default_modules()
    limits = [task.time_limit for task in app.tasks.values() if task.time_limit]
    assert max([conf.task_time_limit, *limits]) < 900 / 2
    assert tasks.perform.soft_time_limit < tasks.perform.time_limit < due.LEASE.total_seconds()


def test_broker_has_the_same_patience_wherever_it_is_read() -> None:
    """The shortest wins, so one that differs would bring long work twice."""
    conf = app.conf
    with app.connection_for_write() as broker:
        channel: Any = broker.default_channel
        assert channel.visibility_timeout == 900
        assert (channel.unacked_restore_interval, channel.unacked_restore_throttle) == (10, 1)
    assert conf.broker_transport_options["visibility_timeout"] == 900
    assert conf.result_backend_transport_options["visibility_timeout"] == 900
    assert conf.visibility_timeout == 900


def test_every_queue_of_due_work_is_declared_and_every_worker_takes_all() -> None:
    declared = {queue.name for queue in app.conf.task_queues}
    assert declared == {app.conf.task_default_queue, *due.Queue}
    assert set(app.amqp.queues.consume_from) == declared
    assert {route["queue"] for route in app.conf.task_routes.values()} <= declared


def test_no_task_waits_in_the_broker_for_its_time() -> None:
    """PostgreSQL is the schedule: an ETA beyond the visibility timeout would be brought again and again."""
    asked = re.compile(r"\b(countdown|eta)=")
    found = [path for app_ in APPS for path in (ROOT / app_).rglob("*.py") if asked.search(path.read_text())]
    assert found == []
