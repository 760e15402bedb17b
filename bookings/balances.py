"""Gift credit and prepaid hours: what is there, taking from it, and giving it back.

Balances are changed under their row lock and cannot go below zero (a CHECK says so). Every change has an
entry; a booking's entries add up to what it still uses.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from bookings.models import Booking, CreditEntry, GiftCredit, HoursAccount, HoursEntry
from bookings.records import REDEEMED
from bookings.states import WAITING
from kernel.errors import Refused
from tenants import due


@dataclass(frozen=True, slots=True)
class Day:
    """The venue's day, the instant, and the booking that is changed, if one is: what it uses it may use again.

    What holds that are over have not given back yet counts as being there: whoever takes it lets go of it first.
    """

    today: date
    now: datetime
    editing: UUID | None = None


def find_credit(code: str, currency: str, day: Day, *, lock: bool) -> tuple[GiftCredit, int]:
    """The gift credit of a code, and the minor units that the booking may use of it.

    `Refused` where there is none, it is over, or in another currency.
    """
    rows = GiftCredit.objects.select_for_update(no_key=True) if lock else GiftCredit.objects.all()
    credit = rows.filter(code=code.strip().upper()).first()
    if credit is None or credit.currency != currency:
        raise Refused("credit_unknown", _("There is no such gift credit."))
    own = used_credit(day.editing).get(credit.pk, 0) if day.editing else 0
    if credit.valid_until and day.today > credit.valid_until:
        if not own:
            raise Refused("credit_expired", _("This gift credit is no longer valid."))
        return credit, own
    return credit, credit.balance_minor + own + _lapsed_sum(
        CreditEntry.objects.filter(credit=credit), day, "amount_minor"
    )


def find_hours(
    account_id: int, customer_id: int | None, resource_id: int, day: Day, *, lock: bool
) -> tuple[HoursAccount, int]:
    """A customer's own account of prepaid hours that is good for a resource, and the minutes to be had.

    `Refused` where there is none, it is over, or not good there.
    """
    rows = HoursAccount.objects.select_related("pack").prefetch_related("pack__resources")
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    account = rows.filter(pk=account_id, customer=customer_id, customer__isnull=False).first()
    if account is None:
        raise Refused("hours_unknown", _("There are no such prepaid hours."))
    own = used_hours(day.editing).get(account.pk, 0) if day.editing else 0
    is_over = bool(account.valid_until and day.today > account.valid_until)
    if is_over and not own:
        raise Refused("hours_expired", _("These prepaid hours are no longer valid."))
    resources = {resource.pk for resource in account.pack.resources.all()}
    if resources and resource_id not in resources:
        raise Refused("hours_elsewhere", _("These prepaid hours are not valid here."))
    if is_over:
        return account, own
    return account, account.minutes_left + own + _lapsed_sum(HoursEntry.objects.filter(account=account), day, "minutes")


def take_credit(credit: GiftCredit, booking: Booking, amount_minor: int, now: datetime) -> None:
    """Pay with gift credit that is locked; a negative amount gives some back."""
    if amount_minor:
        GiftCredit.objects.filter(pk=credit.pk).update(balance_minor=F("balance_minor") - amount_minor)
        CreditEntry.objects.create(credit=credit, booking=booking, amount_minor=-amount_minor, at=now)
        if booking.state not in WAITING:
            due.schedule(REDEEMED, booking.pk, now)


def take_hours(account: HoursAccount, booking: Booking, minutes: int, now: datetime) -> None:
    """Use prepaid minutes of an account that is locked; a negative number gives some back."""
    if minutes:
        HoursAccount.objects.filter(pk=account.pk).update(minutes_left=F("minutes_left") - minutes)
        HoursEntry.objects.create(account=account, booking=booking, minutes=-minutes, at=now)


def change_credit(credit: GiftCredit | None, booking: Booking, amount_minor: int, now: datetime) -> None:
    """Have a booking use so much of a gift credit that is locked, or of none, and nothing of another one."""
    used = used_credit(booking.pk)
    rows = GiftCredit.objects.select_for_update(no_key=True)
    for other in rows.filter(pk__in=set(used) - {credit.pk if credit else None}).order_by("pk"):
        take_credit(other, booking, -used[other.pk], now)
    if credit:
        take_credit(credit, booking, amount_minor - used.get(credit.pk, 0), now)


def change_hours(account: HoursAccount | None, booking: Booking, minutes: int, now: datetime) -> None:
    """The same of prepaid hours."""
    used = used_hours(booking.pk)
    rows = HoursAccount.objects.select_for_update(no_key=True, of=("self",))
    for other in rows.filter(pk__in=set(used) - {account.pk if account else None}).order_by("pk"):
        take_hours(other, booking, -used[other.pk], now)
    if account:
        take_hours(account, booking, minutes - used.get(account.pk, 0), now)


def used_credit(booking_id: UUID) -> dict[int, int]:
    """Minor units that a booking uses, by id of the gift credit."""
    rows = CreditEntry.objects.filter(booking=booking_id).values_list("credit_id").annotate(used=-Sum("amount_minor"))
    return {credit_id: used for credit_id, used in rows if used}


def used_hours(booking_id: UUID) -> dict[int, int]:
    """Minutes that a booking uses, by id of the account."""
    rows = HoursEntry.objects.filter(booking=booking_id).values_list("account_id").annotate(used=-Sum("minutes"))
    return {account_id: used for account_id, used in rows if used}


def give_back(booking: Booking, now: datetime, keep_credit: int = 0, keep_hours_part: int = 0) -> None:
    """Return what a booking used, but for `keep_credit` minor units and `keep_hours_part` basis points of the minutes.

    Whoever calls this has the booking's lock; a second call finds nothing left to return.
    """
    for credit_id, used in sorted(used_credit(booking.pk).items()):
        back = max(0, used - keep_credit)
        keep_credit -= used - back
        credit = GiftCredit.objects.select_for_update(no_key=True).get(pk=credit_id)
        take_credit(credit, booking, -back, now)
    for account_id, used in sorted(used_hours(booking.pk).items()):
        account = HoursAccount.objects.select_for_update(no_key=True, of=("self",)).get(pk=account_id)
        take_hours(account, booking, -(used * (10_000 - keep_hours_part) // 10_000), now)


def give_all_back(bookings: Collection[Booking], now: datetime) -> None:
    """Return everything that these bookings used: their holds are over."""
    users = lock_used([booking.pk for booking in bookings])
    for booking in bookings:
        if booking.pk in users:
            give_back(booking, now)


def lock_used(ids: Collection[UUID]) -> set[UUID]:
    """Lock the balances that these bookings use, where there are several; the ids of those that use any."""
    credited = list(CreditEntry.objects.filter(booking__in=ids).values_list("booking_id", "credit_id"))
    timed = list(HoursEntry.objects.filter(booking__in=ids).values_list("booking_id", "account_id"))
    if len(ids) > 1:
        # All of them in one order, whatever the order of the bookings: others may be returning theirs.
        list(GiftCredit.objects.select_for_update(no_key=True).filter(pk__in=_second(credited)).order_by("pk"))
        list(HoursAccount.objects.select_for_update(no_key=True).filter(pk__in=_second(timed)).order_by("pk"))
    return {booking_id for booking_id, _balance in (*credited, *timed)}


def lapsed_users(credit_code: str, account_id: int | None, now: datetime) -> set[UUID]:
    """Bookings whose hold is over and that still use a gift credit or an account: they are in the way."""
    credited = CreditEntry.objects.filter(_is_over(now), credit__code=credit_code.strip().upper())
    timed = HoursEntry.objects.filter(_is_over(now), account=account_id)
    return {pk for (pk,) in credited.values_list("booking").union(timed.values_list("booking"))}


def _is_over(now: datetime) -> Q:
    return Q(booking__state__in=WAITING, booking__hold_expires_at__lte=now)


def _lapsed_sum(entries: QuerySet[CreditEntry] | QuerySet[HoursEntry], day: Day, column: str) -> int:
    others = entries.filter(_is_over(day.now)).exclude(booking=day.editing)
    return -(others.aggregate(sum=Sum(column))["sum"] or 0)


def _second(pairs: Collection[tuple[object, int]]) -> set[int]:
    return {second for _first, second in pairs}
