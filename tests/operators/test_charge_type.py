"""On whose account payments are made is the platform's choice, and only while nobody is paying."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing import accounts
from billing.subscriptions.models import StripeAccount
from bookings import checkout
from tests.bookings.paying.scenes import room
from tests.till import Till
from tests.worlds import World


def choose(*arguments: str) -> str:
    """`manage.py charge_type`, and what it says."""
    said = StringIO()
    call_command("charge_type", *arguments, stdout=said)
    return said.getvalue()


def test_the_next_payment_is_made_so(stripe: Till, in_alpha: World) -> None:
    assert choose("alpha-sports", "destination").endswith(": payments are made on the platform's account.\n")
    assert accounts.charging(in_alpha.tenant).charge_type == "destination"
    assert checkout.start(room(in_alpha).pk).payment.charge_type == "destination"


def test_not_while_somebody_is_paying(stripe: Till, in_alpha: World) -> None:
    checkout.start(room(in_alpha).pk)
    with pytest.raises(CommandError, match="Somebody is paying at the moment"):
        choose("alpha-sports", "destination")
    assert StripeAccount.objects.get().charge_type == "direct"


@pytest.mark.parametrize("slug", ["alpha-sports", "nobody"])
def test_not_without_an_account_or_a_tenant(alpha: World, slug: str) -> None:
    with pytest.raises(CommandError):
        choose(slug, "destination")
    assert not StripeAccount.objects.exists()
