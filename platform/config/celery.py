"""The Celery app: tasks of tenants by default, and they refuse to run without one."""

import os
from typing import Any

import psycopg
from celery.signals import worker_init
from tenant_schemas_celery.app import CeleryApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

app = CeleryApp("forecourt", task_cls="schemas.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["config.reconciling"])


@worker_init.connect
def refuse_transaction_pooling(**_kwargs: Any) -> None:
    """A worker behind a pooler in transaction mode would mix tenants up: do not start."""
    from django.conf import settings

    from tenants import pooling

    pooling.refuse_transaction_pooling(lambda: psycopg.connect(settings.DATABASE_URL, autocommit=True))
