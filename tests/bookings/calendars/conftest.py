"""Calendars elsewhere: a real CalDAV server, and doubles of those who cannot be reached."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bookings.calendars.elsewhere import Elsewhere, at_google, at_microsoft, at_radicale
from tests.doubles.google import Google
from tests.doubles.microsoft import Microsoft
from tests.doubles.served import served
from tests.radicale import PEOPLE, Radicale, radicale


@pytest.fixture(scope="session")
def radicale_server() -> Iterator[Radicale]:
    """One server for all; each test makes calendars of its own."""
    with radicale() as server:
        yield server


@pytest.fixture
def caldav(radicale_server: Radicale) -> Iterator[Radicale]:
    """The server, with everybody's password in order."""
    people = radicale_server.folder / "people"
    people.write_text("".join(f"{name}:{password}\n" for name, password in PEOPLE.items()))
    yield radicale_server
    people.write_text("".join(f"{name}:{password}\n" for name, password in PEOPLE.items()))


@pytest.fixture
def google(settings: Any) -> Iterator[Google]:
    """Google's double, at which the platform is known."""
    double = Google()
    with served(double):
        settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "forecourt.apps", "google-secret"
        settings.GOOGLE_API_URL = double.url
        settings.GOOGLE_TOKEN_URL = f"{double.url}/token"
        yield double


@pytest.fixture
def microsoft(settings: Any) -> Iterator[Microsoft]:
    """Microsoft's double, at which the platform is known."""
    double = Microsoft()
    with served(double):
        settings.MICROSOFT_CLIENT_ID, settings.MICROSOFT_CLIENT_SECRET = "forecourt-app", "microsoft-secret"
        settings.MICROSOFT_API_URL = double.url
        settings.MICROSOFT_OAUTH_URL = f"{double.url}/common/oauth2/v2.0"
        yield double


@pytest.fixture(params=["google", "microsoft", "caldav"])
def elsewhere(request: pytest.FixtureRequest) -> Elsewhere:
    """A calendar of each kind in turn."""
    makers: dict[str, Callable[..., Elsewhere]] = {
        "google": at_google,
        "microsoft": at_microsoft,
        "caldav": at_radicale,
    }
    return makers[request.param](request.getfixturevalue(request.param))
