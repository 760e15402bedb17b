"""Passkeys: one's own, and signing in with one. What browsers and authenticators say comes as JSON."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import challenges, passkeys, required
from accounts.doors import on_the_way, open_to_all, signed_in
from accounts.recent import is_recent
from bookings.own import letters
from bookings.views.account import ways
from kernel.errors import Forbidden, Invalid, Refused
from rest.errors import status_of
from rest.limits import WRITE, WRONG_PASSWORD, admit_visitor, check_guesses, missed
from schemas.clock import database_now
from schemas.transactions import transact

MAKE, ENTER = "make", "enter"


@on_the_way
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """One's passkeys, and a button for another one."""
    user = ways.member(request)
    context = {
        "passkeys": passkeys.of(user),
        "is_recent": is_recent(request),
        "may_add": required.may_enrol(request, user),
        "longest": passkeys.LONGEST_NAME,
    }
    return render(request, "account/passkeys.html", context)


@on_the_way
@require_POST
def asked_to_make(request: HttpRequest) -> HttpResponse:
    """What the browser is to ask the authenticator for."""
    try:
        _check_recent(request)
        asked, challenge = passkeys.asked_to_make(ways.member(request), _site(request))
    except Refused as refusal:
        return _no(refusal)
    answer = JsonResponse(asked)
    challenges.keep(answer, _making(request), challenge)
    return answer


@on_the_way
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Keep what the authenticator answered, and tell the account's address."""
    user = ways.member(request)
    try:
        _check_recent(request)
        was_owed = required.is_owed(request, user)
        body = _body(request)
        challenge = challenges.take(request, _making(request))
        kept = passkeys.make(user, _site(request), challenge, body["credential"], str(body.get("name", "")))
    except Refused as refusal:
        return _no(refusal)
    transact(
        lambda: letters.send(f"passkey:{kept.pk}", user.email, letters.passkey_added, database_now(), page="account")
    )
    if was_owed:
        required.note(request, is_proven=True)  # the device has just made sure who holds it
    messages.success(request, _("The passkey is kept. You can sign in with it from now on."))
    return JsonResponse({"next": "/account/passkeys/"}, status=201)


@signed_in
@require_POST
def rename(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Call one something else."""
    passkeys.rename(ways.member(request), passkey_id, request.POST.get("name", ""))
    messages.success(request, _("Saved."))
    return redirect("own-passkeys")


@signed_in
@require_POST
def remove(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """It opens nothing from now on."""
    passkeys.remove(ways.member(request), passkey_id)
    messages.success(request, _("The passkey is removed. Remove it from your device, too."))
    return redirect("own-passkeys")


@open_to_all("this is how one signs in with a passkey")
@never_cache
@require_POST
def asked_to_enter(request: HttpRequest) -> HttpResponse:
    """What the browser is to ask any authenticator for: nobody's name is in it."""
    try:
        admit_visitor(request, WRITE)
        asked, challenge = passkeys.asked_to_enter(_site(request))
    except Refused as refusal:
        return _no(refusal)
    answer = JsonResponse(asked)
    challenges.keep(answer, ENTER, challenge)
    return answer


@open_to_all("this is how one signs in with a passkey")
@never_cache
@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in whoever the passkey is of; answers where to go."""
    try:
        check_guesses(request, WRONG_PASSWORD)
        body = _body(request)
        challenge = challenges.take(request, ENTER)
        user = passkeys.enter(_site(request), challenge, body["credential"])
    except Refused as refusal:
        return _no(_counted(request, refusal))
    there = ways.let_in_fully(request, user, str(body.get("next", "")))
    answer = JsonResponse({"next": there["Location"]})
    answer.cookies = there.cookies
    return answer


def _counted(request: HttpRequest, refusal: Refused) -> Refused:
    """A passkey that is nobody's counts as a wrong password does."""
    if refusal.code == "passkey_refused":
        try:
            missed(request, WRONG_PASSWORD)
        except Refused as enough:
            return enough
    return refusal


def _site(request: HttpRequest) -> passkeys.Site:
    return ways.site_of(request, str(request.tenant.name))  # type: ignore[attr-defined]


def _making(request: HttpRequest) -> str:
    """What a challenge is for, with whose passkey is to come of it."""
    return f"{MAKE}:{ways.member(request).pk}"


def _check_recent(request: HttpRequest) -> None:
    if not is_recent(request) or not required.may_enrol(request, ways.member(request)):
        raise Forbidden("sign_in_again", _("Please sign in again first, to be safe."))


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
        # No lone surrogates and no NUL: PostgreSQL can keep neither.
        is_text = b"\\u0000" not in json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        body, is_text = None, False
    if not is_text or not isinstance(body, dict) or not isinstance(body.get("credential"), dict):
        raise Invalid("passkey_refused", _("This passkey does not fit here. Please try another way."))
    return body


def _no(refusal: Refused) -> HttpResponse:
    return JsonResponse({"code": refusal.code, "detail": refusal.detail}, status=status_of(refusal))
