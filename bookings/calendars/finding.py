"""The calendars of an account that opened to us, and how its provider is asked for them: all asks the network."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from bookings.calendars import health
from bookings.calendars.providers import Account, Choice, Trouble, caldav, google, microsoft
from bookings.calendars.providers.oauth import Issuer
from bookings.calendars.providers.webdav import Login
from bookings.models.calendars import Connection
from kernel.errors import Invalid, Refused
from outside import client

Provider = Connection.Provider
ISSUERS: dict[str, Issuer] = {Provider.GOOGLE: google.ISSUER, Provider.MICROSOFT: microsoft.ISSUER}
"""Providers whose owners sign in at the provider's own pages."""
ACCOUNTS: dict[str, Callable[[str], Account]] = {
    Provider.GOOGLE: google.account,
    Provider.MICROSOFT: microsoft.account,
}


@dataclass(frozen=True)
class Found:
    """An account that opened to us. `sealed` is what opens it, for this tenant alone."""

    provider: str
    account: str
    sealed: str
    choices: tuple[Choice, ...]

    def choice(self, remote_id: str) -> Choice:
        """One of its calendars; raises `Invalid`."""
        for choice in self.choices:
            if choice.remote_id == remote_id:
                return choice
        raise Invalid("unknown_calendar", _("There is no such calendar in this account."))


def offered() -> list[str]:
    """Providers that can be connected: CalDAV and addresses always, the others where the platform is known there."""
    return [*(name for name, issuer in ISSUERS.items() if issuer.is_offered), Provider.CALDAV, Provider.ICS]


def discover(url: str, username: str, password: str) -> Found:
    """Look for somebody's calendars by CalDAV. Raises `Invalid` with the trouble's code. Asks the network."""
    login = Login(username, password)
    try:
        client.check(url)
        found = caldav.account(url, login)
    except (Trouble, client.Unreachable) as trouble:
        raise refusal(trouble) from trouble
    return Found(Provider.CALDAV, found.name, login.sealed(), tuple(found.choices))


def calendars_of(provider: str, sealed: str) -> Found:
    """The calendars of an account whose owner has signed in. Raises `Invalid`. Asks the network."""
    try:
        found = ACCOUNTS[provider](sealed)
    except Trouble as trouble:
        raise refusal(trouble) from trouble
    return Found(provider, found.name, sealed, tuple(found.choices))


def refusal(trouble: Trouble | client.Unreachable) -> Refused:
    """Trouble with a calendar, as somebody is told who waits for it."""
    return Invalid(f"calendar_{trouble.code}", health.words_of(trouble.code))
