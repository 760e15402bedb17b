"""Alpha and Beta with bookings in them."""

import pytest

from tests.isolation.scene import furnish_bookings
from tests.worlds import World


@pytest.fixture
def worlds(alpha: World, beta: World) -> tuple[World, World]:
    """Alpha and Beta, all ids equal."""
    furnish_bookings(alpha)
    furnish_bookings(beta)
    return alpha, beta
