"""Google as its documentation shows it: tokens, the list of calendars, and events under ids that the client chose.

Shapes: developers.google.com/workspace/calendar/api/v3/reference, .../guides/errors, and
developers.google.com/identity/protocols/oauth2/web-server.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.doubles.served import Asked, Double, Says

CALENDAR = "courts@group.calendar.google.com"
OWNER = "olga@gmail.example"


def error(status: int, reason: str, domain: str = "global") -> Says:
    """An error as the API words it."""
    rows = [{"domain": domain, "reason": reason, "message": reason}]
    return Says(status, {"error": {"errors": rows, "code": status, "message": reason}})


@dataclass
class Google(Double):
    """One account with two calendars; `events` are those of the first, deleted ones as `cancelled`."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    good_tokens: set[str] = field(default_factory=lambda: {"access-1"})
    is_granted: bool = True
    version: int = 0

    def live(self) -> list[dict[str, Any]]:
        """Events that its owner sees."""
        return [event for event in self.events.values() if event["status"] != "cancelled"]

    def answer(self, asked: Asked) -> Says:
        """By the path."""
        if asked.path == "/token":
            return self._token(asked)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.good_tokens:
            return error(401, "authError")
        if asked.path.startswith("/users/me/calendarList"):
            return self._calendars(asked)
        base = f"/calendars/{CALENDAR}/events"
        if not asked.path.startswith(base):
            return error(404, "notFound")
        return self._events(asked, asked.path.removeprefix(base).strip("/"))

    def _token(self, asked: Asked) -> Says:
        if not self.is_granted:
            said = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
            return Says(400, said)
        self.version += 1
        token = f"access-{self.version + 1}"
        self.good_tokens.add(token)
        given: dict[str, Any] = {"access_token": token, "expires_in": 3599, "token_type": "Bearer", "scope": "calendar"}
        if asked.form["grant_type"] == "authorization_code":
            given["refresh_token"] = "refresh-1"
        return Says(200, given)

    def _calendars(self, asked: Asked) -> Says:
        primary = {"kind": "calendar#calendarListEntry", "id": OWNER, "summary": OWNER, "accessRole": "owner"}
        if asked.path.endswith("/primary"):
            return Says(200, {**primary, "primary": True})
        shared = {"id": CALENDAR, "summary": "Courts", "accessRole": "writer"}
        read = {"id": "holidays", "summary": "Holidays", "accessRole": "reader"}
        return Says(200, {"kind": "calendar#calendarList", "items": [primary, shared, read]})

    def _events(self, asked: Asked, event_id: str) -> Says:
        if asked.method == "POST":
            event_id = asked.json["id"]
            if event_id in self.events:
                return error(409, "duplicate")
        elif not event_id:
            return Says(200, {"kind": "calendar#events"})
        elif event_id not in self.events:
            return error(404, "notFound")
        known = self.events.get(event_id)
        if asked.method == "GET":
            return Says(200, known)
        if known and asked.headers.get("if-match", known["etag"]) != known["etag"]:
            return error(412, "conditionNotMet")
        if asked.method == "DELETE" and known:
            if known["status"] == "cancelled":
                return error(410, "deleted")
            self.version += 1
            known.update(status="cancelled", etag=f'"{self.version}"')
            return Says(204)
        self.version += 1
        self.events[event_id] = {**asked.json, "kind": "calendar#event", "id": event_id, "etag": f'"{self.version}"'}
        return Says(200, self.events[event_id])
