"""`PATCH /bookings/{id}`: who comes, with what, and how it is paid; and giving up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from rest_framework.request import Request

from billing import accounts
from bookings import cancelling, changes, earning, lifecycle, moves, versions, waitlist, ways_back
from bookings.agents import Agent
from bookings.agreed import Change
from bookings.api.partner.base import agent_of
from bookings.api.partner.shapes import CONFIRMED
from bookings.cancelling import Cancellation
from bookings.introductions import Introduction, introduce
from bookings.models import Booking
from bookings.projection import partner_status
from bookings.requests import Contact, ExtraWish
from bookings.states import PaymentWay, State
from kernel.errors import Invalid, Refused
from rest import scopes
from schemas.clock import database_now
from schemas.current import current_tenant
from venues.access import public_products
from venues.models import Product

OVER = frozenset({"CANCEL", "REFUNDED"})
Wanted = Mapping[str, Any]


def fill_in(agent: Agent, booking: Booking, wanted: Wanted) -> None:
    """Put details in and go on as wanted, in the caller's transaction. Raises `Refused`, and nothing is changed."""
    for name, spelt in (("success_url", "successUrl"), ("cancel_url", "cancelUrl")):
        if wanted.get(name):
            ways_back.check(agent.name, wanted[name], spelt)
    now = database_now()
    moves.check_live(booking, now)
    if booking.state == State.HELD:
        _finish(agent, booking, wanted)
    else:
        versions.check(booking, booking.seen, now)
        _check_same(booking, wanted)
    if wanted.get("payment_enabled"):
        ways_back.keep(booking, wanted.get("success_url", ""), wanted.get("cancel_url", ""))


def _finish(agent: Agent, booking: Booking, wanted: Wanted) -> None:
    if "additional_products" in wanted:
        extras = _extras(wanted["additional_products"])
        booking = changes.change(booking, Change(extras=extras), agent.actor)
    told = Introduction(_contact(agent, booking, wanted), None, wanted.get("answers"))
    if _is_paid_online(booking, wanted):
        introduce(booking, told, agent.actor)
        current = moves.locked(booking.pk)
        earning.payable(current, database_now())
        accounts.charging(current_tenant(), current.currency)
    elif wanted.get("status") == CONFIRMED or "payment_enabled" in wanted:
        _submit(agent, booking, told, wanted)
    else:
        introduce(booking, told, agent.actor)


def _is_paid_online(booking: Booking, wanted: Wanted) -> bool:
    return bool(wanted.get("payment_enabled") and booking.due_now_minor and not booking.resource.needs_approval)


def _submit(agent: Agent, booking: Booking, told: Introduction, wanted: Wanted) -> None:
    """To the venue, with nothing to be paid online now: what needs its yes may be paid after that."""
    way = None
    if booking.due_now_minor and wanted.get("payment_enabled"):
        if not booking.resource.pays_online:
            raise Refused("payment_unavailable", _("This cannot be paid in that way."))
        way = PaymentWay.ONLINE
    elif booking.due_now_minor and not booking.resource.pays_on_site:
        raise Refused("payment_required", _("This booking has to be paid online."))
    lifecycle.submit(booking, told.contact, agent.actor, None, told.given, way)


def _contact(agent: Agent, booking: Booking, wanted: Wanted) -> Contact:
    known = booking.name or (agent.user.name if agent.user else "")
    return Contact(wanted.get("name", known), wanted["email"], wanted["phone"])


def _check_same(booking: Booking, wanted: Wanted) -> None:
    """What went to the venue stays as it is: said once more it is no harm, anything else is `wrong_state`."""
    has = {
        "email": booking.email,
        "phone": booking.phone,
        "name": booking.name,
        "additional_products": _counted(_has(booking)),
    }
    asked = {**wanted, "additional_products": _counted(wanted.get("additional_products", _has(booking)))}
    differs = any(asked.get(name, value) != value for name, value in has.items())
    if booking.state not in {State.PENDING, State.CONFIRMED} or differs:
        raise Refused("wrong_state", _("This booking is not being held any more."))


def _has(booking: Booking) -> list[UUID]:
    rows = booking.extras.values_list("product__public_id", "quantity")
    return [public_id for public_id, quantity in rows for _number in range(quantity)]


def _counted(ids: Sequence[UUID]) -> Counter[UUID]:
    return Counter(ids)


def _extras(wished: Sequence[UUID]) -> tuple[ExtraWish, ...]:
    """The extras with these names for partners; `Invalid` for a name that none has."""
    rows = public_products().filter(kind=Product.Kind.EXTRA, public_id__in=wished)
    known = dict(rows.values_list("public_id", "pk"))
    if not known.keys() >= set(wished):
        raise Invalid("extra_unknown", _("This extra is not offered here."))
    return tuple(ExtraWish(known[public_id], count) for public_id, count in Counter(wished).items())


def give_up(request: Request, booking: Booking) -> None:
    """Cancel: freely before it is confirmed, after that by the venue's terms and with a scope of its own.

    What is over already stays as it is. The caller's transaction has no locks yet. Raises `InsufficientScope`, and
    `Refused("not_cancellable")` once it has begun.
    """
    waitlist.lock_of(booking.pk)
    current = moves.locked(booking.pk, booking.seen)
    if current.confirmed_at is not None:  # whoever may do neither does not come here
        scopes.require(request, scopes.BOOKING_CANCEL)
    if partner_status(current, database_now()) not in OVER:
        cancelling.cancel(current, agent_of(request).actor, Cancellation())
