"""The types of messages: who asks for none gets the standard ones (API.md)."""

from django.utils.translation import gettext_lazy as _

CREATED, UPDATED, PAID = "booking.created", "booking.updated", "booking.paid"
CONFIRMED, CANCELLED, EXPIRED = "booking.confirmed", "booking.cancelled", "booking.expired"
COMPLETED, NO_SHOW = "booking.completed", "booking.no_show"
RESCHEDULED, CHECKED_IN = "booking.rescheduled", "booking.checked_in"
REFUNDED, REFUND_FAILED = "booking.refunded", "refund.failed"
PAYMENT_FAILED, PAYMENT_DISPUTED = "payment.failed", "payment.disputed"
TEST = "endpoint.test"

STANDARD = {
    CREATED: _("A booking was made, even if only its time is reserved yet"),
    UPDATED: _("A booking's status changed"),
    PAID: _("A booking was paid in full"),
}
FURTHER = {
    CONFIRMED: _("A booking was confirmed"),
    RESCHEDULED: _("A booking has another time or place"),
    CANCELLED: _("A booking was cancelled"),
    EXPIRED: _("A reservation ended without a booking"),
    CHECKED_IN: _("Somebody has come"),
    COMPLETED: _("A booking's time is over"),
    NO_SHOW: _("Nobody came"),
    REFUNDED: _("Money goes back"),
    REFUND_FAILED: _("Money could not be given back"),
    PAYMENT_FAILED: _("A payment was refused"),
    PAYMENT_DISPUTED: _("A bank disputes a payment, or has decided"),
}
EVERY = {**STANDARD, **FURTHER}
"""Types that may be asked for, with what they tell. `endpoint.test` comes when somebody asks for a test."""
