"""A schema that is not like its siblings is found, named, and found mended (I15)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.drift import digests, drifted
from tenants.models import Tenant
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
    """I15: 503 with the name of the one schema, and 200 again at once afterwards."""
    breaking, mending = DAMAGES[damage]
    client = Client()
    run(breaking, beta)
    assert ready(client) == (503, {"status": "schemas", "schemas": [beta.tenant.schema_name]})
    run(mending, beta)
    assert ready(client) == (200, {"status": "ok"})


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


def test_good_answer_is_kept_for_a_moment_and_a_bad_one_is_not(alpha: World) -> None:
    """Reading every tenant's DDL is work; a bad answer is worth it each time."""
    client = Client()
    assert ready(client)[0] == 200
    run("DROP INDEX {0}.booking_start", alpha)
    assert ready(client)[0] == 200
    assert ready(Client())[0] == 503


def test_one_query_reads_all_schemas(alpha: World, beta: World) -> None:
    assert Tenant.objects.count() == 3
    with CaptureQueriesContext(connection) as queries:
        drifted()
    assert len(queries) == 2
