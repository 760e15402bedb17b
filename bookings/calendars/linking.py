"""Signing in at Google or Microsoft and coming back: to the same browser, person and tenant, or not at all (T27).

There is one address that providers send people back to, at the platform's host. `state` says, signed, which tenant
sent them; what it is checked against, and PKCE's verifier, stay in the session at that tenant's host.
"""

import secrets
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from bookings.calendars import finding
from bookings.calendars.finding import Found
from bookings.calendars.providers import Choice, Trouble, oauth
from kernel.errors import Invalid, NotFound
from schemas.current import current_schema
from schemas.keys import salt
from tenants.addresses import address
from tenants.models import Tenant

PURPOSE = "calendar-link"
SECONDS = 900
"""So long somebody may take at the provider's pages."""
KEPT = "calendar_link"
OPENED = "calendar_opened"
RETURN_PATH = "/calendars/returned/"
LANDING_PATH = "/desk/calendars/returned/"
LONGEST_STATE, LONGEST_CODE, LONGEST_SCHEMA = 500, 4000, 63
MARK = "~"
MOST_CHOICES = 200

Session = MutableMapping[str, Any]


@dataclass(frozen=True)
class Journey:
    """Somebody on the way to a provider and back. `again` is the connection that is to be opened anew, or 0."""

    provider: str
    nonce: str
    verifier: str
    user_id: int
    again: int = 0


def return_address(provider: str) -> str:
    """What is registered at the provider: one address for all tenants."""
    scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{scheme}://{settings.BASE_DOMAIN}{port}{RETURN_PATH}{provider}/"


def leave(provider: str, session: Session, user_id: int, again: int = 0) -> str:
    """Where to send somebody who wants to connect; raises `NotFound` where this provider is not offered."""
    issuer = finding.ISSUERS.get(provider)
    if issuer is None or not issuer.is_offered:
        raise NotFound("not_offered", _("This calendar cannot be connected here."))
    journey = Journey(provider, secrets.token_urlsafe(24), secrets.token_urlsafe(48), user_id, again)
    session[KEPT] = asdict(journey)
    state = f"{current_schema()}{MARK}{signing.dumps(journey.nonce, salt=salt(PURPOSE))}"
    return oauth.address(issuer, return_address(provider), state, journey.verifier)


def landing(provider: str, state: str, answer: dict[str, str]) -> str:
    """Where the platform's host sends on who comes back: to the tenant of the state, with what they brought.

    Raises `NotFound` for a state that we did not sign, that is too old, or whose tenant is not there.
    """
    schema = state.partition(MARK)[0]
    tenant = Tenant.objects.filter(schema_name=schema[:LONGEST_SCHEMA], state__in=Tenant.AT_WORK).first()
    if tenant is None:
        raise _lost()
    with tenant_context(tenant):
        _nonce_of(state)
    brought = {"state": state, **{name: value[:LONGEST_CODE] for name, value in answer.items() if value}}
    return f"{address(tenant, f'{LANDING_PATH}{provider}/')}?{urlencode(brought)}"


def arrive(provider: str, session: Session, user_id: int, state: str, code: str) -> tuple[Found, int]:
    """The account that was opened, and the connection that it is for (0: a new one). Asks the network.

    Raises `NotFound` unless this person left from here, in this session and this tenant, and comes back once;
    `Invalid` where the provider says no.
    """
    kept = session.pop(KEPT, None)
    nonce = _nonce_of(state)
    journey = Journey(**kept) if kept else None
    if (
        journey is None
        or (journey.provider, journey.user_id) != (provider, user_id)
        or not secrets.compare_digest(journey.nonce, nonce)
    ):
        raise _lost()
    if not code:
        raise Invalid("not_agreed", _("You did not agree, so nothing was connected."))
    try:
        tokens = oauth.redeem(finding.ISSUERS[provider], code, journey.verifier, return_address(provider))
    except Trouble as trouble:
        raise finding.refusal(trouble) from trouble
    return finding.calendars_of(provider, tokens.sealed()), journey.again


def keep(session: Session, found: Found) -> None:
    """Keep an opened account until one of its calendars is chosen; what opens it lies there sealed."""
    session[OPENED] = {"provider": found.provider, "sealed": found.sealed, "account": found.account}
    session[OPENED]["choices"] = [asdict(choice) for choice in found.choices[:MOST_CHOICES]]


def opened(session: Session) -> Found:
    """The account that was kept; raises `NotFound` where there is none."""
    kept = session.get(OPENED)
    if not kept:
        raise NotFound("not_found", _("Please connect the calendar again."))
    choices = tuple(Choice(**choice) for choice in kept["choices"])
    return Found(kept["provider"], kept["account"], kept["sealed"], choices)


def forget(session: Session) -> None:
    """It was connected, or nobody wants it any more."""
    session.pop(OPENED, None)


def _nonce_of(state: str) -> str:
    """What a state says that was made in this schema, not long ago; raises `NotFound` for any other."""
    schema, _mark, signed = state.partition(MARK)
    if len(state) > LONGEST_STATE or schema != current_schema():
        raise _lost()
    try:
        return str(signing.loads(signed, salt=salt(PURPOSE), max_age=SECONDS))
    except signing.BadSignature as error:
        raise _lost() from error


def _lost() -> NotFound:
    return NotFound("link_over", _("This way back leads nowhere. Please begin again at Calendars."))
