"""A tenant that was deleted comes back from its backup (T32); a backup of an older version is brought up to date."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context, tenant_context

from billing.subscriptions.models import PlatformFee, StripeAccount
from kernel.errors import Refused
from schemas.clock import database_now
from tenants import drift, hosts, mail, provisioning
from tenants.backups import restoring, taking
from tenants.claims import DomainClaim
from tenants.closings import GivenUpName
from tenants.looks import Brand
from tenants.mail import Letter
from tenants.models import Domain, DueWork, OutgoingMail, Tenant
from tenants.slugs import skeleton
from tenants.template import TEMPLATE
from tests.tenants.applications import application
from tests.tenants.backups.test_taking import facts, house
from tests.worlds import World

__all__ = ["house"]
RECORDERS = """
SELECT g.tgrelid::regclass::text, quote_ident(g.tgname) FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
WHERE c.relnamespace = %s::regnamespace AND g.tgname LIKE '%%_recorded%%'
"""


def furnished(world: World) -> None:
    """What the platform has about Alpha."""
    now = database_now()
    tenant = world.tenant
    claim = DomainClaim.objects.create(tenant=tenant, domain="courts.club.com", token="t" * 32, asked_at=now)
    DomainClaim.objects.filter(pk=claim.pk).update(proven_at=now)
    Domain.objects.create(tenant=tenant, domain="courts.club.com", is_primary=True)
    Domain.objects.filter(tenant=tenant, domain=world.host).update(is_primary=False)
    Brand.objects.filter(tenant=tenant).update(color="#123456")
    StripeAccount.objects.create(tenant=tenant, account_id="acct_alpha", country="DE", connected_at=now)
    PlatformFee.objects.create(
        tenant=tenant, fee_id="fee_1", account_id="acct_alpha", charge_id="ch_1", amount_minor=1, currency="EUR", at=now
    )
    with tenant_context(tenant):
        mail.post(Letter("waits", "gina@example.org", "s", "secret link"), now)
        mail.post(Letter("sent", "gina@example.org", "s", "t"), now)
    OutgoingMail.objects.filter(key="sent").update(state="sent", text="")


def test_a_tenant_that_is_gone_comes_back(house: World, tmp_path: Path) -> None:
    furnished(house)
    path, schema = tmp_path / "alpha.tar.gz", str(house.tenant.schema_name)
    taking.take(house.tenant, str(path))
    rows = facts(schema)[0]
    provisioning.delete(house.tenant)
    assert Client(HTTP_HOST=house.host).get("/api/v1/venues/").status_code == 404

    restored = restoring.restore(path)
    tenant = restored.tenant
    assert (tenant.slug, tenant.state, tenant.schema_name) == ("alpha-sports", "ready", schema)
    after = facts(schema)[0]
    assert {name for name in rows if after[name] != rows[name]} <= {"desk_change"}
    hosts.forget()
    client = Client(HTTP_HOST=house.host, HTTP_AUTHORIZATION=f"Token {house.tokens['guest']}")
    assert client.get("/api/v1/venues/").status_code == 200
    # Its own address alone, until the record of the other was seen; no letter goes again; Stripe's account is its.
    assert list(Domain.objects.filter(tenant=tenant).values_list("domain", "is_primary")) == [(house.host, True)]
    [claim] = DomainClaim.objects.filter(tenant=tenant)
    assert (claim.domain, claim.token, claim.proven_at) == ("courts.club.com", "t" * 32, None)
    assert DueWork.objects.filter(schema_name=schema, kind="domain_proof", object_id=str(claim.pk)).exists()
    letters = OutgoingMail.objects.filter(schema_name=schema).order_by("key")
    assert list(letters.values_list("key", "state", "text")) == [("sent", "sent", ""), ("waits", "refused", "")]
    assert not DueWork.objects.filter(schema_name=schema, kind="mail").exists()
    assert StripeAccount.objects.get(account_id="acct_alpha").tenant == tenant
    assert PlatformFee.objects.get().tenant == tenant
    assert Brand.objects.get(tenant=tenant).color == "#123456"
    assert drift.drifted() == []


def test_a_name_that_was_given_away_needs_another(house: World, tmp_path: Path) -> None:
    path = tmp_path / "alpha.tar.gz"
    taking.take(house.tenant, str(path))
    provisioning.delete(house.tenant)
    other = provisioning.create(application("alpha-sports"))
    with pytest.raises(Refused) as refusal:
        restoring.restore(path)
    assert refusal.value.code == "slug_taken"
    with pytest.raises(Refused) as refusal:
        restoring.restore(path, "www")
    assert refusal.value.code == "restore_slug"
    assert not Tenant.objects.filter(schema_name=house.tenant.schema_name).exists()
    GivenUpName.objects.create(slug="alpha-again", slug_skeleton=skeleton("alpha-again"), gone_at=database_now())
    restored = restoring.restore(path, "alpha-again")
    assert (restored.tenant.slug, restored.tenant.schema_name) == ("alpha-again", house.tenant.schema_name)
    assert Domain.objects.get(tenant=restored.tenant).domain == "alpha-again.localhost"
    assert Tenant.objects.get(slug="alpha-sports").pk == other.pk
    assert not GivenUpName.objects.filter(slug="alpha-again").exists()


def test_a_tenant_that_is_there_keeps_its_name(house: World, tmp_path: Path) -> None:
    path = tmp_path / "alpha.tar.gz"
    taking.take(house.tenant, str(path))
    with pytest.raises(Refused) as refusal:
        restoring.restore(path, "another")
    assert refusal.value.code == "restore_slug"
    assert Tenant.objects.get(pk=house.tenant.pk).slug == "alpha-sports"


def test_a_suspended_tenant_stays_suspended(house: World, tmp_path: Path) -> None:
    path = tmp_path / "alpha.tar.gz"
    taking.take(house.tenant, str(path))
    provisioning.suspend(house.tenant, "unpaid")
    restored = restoring.restore(path)
    assert (restored.tenant.state, restored.tenant.state_reason) == ("suspended", "unpaid")


def test_a_backup_of_an_older_version_is_migrated(house: World, tmp_path: Path) -> None:
    """As it was before the record of changes (`desk.0002_record`) came."""
    path, schema = tmp_path / "alpha.tar.gz", str(house.tenant.schema_name)
    with schema_context(schema):
        call_command("migrate_schemas", "desk", "0001_initial", schema_name=schema, interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(RECORDERS, [schema])
        for table, trigger in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {trigger} ON {table}")
    assert drift.digests([schema])[schema] != drift.digests([TEMPLATE])[TEMPLATE]
    manifest = taking.take(house.tenant, str(path))
    assert ("desk", "0002_record") not in manifest.migrations
    restoring.restore(path)
    assert drift.digests([schema])[schema] == drift.digests([TEMPLATE])[TEMPLATE]
    with connection.cursor() as cursor:
        assert ("desk", "0002_record") in taking.migrations_of(cursor, schema)


def test_a_backup_whose_tables_are_not_the_versions_is_refused(house: World, tmp_path: Path) -> None:
    """A tenant that had drifted when it was backed up."""
    path, schema = tmp_path / "alpha.tar.gz", str(house.tenant.schema_name)
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{schema}".bookings_occupancy DROP CONSTRAINT occupancy_no_overlap')
    taking.take(house.tenant, str(path))
    before = facts(schema)
    with pytest.raises(Refused) as refusal:
        restoring.restore(path)
    assert refusal.value.code == "backup_differs"
    assert facts(schema) == before
    assert Tenant.objects.get(pk=house.tenant.pk).state == "ready"
