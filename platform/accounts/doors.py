"""Who may call a page. Every page view wears exactly one of these; a guard in the tests reads `view.door`.

A door looks at the role only. Which venue, which booking: `access.py` of each app.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache

View = Callable[..., Any]


def open_to_all(reason: str) -> Callable[[View], View]:
    """Anybody may call it, for the reason given."""

    def door(view: View) -> View:
        @wraps(view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return view(request, *args, **kwargs)

        return _declared(opened, f"open: {reason}")

    return door


def signed_in(view: View) -> View:
    """Anybody with an account here; others are led to the sign-in. Never kept by a cache or a search engine."""
    return _declared(_kept_by(view, lambda _user: True), "signed in")


def on_the_way(view: View) -> View:
    """As `signed_in`, and for those as well who are to set up a second factor before they are somebody here."""
    kept = signed_in(view)
    kept.is_on_the_way = True  # type: ignore[attr-defined]
    return kept


def staff_only(view: View) -> View:
    """Those who work for the tenant, in any role; 403 for customers."""
    return _declared(_kept_by(view, lambda user: user.is_staff_member), "staff")


def operators_only(view: View) -> View:
    """Those who run the platform; 403 for everybody else."""
    return _declared(_kept_by(view, lambda user: user.is_operator), "operators")


def _kept_by(view: View, may_pass: Callable[[Any], bool]) -> View:
    @never_cache
    @wraps(view)
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if not may_pass(request.user):
            raise PermissionDenied
        answer: HttpResponse = view(request, *args, **kwargs)
        answer["X-Robots-Tag"] = "noindex"
        return answer

    return kept


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if hasattr(request, "awaited"):
        return HttpResponseRedirect(resolve_url("two-factor"))
    # A form that was sent cannot be sent again after signing in, so only pages are come back to.
    query = urlencode({"next": request.get_full_path()}) if request.method in {"GET", "HEAD"} else ""
    return HttpResponseRedirect(resolve_url("login") + (f"?{query}" if query else ""))


def _declared(view: View, door: str) -> View:
    view.door = door  # type: ignore[attr-defined]
    return view
