"""Alpha and Beta with bookings in them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from tests import servers
from tests.conftest import use_database
from tests.isolation.scene import furnish_bookings
from tests.worlds import ALPHA, BETA, World, world_of


@pytest.fixture(scope="module")
def furnished(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[None]:
    """A database in which both have bookings, for a whole file: furnishing takes as long as most tests."""
    workers_own = str(settings.DATABASES["default"]["NAME"])
    with django_db_blocker.unblock(), servers.copied(template, "isolation") as database:
        use_database(database)
        furnish_bookings(world_of(ALPHA))
        furnish_bookings(world_of(BETA))
        yield
        use_database(workers_own)


@pytest.fixture
def worlds(furnished: None, alpha: World, beta: World) -> tuple[World, World]:
    """Alpha and Beta, all ids equal."""
    return alpha, beta
