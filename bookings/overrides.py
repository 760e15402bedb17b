"""Rules of the house that staff set aside: which it takes, and why, kept in the record of what they did.

What is taken stays taken, and a closure stays closed: `plans.STAFF_MAY_OVERRULE` is all that may be set aside.
"""

from collections.abc import Callable
from typing import TypeVar

from django.utils.translation import gettext as _

from bookings.facts import Reason
from bookings.models import Booking, BookingChange, BookingEvent
from bookings.plans import STAFF_MAY_OVERRULE
from kernel.errors import Invalid, Refused

RULES, BECAUSE = "overruled", "overruled_because"
"""The fields of a change in the record: which rules, and why."""
NONE: frozenset[Reason] = frozenset()
Result = TypeVar("Result")


def needed(attempt: Callable[[frozenset[Reason]], Result]) -> tuple[Result, frozenset[Reason]]:
    """What an attempt gives with as few rules set aside as it takes, and these; else what it is refused with."""
    aside = NONE
    while True:
        try:
            return attempt(aside), aside
        except Refused as refusal:
            if refusal.code not in STAFF_MAY_OVERRULE - aside:
                raise
            aside |= {Reason(refusal.code)}


def check_says_why(rules: frozenset[Reason], why: str) -> None:
    """Raise `Invalid("reason_required")` for rules that are set aside without a word."""
    if rules and not why.strip():
        raise Invalid("reason_required", _("Say why, for the record."))


def keep(booking: Booking, rules: frozenset[Reason], why: str) -> None:
    """Write which rules the last act on a booking has set aside, and why, beside its event and in its transaction."""
    happened = BookingEvent.objects.filter(booking=booking).latest("pk")
    named = ", ".join(sorted(rules & STAFF_MAY_OVERRULE))
    BookingChange.objects.bulk_create(
        BookingChange(event=happened, field=field, after=after[:200])
        for field, after in ((RULES, named), (BECAUSE, why.strip()))
    )
