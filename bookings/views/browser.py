"""Who holds a slot when nobody is signed in: a random id, kept in the session.

Merely looking writes no session. Each page with slots carries a fresh id, and
the first hold made from it adopts that id; so two clicks on one page, even
before there is a session, come from one holder (R12). Whoever clears cookies is a new
holder, and still comes from the same origin (`rest.origins`), for which hold caps count (R39).
"""

import re
import secrets

from django.http import HttpRequest

from bookings.views.links import is_embedded

KEY = "holder"
SHAPE = re.compile(r"[0-9a-f]{32}")


def holder_of(request: HttpRequest) -> str:
    """The browser's id, or nothing if it has never held a slot. In another site's frame the address says it."""
    if is_embedded(request):
        return str(request.embedded.visitor)  # type: ignore[attr-defined]
    return str(request.session.get(KEY, ""))


def new_holder() -> str:
    """128 random bits."""
    return secrets.token_hex(16)


def adopt(request: HttpRequest, offered: str) -> str:
    """The browser's id; the offered one becomes it where there was none."""
    if not holder_of(request):
        request.session[KEY] = offered if SHAPE.fullmatch(offered) else new_holder()
    return holder_of(request)
