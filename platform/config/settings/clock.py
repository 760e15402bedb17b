"""Celery: its queues, what a worker may lose and how long it may take (RELIABILITY.md, Celery settings), and beat."""

from celery.schedules import crontab
from kombu import Queue

# `celery` is for ticks and whatever names no queue; the others are `tenants.due.Queue`. A worker without `-Q` takes all
# of them, in turn: no queue waits for another one to be empty.
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_QUEUES = [Queue(name) for name in ("celery", "money", "mail", "sync", "bulk")]
CELERY_TASK_ROUTES = {
    "config.handle_event": {"queue": "money"},
    "config.reconcile_one": {"queue": "bulk"},
    "config.prune_inbox": {"queue": "bulk"},
    "operators.platform_invoices": {"queue": "bulk"},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # Whoever sends to a broker that is down hears so at once; by default it takes six seconds.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 8
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "tenants.tick", "schedule": 5.0, "options": {"expires": 10}},
    "pump": {"task": "tenants.pump", "schedule": 3.0, "options": {"expires": 10}},
    "inbox": {"task": "config.work_on_inbox", "schedule": 5.0, "options": {"expires": 10}},
    # Every day, so that none is missed: a month is invoiced once.
    "platform invoices": {"task": "operators.platform_invoices", "schedule": crontab(hour="4", minute="43")},
    "old events": {"task": "config.prune_inbox", "schedule": crontab(hour="2", minute="47")},
    "reconcile": {"task": "config.reconcile", "schedule": crontab(hour="3", minute="17")},
}
