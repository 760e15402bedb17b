"""What a purchase gives, and taking it back: minutes of a pack, days in a group. Under the purchase's lock."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from bookings import issuing
from bookings.issuing import Opening
from bookings.models import Booking, HoursAccount, HoursEntry, Purchase
from bookings.states import State
from kernel.errors import Refused
from kernel.periods import midnight
from schemas.current import current_tenant
from tenants.zones import zone
from venues.models import Membership

GONE = frozenset({State.CANCELLED, State.EXPIRED})
A_DAY = timedelta(days=1)


def today(now: datetime) -> date:
    """The day at the tenant's clocks."""
    return now.astimezone(zone(current_tenant().time_zone)).date()


def check_can_have(purchase: Purchase) -> None:
    """Raise `Refused("member_already")` where somebody is a member without end: there is nothing to add."""
    if purchase.plan is not None:
        check_can_join(purchase.customer_id, purchase.plan.group_id)


def check_can_join(customer_id: int, group_id: int) -> None:
    """As `check_can_have`, before there is a purchase."""
    if Membership.objects.filter(user=customer_id, group=group_id, valid_until=None).exists():
        raise Refused("member_already", _("You are a member already, and without an end."))


def give(purchase: Purchase, now: datetime) -> None:
    """Give what was bought, once: whoever calls makes it `paid` in the same transaction."""
    if purchase.pack is not None:
        until = today(now) + timedelta(days=purchase.days) if purchase.days else None
        issuing.open_account(Opening(purchase.pack, purchase.customer, purchase.minutes, until, purchase), now)
    else:
        _join(purchase, today(now))


def _join(purchase: Purchase, day: date) -> None:
    """A membership from today, or from the day after the one that there is."""
    assert purchase.plan is not None
    assert purchase.days is not None
    member = _member(purchase) or Membership(user=purchase.customer, group=purchase.plan.group)
    is_running = member.valid_until is not None and member.valid_until >= day
    purchase.had_from, purchase.had_until = member.valid_from, member.valid_until
    purchase.first_day = member.valid_until + A_DAY if is_running and member.valid_until else day
    purchase.last_day = purchase.first_day + A_DAY * (purchase.days - 1)
    if not is_running:
        member.valid_from = day
    member.valid_until = purchase.last_day
    member.save()


def check_unused(purchase: Purchase) -> None:
    """Raise `Refused` where something of it was used (`purchase_used`), or later days were bought on top of it
    (`purchase_extended`)."""
    if purchase.pack_id is not None:
        account = _account(purchase)
        if account is not None and account.minutes_left != purchase.minutes:
            raise Refused("purchase_used", _("Hours of this pack are used already, so it cannot be taken back."))
        return
    member = _member(purchase)
    if member is not None and member.valid_until != purchase.last_day:
        raise Refused("purchase_extended", _("This membership was changed or extended later. Take that back first."))
    if _has_booked(purchase):
        raise Refused("purchase_used", _("This membership was used for a booking, so it cannot be taken back."))


def take(purchase: Purchase, now: datetime) -> None:
    """Take back what is left of it. Bookings that were made with it stay as agreed."""
    if purchase.pack_id is not None:
        account = _account(purchase)
        if account is not None and account.minutes_left:
            HoursEntry.objects.create(account=account, minutes=-account.minutes_left, at=now)
            HoursAccount.objects.filter(pk=account.pk).update(minutes_left=0)
        return
    member = _member(purchase)
    if member is None or member.valid_until != purchase.last_day:
        return
    if purchase.had_until is None:
        member.delete()
    else:
        member.valid_from, member.valid_until = purchase.had_from, purchase.had_until
        member.save()


def _account(purchase: Purchase) -> HoursAccount | None:
    return HoursAccount.objects.select_for_update(no_key=True, of=("self",)).filter(purchase=purchase).first()


def _member(purchase: Purchase) -> Membership | None:
    assert purchase.plan is not None
    rows = Membership.objects.select_for_update(no_key=True, of=("self",))
    return rows.filter(user=purchase.customer_id, group=purchase.plan.group_id).first()


def _has_booked(purchase: Purchase) -> bool:
    """Whether a booking of a day that was bought counts the group: it is in the row of what was agreed."""
    assert purchase.plan is not None
    assert purchase.first_day is not None
    begins = midnight(purchase.first_day, zone(current_tenant().time_zone))
    own = Booking.objects.filter(customer=purchase.customer_id, groups__contains=[purchase.plan.group_id])
    return own.filter(start__gte=begins).exclude(state__in=GONE).exists()
