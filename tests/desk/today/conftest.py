"""Today's visitors, at noon."""

import pytest

from tests.desk.today.scene import at_noon
from tests.worlds import World


@pytest.fixture
def noon(alpha: World) -> World:
    """Alpha, where it is noon."""
    at_noon(alpha)
    return alpha
