"""One sandbox per module, forgotten between its tests; no database anywhere."""

from collections.abc import Iterator

import pytest

from tests import sandbox as running
from tests.embedded.sandbox.venue import Venue
from tests.sandbox import Sandbox


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with running.sandbox() as started:
        yield started


@pytest.fixture
def sandbox(server) -> Sandbox:
    server.reset()
    return server


@pytest.fixture
def client(sandbox):
    """The SDK's client with the platform's key."""
    return sandbox.client()


@pytest.fixture
def venue(sandbox) -> Venue:
    """A connected account that may take money."""
    return Venue.onboarded(sandbox)


@pytest.fixture
def other_venue(sandbox) -> Venue:
    """Another one."""
    return Venue.onboarded(sandbox)
