"""From where a request comes."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from schemas.clock import database_now
from schemas.keys import salt

NETWORK_BITS = 64
"""Of an IPv6 address, the part that a household or office is given; the rest its devices choose freely."""


def client_address(request: HttpRequest) -> str:
    """The client's address: what the outermost of our own proxies saw, or the connection's."""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if settings.PROXIES and len(forwarded) >= settings.PROXIES:
        return forwarded[-settings.PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def comes_from(request: HttpRequest, networks: Iterable[str]) -> bool:
    """Whether the client's address is in one of the networks (CIDR); an address that is none is in none."""
    try:
        found = ipaddress.ip_address(client_address(request))
    except ValueError:
        return False
    address = getattr(found, "ipv4_mapped", None) or found
    return any(address in ipaddress.ip_network(each, strict=False) for each in networks)


def origin_of(request: HttpRequest) -> str:
    """A keyed digest of the client's address, good for one tenant and one day: it counts, and tells nobody where."""
    day = database_now().date().isoformat()
    return salted_hmac(salt(f"origin:{day}"), _network(client_address(request)), algorithm="sha256").hexdigest()


def place_of(request: HttpRequest) -> str:
    """As `origin_of` for what is counted for a minute, without a question to the database."""
    network = _network(client_address(request))
    return salted_hmac(salt("place"), network, algorithm="sha256").hexdigest()[:32]


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:  # noqa: PLR2004 - the name of the protocol
        return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
