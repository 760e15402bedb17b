"""Stripe's errors: what a handler raises, and the JSON and status that the caller gets."""

from http import HTTPStatus
from typing import Any

Json = dict[str, Any]

BAD_REQUEST = HTTPStatus.BAD_REQUEST
INVALID_REQUEST = "invalid_request_error"


class Problem(Exception):
    """An error that Stripe would answer: `status`, and `type`, `code`, `param` ... of its `error` object.

    What the handler had changed before it stays: a declined card leaves a failed charge behind.
    """

    def __init__(self, message: str, *, status: int = BAD_REQUEST, type: str = INVALID_REQUEST, **error: Any) -> None:  # noqa: A002
        super().__init__(message)
        self.status = int(status)
        self.error: Json = {"type": type, "message": message, **{name: each for name, each in error.items() if each}}

    def body(self, request_id: str) -> Json:
        """The answer's JSON; objects inside are already in their outside shape."""
        error = dict(self.error)
        if code := error.get("code"):
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{str(code).replace('_', '-')}"
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def missing(kind: str, identity: str, param: str | None = "id") -> Problem:
    """`resource_missing`: it does not exist, or belongs to another account; as 404, or 400 when it was a parameter."""
    status = HTTPStatus.NOT_FOUND if param in {"id", None} else HTTPStatus.BAD_REQUEST
    return Problem(f"No such {kind}: '{identity}'", status=status, code="resource_missing", param=param)


def not_given(param: str) -> Problem:
    """A required parameter is not there."""
    return Problem(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unauthorized(message: str) -> Problem:
    """401: no key, or a key that no test account has."""
    return Problem(message, status=HTTPStatus.UNAUTHORIZED)
