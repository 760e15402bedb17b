"""Signing up: the form, the live check of an address, the letter, and the page behind its link."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import open_to_all
from bookings.views.account import ways
from kernel.errors import Conflict, Gone, Invalid, NotFound, TooMany
from rest import decoy
from rest.limits import SEARCH, admit_visitor
from schemas.clock import database_now
from tenants.addresses import at
from website import legal, naming, opening, signing, zones
from website.forms import OpeningForm, SignUpForm, said, suggest
from website.models import SignUp, SignUpLink
from website.naming import Standing
from website.pages import TRIAL_DAYS
from website.speaking import asked, show, spoken

BAD, GONE, FORBIDDEN = 400, 410, 403
BY_LINK = "the link's token is the permission"
FIELD_OF = {"owner_password": "password", "owner_email": "password", "slug": "slug"}
KEPT = ("name", "slug", "email", "time_zone", "currency", "plan")


@open_to_all("anybody may open a business here")
@require_http_methods(["GET", "HEAD", "POST"])
@spoken
def sign_up(request: HttpRequest) -> HttpResponse:
    """The form, or the letter that it asks for; `?again=` brings what was typed before."""
    if settings.SIGN_UP == "closed":
        return show(request, "platform/website/closed.html", {"operator": legal.operator()}, FORBIDDEN)
    if request.method != "POST":
        return _form(request, SignUpForm(request, initial=_typed_before(request)))
    decoy.check(request)
    form = SignUpForm(request, request.POST)
    if not form.is_valid():
        return _form(request, form, BAD)
    ways.admit_letter(request, form.cleaned_data["email"])
    row = signing.apply(form.typed())
    return HttpResponseRedirect(_with_language(request, reverse("sign-up-sent", args=[row.pk])))


@open_to_all("a line about an address that somebody types")
@require_safe
@spoken
def address_check(request: HttpRequest) -> HttpResponse:
    """Whether an address is free; made of the name while there is none."""
    slug, name = request.GET.get("slug", "").strip().lower(), request.GET.get("name", "")[:120]
    context: dict[str, Any] = {"host": settings.BASE_DOMAIN}
    try:
        admit_visitor(request, SEARCH)
    except TooMany:
        return render(request, "platform/website/address.html", {**context, "is_unknown": True})
    if slug[:64]:
        answer = naming.answer(slug[:64], name)
        context |= {"answer": answer, "said": said(answer), "is_free": answer.standing == Standing.FREE}
    elif base := naming.spelt(name):
        context["proposed"] = naming.suggestion(base)
    return render(request, "platform/website/address.html", context)


@open_to_all("shows nothing but what was typed in this browser; its address cannot be guessed")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@spoken
def sent(request: HttpRequest, sign_up_id: UUID) -> HttpResponse:
    """Look into your mail, it says, and another letter for whom it did not reach."""
    row = SignUp.objects.filter(pk=sign_up_id).first()
    if row is None:
        raise NotFound("not_found", _("This link leads nowhere."))
    if row.used_at is not None:
        return _is_open(request, row)
    if request.method == "POST":
        return _again(request, row)
    is_last = row.letters >= signing.MOST_LETTERS
    return show(
        request, "platform/website/sent.html", {"sign_up": row, "is_last": is_last, "is_again": row.letters > 1}
    )


@open_to_all(BY_LINK)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the letter: the password, and the button that makes the business. Looking changes nothing."""
    found = signing.look(token)
    with override(asked(request) or found.sign_up.language):
        if found.sign_up.used_at is not None:
            return _is_open(request, found.sign_up)
        if request.method == "POST" and "again" in request.POST:
            return _again(request, found.sign_up)
        if signing.is_over(found, database_now()):
            return show(request, "platform/website/over.html", {"sign_up": found.sign_up}, GONE)
        return _opening(request, found, token)


def _opening(request: HttpRequest, found: SignUpLink, token: str) -> HttpResponse:
    row = found.sign_up
    answer = naming.answer(row.slug, row.name)
    asks = answer.standing != Standing.FREE
    if request.method != "POST":
        form = OpeningForm(asks_slug=asks, initial={"slug": answer.suggestion})
        return _password(request, row, form, 200)
    if asks and "slug" not in request.POST:
        return _password(request, row, _with_another_address(request, row), BAD)
    form = OpeningForm(request.POST, asks_slug=asks)
    if not form.is_valid():
        return _password(request, row, form, BAD)
    return _opened(request, row, form, token)


def _opened(request: HttpRequest, row: SignUp, form: OpeningForm, token: str) -> HttpResponse:
    """The way into the business that the button has made, or why it has not."""
    try:
        typed = form.cleaned_data
        return HttpResponseRedirect(opening.open_up(token, typed["password"], typed.get("slug", "")))
    except Gone as refusal:
        row.refresh_from_db()
        if refusal.code == "sign_up_used":
            return _is_open(request, row)
        return show(request, "platform/website/over.html", {"sign_up": row}, GONE)
    except Conflict:
        return _password(request, row, _with_another_address(request, row), BAD)
    except Invalid as refusal:
        errors: dict[str, list[str]] = refusal.extra["errors"]  # type: ignore[assignment]
    if "slug" in errors:
        return _password(request, row, _with_another_address(request, row), BAD)
    for name, lines in errors.items():
        for line in lines:
            form.add_error(FIELD_OF.get(name), line)
    return _password(request, row, form, BAD)


def _with_another_address(request: HttpRequest, row: SignUp) -> OpeningForm:
    """The form again, for a business whose address somebody else has got meanwhile."""
    form = OpeningForm(request.POST, asks_slug=True)
    taken = request.POST.get("slug") or row.slug
    suggest(form, naming.suggestion(naming.spelt(taken)))
    form.is_valid()
    form.add_error("slug", _("Somebody else has taken this address meanwhile. Please choose another one."))
    return form


def _password(request: HttpRequest, row: SignUp, form: OpeningForm, status: int) -> HttpResponse:
    context = {"sign_up": row, "form": form, "host": settings.BASE_DOMAIN}
    answer = show(request, "platform/website/opening.html", context, status)
    # The answer to the button leads to the business's own host, which does not exist yet.
    answer._csp_update = {"form-action": [at(f"*.{settings.BASE_DOMAIN}", "")]}  # type: ignore[attr-defined]
    return answer


def _again(request: HttpRequest, row: SignUp) -> HttpResponse:
    ways.admit_letter(request, row.email)
    signing.again(row)
    return redirect(_with_language(request, reverse("sign-up-sent", args=[row.pk])))


def _is_open(request: HttpRequest, row: SignUp) -> HttpResponse:
    context = {"sign_up": row, "sign_in": opening.sign_in_of(row)}
    return show(request, "platform/website/opened.html", context)


def _form(request: HttpRequest, form: SignUpForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "zones": zones.options(), "host": settings.BASE_DOMAIN, "trial_days": TRIAL_DAYS}
    return show(request, "platform/website/sign_up.html", context, status)


def _typed_before(request: HttpRequest) -> dict[str, Any]:
    try:
        row = SignUp.objects.filter(pk=UUID(request.GET.get("again", ""))).first()
    except ValueError:
        return {}
    return {name: getattr(row, name) for name in KEPT} if row and row.used_at is None else {}


def _with_language(request: HttpRequest, path: str) -> str:
    chosen = asked(request)
    return f"{path}?lang={chosen}" if chosen else path
