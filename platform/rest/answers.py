"""Pieces of OpenAPI that all calls share: the shape of errors, headers, parameters, and what a status means."""

from typing import Any, NamedTuple

Node = dict[str, Any]


def _text(description: str, **schema: Any) -> Node:
    return {"description": description, "schema": {"type": "string", **schema}}


def _number(description: str, **schema: Any) -> Node:
    return {"description": description, "schema": {"type": "integer", "minimum": 0, **schema}}


ERROR: Node = {
    "type": "object",
    "description": "Why not. Some codes bring further keys along.",
    "properties": {
        "code": {"type": "string", "description": "Stable: for programs."},
        "detail": {"type": "string", "description": "A sentence for people, in the language that was asked for."},
        "errors": {"type": "object", "additionalProperties": {}, "description": "What is wrong, by field."},
    },
    "required": ["code", "detail"],
    "additionalProperties": {},
}

PROBLEM: Node = {
    "description": "The same as RFC 9457 has it, for who accepts `application/problem+json`.",
    "allOf": [
        {"$ref": "#/components/schemas/Error"},
        {
            "type": "object",
            "properties": {
                "type": {"type": "string", "const": "about:blank"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "instance": {"type": "string", "description": "The path that was asked."},
            },
            "required": ["type", "title", "status", "instance"],
        },
    ],
}

HEADERS: dict[str, Node] = {
    "RetryAfter": _text("Seconds after which another try makes sense."),
    "Challenge": _text("How to sign in, and what the token lacks."),
    "Link": _text("The pages after and before this one (RFC 8288)."),
    "TotalCount": {**_number("How many there are on all pages."), "required": True},
    "Location": {**_text("Where what was made can be read."), "required": True},
    "ETag": _text("Which version this is: for `If-None-Match`, and for `If-Match` where a call takes that."),
    "Replayed": _text("`true` where this is the answer that this `Idempotency-Key` was given before.", const="true"),
    "Limit": _number("How many such calls there may be in the span."),
    "Remaining": _number("How many of them are left."),
    "Reset": _number("Seconds until they begin anew."),
}
LIMITS = {"RateLimit-Limit": "Limit", "RateLimit-Remaining": "Remaining", "RateLimit-Reset": "Reset"}

KEY: Node = {
    "in": "header",
    "name": "Idempotency-Key",
    **_text("1-255 printable characters, kept 24 h", minLength=1, maxLength=255, pattern=r"^[ -~]*[!-~][ -~]*$"),
}
IF_MATCH: Node = {
    "in": "header",
    "name": "If-Match",
    **_text("The `ETag` that the booking had when it was read: 412 where it has changed since."),
}
IF_NONE_MATCH: Node = {
    "in": "header",
    "name": "If-None-Match",
    **_text("The `ETag` of the answer that is known already: 304 where it is still the same."),
}
PAGES: dict[str, Node] = {
    "page": _number("From 1 on; 404 after the last one.", minimum=1),
    "page_size": _number("50 where it is left out; at most 200.", minimum=1),
}


class Meaning(NamedTuple):
    """What a status says: name of the component, words, a code as an example, headers."""

    name: str
    words: str
    code: str
    headers: dict[str, str] = {}


_WAIT = {"Retry-After": "RetryAfter"}
_SIGN_IN = {"WWW-Authenticate": "Challenge"}
MEANINGS: dict[str, Meaning] = {
    "400": Meaning("BadRequest", "It makes no sense, or cannot be done: `code` says why.", "invalid"),
    "401": Meaning("Unauthorized", "No credentials, or bad ones.", "not_authenticated", _SIGN_IN),
    "403": Meaning(
        "Forbidden", "It is somebody else's, or these credentials are not good for it.", "permission_denied", _SIGN_IN
    ),
    "404": Meaning("NotFound", "There is no such thing here.", "not_found"),
    "409": Meaning(
        "Conflict", "It is taken, has changed meanwhile, or the same request is still running.", "busy", _WAIT
    ),
    "410": Meaning("Gone", "It is over.", "hold_expired"),
    "412": Meaning("Changed", "It has changed since it was read; nothing was done.", "precondition_failed"),
    "413": Meaning(
        "TooLarge", "The body has more than may be sent at once, a megabyte for most calls.", "body_too_large"
    ),
    "415": Meaning("WrongType", "The body is not of a type that is read here.", "unsupported_media_type"),
    "422": Meaning("KeyReused", "The `Idempotency-Key` was used with another body.", "idempotency_key_reused"),
    "429": Meaning("TooMany", "Too many requests, holds or failures.", "rate_limited", _WAIT),
    "503": Meaning("Unavailable", "Not now; nothing was changed.", "busy", _WAIT),
}

GENERAL = """

Each call names the scope that an app needs. **Times** are ISO 8601 with an offset; naive ones are refused. **Money**
is a decimal string with the currency's number of decimals. **Errors** are `{"code", "detail", "errors"?}`; `code` is
stable. **Lists** are bare arrays, in pages, with `Link` and `X-Total-Count`. **`Idempotency-Key`** on whatever
changes something: the same request again gives the same answer. A parameter without a value is as one that is not
there.
"""
"""What is said at the top of every description."""
