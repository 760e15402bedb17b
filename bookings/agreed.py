"""What was agreed about a booking, what is to be different, and the request for both together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils.translation import gettext as _

from bookings import balances, refusals
from bookings.facts import Reason
from bookings.models import Booking, BookingLine, GiftCredit, VoucherUse
from bookings.requests import Contact, ExtraWish, HoldRequest, Payment
from kernel.errors import Invalid
from kernel.periods import Period, elapsed

LONGEST_DAYS = 31


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different; None leaves it as it is.

    A new `start` alone keeps the length. `also` and `extras` are the full new lists; `payment`, while it is
    held, names means that are used besides those that it uses already. `agreed_minor` is a
    total that staff agreed on, `overrules` are rules that they set aside, of `STAFF_MAY_OVERRULE`, and why. The
    change is refused where the new total is not `expected_minor`, or the booking's `revision` another one
    by now.
    """

    start: datetime | None = None
    end: datetime | None = None
    resource_id: int | None = None
    also: tuple[int, ...] | None = None
    participants: int | None = None
    extras: tuple[ExtraWish, ...] | None = None
    notes: str | None = None
    answers: Mapping[int, str] | None = None
    payment: Payment | None = None
    without: frozenset[str] = frozenset()
    """Means that are not to be used any more, while it is held: of `voucher`, `credit` and `hours`."""
    agreed_minor: int | None = None
    overrules: frozenset[Reason] = frozenset()
    overruled_because: str = ""
    expected_minor: int | None = None
    revision: int | None = None


@dataclass(frozen=True)
class Parts:
    """What a booking consists of besides its own row, as it was agreed."""

    also: tuple[int, ...]
    extras: tuple[ExtraWish, ...]
    payment: Payment = field(default_factory=Payment)
    lines: tuple[BookingLine, ...] = ()
    minutes: int = 0
    """Prepaid ones that it uses."""


def parts_of(booking: Booking) -> Parts:
    """The parts of a booking, as they are now."""
    credit = next(iter(balances.used_credit(booking.pk)), None)
    hours = balances.used_hours(booking.pk)
    use = VoucherUse.objects.select_related("voucher").filter(booking=booking).first()
    return replace(
        claiming_parts_of(booking),
        payment=Payment(
            voucher=use.voucher.code if use else "",
            credit=GiftCredit.objects.get(pk=credit).code if credit else "",
            hours_account=next(iter(hours), None),
        ),
        lines=tuple(booking.lines.all()),
        minutes=sum(hours.values()),
    )


def claiming_parts_of(booking: Booking) -> Parts:
    """Only the parts that take time from something: what is to be locked, before anything is."""
    return Parts(
        also=tuple(booking.further.order_by("pk").values_list("resource_id", flat=True)),
        extras=tuple(ExtraWish(*row) for row in booking.extras.order_by("pk").values_list("product_id", "quantity")),
    )


def request_of(booking: Booking, parts: Parts, change: Change) -> HoldRequest:
    """The request for the booking as it is to be; `Invalid` for an end before the start."""
    start = change.start or booking.start
    end = change.end or start + elapsed(booking.start, booking.end)
    if end <= start:
        raise Invalid("period_invalid", _("The end must be after the start."))
    if elapsed(start, end).days > LONGEST_DAYS:
        raise refusals.unavailable(Reason.DURATION)
    return HoldRequest(
        period=Period(start, end),
        resource_id=change.resource_id or booking.resource_id,
        product_id=booking.product_id,
        also=parts.also if change.also is None else change.also,
        participants=change.participants or booking.participants,
        extras=parts.extras if change.extras is None else change.extras,
        payment=_means_of(parts, change),
        answers=change.answers or {},
        customer=booking.customer,
        contact=Contact(booking.name, booking.email, booking.phone, booking.language),
        holder=booking.holder,
        origin=booking.origin,
        agent=booking.agent,
    )


def _means_of(parts: Parts, change: Change) -> Payment:
    more, gone = change.payment or Payment(), change.without
    before = Payment(
        voucher="" if "voucher" in gone else parts.payment.voucher,
        credit="" if "credit" in gone else parts.payment.credit,
        hours_account=None if "hours" in gone else parts.payment.hours_account,
    )
    return Payment(
        voucher=more.voucher or before.voucher,
        credit=more.credit or before.credit,
        hours_account=before.hours_account if more.hours_account is None else more.hours_account,
        agreed_minor=change.agreed_minor,
    )


def is_agreed_anew(current: Booking, parts: Parts, request: HoldRequest) -> bool:
    """Whether anything is different that time, place or price depend on."""
    asked = (request.resource_id, request.period.start, request.period.end, request.participants)
    return (
        asked != (current.resource_id, current.start, current.end, current.participants)
        or set(request.also) != set(parts.also)
        or _counted(request.extras) != _counted(parts.extras)
        or request.payment != parts.payment
    )


def _counted(extras: Iterable[ExtraWish]) -> list[tuple[int, int]]:
    return sorted((extra.product_id, extra.quantity) for extra in extras)
