"""Faults that a test orders: which requests, what happens to them, how often."""

import re
import threading
from typing import Any

from embedded.sandbox.problems import Json, Problem

DOES = ("timeout_before", "timeout_after", "status", "slow")
STATUS_WORDS: dict[int, tuple[str, str | None, str]] = {
    409: ("invalid_request_error", "lock_timeout", "Another API request is accessing this object."),
    429: ("rate_limit_error", "rate_limit", "Too many requests hit the API too quickly."),
    500: ("api_error", None, "An unknown error occurred"),
    503: ("api_error", None, "Stripe is temporarily unavailable."),
}  # fmt: skip


class Faults:
    """The rules that are left; the first that matches a request is used up by it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rules: list[Json] = []

    def order(self, rules: list[Json]) -> list[Json]:
        """Replace the rules. Raises ValueError for one that says nothing sensible."""
        for rule in rules:
            if rule.get("do") not in DOES:
                raise ValueError(f"`do` is one of {DOES}")
            re.compile(rule.get("path", ""))
        with self.lock:
            self.rules = [{**rule, "left": rule.get("times", 1)} for rule in rules]
            return list(self.rules)

    def take(self, method: str, path: str, account: str) -> Json:
        """The fault for this request, or {}."""
        with self.lock:
            for rule in self.rules:
                if rule["left"] > 0 and _fits(rule, method, path, account):
                    if rule.get("skip", 0) > 0:
                        rule["skip"] -= 1
                        continue
                    rule["left"] -= 1
                    return rule
        return {}


def problem(status: int) -> Problem:
    """What Stripe says with this status."""
    kind, code, message = STATUS_WORDS.get(status, ("api_error", None, "Something went wrong."))
    return Problem(message, status=status, type=kind, code=code)


def _fits(rule: Json, method: str, path: str, account: str) -> Any:
    return (
        rule.get("method", method) == method
        and rule.get("account", account) == account
        and re.search(rule.get("path", ""), path) is not None
    )
