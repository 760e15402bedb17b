"""The base of every API view."""

from functools import partial
from typing import Any

from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kernel.errors import TooMany
from rest import limits, scopes
from rest.conditions import OK
from rest.counters import Standing, Taken
from rest.deprecation import Deprecation
from rest.idempotency import idempotently, idempotently_outside


class ApiView(APIView):
    """A view whose unsafe methods run in one transaction and honour `Idempotency-Key`.

    Handlers of POST, PUT, PATCH and DELETE may be run again after a deadlock,
    so they touch nothing but the database.
    """

    deprecated: Deprecation | None = None
    """Set on a view that will end: every answer says so."""
    standing: Standing | None = None

    def perform_authentication(self, request: Request) -> None:
        """Who calls, and whether not too often: `TooMany` (`rest.limits`)."""
        match = request.resolver_match
        kind = limits.kind_of(request.method or "", match.route if match else "")
        if refused := limits.full_place(request, kind):
            self._count(refused)
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            self._count(limits.admit_stranger(request, kind))
            raise
        self._count(limits.admit(request, kind))

    def _count(self, taken: Taken) -> None:
        self.standing = limits.tightest(taken.standings)
        if not taken.is_allowed:
            raise limits.refusal(taken)

    def check_permissions(self, request: Request) -> None:
        """Who may call it at all, and whether what they signed in with is good for it (`rest.scopes`)."""
        super().check_permissions(request)
        scopes.check(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After sign-in and permissions, and before DRF looks the handler up: wrap it."""
        super().initial(request, *args, **kwargs)
        limits.check_codes(request)
        method = (request.method or "").lower()
        handler = getattr(self, method, None)
        if handler is not None and request.method not in SAFE_METHODS:
            setattr(self, method, partial(self._once, handler))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """An answer is for this caller at this host: no cache in between keeps it (T07)."""
        try:
            limits.note_guess(request, response.status_code, getattr(response, "data", None))
        except TooMany as error:
            response = self.handle_exception(error)
        response.headers.setdefault("Cache-Control", _kept_by_the_caller(request, response))
        limits.tell(response, self.standing)
        if self.deprecated is not None:
            self.deprecated.tell(response)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return super().finalize_response(request, response, *args, **kwargs)

    def _once(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        return idempotently(request, lambda: handler(request, *args, **kwargs))


def _kept_by_the_caller(request: Request, response: Any) -> str:
    """What was read may be kept to ask again whether it is still so (`rest.conditions`); nothing else, and no files."""
    is_reading = request.method in SAFE_METHODS and response.status_code == OK and isinstance(response, Response)
    return "private, no-cache" if is_reading else "private, no-store"


class OutsideView(ApiView):
    """A view whose unsafe methods ask somebody over the network: in no transaction, and `Idempotency-Key` is honoured.

    What it calls makes short transactions of its own around the network (decision 0022).
    """

    def _once(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        return idempotently_outside(request, lambda: handler(request, *args, **kwargs))
