"""Who acts in the booking tests."""

import pytest

from accounts.models import User
from bookings.records import Actor
from tests.bookings.api.desk import AtHome
from tests.worlds import World


@pytest.fixture
def guest(in_alpha: World) -> User:
    """A customer of Alpha."""
    return User.objects.get(pk=in_alpha.users["guest"])


@pytest.fixture
def stranger(in_alpha: World) -> User:
    """Another customer of Alpha."""
    return User.objects.get(pk=in_alpha.users["stranger"])


@pytest.fixture
def staff(in_alpha: World) -> Actor:
    """Alpha's front desk."""
    return Actor.of(User.objects.get(pk=in_alpha.users["front_desk"]))


@pytest.fixture
def home(in_alpha: World) -> AtHome:
    """Calls Alpha's API from inside Alpha: `home("guest").get(...)`."""
    return AtHome(in_alpha)
