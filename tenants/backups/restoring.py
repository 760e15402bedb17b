"""A tenant put back from a backup, in steps of which each can be cut off: called again, it finishes or begins anew.

    verified   the file is read to its end; nothing was changed
    built      a scratch schema has its rows, and is proven
    closed     the tenant answers 503, workers leave it alone
    swapped    the scratch schema is the live one, the former one is kept
    settled    what time has overtaken is tidied up, and nobody is told of it
    opened     the tenant is what it was before: open, or suspended

Then Stripe is asked, by whoever calls: `config.reconciling` lies above.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.module_loading import autodiscover_modules
from django_tenants.utils import get_public_schema_name, tenant_context

from kernel import failpoints
from kernel.errors import Conflict, Refused
from schemas.clock import database_now
from schemas.keys import lock_key
from schemas.transactions import transact
from tenants import hosts, provisioning
from tenants.backups import belongings, reading, swapping
from tenants.backups.manifests import Manifest
from tenants.models import Restoration, Tenant
from tenants.slugs import validate_slug

HEARD_AFTER = 5.5
"""Seconds after which every web process knows that the tenant is closed: they keep a host for 5 (`tenants.hosts`)."""
Settle = Callable[[datetime, datetime], None]
_settlers: list[Settle] = []
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """How it went: `closed_seconds` is how long the tenant answered 503, None where another run had closed it."""

    restoration: Restoration
    tenant: Tenant
    closed_seconds: float | None


def settles(settle: Settle) -> Settle:
    """Register what tidies up in the schema of a tenant that was put back, before it opens: `settle(made_at, now)`.

    It may be called again after an interruption. Nobody is to hear of what it does.
    """
    _settlers.append(settle)
    return settle


def restore(path: Path, slug: str = "", tell: Tell = lambda _text: None) -> Restored:
    """Put a tenant back as the backup has it. Network only where settling asks Stripe about holds that were being paid.

    Raises `Damaged`, and `Refused`: `backup_format`, `backup_newer`, `backup_differs`, `slug_taken`, `restore_slug`,
    `restore_running`; `Busy` where the tenant stays in use. After each of them it is as it was.
    """
    manifest = reading.verify(path)
    tell(f"{manifest.slug} as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC: {manifest.rows} rows, all digests right")
    with _alone(manifest.schema):
        unfinished = Restoration.objects.filter(schema_name=manifest.schema, opened_at=None).first()
        if unfinished is not None and unfinished.swapped_at is not None:
            tell("finishing what was interrupted")
            finished = _finish(unfinished, None)
            if unfinished.backup == manifest.id:
                return finished
        elif unfinished is not None:
            _call_off(unfinished)
        name = _name(manifest, slug)
        reading.check_version(manifest)
        tell("loading into a scratch schema")
        try:
            reading.build(path, manifest)
            belongings.stage(path)
            tell("the scratch schema is proven; closing the tenant")
            return _put_in_place(manifest, name, tell)
        finally:
            reading.clear(reading.scratch_of(manifest.schema))
            belongings.unstage()


@contextmanager
def _alone(schema: str) -> Iterator[None]:
    """One restore of a tenant at a time; the lock is gone with its process."""
    key = lock_key("restore", schema)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise Conflict("restore_running", "This tenant is being restored by another command.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _name(manifest: Manifest, slug: str) -> str:
    """The slug that it has, or gets where it is gone; nothing was changed yet."""
    tenant = Tenant.objects.filter(schema_name=manifest.schema).first()
    if manifest.schema == get_public_schema_name():
        raise Refused("tenant_state", "The platform itself cannot be restored from here.")
    if tenant is not None:
        if slug and slug != tenant.slug:
            text = f"{tenant.slug} is there: its data go back in place. --slug is for a tenant that is gone."
            raise Refused("restore_slug", text)
        return str(tenant.slug)
    wanted = slug or manifest.slug
    try:
        validate_slug(wanted)
    except ValidationError as error:
        raise Refused("restore_slug", f"{wanted} cannot be a name: {' '.join(error.messages)}") from error
    belongings.check_free(wanted)
    return wanted


def _put_in_place(manifest: Manifest, slug: str, tell: Tell) -> Restored:
    closed = time.monotonic()
    restoration = _close(manifest)
    failpoints.hit("restore.closed")
    try:
        if restoration.state_before:
            time.sleep(HEARD_AFTER)
        swapping.swap(restoration, manifest, slug)
    except BaseException:
        if not Restoration.objects.filter(pk=restoration.pk, swapped_at__isnull=False).exists():
            _call_off(restoration)
        raise
    tell("swapped; tidying up")
    return _finish(restoration, closed)


def _close(manifest: Manifest) -> Restoration:
    def act() -> Restoration:
        tenant = Tenant.objects.select_for_update().filter(schema_name=manifest.schema).first()
        made: Restoration = Restoration.objects.create(
            schema_name=manifest.schema,
            backup=manifest.id,
            made_at=manifest.made_at,
            began_at=database_now(),
            state_before=tenant.state if tenant else "",
        )
        if tenant is not None:
            Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.RESTORING)
        return made

    made = transact(act)
    hosts.forget()
    return made


def _call_off(restoration: Restoration) -> None:
    """Open the tenant again as it was: nothing was swapped."""

    def act() -> None:
        closed = Tenant.objects.filter(schema_name=restoration.schema_name, state=Tenant.State.RESTORING)
        if restoration.state_before:
            closed.update(state=restoration.state_before)
        Restoration.objects.filter(pk=restoration.pk, swapped_at=None).delete()

    transact(act)
    hosts.forget()


def _finish(restoration: Restoration, closed: float | None) -> Restored:
    """Everything after the swap, as often as it is called."""
    tenant = Tenant.objects.get(schema_name=restoration.schema_name)
    _move_files(restoration)
    with tenant_context(tenant):
        _settle(restoration)
    failpoints.hit("restore.settled")

    def act() -> None:
        before = restoration.state_before or Tenant.State.READY
        Tenant.objects.filter(pk=tenant.pk, state=Tenant.State.RESTORING).update(state=before)
        restoration.opened_at = database_now()
        restoration.save(update_fields=["opened_at"])

    provisioning.forget_cache(restoration.schema_name)
    transact(act)
    hosts.forget()
    tenant.refresh_from_db()
    return Restored(restoration, tenant, None if closed is None else time.monotonic() - closed)


def _settle(restoration: Restoration) -> None:
    autodiscover_modules("tasks")  # as `due` does: a command has not imported what a worker has
    now = database_now()
    for settle in _settlers:
        settle(restoration.made_at, now)


def _move_files(restoration: Restoration) -> None:
    """Files follow their rows: what was there is kept under the kept schema's name."""
    live, scratch = (reading.folder_of(name) for name in (restoration.schema_name, _scratch(restoration)))
    if restoration.kept_schema and live.exists() and not reading.folder_of(restoration.kept_schema).exists():
        shutil.move(live, reading.folder_of(restoration.kept_schema))
    if scratch.exists() and not live.exists():
        shutil.move(scratch, live)


def _scratch(restoration: Restoration) -> str:
    return reading.scratch_of(restoration.schema_name)
