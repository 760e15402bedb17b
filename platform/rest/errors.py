"""The one place where a refusal of the domain becomes an HTTP answer."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from kernel.errors import (
    Away,
    Broken,
    Busy,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Outdated,
    Refused,
    TooMany,
    Unprocessable,
)

log = logging.getLogger(__name__)

RETRY_SECONDS = "1"
STATUS_OF = {
    Invalid: status.HTTP_400_BAD_REQUEST,
    Forbidden: status.HTTP_403_FORBIDDEN,
    NotFound: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
    Gone: status.HTTP_410_GONE,
    Outdated: status.HTTP_412_PRECONDITION_FAILED,
    Unprocessable: status.HTTP_422_UNPROCESSABLE_ENTITY,
    TooMany: status.HTTP_429_TOO_MANY_REQUESTS,
    Broken: status.HTTP_500_INTERNAL_SERVER_ERROR,
    Away: status.HTTP_503_SERVICE_UNAVAILABLE,
    Busy: status.HTTP_503_SERVICE_UNAVAILABLE,
}


class TooLarge(exceptions.APIException):
    """A body of more than `DATA_UPLOAD_MAX_MEMORY_SIZE` (HTTP 413)."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code, default_detail = "body_too_large", "This is more than can be sent at once."


def status_of(refusal: Refused) -> int:
    """HTTP status of a refusal; 400 where the class says nothing more special (API.md, v1)."""
    return next((STATUS_OF[kind] for kind in type(refusal).__mro__ if kind in STATUS_OF), status.HTTP_400_BAD_REQUEST)


def pause_of(refusal: Refused) -> str:
    """`Retry-After` of a refusal that knows when it is worth another try, or nothing."""
    return str(refusal.retry_after or "") if isinstance(refusal, TooMany | Away | Broken) else ""


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: `{"code", "detail", "errors"?}` for everything that goes wrong."""
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("database unavailable: %s", type(error.__cause__).__name__)
        error = Busy("The service is catching its breath. Please try again.")
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, Refused):
        set_rollback()
        response = Response({"code": error.code, "detail": error.detail, **error.extra}, status_of(error))
        if response.status_code in {409, 503} and error.code in {"busy", "idempotency_in_progress"}:
            response["Retry-After"] = RETRY_SECONDS
        if pause := pause_of(error):
            response["Retry-After"] = pause
        return _challenged(response, error)
    answer = exception_handler(error, context)
    if answer is not None:
        answer.data = _body(error, answer.data)
        _challenged(answer, error)
    return answer


def _challenged(response: Response, error: Exception) -> Response:
    """With what the error says of the credentials that are wanted (RFC 6750, 3)."""
    if challenge := getattr(error, "challenge", ""):
        response["WWW-Authenticate"] = challenge
    return response


def _body(error: Exception, data: Any) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        errors = data if isinstance(data, dict) else {"non_field_errors": data}
        return {"code": "invalid", "detail": "Some of what was sent is not right.", "errors": errors}
    if isinstance(error, Http404):
        return {"code": "not_found", "detail": "There is no such thing here."}
    if isinstance(error, PermissionDenied):
        return {"code": "permission_denied", "detail": "You may not do that."}
    detail = data.get("detail", "") if isinstance(data, dict) else ""
    return {"code": getattr(detail, "code", "error"), "detail": str(detail)}
