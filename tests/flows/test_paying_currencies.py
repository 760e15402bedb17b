"""Currencies with no, two and three decimals all the way: shown, asked for, charged, receipted, given back."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django_tenants.utils import tenant_context
from pypdf import PdfReader

from billing.payments.models import Payment
from bookings import cancelling, checkout, moves, papers
from bookings.access import link_token
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import Actor
from tenants.envelopes import file_of
from tenants.models import OutgoingMail, Tenant
from tests.bookings.api.desk import OWN, wish
from tests.bookings.paying.scenes import again, money, perform
from tests.conftest import Caller
from tests.flows.pages import Visitor
from tests.till import Till
from tests.worlds import World
from venues.models import Rate, Venue

Come = Callable[..., Visitor]
STAFF = Actor(BookingEvent.ActorKind.STAFF, 1)


@dataclass(frozen=True)
class Money:
    """A currency, the country of the account, a price in our minor units, as text, as people read it, and Stripe's."""

    code: str
    country: str
    minor: int
    text: str
    shown: str
    at_stripe: int
    kept: int


EACH = [
    ("direct", Money("JPY", "JP", 3001, "3001", "¥3,001", 3001, 501)),
    ("destination", Money("KWD", "US", 7330, "7.330", "KWD7.330", 7330, 330)),
    ("direct", Money("ISK", "DE", 4990, "4990", "ISK4,990", 499_000, 990)),
]


@pytest.mark.parametrize(("charge_type", "each"), EACH, ids=["JPY", "KWD", "ISK"])
def test_amount_is_the_same_on_the_page_at_stripe_on_paper_and_on_the_way_back(
    stripe: Till, alpha: World, api: Caller, visitor: Come, each: Money, charge_type: str
) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(currency=each.code)
    alpha.tenant.refresh_from_db()
    stripe.reconnect(charge_type, each.country)
    with tenant_context(alpha.tenant):
        Venue.objects.update(currency=each.code)
        Rate.objects.filter(resource=alpha.annex_room).update(amount_minor=each.minor)
    made = api("guest").post(OWN, wish(alpha.annex_room)).json()
    assert (made["total_price"], made["currency"]) == (each.text, each.code)
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get(pk=made["id"])
        page = f"/bookings/{booking.pk}/{link_token(booking)}/pay/"
    assert f"Pay {each.shown}" in visitor().open(page).text.replace("\u00a0", "")
    opened = api("guest").post(f"{OWN}{made['id']}/create-payment-intent/").json()
    assert (opened["amount"], opened["currency"]) == (each.text, each.code)
    intent = stripe.intent(opened["payment_intent_id"])
    assert (intent.amount, intent.currency) == (each.at_stripe, each.code.lower())
    assert stripe.pay(intent.id) == "succeeded"
    with tenant_context(alpha.tenant):
        payment = Payment.objects.get()
        checkout.look(payment.pk)
        assert money(booking) == ("confirmed", "paid", each.minor)
        perform(moves.RECEIPT)
        [receipt] = papers.papers_of(booking)
        assert (receipt.total_minor, receipt.currency) == (each.minor, each.code)
        [letter] = OutgoingMail.objects.filter(key__startswith="document:")
        file = file_of(letter.attachments[0])
        assert file is not None
        on_paper = PdfReader(io.BytesIO(file.content)).pages[0].extract_text()
        assert each.text in on_paper.replace(",", "")
        cancelling.cancel(again(booking), STAFF, Cancellation(fee_minor=each.kept))
        perform("pay_back")
        perform("refund")
    [refund] = stripe.refunds()
    factor = each.at_stripe // each.minor
    assert refund.amount == (each.minor - each.kept) * factor
