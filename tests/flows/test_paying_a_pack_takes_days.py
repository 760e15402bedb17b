"""Somebody buys a pack in a way that takes days: their account, the payment and erasure say that it is under way."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import checkout
from bookings.own import erasing
from bookings.own.wiping import Whose
from tests.billing.debits import debit
from tests.bookings.buying.scene import begun, started
from tests.flows.pages import Visitor
from tests.till import Till
from tests.worlds import World
from venues.models import Pack

pytestmark = pytest.mark.django_db


def test_it_is_said_everywhere_until_the_bank_has_decided(
    alpha: World, stripe: Till, visitor: Callable[..., Visitor]
) -> None:
    with tenant_context(alpha.tenant):
        pack = Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR")
        purchase = begun(User.objects.get(pk=alpha.users["guest"]), pack)
        opened = started(purchase)
        debit(stripe, opened.intent.id)
        checkout.look(opened.payment.pk)
    guest = visitor("guest")
    assert "Ten hours: your payment is under way." in guest.open("/account/packs/").text
    assert "Your payment is under way" in guest.open(f"/account/packs/{purchase.pk}/pay/").text
    leaving = guest.open("/account/data/erase/")
    assert "A payment of yours is under way" in leaving.text
    assert "€200.00" in leaving.text
    assert not [form for form in leaving.forms if "sure" in form.fields]
    with tenant_context(alpha.tenant):
        stripe.server.outside("debit", payment_intent=opened.intent.id, outcome="succeeds")
        checkout.look(opened.payment.pk)
    assert "under way" not in guest.open("/account/packs/").text
    leaving = guest.open("/account/data/erase/")
    assert "Your prepaid time of 10 h is lost with it." in leaving.text
    assert [form for form in leaving.forms if "sure" in form.fields]
    with tenant_context(alpha.tenant):
        person = User.objects.get(pk=alpha.users["guest"])
        erasing.erase(Whose(person.email, person))
    for path in ("/desk/packs/", f"/desk/purchases/{purchase.pk}/"):
        assert "account erased" in visitor("owner").open(path).text
