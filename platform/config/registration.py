"""Whether Stripe sends us what the table of `config.webhooks` names, and making it so."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from billing.gateway import endpoints
from billing.gateway.client import API_VERSION
from billing.gateway.endpoints import Endpoint
from config import webhooks


@dataclass(frozen=True, slots=True)
class Finding:
    """What is the matter with one endpoint; nothing, where `faults` is empty.

    `current` is the one at Stripe that serves our address with the pinned version, `old` are the others there.
    """

    name: str
    url: str
    current: Endpoint | None
    old: tuple[Endpoint, ...]

    @property
    def faults(self) -> list[str]:
        """What differs, in words."""
        if self.current is None:
            return [f"there is none with version {API_VERSION}", *self._old]
        wanted = set(webhooks.kinds_of(self.name))
        faults = [f"is not told of {kind}" for kind in sorted(wanted - self.current.kinds)]
        faults += [f"is told of {kind}" for kind in sorted(self.current.kinds - wanted)]
        faults += [] if self.current.is_enabled else ["is switched off"]
        return [*faults, *self._old]

    @property
    def _old(self) -> list[str]:
        return [f"{each.id} with version {each.version or 'of the account'} is there too" for each in self.old]


def variable(name: str) -> str:
    """The environment variable in which an endpoint's secret is kept."""
    return f"STRIPE_WEBHOOK_SECRET_{name.upper()}"


def look(base_url: str) -> list[Finding]:
    """How both endpoints at `https://platform.host` stand at Stripe. Network. Raises ValueError for another URL."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise ValueError("Give the platform's address, such as https://forecourt.example")
    if settings.STRIPE_LIVE and parts.scheme != "https":
        raise ValueError("Stripe sends live events to https only")
    listed = endpoints.listed()
    return [_finding(name, f"{parts.scheme}://{parts.netloc}", listed) for name in webhooks.ENDPOINTS]


def _finding(name: str, base: str, listed: list[Endpoint]) -> Finding:
    url = base + reverse(f"stripe-webhooks-{name}", urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    there = [endpoint for endpoint in listed if endpoint.url == url]
    current = next((endpoint for endpoint in there if endpoint.version == API_VERSION), None)
    return Finding(name, url, current, tuple(endpoint for endpoint in there if endpoint is not current))


def put_right(finding: Finding) -> str:
    """Make or change the endpoint; its secret if it is new, else an empty text. Old ones stay. Network."""
    kinds = webhooks.kinds_of(finding.name)
    if finding.current is None:
        return endpoints.make(finding.url, kinds, of_connected=finding.name == webhooks.CONNECT).secret
    if finding.current.kinds != set(kinds) or not finding.current.is_enabled:
        endpoints.change(finding.current, kinds)
    return ""


def retire(finding: Finding) -> int:
    """Delete the old endpoints at this address, once the new one's secret is in place; how many. Network."""
    for endpoint in finding.old:
        endpoints.remove(endpoint)
    return len(finding.old)
