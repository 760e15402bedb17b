"""The worker's sandbox, forgotten between tests; no database anywhere."""

import pytest

from tests.embedded.sandbox.venue import Venue
from tests.sandbox import Sandbox


@pytest.fixture
def sandbox(stripe_server: Sandbox) -> Sandbox:
    stripe_server.reset()
    return stripe_server


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
