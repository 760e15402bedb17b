"""What a migration may do to tables that people use meanwhile, and while the release before it still serves.

django-migration-linter reads the SQL; the rules that are ours are added to its. First migrations of an app are new
tables, which nobody uses. What an older release would stumble over is allowed where nothing uses it any more, and the
migration says so: `contract = "Since 1.4 nothing reads it."`
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, RunPython, RunSQL
from django.db.models import ForeignKey
from django_migration_linter.sql_analyser import PostgresqlAnalyser, analyse_sql_statements
from django_migration_linter.sql_analyser.base import Check, CheckMode, CheckType
from django_tenants.utils import schema_context

from schemas.operations import FillIn, IndexConcurrently
from tenants.behind import tenant_labels
from tenants.template import TEMPLATE

ROOT = Path(__file__).resolve().parents[2]
TABLE = re.compile(r'(?:ALTER TABLE(?: ONLY)?|INDEX .*? ON|LOCK TABLE|UPDATE) "(\w+)"')
CONSTRAINT = re.compile("ALTER TABLE .* ADD CONSTRAINT .*(CHECK|FOREIGN KEY|EXCLUDE)")
MADE = re.compile(r'CREATE TABLE "(\w+)"')
CONTRACTS = frozenset(
    {
        "RENAME_TABLE",
        "DROP_COLUMN",
        "DROP_TABLE",
        "RENAME_COLUMN",
        "ALTER_COLUMN",
        "ADD_UNIQUE",
        "SET_NOT_NULL",
        "NOT_NULL",
    }
)
"""What a migration with `contract` may do."""


def _scans(statements: list[str], **_rest: object) -> bool:
    """A constraint that reads the whole table under a lock; a new table is empty."""
    made = {name for statement in statements for name in MADE.findall(statement)}
    return any(
        CONSTRAINT.match(statement) and "NOT VALID" not in statement and TABLE.findall(statement)[0] not in made
        for statement in statements
    )


class Analyser(PostgresqlAnalyser):
    """The library's checks and ours; warnings are errors."""

    migration_checks = [
        *(replace(check, type=CheckType.ERROR) for check in PostgresqlAnalyser.migration_checks),
        Check(
            "CONSTRAINT_NOT_VALID",
            _scans,
            "A constraint that reads the whole table: AddConstraintNotValid here, ValidateConstraint in the next one",
            CheckMode.TRANSACTION,
            CheckType.ERROR,
        ),
        Check(
            "SET_NOT_NULL",
            lambda sql, **_kwargs: re.search("ALTER COLUMN .* SET NOT NULL", sql),
            "NOT NULL reads the whole table, and an older release writes NULL",
            CheckMode.ONE_LINER,
            CheckType.ERROR,
        ),
        Check(
            "EXTENSION",
            lambda sql, **_kwargs: re.search("(CREATE|DROP|ALTER) EXTENSION", sql, re.IGNORECASE),
            "An extension lands in the first tenant's schema, and leaves with it",
            CheckMode.ONE_LINER,
            CheckType.ERROR,
        ),
    ]


def complaints(loader: MigrationLoader) -> Iterator[str]:
    """One line for each rule that a migration breaks: of all that are not the first of their app, in order."""
    for node in sorted(loader.disk_migrations):
        migration = loader.disk_migrations[node]
        if node[0] in ours() and not migration.initial and node in loader.graph.nodes:
            for complaint in _of(loader, migration):
                yield f"{node[0]}.{node[1]}: {complaint}"


def ours() -> set[str]:
    """Labels of the apps whose migrations we write."""
    inside = [config for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT)]
    return {config.label for config in inside if ".venv" not in Path(config.path).parts}


def _of(loader: MigrationLoader, migration: Migration) -> Iterator[str]:
    leads_out = list(_leads_out(migration)) if migration.app_label in tenant_labels() else []
    if leads_out:
        yield from leads_out
        return  # Django has no SQL for it: the other table is not there
    statements = _statements(loader, migration)
    contract = getattr(migration, "contract", "")
    errors, _ignored, _warnings = analyse_sql_statements(Analyser, statements, CONTRACTS if contract else ())
    yield from sorted({f"{issue.code}: {issue.message}" for issue in errors})
    yield from _tables(statements)
    yield from _alone(migration, statements)


def _statements(loader: MigrationLoader, migration: Migration) -> list[str]:
    """Its SQL, as in a schema that has all the ones before it."""
    lines = loader.collect_sql([(migration, False)])
    return [line for line in lines if line and not line.startswith("--")]


def _tables(statements: Iterable[str]) -> Iterator[str]:
    made = {name for statement in statements for name in MADE.findall(statement)}
    used = {name for statement in statements for name in TABLE.findall(statement)} - made
    if len(used) > 1:
        yield f"TABLES: one table in one migration, not {', '.join(sorted(used))}: locks add up until the commit"


def _alone(migration: Migration, statements: list[str]) -> Iterator[str]:
    if not migration.atomic and any(statement.startswith("ALTER TABLE") for statement in statements):
        yield "WAITS: ALTER TABLE outside a transaction waits for its lock as long as it takes, and all behind it"
    if not migration.atomic and len(migration.operations) > 1:
        yield "ALONE: one operation in a migration that is not atomic: nothing says how far it came"
    for operation in migration.operations:
        if not migration.atomic and not isinstance(operation, IndexConcurrently | FillIn | RunSQL | RunPython):
            yield f"AGAIN: {type(operation).__name__} cannot be done again once interrupted; see schemas.operations"


def _leads_out(migration: Migration) -> Iterator[str]:
    for operation in migration.operations:
        for field in _fields(operation):
            target = field.remote_field.model
            label = (target if isinstance(target, str) else target._meta.label).partition(".")[0].lower()
            if label not in tenant_labels():
                yield f"LEADS_OUT: a foreign key from a tenant to {label}, which is the platform's"


def _fields(operation: object) -> Iterator[ForeignKey]:  # type: ignore[type-arg]
    fields = dict(getattr(operation, "fields", ()))
    if isinstance(operation, AddField):
        fields[operation.name] = operation.field
    yield from (field for field in fields.values() if isinstance(field, ForeignKey))


def found() -> list[str]:
    """The complaints about all that there are."""
    session = connection.copy()  # of its own: in a test's transaction, no index is built concurrently
    session.set_schema(TEMPLATE)  # type: ignore[attr-defined]
    try:
        with schema_context(TEMPLATE):
            return list(complaints(MigrationLoader(session, replace_migrations=False)))
    finally:
        session.close()
