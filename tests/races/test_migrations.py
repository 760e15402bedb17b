"""Migrations while people book: nobody notices, and a migrator may be killed whenever you like."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest

from tenants.behind import wanted
from tenants.drift import drifted
from tenants.models import SchemaMigration
from tests import servers
from tests.races.conftest import furnished, pointed_at
from tests.races.crowd import CUT, Answer, Client
from tests.races.ground import BOOKINGS, Ground, slots
from tests.races.rigging import Rigging
from tests.tenants.rollouts.newer import Release
from tests.tenants.rollouts.schemas import every_schema, many, recorded_in, that_have

SCHEMAS = 50
WITHIN = 120.0
PAUSE = 0.1
"""Seconds between an answer and the next request: without it six of them starve two cores, and that is what is seen."""
READS = ("/api/v1/venues/", "/api/v1/resources/", "/api/v1/bookings/")
LONGEST = 1.0 + 0.5
"""Seconds that a statement may wait for a table: as long as the migration before it, and a look around."""
HERE = wanted().digest
LONGEST_WAIT = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0)::float FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s AND wait_event_type = 'Lock' AND wait_event = 'relation'
"""


@dataclass
class Traffic:
    """People who read and book, one thing after the other, until they are told to stop."""

    ground: Ground
    server: servers.Server
    reads: list[Answer] = field(default_factory=list)
    bookings: list[Answer] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @contextmanager
    def flowing(self):
        """Two who book and one who reads at each of both tenants."""
        over = threading.Event()
        people = [threading.Thread(target=self._watch, args=(over,))]
        for world in (self.ground.alpha, self.ground.beta):
            courts = self.courts(world)
            people += [threading.Thread(target=self._book, args=(over, world, [court])) for court in courts]
            people.append(threading.Thread(target=self._read, args=(over, world.host, world.tokens["guest"])))
        for person in people:
            person.start()
        try:
            yield self
        finally:
            over.set()
            for person in people:
                person.join()

    @staticmethod
    def courts(world):
        """Two that are booked by nobody else."""
        return [world.court_1, world.court_2]

    def failed(self):
        """Answers that nobody should ever get: errors, and connections that broke."""
        return [answer for answer in [*self.reads, *self.bookings] if answer.status >= 500 or answer.status == CUT]

    def _book(self, over, world, courts):
        client = Client(self.server.port, world.host, world.tokens["owner"])
        for body in slots(courts, world.tenant.time_zone, self.ground.tomorrow):
            if over.wait(PAUSE):
                break
            self.bookings.append(client.post(BOOKINGS, body))
        client.close()

    def _read(self, over, host, token):
        client, path = Client(self.server.port, host, token), 0
        while not over.wait(PAUSE):
            self.reads.append(client.get(READS[path % len(READS)]))
            path += 1
        client.close()

    def _watch(self, over):
        with psycopg.connect(self.ground.database_url, autocommit=True) as session:
            while not over.wait(0.05):
                self.waits.append(session.execute(LONGEST_WAIT, [servers.SESSION_NAME]).fetchone()[0])


@pytest.fixture
def busy(django_db_setup, django_db_blocker, template, tomorrow):
    """A database of its own with traffic on it."""
    with django_db_blocker.unblock(), servers.copied(template, "rollouts") as database:
        ground = furnished(database)
        ground.tomorrow = tomorrow
        with pointed_at(database), servers.web(database, threads=8) as server:
            yield Traffic(ground, server)
        ground.hang_up()


@pytest.fixture
def release(tmp_path):
    """A column with an index, a constraint that is validated later, an index and rows filled in: on busy tables."""
    newer = Release(tmp_path, "newer_under_traffic")
    newer.add(
        "bookings",
        "0002_expand",
        """
        migrations.AddField("booking", "weight", models.IntegerField(db_default=0, null=True, db_index=True)),
        AddConstraintNotValid(
            "booking", models.CheckConstraint(condition=models.Q(weight__gte=0), name="booking_weighs_something")
        ),
        """,
    )
    newer.add("bookings", "0003_filled", 'FillIn("booking", "weight = 1", "weight = 0", at_once=50),', atomic=False)
    index = 'IndexConcurrently("booking", models.Index(fields=["weight", "start"], name="booking_by_weight")),'
    newer.add("bookings", "0004_index", index, atomic=False)
    newer.add("bookings", "0005_valid", 'ValidateConstraint("booking", "booking_weighs_something"),')
    newer.add("venues", "0002_column", 'migrations.AddField("resource", "mood", models.TextField(db_default="")),')
    return newer


KILLED_AT = ("migration.unrecorded", "rollout.claimed", "migration.index_built", "migration.uncommitted", "")
"""Before the record; between schemas; after the index; before the commit; whenever it happens to be."""
FURTHER = 8
"""Schemas that are done between one death and the next."""


def test_a_migrator_killed_five_times_under_traffic_leaves_no_trace(busy, release, tmp_path, record_property):
    """I15: 50 schemas converge, nobody who reads or books sees an error, and nobody waits for a lock for long."""
    folder = tmp_path / "failpoints"
    folder.mkdir()
    database = busy.ground.database
    many(SCHEMAS - 2)
    began = time.monotonic()
    with busy.flowing():
        _until(lambda: len(busy.bookings) > 20)
        done = [_killed(release, database, Rigging(folder), place, n * FURTHER) for n, place in enumerate(KILLED_AT)]
        code, said = release.migrate(database, "--workers", "3")
        seen = len(busy.bookings)
        _until(lambda: len(busy.bookings) > seen + 10)
    record_property("schemas done at each kill", done)
    record_property("reads", len(busy.reads))
    record_property("bookings", len(busy.bookings))
    record_property("longest wait for a table", round(max(busy.waits), 2))
    record_property("slowest answer", round(max(each.seconds for each in [*busy.reads, *busy.bookings]), 2))
    record_property("seconds", round(time.monotonic() - began))
    assert code == 0, said
    assert done == sorted(done)
    assert done[-1] < SCHEMAS + 1, "It was through before it could be killed."
    assert drifted() == []
    assert that_have("mood", "venues_resource") == recorded_in("0005_valid") == sorted(every_schema())
    assert len(every_schema()) == SCHEMAS + 1
    assert set(SchemaMigration.objects.values_list("state", flat=True)) == {"done"}
    assert busy.failed() == []
    assert {answer.status for answer in busy.bookings} == {201}
    assert busy.ground.violations() == []
    assert max(busy.waits) < LONGEST


def _killed(release, database, rigging, place, after):
    """Let a migrator do some, come to the place, and end with SIGKILL; how many schemas are done then."""
    rigging.clear()
    rigging.set("rollout.migrated", "sleep 0.3")  # holds nothing: the others are to be met before they are done
    migrator = release.migrator(database, "--workers", "3", failpoints=rigging.folder)
    _until(lambda: _done() >= after)
    if place:
        rigging.set(place, "exit")  # at once: a test that kills from outside would keep the table locked for longer
        rigging.wait_until_reached(place)
    os.killpg(migrator.pid, signal.SIGKILL)
    migrator.communicate()
    return _done()


def _done():
    return SchemaMigration.objects.filter(tries__gt=0, state="done", seconds__isnull=False).exclude(target=HERE).count()


@pytest.mark.parametrize("is_bounded", [True, False], ids=["ours", "negative control"])
def test_who_waits_for_a_lock_lets_others_pass(busy, release, tmp_path, is_bounded, record_property):
    """Somebody reads for six seconds. A migration queues behind them, and everybody else behind the migration.

    It gives up after a second, and tries again. As Django does it, all wait to the end.
    """
    folder = tmp_path / "failpoints"
    folder.mkdir()
    rigging = Rigging(folder)
    if not is_bounded:
        rigging.set("migration.as_django_does", "skip")
    table = f"{busy.ground.schema}.bookings_booking"
    with busy.flowing(), psycopg.connect(busy.ground.database_url) as reader:
        reader.execute(f"SELECT count(*) FROM {table}")
        _until(lambda: len(busy.bookings) > 10)
        migrator = release.migrator(busy.ground.database, "--workers", "1", failpoints=folder)
        _until(lambda: max(busy.waits[-3:], default=0) > 0.1)
        seen = len(busy.reads), len(busy.bookings)
        time.sleep(6)
        assert busy.ground.schema not in that_have("weight", "bookings_booking")
        reader.rollback()
        said, _nothing = migrator.communicate(timeout=WITHIN)
    since = [*busy.reads[seen[0] :], *busy.bookings[seen[1] :]]
    record_property("slowest answer", round(max(answer.seconds for answer in since), 2))
    record_property("longest wait for a table", round(max(busy.waits), 2))
    assert len(since) > 10
    if is_bounded:
        assert migrator.returncode == 0, said
        assert busy.failed() == []
        assert max(busy.waits) < LONGEST
    else:
        assert max(busy.waits) > 4


def _until(true):
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_column_comes_and_goes_under_traffic(busy, tmp_path):
    """Twice. The code that serves knows nothing of it, and no session keeps a plan of what it was."""
    database = busy.ground.database
    with busy.flowing():
        for number in range(2):
            seen = len(busy.bookings)
            _until(lambda seen=seen: len(busy.bookings) > seen + 10)
            expanded = Release(tmp_path, f"expanded_{number}")
            added = 'migrations.AddField("booking", "weight", models.IntegerField(db_default=0)),'
            expanded.add("bookings", f"00{number + 2}2_expand", added)
            assert expanded.migrate(database)[0] == 0
            expanded.add("bookings", f"00{number + 2}3_contract", 'migrations.RemoveField("booking", "weight"),')
            assert expanded.migrate(database)[0] == 0
    assert that_have("weight", "bookings_booking") == []
    assert drifted() == []
    assert busy.failed() == []
    assert {answer.status for answer in busy.bookings} == {201}
