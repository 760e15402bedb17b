"""Do all tenant schemas have the same tables, constraints, indexes and triggers? (I15)

One query reads the catalogue of every tenant at once and answers with a
digest per schema. The template's digest is what the others are held against.
"""

from django.db import connection

from tenants.models import Tenant
from tenants.template import TEMPLATE

COMPARED_AT_ONCE = 50

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
    schemas = Tenant.objects.filter(state__in=Tenant.AT_WORK).exclude(schema_name="public").order_by("pk")
    return sorted(unlike_the_template(list(schemas.values_list("schema_name", flat=True))))


def unlike_the_template(schemas: list[str]) -> list[str]:
    """Those of the schemas that are missing or differ. Takes 40 ms for each."""
    unlike = []
    for first in range(0, len(schemas), COMPARED_AT_ONCE):
        some = schemas[first : first + COMPARED_AT_ONCE]
        found = digests([TEMPLATE, *some])
        unlike += [schema for schema in some if found.get(schema) != found.get(TEMPLATE)]
    return unlike
