"""Migrating one schema: plan only what lives there, and apply each migration in one piece.

Stock django-tenants plans and records every shared app's migrations in each
tenant's schema too; only the SQL is left out. That costs up to a minute a
tenant. (Tenant apps have no migration dependency on public ones; a guard
test sees to it.)
"""

from contextlib import nullcontext
from functools import partial
from typing import Any
from unittest import mock

from django.core.management.commands import migrate
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.transaction import atomic
from django_tenants.utils import get_public_schema_name

from kernel import failpoints
from schemas.current import current_schema
from tenants.behind import Node, tenant_labels
from tenants.pieces import in_one_piece, is_recorded

MOST_KEPT = 60
"""Operations of a recipe. Each keeps all models as they are before and after it."""


class Executor(MigrationExecutor):
    """Django's, with a migration and its record in one piece."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """Apply and record it, unless another migrator has done so meanwhile."""

        def apply() -> ProjectState:
            if is_recorded(migration):
                return migration.mutate_state(state.clone(), preserve=False)
            # Of a copy: what is tried again begins anew.
            return super(Executor, self).apply_migration(state.clone(), migration, fake, fake_initial)

        return in_one_piece(migration, apply)

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        """Take it back in one piece."""
        return in_one_piece(migration, lambda: super(Executor, self).unapply_migration(state.clone(), migration, fake))

    def record_migration(self, migration: Migration) -> None:  # type: ignore[override]  # the stubs are old
        """Write it down."""
        failpoints.hit("migration.unrecorded")
        super().record_migration(migration)  # type: ignore[call-arg, arg-type]


Step = tuple[Operation, ProjectState, ProjectState]


class Recipe:
    """What schemas that have the same migrations lack, thought through once.

    Thinking (Django renders its models anew for each operation) takes 50 ms, doing a column 2 ms.
    """

    def __init__(self, leaves: tuple[Node, ...]) -> None:
        """Read what the current schema has."""
        self.leaves = leaves
        self.executor = Executor(connection)
        self.plan = [migration for migration, _backwards in self.executor.migration_plan(list(leaves))]
        kept = sum(len(migration.operations) for migration in self.plan) <= MOST_KEPT
        self.steps = self._thought_through() if kept else None

    def follow(self) -> None:
        """Bring the current schema up to date."""
        if self.steps is None:
            self.executor.migrate(list(self.leaves))
            return
        for migration, steps in self.steps:
            in_one_piece(migration, partial(self._do, migration, steps))
        self.executor.check_replacements()

    def _thought_through(self) -> list[tuple[Migration, list[Step]]]:
        graph, recorded = self.executor.loader.graph, self.executor.loader.applied_migrations
        state = self.executor.loader.project_state([node for node in recorded if node in graph.nodes])
        thoughts = []
        for migration in self.plan:
            steps = []
            for operation in migration.operations:
                state.apps  # noqa: B018 - rendered once, copied from then on
                before, state = state, state.clone()
                operation.state_forwards(migration.app_label, state)
                steps.append((operation, before, state))
            thoughts.append((migration, steps))
        return thoughts

    def _do(self, migration: Migration, steps: list[Step]) -> None:
        """As `Migration.apply` does, without the thinking."""
        if is_recorded(migration):
            return
        with connection.schema_editor(atomic=migration.atomic) as editor:
            for operation, before, after in steps:
                alone = not migration.atomic and operation.atomic
                with atomic() if alone else nullcontext():
                    operation.database_forwards(migration.app_label, editor, before, after)
        self.executor.record_migration(migration)


class Command(migrate.Command):
    """`migrate` that applies in one piece, and whose plan, in a tenant's schema, ends at the leaves of tenant apps."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan for the current schema and run."""
        with mock.patch.object(migrate, "MigrationExecutor", Executor):
            if current_schema() == get_public_schema_name() or options.get("app_label"):
                super().handle(*args, **options)
                return
            labels = tenant_labels()
            stock = MigrationGraph.leaf_nodes

            def leaves(graph: MigrationGraph, app: str | None = None) -> list[tuple[str, str]]:
                return [node for node in stock(graph, app) if node[0] in labels]

            with mock.patch.object(MigrationGraph, "leaf_nodes", leaves):
                super().handle(*args, **options)
