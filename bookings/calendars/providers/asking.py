"""Asking a calendar's server: what did not come back, or came back as "not now", in the words of this package."""

import json
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from bookings.calendars.providers import Dead, Later, Rejected
from outside import client
from outside.client import Answer, Limits, Unreachable

LIMITS = Limits(seconds=10.0, max_bytes=5_000_000)
LASTING = frozenset({"address_refused", "bad_url"})
"""What trying again does not change: somebody has to give another address."""
NOT_NOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
BROKEN = 500
GOOD = range(200, 300)
LONGEST_AFTER = timedelta(days=1)


def ask(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, limits: Limits = LIMITS
) -> Answer:
    """What a server says, unless that is "not now". Raises `Later`, and `Dead` for an address that cannot be asked."""
    try:
        answer = client.ask(method, url, headers=headers, body=body, limits=limits)
    except Unreachable as error:
        if error.code in LASTING:
            raise Dead(error.code) from error
        raise Later(error.code) from error
    if answer.status in NOT_NOW or answer.status >= BROKEN:
        raise Later(f"status_{answer.status}", after(answer))
    return answer


def after(answer: Answer) -> timedelta | None:
    """What `Retry-After` says (RFC 9110, 10.2.3): seconds, or a date, which counts from the answer's own."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdecimal() and len(said) <= len("999999"):
        return min(timedelta(seconds=int(said)), LONGEST_AFTER)
    try:
        wait = parsedate_to_datetime(said) - parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(wait, timedelta()), LONGEST_AFTER)


def read(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer. Raises `Later`: whoever answers with something else is not well."""
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise Later("bad_answer") from error
    if not isinstance(found, dict):
        raise Later("bad_answer")
    return found


def refused(answer: Answer) -> Rejected:
    """What an answer that nobody foresaw comes to."""
    return Rejected(f"status_{answer.status}")
