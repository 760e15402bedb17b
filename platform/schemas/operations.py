"""Operations for migrations of tables that people use meanwhile, each alone in a migration with `atomic = False`.

Outside a transaction nothing is undone when the migrator dies, so each can be done again from any point.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin
from django.db import transaction
from django.db.migrations.operations.base import Operation, OperationCategory
from psycopg import sql

from kernel import failpoints

OF_THAT_NAME = """
SELECT n.nspname, i.relname FROM pg_class i JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE i.relname = %s AND i.relkind = 'i' AND n.nspname = current_schema()
"""


class IndexConcurrently(AddIndexConcurrently):
    """`AddIndexConcurrently` that can be done again.

    A build that was interrupted leaves an index that is INVALID: it costs every write and serves no query. One that
    was finished and not recorded may be anything of that name. Either goes, and a new one is built.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drop what an earlier try has left, and build."""
        self._ensure_not_in_transaction(schema_editor)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(OF_THAT_NAME, [self.index.name])
            for schema, name in cursor.fetchall() if not schema_editor.collect_sql else []:
                # With the schema's name: `public` is in the path, too.
                cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(schema, name)))
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        failpoints.hit("migration.index_built")


class FillIn(NotInTransactionMixin, Operation):
    """Fill a column of existing rows, some at a time, each in a transaction of its own.

    `assignment` and `still_to_do` are SQL about the row: `FillIn("booking", "note = ''", "note IS NULL")`. What is
    filled in must not be `still_to_do` any more.
    """

    atomic = False
    reduces_to_sql = False
    reversible = True
    category = OperationCategory.SQL

    def __init__(self, model_name: str, assignment: str, still_to_do: str, at_once: int = 1000) -> None:
        """`at_once`: rows that are locked together, a few hundred milliseconds at most."""
        self.model_name, self.assignment, self.still_to_do, self.at_once = model_name, assignment, still_to_do, at_once

    def state_forwards(self, app_label: str, state: Any) -> None:
        """No model changes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Fill in until nothing is left."""
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        statement = sql.SQL(
            "UPDATE {table} SET {assignment} WHERE ctid = ANY(ARRAY("
            "SELECT ctid FROM {table} WHERE {still_to_do} LIMIT {at_once} FOR NO KEY UPDATE))"
        ).format(
            table=sql.Identifier(model._meta.db_table),
            assignment=sql.SQL(self.assignment),
            still_to_do=sql.SQL(self.still_to_do),
            at_once=sql.Literal(self.at_once),
        )
        if schema_editor.collect_sql:
            schema_editor.execute(statement.as_string(None), params=None)
            return
        while self._some(schema_editor, statement):
            failpoints.hit("migration.filled_in_some")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """What is filled in may stay."""

    def describe(self) -> str:
        """For `migrate`'s output."""
        return f"Fill in {self.model_name}: {self.assignment}"

    def _some(self, schema_editor: Any, statement: Any) -> int:
        with transaction.atomic(schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.rowcount)
