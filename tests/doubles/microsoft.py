"""Microsoft's identity platform and Graph as their documentation shows them: tokens, calendars, events.

Shapes: learn.microsoft.com/graph/api/calendar-post-events, /graph/api/event-update, /graph/errors, /graph/throttling,
and learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.doubles.served import Asked, Double, Says

CALENDAR = "AAMkCourts="
OWNER = "olga@contoso.example"


def error(status: int, code: str) -> Says:
    """An error as Graph words it."""
    return Says(status, {"error": {"code": code, "message": code, "innerError": {"request-id": "r-1"}}})


@dataclass
class Microsoft(Double):
    """One account with a calendar. Ids are Graph's own; one `transactionId` makes one event."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    transactions: set[str] = field(default_factory=set)
    good_tokens: set[str] = field(default_factory=lambda: {"access-1"})
    is_granted: bool = True
    version: int = 0

    def live(self) -> list[dict[str, Any]]:
        """Events that its owner sees."""
        return list(self.events.values())

    def answer(self, asked: Asked) -> Says:
        """By the path."""
        if asked.path.endswith("/token"):
            return self._token()
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.good_tokens:
            return error(401, "InvalidAuthenticationToken")
        if asked.path == "/me":
            return Says(200, {"mail": OWNER, "userPrincipalName": OWNER})
        if asked.path == "/me/calendars":
            return Says(200, {"value": [{"id": CALENDAR, "name": "Courts", "canEdit": True}]})
        if asked.path == f"/me/calendars/{CALENDAR}":
            return Says(200, {"id": CALENDAR})
        if asked.path == f"/me/calendars/{CALENDAR}/events":
            return self._made(asked) if asked.method == "POST" else self._searched(asked)
        return self._event(asked, asked.path.removeprefix("/me/events/"))

    def _token(self) -> Says:
        if not self.is_granted:
            return Says(400, {"error": "invalid_grant", "error_description": "AADSTS70008", "error_codes": [70008]})
        self.version += 1
        token = f"access-{self.version + 1}"
        self.good_tokens.add(token)
        given = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
        return Says(200, {**given, "refresh_token": f"refresh-{self.version + 1}"})

    def _made(self, asked: Asked) -> Says:
        if asked.json["transactionId"] in self.transactions:
            return error(409, "ErrorDuplicateTransactionId")
        self.transactions.add(asked.json["transactionId"])
        return self._written(f"AAMkEvent{len(self.transactions)}=", asked.json, 201)

    def _searched(self, asked: Asked) -> Says:
        wanted = asked.query["$filter"].rpartition("ep/value eq '")[2].removesuffix("')")
        found = [
            {"id": event["id"], "@odata.etag": event["@odata.etag"]}
            for event in self.events.values()
            if wanted in {each["value"] for each in event["singleValueExtendedProperties"]}
        ]
        return Says(200, {"value": found})

    def _event(self, asked: Asked, event_id: str) -> Says:
        known = self.events.get(event_id)
        if known is None:
            return error(404, "ErrorItemNotFound")
        if asked.headers.get("if-match", known["@odata.etag"]) != known["@odata.etag"]:
            return error(412, "ErrorIrresolvableConflict")
        if asked.method == "DELETE":
            del self.events[event_id]
            return Says(204)
        return self._written(event_id, {**known, **asked.json}, 200)

    def _written(self, event_id: str, body: dict[str, Any], status: int) -> Says:
        self.version += 1
        self.events[event_id] = {**body, "id": event_id, "@odata.etag": f'W/"{self.version}"'}
        return Says(status, self.events[event_id])
