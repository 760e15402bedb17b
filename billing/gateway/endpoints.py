"""Webhook endpoints at Stripe: where it sends the events of the platform's account, and of connected ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import stripe

from billing.gateway.client import API_VERSION, api, ask, key, on


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as Stripe has it. `secret` is told once, when it is made."""

    id: str
    url: str
    version: str
    kinds: frozenset[str]
    is_enabled: bool
    secret: str = ""


def listed() -> list[Endpoint]:
    """All endpoints of the platform, the newest first."""
    return ask(lambda: [_facts(each) for each in api().v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()])


def make(url: str, kinds: Iterable[str], *, of_connected: bool) -> Endpoint:
    """A new endpoint with the pinned version, and its secret.

    Its key is random: an endpoint that was deleted at Stripe must not come back as the answer kept for a day.
    """
    params: dict[str, Any] = {"url": url, "enabled_events": sorted(kinds), "api_version": API_VERSION}
    params |= {"connect": of_connected, "description": "Forecourt"}
    options = on("", key("webhook-endpoint", uuid4()))
    return _facts(ask(lambda: api().v1.webhook_endpoints.create(cast(Any, params), options)))


def change(endpoint: Endpoint, kinds: Iterable[str]) -> Endpoint:
    """Have it told of exactly these events, and switch it on if Stripe has switched it off."""
    params: dict[str, Any] = {"enabled_events": sorted(kinds), "disabled": False}
    return _facts(ask(lambda: api().v1.webhook_endpoints.update(endpoint.id, cast(Any, params))))


def remove(endpoint: Endpoint) -> None:
    """Delete it: nothing is sent there any more."""
    ask(lambda: api().v1.webhook_endpoints.delete(endpoint.id))


def _facts(endpoint: stripe.WebhookEndpoint) -> Endpoint:
    return Endpoint(
        id=endpoint.id,
        url=endpoint.url,
        version=endpoint.api_version or "",
        kinds=frozenset(endpoint.enabled_events),
        is_enabled=endpoint.status == "enabled",
        secret=getattr(endpoint, "secret", None) or "",
    )
