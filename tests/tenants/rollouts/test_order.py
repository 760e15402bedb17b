"""Public, template, canaries, then everybody: who is migrated when, and what stops whom."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from tenants import behind, progress, provisioning, schemalocks
from tenants.drift import drifted
from tenants.models import SchemaMigration, Tenant
from tests.tenants.applications import application
from tests.tenants.rollouts.newer import column
from tests.tenants.rollouts.schemas import every_schema, many, recorded_in, run, that_have
from tests.worlds import ALPHA, BETA, world_of
from venues.models import Venue

RELEASED = behind.wanted()
"""What the product itself has."""
SLUG_IS_NOT_BAD = """
migrations.AddConstraint(
    "venue", models.CheckConstraint(condition=~models.Q(slug="bad"), name="venue_slug_is_not_bad")
),
"""


@pytest.fixture
def alpha_schema(scratch):
    """Alpha's."""
    return world_of(ALPHA).tenant.schema_name


@pytest.fixture
def beta_schema(scratch):
    """Beta's."""
    return world_of(BETA).tenant.schema_name


@pytest.fixture
def strict(release, settings, monkeypatch):
    """A release in which no venue may be called `bad`."""
    release.add("venues", "0002_strict", SLUG_IS_NOT_BAD)
    release.use(settings, monkeypatch)


def spoil(schema):
    """Give a tenant a venue that the strict release refuses; the text that no error may repeat."""
    run(
        f"INSERT INTO {schema}.venues_venue SELECT (jsonb_populate_record(v,"
        f" jsonb_build_object('id', 77, 'slug', 'bad', 'name', 'secretname'))).* FROM {schema}.venues_venue v"
        " WHERE v.slug = 'main'"
    )


def states():
    """State and tries by schema, of those that a newer release has reached."""
    rows = SchemaMigration.objects.exclude(target=RELEASED.digest)
    return {row.schema_name: (row.state, row.tries) for row in rows}


def test_a_new_column_reaches_the_template_and_every_tenant(scratch, release, settings, monkeypatch, migrate):
    """I15."""
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    code, said = migrate()
    assert code == 0, said
    assert said.splitlines()[-1] == "3 schemas migrated, 0 failed."
    assert that_have("extra") == sorted(every_schema()) == recorded_in("0002_extra")
    assert drifted() == []
    assert states() == dict.fromkeys(every_schema(), ("done", 1))


def test_who_is_up_to_date_is_not_touched(scratch, migrate):
    """Nothing to do: no schema is entered, and no row is written."""
    before = list(SchemaMigration.objects.values())
    with CaptureQueriesContext(connection) as queries:
        assert migrate("--workers", "1")[1].splitlines()[-1] == "0 schemas migrated, 0 failed."
    assert [query["sql"] for query in queries if '"t_' in query["sql"] and "SET search_path" in query["sql"]] == []
    assert list(SchemaMigration.objects.values()) == before


def test_what_is_behind_takes_two_queries_whatever_the_number_of_schemas(scratch, django_assert_num_queries):
    code = behind.wanted()
    many(3)
    with django_assert_num_queries(2 + 1):  # and the search path, after the last commit
        assert behind.behind(code) == []


def test_a_canary_that_fails_stops_everything(alpha_schema, beta_schema, strict, migrate):
    """The others have neither the constraint nor a record of it; the error says which constraint and no value."""
    Tenant.objects.filter(schema_name=beta_schema).update(is_canary=True)
    spoil(beta_schema)
    code, said = migrate()
    assert code == 1
    assert f"Stopped: the migrations fail at the canary ({beta_schema})" in said
    assert recorded_in("0002_strict") == ["t_template"]
    failed = SchemaMigration.objects.get(schema_name=beta_schema)
    assert (failed.state, failed.tries) == ("failed", 1)
    assert failed.error == (
        'venues.0002_strict: IntegrityError 23514: check constraint "venue_slug_is_not_bad" of relation "venues_venue"'
        " is violated by some row"
    )
    assert not SchemaMigration.objects.filter(schema_name=alpha_schema).exists()


def test_canaries_come_first_and_the_others_when_they_are_asked_for(
    alpha_schema, beta_schema, release, settings, monkeypatch, migrate
):
    Tenant.objects.filter(schema_name=beta_schema).update(is_canary=True)
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    assert migrate("--canary")[0] == 0
    assert that_have("extra") == sorted(["t_template", beta_schema])
    assert migrate()[0] == 0
    assert that_have("extra") == sorted(every_schema())


def test_a_canary_that_is_not_like_the_template_afterwards_stops_the_others(
    alpha_schema, beta_schema, release, settings, monkeypatch, migrate
):
    """I15: somebody has been at its tables by hand."""
    Tenant.objects.filter(schema_name=beta_schema).update(is_canary=True)
    run(f"DROP INDEX {beta_schema}.booking_start")
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    code, said = migrate()
    assert (code, "Its tables differ from the template's." in said) == (1, True)
    assert that_have("extra") == sorted(["t_template", beta_schema])


def test_a_tenant_that_fails_hinders_nobody_and_is_done_once_it_is_mended(alpha_schema, beta_schema, strict, migrate):
    names = many(6)
    spoil(alpha_schema)
    code, said = migrate("--workers", "3")
    assert code == 1
    assert said.endswith(f"Failed, while all others went on: {alpha_schema}. See the lines above.")
    assert "secretname" not in said
    assert recorded_in("0002_strict") == sorted(["t_template", beta_schema, *names])
    [late] = progress.unfinished()
    assert (late.schema_name, late.missing, late.state, late.tries) == (alpha_schema, 1, "failed", 1)
    assert "secretname" not in late.error
    found = progress.summary()
    assert (found.tenants, found.behind, found.is_template_behind, found.failed) == (8, 1, False, 1)

    run(f"UPDATE {alpha_schema}.venues_venue SET slug = 'good' WHERE slug = 'bad'")
    code, said = migrate()
    assert (code, said.splitlines()[-1]) == (0, "1 schemas migrated, 0 failed.")
    assert states()[alpha_schema] == ("done", 2)
    assert drifted() == []


def test_check_says_who_is_behind_and_changes_nothing(
    alpha_schema, beta_schema, release, settings, monkeypatch, migrate
):
    assert migrate("--check")[0] == 0
    release.add("venues", "0002_extra", column("extra"))
    release.add("bookings", "0002_extra", 'migrations.AddField("booking", "extra", models.TextField(db_default="")),')
    release.use(settings, monkeypatch)
    for option in ("--check", "--plan"):
        code, said = migrate(option)
        assert code == 1
        assert said.splitlines() == [
            "public: lacks 2 migrations",
            "t_template: lacks 2 migrations",
            f"{alpha_schema}: lacks 2 migrations",
            f"{beta_schema}: lacks 2 migrations",
            "4 schemas are behind.",
        ]
    assert that_have("extra") == []
    assert states() == {}


def test_verify_names_who_differs(alpha_schema, beta_schema, migrate):
    """I15."""
    assert migrate("--check", "--verify")[0] == 0
    run(f"DROP INDEX {beta_schema}.booking_start")
    code, said = migrate("--check", "--verify")
    assert (code, said.splitlines()[-1]) == (1, f"The tables of these differ from the template's: {beta_schema}")


def test_one_schema_alone(alpha_schema, release, settings, monkeypatch, migrate):
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    assert migrate("-s", alpha_schema)[0] == 0
    assert that_have("extra") == [alpha_schema]
    assert migrate("-s", alpha_schema, "venues", "0001")[0] == 0
    assert (that_have("extra"), recorded_in("0002_extra")) == ([], [])
    assert migrate("-s", "t_nobody")[0] == 1
    assert migrate("venues", "0001")[0] == 1


def test_shared_is_public_alone(scratch, release, settings, monkeypatch, migrate):
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    assert migrate("--shared")[0] == 0
    assert that_have("extra") == []


def test_a_tenant_made_after_the_template_changed_has_nothing_left_to_do(
    scratch, release, settings, monkeypatch, migrate
):
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    assert migrate("--canary")[0] == 0
    made = provisioning.create(application())
    assert made.schema_name in that_have("extra")
    assert migrate()[1].splitlines()[-1] == "2 schemas migrated, 0 failed."
    assert drifted() == []


def test_a_tenant_deleted_meanwhile_is_no_failure(scratch, release, settings, monkeypatch, migrate):
    """Its schema goes between the list and its turn; nothing of it stays."""
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    [gone] = many(1)
    stock = behind._read

    def read(code):
        found = stock(code)
        Tenant.objects.filter(schema_name=gone).delete()
        run(f"DROP SCHEMA IF EXISTS {gone} CASCADE")
        return found

    monkeypatch.setattr(behind, "_read", read)
    code, said = migrate()
    assert code == 0, said
    assert gone not in states()


def test_releases_far_apart_are_caught_up_with(scratch, release, settings, monkeypatch, migrate):
    """More operations than are kept in memory, and schemas that are at different ones of them."""
    release.add("venues", "0002_first", column("first"))
    release.use(settings, monkeypatch)
    assert migrate("--canary")[0] == 0
    release.add("venues", "0003_many", "\n".join(column(f"extra_{n}") for n in range(70)))
    release.add("venues", "0004_last", column("last"))
    assert migrate()[0] == 0
    assert that_have("first") == that_have("extra_69") == that_have("last") == sorted(every_schema())
    assert drifted() == []


def test_a_data_migration_sees_the_tenants_own_rows(alpha_schema, beta_schema, release, settings, monkeypatch, migrate):
    """Models of a migration are rendered once and used in every schema."""
    before = "def shout(apps, editor):\n    Venue = apps.get_model('venues', 'Venue')\n"
    before += "    for venue in Venue.objects.all():\n        venue.extra = venue.slug.upper()\n        venue.save()\n"
    release.add("venues", "0002_extra", column("extra"))
    release.add("venues", "0003_shout", "migrations.RunPython(shout, migrations.RunPython.noop),")
    file = release.folder / release.name / "venues" / "0003_shout.py"
    file.write_text(before + file.read_text())
    release.use(settings, monkeypatch)
    assert migrate()[0] == 0
    for world in (world_of(ALPHA), world_of(BETA)):
        with tenant_context(world.tenant):
            assert Venue.objects.count() == 2
        rows = run(f"SELECT extra FROM {world.tenant.schema_name}.venues_venue ORDER BY slug")
        assert rows == [("ANNEX",), ("MAIN",)]


def test_who_is_a_canary_is_an_operators_choice(db):
    said = StringIO()
    call_command("canary", "beta-rooms", stdout=said)
    call_command("canary", "alpha-sports", stdout=said)
    call_command("canary", "beta-rooms", "--off", stdout=said)
    assert said.getvalue().splitlines() == [
        "Canaries: beta-rooms",
        "Canaries: alpha-sports, beta-rooms",
        "Canaries: alpha-sports",
    ]
    with pytest.raises(CommandError):
        call_command("canary", "nobody")
    assert list(Tenant.objects.filter(is_canary=True).values_list("slug", flat=True)) == ["alpha-sports"]


def test_operators_see_who_is_behind_page_by_page(db, release, settings, monkeypatch, django_assert_num_queries):
    """Who failed first, then whose migrator died; the number of queries is that of the questions, not of tenants."""
    many(4)
    release.add("venues", "0002_extra", column("extra"))
    release.use(settings, monkeypatch)
    SchemaMigration.objects.create(schema_name="t_many0003", state="failed", target="x", tries=2, error="as it was")
    SchemaMigration.objects.create(schema_name="t_many0002", state="running", target="x", tries=1)
    SchemaMigration.objects.create(schema_name="t_many0001", state="running", target="x", tries=1)
    schemalocks.claim("t_many0001")
    try:
        with django_assert_num_queries(6):
            first, second, third, fourth = progress.unfinished(most=4)
        with django_assert_num_queries(5):
            found = progress.summary()
    finally:
        schemalocks.release("t_many0001")
    assert (first.schema_name, first.tenant, first.state, first.tries, first.error, first.missing) == (
        ("t_many0003", "Many 3", "failed", 2, "as it was", 1)
    )
    assert [(each.schema_name, each.state) for each in (second, third)] == [
        ("t_many0001", "running"),
        ("t_many0002", "interrupted"),
    ]
    assert fourth.state == ""
    assert [each.schema_name for each in progress.unfinished(first=4)] == sorted(
        {*every_schema()} - {each.schema_name for each in (first, second, third, fourth)}
    )
    assert (found.tenants, found.behind, found.is_template_behind, found.running, found.failed) == (6, 6, True, 1, 1)
