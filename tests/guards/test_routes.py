"""Every route says who may call it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from accounts import doors
from tests.routes import Route, public_routes, tenant_routes

# API views that anybody may call, and why.
OPEN_TO_ALL = {
    "/api/schema/": "the description of the API tells nothing about a tenant",
    "/api/docs/": "the same description, to read and try",
    "/api/schema/core/": "the same of core",
    "/api/docs/core/": "the same of core",
    "/api/schema/partner/": "the same of the partner dialect",
    "/api/docs/partner/": "the same of the partner dialect",
    "/api/services/": "what there is to book is public",
    "/api/availability/": "what is free is public",
    "/api/bookings/": "guests may book",
    "/api/bookings/<uuid:booking_id>/": "the booking's token is the permission; without one, sign-in is asked for",
    "/api/bookings/<uuid:booking_id>/cancel/": "as the booking itself",
    "/api/bookings/<uuid:booking_id>/create-payment-intent/": "as the booking itself",
}
# Pages that take a form without CSRF's token, and why. DRF asks for it itself where a cookie signs in.
WITHOUT_CSRF = {
    "/calendars/notices/google/": "Google has no cookie, and brings a token that was signed for one calendar",
    "/calendars/notices/microsoft/": "Microsoft has no cookie, and brings a token that was signed for one calendar",
    "/oauth/token/": "programs have no cookie; a client says who it is by a secret, a code or a refresh token",
    "/oauth/revoke/": "programs have no cookie; a client says who it is, and brings its own token",
    "/oauth/introspect/": "programs have no cookie; a client says who it is by its secret",
    "/sms/<int:notice_id>/status/": "Twilio has no cookie, and signs what it sends",
    "/mail/news/": "providers of mail have no cookie; they sign what they send, or know a password",
    "/mail/off/<slug:whose>/<str:token>/": "programs for mail have no cookie (RFC 8058); the token is checked",
    "/stripe/webhooks/platform/": "Stripe has no cookie, and signs what it sends",
    "/stripe/webhooks/connect/": "Stripe has no cookie, and signs what it sends",
}
ROUTES = [*tenant_routes(), *public_routes()]


def fault(route: Route) -> str | None:
    """What is missing, and what to do about it."""
    if route.is_api:
        permissions = route.view_class.permission_classes
        if route.path in OPEN_TO_ALL:
            return None
        if not permissions or any(permission is AllowAny for permission in permissions):
            return "anybody may call it: set permission_classes, or give the reason in OPEN_TO_ALL of this file"
        return None
    if not getattr(route.view, "door", None):
        return "nobody says who may call it: put one door of accounts.doors on the view"
    return None


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_route_declares_who_may_call_it(route: Route) -> None:
    assert fault(route) is None, f"{route.path}: {fault(route)}"


def test_there_are_routes() -> None:
    assert len(tenant_routes()) > 15
    assert public_routes()


def test_every_exception_is_a_route() -> None:
    assert OPEN_TO_ALL.keys() <= {route.path for route in ROUTES}, "Take the routes that are gone out of OPEN_TO_ALL."


def test_pages_without_a_csrf_token_are_known() -> None:
    found = {route.path for route in ROUTES if not route.is_api and getattr(route.view, "csrf_exempt", False)}
    assert found == WITHOUT_CSRF.keys(), "Leave csrf_exempt off, or give the reason in WITHOUT_CSRF of this file."


def page(_request: HttpRequest) -> HttpResponse:
    """A view."""
    return HttpResponse()


class Locked(APIView):
    """A view with the default permissions."""


class Open(APIView):
    """A view that forgot."""

    permission_classes = [AllowAny]


class Bare(APIView):
    """A view that took everything off."""

    permission_classes: list[Any] = []


@pytest.mark.parametrize("view", [page, Open.as_view(), Bare.as_view()])
def test_guard_fires_on_a_view_without_a_door(view: Callable[..., Any]) -> None:
    assert fault(Route("/new/", view, ())) is not None


@pytest.mark.parametrize(
    "view",
    [
        doors.open_to_all("a test")(page),
        doors.signed_in(page),
        doors.staff_only(page),
        doors.operators_only(page),
        Locked.as_view(),
    ],
)
def test_guard_is_silent_on_a_view_with_a_door(view: Callable[..., Any]) -> None:
    assert fault(Route("/new/", view, ())) is None
