"""What becomes of a request by the cookie of a look-in: the person it is about, and a door for what may not be done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bookings.team.words import role_name
from operators import lookin, lookin_rules
from operators.models import LookIn
from operators.networks import admits
from rest.programs import body_at
from schemas.current import is_platform
from tenants.addresses import at

DEMO, DEMO_LASTS = "demo", timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Looking:
    """What the banner says."""

    id: int
    person: str
    role: str
    operator: str
    reason: str
    until: datetime | None
    may_change: bool
    is_demo: bool = False


class LookInMiddleware:
    """After the one that says who is signed in. Without the cookie it does nothing at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through as the person, or say that it is over."""
        secret = request.COOKIES.get(cookie(), "")
        if secret == DEMO and is_shown(request):
            return self._shown(request)
        found = lookin.known(secret) if secret and not is_platform() else None
        if found is None:
            return self.get_response(request)
        person = lookin.person_of(found)
        if person is None or not lookin.is_live(found) or not admits(request):
            return over(request)
        request.user = person
        request.look_in = found  # type: ignore[attr-defined]
        request.looking = Looking(  # type: ignore[attr-defined]
            id=found.pk,
            person=person.name or person.email,
            role=role_name(person.role),
            operator=found.name,
            reason=found.reason,
            until=found.expires_at,
            may_change=found.may_change,
        )
        response = self.get_response(request)
        response["Cache-Control"] = "private, no-store"
        return response

    def _shown(self, request: HttpRequest) -> HttpResponse:
        person = lookin.shown_person()
        if person is not None:
            request.user = person
            request.look_in = LookIn()  # type: ignore[attr-defined]
            request.looking = Looking(0, person.name, role_name(person.role), "", "", None, False, is_demo=True)  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """Refuse what is not done while looking in; signing out is its end."""
        found: LookIn | None = getattr(request, "look_in", None)
        if found is None:
            return None
        match = request.resolver_match
        name = (match.url_name if match else "") or ""
        if name == lookin_rules.SIGN_OUT and request.method == "POST":
            return end(request)
        why = lookin_rules.refusal(str(request.method), request.path_info, name, may_change=found.may_change)
        return _refused(request, why) if why else None


def end(request: HttpRequest) -> HttpResponse:
    """End what this browser looks into; without anything, lead home."""
    found: LookIn | None = getattr(request, "look_in", None)
    if found is not None and found.pk:
        lookin.end(found)
        return over(request)
    answer = redirect("home")
    answer.delete_cookie(cookie(), samesite="Lax")
    return answer


def is_shown(request: HttpRequest) -> bool:
    """Whether this is the tenant whose desk everybody may see."""
    tenant = getattr(request, "tenant", None)
    return bool(settings.DEMO_TENANT) and tenant is not None and tenant.slug == settings.DEMO_TENANT


def keep_demo(response: HttpResponse) -> None:
    """Give the browser the cookie of the demo: nothing in it is secret."""
    response.set_cookie(
        cookie(), DEMO, secure=bool(settings.SESSION_COOKIE_SECURE), httponly=True, samesite="Lax", max_age=DEMO_LASTS
    )


def cookie() -> str:
    """What the cookie is called: beside the session's, with whatever guards that one's name."""
    return f"{settings.SESSION_COOKIE_NAME}-look-in"


def keep(response: HttpResponse, found: LookIn, secret: str) -> None:
    """Give the browser its cookie, for this host alone; how long it is good, the row says."""
    response.set_cookie(
        cookie(),
        secret,
        max_age=found.expires_at - found.started_at,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def over(request: HttpRequest) -> HttpResponse:
    """It has ended. A part of a page leaves the cookie, so that the page that is loaded then says so as well."""
    detail = _("This look-in is over.")
    body = body_at(request.path_info, "look_in_over", detail)
    if body is not None:
        return JsonResponse(body, status=HTTPStatus.UNAUTHORIZED)
    request.looking = None  # type: ignore[attr-defined]
    context = {"platform": at(settings.BASE_DOMAIN, "/operators/")}
    response = render(request, "look_in/over.html", context, status=HTTPStatus.FORBIDDEN)
    if not request.headers.get("HX-Request"):
        response.delete_cookie(cookie(), samesite="Lax")
    return response


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    body = body_at(request.path_info, "look_in", why)
    if body is not None:
        return JsonResponse(body, status=HTTPStatus.FORBIDDEN)
    return render(request, "look_in/refused.html", {"why": why}, status=HTTPStatus.FORBIDDEN)
