"""A marketplace at Alpha: its app, its calls, and what it books."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from tests.bookings.scenes import at
from tests.oauth.asking import BACK, PARTNER, Registered, registered
from tests.worlds import World
from venues.models import Product, Resource

ROOT = "/api/partner/v1/"
SHOP = "https://shop.example"
GINA = {"email": "gina@example.org", "phone": "+49 89 1234567", "name": "Gina Guest"}
DONE, NOT_DONE = f"{SHOP}/thanks?order=7", f"{SHOP}/basket"
BOOKING = {
    *("id", "referenceCode", "status", "productId", "productName", "spaceId", "spaceName", "venueName", "venueAddress"),
    *("slot", "durationMinutes", "expiresAt", "name", "email", "phone", "additionalProducts", "totalPrice"),
    *("paid", "currency", "paymentUrl", "confirmedAt", "paidAt", "cancelledAt", "createdAt", "updatedAt"),
}


class Partner:
    """An app that calls with one token, from a test that runs inside the world's schema, and stays there."""

    def __init__(self, world: World, token: str, app: Registered | None = None) -> None:
        self.world, self.token, self.app = world, token, app
        self.gina = Client(headers={"Host": world.host})
        """The browser of its customer."""

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """`partner.get("slots", {...})`, `partner.post("bookings", {...}, key="once")`."""

        def call(path: str, body: Any = None, *, key: str = "", host: str = "") -> Any:
            headers = {"HTTP_AUTHORIZATION": f"Bearer {self.token}"} if self.token else {}
            headers |= {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
            client = APIClient(**{"HTTP_HOST": host or self.world.host, **headers})  # type: ignore[arg-type]
            client.default_format = "json"
            try:
                return getattr(client, method)(path if path.startswith("/") else ROOT + path, body)
            finally:
                connection.set_tenant(self.world.tenant)  # type: ignore[attr-defined]

        return call

    @property
    def product(self) -> str:
        """Tennis, an hour on either court."""
        return str(Product.objects.get(pk=self.world.tennis).public_id)

    @property
    def court(self) -> str:
        """Court 1."""
        return self.space(self.world.court_1)

    def space(self, resource_id: int) -> str:
        """The name of a resource for partners."""
        return str(Resource.objects.get(pk=resource_id).public_id)

    def slot(self, hour: int = 10, **changes: Any) -> dict[str, Any]:
        """Product, space and slot alone."""
        return {"productId": self.product, "spaceId": self.court, "slot": {"from": at(hour).isoformat()}, **changes}

    def reserved(self, hour: int = 10, **changes: Any) -> str:
        """The id of a new booking."""
        answer = self.post("bookings", self.slot(hour, **changes))
        assert answer.status_code == 201, answer.json()
        return str(answer.json()["id"])

    def patched(self, booking: str, **changes: Any) -> dict[str, Any]:
        """A booking with Gina's details and what else is said, as answered."""
        answer = self.patch(f"bookings/{booking}", {**GINA, **changes})
        assert answer.status_code == 200, answer.json()
        found: dict[str, Any] = answer.json()
        return found

    def confirmed(self, hour: int = 10) -> str:
        """The id of one that is paid on site."""
        booking = self.reserved(hour)
        assert self.patched(booking, status="CONFIRMED", paymentEnabled=False)["status"] == "CONFIRMED"
        return booking

    def status(self, booking: str) -> str:
        """What it is called now."""
        return str(self.get(f"bookings/{booking}").json()["status"])


def partner(world: World, *scopes: str, **changes: Any) -> Partner:
    """A new app of the world's, acting for itself; with all of API.md's scopes unless some are named."""
    app = registered(world, redirect_uris=(BACK,), allowed_origins=(SHOP,), **changes)
    return Partner(world, token_of(app, *scopes), app)


def token_of(app: Registered, *scopes: str) -> str:
    """A token of the app's own."""
    token = app.own_token(scope=" ".join(scopes or PARTNER))
    connection.set_tenant(app.world.tenant)  # type: ignore[attr-defined]
    return token


def for_person(owner: Partner, who: str, *scopes: str) -> Partner:
    """The same app with a token that somebody gave it."""
    assert owner.app is not None
    tokens = owner.app.tokens(who, scope=" ".join(scopes or PARTNER))
    connection.set_tenant(owner.world.tenant)  # type: ignore[attr-defined]
    return Partner(owner.world, tokens["access_token"], owner.app)
