"""Which sites may have a tenant's pages inside theirs: exact origins, as browsers write them."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from kernel.errors import Conflict, Invalid, NotFound
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import hosts
from tenants.models import Tenant

MOST, LONGEST_TYPED = 20, 2000
NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
OWN_MACHINE = frozenset({"localhost", "127.0.0.1"})
HIGHEST_PORT = 65_535


def sites_of(tenant: Tenant) -> tuple[str, ...]:
    """Origins that may show the tenant's pages in a frame; with a developer's own where settings name some."""
    return (*tenant.embedding_sites, *settings.EMBEDDING_SITES_OF_DEVELOPERS)


def origin_of_site(typed: str) -> str:
    """What was typed as an origin, `https://www.club.example`; a page's address may be pasted, or a bare name.

    `Invalid("bad_site")` for what is none: another scheme than https, but for one's own machine; wildcards, which would
    let in whoever else has a place at the same address; network addresses, of which nobody can prove to have them.
    """
    text = typed.strip()
    if not text.isprintable() or len(text) > LONGEST_TYPED:
        raise _bad()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = (parts.hostname or "").removesuffix("."), parts.port
        name = host if host in OWN_MACHINE else host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError):
        raise _bad() from None
    is_own = name in OWN_MACHINE
    if parts.scheme not in ({"http", "https"} if is_own else {"https"}) or parts.username is not None:
        raise _bad()
    if not is_own and not _is_name(name):
        raise _bad()
    usual = {"https": 443, "http": 80}[parts.scheme]
    if port is not None and not 0 < port <= HIGHEST_PORT:
        raise _bad()
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in {None, usual} else "")


def allow(typed: str) -> str:
    """Let a site show the tenant's pages; its origin, also where it was allowed already. In the tenant's schema.

    Raises `Invalid("bad_site")`, and `Conflict("too_many_sites")` from the twenty-first on.
    """
    origin = origin_of_site(typed)

    def act() -> None:
        tenant = _locked()
        if origin in tenant.embedding_sites:
            return
        if len(tenant.embedding_sites) >= MOST:
            raise Conflict("too_many_sites", _("No more than %(most)d sites can be allowed.") % {"most": MOST})
        _keep(tenant, [*tenant.embedding_sites, origin])

    transact(act)
    hosts.forget()
    return origin


def disallow(origin: str) -> None:
    """Its visitors get a link in place of the pages; other processes follow within seconds. Else `NotFound`."""

    def act() -> None:
        tenant = _locked()
        if origin not in tenant.embedding_sites:
            raise NotFound("not_found", _("This site is not on the list."))
        _keep(tenant, [each for each in tenant.embedding_sites if each != origin])

    transact(act)
    hosts.forget()


def _locked() -> Tenant:
    found: Tenant = Tenant.objects.select_for_update().get(schema_name=current_schema())
    return found


def _keep(tenant: Tenant, origins: list[str]) -> None:
    tenant.embedding_sites = origins
    tenant.save(update_fields=["embedding_sites"])


def _is_name(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(NAME.fullmatch(name)) and not name.rpartition(".")[2].isdigit()
    return False


def _bad() -> Invalid:
    return Invalid("bad_site", _("Use the address of a site that begins with https://, such as https://www.club.com."))
