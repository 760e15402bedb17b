"""Processes that would mix tenants up or lose tasks do not start, and say why; each Redis has what is its own."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from redis import Redis

from config import starting
from embedded.ports import any_free_port
from embedded.redis import Redis as RedisServer
from rest import counters
from tests import servers
from tests.databases import ROOT
from tests.poolers import pooler

BIN = Path(sys.executable).parent
EVICTS = (
    "The Redis of REDIS_URL has maxmemory-policy allkeys-lru: it would throw tasks away when its memory is full."
    " Set noeviction there, and give CACHE_URL a Redis of its own."
)
MIXES_UP = (
    "The database is reached through a pooler in transaction mode, where one tenant can be shown another's rows."
    " Use session mode, or connect to PostgreSQL directly."
)


@contextmanager
def redis_server(folder: Path, policy: str, most: str = "0") -> Iterator[str]:
    """One of its own with that policy: its address."""
    running = RedisServer(folder)
    running.start()
    try:
        with Redis.from_url(running.url) as client:
            client.config_set("maxmemory-policy", policy)
            client.config_set("maxmemory", most)
        yield running.url
    finally:
        running.stop()


def ended(program: str, database: str, *options: str, **extra: str) -> tuple[int, str]:
    """Start a part of Celery, which ends by itself: its exit code and last line."""
    command = [str(BIN / "celery"), "--app", "config.celery", program, *options]
    env = servers.environment(database, extra)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    last = done.stderr.strip().splitlines()[-1]
    return done.returncode, last.rpartition("MainProcess] ")[2]  # of beat, which writes it into its log


def test_worker_does_not_start_behind_a_pooler_in_transaction_mode(scratch: str) -> None:
    """T01: Celery would only write down what a receiver raises, and take messages."""
    with pooler(pool_mode="transaction") as running:
        assert ended("worker", scratch, DATABASE_URL=running.url_of(scratch)) == (1, MIXES_UP)


def test_nobody_starts_before_a_replica_behind_such_a_pooler(scratch: str) -> None:
    with pooler(pool_mode="transaction") as running:
        assert ended("worker", scratch, DATABASE_REPLICA_URL=running.url_of(scratch)) == (1, MIXES_UP)


def test_replica_that_is_away_keeps_nobody_from_starting(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settings, "DATABASE_REPLICA_URL", f"postgresql://postgres@127.0.0.1:{any_free_port()}/away")
    with caplog.at_level(logging.WARNING, "config.starting"):
        starting.check_poolers()
    assert [each.getMessage() for each in caplog.records] == ["the replica is away: OperationalError"]


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_nobody_works_with_a_broker_that_throws_away(scratch: str, tmp_path: Path, program: str) -> None:
    with redis_server(tmp_path, "allkeys-lru") as url:
        options = ["--schedule", str(tmp_path / "schedule")] if program == "beat" else []
        assert ended(program, scratch, *options, REDIS_URL=url) == (1, EVICTS)


@pytest.mark.parametrize("policy", ["volatile-lru", "allkeys-random"])
def test_other_ways_to_throw_away_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, policy: str) -> None:
    with redis_server(tmp_path, policy) as url:
        monkeypatch.setattr(settings, "CELERY_BROKER_URL", url)
        with pytest.raises(ImproperlyConfigured, match=f"has maxmemory-policy {policy}: "):
            starting.check_broker()


def test_broker_that_keeps_or_is_away_is_no_reason_not_to_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with redis_server(tmp_path, "noeviction", "100mb") as url:
        monkeypatch.setattr(settings, "CELERY_BROKER_URL", url)
        starting.check_broker()
    starting.check_broker()


def test_cache_that_fills_is_told_of_and_one_that_makes_room_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One beside the broker's, on the same server, is told of by nobody: its memory is the broker's."""
    said = []
    with caplog.at_level(logging.WARNING, "config.starting"):
        for policy, most in (("noeviction", "100mb"), ("noeviction", "0"), ("allkeys-lru", "100mb")):
            with redis_server(tmp_path / f"{policy}-{most}", policy, most) as url:
                monkeypatch.setattr(settings, "CACHE_URL", url)
                starting.tell_of_caches_that_fill()
            said.append([each.getMessage() for each in caplog.records])
            caplog.clear()
    told = "the Redis of CACHE_URL has maxmemory-policy noeviction: set allkeys-lru, or it will be full"
    assert said == [[told], [], []]


def addresses(**env: str) -> list[str]:
    """Broker, cache and counts, as settings have them."""
    names = "b.CELERY_BROKER_URL, b.CACHES['default']['LOCATION'], b.LIMITS_URL"
    code = f"from config.settings import base as b; print({names})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": servers.PYTHONPATH, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_one_redis_may_be_all_of_them() -> None:
    broker, cache, limits = "redis://broker/0", "redis://cache/0", "redis://limits/0"
    assert addresses(REDIS_URL=broker) == [broker, broker, broker]
    assert addresses(REDIS_URL=broker, CACHE_URL=cache) == [broker, cache, cache]
    assert addresses(REDIS_URL=broker, CACHE_URL=cache, LIMITS_URL=limits) == [broker, cache, limits]


def test_each_redis_has_what_is_its_own(scratch: str, tmp_path: Path) -> None:
    """Three servers, a web server at work, a worker's tasks: nothing of one is in another."""
    with (
        redis_server(tmp_path / "broker", "noeviction") as broker,
        redis_server(tmp_path / "cache", "allkeys-lru") as cache,
        redis_server(tmp_path / "limits", "allkeys-lru") as limits,
    ):
        env = {"REDIS_URL": broker, "CACHE_URL": cache, "LIMITS_URL": limits}
        code = (
            "import django; django.setup()\n"
            "from django.core.cache import cache; from rest import counters; from tenants.tasks import tick\n"
            "cache.set('cached', 1); tick.delay()\n"
            "counters.take([counters.Count('counted', 5, 60)])\n"
        )
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=servers.environment(scratch, env), check=True, timeout=120
        )
        found = {}
        for name, url in (("broker", broker), ("cache", cache), ("limits", limits)):
            with Redis.from_url(url, decode_responses=True) as client:
                found[name] = sorted(client.keys("*"))
    assert "celery" in found["broker"]
    assert not {"counted", "public::1:cached"} & set(found["broker"])
    assert (found["cache"], len(found["limits"])) == (["public::1:cached"], 1)
    assert "counted" in found["limits"][0]
    assert counters.PAUSE == 5.0
