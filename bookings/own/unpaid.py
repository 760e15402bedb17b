"""Purchases that are still to be paid by somebody who leaves: nobody is to pay for what nobody could have.

What a bank decides on at this moment is waited for. The rest is not for sale to them any more; an attempt to pay it is
ended at Stripe, and what comes all the same goes back.
"""

from django.utils.translation import gettext as _

from accounts.models import User
from bookings import buying
from bookings.models import Purchase
from bookings.purchases import rows
from kernel.errors import Refused


def check(user: User) -> None:
    """Raise `Refused("payment_open")` where there is something `rows.under_way`."""
    if rows.under_way(user).exists():
        raise Refused("payment_open", _("A payment of yours is under way. Please wait until it has gone through."))


def drop_all(user: User) -> None:
    """Drop what is not paid; their lock is held. Raises `Refused("payment_open")` for what is `rows.under_way`."""
    waiting = Purchase.objects.select_for_update(of=("self",)).filter(customer=user, state=Purchase.State.OPEN)
    for purchase in waiting.order_by("pk"):
        buying.drop(purchase)
