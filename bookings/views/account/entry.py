"""Getting in without a password: a link by mail, a new account, a forgotten password, and what lies behind a link.

Whatever address is typed, the answer is the same page; what there is to say is said in the letter.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import links
from accounts.doors import open_to_all
from accounts.links import Purpose
from accounts.models import MailedLink
from bookings.own import asking, entering
from bookings.team import inviting
from bookings.team.words import role_line
from bookings.views.account import guests, ways
from bookings.views.account.forms import AddressForm, JoinForm, NewPasswordForm, SignUpForm
from kernel.errors import Conflict, Gone, Invalid
from rest import decoy
from schemas.clock import database_now

GONE = 410
BAD = 400
BY_LINK = "the link's token is the permission"
Form = AddressForm | SignUpForm


def _asks(form_class: type[Form], template: str, ask: Callable[[Form, str], None], door: str) -> Callable[..., Any]:
    """A page that mails a link: the form, and the same answer for every address."""

    @open_to_all(door)
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request: HttpRequest) -> HttpResponse:
        wanted = ways.own_path(request, request.POST.get("next") or request.GET.get("next", ""))
        if request.method != "POST":
            return render(request, template, {"form": form_class(), "next": wanted})
        decoy.check(request)
        form = form_class(request.POST)
        if not form.is_valid():
            return render(request, template, {"form": form, "next": wanted}, status=BAD)
        ways.admit_letter(request, form.cleaned_data["email"])
        ask(form, wanted)
        return render(request, "account/sent.html", {"email": form.cleaned_data["email"], "again": request.path})

    return page


mailed_sign_in = _asks(
    AddressForm,
    "account/link.html",
    lambda form, wanted: asking.to_sign_in(form.cleaned_data["email"], wanted),
    "this is how one signs in without a password",
)
sign_up = _asks(
    SignUpForm,
    "account/sign_up.html",
    lambda form, wanted: asking.to_sign_up(form.cleaned_data["email"], form.cleaned_data["name"], wanted),
    "anybody may have an account",
)
password_forgotten = _asks(
    AddressForm,
    "account/forgotten.html",
    lambda form, _wanted: asking.for_password(form.cleaned_data["email"]),
    "who forgot a password cannot sign in",
)
data_by_mail = _asks(
    AddressForm,
    "account/data_by_mail.html",
    lambda form, _wanted: asking.for_data(form.cleaned_data["email"]),
    "guests have data here, too; the link goes to their own address",
)


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """What a mailed link is about, and the button that uses it. Looking changes nothing, for scanners look, too."""
    try:
        found = links.look(token)
        if found.purpose == Purpose.ADDRESS and request.user.pk != found.user_id:
            # Else whoever is mailed a stranger's link would lend an address to the stranger's account.
            return ways.sign_in_again(request, request.path)
        if found.purpose == Purpose.INVITE and _is_to_sign_in(request, found):
            return ways.sign_in_again(request, request.path)
        if found.purpose == Purpose.ARRIVAL:
            return _arrive(request, token)
        if request.method == "POST":
            return PRESSED[Purpose(found.purpose)](request, found, token)
        return _shown(request, found, _form(found))
    except Gone:
        return render(request, "account/over.html", status=GONE)


def _form(found: MailedLink, sent: Any = None) -> JoinForm | NewPasswordForm | None:
    if found.purpose == Purpose.SIGN_UP or (found.purpose == Purpose.INVITE and inviting.known(found) is None):
        return JoinForm(sent, initial={"name": found.name})
    return NewPasswordForm(sent) if found.purpose == Purpose.PASSWORD else None


def _shown(request: HttpRequest, found: MailedLink, form: Any, status: int = 200) -> HttpResponse:
    context = {"link": found, "form": form, "is_other": _is_other(request, found)}
    if found.purpose == Purpose.INVITE:
        context["invitation"] = inviting.look(found)
        context["role"] = role_line(inviting.look(found).role)
    return render(request, "account/landing.html", context, status=status)


def _is_other(request: HttpRequest, found: MailedLink) -> bool:
    """Whether somebody else is signed in here just now: they will be signed out."""
    return request.user.is_authenticated and getattr(request.user, "email", "") != found.email


def _sign_in(request: HttpRequest, _found: MailedLink, token: str) -> HttpResponse:
    user, used = entering.enter(token)
    return ways.let_in(request, user, used.next)


def _arrive(request: HttpRequest, token: str) -> HttpResponse:
    """In at once: this link was in no mail, and whoever follows it pressed the button a moment ago."""
    if request.method == "HEAD":
        return HttpResponse()
    user, used = entering.arrive(token)
    return ways.let_in(request, user, used.next)


def _join(request: HttpRequest, found: MailedLink, token: str) -> HttpResponse:
    form = _form(found, request.POST)
    assert isinstance(form, JoinForm)
    if not form.is_valid():
        return _shown(request, found, form, BAD)
    try:
        user, used = entering.join(token, form.cleaned_data["name"], form.cleaned_data["password"])
    except Invalid as refusal:
        return _refused(request, found, form, refusal)
    messages.success(request, _("Welcome! Your account is ready."))
    return ways.let_in(request, user, used.next)


def _choose(request: HttpRequest, found: MailedLink, token: str) -> HttpResponse:
    form = _form(found, request.POST)
    assert isinstance(form, NewPasswordForm)
    if not form.is_valid():
        return _shown(request, found, form, BAD)
    try:
        user = entering.choose_password(token, form.cleaned_data["password"])
    except Invalid as refusal:
        return _refused(request, found, form, refusal)
    messages.success(request, _("Your password is changed, and you are signed in."))
    return ways.let_in(request, user)


def _take(request: HttpRequest, _found: MailedLink, token: str) -> HttpResponse:
    try:
        user = entering.take_address(token)
    except Conflict:
        return render(request, "account/over.html", status=GONE)
    messages.success(request, _("Your account goes by %(email)s from now on.") % {"email": user.email})
    return ways.let_in(request, user, "/account/")


def _open(request: HttpRequest, _found: MailedLink, token: str) -> HttpResponse:
    guests.remember(request, entering.open_data(token), database_now())
    return redirect("guest-data")


def _is_to_sign_in(request: HttpRequest, found: MailedLink) -> bool:
    """Whether the address has an account, and whose it is is not who asks."""
    known = inviting.known(found)
    return known is not None and request.user.pk != known.pk


def _begin(request: HttpRequest, found: MailedLink, token: str) -> HttpResponse:
    form, name, password = _form(found, request.POST), "", ""
    if isinstance(form, JoinForm):
        if not form.is_valid():
            return _shown(request, found, form, BAD)
        name, password = form.cleaned_data["name"], form.cleaned_data["password"]
    try:
        user = inviting.accept(token, name, password)
    except Invalid as refusal:
        return _refused(request, found, form, refusal)
    messages.success(request, _("Welcome to the team!"))
    if form is None:  # they have been signed in all along
        return redirect("desk")
    return ways.let_in(request, user)


def _refused(request: HttpRequest, found: MailedLink, form: Any, refusal: Invalid) -> HttpResponse:
    for words in refusal.extra["errors"]["password"]:  # type: ignore[index]
        form.add_error("password", words)
    return _shown(request, found, form, BAD)


Pressed = Callable[[HttpRequest, MailedLink, str], HttpResponse]
PRESSED: Mapping[Purpose, Pressed] = {
    Purpose.SIGN_IN: _sign_in,
    Purpose.SIGN_UP: _join,
    Purpose.PASSWORD: _choose,
    Purpose.ADDRESS: _take,
    Purpose.DATA: _open,
    Purpose.INVITE: _begin,
}
