"""Who holds a slot when nobody is signed in: a random id, kept in the session, and a digest of the address.

Merely looking writes no session. Each page with slots carries a fresh id, and
the first hold made from it adopts that id; so two clicks on one page, even
before there is a session, come from one holder (R12). Whoever clears cookies is a new
holder, and still comes from the same origin, for which hold caps count (R39).
"""

import ipaddress
import re
import secrets

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from rest.origins import client_address
from schemas.clock import database_now
from schemas.keys import salt

KEY = "holder"
NETWORK_BITS = 64
"""Of an IPv6 address, the part that a household or office is given; the rest its devices choose freely."""
SHAPE = re.compile(r"[0-9a-f]{32}")


def holder_of(request: HttpRequest) -> str:
    """The browser's id, or nothing if it has never held a slot."""
    return str(request.session.get(KEY, ""))


def new_holder() -> str:
    """128 random bits."""
    return secrets.token_hex(16)


def adopt(request: HttpRequest, offered: str) -> str:
    """The browser's id; the offered one becomes it where there was none."""
    if not holder_of(request):
        request.session[KEY] = offered if SHAPE.fullmatch(offered) else new_holder()
    return holder_of(request)


def origin_of(request: HttpRequest) -> str:
    """A keyed digest of the client's address, good for one tenant and one day: it counts, and tells nobody where."""
    day = database_now().date().isoformat()
    return salted_hmac(salt(f"origin:{day}"), _network(client_address(request)), algorithm="sha256").hexdigest()


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:  # noqa: PLR2004 - the name of the protocol
        return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
