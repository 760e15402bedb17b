"""What a page says about money that is still to come, or on its way back."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext as _

from billing import accounts
from billing.gateway.trouble import Unavailable
from billing.payments import attempts
from billing.payments.models import Refund
from bookings import earning
from bookings.models import Booking
from bookings.states import PaymentWay, State
from kernel.errors import Refused
from schemas.current import current_tenant
from venues.models import Resource, Venue
from venues.pricelists import sign_price

UNWANTED = (Refund.Reason.TOO_LATE, Refund.Reason.TWICE, Refund.Reason.MISMATCH)
"""Why money goes back that was never the booking's."""


@dataclass(frozen=True, slots=True)
class Returns:
    """Money on its way back to the customer, and money that is back, in minor units; why, if nobody wanted it."""

    coming_minor: int
    done_minor: int
    why: Refund.Reason | None = None


def takes_cards(venue: Venue) -> bool:
    """Whether the tenant's account takes cards at this moment, in the venue's currency."""
    try:
        accounts.charging(current_tenant(), venue.currency)
    except Unavailable:
        return False
    return True


def can_be_booked(resource: Resource) -> bool:
    """Whether pages can finish a booking: it costs nothing, is paid at the venue, or by card where cards are taken.

    One query more where it is paid online alone.
    """
    return resource.pays_on_site or not sign_price(resource).amount_minor or takes_cards(resource.venue)


def ways_to_pay(booking: Booking) -> list[PaymentWay]:
    """How the holder of this hold may pay for it, what is meant first; none where nothing is to be paid now."""
    resource = booking.resource
    if not booking.due_now_minor or resource.needs_approval:
        return []
    if not resource.pays_on_site:
        return [PaymentWay.ONLINE]
    takes_online = resource.pays_online and takes_cards(resource.venue)
    return [PaymentWay.ONLINE, PaymentWay.ON_SITE] if takes_online else [PaymentWay.ON_SITE]


def payable_now(booking: Booking, now: datetime) -> int:
    """Minor units that the customer can pay online for a booking that they have; 0 where there is nothing.

    Nothing, too, while a bank decides on a payment: a second one would be refused.
    """
    if booking.state == State.HELD or attempts.is_decided_on(booking.pk):
        return 0
    try:
        return earning.payable(booking, now).amount_minor
    except Refused:
        return 0


def refunds_of(booking: Booking) -> Returns:
    """What goes back online."""
    states = (Refund.State.WANTED, Refund.State.PENDING, Refund.State.SUCCEEDED)
    rows = Refund.objects.filter(booking_id=booking.pk, state__in=states).order_by()
    sums, reasons = dict.fromkeys(states, 0), set()
    for state, reason, minor in rows.values_list("state", "reason").annotate(Sum("amount_minor")):
        sums[state] += minor
        reasons.add(reason)
    done = sums.pop(Refund.State.SUCCEEDED)
    why = next((reason for reason in UNWANTED if reason in reasons), None)
    return Returns(sum(sums.values()), done, why)


def returned_in_words(returns: Returns) -> str:
    """Why money that came was not taken; empty where that is not what went back."""
    match returns.why:
        case Refund.Reason.TOO_LATE:
            return _("Your payment arrived when the time was over and not free any more. All of it goes back to you.")
        case Refund.Reason.TWICE:
            return _("It was paid twice. The second payment goes back to you.")
        case Refund.Reason.MISMATCH:
            return _("What was paid was not the price. All of it goes back to you.")
        case _:
            return ""
