"""Many schemas, cheap: tenants without anybody in them, and questions to all of them."""

from django.conf import settings
from django.db import connection, transaction

from tenants import template
from tenants.models import Domain, Tenant


def many(number: int) -> list[str]:
    """So many further tenants that answer at `many-<n>`; their schemas' names."""
    for n in range(number):
        with transaction.atomic():
            tenant = Tenant.objects.create(
                schema_name=f"t_many{n:04}",
                slug=f"many-{n}",
                slug_skeleton=f"many{n}",
                name=f"Many {n}",
                state=Tenant.State.READY,
                time_zone="UTC",
                currency="EUR",
            )
            Domain.objects.create(tenant=tenant, domain=f"many-{n}.{settings.BASE_DOMAIN}", is_primary=True)
            template.build(tenant.schema_name)
    return [f"t_many{n:04}" for n in range(number)]


def every_schema() -> list[str]:
    """The template and all tenants."""
    tenants = Tenant.objects.exclude(schema_name="public").order_by("schema_name")
    return ["t_template", *tenants.values_list("schema_name", flat=True)]


def that_have(column: str, table: str = "venues_venue") -> list[str]:
    """Schemas whose table has the column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema FROM information_schema.columns WHERE table_name = %s AND column_name = %s ORDER BY 1",
            [table, column],
        )
        return [name for (name,) in cursor.fetchall()]


def recorded_in(name: str) -> list[str]:
    """Schemas that say they have the migration."""
    found = []
    with connection.cursor() as cursor:
        for schema in every_schema():
            cursor.execute(f"SELECT count(*) FROM {schema}.django_migrations WHERE name = %s", [name])
            found += [schema] * cursor.fetchone()[0]
    return sorted(found)


def run(statement: str, *values: str) -> list[tuple[object, ...]]:
    """Rows of a statement, committed at once."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []
