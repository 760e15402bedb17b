"""Celery's queues and workers, as far as they answer: both may be down, and the page that asks is not."""

from dataclasses import dataclass

from celery import current_app
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

PATIENCE = 1.0
"""Seconds in which a worker answers, or does not count."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One that answered: from which queues it takes, and how many tasks it does at this moment."""

    name: str
    queues: tuple[str, ...]
    busy: int


def queues() -> list[tuple[str, int]] | None:
    """How many messages wait in each queue; None where Redis does not answer."""
    names = [queue.name for queue in current_app.conf.task_queues]
    try:
        with current_app.connection_for_read() as connection:
            client: Redis = connection.default_channel.client  # type: ignore[attr-defined]
            return [(name, int(client.llen(name))) for name in names]
    except (OperationalError, RedisError, OSError):
        return None


def workers() -> list[Worker]:
    """Who answers within `PATIENCE`, by name."""
    asked = current_app.control.inspect(timeout=PATIENCE)
    try:
        taken, busy = asked.active_queues() or {}, asked.active() or {}
    except (OperationalError, RedisError, OSError):
        return []
    return [
        Worker(name, tuple(sorted(queue["name"] for queue in found)), len(busy.get(name, ())))
        for name, found in sorted(taken.items())
    ]
