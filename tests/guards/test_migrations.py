"""The product's migrations keep the rules, and each rule finds what it is there for."""

import pytest
from django.db.migrations.loader import MigrationLoader

from tests.guards import migrations
from tests.tenants.rollouts.newer import Release

EXTRA = 'migrations.AddField("venue", "extra", {}),'
# What a migration of `venues` does, and the rules that it breaks.
BAD = {
    "a column that an older release leaves out": (EXTRA.format('models.TextField(default="")'), "NOT_NULL"),
    "a column goes": ('migrations.RemoveField("venue", "city"),', "DROP_COLUMN"),
    "a column has another name": ('migrations.RenameField("venue", "city", "town"),', "RENAME_COLUMN"),
    "a table goes": ('migrations.DeleteModel("Closure"),', "DROP_TABLE"),
    "a table has another name": ('migrations.RenameModel("Rate", "Tariff"),', "RENAME_TABLE"),
    "a column has another type": ('migrations.AlterField("venue", "city", models.TextField()),', "ALTER_COLUMN"),
    "an index is built while all wait": (
        'migrations.AddIndex("venue", models.Index(fields=["city"], name="by_city")),',
        "CREATE_INDEX",
    ),
    "an index goes while all wait": (
        'migrations.RunSQL("DROP INDEX by_city", migrations.RunSQL.noop),',
        "DROP_INDEX",
    ),
    "what is unique from now on": (
        'migrations.AddConstraint("venue", models.UniqueConstraint(fields=["city"], name="once")),',
        "ADD_UNIQUE",
    ),
    "a constraint that reads the table": (
        'migrations.AddConstraint("venue", models.CheckConstraint(condition=~models.Q(city="x"), name="no_x")),',
        "CONSTRAINT_NOT_VALID",
    ),
    "a column that may be empty no more": (
        'migrations.AlterField("venue", "latitude", models.DecimalField(max_digits=8, decimal_places=6)),',
        "SET_NOT_NULL",
    ),
    "an extension": ('migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gist"),', "EXTENSION"),
    "two tables in one": (
        EXTRA.format("models.TextField(null=True)")
        + '\nmigrations.AddField("resource", "extra", models.TextField(null=True)),',
        "TABLES",
    ),
    "a foreign key to the platform": (
        EXTRA.format('models.ForeignKey("tenants.tenant", models.CASCADE, null=True, db_constraint=False)'),
        "LEADS_OUT",
    ),
}
NOT_ATOMIC = {
    "two steps outside a transaction": (
        'FillIn("venue", "city = \'\'", "city IS NULL"),\nFillIn("venue", "street = \'\'", "street IS NULL"),',
        "ALONE",
    ),
    "a step that cannot be done again": (
        'migrations.AddField("venue", "extra", models.TextField(null=True)),',
        "AGAIN",
    ),
    "a lock that is waited for": (
        "migrations.RunSQL('ALTER TABLE \"venues_venue\" SET (fillfactor = 90)', migrations.RunSQL.noop),",
        "WAITS",
    ),
}
GOOD = {
    "a column that may be left out": (EXTRA.format('models.TextField(default="", db_default="")'), True),
    "a column that may be empty": (EXTRA.format("models.TextField(null=True)"), True),
    "an index beside the traffic": (
        'IndexConcurrently("venue", models.Index(fields=["city"], name="by_city")),',
        False,
    ),
    "a constraint that is checked later": (
        'AddConstraintNotValid("venue", models.CheckConstraint(condition=~models.Q(city="x"), name="no_x")),',
        True,
    ),
    "filling in": ('FillIn("venue", "city = \'\'", "city IS NULL"),', False),
    "a new table": (
        (
            'migrations.CreateModel("Annex", [("id", models.BigAutoField(primary_key=True)),'
            ' ("venue", models.ForeignKey("venues.venue", models.CASCADE))]),'
        ),
        True,
    ),
}


@pytest.fixture
def complaints(db, release, settings, monkeypatch):
    """What the rules say of one more migration of `venues`; codes alone."""

    def said(operations, atomic=True, more=""):
        release.add("venues", "0002_planted", operations, atomic=atomic, more=more)
        release.use(settings, monkeypatch)
        found = migrations.found()
        assert all(line.startswith("venues.0002_planted: ") for line in found), found
        return {line.split(": ")[1] for line in found}

    return said


@pytest.fixture
def release(tmp_path, request):
    """In the test's own folder, under a name of its own."""
    return Release(tmp_path, f"planted_{abs(hash(request.node.name))}")


def test_the_products_migrations_keep_the_rules(db):
    found = migrations.found()
    assert not found, f"docs/operations/upgrade.md says how to do it in steps: {found}"


def test_the_rules_see_all_our_apps(db):
    """Most have nothing but their first migration yet, which is not held against them."""
    assert {"venues", "bookings", "accounts", "tenants", "payments", "oauth"} <= migrations.ours()
    assert not {"axes", "djstripe", "contenttypes"} & migrations.ours()
    assert {node[0] for node in MigrationLoader(None).disk_migrations} >= {"venues", "bookings"}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_migration_is_found(complaints, name):
    operations, code = BAD[name]
    assert code in complaints(operations)


@pytest.mark.parametrize("name", NOT_ATOMIC)
def test_a_bad_migration_outside_a_transaction_is_found(complaints, name):
    operations, code = NOT_ATOMIC[name]
    assert code in complaints(operations, atomic=False)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_migration_is_left_alone(complaints, name):
    operations, atomic = GOOD[name]
    assert complaints(operations, atomic=atomic) == set()


def test_what_nothing_uses_any_more_may_go(complaints):
    assert complaints(BAD["a column goes"][0], more='contract = "Since 1.4 nothing reads it."') == set()


def test_contracting_is_no_excuse_for_the_rest(complaints):
    assert complaints(BAD["an extension"][0], more='contract = "Because."') == {"EXTENSION"}
