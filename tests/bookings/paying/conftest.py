"""Both ways to charge: every test of paying that asks for `till` runs with each."""

import pytest

from tests.till import Till


@pytest.fixture(params=["direct", "destination"])
def till(request, stripe: Till, in_alpha) -> Till:
    """Alpha at the Stripe sandbox, charging on its own account, or the platform for it."""
    if request.param == "destination":
        stripe.reconnect("destination")
    return stripe
