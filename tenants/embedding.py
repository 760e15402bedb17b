"""Pages inside other people's sites: `/embed/<visitor>/<language>/...` is the page at `...` without cookies.

Nothing there knows who is signed in, and what somebody may do is in the address: `visitor`, 128 random bits that the
host page made, holds slots; a booking's pages carry its token. So there is nothing that a site around the frame, or a
form sent from elsewhere, could use (decision 0040). Who may be around it is said by `frame-ancestors`.
A language may be held to a theme: `de-dark`.
"""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header
from django_tenants.utils import get_public_schema_name
from redis import RedisError

from schemas.current import current_schema
from tenants import features
from tenants.embedders import sites_of
from tenants.styling import LIGHT, THEMES
from tenants.views import APPEARANCE

Handler = Callable[[HttpRequest], HttpResponse]
ROOT, AUTO, TWO_HOURS = "/embed/", "auto", 7200
INSIDE = re.compile(
    r"(?P<prefix>/embed/(?P<visitor>[0-9a-f]{32})/(?P<language>[a-z]{2,4})(-(?P<theme>[a-z]+))?/)(?P<rest>.*)",
    re.DOTALL,
)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NEVER = ("/api/", "/desk/", "/oauth/", "/.well-known/")
"""What has no page to lead to from inside: programs and those who work for the tenant come without a frame."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a page knows of the frame that it is in. `prefix` is where its addresses begin, with a slash at the end."""

    visitor: str
    prefix: str
    sites: tuple[str, ...]


class VisitorSession(SessionBase):
    """What pages remember from one to the next: what was typed, and what is said once. Not who somebody is.

    Kept in the cache for `TWO_HOURS` under the visitor; without Redis it lasts as long as the request.
    """

    def load(self) -> dict[str, Any]:
        """What was kept, or nothing."""
        try:
            return dict(cache.get(self._key) or {})
        except RedisError:
            return {}

    def exists(self, session_key: str) -> bool:
        """No other key is ever asked for."""
        return session_key == self.session_key

    def create(self) -> None:
        """There is nothing to make: the address has made it."""

    def save(self, must_create: bool = False) -> None:
        """Keep it a while longer."""
        with suppress(RedisError):
            cache.set(self._key, self._get_session(no_load=must_create), TWO_HOURS)  # type: ignore[attr-defined]

    def delete(self, session_key: str | None = None) -> None:
        """Forget it."""
        with suppress(RedisError):
            cache.delete(self._key)

    @property
    def _key(self) -> str:
        return f"embedded:{self.session_key}"


class EmbeddingMiddleware:
    """Answers `/embed/...` of a tenant's host with the page behind it, for whoever may have it in a frame.

    A window of its own is led to the real page: an address that somebody else has made up must not become a visitor's
    way to book, for who made it would know who holds what.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the address, strip it, and put everything back afterwards."""
        if not f"{request.path_info}/".startswith(ROOT) or current_schema() == get_public_schema_name():
            return self.get_response(request)
        found = INSIDE.fullmatch(request.path_info)
        if found is None or not _is_known(found):
            rest = request.path_info.removeprefix(ROOT.rstrip("/"))
            leading_in = HttpResponseRedirect(_address(request, _begin(request), rest))
            add_never_cache_headers(leading_in)  # each has a visitor of its own
            return _varied(leading_in)
        if request.headers.get("Sec-Fetch-Dest") == "document" and request.method in SAFE:
            return _varied(HttpResponseRedirect(_address(request, "/", found["rest"])))
        if request.method not in SAFE and _is_from_elsewhere(request):
            raise PermissionDenied
        return self._inside(request, found)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Only what `EMBEDDED_PAGES` names is inside. Other pages are offered in a window of their own."""
        if not is_inside(request):
            return None
        request.session = VisitorSession(request.embedded.visitor)  # type: ignore[attr-defined]
        request.user = AnonymousUser()
        request._messages = SessionStorage(request)  # type: ignore[attr-defined] # others ask for a cookie first
        match = request.resolver_match
        if match is not None and match.url_name in settings.EMBEDDED_PAGES and features.is_on("widget"):
            return None
        if request.method not in SAFE or request.path_info.startswith(NEVER):
            raise Http404
        return render(request, "embedded/elsewhere.html", {"url": _address(request, "/", request.path_info)})

    def _inside(self, request: HttpRequest, found: re.Match[str]) -> HttpResponse:
        request.embedded = Embedded(  # type: ignore[attr-defined]
            found["visitor"],
            found["prefix"],
            sites_of(request.tenant),  # type: ignore[attr-defined]
        )
        _forget_who_asks(request, found["language"], found["theme"])
        before = get_script_prefix()
        set_script_prefix(found["prefix"])
        request.path_info = f"/{found['rest']}"
        try:
            return _framed(request, self.get_response(request))
        finally:
            set_script_prefix(before)


def is_inside(request: HttpRequest) -> bool:
    """Whether the page lies in somebody else's site, where no cookie of ours can be counted on."""
    return getattr(request, "embedded", None) is not None


def _is_known(found: re.Match[str]) -> bool:
    return found["language"] in {AUTO, *dict(settings.LANGUAGES)} and (found["theme"] or LIGHT) in THEMES


def _forget_who_asks(request: HttpRequest, language: str, theme: str | None) -> None:
    """No cookies in; the language of the address counts as the browser's, also for letters that are sent later.

    The browser's own kind of that language stays: who reads British English gets British times.
    """
    request.META.pop("HTTP_COOKIE", None)
    request.COOKIES = {APPEARANCE: theme} if theme else {}
    request.META.pop("HTTP_AUTHORIZATION", None)
    if language != AUTO:
        named = [code for code, _weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", ""))]
        own = [code for code in named if code.partition("-")[0] == language]
        request.META["HTTP_ACCEPT_LANGUAGE"] = ",".join([*own, language])
    request.__dict__.pop("headers", None)
    # A token against forged forms proves that one has the cookie. There is none, and nothing that it would protect.
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    translation.activate(translation.get_language_from_request(request))
    request.LANGUAGE_CODE = translation.get_language()


def _framed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """No cookies out; who may be around it; nobody is told the address, which has the visitor and tokens in it."""
    response.cookies.clear()
    ancestors = ["'self'", *request.embedded.sites]  # type: ignore[attr-defined]
    kept = getattr(response, "_csp_replace", None) or {}
    response._csp_replace = {**kept, "frame-ancestors": ancestors}  # type: ignore[attr-defined]
    del response.headers["X-Frame-Options"]
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return _varied(response)


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Sec-Fetch-Dest"])
    return response


def _begin(request: HttpRequest) -> str:
    """A frame that names no visitor gets one of its own, in the language of its browser; a window gets none."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        return "/"
    return f"{ROOT}{secrets.token_hex(16)}/{AUTO}/"


def _address(request: HttpRequest, prefix: str, path: str) -> str:
    """The page at a path of this host, with the query. Slashes at the front would name another host."""
    query = request.META.get("QUERY_STRING", "")
    return prefix + quote(path.lstrip("/\\")) + (f"?{query}" if query else "")


def _is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether a form was sent by another site's page, or into a window; browsers say so, and scripts cannot lie."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        return True
    return request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
