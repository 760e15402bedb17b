"""Whose booking a page is about: the link's token is exchanged for this browser's session, and gone from the address.

A page that is opened with the token (from a letter, an app, Stripe) remembers the booking in the session and leads on
to the same page without it: it stays out of histories, screenshots and what is passed on by hand (T09). Its customer
needs no link once signed in. A page inside somebody else's site has no cookies, and keeps the token in its address.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.access import booking_by_link, booking_opened
from bookings.models import Booking
from kernel.errors import NotFound

View = Callable[..., HttpResponse]
BY_LINK = "the link's token is the permission, or the session that it was exchanged for"
KEY, MOST = "opened", 50
READS = frozenset({"GET", "HEAD"})


def by_link(view: View) -> View:
    """A page of one booking, with the token or without; the view gets an empty token once it is exchanged."""

    @wraps(view)
    def opened(request: HttpRequest, booking_id: UUID, token: str = "", **more: Any) -> HttpResponse:
        if not token or is_embedded(request):
            return view(request, booking_id, token, **more)
        booking_by_link(booking_id, token)
        remember(request, booking_id)
        match = request.resolver_match
        if request.method not in READS or match is None or not match.url_name:
            return view(request, booking_id, "", **more)
        query = request.META.get("QUERY_STRING", "")
        return redirect(path_of(match.url_name, booking_id) + (f"?{query}" if query else ""))

    return opened


def remember(request: HttpRequest, booking_id: UUID) -> None:
    """This browser may see the booking from now on, as long as its session lasts."""
    known = list(request.session.get(KEY, ()))
    if booking_id.hex not in known:
        request.session[KEY] = [*known, booking_id.hex][-MOST:]


def booking_of(request: HttpRequest, booking_id: UUID, token: str) -> Booking:
    """The booking of a page: by its token, by the session, or the caller's own. Else `NotFound`, whether it exists."""
    if token:
        return booking_by_link(booking_id, token)
    found = booking_opened(booking_id)
    if found is not None and (booking_id.hex in request.session.get(KEY, ()) or _is_own(request, found)):
        return found
    raise NotFound("link_needed", _("Please open this page with the link from your confirmation, or sign in."))


def path_of(name: str, booking_id: UUID, token: str = "", *more: str) -> str:
    """The address of a page of the booking; without a token for a browser that has opened it."""
    return reverse(name, args=[booking_id, *([token] if token else []), *more])


def is_embedded(request: HttpRequest) -> bool:
    """Whether the page lies in somebody else's site, where no cookie of ours can be counted on."""
    return bool(getattr(request, "embedded", False))


def _is_own(request: HttpRequest, booking: Booking) -> bool:
    return isinstance(request.user, User) and request.user.pk == booking.customer_id
