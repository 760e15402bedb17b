"""Celery tasks know their tenant, or do not run.

Stock tenant-schemas-celery runs a task without a header, or for a tenant that
is gone, in `public` and reports success. Ours refuses (T05).
"""

from typing import Any

from celery.exceptions import Reject
from django_tenants.utils import get_public_schema_name, get_tenant_model
from tenant_schemas_celery.app import get_schema_name_from_task
from tenant_schemas_celery.task import TenantTask as SchemaTask

from schemas import figures
from schemas.current import current_schema


class TenantTask(SchemaTask):
    """A task of one tenant. Refused where the tenant is not named, not there, being made or leaving."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run in the tenant's schema, or raise `Reject` without running."""
        named = current_schema() if self.request.called_directly else get_schema_name_from_task(self, kwargs)
        try:
            self.check_schema(named)
        except Reject:
            figures.MISMATCHES.inc()
            raise
        return super().__call__(*args, **kwargs)

    def check_schema(self, named: str | None) -> None:
        """Raise `Reject` unless the message names a tenant at work and its schema is the current one."""
        if not named or named == get_public_schema_name():
            raise Reject(f"{self.name}: no tenant named", requeue=False)
        if current_schema() != named:
            raise Reject(f"{self.name}: tenant {named} is gone", requeue=False)
        tenants = get_tenant_model()
        if not tenants.objects.filter(schema_name=named, state__in=tenants.AT_WORK).exists():
            raise Reject(f"{self.name}: tenant {named} is not at work", requeue=False)


class PublicTask(TenantTask):
    """A task of the platform itself. Refused when sent from inside a tenant."""

    abstract = True

    def check_schema(self, named: str | None) -> None:
        """Raise `Reject` unless the message comes from the public schema."""
        public = get_public_schema_name()
        if named not in {None, public} or current_schema() != public:
            raise Reject(f"{self.name}: belongs to the platform, not to {named}", requeue=False)
