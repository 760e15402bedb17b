"""A migration is done and recorded, or neither: whenever the migrator dies, the next run goes on."""

import os
import signal
import threading
import time

import psycopg
import pytest
from django.db import connection

from kernel import failpoints
from tenants import provisioning
from tenants.drift import digests, drifted
from tenants.models import SchemaMigration
from tests import databases
from tests.races.rigging import Rigging
from tests.tenants.applications import application
from tests.tenants.rollouts.newer import column
from tests.tenants.rollouts.schemas import every_schema, many, recorded_in, run, that_have
from tests.worlds import ALPHA, world_of

WITHIN = 60.0
INDEXED = 'migrations.AddField("venue", "extra", models.CharField(max_length=20, db_default="", db_index=True)),'
"""Its index is put off to the end of the transaction, and with it Django's own record."""
INDEX = '("venue", models.Index(fields=["city"], name="venue_by_city")),'
FILLED = 'FillIn("venue", "extra = slug", "extra IS NULL", at_once=4),'
OURS, DJANGOS = f"IndexConcurrently{INDEX}", f"AddIndexConcurrently{INDEX}"

BUILDING = """
SELECT count(*) FROM pg_stat_activity
WHERE query LIKE 'CREATE INDEX CONC%' AND wait_event_type = 'Lock' AND datname = current_database()
"""


def until(true):
    """Poll until it is true."""
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def killed(migrator):
    """SIGKILL to the migrator and all that it has started."""
    os.killpg(migrator.pid, signal.SIGKILL)
    migrator.communicate()


def invalid_indexes():
    """Schemas with an index that serves nothing."""
    return run(
        "SELECT n.nspname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid"
    )


@pytest.mark.parametrize(("command", "is_one_piece"), [("", True), ("skip", False)], ids=["ours", "negative control"])
def test_a_migrator_killed_before_it_has_written_down_what_it_did(
    scratch, release, failpoints_folder, command, is_one_piece
):
    """I15. As Django does it, the column is there and not recorded, and the next run stumbles over it."""
    release.add("venues", "0002_extra", INDEXED)
    rigging = Rigging(failpoints_folder)
    assert release.migrate(scratch, "--shared")[0] == 0
    if command:
        rigging.set("migration.as_django_does", command)
    rigging.set("migration.unrecorded", "wait")
    migrator = release.migrator(scratch, failpoints=failpoints_folder)
    rigging.wait_until_reached("migration.unrecorded")
    killed(migrator)
    rigging.clear()
    until(lambda: run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'migrator under test'") == [(0,)])
    assert that_have("extra") == ([] if is_one_piece else ["t_template"])
    assert recorded_in("0002_extra") == []
    code, said = release.migrate(scratch)
    if is_one_piece:
        assert code == 0, said
        assert that_have("extra") == recorded_in("0002_extra") == sorted(every_schema())
        assert drifted() == []
    else:
        assert code == 1
        assert 'column "extra" of relation "venues_venue" already exists' in said


@pytest.mark.parametrize(("operation", "goes_on"), [(OURS, True), (DJANGOS, False)], ids=["ours", "negative control"])
def test_an_index_whose_building_was_interrupted_is_built_again(scratch, release, operation, goes_on):
    """The killed one leaves an index that is INVALID. Django's own operation does not get over it."""
    alpha = world_of(ALPHA).tenant.schema_name
    release.add("venues", "0002_index", operation, atomic=False)
    file = release.folder / release.name / "venues" / "0002_index.py"
    file.write_text(f"from django.contrib.postgres.operations import AddIndexConcurrently\n{file.read_text()}")
    with psycopg.connect(databases.url_of(scratch)) as writer:
        writer.execute(f"UPDATE {alpha}.venues_venue SET city = city")  # whoever builds waits for its end
        migrator = release.migrator(scratch)
        running = SchemaMigration.objects.filter(schema_name=alpha, state="running")
        until(lambda: running.exists() and invalid_indexes() == [(alpha,)] and run(BUILDING) == [(1,)])
        killed(migrator)
        until(lambda: run(BUILDING) == [(0,)])
        writer.rollback()
    assert invalid_indexes() == [(alpha,)]
    code, said = release.migrate(scratch)
    if goes_on:
        assert code == 0, said
        assert (invalid_indexes(), drifted()) == ([], [])
        assert recorded_in("0002_index") == sorted(every_schema())
        assert SchemaMigration.objects.get(schema_name=alpha).tries == 2
    else:
        assert code == 1
        assert 'relation "venue_by_city" already exists' in said


def test_an_index_that_was_built_and_not_written_down_is_built_again(scratch, release, failpoints_folder):
    release.add("venues", "0002_index", OURS, atomic=False)
    rigging = Rigging(failpoints_folder)
    rigging.set("migration.index_built", "exit")
    assert release.migrate(scratch, failpoints=failpoints_folder)[0] == failpoints.EXIT_CODE
    assert recorded_in("0002_index") == []
    assert release.migrate(scratch)[0] == 0
    assert (invalid_indexes(), drifted()) == ([], [])


def test_filling_in_is_done_by_batches_and_goes_on_where_it_was(scratch, release, failpoints_folder):
    """Ten rows, four at a time, killed after the first four: they stay filled in, and the rest follows."""
    alpha = world_of(ALPHA).tenant.schema_name
    run(
        f"INSERT INTO {alpha}.venues_venue SELECT (jsonb_populate_record(v, jsonb_build_object('id', 100 + n, 'slug',"
        f" 's' || n))).* FROM {alpha}.venues_venue v, generate_series(1, 8) n WHERE v.slug = 'main'"
    )
    release.add("venues", "0002_extra", 'migrations.AddField("venue", "extra", models.TextField(null=True)),')
    release.add(
        "venues", "0003_filled", """FillIn("venue", "extra = slug", "extra IS NULL", at_once=4),""", atomic=False
    )
    assert release.migrate(scratch, "-s", "t_template")[0] == 0
    rigging = Rigging(failpoints_folder)
    rigging.set("migration.filled_in_some", "exit")
    assert release.migrate(scratch, "--workers", "1", failpoints=failpoints_folder)[0] == failpoints.EXIT_CODE
    assert run(f"SELECT count(*) FROM {alpha}.venues_venue WHERE extra = slug") == [(4,)]
    assert release.migrate(scratch)[0] == 0
    assert run(f"SELECT count(*) FROM {alpha}.venues_venue WHERE extra = slug") == [(10,)]


def test_two_migrators_at_once_do_each_schema_once(scratch, release, failpoints_folder):
    """Whoever comes second finds it claimed, or done."""
    many(12)
    release.add("venues", "0002_extra", INDEXED)
    rigging = Rigging(failpoints_folder)
    rigging.set("rollout.claimed", "sleep 0.1")
    migrators = [release.migrator(scratch, "--workers", "2", failpoints=failpoints_folder) for _each in range(2)]
    said = [migrator.communicate(timeout=120)[0] for migrator in migrators]
    assert [migrator.returncode for migrator in migrators] == [0, 0], said
    rows = SchemaMigration.objects.filter(schema_name__in=every_schema())
    assert {(row.state, row.tries) for row in rows} == {("done", 1)}, said
    assert that_have("extra") == recorded_in("0002_extra") == sorted(every_schema())
    assert drifted() == []


@pytest.mark.parametrize("is_kept_still", [True, False], ids=["ours", "negative control"])
def test_a_tenant_that_is_being_made_while_the_template_changes(scratch, release, failpoints_folder, is_kept_still):
    """Its tables are read before and its record after: without a lock it would have no column, and never get one."""
    release.add("venues", "0002_extra", column("extra"))
    rigging = Rigging(failpoints_folder)
    rigging.set("template.read", "wait")
    if not is_kept_still:
        rigging.set("template.keep_still", "skip")
    failpoints.arm(failpoints_folder)
    made = []

    def make():
        made.append(provisioning.create(application()))
        connection.close()

    maker = threading.Thread(target=make)
    try:
        maker.start()
        rigging.wait_until_reached("template.read")
        migrator = release.migrator(scratch, "--canary")
        if is_kept_still:
            until(lambda: SchemaMigration.objects.filter(schema_name="t_template", target__gt="").exists())
            time.sleep(1)  # in which it asks a dozen times
            assert that_have("extra") == []
        else:
            until(lambda: migrator.poll() == 0)
            assert that_have("extra") == ["t_template"]
        rigging.release("template.read")
        maker.join(WITHIN)
    finally:
        failpoints._folder = None
    migrator.communicate(timeout=WITHIN)
    assert release.migrate(scratch)[0] == 0
    schema = made[0].schema_name
    assert (schema in that_have("extra")) == is_kept_still
    found = digests(["t_template", schema])
    assert (found[schema] == found["t_template"]) == is_kept_still
