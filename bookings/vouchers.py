"""Vouchers: whether one can be used, and by whom it is used already.

A use counts as long as its booking does: holds that are over, expired and cancelled bookings give it
back. Uses are counted under the voucher's row lock, so that the last one goes to one customer only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bookings.models import Booking, VoucherUse
from bookings.states import WAITING, State
from kernel import failpoints
from kernel.errors import Refused
from venues.models import Voucher

COUNTS = frozenset({State.HELD, State.PENDING, State.CONFIRMED, State.COMPLETED, State.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who wants to use a voucher, where and when: `today` is the venue's day, `groups` the customer's."""

    customer_id: int | None
    email: str
    groups: frozenset[int]
    resource_id: int | None
    """None: where does not matter yet."""
    currency: str
    today: date
    now: datetime
    editing: UUID | None = None
    """The booking whose own use does not count against it."""
    planned: Mapping[int, int] = field(default_factory=dict)
    """Uses by id of the voucher that the same act has planned already."""


def spelled(code: str) -> str:
    """A code as it is kept, however somebody types it."""
    return code.strip().upper()


def find(code: str, claimant: Claimant, *, lock: bool) -> Voucher | None:
    """The voucher of a code, if the claimant may use it; None without a code.

    `Refused` with a code that begins `voucher_`.

    A booking that is changed keeps its voucher, even one that is over or used up by now, where it is good.
    """
    if not code:
        return None
    rows = Voucher.objects.prefetch_related("resources")
    if lock and not failpoints.hit("vouchers.lock"):  # the negative control of the race counts without it
        rows = rows.select_for_update(no_key=True)
    voucher = rows.filter(code=spelled(code)).first()
    keeps = voucher is not None and _is_kept(voucher, claimant)
    if voucher is None or not (voucher.is_active or keeps):
        raise Refused("voucher_unknown", _("There is no such voucher."))
    _check_place(voucher, claimant)
    if not keeps:
        _check_time(voucher, claimant.today)
        _check_group(voucher, claimant)
        _check_uses(voucher, claimant)
    return voucher


def _is_kept(voucher: Voucher, claimant: Claimant) -> bool:
    if claimant.editing is None:
        return False
    return VoucherUse.objects.filter(voucher=voucher, booking=claimant.editing).exists()


def check_minimum(voucher: Voucher | None, before_minor: int) -> None:
    """Refuse a voucher on less than its minimum."""
    if voucher and before_minor < voucher.minimum_minor:
        raise Refused("voucher_minimum", _("This voucher needs a higher price."))


def take(voucher: Voucher, booking: Booking, amount_minor: int) -> None:
    """Note the use, in the booking's transaction; a booking has one at most."""
    VoucherUse.objects.update_or_create(
        booking=booking,
        defaults={
            "voucher": voucher,
            "customer_id": booking.customer_id,
            "email": booking.email.lower(),
            "amount_minor": amount_minor,
        },
    )


def uses(voucher_ids: Collection[int], now: datetime) -> QuerySet[VoucherUse]:
    """The uses that count at an instant."""
    over = Q(booking__state__in=WAITING, booking__hold_expires_at__lte=now)
    return VoucherUse.objects.filter(voucher__in=voucher_ids, booking__state__in=COUNTS).exclude(over)


def _check_time(voucher: Voucher, today: date) -> None:
    if voucher.valid_from and today < voucher.valid_from:
        raise Refused("voucher_not_yet", _("This voucher is not valid yet."))
    if voucher.valid_until and today > voucher.valid_until:
        raise Refused("voucher_expired", _("This voucher is no longer valid."))


def _check_place(voucher: Voucher, claimant: Claimant) -> None:
    if claimant.resource_id is None:
        return
    resources = {resource.pk for resource in voucher.resources.all()}
    if resources and claimant.resource_id not in resources:
        raise Refused("voucher_elsewhere", _("This voucher is not valid here."))
    if voucher.amount_minor is not None and voucher.currency != claimant.currency:
        raise Refused("voucher_elsewhere", _("This voucher is not valid here."))


def _check_group(voucher: Voucher, claimant: Claimant) -> None:
    if voucher.group_id and voucher.group_id not in claimant.groups:
        raise Refused("voucher_for_group", _("This voucher is for members of a group."))


def _check_uses(voucher: Voucher, claimant: Claimant) -> None:
    counted = uses([voucher.pk], claimant.now)
    if claimant.editing:
        counted = counted.exclude(booking=claimant.editing)
    planned = claimant.planned.get(voucher.pk, 0)
    if voucher.most_uses is not None and counted.count() + planned >= voucher.most_uses:
        raise Refused("voucher_used_up", _("This voucher has been used up."))
    if voucher.most_uses_each is None:
        return
    mine = Q(customer=claimant.customer_id, customer__isnull=False)
    if claimant.email:
        mine |= Q(email=claimant.email.lower())
    elif claimant.customer_id is None:
        raise Refused("voucher_needs_contact", _("Sign in to use this voucher."))
    if counted.filter(mine).count() + planned >= voucher.most_uses_each:
        raise Refused("voucher_used_up", _("You have used this voucher already."))
