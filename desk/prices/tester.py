"""What would it cost? A booking that nobody makes: its lines with their reasons, its tax, and what is due when."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from bookings import trials
from bookings.access import check_desk
from bookings.plans import Estimate
from bookings.prices import Kind, Line, balance_due_at
from bookings.requests import HoldRequest, Payment
from desk.prices import words
from desk.prices.tester_forms import TesterForm
from kernel.errors import Refused
from tenants import gate, speech
from venues.access import venues_run_by
from venues.models import CancellationPolicy, Rate
from venues.pricelists import PriceList, price_list, wall_clock

VOUCHERS = "voucher_"


@dataclass(frozen=True)
class Said:
    """A line of a price: what, how much of it, the amount, and why this rate."""

    label: str
    quantity: str
    amount_minor: int
    rate_id: int | None
    why: str


@staff_only
@require_safe
def tester(request: HttpRequest) -> HttpResponse:
    """The price of a booking as a customer would be told it, why it is so, and why it could not be booked."""
    check_desk(request.user)
    if not venues_run_by(request.user).exists():
        return render(request, "desk/nothing.html")
    form = TesterForm(request.user, request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        context |= _answer(form)
    return render(request, "desk/prices/tester.html", context)


def _answer(form: TesterForm) -> dict[str, Any]:
    wish, group = form.wish(), form.cleaned_data["group"]
    now = gate.open_now()
    voucher_refusal = ""
    try:
        estimate = trials.estimated(wish, now, group)
    except Refused as refusal:
        if not refusal.code.startswith(VOUCHERS):
            return {"no_price": refusal.detail}
        voucher_refusal = refusal.detail
        try:
            estimate = trials.estimated(replace(wish, payment=Payment()), now, group)
        except Refused as other:
            return {"no_price": other.detail, "voucher_refusal": voucher_refusal}
    return {**_shown(estimate, wish), "voucher_refusal": voucher_refusal}


def _shown(estimate: Estimate, wish: HoldRequest) -> dict[str, Any]:
    plan, price = estimate.plan, estimate.plan.price
    main = plan.basket.main
    due_at = balance_due_at(main, wish.period.start) if price.deposit_minor else None
    policy = CancellationPolicy.objects.filter(pk=plan.policy_id).first() if plan.policy_id else None
    return {
        "main": main,
        "zone": main.venue.time_zone,
        "period": wish.period,
        "refusal": estimate.refusal.detail if estimate.refusal else "",
        "price": price,
        "lines": [_said(estimate, line) for line in price.lines],
        "due_later_minor": price.due_minor - price.due_now_minor,
        "due_on": due_at.astimezone(plan.basket.zone).date() if due_at else None,
        "policy": policy,
    }


def _said(estimate: Estimate, line: Line) -> Said:
    quantity = ""
    if line.quantity is not None and line.unit_price_minor is not None:
        price = speech.money(line.unit_price_minor, estimate.plan.price.currency)
        quantity = f"{speech.number(line.quantity)} × {price} {Rate.Unit(line.unit).label}"
    return Said(line.label, quantity, line.amount_minor, line.rate_id, _why(estimate, line))


def _why(estimate: Estimate, line: Line) -> str:
    """Which rate gave a line and why, or where else it comes from."""
    basket = estimate.plan.basket
    if line.rate_id is None or line.period is None:
        return _reasons().get(line.kind, "")
    prices = _list_of(estimate, line)
    found = next((each for each in prices.tariffs if each.rate_id == line.rate_id), None)
    if found is None:
        return ""
    reason = words.why(prices, basket.groups, wall_clock(line.period.start, basket.zone), line.rate_id)
    return " · ".join(part for part in (words.when(found), reason) if part)


def _list_of(estimate: Estimate, line: Line) -> PriceList:
    basket = estimate.plan.basket
    for resource in basket.resources:
        if resource.pk == line.resource_id:
            return price_list(resource)
    sold = [basket.product, *(extra.product for extra in basket.extras)]
    return next((price_list(each) for each in sold if each and each.pk == line.product_id), PriceList(()))


def _reasons() -> dict[str, str]:
    return {
        Kind.MINIMUM: _("so that the minimum charge is reached"),
        Kind.GROUP: _("the percentage of the customer's group, off the time"),
        Kind.VOUCHER: _("the voucher, off everything above"),
        Kind.PACK: _("prepaid hours"),
    }
