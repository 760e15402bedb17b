"""A marketplace at Alpha, whose courts need nobody's yes."""

import pytest

from tests.bookings.api.partner.kit import Partner, partner
from tests.worlds import World
from venues.models import Resource


@pytest.fixture
def shop(in_alpha: World) -> Partner:
    """An app with all scopes; the courts are paid on site."""
    Resource.objects.filter(pk__in=[in_alpha.court_1, in_alpha.court_2]).update(needs_approval=False)
    return partner(in_alpha)


@pytest.fixture
def online(stripe, shop: Partner) -> Partner:
    """The same, with the sandbox behind it; the courts are paid online only."""
    courts = [shop.world.court_1, shop.world.court_2]
    Resource.objects.filter(pk__in=courts).update(pays_online=True, pays_on_site=False)
    return shop
