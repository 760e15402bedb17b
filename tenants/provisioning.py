"""How a tenant comes and goes.

`create` writes the row (state `creating`, its host answers 503), builds the
schema and opens it. What fails in between is finished by calling `create` again.
"""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django_tenants.utils import get_public_schema_name, tenant_context
from psycopg import sql

from accounts.models import Role, User
from kernel import failpoints
from kernel.errors import Invalid, Refused
from schemas.clock import database_now
from tenants import brands, due, features, hosts, template
from tenants.backups import kept
from tenants.looks import Brand, validate_color
from tenants.models import (
    Closing,
    Domain,
    DueWork,
    GivenUpName,
    OutboxMessage,
    OutgoingMail,
    Restoration,
    SchemaMigration,
    Tenant,
)


@dataclass(frozen=True)
class Application:
    """What somebody fills in to become a tenant."""

    name: str
    slug: str
    time_zone: str
    currency: str
    owner_email: str
    owner_password: str
    owner_name: str = ""
    brand_color: str = "#0f766e"


TIME_TO_LOOK = timedelta(days=7)

Welcome = Callable[[Tenant], None]
_welcomes: list[Welcome] = []
_farewells: list[Welcome] = []


def welcomes(welcome: Welcome) -> Welcome:
    """Register what a new tenant gets, in the transaction that opens it and in its schema."""
    _welcomes.append(welcome)
    return welcome


def sees_off(farewell: Welcome) -> Welcome:
    """Register what has to be ended elsewhere before a tenant is deleted: in no transaction; what fails stops it."""
    _farewells.append(farewell)
    return farewell


def create(application: Application) -> Tenant:
    """A ready tenant with its owner. Raises `Invalid` with `errors` by field; takes well under 2 s.

    An application for a tenant that was never finished finishes it (T33).
    """
    tenant = _finish(_registered(application), application)
    hosts.forget()
    return tenant


def _registered(application: Application) -> Tenant:
    """The row with its host, which answers 503 until `_finish` is through: a new one, or one left half made."""
    slug = application.slug.strip().lower()
    tenant = Tenant.objects.filter(slug=slug, state=Tenant.State.CREATING).first() or Tenant(
        schema_name=f"t_{secrets.token_hex(8)}", slug=slug
    )
    _fill_in(tenant, application)
    _check(tenant, application)
    if tenant.pk is None:
        try:
            with transaction.atomic():
                tenant.save()
                GivenUpName.objects.filter(slug_skeleton=tenant.slug_skeleton).delete()
                Domain.objects.create(tenant=tenant, domain=f"{slug}.{settings.BASE_DOMAIN}", is_primary=True)
        except IntegrityError as error:
            raise _taken() from error
    return tenant


def _fill_in(tenant: Tenant, application: Application) -> None:
    tenant.name = application.name.strip()
    tenant.time_zone = application.time_zone
    tenant.currency = application.currency


def _check(tenant: Tenant, application: Application) -> None:
    try:
        owner = User(email=application.owner_email.strip().lower(), password=application.owner_password)
        owner.clean_fields()
        validate_password(application.owner_password, owner)
        tenant.full_clean(exclude=["slug_skeleton"])
        _look(application)
    except ValidationError as error:
        errors = error.message_dict if hasattr(error, "error_dict") else {"owner_password": error.messages}
        raise Invalid("invalid", "The tenant cannot be created.", {"errors": errors}) from error


def _look(application: Application) -> Brand:
    try:
        validate_color(application.brand_color)
    except ValidationError as error:
        raise ValidationError({"brand_color": error.messages}) from error
    return Brand(color=application.brand_color)


def _taken() -> Invalid:
    return Invalid("invalid", "The tenant cannot be created.", {"errors": {"slug": ["This name is taken."]}})


def _finish(registered: Tenant, application: Application) -> Tenant:
    """Schema, owner and the state `ready` in one transaction: all of it stands, or none.

    Of several applications for one name the first to get here wins, and every
    field is the winner's.
    """
    with transaction.atomic():
        tenant: Tenant = Tenant.objects.select_for_update().get(pk=registered.pk)
        if tenant.state != Tenant.State.CREATING:
            raise _taken()
        _fill_in(tenant, application)
        template.build(tenant.schema_name)
        with tenant_context(tenant):
            User.objects.create_user(
                application.owner_email, application.owner_password, name=application.owner_name, role=Role.OWNER
            )
        tenant.state = Tenant.State.READY
        tenant.switched_off = features.off_for_everybody()
        tenant.save()
        brands.begin(tenant, _look(application))
        with tenant_context(tenant):
            for welcome in _welcomes:
                welcome(tenant)
    tenant.refresh_from_db()
    return tenant


def suspend(tenant: Tenant, reason: str) -> None:
    """Close the tenant's hosts. Nothing is lost; `resume` opens them again."""
    _move(tenant, Tenant.State.READY, Tenant.State.SUSPENDED, reason)


def resume(tenant: Tenant) -> None:
    """Open a suspended tenant again. What was not told to customers meanwhile is told now, where it is still true.

    One that its owner has closed is there for `TIME_TO_LOOK` at least: nobody could take that back meanwhile.
    """
    _move(tenant, Tenant.State.SUSPENDED, Tenant.State.READY, "")
    soon = database_now() + TIME_TO_LOOK
    Closing.objects.filter(tenant=tenant, final_at__lt=soon).update(final_at=soon)
    due.wake(tenant.schema_name)


def _move(tenant: Tenant, before: str, after: str, reason: str) -> None:
    moved = Tenant.objects.filter(pk=tenant.pk, state=before).update(state=after, state_reason=reason[:200])
    if not moved:
        raise Refused("tenant_state", f"The tenant is not {before}.")
    tenant.refresh_from_db()
    hosts.forget()


def delete(tenant: Tenant) -> None:
    """Remove everything of the tenant: rows, schema, due work, letters, cache and files (T32). No way back.

    Whatever it was interrupted by, calling it again goes on.
    """
    if tenant.schema_name == get_public_schema_name():
        raise Refused("tenant_state", "The platform itself cannot be deleted.")
    for farewell in _farewells:
        farewell(tenant)
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.LEAVING)
    hosts.forget()
    shutil.rmtree(Path(settings.MEDIA_ROOT) / tenant.schema_name, ignore_errors=True)
    failpoints.hit("tenant.deleting")
    kept.drop_all_of(tenant.schema_name)
    with transaction.atomic():
        if not Tenant.objects.select_for_update().filter(pk=tenant.pk).exists():
            return  # somebody else was at it as well
        DueWork.objects.filter(schema_name=tenant.schema_name).delete()
        OutgoingMail.objects.filter(schema_name=tenant.schema_name).delete()
        OutboxMessage.objects.filter(schema_name=tenant.schema_name).delete()
        Restoration.objects.filter(schema_name=tenant.schema_name).delete()
        SchemaMigration.objects.filter(schema_name=tenant.schema_name).delete()
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(tenant.schema_name)))
        Domain.objects.filter(tenant=tenant).delete()
        Tenant.objects.filter(pk=tenant.pk).delete()
    hosts.forget()
    forget_cache(tenant.schema_name)


def forget_cache(schema_name: str) -> None:
    """Forget everything that is cached for a schema."""
    # Django's Redis cache has no delete by prefix; its client does the scan.
    client = cache._cache.get_client(None, write=True)  # type: ignore[attr-defined]
    for key in client.scan_iter(match=f"{schema_name}:*", count=1000):
        client.delete(key)
