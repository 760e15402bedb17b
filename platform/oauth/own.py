"""Pages for everybody: apps that one allowed, and one's own tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import tokens
from accounts.doors import signed_in
from kernel.errors import Refused
from oauth import people
from oauth.forms import TokenForm, user_of
from schemas.clock import database_now

BAD_REQUEST = 400


@signed_in
@require_safe
def apps(request: HttpRequest) -> HttpResponse:
    """Apps that act for one."""
    return render(request, "oauth/apps.html", {"allowances": people.by_user(user_of(request))})


@signed_in
@require_POST
def revoke(request: HttpRequest, client_pk: int) -> HttpResponse:
    """Take back what one allowed."""
    people.revoke(client_pk, user_of(request).pk)
    messages.success(request, _("It can do nothing for you any more."))
    return redirect("own-apps")


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a new one is on the page that answers, and nowhere else."""
    user, key = user_of(request), ""
    form = TokenForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _made, key = tokens.make(user, form.wish(database_now()))
            form = TokenForm(user)
        except Refused as refusal:
            form.add_error(None, refusal.detail)
    context = {"form": form, "key": key, "tokens": tokens.of(user), "now": database_now()}
    return render(request, "oauth/tokens.html", context, status=BAD_REQUEST if form.errors else 200)


@signed_in
@require_POST
def remove_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """It opens nothing any more."""
    tokens.remove(tokens.of(user_of(request)), token_id)
    messages.success(request, _("The token is removed."))
    return redirect("own-tokens")
