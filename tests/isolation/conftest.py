"""Alpha and Beta with bookings in them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import servers
from tests.conftest import pointed_at
from tests.isolation.guests import furnish_guest
from tests.isolation.scene import GUESTS, furnish_bookings
from tests.worlds import ALPHA, BETA, World, world_of


@pytest.fixture(scope="session")
def database(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[str]:
    """A database in which both have bookings, for all of these files: each test takes back what it did."""
    with django_db_blocker.unblock(), servers.copied(template, "isolation") as name:
        with pointed_at(name):
            for tenant in (ALPHA, BETA):
                furnish_bookings(world_of(tenant))
                furnish_guest(world_of(tenant), GUESTS)
        yield name


@pytest.fixture(scope="module")
def furnished(database: str, django_db_blocker: Any) -> Iterator[None]:
    """Django works on it."""
    with django_db_blocker.unblock(), pointed_at(database):
        yield


@pytest.fixture
def worlds(furnished: None, alpha: World, beta: World) -> tuple[World, World]:
    """Alpha and Beta, all ids equal."""
    return alpha, beta
