"""Where a tenant's pages are, from the database alone: for mails, and for whoever sends people back to us (T16)."""

from django.conf import settings
from django.urls import get_script_prefix

from tenants.models import Domain, Tenant


def address(tenant: Tenant, path: str) -> str:
    """The full address of a path at the tenant's primary host: `https://alpha.example/desk/`."""
    host = Domain.objects.get(tenant_id=tenant.pk, is_primary=True).domain
    return at(host, unframed(path))


def at(host: str, path: str) -> str:
    """The full address of a path at a host of ours."""
    scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{scheme}://{host}{port}{path}"


def own_host(tenant: Tenant) -> str:
    """The host that every tenant has, whatever else it brings."""
    return f"{tenant.slug}.{settings.BASE_DOMAIN}"


def unframed(path: str) -> str:
    """A path as it is without a frame around it: what is given away leads to the page itself (`tenants.embedding`)."""
    prefix = get_script_prefix()
    return f"/{path.removeprefix(prefix)}" if path.startswith(prefix) else path
