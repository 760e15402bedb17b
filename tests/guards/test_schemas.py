"""Every model sits in the right schema, and tenant apps do not reach into the public one (T03, T08)."""

from collections.abc import Iterator

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL
from django.db.models import Model

from schemas.models import SchemaBound
from tenants.models import Tenant
from tenants.template import TEMPLATE
from tests.worlds import World

# Third-party models in tenant schemas, which cannot derive from SchemaBound: nothing of ours keeps
# such a row beyond the request that read it.
NOT_BOUND = {
    "axes.AccessAttempt",
    "axes.AccessAttemptExpiration",
    "axes.AccessFailureLog",
    "axes.AccessLog",
}
BOOKKEEPING = {"django_migrations"}


def configs(names: list[str]) -> list[AppConfig]:
    """App configs of a list in the settings."""
    wanted = {AppConfig.create(name).name for name in names}
    return [config for config in apps.get_app_configs() if config.name in wanted]


def tables_of(names: list[str]) -> set[str]:
    """Tables of the apps, those of many-to-many relations included."""
    models = [model for config in configs(names) for model in config.get_models(include_auto_created=True)]
    return {model._meta.db_table for model in models if model._meta.managed and not model._meta.proxy}


def tables_in(schema: str) -> set[str]:
    """Tables that a schema has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def tenant_models() -> Iterator[type[Model]]:
    """Models that people of a tenant work with."""
    for config in configs(settings.TENANT_APPS):
        yield from config.get_models()


TENANT_LABELS = {config.label for config in configs(settings.TENANT_APPS)}
PUBLIC_ONLY_LABELS = {config.label for config in configs(settings.SHARED_APPS)} - TENANT_LABELS


def test_every_tenant_schema_has_exactly_the_tables_of_tenant_apps(alpha: World, beta: World) -> None:
    """T08: a table that is missing here would be found in `public` by the search path."""
    expected = tables_of(settings.TENANT_APPS) | BOOKKEEPING
    schemas = [TEMPLATE, *Tenant.objects.exclude(schema_name="public").values_list("schema_name", flat=True)]
    assert {alpha.tenant.schema_name, beta.tenant.schema_name} < set(schemas)
    for schema in schemas:
        assert tables_in(schema) == expected, (
            f"{schema}: the app of a tenant's table belongs in TENANT_APPS, of the platform's in SHARED_APPS. Migrate."
        )


def test_public_has_exactly_the_tables_of_shared_apps(db: None) -> None:
    """T08: a tenant's table in `public` would answer wherever a tenant's own is missing."""
    expected = tables_of(settings.SHARED_APPS) | BOOKKEEPING
    assert tables_in("public") == expected, "An app in both lists is meant; a tenant's app in SHARED_APPS is not."


def test_only_people_and_sessions_live_in_both_places() -> None:
    both = set(settings.SHARED_APPS) & set(settings.TENANT_APPS)
    assert both <= {"accounts", "axes"}, (
        f"An app in both lists has tables in `public` that a tenant's query may fall through to: {both}"
    )


def test_every_tenant_model_is_bound_to_its_schema() -> None:
    """T03."""
    loose = {model._meta.label for model in tenant_models() if not issubclass(model, SchemaBound)}
    assert loose == NOT_BOUND, (
        "Derive it from schemas.models.SchemaBound, so that a row of one tenant cannot be saved in another; "
        f"third-party models go into NOT_BOUND: {loose ^ NOT_BOUND}"
    )


def test_no_foreign_key_leads_from_a_tenant_to_the_platform() -> None:
    found = [
        f"{model._meta.label}.{field.name}"
        for config in configs(settings.TENANT_APPS)
        for model in config.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and (field.many_to_one or field.one_to_one or field.many_to_many) and field.concrete
        if field.related_model and field.related_model._meta.app_label in PUBLIC_ONLY_LABELS
    ]
    assert not found, f"Keep the other row's id without a foreign key, or the tenant cannot be restored alone: {found}"


def test_no_constraint_of_a_tenant_leads_out_of_its_schema(alpha: World, beta: World) -> None:
    """Measured in PostgreSQL, whatever the models say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.conname, k.connamespace::regnamespace::text, t.relnamespace::regnamespace::text"
            " FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid"
            " WHERE k.contype = 'f' AND k.connamespace <> t.relnamespace"
        )
        assert cursor.fetchall() == []


def test_tenant_migrations_depend_on_tenant_apps_only() -> None:
    """One dependency would replay all the platform's migrations for every tenant (78 s each, measured)."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found = [
        f"{key[0]}.{key[1]} depends on {dependency[0]}"
        for key, migration in loader.disk_migrations.items()
        if key[0] in TENANT_LABELS
        for dependency in migration.dependencies
        if dependency[0] in PUBLIC_ONLY_LABELS
    ]
    assert not found, f"Take the dependency out; tenant apps do not need the platform's tables: {found}"


def test_no_tenant_migration_touches_an_extension() -> None:
    """It would land in the first tenant's schema, and leave with it: every other tenant's constraint with it."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    found = []
    for key, migration in loader.disk_migrations.items():
        if key[0] in TENANT_LABELS:
            for operation in migration.operations:
                statements = str(operation.sql) if isinstance(operation, RunSQL) else ""
                if "Extension" in type(operation).__name__ or "extension" in statements.lower():
                    found.append(f"{key[0]}.{key[1]}: {operation}")
    assert not found, f"Do without (ranges of one number instead of btree_gist), or make it in a public app: {found}"


def test_data_migrations_import_no_app() -> None:
    """What a migration does must not change when the code does."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {"bookings", "desk", "venues", "tenants", "accounts", "rest", "operators"}
    found = [
        f"{key[0]}.{key[1]}"
        for key, migration in loader.disk_migrations.items()
        if key[0] in ours
        for operation in migration.operations
        if isinstance(operation, RunPython) and not operation.code.__module__.startswith(migration.__module__)
    ]
    assert not found, f"Write the function inside the migration, with apps.get_model: {found}"
