"""The books of 10,000 payments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import AccessToken, User
from billing.payments.models import Entry, Payment, Posting
from bookings.models import Booking

PAYMENTS = 10_000
ACCOUNT = "acct_1Measured"
AT_ONCE = 1000
PAGES = 40


@dataclass(frozen=True)
class Books:
    """Who may read them, and how many pages they have."""

    token: str
    pages: int


def furnish(owner: User, now: datetime) -> Books:
    """A payment for each of the first bookings of the current schema, in the books with Stripe's fee and ours."""
    rows = list(Booking.objects.order_by("pk")[:PAYMENTS])
    payments = [_payment(number, booking, now) for number, booking in enumerate(rows)]
    Payment.objects.bulk_create(payments, AT_ONCE)
    postings = Posting.objects.bulk_create((_posting(each) for each in payments), AT_ONCE)
    parts = {"balance": 2340, "stripe_fees": 60, "platform_fees": 100, "customers": -2500}
    Entry.objects.bulk_create(
        (
            Entry(posting=each, account=account, amount_minor=minor)
            for each in postings
            for account, minor in parts.items()
        ),
        AT_ONCE,
    )
    return Books(AccessToken.issue(owner), PAGES)


def _payment(number: int, booking: Booking, now: datetime) -> Payment:
    at = now - timedelta(minutes=number)
    return Payment(
        booking_id=booking.pk,
        number=1,
        purpose=Payment.Purpose.BOOKING,
        state=Payment.State.SUCCEEDED,
        amount_minor=2500,
        fee_minor=100,
        currency="EUR",
        charge_type=Payment.ChargeType.DIRECT,
        account_id=ACCOUNT,
        is_live=False,
        intent_id=f"pi_1Measured{number}",
        charge_id=f"ch_1Measured{number}",
        created_at=at,
        updated_at=at,
        succeeded_at=at,
        applied_at=at,
    )


def _posting(payment: Payment) -> Posting:
    return Posting(
        transaction_id=f"txn_{payment.charge_id}",
        account_id=ACCOUNT,
        kind="charge",
        source_id=payment.charge_id,
        charge_id=payment.charge_id,
        currency="EUR",
        net_minor=2340,
        at=payment.created_at,
        available_at=payment.created_at,
    )
