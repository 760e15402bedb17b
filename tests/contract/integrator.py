"""Somebody who integrates: plain HTTP to a running server, with what a tenant gave out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from django_tenants.utils import tenant_context

from schemas.clock import database_now
from tests.servers import Server
from tests.till import Till
from tests.worlds import World

BERLIN = ZoneInfo("Europe/Berlin")
V1 = "/api/v1"


@dataclass
class House:
    """A running server, its two tenants, and where Alpha is paid."""

    server: Server
    alpha: World
    beta: World
    till: Till
    _taken: list[int] = field(default_factory=list)

    def client(
        self, who: str | None = None, at: World | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Client:
        """A client at Alpha's host, or another's, with the token of one of Alpha's people."""
        host = {"Host": (at or self.alpha).host}
        signed = {"Authorization": f"Token {self.alpha.tokens[who]}"} if who else {}
        return httpx.Client(base_url=self.server.url, headers={**host, **signed, **(headers or {})}, timeout=60)

    @contextmanager
    def inside(self) -> Iterator[World]:
        """Alpha's schema, to look at and arrange what is in it."""
        with tenant_context(self.alpha.tenant):
            yield self.alpha

    def hour(self) -> datetime:
        """The start of an hour, on Berlin's wall, that no other test takes; each later than the one before."""
        self._taken.append(1)
        days, third = divmod(len(self._taken), 3)
        today = database_now().astimezone(BERLIN).date()
        midnight = datetime.combine(today + timedelta(days=1 + days), datetime.min.time(), BERLIN)
        return midnight.replace(hour=10 + 3 * third)

    def wish(self, resource: int | None = None, **changes: Any) -> dict[str, Any]:
        """The body of a booking of an hour that is free."""
        start = self.hour()
        times = {"start_datetime": start.isoformat(), "end_datetime": (start + timedelta(hours=1)).isoformat()}
        return {"resource": resource or self.alpha.court_1, **times, **changes}

    def booked(self, who: str = "guest", **changes: Any) -> dict[str, Any]:
        """A booking, as answered."""
        with self.client(who) as client:
            answer = client.post(f"{V1}/bookings/", json=self.wish(**changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def pay(self, booking_id: str, who: str = "guest") -> str:
        """The customer pays with a card, and the booking hears of it; the id of the intent."""
        with self.client(who) as client:
            intent = client.post(f"{V1}/bookings/{booking_id}/create-payment-intent/").json()["payment_intent_id"]
            assert self.till.pay(intent) == "succeeded"
            assert client.post(f"{V1}/bookings/{booking_id}/payments/refresh/").status_code == 200
        return str(intent)
