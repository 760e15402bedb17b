"""Where whoever pays a partner's booking returns to: addresses of its app's own, kept with the booking (T28).

An address is one whose scheme, host and port are those of an address that the owner registered for the app. That is
looked at when it is given and again when somebody is sent there: an app that was removed sends nobody anywhere.
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from bookings.agents import client_of
from bookings.models import Booking, WayBack
from kernel.errors import Invalid
from oauth.clients import is_address
from oauth.models import Application

PORTS = {"https": 443, "http": 80}
Origin = tuple[str, str, int | None]


@dataclass(frozen=True, slots=True)
class Ways:
    """Where to, when it is paid and when they give up; empty for nowhere. `host` is what people read of it."""

    success: str = ""
    cancel: str = ""

    @property
    def host(self) -> str:
        """The host that they lead to."""
        return urlsplit(self.success or self.cancel).hostname or ""


def check(agent: str, url: str, field: str) -> None:
    """Raise `Invalid("bad_return_url")` unless the app may send people there."""
    client = client_of(agent)
    if client is None or not _is_own(client, url):
        told = _("People return to https:// addresses at hosts that are registered for this app.")
        raise Invalid("bad_return_url", told, {"errors": {field: [told]}})


def keep(booking: Booking, success: str, cancel: str) -> None:
    """Keep where to return to, in place of what was kept before."""
    WayBack.objects.update_or_create(booking=booking, defaults={"success_url": success, "cancel_url": cancel})


def of(booking: Booking) -> Ways:
    """Where who pays a booking returns to, if its app still may send people there; no query for other bookings."""
    kept = WayBack.objects.filter(booking=booking).first() if booking.agent else None
    client = client_of(booking.agent) if kept else None
    if kept is None or client is None or not client.is_enabled:
        return Ways()
    return Ways(*(url if url and _is_own(client, url) else "" for url in (kept.success_url, kept.cancel_url)))


def _is_own(client: Application, url: str) -> bool:
    if not is_address(url) or "//" in urlsplit(url).path:
        return False
    known = [*client.redirect_uris.split(), *client.allowed_origins.split()]
    return _origin(urlsplit(url)) in {_origin(urlsplit(each)) for each in known}


def _origin(parts: SplitResult) -> Origin:
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme)
