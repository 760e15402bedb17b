"""v1: how a price is shown, line by line, before a booking and after it."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from rest_framework import serializers

from bookings.models import BookingLine
from bookings.prices import taxes
from bookings.terms import Agreed
from kernel.money import as_text, exact_text, percent_text
from rest.fields import local_text


class PriceLine(serializers.Serializer[Any]):
    """A line: `quantity` units at `unit_price`, tax of `vat` percent included.

    `quantity` is exact: a decimal, or a fraction such as `1/3`. `rate` is the rate that applied from
    `start_datetime` to `end_datetime`, in the venue's offset.
    """

    kind = serializers.ChoiceField(choices=BookingLine.Kind.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    rate = serializers.IntegerField(allow_null=True)
    resource = serializers.IntegerField(allow_null=True)
    product = serializers.IntegerField(allow_null=True)
    start_datetime = serializers.DateTimeField(allow_null=True)
    end_datetime = serializers.DateTimeField(allow_null=True)
    unit = serializers.CharField()
    quantity = serializers.CharField()
    unit_price = serializers.CharField(allow_null=True)
    amount = serializers.CharField()
    vat = serializers.CharField()


class TaxOut(serializers.Serializer[Any]):
    """The part of the price at one rate of VAT: `net + tax = gross`."""

    vat = serializers.CharField()
    net = serializers.CharField()
    tax = serializers.CharField()
    gross = serializers.CharField()


class TermsStepOut(serializers.Serializer[Any]):
    """From so many minutes before the start on, cancelling costs `fee_percent` of the price and `fee`."""

    minutes_before = serializers.IntegerField()
    fee_percent = serializers.CharField()
    fee = serializers.CharField()
    keeps_deposit = serializers.BooleanField()
    reason = serializers.CharField()


class TermsOut(serializers.Serializer[Any]):
    """The steps that can apply to this customer; which one does: docs/cancellation.md."""

    steps = TermsStepOut(many=True)
    grace_minutes = serializers.IntegerField()


class BillOut(serializers.Serializer[Any]):
    """Lines and what they come to. `subtotal - discount = total_price = net + tax`."""

    currency = serializers.CharField()
    lines = PriceLine(many=True)
    subtotal = serializers.CharField()
    discount = serializers.CharField()
    total_price = serializers.CharField()
    net = serializers.CharField()
    tax = serializers.CharField()
    taxes = TaxOut(many=True)


class QuoteOut(BillOut):
    """A price before anybody books: `quote` is good for a booking of just this until `expires_at`.

    `reason` says why it is not `available` at this moment. `due` is what gift credit leaves to be paid.
    """

    quote = serializers.CharField()
    expires_at = serializers.DateTimeField()
    available = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)
    gift_credit = serializers.CharField()
    due = serializers.CharField()
    deposit = serializers.CharField()
    due_now = serializers.CharField()
    due_later = serializers.CharField()
    balance_due_at = serializers.DateTimeField(allow_null=True)
    prepaid_minutes = serializers.IntegerField()
    cancellation = TermsOut()


class PriceOut(BillOut):
    """A booking's price as agreed, and what of it is paid, due, or to come back."""

    gift_credit = serializers.CharField()
    paid = serializers.CharField()
    deposit = serializers.CharField()
    due = serializers.CharField()
    due_now = serializers.CharField()
    owed = serializers.CharField()
    fee = serializers.CharField()
    refund_due = serializers.CharField()
    balance_due_at = serializers.DateTimeField(allow_null=True)
    prepaid_minutes = serializers.IntegerField()
    cancellation = TermsOut()


def bill(lines: Sequence[BookingLine], currency: str, zone: ZoneInfo) -> dict[str, Any]:
    """The keys of `BillOut`."""
    amounts = [line.amount_minor for line in lines]
    found = taxes((line.vat, line.amount_minor) for line in lines)
    tax = sum(part.tax_minor for part in found)
    return {
        "currency": currency,
        "lines": [line_shown(line, currency, zone) for line in lines],
        "subtotal": as_text(sum(amount for amount in amounts if amount > 0), currency),
        "discount": as_text(-sum(amount for amount in amounts if amount < 0), currency),
        "total_price": as_text(sum(amounts), currency),
        "net": as_text(sum(amounts) - tax, currency),
        "tax": as_text(tax, currency),
        "taxes": [
            {
                "vat": percent_text(part.vat),
                "net": as_text(part.net_minor, currency),
                "tax": as_text(part.tax_minor, currency),
                "gross": as_text(part.gross_minor, currency),
            }
            for part in found
        ],
    }


def line_shown(line: BookingLine, currency: str, zone: ZoneInfo) -> dict[str, Any]:
    """The keys of `PriceLine`."""
    price = line.unit_price_minor
    return {
        "kind": str(line.kind),
        "label": line.label,
        "rate": line.rate_id,
        "resource": line.resource_id,
        "product": line.product_id,
        "start_datetime": local_text(line.start, zone) if line.start else None,
        "end_datetime": local_text(line.end, zone) if line.end else None,
        "unit": line.unit,
        "quantity": exact_text(Fraction(line.quantity)) if line.quantity else "",
        "unit_price": None if price is None else as_text(price, currency),
        "amount": as_text(line.amount_minor, currency),
        "vat": percent_text(line.vat),
    }


def cancellation(agreed: Agreed, groups: Collection[int], currency: str) -> dict[str, Any]:
    """The keys of `TermsOut`, the earliest step first."""
    mine = [step for step in agreed.steps if step.group_id is None or step.group_id in groups]
    return {
        "steps": [
            {
                "minutes_before": step.minutes_before,
                "fee_percent": percent_text(step.percent),
                "fee": as_text(step.fee_minor, currency),
                "keeps_deposit": step.keeps_deposit,
                "reason": step.reason,
            }
            for step in sorted(mine, key=lambda step: -step.minutes_before)
        ],
        "grace_minutes": agreed.grace_minutes,
    }


def stamp(instant: datetime | None) -> str | None:
    """An instant in UTC with a `Z`, to the second."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if instant else None
