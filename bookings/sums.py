"""Money of bookings in SQL: the same as the properties of `Booking`, to filter and to add up by."""

from django.db.models import BigIntegerField, Case, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from bookings.states import State

STOOD = frozenset({State.CONFIRMED, State.COMPLETED})
"""Bookings that take place, or did."""
FELL = frozenset({State.CANCELLED, State.NO_SHOW})
"""Bookings of which at most a fee is kept."""


def here() -> Combinable:
    """What was paid and is not on its way back."""
    return Greatest(F("paid_minor") - F("refunding_minor"), Value(0), output_field=BigIntegerField())


def price() -> Case:
    """What is to be earned of a booking: its price, or of one that was given up, the fee; nothing before it stands."""
    return Case(
        When(state__in=STOOD, then=F("total_minor")),
        When(state__in=FELL, then=F("fee_minor")),
        default=Value(0),
        output_field=BigIntegerField(),
    )


def owed() -> Combinable:
    """What is still to be paid of `price`: `owed_minor` of bookings that stand or were given up."""
    return Greatest(price() - F("credit_minor") - here(), Value(0), output_field=BigIntegerField())


def in_debt() -> Q:
    """Bookings that stand or were given up, and are not paid yet."""
    return Q(state__in=STOOD | FELL) & Q(owed_minor_sql__gt=0)
