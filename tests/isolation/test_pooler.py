"""Behind a real PgBouncer: session mode mixes nobody up, the other modes do and are refused (T01)."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, OperationalError, connection
from django_tenants.utils import tenant_context

from embedded.pgbouncer import PgBouncer
from tenants.pooling import refuse_transaction_pooling
from tests import servers
from tests.conftest import leave_database, own_database
from tests.databases import ROOT
from tests.isolation.test_connections import READS, THREADS, Scene, read
from tests.poolers import pooler
from tests.threads import at_once
from tests.worlds import ALPHA, BETA, World, world_of
from venues.models import Venue

SERVERS = 3
"""Server connections, for sixteen threads of web servers that each want one of their own."""


@contextmanager
def through(running: PgBouncer, **options: object) -> Iterator[None]:
    """Django in this process, all of its threads, reaches its database through a pooler; without a pool of its own."""
    before = dict(settings.DATABASES["default"])
    leave_database()
    settings.DATABASES["default"] |= {"HOST": "127.0.0.1", "PORT": str(running.port), "OPTIONS": options}
    connection.settings_dict |= settings.DATABASES["default"]
    try:
        yield
    finally:
        connection.close()
        settings.DATABASES["default"] |= before
        connection.settings_dict |= before


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_the_modes_that_mix_sessions_up_are_refused(scratch: str, mode: str) -> None:
    with pooler(pool_mode=mode) as running, pytest.raises(ImproperlyConfigured, match=f"pooler in {mode} mode"):
        refuse_transaction_pooling(lambda: psycopg.connect(running.url_of(scratch), autocommit=True))


@pytest.mark.parametrize("size", ["2", "20"])
def test_session_mode_is_accepted(scratch: str, size: str) -> None:
    with pooler(default_pool_size=size) as running:
        refuse_transaction_pooling(lambda: psycopg.connect(running.url_of(scratch), autocommit=True))


def test_web_server_does_not_start_behind_transaction_mode(scratch: str) -> None:
    """And says why."""
    with pooler(pool_mode="transaction") as running:
        env = servers.environment(scratch, {"DATABASE_URL": running.url_of(scratch), "DATABASE_POOL": "0"})
        command = [sys.executable, "-c", "import config.wsgi"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: The database is reached through a pooler in transaction mode,"
        " where one tenant can be shown another's rows. Use session mode, or connect to PostgreSQL directly."
    )


def test_thousands_of_alternating_reads_through_fewer_servers_than_clients(
    django_db_setup: None, django_db_blocker: Any, template: str
) -> None:
    """T01: twelve clients, 1,200 requests, tenants in turn; sixteen threads share three server connections."""
    waits = {"default_pool_size": str(SERVERS), "query_wait_timeout": "60"}
    with own_database(template, django_db_blocker) as name, pooler(**waits) as running:
        scene_of = partial(Scene, worlds=(world_of(ALPHA), world_of(BETA)))
        behind = {"DATABASE_URL": running.url_of(name), "DATABASE_POOL": "0"}
        with servers.web(name, behind, workers=2, threads=8) as server:
            scene = scene_of(server)
            results = at_once(*(lambda first=thread: read(scene, first) for thread in range(THREADS)))
            (pool,) = [each for each in running.told("SHOW POOLS") if each["database"] == name]
            (stats,) = [each for each in running.told("SHOW STATS") if each["database"] == name]
    assert results == [[]] * THREADS
    assert pool["pool_mode"] == "session"
    assert 1 <= int(str(pool["sv_active"])) + int(str(pool["sv_idle"])) + int(str(pool["sv_used"])) <= SERVERS
    assert int(str(stats["total_query_count"])) > THREADS * READS


def names_seen(worlds: tuple[World, World], first: int) -> list[str]:
    """What forty reads in turn show that is not the tenant's own; each its own connection, as requests have theirs."""
    wrong = []
    for number in range(first, first + 40):
        world = worlds[number % 2]
        with tenant_context(world.tenant):
            for _again in range(3):
                try:
                    name = Venue.objects.get(slug="main").name
                except Error as error:
                    name = type(error).__name__
                if name != f"Main {world.canary}":
                    wrong.append(name)
        connection.close()
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    return wrong


@pytest.mark.parametrize(("mode", "is_safe"), [("session", True), ("transaction", False)])
def test_threads_of_django_behind_each_mode(scratch: str, mode: str, is_safe: bool) -> None:
    """T01, with its negative control: the same reads through transaction mode show the other tenant's row."""
    worlds = world_of(ALPHA), world_of(BETA)
    settings_of = {"pool_mode": mode, "default_pool_size": str(SERVERS), "query_wait_timeout": "60"}
    with pooler(**settings_of) as running, through(running):
        results = at_once(*(lambda first=thread: names_seen(worlds, first) for thread in range(8)))
    seen = Counter(name for wrong in results for name in wrong)
    strangers = {f"Main {world.canary}" for world in worlds}
    assert (not seen) if is_safe else (strangers & set(seen)), seen


def test_nothing_of_a_session_is_left_for_the_next_one(scratch: str) -> None:
    """What `DISCARD ALL` takes back: the path, settings, locks of the session, LISTEN, prepared statements."""
    left = (
        "SELECT pg_backend_pid(), current_setting('search_path'), current_setting('lock_timeout'),"
        " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),"
        " (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_prepared_statements)"
    )
    with pooler(default_pool_size="1") as running:
        with psycopg.connect(running.url_of(scratch), autocommit=True) as first:
            for each in ("SET search_path TO t_template", "SET lock_timeout TO '7s'", "LISTEN told"):
                first.execute(each)
            first.execute("SELECT pg_advisory_lock(7302, 1)")
            first.execute("PREPARE kept AS SELECT 1")
            pid, *used = first.execute(left).fetchone() or ()
        with psycopg.connect(running.url_of(scratch), autocommit=True) as second:
            same, *found = second.execute(left).fetchone() or ()
    assert used == ["t_template", "7s", 1, 1, 1]
    assert (same, found) == (pid, ['"$user", public', "0", 0, 0, 0])


def test_without_the_reset_the_next_one_has_it_all(scratch: str) -> None:
    """The negative control: it is the reset that does it."""
    with pooler(default_pool_size="1", server_reset_query="") as running:
        with psycopg.connect(running.url_of(scratch), autocommit=True) as first:
            first.execute("SET search_path TO t_template")
        with psycopg.connect(running.url_of(scratch), autocommit=True) as second:
            assert second.execute("SHOW search_path").fetchone() == ("t_template",)


def test_who_waits_too_long_for_a_server_is_told_so(scratch: str) -> None:
    """R44: it is trouble with the connection, as a pool of our own that is empty: 503."""
    with pooler(default_pool_size="1", query_wait_timeout="1") as running, through(running):
        with psycopg.connect(running.url_of(scratch), autocommit=True) as holder:
            holder.execute("SELECT 1")
            with pytest.raises(OperationalError), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.close()
        assert running.log.read_text().count("pooler error: query_wait_timeout") == 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)


def test_settings_of_a_session_in_the_address_are_refused_by_the_pooler(scratch: str) -> None:
    """`options=` is for direct connections: who put it into DATABASE_URL hears so at the start."""
    with pooler() as running, pytest.raises(psycopg.OperationalError, match="unsupported startup parameter: options"):
        psycopg.connect(running.url_of(scratch), options="-c lock_timeout=7s")


def test_pool_of_a_process_is_off_where_the_pooler_has_one() -> None:
    """DATABASE_POOL=0: a connection that a process keeps would keep a server connection of PgBouncer."""
    read_out = "from config.settings import base; print(base.DATABASES['default']['OPTIONS'])"
    found = {}
    for size in ("0", "5"):
        env = {
            **os.environ,
            "DATABASE_POOL": size,
            "PYTHONPATH": servers.PYTHONPATH,
            "DATABASE_URL": "postgresql://db/f",
        }
        done = subprocess.run([sys.executable, "-c", read_out], env=env, capture_output=True, text=True, check=True)
        found[size] = done.stdout.strip()
    assert found == {
        "0": "{}",
        "5": "{'pool': {'min_size': 0, 'max_size': 5, 'max_lifetime': 1800, 'timeout': 2}}",
    }
