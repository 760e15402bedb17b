"""Reports read a real streaming replica where it is near, and the primary wherever it is not."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, connections, transaction
from django.db.models.expressions import RawSQL
from django.test import Client
from django.urls import reverse
from django_tenants.utils import schema_context, tenant_context
from psycopg.conninfo import conninfo_to_dict

from accounts.models import User
from config.settings.databases import replica as replica_settings
from schemas import figures, replicas
from tests import servers
from tests.conftest import leave_database
from tests.replicas import Pair, replicated
from tests.worlds import ALPHA, BETA, World, world_of
from venues.models import Venue

WHERE = RawSQL("pg_is_in_recovery()", ())
PATIENCE, WAITED = 20.0, replicas.CATCHES_UP
REPORT = "/api/v1/admin/reports/occupancy/?from=2030-01-07&to=2030-01-13"


@pytest.fixture(scope="module")
def pair(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[Pair]:
    """A primary and its replica, both furnished."""
    with django_db_blocker.unblock(), replicated(template) as found:
        yield found


@contextmanager
def working_on(pair: Pair, replica_url: str) -> Iterator[World]:
    """Django in this process works on the primary, with this replica."""
    before = dict(settings.DATABASES["default"])
    parts = conninfo_to_dict(pair.primary.url)
    leave_database()
    theirs = {"NAME": parts["dbname"], "HOST": parts["host"], "PORT": str(parts["port"]), "USER": "postgres"}
    settings.DATABASES["default"] |= {**theirs, "OPTIONS": {}}
    connection.settings_dict |= settings.DATABASES["default"]
    settings.DATABASES["replica"] = {**deepcopy(settings.DATABASES["default"]), **replica_settings(replica_url)}
    replicas._Away.until = 0.0
    try:
        with tenant_context(world_of(ALPHA).tenant):
            yield world_of(ALPHA)
    finally:
        connections["replica"].close()
        del connections["replica"]
        del settings.DATABASES["replica"]
        connection.close()
        settings.DATABASES["default"] |= before
        connection.settings_dict |= before
        replicas._Away.until = 0.0


@pytest.fixture
def world(pair: Pair, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Alpha, on the primary, with the replica at hand; however slow the machine is, it is waited for."""
    monkeypatch.setattr(replicas, "CATCHES_UP", PATIENCE)
    with django_db_blocker.unblock(), working_on(pair, pair.replica.url) as found:
        yield found


@pytest.fixture
def held(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The replica replays nothing for the time of the test, and until then has what was committed just now."""
    monkeypatch.setattr(replicas, "CATCHES_UP", WAITED)
    now = pair.on_primary("SELECT clock_timestamp() FROM pg_current_xact_id()")
    until(lambda: pair.on_replica("SELECT pg_last_xact_replay_timestamp()") >= now)
    pair.on_replica("SELECT pg_wal_replay_pause()")
    while pair.on_replica("SELECT pg_get_wal_replay_pause_state()") != "paused":
        pair.on_primary("SELECT pg_logical_emit_message(false, 'wake', '')")
    yield
    pair.on_replica("SELECT pg_wal_replay_resume()")


def counted(source: str) -> float:
    """How many reports were read there so far."""
    value: float = figures.REPORT_READS.labels(source)._value.get()
    return value


def is_on_replica() -> tuple[bool, bool]:
    """Where a model is read, and where SQL of one's own is."""
    with replicas.connection_for_reading().cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        (raw,) = cursor.fetchone()
    return Venue.objects.annotate(where=WHERE).values_list("where", flat=True)[0], raw


def test_reads_through_the_door_are_the_replicas_and_no_others(world: World) -> None:
    """In the tenant's own schema, and only while the door is open."""
    before = counted("replica")
    found, as_of = replicas.reading(lambda: (*is_on_replica(), Venue.objects.get(slug="main").name))
    assert (found, as_of) == ((True, True, f"Main {world.canary}"), None)
    assert is_on_replica() == (False, False)
    assert counted("replica") == before + 1


def test_what_was_committed_before_the_question_is_in_the_answer(world: World) -> None:
    """Twenty times right after a commit: the door waits until the replica has it."""
    for number in range(20):
        Venue.objects.filter(slug="main").update(description=f"state {number}")
        where, told = replicas.read(
            lambda: (is_on_replica(), Venue.objects.get(slug="main").description), most_behind=0
        )
        assert (where, told) == ((True, True), f"state {number}")


def test_nobody_writes_there(world: World) -> None:
    with pytest.raises(Exception, match="read-only transaction"), connections["replica"].cursor() as cursor:
        cursor.execute("CREATE TABLE written (n int)")


def test_read_only_is_said_to_a_server_that_could_write(pair: Pair, django_db_blocker: Any) -> None:
    """The address of the primary itself, by mistake: nothing is read there as a replica, and nothing can be written."""
    with django_db_blocker.unblock(), working_on(pair, pair.primary.url):
        before = counted("other")
        assert replicas.read(is_on_replica) == (False, False)
        assert counted("other") == before + 1
        with pytest.raises(Exception, match="read-only transaction"), connections["replica"].cursor() as cursor:
            cursor.execute("CREATE TABLE written (n int)")


def test_what_was_read_there_is_written_to_the_primary(world: World) -> None:
    """An instance says where it came from, and nobody believes it."""
    venue = replicas.read(lambda: Venue.objects.get(slug="main"))
    assert venue._state.db == "replica"
    venue.description = "written"
    venue.save()
    assert Venue.objects.get(slug="main").description == "written"
    assert set(venue.resources.annotate(where=WHERE).values_list("where", flat=True)) == {False}


def test_transactions_and_other_schemas_read_the_primary(world: World) -> None:
    """Whatever decides is in a transaction; whatever changes the schema behind the door's back reads what it says."""

    def elsewhere() -> tuple[tuple[bool, bool], tuple[bool, bool]]:
        with transaction.atomic():
            inside = is_on_replica()
        with schema_context(beta.tenant.schema_name):
            return inside, is_on_replica()

    beta = world_of(BETA)
    assert replicas.read(elsewhere) == ((False, False), (False, False))
    with transaction.atomic():
        assert replicas.read(is_on_replica) == (False, False)


def test_replica_a_little_behind_says_as_of_when(pair: Pair, world: World, held: None) -> None:
    """Less than REPLICA_LAG_SECONDS: what it had then, with the time of its last transaction."""
    Venue.objects.filter(slug="main").update(description="newer")
    (where, told), as_of = replicas.reading(lambda: (is_on_replica(), Venue.objects.get(slug="main").description))
    assert (where, told != "newer") == ((True, True), True)
    assert as_of == pair.on_replica("SELECT pg_last_xact_replay_timestamp()")
    before = counted("behind")
    assert replicas.reading(is_on_replica, most_behind=0) == ((False, False), None)
    assert counted("behind") == before + 1


def test_replica_too_far_behind_is_not_read(
    pair: Pair, world: World, held: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REPLICA_LAG_SECONDS", 0.5)
    Venue.objects.filter(slug="main").update(description="newest")
    until(lambda: pair.on_replica("SELECT clock_timestamp() - pg_last_xact_replay_timestamp() > interval '0.5 s'"))
    before = counted("behind")
    read = replicas.reading(lambda: (is_on_replica(), Venue.objects.get(slug="main").description))
    assert read == (((False, False), "newest"), None)
    assert counted("behind") == before + 1


def test_schema_that_it_does_not_have_yet_is_read_on_the_primary(world: World, held: None) -> None:
    """Without its schema a tenant's queries would find tables of `public` that are called the same."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA t_new CREATE TABLE accounts_user (n int)")
    before = counted("other")
    with schema_context("t_new"):
        found = replicas.read(lambda: replicas.connection_for_reading().alias)
    assert (found, counted("other")) == ("default", before + 1)


def test_page_says_as_of_when_it_is_not_of_now(pair: Pair, world: World, held: None) -> None:
    client = Client(HTTP_HOST=world.host)
    client.force_login(User.objects.get(email=f"owner@{world.canary}.example"))
    text = client.get(reverse("reports-utilisation"), {"first": "2030-01-07", "last": "2030-01-13"}).content.decode()
    as_of = pair.on_replica("SELECT pg_last_xact_replay_timestamp() AT TIME ZONE 'Europe/Berlin'")
    assert f" · as of {as_of.hour % 12 or 12}:{as_of:%M}" in text


def test_what_fails_on_the_replica_is_read_again_on_the_primary(world: World) -> None:
    """Its queries may be cancelled, for it goes on replaying: the work is done once more, where it is not."""
    tried: list[bool] = []

    def work() -> tuple[bool, bool]:
        found = is_on_replica()
        tried.append(found[0])
        if found[0]:
            with replicas.connection_for_reading().cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout TO '50ms'; SELECT pg_sleep(5)")
        return found

    before = counted("failed")
    assert replicas.read(work) == (False, False)
    assert (tried, counted("failed")) == ([True, False], before + 1)
    assert replicas.read(is_on_replica) == (False, False), "it is left alone for a while"


def test_error_of_the_work_itself_is_not_hidden(world: World) -> None:
    def broken() -> None:
        with replicas.connection_for_reading().cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    with pytest.raises(ProgrammingError, match="nowhere"):
        replicas.read(broken)


def test_without_a_replica_nothing_is_asked(in_alpha: World, django_assert_num_queries: Any) -> None:
    assert Venue.objects.count() == 2
    with django_assert_num_queries(1):
        assert replicas.reading(Venue.objects.count) == (2, None)


def reports(server: servers.Server, world: World, over: threading.Event, statuses: list[int]) -> None:
    """Ask for a report again and again."""
    from tests.races.crowd import Client as Caller

    caller = Caller(server.port, world.host, world.tokens["owner"])
    while not over.is_set():
        statuses.append(caller.get(REPORT).status)
    caller.close()


def asked(pair: Pair) -> int:
    """Sessions of a web server at the replica."""
    found: int = pair.on_replica(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", servers.SESSION_NAME
    )
    return found


def until(condition: Callable[[], bool]) -> None:
    """Wait for it; AssertionError if it never comes."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_replica_that_is_killed_and_one_that_is_promoted_cost_nobody_a_report(
    pair: Pair, django_db_blocker: Any, world: World
) -> None:
    """Real server, three callers: the replica is killed with -9, comes back, becomes a primary of its own. All 200."""
    env = {"DATABASE_URL": pair.primary.url, "DATABASE_REPLICA_URL": pair.replica.url}
    over = threading.Event()
    statuses: list[int] = []
    with servers.web("forecourt", env, workers=1, threads=4) as server:
        callers = [threading.Thread(target=reports, args=(server, world, over, statuses)) for _ in range(3)]
        for each in callers:
            each.start()
        try:
            until(lambda: asked(pair) > 0)
            child = pair.replica.child
            assert child is not None
            os.killpg(child.pid, signal.SIGKILL)
            child.process.wait()
            at_death = len(statuses)
            until(lambda: len(statuses) > at_death + 20)
            pair.replica.stop()
            pair.replica.start()
            until(lambda: asked(pair) > 0)
            with suppress(psycopg.OperationalError):
                pair.on_replica("SELECT pg_promote()")
            promoted = len(statuses)
            until(lambda: len(statuses) > promoted + 20)
        finally:
            over.set()
            for each in callers:
                each.join()
        said = server.said()
    assert set(statuses) == {200}
    assert "replica left alone for 10 s" in said
