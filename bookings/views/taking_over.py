"""The hold of a guest who signs in before it is finished: it becomes theirs, with their prices, codes and hours."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import User
from bookings import lifecycle
from bookings.models import Booking, VoucherUse
from bookings.requests import ExtraWish, HoldRequest, Payment
from bookings.views.browser import holder_of
from bookings.views.held import held_by
from bookings.views.links import is_embedded, remember
from kernel.errors import Refused
from kernel.periods import Period


def in_own_name(request: HttpRequest, booking: Booking) -> Booking | None:
    """The hold of this browser made anew for whoever signed in since; None where there is nothing to be done.

    It stays a guest's for staff, and where their account may not have it. Two tabs at once get the same one.
    """
    user = request.user
    if not isinstance(user, User) or user.is_staff_member or is_embedded(request) or booking.customer_id is not None:
        return None
    holder = holder_of(request)
    own = held_by(request)
    if booking.pk in own.passing:
        fresh = _held_anew(_alike(booking, user, holder, own.passing))
    elif holder and booking.holder == holder:  # in another tab, since it was read
        fresh = next((held for held in own.holds if _slot_of(held) == _slot_of(booking)), None)
    else:
        fresh = None
    if fresh is not None:
        remember(request, fresh.pk)
    return fresh


def _slot_of(booking: Booking) -> tuple[object, ...]:
    return booking.resource_id, booking.start, booking.end


def _held_anew(wanted: HoldRequest) -> Booking | None:
    try:
        return lifecycle.hold(wanted)
    except Refused as refusal:
        if refusal.code != "held_by_you":
            return None
        return Booking.objects.filter(pk=str(refusal.extra["booking"]), customer=wanted.customer).first()


def _alike(booking: Booking, user: User, holder: str, own: frozenset[UUID]) -> HoldRequest:
    chosen = booking.extras.values_list("product_id", "quantity")
    code = VoucherUse.objects.filter(booking=booking).values_list("voucher__code", flat=True).first()
    return HoldRequest(
        period=Period(booking.start, booking.end),
        resource_id=booking.resource_id,
        product_id=booking.product_id,
        participants=booking.participants,
        extras=tuple(ExtraWish(product_id, quantity) for product_id, quantity in chosen),
        payment=Payment(code or ""),
        notes=booking.notes,
        answers=None,
        customer=user,
        holder=holder,
        replaces=own,
    )
