"""Deletion leaves nothing behind (T32)."""

from pathlib import Path

from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django_tenants.utils import schema_context, tenant_context
from pytest_django.fixtures import Settings

from schemas.clock import database_now
from schemas.keys import media_path
from tenants import due, hosts, mail, provisioning
from tenants.drift import digests, drifted
from tenants.mail import Letter
from tenants.models import Domain, DueWork, OutboxMessage, OutgoingMail, Tenant
from tests.tenants.applications import application
from tests.worlds import ALPHA, BETA, World, world_of


def mentions(schema_name: str) -> list[str]:
    """Every object in PostgreSQL's catalogue of schemas and relations that carries the name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname = %(name)s"
            " UNION ALL SELECT 'relation ' || relname FROM pg_class WHERE relnamespace = to_regnamespace(%(name)s)"
            " UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = to_regnamespace(%(name)s)",
            {"name": schema_name},
        )
        return [name for (name,) in cursor.fetchall()]


def test_deletion_leaves_nothing(alpha: World, settings: Settings, tmp_path: Path) -> None:
    """T32: rows, schema, hosts, due work, cache entries and files; the other tenant keeps all of it."""
    settings.MEDIA_ROOT = tmp_path
    gone = provisioning.create(application())
    for tenant in (gone, alpha.tenant):
        with tenant_context(tenant):
            due.schedule("tidy", 1, Now())  # type: ignore[arg-type]
            OutboxMessage.objects.create(schema_name=tenant.schema_name, topic="t", order_key="k", reference="1")
            mail.post(Letter("k", "guest@example.org", "s", "t"), database_now())
            cache.set("kept", tenant.slug)
            file = tmp_path / media_path("logo.png")
            file.parent.mkdir()
            file.write_bytes(b"logo")
    before = digests([alpha.tenant.schema_name])
    assert mentions(gone.schema_name)

    provisioning.delete(gone)

    assert mentions(gone.schema_name) == []
    assert not Tenant.objects.filter(schema_name=gone.schema_name).exists()
    assert not Domain.objects.filter(domain="gamma-hall.localhost").exists()
    assert {work.schema_name for work in DueWork.objects.all()} == {alpha.tenant.schema_name}
    assert {message.schema_name for message in OutboxMessage.objects.all()} == {alpha.tenant.schema_name}
    assert [letter.schema_name for letter in OutgoingMail.objects.all()] == [alpha.tenant.schema_name]
    assert [path.name for path in tmp_path.iterdir()] == [alpha.tenant.schema_name]
    with tenant_context(alpha.tenant):
        assert cache.get("kept") == "alpha-sports"
    with schema_context(gone.schema_name):
        assert cache.get("kept") is None
    assert digests([alpha.tenant.schema_name]) == before
    assert drifted() == []
    assert Client(HTTP_HOST="gamma-hall.localhost").get("/api/v1/venues/").status_code == 404


def test_every_constraint_of_the_others_outlives_the_first_tenant(scratch: str) -> None:
    """With an extension in the first tenant's schema, dropping it removed everybody's constraint (measured)."""
    alpha, beta = world_of(ALPHA), world_of(BETA)
    provisioning.delete(alpha.tenant)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint"
            " WHERE conname = 'occupancy_no_overlap' AND connamespace = %s::regnamespace",
            [beta.tenant.schema_name],
        )
        assert cursor.fetchone() == (1,)
    assert drifted() == []


def test_half_created_tenant_can_be_deleted(db: None) -> None:
    """T33: there is no schema to drop."""
    tenant = Tenant.objects.create(
        schema_name="t_half", slug="half-made", slug_skeleton="haifmade", name="Half", time_zone="UTC", currency="EUR"
    )
    provisioning.delete(tenant)
    assert not Tenant.objects.filter(pk=tenant.pk).exists()


def test_name_of_a_deleted_tenant_can_be_taken_again_without_its_past(db: None) -> None:
    first = provisioning.create(application())
    with tenant_context(first):
        cache.set("kept", "old")
    provisioning.delete(first)
    second = provisioning.create(application())
    assert second.schema_name != first.schema_name
    with tenant_context(second):
        assert cache.get("kept") is None


def test_deleted_tenants_host_is_not_kept_in_memory(db: None) -> None:
    tenant = provisioning.create(application())
    assert hosts.tenant_of("gamma-hall.localhost") == tenant
    provisioning.delete(tenant)
    assert hosts.tenant_of("gamma-hall.localhost") is None
