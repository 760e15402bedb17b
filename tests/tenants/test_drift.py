"""A schema that is not like its siblings is found, named, and found mended (I15)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.behind import wanted
from tenants.drift import digests, drifted
from tenants.models import SchemaMigration, Tenant
from tests.worlds import World

# What somebody did by hand, and how it is mended. `{}` is the tenant's schema.
DAMAGES = {
    "exclusion constraint dropped": (
        "ALTER TABLE {0}.bookings_occupancy DROP CONSTRAINT occupancy_no_overlap",
        (
            "ALTER TABLE {0}.bookings_occupancy ADD CONSTRAINT occupancy_no_overlap EXCLUDE USING gist (during WITH &&,"
            " int8range(resource_id, resource_id, '[]'::text) WITH &&,"
            " int4range(unit::integer, unit::integer, '[]'::text) WITH &&) DEFERRABLE"
        ),
    ),
    "column added": (
        "ALTER TABLE {0}.venues_venue ADD COLUMN extra integer",
        "ALTER TABLE {0}.venues_venue DROP COLUMN extra",
    ),
    "column became nullable": (
        "ALTER TABLE {0}.bookings_occupancy ALTER COLUMN during DROP NOT NULL",
        "ALTER TABLE {0}.bookings_occupancy ALTER COLUMN during SET NOT NULL",
    ),
    "type changed": (
        "ALTER TABLE {0}.bookings_booking ALTER COLUMN currency TYPE varchar(4)",
        "ALTER TABLE {0}.bookings_booking ALTER COLUMN currency TYPE varchar(3)",
    ),
    "trigger dropped": (
        "DROP TRIGGER bookingevent_append_only ON {0}.bookings_bookingevent",
        (
            "CREATE TRIGGER bookingevent_append_only BEFORE UPDATE OR DELETE ON {0}.bookings_bookingevent"
            " FOR EACH ROW EXECUTE FUNCTION public.refuse_change()"
        ),
    ),
    "trigger disabled": (
        "ALTER TABLE {0}.bookings_bookingevent DISABLE TRIGGER bookingevent_append_only",
        "ALTER TABLE {0}.bookings_bookingevent ENABLE TRIGGER bookingevent_append_only",
    ),
    "check constraint dropped": (
        "ALTER TABLE {0}.bookings_booking DROP CONSTRAINT booking_ends_after_start",
        'ALTER TABLE {0}.bookings_booking ADD CONSTRAINT booking_ends_after_start CHECK (start < "end")',
    ),
    "index dropped": (
        "DROP INDEX {0}.booking_start",
        "CREATE INDEX booking_start ON {0}.bookings_booking USING btree (start, id)",
    ),
    "table renamed": (
        "ALTER TABLE {0}.venues_rate RENAME TO venues_price",
        "ALTER TABLE {0}.venues_price RENAME TO venues_rate",
    ),
    "schema missing": ("ALTER SCHEMA {0} RENAME TO mislaid", "ALTER SCHEMA mislaid RENAME TO {0}"),
}


def run(statement: str, world: World) -> None:
    """Do something to the world's schema."""
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{0}", world.tenant.schema_name))


def ready(client: Client) -> tuple[int, dict[str, object]]:
    """What `/readyz` says."""
    answer = client.get("/readyz", HTTP_HOST="localhost")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_schema_is_named_until_it_is_mended(alpha: World, beta: World, damage: str) -> None:
    """I15: the name of the one schema, and nobody once it is as it was."""
    breaking, mending = DAMAGES[damage]
    run(breaking, beta)
    assert drifted() == [beta.tenant.schema_name]
    run(mending, beta)
    assert drifted() == []


def test_all_schemas_of_a_healthy_house_have_one_digest(alpha: World, beta: World) -> None:
    """I15."""
    found = digests(["t_template", alpha.tenant.schema_name, beta.tenant.schema_name])
    assert len(found) == 3
    assert len(set(found.values())) == 1


def test_damaged_template_accuses_everybody(alpha: World, beta: World) -> None:
    """Nothing says which side is right, so nobody is."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX t_template.booking_start")
    assert drifted() == sorted([alpha.tenant.schema_name, beta.tenant.schema_name])


@pytest.mark.parametrize(("state", "counts"), [("suspended", True), ("creating", False), ("leaving", False)])
def test_only_tenants_that_are_open_or_will_be_again_count(alpha: World, state: str, counts: bool) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state=state)
    run("DROP INDEX {0}.booking_start", alpha)
    assert drifted() == ([alpha.tenant.schema_name] if counts else [])


def test_migration_that_was_not_run_is_not_ready(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.django_migrations WHERE app = 'tenants'")
    assert ready(Client()) == (503, {"status": "migrations"})


def test_new_process_waits_for_schemas_that_are_behind_and_one_that_serves_goes_on(alpha: World, beta: World) -> None:
    """All processes see the same schemas: what takes one out that serves would take out all."""
    serving = Client()
    assert ready(serving) == (200, {"status": "ok"})
    run("DELETE FROM {0}.django_migrations WHERE app = 'venues'", beta)
    assert ready(Client()) == (503, {"status": "schemas", "behind": 1})
    assert ready(serving) == (200, {"status": "ok"})


def test_schema_whose_migration_failed_takes_nobody_out(alpha: World, beta: World) -> None:
    """An operator knows of it. What an older release failed at says nothing about this one."""
    run("DELETE FROM {0}.django_migrations WHERE app = 'venues'", beta)
    row = SchemaMigration.objects.create(schema_name=beta.tenant.schema_name, state="failed", target="older")
    assert ready(Client()) == (503, {"status": "schemas", "behind": 1})
    SchemaMigration.objects.filter(pk=row.pk).update(target=wanted().digest)
    assert ready(Client()) == (200, {"status": "ok"})


def test_schema_that_differs_takes_nobody_out(alpha: World) -> None:
    """Comparing takes 40 ms a schema, and one tenant's fault is not everybody's: `migrate_schemas --check --verify`."""
    run("DROP INDEX {0}.booking_start", alpha)
    assert ready(Client()) == (200, {"status": "ok"})


def test_readiness_asks_little_and_then_only_whether_the_database_lives(alpha: World, beta: World) -> None:
    client = Client()
    with CaptureQueriesContext(connection) as first:
        ready(client)
    with CaptureQueriesContext(connection) as second:
        ready(client)
    assert [len(first), len(second)] == [8, 2]


def test_one_query_reads_all_schemas(alpha: World, beta: World) -> None:
    assert Tenant.objects.count() == 3
    with CaptureQueriesContext(connection) as queries:
        drifted()
    assert len(queries) == 2
