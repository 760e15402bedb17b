"""The Celery app: tasks of tenants by default, and they refuse to run without one."""

import logging
import os
from collections.abc import Callable
from typing import Any

from celery.signals import beat_init, setup_logging, worker_init, worker_process_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from tenant_schemas_celery.app import CeleryApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

from config import figureserver, tasklog, tracing

__all__ = ["app", "tasklog"]

app = CeleryApp("forecourt", task_cls="schemas.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["config.reconciling"])


def keep_to_our_log(**_kwargs: Any) -> None:
    """Celery writes as everything else does: where somebody is connected, it leaves Django's `LOGGING` alone."""


@app.on_after_configure.connect
def choose_log(**_kwargs: Any) -> None:
    """Not earlier: a settings module on top of ours imports this one before it has anything itself."""
    if settings.LOG_FORMAT == "json":
        logging.captureWarnings(True)
        setup_logging.connect(keep_to_our_log)


@worker_init.connect
def tell_figures(**_kwargs: Any) -> None:
    """What the processes of this worker count is told by its first one."""
    from config.settings import serving

    figureserver.begin(serving.METRICS_PORT)


@worker_process_init.connect
def begin_tracing(**_kwargs: Any) -> None:
    """Errors and traces are sent by each process for itself."""
    tracing.begin()


@worker_init.connect
def check_what_mixes_up_or_loses(**_kwargs: Any) -> None:
    """Behind a pooler in transaction mode a worker would mix tenants up; a forgetful broker would lose tasks."""
    from config import starting

    _or_end(starting.check_poolers)
    _or_end(starting.check_nodes)
    _or_end(starting.check_broker)


@beat_init.connect
def check_broker(**_kwargs: Any) -> None:
    """What beat sends must be kept, too."""
    from config import starting

    _or_end(starting.check_broker)


def _or_end(check: Callable[[], None]) -> None:
    # Celery writes down what a receiver raises, and goes on; an exit it lets through.
    try:
        check()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error
