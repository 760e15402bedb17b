"""What a business that closes still has with its customers: visits ahead, money to be returned, what they have left.

Nobody is to have paid for what is deleted, nor to come to it (`obstacles`). The rest the owner is told. Reading only.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.utils.translation import ngettext

from billing.payments import refunds
from billing.payments.models import Dispute, Payment, Refund
from bookings import debts
from bookings.models import Booking, GiftCredit, HoursAccount, HoursEntry, Purchase
from bookings.states import LIVE, WAITING
from schemas.clock import database_now
from tenants import closing, speech
from tenants.closing import Obstacle

REFUNDS, OWED, RETURNED, STUCK = "refunds", "owed", "returned", "stuck"
DISPUTES, PAYMENTS, PAID_AHEAD, TOO_LATE = "disputes", "payments", "paid_ahead", "too_late"

Sums = list[tuple[str, int]]
"""What it comes to by currency, in minor units."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Visits ahead that nobody has cancelled: how many, the first and the last."""

    number: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Unused:
    """What customers have left of what they bought or were given: codes with credit, packs with hours."""

    credits: int
    sums: Sums
    packs: int
    minutes: int


def ahead(now: datetime) -> QuerySet[Booking]:
    """Bookings that are not over; a hold that has lapsed is none, and nobody comes to a venue that is made up."""
    lapsed = Q(state__in=WAITING, hold_expires_at__lte=now)
    return Booking.objects.filter(state__in=LIVE, end__gt=now, resource__venue__is_sample=False).exclude(lapsed)


def visits(now: datetime) -> Ahead:
    """What `ahead` comes to. One query."""
    found = ahead(now).order_by().aggregate(number=Count("pk"), first=Min("start"), last=Max("start"))
    return Ahead(**found)


def unused(now: datetime) -> Unused:
    """What customers lose with the business. Two queries."""
    day = now.date()
    good = Q(valid_until=None) | Q(valid_until__gte=day)
    credit = GiftCredit.objects.filter(good, balance_minor__gt=0).order_by("currency").values_list("currency")
    rows: Any = list(credit.annotate(number=Count("pk"), sum=Sum("balance_minor")))
    packs = HoursAccount.objects.filter(good, minutes_left__gt=0).order_by()
    hours = packs.aggregate(number=Count("pk"), minutes=Sum("minutes_left"))
    return Unused(
        credits=sum(number for _currency, number, _sum in rows),
        sums=[(currency, total) for currency, _number, total in rows],
        packs=hours["number"],
        minutes=hours["minutes"] or 0,
    )


@closing.stands_in_the_way
def obstacles() -> list[Obstacle]:
    """What has to be settled first, in words. A fixed number of queries where money is not stuck."""
    now = database_now()
    return [*_going_back(), *_in_doubt(), *_ahead(now)]


def _going_back() -> list[Obstacle]:
    found = []
    coming = Refund.objects.filter(debts.unfinished())
    count, said = _counted(coming, "payment__currency", "amount_minor")
    if count:
        text = ngettext(
            "%(count)d refund has not arrived yet: %(sum)s", "%(count)d refunds have not arrived yet: %(sum)s", count
        )
        found.append(Obstacle(REFUNDS, text % {"count": count, "sum": said}))
    count, said = _counted(Booking.objects.filter(refund_due_minor__gt=0), "currency", "refund_due_minor")
    if count:
        text = ngettext(
            "Money of %(count)d booking is to be returned: %(sum)s",
            "Money of %(count)d bookings is to be returned: %(sum)s",
            count,
        )
        found.append(Obstacle(OWED, text % {"count": count, "sum": said}))
    returned = Purchase.objects.filter(state=Purchase.State.RETURNED, paid_minor__gt=0)
    count, said = _counted(returned, "currency", "paid_minor")
    if count:
        text = ngettext(
            "Money of %(count)d pack or membership that was taken back is to be returned: %(sum)s",
            "Money of %(count)d packs and memberships that were taken back is to be returned: %(sum)s",
            count,
        )
        found.append(Obstacle(RETURNED, text % {"count": count, "sum": said}))
    stuck = _stuck()
    if stuck:
        text = ngettext(
            "%(count)d payment that came too late has not gone back",
            "%(count)d payments that came too late have not gone back",
            stuck,
        )
        found.append(Obstacle(STUCK, text % {"count": stuck}))
    return found


def _stuck() -> int:
    """Payments that are to go back as a whole and of which something is here, that no refund is on its way for."""
    on_its_way = Refund.objects.filter(debts.unfinished(), payment=OuterRef("pk"))
    late = Payment.objects.filter(~Exists(on_its_way), state=Payment.State.SUCCEEDED, returned_at__isnull=False)
    return sum(refunds.left_minor(payment) > 0 for payment in late.filter(refunded_minor__lt=F("amount_minor")))


def _in_doubt() -> list[Obstacle]:
    found = []
    count, said = _counted(Dispute.objects.filter(closed_at=None), "currency", "amount_minor")
    if count:
        text = ngettext(
            "%(count)d payment is disputed by a bank: %(sum)s",
            "%(count)d payments are disputed by a bank: %(sum)s",
            count,
        )
        found.append(Obstacle(DISPUTES, text % {"count": count, "sum": said}))
    count, said = _counted(Payment.objects.filter(state__in=Payment.UNFINISHED), "currency", "amount_minor")
    if count:
        text = ngettext(
            "%(count)d payment is under way: %(sum)s. What nobody pays ends by itself within a day",
            "%(count)d payments are under way: %(sum)s. What nobody pays ends by itself within a day",
            count,
        )
        found.append(Obstacle(PAYMENTS, text % {"count": count, "sum": said}))
    return found


def _ahead(now: datetime) -> list[Obstacle]:
    """Paid visits; and later ones: who has booked is not to stand before a closed door without having heard of it."""
    by_pack = HoursEntry.objects.filter(booking=OuterRef("pk"))
    is_paid = Q(paid_minor__gt=F("refunding_minor")) | Q(credit_minor__gt=0) | Q(Exists(by_pack))
    is_late = Q(end__gt=closing.final_moment(now))
    count = ahead(now).order_by().aggregate(paid=Count("pk", filter=is_paid), late=Count("pk", filter=is_late))
    paid = ngettext(
        "%(count)d booking ahead is paid, wholly or in part: cancel it and the money goes back, or wait for its day",
        "%(count)d bookings ahead are paid, wholly or in part: cancel them, money goes back, or wait for their days",
        count["paid"],
    )
    late = ngettext(
        "%(count)d booking lies after the last day: cancel it, and the customer is told",
        "%(count)d bookings lie after the last day: cancel them, and the customers are told",
        count["late"],
    )
    found = [(PAID_AHEAD, paid, count["paid"]), (TOO_LATE, late, count["late"])]
    return [Obstacle(code, text % {"count": number}) for code, text, number in found if number]


def _counted(rows: QuerySet[Any], currency: str, amount: str) -> tuple[int, str]:
    """How many rows, and what they come to, in words. One query."""
    found = list(rows.order_by(currency).values_list(currency).annotate(number=Count("pk"), sum=Sum(amount)))
    return sum(row[1] for row in found), in_words([(row[0], row[2]) for row in found])


def in_words(sums: Sums) -> str:
    """Amounts of several currencies, one after the other."""
    return ", ".join(speech.money(minor, currency) for currency, minor in sums)
