"""docs/packs.md: every figure of its example comes out."""

import re
from pathlib import Path

from accounts.models import User
from billing.payments.models import Document, Payment
from billing.subscriptions.models import Plan, Subscription
from bookings import buying, cancelling, checkout, deskselling
from bookings.cancelling import Cancellation
from bookings.models import HoursAccount, Purchase
from bookings.moves import CREDIT_NOTE, RECEIPT
from bookings.records import Actor
from bookings.requests import Payment as Means
from kernel.money import as_text
from schemas.clock import database_now
from tests.bookings.paying.scenes import perform
from tests.bookings.scenes import held, slot
from tests.till import Till
from venues.models import Pack, Venue

PAGE = (Path(__file__).parents[2] / "docs/packs.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.split("## An example")[1].splitlines()
    if re.match(r"\| (?!after|-)", line)
]


def row() -> list[str]:
    """State, what was paid, and minutes left, as the table has them."""
    purchase, account = Purchase.objects.get(), HoursAccount.objects.get()
    return [str(purchase.state), as_text(purchase.paid_minor, "EUR"), str(account.minutes_left)]


def papers() -> list[str]:
    """The documents in the table's words."""
    found = Document.objects.order_by("pk")
    return [
        f"{paper.get_kind_display().lower()} {as_text(paper.total_minor, 'EUR')}, VAT {as_text(paper.tax_minor, 'EUR')}"
        for paper in found
    ]


def test_figures_of_the_example_come_out(stripe: Till, in_alpha) -> None:
    guest = User.objects.get(pk=in_alpha.users["guest"])
    desk = User.objects.get(pk=in_alpha.users["front_desk"])
    Venue.objects.update(vat=1900)
    plan = Plan.objects.create(code="packs", name="Packs", fee=200)
    Subscription.objects.create(tenant=in_alpha.tenant, plan=plan, updated_at=database_now())
    pack = Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR")
    purchase = buying.begin(guest, pack_id=pack.pk)
    opened = checkout.start(purchase.pk, ask=buying.ask)
    assert stripe.pay(opened.intent.id) == "succeeded"
    checkout.look(opened.payment.pk)
    perform(RECEIPT)
    assert [*row(), "", *papers()] == ROWS[0][1:]
    booking = held(
        in_alpha.court_1,
        slot(10, minutes=90),
        customer=guest,
        payment=Means(hours_account=HoursAccount.objects.get().pk),
    )
    assert [*row(), as_text(booking.total_minor, "EUR"), ""] == ROWS[1][1:]
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    assert [*row(), "", ""] == ROWS[2][1:]
    deskselling.take_back(purchase.pk, desk, "by mistake")
    assert [*row(), "", ""] == ROWS[3][1:]
    perform("refund")
    perform(CREDIT_NOTE)
    assert [*row(), "", papers()[1]] == ROWS[4][1:]
    payment = Payment.objects.get()
    assert f"the platform had {as_text(payment.fee_minor, 'EUR')}" in PAGE
    assert payment.refunds.get().fee_minor == payment.fee_minor
