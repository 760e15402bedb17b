"""A line in the log for each task, with the id of the request that asked for it: the id travels in the message.

Ticks of the clock come every few seconds; they are counted, and written down when they fail.
"""

import logging
import time
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from schemas import figures, journal

log = logging.getLogger(__name__)

HEADER = "request_id"
TICKS = frozenset({"tenants.tick", "tenants.pump", "config.work_on_inbox", "tenants.take_vitals"})
SUCCESS = "SUCCESS"
_running: dict[str, tuple[float, Any]] = {}


@before_task_publish.connect
def send_id(headers: dict[str, Any] | None = None, **_kwargs: Any) -> None:
    """Give the message the id of the request, or of the task, that sends it."""
    if headers is not None and (request_id := journal.noted("request_id")):
        headers.setdefault(HEADER, request_id)


@task_prerun.connect
def begin(task_id: str = "", task: Any = None, **_kwargs: Any) -> None:
    """From here on all lines carry the task."""
    sent = str(getattr(task.request, HEADER, "") or "")
    block = journal.noting(task=task.name, task_id=task_id, request_id=sent)
    block.__enter__()
    _running[task_id] = time.perf_counter(), block


@task_postrun.connect
def end(task_id: str = "", task: Any = None, state: str | None = None, **_kwargs: Any) -> None:
    """How it ended, and how long it took."""
    began, block = _running.pop(task_id, (time.perf_counter(), None))
    seconds = time.perf_counter() - began
    figures.TASKS.labels(task.name, state or "").observe(seconds)
    level = logging.DEBUG if task.name in TICKS and state == SUCCESS else logging.INFO
    log.log(level, "task", extra={"state": state or "", "duration_ms": round(seconds * 1000, 1)})
    if block is not None:
        block.__exit__(None, None, None)
