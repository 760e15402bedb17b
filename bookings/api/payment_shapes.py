"""v1's shapes of paying online."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.payments.models import Payment
from bookings.api.bills import stamp
from bookings.following import pays_elsewhere
from bookings.models import Booking
from bookings.projection import V1_STATUSES, v1_status
from bookings.states import PaymentState, State
from kernel.money import as_text
from rest.fields import InstantField


class PayIn(serializers.Serializer[Any]):
    """`save_card`: members have the card that pays kept for the next time."""

    save_card = serializers.BooleanField(default=False)


class IntentOut(serializers.Serializer[Any]):
    """What Stripe.js needs to show the card form. The secret is the customer's: keep it out of logs and links."""

    client_secret = serializers.CharField()
    payment_intent_id = serializers.CharField()
    amount = serializers.CharField()
    currency = serializers.CharField()


class SessionOut(serializers.Serializer[Any]):
    """A page at Stripe on which the booking can be paid until then; it leads back to the booking's own page."""

    url = serializers.URLField()
    expires_at = InstantField()


OF_BOOKINGS = [each for each in Payment.Purpose.choices if each[0] != Payment.Purpose.PURCHASE]
"""What a booking's payments are for."""


class AttemptOut(serializers.Serializer[Payment]):
    """One attempt to pay online. `failure`: why the last try was refused, such as `insufficient_funds`.

    `returned`: it came too late, twice or wrong, and goes back as a whole.
    """

    id = serializers.UUIDField()
    purpose = serializers.ChoiceField(choices=OF_BOOKINGS)
    state = serializers.ChoiceField(choices=Payment.State.choices)
    amount = serializers.SerializerMethodField()
    currency = serializers.CharField()
    method = serializers.CharField()
    failure = serializers.CharField()
    failures = serializers.IntegerField()
    refunded = serializers.SerializerMethodField()
    returned = serializers.SerializerMethodField()
    created_at = InstantField()
    succeeded_at = InstantField(allow_null=True)

    def get_amount(self, payment: Payment) -> str:
        """Decimal string with the currency's number of decimals."""
        return as_text(payment.amount_minor, payment.currency)

    def get_refunded(self, payment: Payment) -> str:
        """Decimal string with the currency's number of decimals."""
        return as_text(payment.refunded_minor, payment.currency)

    def get_returned(self, payment: Payment) -> bool:
        """Whether it was not counted for the booking."""
        return payment.returned_at is not None


class MoneyOut(serializers.Serializer[Any]):
    """A booking's money now, and every attempt to pay it online, the oldest first.

    `due_now` has to be paid for it to be confirmed. `overdue`: the rest was to be paid online before now.
    """

    status = serializers.ChoiceField(choices=V1_STATUSES)
    payment_status = serializers.ChoiceField(choices=PaymentState.choices)
    currency = serializers.CharField()
    total = serializers.CharField()
    paid = serializers.CharField()
    due = serializers.CharField()
    due_now = serializers.CharField()
    refund_due = serializers.CharField()
    hold_expires_at = serializers.DateTimeField(allow_null=True)
    balance_due_at = serializers.DateTimeField(allow_null=True)
    overdue = serializers.BooleanField()
    attempts = AttemptOut(many=True)


class CardOut(serializers.Serializer[Any]):
    """A card that the caller keeps."""

    id = serializers.CharField()
    brand = serializers.CharField()
    last4 = serializers.CharField()
    expires = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "example": "2030-04"})
    def get_expires(self, card: Any) -> str:
        """Year and month."""
        return f"{card.expires_year:04}-{card.expires_month:02}"


class PayLinkOut(serializers.Serializer[Any]):
    """Whom the link was mailed to, and what it asks for."""

    sent_to = serializers.EmailField()
    amount = serializers.CharField()
    currency = serializers.CharField()


def money(booking: Booking, attempts: list[Payment], now: datetime) -> dict[str, Any]:
    """The keys of `MoneyOut`."""

    def text(minor: int) -> str:
        return as_text(minor, booking.currency)

    is_late = booking.balance_due_at is not None and booking.balance_due_at <= now and not pays_elsewhere(booking)
    return {
        "status": v1_status(booking, now),
        "payment_status": str(booking.payment_state),
        "currency": booking.currency,
        "total": text(booking.total_minor),
        "paid": text(booking.paid_minor),
        "due": text(booking.owed_minor),
        "due_now": text(booking.due_now_minor if booking.state in {State.HELD, State.PENDING} else 0),
        "refund_due": text(booking.refund_due_minor + booking.refunding_minor),
        "hold_expires_at": stamp(booking.hold_expires_at),
        "balance_due_at": stamp(booking.balance_due_at),
        "overdue": booking.state == State.CONFIRMED and is_late and booking.due_minor > 0,
        "attempts": [AttemptOut(attempt).data for attempt in attempts],
    }
