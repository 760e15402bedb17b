"""What a tenant's schema holds, as a digest that shows any change."""

from typing import Any

from django.db import connection
from django_tenants.utils import tenant_context
from psycopg import sql

from tests.worlds import World

PASSING = {"bookings_look", "django_session", "axes_accesslog", "axes_accessattempt", "axes_accessfailurelog"}
WRITTEN = """
    SELECT pg_current_xact_id_if_assigned() IS NULL, (SELECT oid FROM pg_database WHERE datname = current_database()),
        pg_backend_pid(), now(), sum(
        pg_stat_get_xact_tuples_inserted(oid)
        + pg_stat_get_xact_tuples_updated(oid)
        + pg_stat_get_xact_tuples_deleted(oid)
    )
    FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname <> ALL(%s)
"""
"""Whether this transaction wrote nothing at all yet; in which database; whose it is, since when, and how many rows it
wrote in a schema, in what it took back again, too."""
_committed: dict[tuple[int, str], dict[str, str]] = {}
"""By database and schema: what every test begins with, for each takes back what it did."""
_seen: dict[str, tuple[tuple[object, ...], dict[str, str]]] = {}


def contents(world: World) -> dict[str, str]:
    """A digest of every table of the world's schema, but for those that merely note visits. One question for all.

    Within a transaction in which no row was written since it was last asked, the answer is that of then; and where a
    transaction has written nothing at all, that of the last one that had not. Who commits meanwhile fails, not passes.
    """
    schema = world.tenant.schema_name
    with tenant_context(world.tenant), connection.cursor() as cursor:
        cursor.execute(WRITTEN, [schema, sorted(PASSING)])
        is_untouched, database, *written = cursor.fetchone()
        moment = (*written, *connection.savepoint_ids)
        if is_untouched and connection.in_atomic_block:
            if (database, schema) not in _committed:
                _committed[database, schema] = _digests(schema, cursor)
            _seen[schema] = moment, _committed[database, schema]
        elif schema not in _seen or _seen[schema][0] != moment:
            _seen[schema] = moment, _digests(schema, cursor)
        return dict(_seen[schema][1])


def _digests(schema: str, cursor: Any) -> dict[str, str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
    digest = "SELECT {}, md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {} t"
    tables = sorted(name for (name,) in cursor.fetchall() if name not in PASSING)
    questions = [sql.SQL(digest).format(sql.Literal(table), sql.Identifier(table)) for table in tables]
    cursor.execute(sql.SQL(" UNION ALL ").join(questions))
    return dict(cursor.fetchall())
