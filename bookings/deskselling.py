"""Packs and memberships at the desk: selling them for money that is handed over, and taking back what was not used."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import User
from billing.payments import refunds
from billing.payments.models import Payment, Refund
from bookings import barred, delivering, returns
from bookings.limits import account_key
from bookings.models import OnSitePayment, Purchase
from bookings.moves import DESK_PAPER
from bookings.purchases import granting, rows
from bookings.purchases.shelf import terms
from kernel import failpoints
from kernel.errors import Invalid, Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, gate
from venues.models import MembershipPlan, Pack

State = Purchase.State
Way = OnSitePayment.Way


def sell(sold: Pack | MembershipPlan, customer: User, way: str, seller: User, form: UUID | None = None) -> Purchase:
    """Sell it for its price, which was paid at the desk in this way; the customer has it at once.

    `form` is the number of the form that was sent: sent twice, it sells the same to the same customer once. What the
    customer has begun to buy online meanwhile stays as it is. Raises `Refused("member_already")`.
    """
    number = uuid5(form, f"{sold._meta.label}:{sold.pk}:{customer.pk}") if form else uuid4()

    def act() -> Purchase:
        entry = gate.enter(account_key(customer.pk))
        entry.check_goes_on()
        now = entry.now
        done = Purchase.objects.filter(pk=number, customer=customer).first()
        if done is not None:
            return done
        agreed = terms(sold)
        barred.check_is_open(customer.pk)
        if agreed.plan is not None:
            granting.check_can_join(customer.pk, agreed.plan.group_id)
        purchase = rows.make(agreed, customer, now, seller, number)
        delivering.deliver(purchase, agreed.price_minor, now)
        if agreed.price_minor:
            _note(purchase, agreed.price_minor, way, seller, now)
        return purchase

    return transact(act)


def check_returnable(purchase: Purchase) -> None:
    """Raise `Refused` where it cannot be taken back: `wrong_state`, `dispute_open`, or as `granting.check_unused`."""
    if purchase.state != State.PAID:
        raise Refused("wrong_state", _("There is nothing to be taken back."))
    if rows.is_disputed(purchase):
        raise Refused("dispute_open", _("A bank disputes this payment: it cannot be refunded before that is decided."))
    granting.check_unused(purchase)


def is_returnable(purchase: Purchase) -> bool:
    """Whether `take_back` would be let by now."""

    def act() -> bool:
        try:
            check_returnable(purchase)
        except Refused:
            return False
        return True

    return transact(act)


def take_back(purchase_id: UUID, staff: User, note: str = "") -> Purchase:
    """Take back what was not used: the customer has it no more, and all of the money goes the way it came.

    What was paid online goes back by itself; what was paid at the desk is handed back there, and noted so. Raises as
    `check_returnable`.
    """

    def act() -> Purchase:
        purchase = rows.locked(purchase_id)
        check_returnable(purchase)
        failpoints.hit("purchases.returning")
        now = database_now()
        granting.take(purchase, now)
        purchase.state, purchase.ended_at, purchase.updated_at = State.RETURNED, now, now
        for way, amount in _at_desk(purchase):
            _note(purchase, -amount, way, staff, now)
            purchase.paid_minor -= amount
        _plan(purchase, staff, note, now)
        purchase.save()
        return purchase

    return transact(act)


def try_again(purchase_id: UUID, staff: User) -> Purchase:
    """Have another try at money whose refund has failed, also at such as was never counted.

    Raises `Refused("nothing_owed")` where all of it is gone or on its way.
    """

    def act() -> Purchase:
        purchase = rows.locked(purchase_id)
        now = database_now()
        planned = _plan(purchase, staff, "", now) if purchase.state == State.RETURNED else 0
        for payment in refunds.unreturned(purchase.pk):
            current = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
            planned += refunds.left_minor(current)
            returns.return_whole(current, current.refunds.earliest("created_at").reason, now)
        if not planned:
            raise _nothing_owed()
        return purchase

    return transact(act)


def hand_out(purchase_id: UUID, way: str, staff: User, seen_minor: int) -> Purchase:
    """Note that what is still owed of a purchase that was taken back was handed out at the desk.

    Raises `Refused("nothing_owed")`, also while a refund is under way, and `Invalid("changed_meanwhile")` where another
    sum is owed than was seen: a form that is sent twice is noted once.
    """

    def act() -> Purchase:
        purchase = rows.locked(purchase_id)
        if not purchase.is_owed or refunds.under_way_minor(purchase.pk):
            raise _nothing_owed()
        if seen_minor != purchase.paid_minor:
            raise Invalid("changed_meanwhile", _("Another sum is owed by now. Please look at it again."))
        now = database_now()
        _note(purchase, -purchase.paid_minor, way, staff, now)
        purchase.paid_minor, purchase.updated_at = 0, now
        purchase.save()
        return purchase

    return transact(act)


def _nothing_owed() -> Refused:
    return Refused("nothing_owed", _("Nothing is owed, or it is on its way already."))


def _plan(purchase: Purchase, staff: User, note: str, now: datetime) -> int:
    """Plan to return what was paid online and is still here; how much that is."""
    planned = 0
    for payment in refunds.refundable(purchase.pk):
        part = refunds.movable(refunds.left_minor(payment), payment.currency)
        if part:
            refunds.plan(payment, part, Refund.Reason.BY_HAND, now, note, staff.pk)
            planned += part
    return planned


def _at_desk(purchase: Purchase) -> list[tuple[str, int]]:
    """What the desk has of it, by the way in which it was paid."""
    sums: Any = purchase.on_site_payments.order_by().values_list("way").annotate(Sum("amount_minor"))
    return [(way, amount) for way, amount in sums if amount > 0]


def _note(purchase: Purchase, amount_minor: int, way: str, staff: User, now: datetime) -> None:
    made = OnSitePayment.objects.create(purchase=purchase, amount_minor=amount_minor, way=way, taken_by=staff, at=now)
    due.schedule(DESK_PAPER, made.pk, now)
