"""Members see which cards they keep, and keep one no longer; nobody sees another's."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import checkout
from bookings.asking import Payer
from tests.bookings.paying.scenes import room
from tests.flows.pages import Visitor
from tests.till import Till
from tests.worlds import World

Come = Callable[..., Visitor]
PAGE = "/bookings/cards/"


@pytest.fixture
def kept(stripe: Till, alpha: World) -> Till:
    """The guest keeps a card."""
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
        opened = checkout.start(room(alpha).pk, Payer(guest, keeps_card=True))
        assert stripe.pay(opened.intent.id) == "succeeded"
    return stripe


def test_member_finds_the_card_from_the_own_bookings_and_removes_it(kept: Till, visitor: Come) -> None:
    guest = visitor("guest")
    page = guest.open(guest.open("/bookings/").link(PAGE))
    assert "Visa •••• 4242" in page.text
    done = guest.send(page, page.form("/remove/"))
    assert "The card is not kept any more." in done.text
    assert "You keep no card here." in done.text
    assert "There is no such card." in guest.send(page, page.form("/remove/")).text


def test_nobody_sees_or_removes_anothers_card(kept: Till, visitor: Come) -> None:
    guest, stranger = visitor("guest"), visitor("stranger")
    page = guest.open(PAGE)
    assert "You keep no card here." in stranger.open(PAGE).text
    form, mine = page.form("/remove/"), stranger.open(PAGE)
    form.fields["csrfmiddlewaretoken"] = mine.form("/logout/").fields["csrfmiddlewaretoken"]
    assert "There is no such card." in stranger.send(mine, form).text
    assert "Visa •••• 4242" in guest.open(PAGE).text
    assert visitor().open(PAGE).path == "/login/?next=%2Fbookings%2Fcards%2F"


def test_while_stripe_is_down_the_page_says_so(kept: Till, visitor: Come) -> None:
    kept.faults({"method": "GET", "do": "status", "status": 500, "times": 9})
    page = visitor("guest").open(PAGE)
    assert page.status == 503
    assert "The payment service does not answer." in page.text
