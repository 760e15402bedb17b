"""The three axes of a booking, and the moves that are allowed. Data, no behaviour."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where a booking is in its life."""

    HELD = "held", _("Held")
    PENDING = "pending", _("Pending")
    CONFIRMED = "confirmed", _("Confirmed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    COMPLETED = "completed", _("Completed")
    NO_SHOW = "no_show", _("No-show")


class PaymentState(TextChoices):
    """What has happened to the money."""

    NOT_REQUIRED = "not_required", _("Not required")
    UNPAID = "unpaid", _("Unpaid")
    PROCESSING = "processing", _("Processing")
    DEPOSIT_PAID = "deposit_paid", _("Deposit paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partially refunded")
    REFUNDED = "refunded", _("Refunded")
    FAILED = "failed", _("Failed")
    DISPUTED = "disputed", _("Disputed")


class PendingReason(TextChoices):
    """What a pending booking waits for."""

    PAYMENT = "payment", _("Payment")
    APPROVAL = "approval", _("Approval")


class PaymentWay(TextChoices):
    """How a customer means to pay."""

    ONLINE = "online", _("Online")
    ON_SITE = "on_site", _("At the venue")
    INVOICE = "invoice", _("By invoice")


WAYS_OF_CUSTOMERS = [(way.value, way.label) for way in (PaymentWay.ONLINE, PaymentWay.ON_SITE)]
"""What customers may choose: only the venue says that an invoice will do."""


class CancelReason(TextChoices):
    """Why a booking was cancelled, as the one who cancelled says."""

    USER_REQUEST = "user_request", _("Changed my mind")
    WEATHER = "weather", _("Weather")
    OTHER = "other", _("Other")


LIVE = frozenset({State.HELD, State.PENDING, State.CONFIRMED})
"""States that take time away from others, and the only ones that can be cancelled."""

WAITING = frozenset({State.HELD, State.PENDING})
"""States that end by themselves once `hold_expires_at` has passed."""

MOVES: dict[State, frozenset[State]] = {
    State.HELD: frozenset({State.PENDING, State.CONFIRMED, State.CANCELLED, State.EXPIRED}),
    State.PENDING: frozenset({State.CONFIRMED, State.CANCELLED, State.EXPIRED}),
    State.CONFIRMED: frozenset({State.PENDING, State.CANCELLED, State.COMPLETED, State.NO_SHOW}),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset({State.CONFIRMED}),
    State.COMPLETED: frozenset({State.NO_SHOW}),
    State.NO_SHOW: frozenset({State.CONFIRMED, State.COMPLETED}),
}
"""From each state, where a booking may go. What expired comes back only by money that arrives late (R15)."""


def sources(target: State) -> frozenset[State]:
    """The states from which `target` can be reached."""
    return frozenset(state for state, targets in MOVES.items() if target in targets)
