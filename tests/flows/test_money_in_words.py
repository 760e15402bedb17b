"""What pages say of the money of one booking: a bank that decides, what cancelling cost, and where it is paid."""

from collections.abc import Callable
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from billing.payments import issuing
from billing.payments.models import BusinessDetails
from bookings import checkout, lifecycle
from bookings.access import link_token
from bookings.models import Booking
from bookings.records import Actor
from tests.bookings.paying.scenes import PRICE, again, money, room
from tests.bookings.scenes import GUEST
from tests.flows.pages import Page, Visitor
from tests.till import Till
from tests.worlds import World
from venues.models import CancellationPolicy, CancellationStep, Resource

Come = Callable[..., Visitor]


@pytest.fixture
def hold(alpha: World, stripe: Till) -> Booking:
    """The guest's hold of the annex's room for 25.00."""
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.annex_room).update(pays_on_site=True)
        return room(alpha)


def look(someone: Visitor, booking: Booking) -> Page:
    """The booking's page."""
    return someone.open(f"/bookings/{booking.pk}/{link_token(booking)}/")


def leads_to_payment(page: Page) -> bool:
    """Whether there is a button to pay."""
    return any(href.endswith("/pay/") for href, _given in page.links)


def test_debit_that_the_bank_decides_on_is_said_and_not_asked_for_again(
    hold: Booking, alpha: World, stripe: Till, visitor: Come
) -> None:
    with tenant_context(alpha.tenant):
        opened = checkout.start(hold.pk)
        assert stripe.pay(opened.intent.id, "pm_sepaDebit") == "processing"
        checkout.look(opened.payment.pk)
        assert money(hold) == ("pending", "processing", 0)
        page = look(visitor(), again(hold))
    assert "Your payment is under way" in page.text
    assert "Your bank has not confirmed it yet. The time is kept for you until" in page.text
    assert not leads_to_payment(page)


def test_without_a_payment_under_way_it_is_asked_for(hold: Booking, alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.annex_room).update(needs_approval=True, pays_on_site=False)
        lifecycle.submit(hold, GUEST, Actor.of(None))
        lifecycle.confirm(hold, Actor.of(None))
        assert money(hold) == ("pending", "unpaid", 0)
        page = look(visitor(), again(hold))
    assert "Pay by then and it is yours." in page.text
    assert leads_to_payment(page)


def test_whoever_chose_the_venue_reads_that_it_is_paid_there(hold: Booking, alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        lifecycle.submit(hold, GUEST, Actor.of(None))
        page = look(visitor(), again(hold))
    assert "Just come by. You pay at the venue, or here before you come." in page.text
    assert leads_to_payment(page)


@pytest.mark.parametrize(
    ("grace", "says"),
    [
        (0, "Cancelling costs nothing until it is confirmed, and €25.00 after that."),
        (60, "You can cancel free of charge until it is confirmed, and in any case until "),
    ],
    ids=["fee", "grace"],
)
def test_request_costs_nothing_to_give_up_and_says_what_is_true_after_the_venues_yes(
    hold: Booking, alpha: World, visitor: Come, grace: int, says: str
) -> None:
    with tenant_context(alpha.tenant):
        strict = CancellationPolicy.objects.create(name="Strict", grace_minutes=grace)
        CancellationStep.objects.create(policy=strict, minutes_before=99999, percent=10000)
        Booking.objects.filter(pk=hold.pk).update(policy=strict)
        Resource.objects.filter(pk=alpha.annex_room).update(needs_approval=True)
        lifecycle.submit(again(hold), GUEST, Actor.of(None))
        guest = visitor()
        page = look(guest, again(hold))
    assert says in page.text
    cancelling = guest.open(page.link("/cancel/"))
    assert "Cancelling now costs nothing." in cancelling.text


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ({"fee_minor": 0}, "The time is free again for others."),
        ({"fee_minor": PRICE, "paid_minor": PRICE}, "free again for others. Cancelling cost €25.00."),
        ({"fee_minor": 1000}, "free again for others. Cancelling cost €10.00. You still owe the venue €10.00."),
    ],
    ids=["free", "paid", "owed"],
)
def test_cancelled_booking_says_what_that_cost(
    hold: Booking, alpha: World, visitor: Come, figures: dict[str, Any], says: str
) -> None:
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=hold.pk).update(state="cancelled", hold_expires_at=None, **figures)
        page = look(visitor(), again(hold))
    assert says in page.text
    assert ("Cancelling cost" in page.text) is bool(figures["fee_minor"])


def test_invoice_without_a_bank_account_is_warned_of(hold: Booking, alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with tenant_context(alpha.tenant):
        lifecycle.submit(hold, GUEST, Actor.of(None))
        assert issuing.business().bank_account == ""
    path = f"/desk/bookings/{hold.pk}/invoice/"
    warned = owner.open(path)
    assert "This invoice will not say where to pay" in warned.text
    assert "/desk/money/business/" in [href for href, _given in warned.links]
    with tenant_context(alpha.tenant):
        BusinessDetails.objects.update_or_create(pk=1, defaults={"bank_account": "DE02 1203 0000 0000 2020 51"})
    assert "This invoice will not say where to pay" not in owner.open(path).text
