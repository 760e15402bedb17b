"""From the `Host` header to a tenant, at the price of a dictionary look-up.

The answer is kept for a few seconds per process; whoever changes a tenant or
a domain calls `forget`. Only hosts that exist are kept, so made-up names
cannot fill the memory.
"""

import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.db.models.expressions import BaseExpression

from tenants.announcements import current_for
from tenants.models import Domain, GivenUpDomain, GivenUpName, Tenant

SECONDS_KEPT = 5.0
MOST_KEPT = 10_000

Read = Callable[[OuterRef], BaseExpression | Subquery]

_kept: dict[str, tuple[float, Tenant, str]] = {}
_read: dict[str, Read] = {}
_lock = threading.Lock()


def normalised(host: str) -> str:
    """A `Host` header as the key of a `Domain`: no port, lower case, no trailing dot (T16)."""
    name = host.strip().lower()
    bare = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    return bare.removesuffix(".")


def reads(name: str) -> Callable[[Read], Read]:
    """Have a value of `public` read together with the tenant, and kept with it under a name."""

    def register(read: Read) -> Read:
        _read[name] = read
        return read

    return register


def tenant_of(host: str) -> Tenant | None:
    """The tenant that answers at a normalised host, or None. Call it in the public schema."""
    now = time.monotonic()
    found = _kept.get(host)
    if found and found[0] > now:
        return found[1]
    main = Domain.objects.filter(tenant=OuterRef("tenant"), is_primary=True).order_by("pk").values("domain")[:1]
    rows = Domain.objects.select_related("tenant__brand", "tenant__closing").annotate(
        main=Subquery(main),
        told=current_for(OuterRef("tenant__schema_name")),
        **{name: read(OuterRef("tenant_id")) for name, read in _read.items()},
    )
    domain = rows.filter(domain=host).first()
    if domain is None:
        return None
    tenant: Tenant = domain.tenant
    for name in ("told", *_read):
        setattr(tenant, name, getattr(domain, name))
    with _lock:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[host] = (now + SECONDS_KEPT, tenant, domain.main or host)
    return tenant


def is_given_up(host: str) -> bool:
    """Whether the business that answered at a normalised host is gone, and nobody has its name yet."""
    slug = host.removesuffix(f".{settings.BASE_DOMAIN}")
    if slug == host:
        return GivenUpDomain.rests(host)
    return "." not in slug and GivenUpName.objects.filter(slug=slug).exists()


def leads_to(host: str) -> str:
    """The domain of the tenant's own that a host leads to, empty for none: it is that one, or the main one is ours.

    Ask it after `tenant_of`, which has found out.
    """
    found = _kept.get(host)
    main = found[2] if found else ""
    ours = settings.BASE_DOMAIN
    return "" if main in {host, ours} or main.endswith(f".{ours}") else main


def forget() -> None:
    """Drop every kept answer of this process; the others follow within `SECONDS_KEPT`."""
    with _lock:
        _kept.clear()
