"""From the `Host` header to a tenant, at the price of a dictionary look-up.

The answer is kept for a few seconds per process; whoever changes a tenant or
a domain calls `forget`. Only hosts that exist are kept, so made-up names
cannot fill the memory.
"""

import threading
import time

from tenants.models import Domain, Tenant

SECONDS_KEPT = 5.0
MOST_KEPT = 10_000

_kept: dict[str, tuple[float, Tenant]] = {}
_lock = threading.Lock()


def normalised(host: str) -> str:
    """A `Host` header as the key of a `Domain`: no port, lower case, no trailing dot (T16)."""
    name = host.strip().lower()
    bare = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    return bare.removesuffix(".")


def tenant_of(host: str) -> Tenant | None:
    """The tenant that answers at a normalised host, or None. Call it in the public schema."""
    now = time.monotonic()
    found = _kept.get(host)
    if found and found[0] > now:
        return found[1]
    domain = Domain.objects.select_related("tenant__brand").filter(domain=host).first()
    if domain is None:
        return None
    tenant: Tenant = domain.tenant
    with _lock:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[host] = (now + SECONDS_KEPT, tenant)
    return tenant


def forget() -> None:
    """Drop every kept answer of this process; the others follow within `SECONDS_KEPT`."""
    with _lock:
        _kept.clear()
