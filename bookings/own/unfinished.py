"""What keeps somebody's data: that they had to do with the business since a moment, or that something is open.

`stale` asks it of accounts, `stale_guests` of addresses that booked without one, `past` of single bookings. Open is
whatever either side still owes, has, waits for or was asked; the table of `tests/bookings/own/test_unfinished.py` has
a case of each.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, In

from accounts.models import AccessToken, Role, Session, User
from billing.payments.models import Dispute, Payment, Refund
from bookings import debts, sums
from bookings.access import MADE_UP
from bookings.models import (
    Booking,
    BookingMessage,
    CreditEntry,
    GiftCredit,
    HoursAccount,
    HoursEntry,
    OnSitePayment,
    Purchase,
    Series,
    WaitlistEntry,
)
from bookings.purchases.granting import today
from bookings.states import LIVE
from oauth.models import AccessToken as AppToken
from venues.models import Membership

WAITS = (WaitlistEntry.State.WAITING, WaitlistEntry.State.OFFERED)


def accounts() -> QuerySet[User]:
    """Customers whose account is there; those of sample data go with the samples."""
    return User.objects.filter(role=Role.CUSTOMER, erased_at=None).exclude(email__endswith=MADE_UP)


def guests() -> QuerySet[Booking]:
    """What was booked without an account, and names an address."""
    return Booking.objects.filter(customer=None).exclude(email="").exclude(email__endswith=MADE_UP)


def stale(people: QuerySet[User], since: datetime, now: datetime) -> QuerySet[User]:
    """Of accounts those that had nothing to do with the business since a moment, and with whom nothing is open."""
    return idle(people, since).filter(*(~each for each in still_open(now).values()))


def idle(people: QuerySet[User], since: datetime) -> QuerySet[User]:
    """Of accounts those that had nothing to do with the business since a moment, whatever may be open."""
    signed_in = Q(created_at__gte=since) | Q(last_login__gte=since) | Q(verified_at__gte=since)
    return people.exclude(pk__in=people.filter(signed_in).values("pk")).filter(*(~each for each in dealings(since)))


def dealings(since: datetime) -> list[Exists]:
    """Of an account, as expressions: what somebody had to do with the business since a moment."""
    day, me = since.date(), {"customer": OuterRef("pk")}
    good = Q(created_at__gte=since) | Q(valid_until__gte=day)
    bought = Q(created_at__gte=since) | Q(paid_at__gte=since) | Q(ended_at__gte=since)
    of_purchase = OnSitePayment.objects.filter(purchase__customer=OuterRef("pk"), at__gte=since)
    return [
        Exists(dealt(Booking.objects.filter(**me), since)),
        Exists(dealt(guests().filter(_of_account()), since)),
        Exists(Purchase.objects.filter(bought, **me)),
        Exists(of_purchase),
        Exists(GiftCredit.objects.filter(good, **me)),
        Exists(CreditEntry.objects.filter(credit__customer=OuterRef("pk"), at__gte=since)),
        Exists(HoursAccount.objects.filter(good, **me)),
        Exists(HoursEntry.objects.filter(account__customer=OuterRef("pk"), at__gte=since)),
        Exists(Membership.objects.filter(Q(valid_from__gte=day) | Q(valid_until__gte=day), user=OuterRef("pk"))),
        Exists(Series.objects.filter(created_at__gte=since, **me)),
        Exists(WaitlistEntry.objects.filter(Q(created_at__gte=since) | Q(latest__gte=since), **me)),
        Exists(Session.objects.filter(user_id=OuterRef("pk"), seen_at__gte=since)),
        Exists(AccessToken.objects.filter(user=OuterRef("pk"), last_used_at__gte=since)),
        Exists(AppToken.objects.filter(user=OuterRef("pk"), created__gte=since)),
    ]


def still_open(now: datetime) -> Mapping[str, Exists]:
    """Of an account, as expressions by name: what is not over between somebody and the business."""
    day, me = today(now), {"customer": OuterRef("pk")}
    good = Q(valid_until=None) | Q(valid_until__gte=day)
    owed = Q(state=Purchase.State.RETURNED, paid_minor__gt=0)
    return {
        "bookings": Exists(unsettled(Booking.objects.filter(**me))),
        "as a guest": Exists(unsettled(guests().filter(_of_account()))),
        "purchases": Exists(Purchase.objects.filter(owed | _money_moves(), **me)),
        "credit": Exists(GiftCredit.objects.filter(good, balance_minor__gt=0, **me)),
        "packs": Exists(HoursAccount.objects.filter(good, minutes_left__gt=0, **me)),
        "memberships": Exists(Membership.objects.filter(good, user=OuterRef("pk"))),
        "waiting": Exists(WaitlistEntry.objects.filter(state__in=WAITS, latest__gt=now, **me)),
    }


def dealt(bookings: QuerySet[Booking], since: datetime) -> QuerySet[Booking]:
    """Of bookings those about which there was something since a moment; one that was imported is new then."""
    wrote = BookingMessage.objects.filter(booking=OuterRef("pk"), side=BookingMessage.Side.CUSTOMER, at__gte=since)
    paid = OnSitePayment.objects.filter(booking=OuterRef("pk"), at__gte=since)
    happened = Q(end__gte=since) | Q(created_at__gte=since) | Q(cancelled_at__gte=since) | Q(paid_at__gte=since)
    return bookings.filter(happened | Exists(wrote) | Exists(paid))


def unsettled(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Of bookings those that are not over: to come, asked for, owed by either side, or with an unanswered message."""
    asked = BookingMessage.objects.filter(booking=OuterRef("pk"), side=BookingMessage.Side.CUSTOMER, answered_at=None)
    to_return = Q(refund_due_minor__gt=0) | Q(refunding_minor__gt=0)
    return bookings.annotate(owed_minor_sql=sums.owed()).filter(
        Q(state__in=LIVE) | sums.in_debt() | to_return | _money_moves() | Exists(asked)
    )


def past(bookings: QuerySet[Booking], since: datetime) -> QuerySet[Booking]:
    """Of bookings those that are over, with nothing open and nothing about them since a moment."""
    old = bookings.filter(end__lt=since)
    return old.exclude(pk__in=unsettled(old).values("pk")).exclude(pk__in=dealt(old, since).values("pk"))


def stale_guests(addresses: Collection[str], since: datetime) -> set[str]:
    """Of addresses in lower case those with which nobody booked since a moment, and of which nothing is open.

    Not those that have an account: what was booked with them goes with it. Three queries.
    """
    mine = guests().filter(In(Lower("email"), list(addresses)))
    kept = {email.lower() for email in dealt(mine, since).values_list("email", flat=True)}
    kept |= {email.lower() for email in unsettled(mine).values_list("email", flat=True)}
    kept |= set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
    return set(addresses) - kept


def _of_account() -> Exact:
    return Exact(Lower("email"), OuterRef("email"))


def _money_moves() -> Q:
    """Of a booking or a purchase: a payment or a refund is on its way, or a bank has taken one back."""
    mine = {"booking_id": OuterRef("pk")}
    return (
        Q(Exists(Dispute.objects.filter(closed_at=None, **mine)))
        | Q(Exists(Refund.objects.filter(debts.unfinished(), **mine)))
        | Q(Exists(Payment.objects.filter(state=Payment.State.PROCESSING, **mine)))
    )
