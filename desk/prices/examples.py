"""Worked examples of what one is about to write, by the code that prices and settles real bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from bookings import terms, vouchers
from bookings.baskets import Basket, Means
from bookings.models import Booking
from bookings.prices import priced
from bookings.states import CancelReason
from bookings.terms import Agreed, Settlement
from desk.prices.voucher_forms import TermsForm
from kernel.errors import Refused
from kernel.periods import Period
from tenants import speech
from tenants.zones import zone
from venues.models import Rate, Resource, Venue
from venues.pricelists import PriceList, Tariff, sell_by

NOON = datetime(2030, 6, 15, 10, tzinfo=UTC)
UTC_NAME, MINUTE, A_MONTH = "UTC", timedelta(minutes=1), timedelta(days=30)


@dataclass(frozen=True)
class Example:
    """What a booking of `before_minor` costs with a voucher; `refusal` says why it does not count."""

    before_minor: int
    after_minor: int
    currency: str
    refusal: str = ""


def voucher_example(form: TermsForm) -> Example | None:
    """What the voucher of a form does to a price; None where it says nothing yet."""
    if form.is_bound:
        form.is_valid()
    row = form.voucher
    if not (row.percent_off or row.amount_minor) or (form.is_bound and form.errors):
        return None
    venue = Venue(name="", currency=form.currency, time_zone=UTC_NAME)
    resource = Resource(pk=0, venue=venue, name="")
    before = max(form.example_minor, row.minimum_minor)
    sell_by(resource, PriceList([Tariff(1, Rate.Unit.BOOKING, before)]))
    basket = Basket((resource,), Period(NOON, NOON + timedelta(hours=1)), zone(UTC_NAME))
    price = priced(basket, Means(voucher=row))
    try:
        vouchers.check_minimum(row, price.before_voucher_minor)
    except Refused as refusal:
        return Example(before, before, form.currency, refusal.detail)
    return Example(before, price.total_minor, form.currency)


@dataclass(frozen=True)
class Case:
    """A booking that is given up: when, and what becomes of its money."""

    when: str
    settlement: Settlement


@dataclass(frozen=True)
class Money:
    """The booking of the examples, in minor units of a currency: its price, its deposit, and what was paid."""

    total_minor: int
    deposit_minor: int
    paid_minor: int
    currency: str
    rounding_minor: int = 1


def policy_cases(agreed: Agreed, money: Money, groups: Sequence[int] = ()) -> list[Case]:
    """What giving up brings at the edges of the steps, right after booking, in bad weather, and for staying away."""
    booking = a_booking(money, groups)
    found: list[Case] = []
    if agreed.grace_minutes:
        moment = booking.created_at + timedelta(minutes=agreed.grace_minutes) - MINUTE
        found.append(_cancelled(agreed, booking, _("right after booking"), moment))
    edges = {step.minutes_before for step in agreed.steps if step.group_id in {None, *groups} and not step.reason}
    for minutes in sorted(edges - {0}, reverse=True):
        words = _("%(length)s before") % {"length": speech.length(minutes)}
        found.append(_cancelled(agreed, booking, words, booking.start - minutes * MINUTE))
        words = _("a minute later")
        found.append(_cancelled(agreed, booking, words, booking.start - (minutes - 1) * MINUTE))
    found.append(_cancelled(agreed, booking, _("a minute before the start"), booking.start - MINUTE))
    weather = terms.outcome(agreed, booking, CancelReason.WEATHER, booking.start - 60 * MINUTE)
    found.append(Case(_("for the weather, an hour before"), terms.settlement(booking, weather)))
    found.append(Case(_("not at all, and nobody came"), terms.settlement(booking, terms.no_show(agreed, booking))))
    return found


def a_booking(money: Money, groups: Sequence[int] = (), start: datetime = NOON) -> Booking:
    """A booking that was made a month before, and that nobody wrote."""
    venue = Venue(name="", time_zone=UTC_NAME, currency=money.currency, rounding_minor=money.rounding_minor)
    return Booking(
        pk=UUID(int=0),
        resource=Resource(venue=venue, name=""),
        start=start,
        end=start + timedelta(hours=1),
        created_at=start - A_MONTH,
        total_minor=money.total_minor,
        deposit_minor=money.deposit_minor,
        paid_minor=money.paid_minor,
        currency=money.currency,
        groups=list(groups),
    )


def _cancelled(agreed: Agreed, booking: Booking, when: str, moment: datetime) -> Case:
    outcome = terms.outcome(agreed, booking, CancelReason.USER_REQUEST, moment)
    return Case(when, terms.settlement(booking, outcome))
