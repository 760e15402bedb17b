"""Somebody stands at the desk: what it costs them, and booking, paying and coming in as one act."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings import gaps, lifecycle, plans, quotes, visits
from bookings.lifecycle import Taking
from bookings.models import Booking, OnSitePayment
from bookings.plans import Stage, Terms
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest, Payment
from kernel.errors import Refused
from kernel.periods import Period
from schemas.transactions import transact


class Way(models.TextChoices):
    """How somebody who came by settles it."""

    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    LATER = "later", _("Pay later")
    FREE = "free", _("Free of charge")


TAKEN = {Way.CASH: OnSitePayment.Way.CASH, Way.CARD: OnSitePayment.Way.CARD}


@dataclass(frozen=True, slots=True)
class WalkIn:
    """What they would like. `quote` is the token of the price that the desk was shown, empty for whatever it is."""

    resource_id: int
    period: Period
    participants: int = 1
    name: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What it costs in minor units, the token that holds the price, and why it cannot be had, if so."""

    total_minor: int
    currency: str
    quote: str
    refusal: Refused | None


def offer(walk_in: WalkIn, now: datetime) -> Offer:
    """The price of a walk-in; nothing is held. `Refused` where there is none, or no such resource."""
    request = _request(walk_in)
    terms = Terms(now, overrules=gaps.AT_THE_DESK)
    estimate = Stage(request, plans.product_of(request), terms).estimate(request)
    price, policy_id = estimate.plan.price, estimate.plan.policy_id
    token, _until = quotes.signed(request, price, policy_id, now)
    return Offer(price.total_minor, price.currency, token, estimate.refusal)


def take_in(walk_in: WalkIn, way: Way, staff: Actor) -> Booking:
    """Book it, note what was paid, and check them in where the doors are open: all of it, or none.

    `Refused` as `lifecycle.book_for`, and `Conflict("price_changed")` where the price is not the one shown.
    """

    def act() -> Booking:
        booking = lifecycle.book_for(_paid_by(_request(walk_in), way), staff, gaps.AT_THE_DESK)
        if way in TAKEN and booking.owed_minor:
            booking = lifecycle.pay_on_site(booking, Taking(booking.owed_minor, TAKEN[way], booking.paid_minor), staff)
        if booking.created_at >= booking.start - visits.DOORS_OPEN:
            booking = visits.check_in(booking, staff)
        return booking

    return transact(act)


def _request(walk_in: WalkIn) -> HoldRequest:
    return HoldRequest(
        period=walk_in.period,
        resource_id=walk_in.resource_id,
        participants=walk_in.participants,
        quote=walk_in.quote,
        answers=None,
        contact=Contact(name=walk_in.name.strip() or str(_("Walk-in"))),
    )


def _paid_by(request: HoldRequest, way: Way) -> HoldRequest:
    """What is given away costs nothing, whatever it would have cost."""
    if way != Way.FREE:
        return request
    return replace(request, quote="", payment=Payment(agreed_minor=0))
