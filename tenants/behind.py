"""Which schemas lack which migrations: two statements, for any number of tenants up to a thousand.

What a schema has is what its own `django_migrations` says; one statement reads all of them and groups what is alike.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from schemas.current import enter_public
from tenants.template import TEMPLATE

SCHEMAS = """
SELECT n.nspname, coalesce(t.is_canary, false), r.oid IS NOT NULL
FROM pg_namespace n
LEFT JOIN public.tenants_tenant t ON t.schema_name = n.nspname
LEFT JOIN pg_class r ON r.relnamespace = n.oid AND r.relname = 'django_migrations' AND r.relkind = 'r'
WHERE n.nspname <> 'public' AND (t.id IS NOT NULL OR n.nspname = %s)
ORDER BY n.nspname <> %s, NOT coalesce(t.is_canary, false), t.id
"""
RECORDED = "SELECT {}::text AS schema_name, array_agg(app || '.' || name ORDER BY app, name) AS names FROM {}"
AT_ONCE = 1000
"""Each schema costs a statement two locks of the 6,400 that PostgreSQL has by default."""
MOST_TRIES = 5

Node = tuple[str, str]


@dataclass(frozen=True)
class Wanted:
    """The migrations of tenant apps that this code has."""

    leaves: tuple[Node, ...]
    nodes: frozenset[Node]
    replaces: dict[Node, frozenset[Node]]

    @property
    def digest(self) -> str:
        """The same for the same migrations."""
        names = "\n".join(sorted(f"{app}.{name}" for app, name in self.nodes))
        return hashlib.md5(names.encode(), usedforsecurity=False).hexdigest()

    def missing(self, recorded: frozenset[Node]) -> int:
        """How many migrations a schema lacks. One whose replaced ones are all there is there."""
        return sum(
            node not in recorded and not (self.replaces.get(node, frozenset((node,))) <= recorded)
            for node in self.nodes
        )


@dataclass(frozen=True)
class Schema:
    """A schema whose shape migrations decide: the template or a tenant's."""

    name: str
    is_canary: bool
    missing: int

    @property
    def is_template(self) -> bool:
        """Whether new tenants are made from it."""
        return self.name == TEMPLATE


def wanted() -> Wanted:
    """Read the code's migrations. 0.1 s."""
    labels = tenant_labels()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return Wanted(
        tuple(node for node in loader.graph.leaf_nodes() if node[0] in labels),
        frozenset(node for node in loader.graph.nodes if node[0] in labels),
        {node: frozenset(each.replaces) for node, each in loader.replacements.items() if node[0] in labels},
    )


def tenant_labels() -> set[str]:
    """Labels of the apps whose tables are in tenants' schemas."""
    return {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}


def schemas(code: Wanted) -> list[Schema]:
    """The template, then canaries, then all others, each with what it lacks."""
    for tries in range(1, MOST_TRIES + 1):
        try:
            return _read(code)
        except ProgrammingError:  # a tenant was deleted between the statements
            if tries == MOST_TRIES or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


def behind(code: Wanted) -> list[Schema]:
    """Those of `schemas` that lack something."""
    return [schema for schema in schemas(code) if schema.missing]


def public_lacks() -> int:
    """How many migrations of this code the public schema lacks."""
    enter_public()
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _read(code: Wanted) -> list[Schema]:
    with connection.cursor() as cursor:
        cursor.execute(SCHEMAS, [TEMPLATE, TEMPLATE])
        found = cursor.fetchall()
    with_record = [name for name, _canary, has_record in found if has_record]
    missing = dict.fromkeys((name for name, _canary, _record in found), len(code.nodes))
    for first in range(0, len(with_record), AT_ONCE):
        for names, alike in _recorded(with_record[first : first + AT_ONCE]):
            missing.update(dict.fromkeys(alike, code.missing(names)))
    return [Schema(name, is_canary, missing[name]) for name, is_canary, _record in found]


def _recorded(names: Iterable[str]) -> list[tuple[frozenset[Node], list[str]]]:
    """What is recorded in these schemas: each set of migrations, and the schemas that have it."""
    parts = [sql.SQL(RECORDED).format(sql.Literal(name), sql.Identifier(name, "django_migrations")) for name in names]
    question = sql.SQL("SELECT names, array_agg(schema_name) FROM ({}) AS each GROUP BY names").format(
        sql.SQL(" UNION ALL ").join(parts)
    )
    with connection.cursor() as cursor:
        cursor.execute(question)
        return [
            (frozenset((app, rest) for app, _dot, rest in (name.partition(".") for name in names or ())), alike)
            for names, alike in cursor.fetchall()
        ]
