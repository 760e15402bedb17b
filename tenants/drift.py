"""Do all tenant schemas have the same tables, constraints, indexes and triggers? (I15)

One query reads the catalogue of every tenant at once and answers with a
digest per schema. The template's digest is what the others are held against.
"""

from django.db import connection

from tenants.models import Tenant
from tenants.template import TEMPLATE

# Definitions are compared with the schema's own name taken out, and without parentheses and casts to
# text: PostgreSQL reads its own `role::text = ANY (ARRAY[...]::text[])` back in another spelling.
DIGESTS = """
WITH spaces AS (
    SELECT oid, nspname, '(^|[^a-z0-9_])"?' || nspname || '"?\\.' AS own FROM pg_namespace WHERE nspname = ANY(%s)
), facts AS (
    SELECT s.nspname, c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
           || ' ' || a.attnotnull || ' ' || a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
           AS fact, s.own
    FROM spaces s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind = 'r'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT s.nspname, c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid), s.own
    FROM spaces s JOIN pg_constraint k ON k.connamespace = s.oid AND k.contype IN ('p', 'u', 'x', 'c', 'f')
    JOIN pg_class c ON c.oid = k.conrelid
    UNION ALL
    SELECT s.nspname, pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid, s.own
    FROM spaces s JOIN pg_class c ON c.relnamespace = s.oid JOIN pg_index i ON i.indexrelid = c.oid
    UNION ALL
    SELECT s.nspname, pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text, s.own
    FROM spaces s JOIN pg_class c ON c.relnamespace = s.oid
    JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal
)
SELECT nspname, md5(string_agg(clean, E'\\n' ORDER BY clean))
FROM (
    SELECT nspname, translate(regexp_replace(regexp_replace(fact, own, '\\1', 'g'),
        '::(character varying|text)(\\[\\])?', '', 'g'), '()', '') AS clean FROM facts
) cleaned GROUP BY nspname
"""


def digests(schemas: list[str]) -> dict[str, str]:
    """MD5 of each schema's DDL; a schema that does not exist is missing from the answer."""
    with connection.cursor() as cursor:
        cursor.execute(DIGESTS, [schemas])
        return dict(cursor.fetchall())


def drifted() -> list[str]:
    """Schemas of open tenants that are missing or differ from the template: nobody should book there."""
    open_states = Tenant.AT_WORK
    schemas = list(
        Tenant.objects.filter(state__in=open_states).exclude(schema_name="public").values_list("schema_name", flat=True)
    )
    found = digests([TEMPLATE, *schemas])
    return sorted(schema for schema in schemas if found.get(schema) != found.get(TEMPLATE))
