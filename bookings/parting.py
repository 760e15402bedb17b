"""What a business that closes still has with its customers: visits ahead, money to be returned, what they have left.

Nobody is to have paid for what is deleted, nor to come to it (`obstacles`). What nothing here can pay out (`left`: gift
credit, packs that are used in part) the owner says yes to, with the sums. Reading only.
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
from bookings.purchases.granting import today
from bookings.states import LIVE, WAITING
from schemas.clock import database_now
from tenants import closing, speech
from tenants.closing import Obstacle

REFUNDS, OWED, RETURNED, STUCK = "refunds", "owed", "returned", "stuck"
DISPUTES, PAYMENTS, PAID_AHEAD, TOO_LATE = "disputes", "payments", "paid_ahead", "too_late"
UNUSED = "unused"

Sums = list[tuple[str, int]]
"""What it comes to by currency, in minor units."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Visits ahead that nobody has cancelled: how many, the first and the last."""

    number: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a business stands that is to close: what comes first, and the visits ahead."""

    obstacles: list[Obstacle]
    visits: Ahead


@dataclass(frozen=True, slots=True)
class Left:
    """What customers lose with the business and nobody can take back here: codes with credit, packs that are begun.

    `worth` is the share of what was paid for the packs' `minutes`; what was given for nothing has none.
    """

    credits: int
    sums: Sums
    packs: int
    minutes: int
    worth: Sums

    def __bool__(self) -> bool:
        return bool(self.credits or self.packs)


def ahead(now: datetime) -> QuerySet[Booking]:
    """Bookings that are not over; a hold that has lapsed is none, and nobody comes to a venue that is made up."""
    lapsed = Q(state__in=WAITING, hold_expires_at__lte=now)
    return Booking.objects.filter(state__in=LIVE, end__gt=now, resource__venue__is_sample=False).exclude(lapsed)


def standing(now: datetime) -> Standing:
    """What `obstacles` says, and the visits. A fixed number of queries where money is not stuck."""
    found = _looked_ahead(now)
    visits = Ahead(found["number"], found["first"], found["last"])
    return Standing([*_going_back(), *_unused(now), *_in_doubt(), *_ahead(found)], visits)


def credit_left(now: datetime) -> QuerySet[GiftCredit]:
    """Gift credit that is good and not used up."""
    return GiftCredit.objects.filter(_is_good(now), balance_minor__gt=0)


def packs_left(now: datetime) -> QuerySet[HoursAccount]:
    """Packs with hours that are good, but for those that are taken back first (`unused`)."""
    rows = HoursAccount.objects.filter(_is_good(now), minutes_left__gt=0)
    return rows.exclude(pk__in=unused(now).values("account"))


def unused(now: datetime) -> QuerySet[Purchase]:
    """Packs that were paid and of which nothing is used: staff take them back, and the money goes the way it came."""
    paid = Purchase.objects.filter(state=Purchase.State.PAID, paid_minor__gt=0, account__minutes_left=F("minutes"))
    return paid.filter(_is_good(now, "account__"))


def left(now: datetime) -> Left:
    """What customers lose with the business. Three queries."""
    codes, sums = _added(credit_left(now), "currency", "balance_minor")
    rows = packs_left(now).order_by()
    hours = rows.aggregate(number=Count("pk"), minutes=Sum("minutes_left"))
    paid = rows.filter(purchase__paid_minor__gt=0, purchase__minutes__gt=0)
    share = F("purchase__paid_minor") * F("minutes_left") / F("purchase__minutes")
    _number, worth = _added(paid.annotate(share=share), "purchase__currency", "share")
    return Left(codes, sums, hours["number"], hours["minutes"] or 0, worth)


@closing.stands_in_the_way
def obstacles() -> list[Obstacle]:
    """What has to be settled first, in words."""
    return standing(database_now()).obstacles


def _is_good(now: datetime, of: str = "") -> Q:
    return Q(**{f"{of}valid_until": None}) | Q(**{f"{of}valid_until__gte": today(now)})


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


def _unused(now: datetime) -> list[Obstacle]:
    count, said = _counted(unused(now), "currency", "paid_minor")
    text = ngettext(
        "%(count)d pack was paid and not used: %(sum)s. Take it back, and the money goes the way it came",
        "%(count)d packs were paid and not used: %(sum)s. Take them back, and the money goes the way it came",
        count,
    )
    return [Obstacle(UNUSED, text % {"count": count, "sum": said})] if count else []


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


def _looked_ahead(now: datetime) -> dict[str, Any]:
    """What lies ahead, counted. Two queries."""
    by_pack = HoursEntry.objects.filter(booking=OuterRef("pk"))
    is_paid = Q(paid_minor__gt=F("refunding_minor")) | Q(credit_minor__gt=0) | Q(Exists(by_pack))
    return (
        ahead(now)
        .order_by()
        .aggregate(
            number=Count("pk"),
            first=Min("start"),
            last=Max("start"),
            paid=Count("pk", filter=is_paid),
            late=Count("pk", filter=Q(end__gt=closing.final_moment(now))),
        )
    )


def _ahead(count: dict[str, Any]) -> list[Obstacle]:
    """Paid visits; and later ones: who has booked is not to stand before a closed door without having heard of it."""
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
    number, sums = _added(rows, currency, amount)
    return number, in_words(sums)


def _added(rows: QuerySet[Any], currency: str, amount: str) -> tuple[int, Sums]:
    """How many rows, and what they come to by currency. One query."""
    found = list(rows.order_by(currency).values_list(currency).annotate(number=Count("pk"), sum=Sum(amount)))
    return sum(row[1] for row in found), [(row[0], row[2]) for row in found]


def in_words(sums: Sums) -> str:
    """Amounts of several currencies, one after the other."""
    return ", ".join(speech.money(minor, currency) for currency, minor in sums)
