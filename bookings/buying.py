"""Buying a pack or a membership online: the purchase first, then an attempt to pay it as any other."""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from billing.payments import attempts
from billing.payments.models import Payment
from bookings import asking, barred
from bookings.asking import Bill, Kind, Payer
from bookings.limits import account_key
from bookings.models import Purchase
from bookings.moves import FOLLOW
from bookings.purchases import granting, rows, shelf
from bookings.purchases.rows import Terms
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, gate

State = Purchase.State
TERMS_LAST = timedelta(hours=24)
"""So long a purchase that was begun can be paid at its price; then it begins anew."""


def begin(customer: User, pack_id: int | None = None, plan_id: int | None = None) -> Purchase:
    """The customer's purchase of a pack or of a plan that is on sale: a new one, or the one that waits for its money.

    Two tabs are one purchase, so nobody pays twice by mistake. Raises `NotFound("not_on_sale")`,
    `Forbidden("tenant_closed" | "customer_blocked")`, `Refused("member_already" | "payment_open")`.
    """

    def act() -> Purchase:
        entry = gate.enter(account_key(customer.pk))
        now = entry.now
        entry.check_takes_new(is_staff=False)
        barred.check_account(customer.pk)
        terms = shelf.terms_of_plan(plan_id) if plan_id is not None else shelf.terms_of_pack(pack_id or 0)
        if terms.plan is not None:
            granting.check_can_join(customer.pk, terms.plan.group_id)
        waiting = Purchase.objects.select_for_update(of=("self",)).filter(
            customer=customer, pack=terms.pack, plan=terms.plan, state=State.OPEN
        )
        for found in waiting:
            if _terms_of(found) == terms and now < found.created_at + TERMS_LAST:
                return found
            drop(found)
        return rows.make(terms, customer, now)

    return transact(act)


def _terms_of(found: Purchase) -> Terms:
    return Terms(
        found.name,
        found.price_minor,
        found.currency,
        found.vat,
        found.days,
        minutes=found.minutes,
        pack=found.pack,
        plan=found.plan,
    )


def drop(found: Purchase) -> None:
    """Nobody is to pay it any more, and what somebody pays all the same goes back; the row and its customer are locked.

    Its terms are not on sale any more, or there is nobody to have it. Raises `Refused("payment_open")`.
    """
    open_one = attempts.unfinished(found.pk)
    if open_one is not None and open_one.state == Payment.State.PROCESSING:
        raise Refused("payment_open", _("A payment for this is under way. Please wait for it."))
    now = database_now()
    found.state, found.updated_at = State.DROPPED, now
    found.save(update_fields=["state", "updated_at"])
    if open_one is not None:
        due.schedule(FOLLOW, open_one.pk, now)


def ask(purchase_id: UUID, kind: Kind, payer: Payer) -> Payment:
    """The attempt to pay a purchase, for `checkout.start`. Raises as `payable`, and what that names."""

    def act() -> Payment:
        purchase = rows.locked(purchase_id)
        entry = gate.enter()
        entry.check_goes_on()
        now = entry.now
        check_payable(purchase)
        bill = Bill(
            purchase.pk, Payment.Purpose.PURCHASE, purchase.price_minor, purchase.currency, purchase.customer_id
        )
        return asking.open_attempt(bill, kind, payer, now)

    return transact(act)


def check_payable(purchase: Purchase) -> None:
    """Raise `Refused` for what is paid (`already_paid`), over (`purchase_over`), or of no use (`member_already`)."""
    if purchase.state in {State.PAID, State.RETURNED}:
        raise Refused("already_paid", _("This is paid already."))
    sold = purchase.pack or purchase.plan
    is_over = database_now() >= purchase.created_at + TERMS_LAST
    if purchase.state == State.DROPPED or sold is None or not sold.is_active or is_over:
        raise Refused("purchase_over", _("This is not on sale on these terms any more. Please choose again."))
    granting.check_can_have(purchase)
