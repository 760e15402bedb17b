"""A quote as a token: signed, bound to what was asked and by whom, and good for half an hour.

A booking made with it costs what it says, or is refused with the difference (R33). Nothing is stored.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from bookings.extras import counted
from bookings.prices import Price
from bookings.requests import HoldRequest
from kernel.errors import Conflict, Refused
from kernel.money import as_text
from schemas.keys import salt

LASTS = timedelta(minutes=30)
PURPOSE = "quote"


def signed(request: HoldRequest, price: Price, policy_id: int | None, now: datetime) -> tuple[str, datetime]:
    """The token of a quote under a cancellation policy (None: the standard terms), and when it expires."""
    expires_at = now + LASTS
    terms = {
        "of": _digest(request),
        "total": price.total_minor,
        "due": price.due_minor,
        "now": price.due_now_minor,
        "policy": policy_id,
        "until": expires_at.timestamp(),
    }
    return signing.dumps(terms, salt=salt(PURPOSE), compress=True), expires_at


def check(request: HoldRequest, price: Price, policy_id: int | None, now: datetime) -> None:
    """Refuse a booking whose price is not the quoted one: `Conflict("price_changed")` with the difference.

    `Conflict("terms_changed")` where another cancellation policy applies by now. Without a quote everything is
    fine. `Refused` for a token that is broken, over, or of another wish.
    """
    if not request.quote:
        return
    try:
        terms: dict[str, Any] = signing.loads(request.quote, salt=salt(PURPOSE))
    except signing.BadSignature:
        raise Refused("quote_invalid", _("This is not one of our quotes.")) from None
    if terms["of"] != _digest(request):
        raise Refused("quote_mismatch", _("This quote is for something else."))
    if terms["until"] <= now.timestamp():
        raise Refused("quote_expired", _("This quote has expired. Please ask for a new one."))
    if (terms["total"], terms["due"], terms["now"]) != (price.total_minor, price.due_minor, price.due_now_minor):
        raise _changed(terms, price)
    if terms["policy"] != policy_id:
        raise Conflict("terms_changed", _("The cancellation terms have changed. Please look at them again."))


def _changed(terms: dict[str, Any], price: Price) -> Conflict:
    currency = price.currency
    extra = {
        "quoted": as_text(terms["total"], currency),
        "current": as_text(price.total_minor, currency),
        "difference": as_text(price.total_minor - terms["total"], currency),
        "due_difference": as_text(price.due_minor - terms["due"], currency),
        "due_now_difference": as_text(price.due_now_minor - terms["now"], currency),
        "currency": currency,
    }
    return Conflict("price_changed", _("The price has changed. Please look at it again."), extra)


def _digest(request: HoldRequest) -> str:
    payment = request.payment
    asked = [
        request.resource_id,
        request.product_id,
        sorted(request.also),
        request.period.start.isoformat(),
        request.period.end.isoformat(),
        request.participants,
        sorted(counted(request.extras).items()),
        payment.voucher.strip().upper(),
        payment.credit.strip().upper(),
        payment.hours_account,
        payment.agreed_minor,
        request.customer_id,
    ]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
