"""Alpha and Beta full of everything, for requests that change at random; each is taken back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tests import servers
from tests.conftest import pointed_at
from tests.isolation.scene import furnish_bookings
from tests.worlds import ALPHA, BETA, world_of


@pytest.fixture(scope="session")
def fuzzed_database(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[str]:
    """A database in which both have something of each kind."""
    with django_db_blocker.unblock(), servers.copied(template, "fuzz") as name:
        with pointed_at(name):
            furnish_bookings(world_of(ALPHA))
            furnish_bookings(world_of(BETA))
        yield name


@pytest.fixture(scope="module")
def furnished(fuzzed_database: str, django_db_blocker: Any) -> Iterator[None]:
    """Django works on it, and keeps its connection between requests, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), pointed_at(fuzzed_database):
        yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
