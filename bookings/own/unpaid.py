"""Purchases that are still to be paid by somebody who leaves: nobody is to pay for what nobody could have.

What a bank decides on at this moment is waited for. The rest is not for sale to them any more; an attempt to pay it is
ended at Stripe, and what comes all the same goes back.
"""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from billing.payments.models import Payment
from bookings import buying
from bookings.models import Purchase
from kernel.errors import Refused


def under_way(user: User) -> QuerySet[Purchase]:
    """What they have bought with a payment that a bank decides on; what is dropped by now goes back by itself."""
    decided_on = Payment.objects.filter(purpose=Payment.Purpose.PURCHASE, state=Payment.State.PROCESSING)
    return Purchase.objects.filter(customer=user, state=Purchase.State.OPEN, pk__in=decided_on.values("booking_id"))


def check(user: User) -> None:
    """Raise `Refused("payment_open")` where there is something `under_way`."""
    if under_way(user).exists():
        raise Refused("payment_open", _("A payment of yours is under way. Please wait until it has gone through."))


def drop_all(user: User) -> None:
    """Drop what is not paid; their lock is held. Raises `Refused("payment_open")` for what is `under_way`."""
    waiting = Purchase.objects.select_for_update(of=("self",)).filter(customer=user, state=Purchase.State.OPEN)
    for purchase in waiting.order_by("pk"):
        buying.drop(purchase)
