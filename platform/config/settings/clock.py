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
    "tenants.clean_up": {"queue": "bulk"},
    "tenants.take_vitals": {"queue": "sync"},
    "tenants.close": {"queue": "bulk"},
    "operators.figures": {"queue": "bulk"},
    "operators.platform_invoices": {"queue": "bulk"},
}
CELERY_TASK_IGNORE_RESULT = True  # results are rows
CELERY_RESULT_EXPIRES = 3600  # should somebody ask for one after all
# A message is gone when its work is done, not when it is taken: one of a worker that died is brought to another.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# No message waits behind long work of one process while another one is idle.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Redis brings a message again when it was not acknowledged for so long. The shortest of all that share the broker wins,
# so it stands in every place where Celery and kombu read it; no task may take half as long.
VISIBILITY_TIMEOUT = 900
CELERY_TASK_TIME_LIMIT = 300
CELERY_VISIBILITY_TIMEOUT = VISIBILITY_TIMEOUT
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": VISIBILITY_TIMEOUT}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY_TIMEOUT,
    # A worker asks its queues in turn: a full one does not keep the others waiting.
    "queue_order_strategy": "round_robin",
    # What a dead worker had is looked for every ten seconds, not every hundred.
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # Whoever sends to a broker that is down hears so at once; by default it takes six seconds.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
# SIGTERM lets work end that runs, however long it may (`tenants.tasks.HARD_SECONDS`). SIGQUIT, or a second Ctrl-C,
# gives it so long; then its message goes back to the queue. `embedded.run` waits a little longer before it kills.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CONSUMER = "config.consumer:Consumer"
# Never pickle: whoever can write to Redis must not be able to run code.
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "tenants.tick", "schedule": 5.0, "options": {"expires": 10}},
    "pump": {"task": "tenants.pump", "schedule": 3.0, "options": {"expires": 10}},
    "vitals": {"task": "tenants.take_vitals", "schedule": 10.0, "options": {"expires": 20}},
    "inbox": {"task": "config.work_on_inbox", "schedule": 5.0, "options": {"expires": 10}},
    # Every day, so that none is missed: a month is invoiced once.
    "platform invoices": {"task": "operators.platform_invoices", "schedule": crontab(hour="4", minute="43")},
    "figures": {"task": "operators.figures", "schedule": crontab(hour="0", minute="13")},
    "clean up": {"task": "tenants.clean_up", "schedule": crontab(hour="2", minute="47")},
    "close": {"task": "tenants.close", "schedule": 600.0, "options": {"expires": 600}},
    "reconcile": {"task": "config.reconcile", "schedule": crontab(hour="3", minute="17")},
}
