"""What the pages of accounts share: signing somebody in, leading on, and how often letters are sent."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from accounts import halfway, required
from accounts.models import Role, User
from accounts.passkeys import Site
from accounts.views import HOME_OF
from bookings.own import earlier
from rest.counters import take
from rest.limits import LETTER, counts_of, refusal
from schemas.current import current_schema

BACKEND = "django.contrib.auth.backends.ModelBackend"


def member(request: HttpRequest) -> User:
    """Who is signed in; the view's door saw to that."""
    assert isinstance(request.user, User)
    return request.user


def site_of(request: HttpRequest, name: str) -> Site:
    """Where the caller is, for passkeys."""
    host = request.get_host()
    return Site(host.rpartition(":")[0] or host, f"{request.scheme}://{host}", name)


def own_path(request: HttpRequest, wanted: str) -> str:
    """A page of this host that somebody is to be led to; empty for anything else (T28)."""
    good = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if good and wanted.startswith("/") else ""


def admit_letter(request: HttpRequest, email: str) -> None:
    """Count a letter that somebody asks for, by its address and by the place they ask from; raises `TooMany`."""
    whose = hashlib.sha256(f"{current_schema()}\x1f{email}".encode()).hexdigest()
    taken = take(counts_of(request, LETTER, f"mail:{whose}"))
    if not taken.is_allowed:
        raise refusal(taken)


def sign_in_again(request: HttpRequest, page: str) -> HttpResponse:
    """To the sign-in and back to a page: who signed in a while ago may have left the device to somebody else."""
    messages.info(request, _("Please sign in again first, to be safe."))
    return redirect(f"{resolve_url('login')}?{urlencode({'next': resolve_url(page)})}")


def let_in(request: HttpRequest, user: User, wanted: str = "") -> HttpResponse:
    """Sign somebody in who has proved one factor, with a new session, and lead them on; or on to the code of theirs."""
    if halfway.is_asked(user):
        halfway.begin(request, user, wanted)
        return redirect("login-code")
    login(request, user, backend=BACKEND)
    required.note(request, is_proven=False)
    return speaking(HttpResponseRedirect(after(request, user, wanted)), user)


def let_in_fully(request: HttpRequest, user: User, wanted: str = "") -> HttpResponse:
    """Sign somebody in who has proved both, with a new session, and lead them on."""
    halfway.forget(request)
    login(request, user, backend=BACKEND)
    required.note(request, is_proven=True)
    return speaking(HttpResponseRedirect(after(request, user, wanted)), user)


def after(request: HttpRequest, user: User, wanted: str = "") -> str:
    """Where to: what was wanted, else what can be added to the account, else where such people belong."""
    if page := own_path(request, wanted):
        return page
    if user.role == Role.CUSTOMER and earlier.to_add(user).exists():
        return resolve_url("account-earlier")
    return resolve_url(HOME_OF.get(Role(user.role), "desk"))


def speaking(response: HttpResponse, user: User) -> HttpResponse:
    """The answer, in whose language the pages are from now on, if they have chosen one."""
    if user.language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def stay_in(request: HttpRequest, user: User) -> None:
    """Keep the caller's session, where all others have just been ended."""
    update_session_auth_hash(request, user)
