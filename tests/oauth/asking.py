"""A client as a stranger writes one: PKCE, the consent page, and what it sends to the token endpoint."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client as Browser
from django_tenants.utils import tenant_context

from accounts.models import User
from oauth import clients
from oauth.models import AccessToken, Application, Grant, RefreshToken
from tests.isolation.scene import session_of
from tests.worlds import World

BACK = "https://app.example/back?from=forecourt"
PARTNER = ("availability:read", "booking:read", "booking:write", "booking:cancel", "webhook:write")
TABLES: tuple[Any, ...] = (Application, Grant, AccessToken, RefreshToken)


@dataclass
class Registered:
    """A client of a world, with its secret."""

    world: World
    pk: int
    client_id: str
    secret: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def challenge(self) -> str:
        """S256 of the verifier."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def link(self, **changes: str | None) -> str:
        """The way to the consent page; `None` leaves a parameter out."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": BACK,
            "scope": "booking:read booking:write",
            "state": "s 1",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return "/oauth/authorize/?" + urlencode({name: value for name, value in asked.items() if value is not None})

    def at(self, world: World) -> "Registered":
        """The same client, at another tenant."""
        return replace(self, world=world)

    def asked(self, path: str = "token", /, **fields: str | None) -> Any:
        """The answer to a form sent to an endpoint, with the client's name and secret in it."""
        known = {"client_id": self.client_id, "client_secret": self.secret or None, **fields}
        sent = {name: value for name, value in known.items() if value is not None}
        return Browser(headers={"Host": self.world.host}).post(f"/oauth/{path}/", sent)

    def code(self, who: str = "guest", **changes: str | None) -> str:
        """A code, by way of the consent page."""
        answer = browser(self.world, who).post(self.link(**changes), {"allow": "1"})
        assert answer.status_code == 302, answer.content
        return parse_qs(urlsplit(answer["Location"]).query)["code"][0]

    def traded(self, code: str, /, **changes: str | None) -> Any:
        """The answer to a code."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        return self.asked(**{**fields, "code_verifier": self.verifier, **changes})

    def tokens(self, who: str = "guest", **changes: str | None) -> dict[str, Any]:
        """A pair of tokens of somebody."""
        answer = self.traded(self.code(who, **changes))
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def own_token(self, **fields: str | None) -> str:
        """A token of the client itself."""
        answer = self.asked(grant_type="client_credentials", **fields)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["access_token"])

    def refreshed(self, refresh_token: str, /, **fields: str | None) -> Any:
        """The answer to a refresh token."""
        return self.asked(grant_type="refresh_token", refresh_token=refresh_token, **fields)


def browser(world: World, who: str) -> Browser:
    """Somebody who is signed in."""
    found = Browser(headers={"Host": world.host})
    found.cookies["sessionid"] = session_of(world, who)
    return found


def visited(world: World, method: str, link: str) -> Any:
    """The answer to the guest, who looks at the consent page or allows at once."""
    guest = browser(world, "guest")
    return guest.post(link, {"allow": "1"}) if method == "post" else guest.get(link)


def registered(world: World, **changes: Any) -> Registered:
    """A client that the owner has registered: a server with both grants and the partner's scopes."""
    wish = {
        "name": "Kiosk",
        "kind": clients.SERVER,
        "grants": (Application.CODE, Application.CREDENTIALS),
        "scopes": PARTNER,
        "redirect_uris": (BACK,),
        **changes,
    }
    with tenant_context(world.tenant):
        made, secret = clients.register(User.objects.get(pk=world.users["owner"]), clients.Wish(**wish))
    return Registered(world, made.pk, made.client_id, secret)


def api(world: World, token: str) -> Browser:
    """The API with a bearer token."""
    return Browser(headers={"Host": world.host, "Authorization": f"Bearer {token}"})


def rows(world: World) -> dict[str, list[dict[str, Any]]]:
    """Everything that is kept, to compare."""
    with tenant_context(world.tenant):
        return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}
