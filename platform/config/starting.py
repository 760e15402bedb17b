"""What is looked at when a process starts, because it would mix tenants up or lose work later: it does not start."""

import logging

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from redis import Redis
from redis.exceptions import RedisError

from schemas.current import enter_public
from tenants import pooling, sharding

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds for a Redis: one that is away is no reason not to start."""
KEEPS = "noeviction"


def check_poolers() -> None:
    """Raise `ImproperlyConfigured` for a pooler that mixes sessions up (T01), before the replica, too."""
    _check_pooler(settings.DATABASE_URL)
    if settings.DATABASE_REPLICA_URL:
        try:
            _check_pooler(settings.DATABASE_REPLICA_URL)
        except psycopg.OperationalError as error:
            log.warning("the replica is away: %s", type(error).__name__)


def check_nodes() -> None:
    """Raise `ImproperlyConfigured` where Citus has tenants' tables elsewhere than it must."""
    enter_public()
    found = sharding.differences()
    connection.close()
    if found:
        raise ImproperlyConfigured("\n".join(["Citus is not as it must be (manage.py citus):", *map(str, found)]))


def check_broker() -> None:
    """Raise `ImproperlyConfigured` for a broker that throws tasks away when its memory is full (R41)."""
    policy, _most = _memory_of(settings.CELERY_BROKER_URL)
    if policy not in {KEEPS, ""}:
        raise ImproperlyConfigured(
            f"The Redis of REDIS_URL has maxmemory-policy {policy}: it would throw tasks away when its memory is full."
            f" Set {KEEPS} there, and give CACHE_URL a Redis of its own."
        )


def tell_of_caches_that_fill() -> None:
    """A line in the log for each Redis that may throw away, and answers with errors instead when it is full."""
    for name in ("CACHE_URL", "LIMITS_URL"):
        url = getattr(settings, name)
        policy, most = _memory_of(url) if url != settings.CELERY_BROKER_URL else ("", 0)
        if policy == KEEPS and most:
            log.warning("the Redis of %s has maxmemory-policy %s: set allkeys-lru, or it will be full", name, KEEPS)


def _check_pooler(url: str) -> None:
    pooling.refuse_transaction_pooling(lambda: psycopg.connect(url, autocommit=True, connect_timeout=5))


def _memory_of(url: str) -> tuple[str, int]:
    """Its policy and how much it may have; blank where it does not say, or is away."""
    try:
        with Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE) as client:
            told = client.info("memory")
    except (RedisError, OSError):
        return "", 0
    return str(told.get("maxmemory_policy", "")), int(told.get("maxmemory", 0))
