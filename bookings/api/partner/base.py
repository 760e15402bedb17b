"""What every call of partners has in common: who calls, and how it is refused."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from bookings.agents import Agent
from bookings.facts import Reason
from kernel.errors import Conflict, Gone, Refused
from oauth.authentication import BearerAuthentication
from oauth.models import AccessToken
from rest.spelling import camel
from rest.views import ApiView

ROOT = "/api/partner/v1/"
PAGES = [OpenApiParameter("page", int), OpenApiParameter("pageSize", int)]
UNAVAILABLE = frozenset(
    {
        *map(str, Reason),
        *("held_by_you", "extra_sold_out", "wrong_state", "not_cancellable", "not_changeable", "payment_open"),
        *("already_paid", "change_too_late"),
    }
)
"""Codes that say that the world is in the way and not the request: 409 here, 400 in v1 (API.md)."""
OVER = frozenset({"hold_expired"})
OF_FIELD = {
    "extra_unknown": "additionalProducts",
    "extra_quantity": "additionalProducts",
    "product_elsewhere": "spaceId",
    "answer_unknown": "answers",
    "answer_required": "answers",
    "answer_invalid": "answers",
}
"""The field that a refusal is about."""
RENAMED = {"booking": "bookingId"}
INSIDE = frozenset({"product"})
"""What refusals name by numbers that partners do not know."""


class PartnerView(ApiView):
    """A call by an app, with a bearer token of its own or of somebody who allowed it."""

    authentication_classes = [BearerAuthentication]

    def _once(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refusals are spelt before an answer is kept under a key: 409 is not kept."""

        def act(request: Request, *args: Any, **kwargs: Any) -> Response:
            try:
                answer: Response = handler(request, *args, **kwargs)
            except Refused as refusal:
                raise spelt(refusal) from refusal
            return answer

        return super()._once(act, request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """As everywhere; errors of no field are spelt as fields are."""
        answer = super().handle_exception(exc)
        errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
        if isinstance(errors, dict):
            answer.data["errors"] = {camel(name): told for name, told in errors.items()}
        return answer


def agent_of(request: Request) -> Agent:
    """The app that calls, and for whom where somebody allowed it."""
    token = request.auth
    if not isinstance(token, AccessToken):
        raise exceptions.NotAuthenticated
    return Agent(token.application.pk, token.user)


def spelt(refusal: Refused) -> Refused:
    """A refusal in this dialect: its class is its HTTP code."""
    refusal.extra = {
        RENAMED.get(name, camel(name)): value for name, value in refusal.extra.items() if name not in INSIDE
    }
    if refusal.code in OF_FIELD:
        refusal.extra["errors"] = {OF_FIELD[refusal.code]: [refusal.detail]}
    if refusal.code in OVER:
        return Gone(refusal.code, refusal.detail, refusal.extra)
    if refusal.code in UNAVAILABLE:
        return Conflict(refusal.code, refusal.detail, refusal.extra)
    return refusal
