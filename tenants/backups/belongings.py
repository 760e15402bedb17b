"""What the platform has about a tenant, as `fates` says: put back in the transaction of the swap.

The backup's rows of `public` wait in a temporary table of this session, so that the transaction is short and memory
does not grow with them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.db import connection
from django.db.models import Model

from kernel.errors import Refused
from schemas.clock import database_now
from tenants.backups import reading
from tenants.backups.digests import Digest
from tenants.backups.fates import KINDS, SETTINGS, Work
from tenants.backups.manifests import Manifest
from tenants.backups.taking import TOGETHER, public_lines
from tenants.closings import GivenUpName
from tenants.models import Domain, DomainClaim, DueWork, OutgoingMail, Tenant
from tenants.slugs import skeleton

STAGE = (
    "DROP TABLE IF EXISTS pg_temp.backup_rows",
    "CREATE TEMPORARY TABLE backup_rows (id bigint GENERATED ALWAYS AS IDENTITY, label text, line jsonb)",
    "CREATE INDEX ON pg_temp.backup_rows (label, id)",
)
FILL = "COPY pg_temp.backup_rows (label, line) FROM STDIN"
READ = "SELECT id, line::text FROM pg_temp.backup_rows WHERE label = %s AND id > %s ORDER BY id LIMIT %s"
WORK = """
INSERT INTO public.tenants_duework (schema_name, kind, object_id, due_at, attempts, tries, last_error, is_dead)
SELECT %s, line #>> '{fields,kind}', line #>> '{fields,object_id}', (line #>> '{fields,due_at}')::timestamptz, 0, 0,
       line #>> '{fields,last_error}', (line #>> '{fields,is_dead}')::boolean
FROM pg_temp.backup_rows WHERE label = 'tenants.DueWork' AND line #>> '{fields,kind}' = ANY(%s)
ON CONFLICT DO NOTHING
"""
TOLD = """
DELETE FROM public.tenants_outboxmessage AS message WHERE schema_name = %s AND NOT EXISTS (
    SELECT 1 FROM pg_temp.backup_rows WHERE label = 'tenants.OutboxMessage' AND (line ->> 'pk')::bigint = message.id)
"""
LOOKS = ("tenants.Brand", "tenants.BrandDraft", "tenants.BrandEdition")
AGREED = "website.TermsAgreement"
BACK = sorted(kind for kind, work in KINDS.items() if work == Work.BACK)
STAYING = sorted(kind for kind, work in KINDS.items() if work == Work.STAYS)
PROOF = "domain_proof"
"""The kind of due work that looks whether a domain is proven (`tenants.domains`)."""


def check_free(slug: str) -> None:
    """Raise `Refused("slug_taken")` for the name of another tenant."""
    if Tenant.objects.filter(slug_skeleton=skeleton(slug)).exists():
        raise Refused("slug_taken", f"The name {slug} is somebody else's: choose another with --slug.")


def stage(path: Path) -> None:
    """Read the backup's rows of `public` into the temporary table."""
    with connection.cursor() as cursor:
        for statement in STAGE:
            cursor.execute(statement)
        with cursor.copy(FILL) as copy:

            def keep(label: str, lines: bytes) -> None:
                for line in lines.decode().splitlines():
                    copy.write_row((label, line))

            reading.public_rows(path, keep)
        cursor.execute("ANALYZE pg_temp.backup_rows")


def unstage() -> None:
    """Forget them."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE[0])


def put_back(tenant: Tenant, manifest: Manifest) -> None:
    """Of a tenant that is there: its settings, its look and its due work, and nothing that was told or decided since.

    In the transaction of the swap.
    """
    [told] = _objects("tenants.Tenant")
    Tenant.objects.filter(pk=tenant.pk).update(**{name: getattr(told, name) for name in SETTINGS})
    for label in LOOKS:
        if _digest_now(label, tenant) != manifest.public[label].digest:
            apps.get_model(label)._default_manager.filter(tenant_id=tenant.pk).delete()
            _write(label, tenant)
    schema = str(tenant.schema_name)
    DueWork.objects.filter(schema_name=schema).exclude(kind__in=STAYING).delete()
    _work(schema)
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [schema])
    unsent = OutgoingMail.objects.filter(schema_name=schema, state=OutgoingMail.State.WAITING)
    unsent.filter(created_at__gt=manifest.made_at).delete()


def revive(manifest: Manifest, slug: str) -> Tenant:
    """Of a tenant that is gone: its row, closed, with its own address, and what else comes back.

    Raises `Refused("slug_taken")`. In the transaction of the swap.
    """
    tenant: Tenant = next(_objects("tenants.Tenant"))
    tenant.slug, tenant.slug_skeleton = slug, skeleton(slug)
    tenant.state, tenant.state_reason = Tenant.State.RESTORING, ""
    check_free(slug)
    if Tenant.objects.filter(pk=tenant.pk).exists():
        tenant.pk = None
    created_at = tenant.created_at
    tenant.save(force_insert=True)
    Tenant.objects.filter(pk=tenant.pk).update(created_at=created_at)  # saving has set it to now
    GivenUpName.objects.filter(slug_skeleton=tenant.slug_skeleton).delete()
    Domain.objects.create(tenant=tenant, domain=f"{slug}.{settings.BASE_DOMAIN}", is_primary=True)
    for label in (*LOOKS, AGREED):
        _write(label, tenant)
    _claims(tenant)
    _letters(tenant)
    _money(tenant)
    _work(str(tenant.schema_name))
    return tenant


def _objects(label: str) -> Iterator[Any]:
    """The backup's rows of a table, as they were; not yet saved."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(READ, [label, last, TOGETHER])
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        text = "\n".join(line for _id, line in rows)
        for told in serializers.deserialize("jsonl", text, ignorenonexistent=True):
            yield told.object


def _write(label: str, tenant: Tenant) -> None:
    """Write a table's rows anew, under new numbers and for this tenant."""
    model: type[Model] = apps.get_model(label)
    rows = []
    for found in _objects(label):
        found.pk, found.tenant_id = None, tenant.pk
        rows.append(found)
    model._default_manager.bulk_create(rows)


def _digest_now(label: str, tenant: Tenant) -> str:
    digest = Digest()
    for lines in public_lines(label, tenant):
        digest.add(lines)
    return digest.text()


def _work(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WORK, [schema, BACK])


def _claims(tenant: Tenant) -> None:
    """Domains that it had brought: to be proven, which their records do where they are still there."""
    now = database_now()
    for claim in _objects("tenants.DomainClaim"):
        made = DomainClaim.objects.create(tenant=tenant, domain=claim.domain, token=claim.token, asked_at=now)
        DueWork.objects.create(schema_name=tenant.schema_name, kind=PROOF, object_id=str(made.pk), due_at=now)


def _letters(tenant: Tenant) -> None:
    """What was sent, so that none of it goes again; of what waited nobody knows whether it has gone."""
    states = OutgoingMail.State
    rows: list[OutgoingMail] = []
    for letter in _objects("tenants.OutgoingMail"):
        letter.pk, letter.schema_name = None, tenant.schema_name
        if letter.state == states.WAITING:
            letter.state, letter.text, letter.html = states.REFUSED, "", ""
        rows.append(letter)
        if len(rows) == TOGETHER:
            OutgoingMail.objects.bulk_create(rows, ignore_conflicts=True)
            rows = []
    OutgoingMail.objects.bulk_create(rows, ignore_conflicts=True)


def _money(tenant: Tenant) -> None:
    """Its accounts and its plan, where nobody else has them, for Stripe to be asked about; and its fees."""
    accounts, subscriptions = (
        apps.get_model("subscriptions.StripeAccount"),
        apps.get_model("subscriptions.Subscription"),
    )
    for account in _objects("subscriptions.StripeAccount"):
        taken = account.account_id and accounts.objects.filter(account_id=account.account_id).exists()
        if not taken:
            account.pk, account.tenant_id = None, tenant.pk
            account.save(force_insert=True)
            fees = apps.get_model("subscriptions.PlatformFee").objects.filter(tenant=None)
            fees.filter(account_id=account.account_id).exclude(account_id="").update(tenant=tenant)
    plans = apps.get_model("subscriptions.Plan").objects
    for agreed in _objects("subscriptions.Concession"):
        if agreed.plan_id is None or plans.filter(pk=agreed.plan_id).exists():
            agreed.pk, agreed.tenant_id = None, tenant.pk
            agreed.save(force_insert=True)
    for row in _objects("subscriptions.Subscription"):
        held = subscriptions.objects.exclude(stripe_subscription="").filter(stripe_subscription=row.stripe_subscription)
        if plans.filter(pk=row.plan_id).exists() and not held.exists():
            row.pk, row.tenant_id = None, tenant.pk
            row.save(force_insert=True)
