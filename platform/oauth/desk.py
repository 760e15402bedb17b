"""The owner's pages about the API: clients, who allowed them, tokens of those who work here."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import tokens
from accounts.doors import staff_only
from accounts.models import User
from kernel.errors import Refused
from oauth import clients, people
from oauth.clients import GRANTS, KINDS
from oauth.forms import ClientForm, user_of
from oauth.models import Application
from rest.scopes import SCOPES
from schemas.clock import database_now

BAD_REQUEST = 400


@staff_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All clients, and all tokens of staff."""
    user = user_of(request)
    context = {"clients": clients.seen_by(user), "tokens": tokens.of_staff(user), "now": database_now()}
    return render(request, "oauth/desk.html", context)


@staff_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new client; its secret is on the page that answers, and nowhere else."""
    user = user_of(request)
    clients.seen_by(user)
    form = ClientForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form)
    try:
        made, secret = clients.register(user, form.wish())
    except Refused as refusal:
        return _refused(request, form, refusal)
    return _page(request, made, secret)


@staff_only
@require_safe
def client(request: HttpRequest, client_pk: int) -> HttpResponse:
    """One client, and who allowed it."""
    return _page(request, clients.one(user_of(request), client_pk))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, client_pk: int) -> HttpResponse:
    """Another name, other addresses or scopes."""
    user = user_of(request)
    found = clients.one(user, client_pk)
    form = ClientForm(request.POST or None, initial=ClientForm.filled_with(found))
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, found)
    try:
        clients.change(user, client_pk, form.wish())
    except Refused as refusal:
        return _refused(request, form, refusal, found)
    messages.success(request, _("Saved."))
    return redirect("api-client", client_pk)


@staff_only
@never_cache
@require_POST
def rotate(request: HttpRequest, client_pk: int) -> HttpResponse:
    """A new secret, on the page that answers."""
    return _page(request, *clients.rotate(user_of(request), client_pk))


@staff_only
@require_POST
def disable(request: HttpRequest, client_pk: int) -> HttpResponse:
    """Switch it off."""
    return _done(request, client_pk, clients.disable, _("Switched off. Its tokens open nothing."))


@staff_only
@require_POST
def enable(request: HttpRequest, client_pk: int) -> HttpResponse:
    """Switch it on."""
    return _done(request, client_pk, clients.enable, _("Switched on."))


@staff_only
@require_POST
def remove(request: HttpRequest, client_pk: int) -> HttpResponse:
    """Remove it with its tokens."""
    clients.remove(user_of(request), client_pk)
    messages.success(request, _("The app is removed."))
    return redirect("api-desk")


@staff_only
@require_POST
def revoke(request: HttpRequest, client_pk: int, user_id: int) -> HttpResponse:
    """End what somebody allowed it."""
    people.revoke(clients.one(user_of(request), client_pk).pk, user_id)
    messages.success(request, _("It can do nothing for them any more."))
    return redirect("api-client", client_pk)


@staff_only
@require_POST
def remove_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token of somebody who works here."""
    tokens.remove(tokens.of_staff(user_of(request)), token_id)
    messages.success(request, _("The token is removed."))
    return redirect("api-desk")


def _done(request: HttpRequest, client_pk: int, act: Callable[[User, int], object], said: str) -> HttpResponse:
    act(user_of(request), client_pk)
    messages.success(request, said)
    return redirect("api-client", client_pk)


def _page(request: HttpRequest, found: Application, secret: str = "") -> HttpResponse:
    context = {
        "client": found,
        "secret": secret,
        "kind": KINDS[found.client_type],
        "grants": [GRANTS[name] for name in found.grants],
        "scopes": [(name, SCOPES[name]) for name in found.scopes],
        "allowances": people.of_client(found),
    }
    return render(request, "oauth/client.html", context)


def _refused(
    request: HttpRequest, form: ClientForm, refusal: Refused, found: Application | None = None
) -> HttpResponse:
    errors = refusal.extra.get("errors")
    form.add_error(next(iter(errors)) if isinstance(errors, dict) else None, refusal.detail)
    return _form_page(request, form, found)


def _form_page(request: HttpRequest, form: ClientForm, found: Application | None = None) -> HttpResponse:
    status = BAD_REQUEST if form.errors else 200
    return render(request, "oauth/form.html", {"form": form, "client": found}, status=status)
