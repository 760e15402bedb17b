"""An endpoint of Alpha's owner at a server that takes webhooks."""

from collections.abc import Iterator

import pytest

from accounts.models import User
from bookings.hooks import endpoints
from bookings.hooks.endpoints import Wish
from tests.bookings.hooks.told import Line
from tests.receiver import Receiver, receiver
from tests.worlds import World


@pytest.fixture
def owner(in_alpha: World) -> User:
    """Alpha's owner."""
    return User.objects.get(pk=in_alpha.users["owner"])


@pytest.fixture
def taker() -> Iterator[Receiver]:
    """A stranger's server."""
    with receiver() as server:
        yield server


@pytest.fixture
def line(owner: User, taker: Receiver) -> Line:
    """An endpoint for the standard types, its secret and the server behind it."""
    endpoint, secret = endpoints.make(owner, Wish(taker.url))
    return Line(endpoint, secret, taker)
