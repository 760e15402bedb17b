"""Booking for somebody at the desk, and how it is paid, as one act: all of it, or none.

The number of its form is kept with the booking (`holder`) and not by `rest.once`, which knows that a form was sent and
not what came of it: whoever sends this one again is led to what it has booked.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.payments.issuing import Buyer
from bookings import following, invoicing, lifecycle, overrides, plans
from bookings.facts import Reason
from bookings.lifecycle import OnBehalf, Taking
from bookings.models import Booking, OnSitePayment
from bookings.plans import Plan, Terms
from bookings.records import Actor
from bookings.requests import HoldRequest
from kernel.errors import Conflict
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import gate

REMEMBERED = timedelta(days=1)
"""So long a form that was sent already is known."""


class Pay(models.TextChoices):
    """How it is paid."""

    LATER = "later", gettext_lazy("Later, at the venue")
    CASH = "cash", gettext_lazy("Now, in cash")
    CARD = "card", gettext_lazy("Now, by card at the desk")
    LINK = "link", gettext_lazy("Online: mail the link to pay")
    INVOICE = "invoice", gettext_lazy("By invoice")


TAKEN = {Pay.CASH: OnSitePayment.Way.CASH, Pay.CARD: OnSitePayment.Way.CARD}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff book: for whom is in the request. `rules` are set aside, `because` of what they say.

    `form` is the number of the form that was filled in: sent twice, it books once. `shown_minor` is the price that
    they saw; None takes whatever it is.
    """

    request: HoldRequest
    pay: Pay = Pay.LATER
    buyer: Buyer | None = None
    rules: frozenset[Reason] = frozenset()
    because: str = ""
    form: str = ""
    shown_minor: int | None = None


def preview(request: HoldRequest) -> tuple[Plan, frozenset[Reason]]:
    """What it would be, and the rules that have to be set aside for it; nothing is held. `Refused` where it cannot."""
    now = database_now()

    def attempt(rules: frozenset[Reason]) -> Plan:
        return plans.plan(request, Terms(now, overrules=lifecycle.set_aside(request, rules)))

    return overrides.needed(attempt)


def book(wanted: Wanted, staff: Actor) -> Booking:
    """Book it, and see to the payment. A form that was sent already answers with what it has booked.

    Raises as `lifecycle.book_for`, `invoicing.pay_by_invoice` and `following.mail_link`; `Invalid("reason_required")`
    for rules that are set aside without a word; `Conflict("price_changed")` for another price than was shown.
    """
    overrides.check_says_why(wanted.rules, wanted.because)
    holder = holder_of(wanted.form)

    def act() -> Booking:
        known = _known(holder)
        if known:
            return known
        how = OnBehalf(overruled_because=wanted.because.strip())
        made = lifecycle.book_for(replace(wanted.request, holder=holder), staff, wanted.rules, how)
        if wanted.shown_minor not in {None, made.total_minor}:
            raise Conflict("price_changed", _("The price has changed. Please look at it again."))
        return _paid(made, wanted, staff)

    return transact(act)


def booked_with(form: str) -> Booking | None:
    """What a form has booked already; None where it was not sent yet."""
    return transact(lambda: _known(holder_of(form))) if form else None


def holder_of(form: str) -> str:
    """Under which name a form books, so that it is known when it comes again; empty for none."""
    return f"desk:{form}" if form else ""


def _known(holder: str) -> Booking | None:
    if not holder:
        return None
    gate.wait_for_all([holder])
    since = database_now() - REMEMBERED
    return Booking.objects.filter(holder=holder, created_at__gt=since).first()


def _paid(booking: Booking, wanted: Wanted, staff: Actor) -> Booking:
    if not booking.owed_minor:
        return booking
    if wanted.pay in TAKEN:
        return lifecycle.pay_on_site(booking, Taking(booking.owed_minor, TAKEN[wanted.pay], booking.paid_minor), staff)
    if wanted.pay == Pay.INVOICE:
        invoicing.pay_by_invoice(booking, wanted.buyer or Buyer(booking.name or booking.email), staff)
    elif wanted.pay == Pay.LINK:
        following.mail_link(
            Booking.objects.select_related("resource__venue", "customer").get(pk=booking.pk), database_now()
        )
    return booking
