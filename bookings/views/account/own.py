"""The account page, and what is changed from there: profile, address, password, sessions, mail, earlier bookings."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import codes, passkeys
from accounts.doors import signed_in
from accounts.models import User
from accounts.recent import is_recent
from bookings.access import link_token
from bookings.letters import links, standing
from bookings.models import NoMail
from bookings.own import asking, earlier, entering
from bookings.views.account import ways
from bookings.views.account.forms import AddressForm, ChangePasswordForm, ProfileForm
from bookings.views.words import words_for
from kernel.errors import Invalid
from rest.limits import WRONG_PASSWORD, check_guesses, missed
from schemas.clock import database_now
from schemas.transactions import transact

BAD = 400
METHODS = ["GET", "HEAD", "POST"]
SHOWN = 50
"""So many earlier bookings are listed; all are added."""


@signed_in
@require_http_methods(METHODS)
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and everything that one can do about it."""
    user = ways.member(request)
    known = {"name": user.name, "phone": user.phone, "language": user.language}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_bound and form.is_valid():
        _write(user, form)
        messages.success(request, _("Saved."))
        return ways.speaking(redirect("account"), user)
    context = {
        "form": form,
        "passkeys": passkeys.of(user).count(),
        "has_authenticator": codes.of(user) is not None,
        "earlier": 0 if user.is_staff_member else earlier.to_add(user).count(),
        "is_off": standing.reason_of(links.digest(user.email)) is not None,
    }
    return render(request, "account/account.html", context, status=BAD if form.errors else 200)


def _write(user: User, form: ProfileForm) -> None:
    known = {name: form.cleaned_data[name] for name in ("name", "phone", "language")}
    user.language = known["language"]
    # Who erases the account in another tab leaves no row that this could write the name into again.
    transact(lambda: User.objects.filter(pk=user.pk, is_active=True).update(**known))


@signed_in
@require_http_methods(METHODS)
def address(request: HttpRequest) -> HttpResponse:
    """Another e-mail address: a link goes there, whatever it is, and nothing changes before it is pressed.

    Whoever finds a browser open cannot take the account along with it: the sign-in is a quarter of an hour old at most.
    """
    if not is_recent(request):
        return ways.sign_in_again(request, "account-address")
    user = ways.member(request)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        email = form.cleaned_data["email"]
        if email == user.email:
            form.add_error("email", _("That is your address already."))
        else:
            ways.admit_letter(request, email)
            asking.for_address(user, email)
            return render(request, "account/sent.html", {"email": email, "again": request.path})
    return render(request, "account/address.html", {"form": form}, status=BAD if form.errors else 200)


@signed_in
@require_http_methods(METHODS)
def password(request: HttpRequest) -> HttpResponse:
    """Choose another password, for which the present one is asked, or a first one, for which one signs in again.

    Other sessions are over.
    """
    user = ways.member(request)
    if not user.has_usable_password() and not is_recent(request):
        return ways.sign_in_again(request, "account-password")
    form = ChangePasswordForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound:
        check_guesses(request, WRONG_PASSWORD)
        if form.is_valid() and _is_changed(request, user, form):
            messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
            return redirect("account")
        if form.has_error("current", "wrong_password"):
            missed(request, WRONG_PASSWORD)
    return render(request, "account/password.html", {"form": form}, status=BAD if form.errors else 200)


def _is_changed(request: HttpRequest, user: User, form: ChangePasswordForm) -> bool:
    try:
        ways.stay_in(request, entering.change_password(user, form.cleaned_data["password"]))
    except Invalid as refusal:
        form.add_error("password", refusal.detail)
        return False
    return True


@signed_in
@require_POST
def elsewhere(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else: every other session is over at once."""
    ways.stay_in(request, entering.sign_out_elsewhere(ways.member(request)))
    messages.success(request, _("Everywhere else you are signed out."))
    return redirect("account")


@signed_in
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Switch mail off that nobody has to get, such as reminders, or on again."""
    whose = links.digest(ways.member(request).email)
    if "on" in request.POST:
        standing.resume(whose)
        messages.success(request, _("You get reminders and tips again."))
    else:
        standing.stop(whose, NoMail.Reason.UNSUBSCRIBED)
        messages.success(request, _("You only get mail about what you have booked."))
    return redirect("account")


@signed_in
@require_http_methods(METHODS)
def earlier_bookings(request: HttpRequest) -> HttpResponse:
    """What was booked with one's address before there was an account: add it, or leave it."""
    user = ways.member(request)
    if request.method == "POST":
        count = earlier.add(user)
        if count:
            messages.success(request, _("They are among your bookings now."))
        return redirect("own-bookings")
    now = database_now()
    found = earlier.to_add(user).select_related("resource__venue").order_by("-start")
    rows = [(booking, words_for(booking, now), link_token(booking)) for booking in found[:SHOWN]]
    return render(request, "account/earlier.html", {"rows": rows, "count": found.count()})
