"""OAuth 2 as Google and Microsoft speak it: the way to a code (RFC 6749, with PKCE of RFC 7636), tokens, new tokens.

Tokens lie in `Connection.sealed`, as the vault seals them. A refresh token that was taken back is `Dead`.
"""

import base64
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from bookings.calendars.providers import Dead, Later
from bookings.calendars.providers.asking import GOOD, ask, read
from bookings.models.calendars import Connection
from outside import vault
from outside.client import Answer
from schemas.clock import database_now
from schemas.transactions import transact

log = logging.getLogger(__name__)

EARLY = timedelta(minutes=1)
"""A token is renewed so long before it ends."""
USUAL_SECONDS = 3600
TAKEN_BACK = frozenset({"invalid_grant", "interaction_required", "consent_required"})
"""The owner has to sign in again (RFC 6749, 5.2; Microsoft adds the other two)."""
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


@dataclass(frozen=True)
class Issuer:
    """Who gives out tokens. Functions, since settings are read when they are needed."""

    client: Callable[[], tuple[str, str]]
    authorize_url: Callable[[], str]
    token_url: Callable[[], str]
    scope: str
    asks: Mapping[str, str]

    @property
    def is_offered(self) -> bool:
        """Whether the platform is known there."""
        return bool(self.client()[0])


@dataclass(frozen=True)
class Tokens:
    """What was given out. `expires_at` is ISO 8601, UTC."""

    access: str
    refresh: str
    expires_at: str

    def sealed(self) -> str:
        """For `Connection.sealed`."""
        return vault.seal(json.dumps(asdict(self)))

    @classmethod
    def of(cls, sealed: str) -> "Tokens":
        """What was sealed; raises `Dead` where it cannot be opened."""
        try:
            return cls(**json.loads(vault.unseal(sealed)))
        except (vault.Sealed, TypeError, ValueError) as error:
            raise Dead("sealed") from error


def challenge(verifier: str) -> str:
    """What goes out of a PKCE verifier (RFC 7636, 4.2: S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def address(issuer: Issuer, redirect_uri: str, state: str, verifier: str) -> str:
    """Where the owner is sent to agree."""
    query = {
        "client_id": issuer.client()[0],
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": issuer.scope,
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **issuer.asks,
    }
    return f"{issuer.authorize_url()}?{urlencode(query)}"


def redeem(issuer: Issuer, code: str, verifier: str, redirect_uri: str) -> Tokens:
    """Tokens for a code. Raises `Dead` where it is good for nothing (any more), `Later`."""
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": redirect_uri}
    given = _ask(issuer, fields)
    if not given.get("refresh_token"):
        raise Dead("no_refresh_token")
    return _tokens(given, "")


def send(
    issuer: Issuer, connection: Connection, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> Answer:
    """Ask an API in the owner's name; a token that ended is renewed first. A second 401 is `Dead("unauthorized")`."""
    token = _current(issuer, connection)
    answer = ask(method, url, {**headers, "Authorization": f"Bearer {token}"}, body)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        token = _renewed(issuer, connection)
        answer = ask(method, url, {**headers, "Authorization": f"Bearer {token}"}, body)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        raise Dead("unauthorized")
    return answer


def _current(issuer: Issuer, connection: Connection) -> str:
    tokens = Tokens.of(connection.sealed)
    if datetime.fromisoformat(tokens.expires_at) - EARLY > database_now():
        return tokens.access
    return _renewed(issuer, connection)


def _renewed(issuer: Issuer, connection: Connection) -> str:
    old = Tokens.of(connection.sealed)
    given = _ask(issuer, {"grant_type": "refresh_token", "refresh_token": old.refresh})
    tokens = _tokens(given, old.refresh)
    before, connection.sealed = connection.sealed, tokens.sealed()
    if connection.pk:
        # Whoever connected it again meanwhile has better ones.
        mine = Connection.objects.filter(pk=connection.pk, sealed=before)
        transact(lambda: mine.update(sealed=connection.sealed))
    return tokens.access


def _tokens(given: Mapping[str, Any], refresh: str) -> Tokens:
    seconds = str(given.get("expires_in", ""))
    lasts = timedelta(seconds=int(seconds) if seconds.isdecimal() else USUAL_SECONDS)
    # Microsoft gives a new refresh token each time, Google keeps the old one.
    refresh = str(given.get("refresh_token") or refresh)
    return Tokens(str(given["access_token"]), refresh, (database_now() + lasts).astimezone(UTC).isoformat())


def _ask(issuer: Issuer, fields: Mapping[str, str]) -> dict[str, Any]:
    client_id, secret = issuer.client()
    body = urlencode({"client_id": client_id, "client_secret": secret, **fields}).encode()
    answer = ask("POST", issuer.token_url(), FORM, body)
    said = read(answer)
    if answer.status in GOOD and isinstance(said.get("access_token"), str):
        return said
    if said.get("error") in TAKEN_BACK:
        raise Dead("invalid_grant")
    # `invalid_client` and its like are the platform's own fault: no reason to have owners connect again.
    log.error("token refused by %s: %s", issuer.token_url(), answer.status)
    raise Later("client_refused")
