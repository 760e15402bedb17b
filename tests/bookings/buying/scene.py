"""What the tests of buying share: purchases that were paid at Stripe, and what the customer has of them."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from billing.payments.models import Document, Payment, Refund
from bookings import buying, checkout
from bookings.models import HoursAccount, Purchase
from bookings.purchases.granting import today
from schemas.clock import database_now
from tests.till import Till
from venues.models import Membership, MembershipPlan, Pack


def begun(customer: User, sold: Pack | MembershipPlan) -> Purchase:
    """Somebody's purchase that waits for its money."""
    if isinstance(sold, Pack):
        return buying.begin(customer, pack_id=sold.pk)
    return buying.begin(customer, plan_id=sold.pk)


def started(purchase: Purchase) -> checkout.Opened:
    """An attempt to pay it."""
    return checkout.start(purchase.pk, ask=buying.ask)


def paid(till: Till, purchase: Purchase, card: str = "pm_card_visa") -> Payment:
    """It is paid at Stripe; our side has not been told yet."""
    opened = started(purchase)
    assert till.pay(opened.intent.id, card) == "succeeded"
    return opened.payment


def bought(till: Till, customer: User, sold: Pack | MembershipPlan) -> Purchase:
    """It is paid, and whoever bought it has it."""
    purchase = begun(customer, sold)
    checkout.look(paid(till, purchase).pk)
    return again(purchase)


def again(purchase: Purchase) -> Purchase:
    """As it is now."""
    return Purchase.objects.get(pk=purchase.pk)


def money(purchase: Purchase) -> tuple[str, int]:
    """State, and what was paid and is still here."""
    now = again(purchase)
    return str(now.state), now.paid_minor


def minutes_of(customer: User) -> list[int]:
    """What is left in the customer's accounts, the oldest first."""
    return list(HoursAccount.objects.filter(customer=customer).order_by("pk").values_list("minutes_left", flat=True))


def days_of(customer: User) -> list[tuple[int | None, int | None]]:
    """The customer's memberships, as days from today."""
    day = today(database_now())

    def distance(each: Any) -> int | None:
        return None if each is None else (each - day) // timedelta(days=1)

    rows = Membership.objects.filter(user=customer, group__name="Club")
    return [(distance(row.valid_from), distance(row.valid_until)) for row in rows]


def papers_of(purchase: Purchase) -> list[tuple[str, int, int]]:
    """Its documents: kind, amount, and the VAT in it."""
    rows = Document.objects.filter(booking_id=purchase.pk, is_of_purchase=True).order_by("pk")
    return [(str(row.kind), row.total_minor, row.tax_minor) for row in rows]


def refunds_of(purchase: Purchase) -> list[tuple[int, str, str]]:
    """What goes back of it: amount, reason, state."""
    rows = Refund.objects.filter(booking_id=purchase.pk).order_by("created_at")
    return list(rows.values_list("amount_minor", "reason", "state"))
