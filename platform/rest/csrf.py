"""Forms of pages that strangers read: they need no cookie, for the browser says from where a form is sent.

Any page with a token sets a cookie. So pages that are only read have forms without one: choosing a slot, the language,
light or dark. Their views take what was sent from their own origin (`Origin`, or `Referer` where a browser leaves that
out), whoever asks. Who says nothing of where it comes from is no browser of these years, and is taken where it has no
session that somebody else could make use of. Everything else is checked as ever, token and all (T14).
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware

View = TypeVar("View", bound=Callable[..., Any])


def own_origin_suffices(view: View) -> View:
    """Let a view take what a page of its own origin sends without a token."""
    view.own_origin_suffices = True  # type: ignore[attr-defined]
    return view


class CsrfMiddleware(CsrfViewMiddleware):
    """Django's, and the above."""

    def process_view(
        self, request: HttpRequest, callback: Callable[..., Any], callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        """Ask for no token where the origin suffices."""
        if getattr(callback, "own_origin_suffices", False) and (is_from_here(request) or has_nothing_to_lose(request)):
            return None
        answer: HttpResponseForbidden | None = super().process_view(request, callback, callback_args, callback_kwargs)
        return answer


def is_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that a page of this very origin sends it."""
    here = (request.scheme, request.get_host())
    said = request.headers.get("Origin") or request.headers.get("Referer", "")
    try:
        found = urlsplit(said)
    except ValueError:
        return False
    return (found.scheme, found.netloc) == here


def has_nothing_to_lose(request: HttpRequest) -> bool:
    """Whether nothing says from where it was sent, and it comes without a session: all could send it for themselves."""
    says = any(name in request.headers for name in ("Origin", "Referer", "Sec-Fetch-Site"))
    return not says and settings.SESSION_COOKIE_NAME not in request.COOKIES
