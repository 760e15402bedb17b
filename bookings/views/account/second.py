"""The second factor: the code that is asked for at the sign-in, and setting up, renewing and removing what gives it."""

import io

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import codes, halfway, passkeys, recovery, required
from accounts.doors import on_the_way, open_to_all, signed_in
from accounts.models import User
from accounts.recent import is_recent
from bookings.own import entering, securing
from bookings.views.account import ways
from bookings.views.account.forms import CodeForm
from kernel.errors import Invalid
from outside import vault
from rest.limits import WRONG_FACTOR, check_guesses, missed

BAD = 400
METHODS = ["GET", "HEAD", "POST"]
SECRET = "authenticator"
"""Where the session has the sealed secret that is being set up."""


@open_to_all("whoever has proved one factor brings the second one here, and nobody else sees anything")
@never_cache
@require_http_methods(METHODS)
def login_code(request: HttpRequest) -> HttpResponse:
    """The code of the authenticator, after the password or the mailed link; only then is somebody signed in."""
    waiting = halfway.of(request)
    if waiting is None:
        return redirect("login")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            halfway.prove(request, waiting.user, form.cleaned_data["code"])
        except Invalid as refusal:
            form.add_error("code", refusal.detail)
        else:
            return ways.let_in_fully(request, waiting.user, waiting.wanted)
    return render(request, "account/code.html", {"form": form}, status=BAD if form.errors else 200)


@on_the_way
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What one has: the app, codes for when it is lost, passkeys."""
    user = ways.member(request)
    context = {
        "authenticator": codes.of(user),
        "left": recovery.left(user),
        "passkeys": passkeys.of(user).count(),
        "is_owed": required.is_owed(request, user),
        "may_enrol": required.may_enrol(request, user),
        "since": user.second_factor_from,
    }
    return render(request, "account/two_factor.html", context)


@on_the_way
@never_cache
@require_http_methods(METHODS)
def set_up(request: HttpRequest) -> HttpResponse:
    """Show an app a new secret, and keep it once the app's code was typed; the answer has the codes for later."""
    user = ways.member(request)
    if not is_recent(request) or not required.may_enrol(request, user):
        return ways.sign_in_again(request, "two-factor-set-up")
    secret = _secret(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        check_guesses(request, WRONG_FACTOR, f"user:{user.pk}")
        try:
            made = securing.set_up(user, secret, form.cleaned_data["code"])
        except Invalid as refusal:
            missed(request, WRONG_FACTOR, f"user:{user.pk}")
            form.add_error("code", refusal.detail)
        else:
            del request.session[SECRET]
            ways.stay_in(request, entering.sign_out_elsewhere(user))
            required.note(request, is_proven=True)
            return render(request, "account/recovery_codes.html", {"codes": made, "is_new": True})
    context = {"form": form, "secret": _in_groups(secret), "picture": _picture(request, user, secret)}
    return render(request, "account/two_factor_new.html", context, status=BAD if form.errors else 200)


@signed_in
@never_cache
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """Ten new codes for whoever loses the phone, on the page that answers; those of before are void."""
    user = ways.member(request)
    if not is_recent(request):
        return ways.sign_in_again(request, "two-factor")
    if codes.of(user) is None:
        return redirect("two-factor")
    return render(request, "account/recovery_codes.html", {"codes": securing.renew(user)})


@signed_in
@require_http_methods(METHODS)
def remove(request: HttpRequest) -> HttpResponse:
    """Do without the app, said once more."""
    user = ways.member(request)
    if not is_recent(request):
        return ways.sign_in_again(request, "two-factor-remove")
    if codes.of(user) is None:
        return redirect("two-factor")
    if request.method != "POST":
        return render(request, "account/two_factor_remove.html", {"since": user.second_factor_from})
    securing.remove(user)
    messages.success(request, _("No code is asked of you any more when you sign in."))
    return redirect("two-factor")


def _secret(request: HttpRequest) -> str:
    """The one that this browser is setting up: a page that is loaded again shows the same."""
    sealed = request.session.get(SECRET)
    if sealed:
        try:
            return vault.unseal(sealed)
        except vault.Sealed:
            pass
    secret = codes.new_secret()
    request.session[SECRET] = vault.seal(secret)
    return secret


def _picture(request: HttpRequest, user: User, secret: str) -> str:
    found = io.BytesIO()
    business = str(request.tenant.name)  # type: ignore[attr-defined]
    made = segno.make(codes.address_of(secret, user, business), error="m", micro=False)
    made.save(found, kind="svg", xmldecl=False, scale=4, border=4, light="#fff", title=_("Code for your app"))
    return found.getvalue().decode()


def _in_groups(secret: str) -> str:
    return " ".join(secret[first : first + 4] for first in range(0, len(secret), 4))
