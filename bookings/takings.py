"""The tenant's statement and payouts, with the bookings that the money is for. Reading only; amounts in minor units."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from billing.payments.models import Entry, Payment, Payout, Posting
from bookings.models import Booking, Purchase

Account = Entry.Account
WORDS = {
    "charge": _("Payment"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "payment_refund": _("Refund"),
    "refund_failure": _("Refund that came back"),
    "payment_failure_refund": _("Payment that failed"),
    "adjustment": _("Dispute"),
    "payout": _("Payout"),
    "payout_failure": _("Payout that came back"),
    "payout_cancel": _("Payout that was cancelled"),
    "stripe_fee": _("Stripe's fee"),
    "transfer": _("Transfer"),
}
"""Stripe's types of movements, in words."""


@dataclass(frozen=True, slots=True)
class Taking:
    """One movement on the Stripe balance: `gross_minor - stripe_fee_minor - platform_fee_minor = net_minor`.

    Money that leaves the balance is negative. `booking` or `purchase` is what it is for; neither for payouts and fees
    alone.
    """

    posting: Posting
    gross_minor: int
    stripe_fee_minor: int
    platform_fee_minor: int
    net_minor: int
    booking: Booking | None
    purchase: Purchase | None = None

    @property
    def word(self) -> str:
        """What it is, for people; Stripe's own name of what is rare."""
        return str(WORDS.get(self.posting.kind, self.posting.kind.replace("_", " ")))


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies at Stripe in a currency, by our books; `coming_minor` of it is not available yet."""

    currency: str
    balance_minor: int
    coming_minor: int


def statement() -> QuerySet[Posting]:
    """All movements, the newest first."""
    return Posting.objects.order_by("-at", "-id")


def payouts() -> QuerySet[Payout]:
    """All payouts, the newest first."""
    return Payout.objects.order_by("-created_at", "-id")


def contents(payout: Payout) -> QuerySet[Posting]:
    """The movements that a payout paid out, the newest first."""
    return statement().filter(payout_item__payout=payout)


def takings(postings: Iterable[Posting]) -> list[Taking]:
    """Movements with their amounts and bookings, in the same order; three queries for any number of them."""
    rows = list(postings)
    amounts: dict[int, dict[str, int]] = {row.pk: {} for row in rows}
    for posting, account, amount in Entry.objects.filter(posting__in=amounts).values_list(
        "posting_id", "account", "amount_minor"
    ):
        amounts[posting][account] = amount
    paid = _paid_for({row.charge_id for row in rows if row.charge_id})
    return [_taking(row, amounts[row.pk], paid.get(row.charge_id)) for row in rows]


def lying(now: datetime) -> list[Lying]:
    """What lies at Stripe, a row per currency that was ever used."""
    held = Entry.objects.filter(account=Account.BALANCE)
    all_of_it = _by_currency(held)
    coming = _by_currency(held.filter(posting__available_at__gt=now))
    return [Lying(currency, amount, coming.get(currency, 0)) for currency, amount in sorted(all_of_it.items())]


def _by_currency(entries: QuerySet[Entry]) -> dict[str, int]:
    return dict(entries.values_list("posting__currency").annotate(Sum("amount_minor")).order_by("posting__currency"))


def _paid_for(charges: set[str]) -> dict[str, Booking | Purchase]:
    """What charges are for; one query more where some are of purchases."""
    paid = list(Payment.objects.filter(charge_id__in=charges).values_list("charge_id", "booking_id", "purpose"))
    ids = {charge: booking for charge, booking, _purpose in paid}
    bought = {pk for _charge, pk, purpose in paid if purpose == Payment.Purpose.PURCHASE}
    found: dict[UUID, Booking | Purchase] = {
        **Booking.objects.only("id", "reference_code", "start", "time_zone").in_bulk(set(ids.values()) - bought)
    }
    if bought:
        found |= Purchase.objects.in_bulk(bought)
    return {charge: found[pk] for charge, pk in ids.items() if pk in found}


def _taking(posting: Posting, amounts: dict[str, int], paid: Booking | Purchase | None) -> Taking:
    stripe_fee, platform_fee = amounts.get(Account.STRIPE_FEES, 0), amounts.get(Account.PLATFORM_FEES, 0)
    return Taking(
        posting=posting,
        gross_minor=posting.net_minor + stripe_fee + platform_fee,
        stripe_fee_minor=stripe_fee,
        platform_fee_minor=platform_fee,
        net_minor=posting.net_minor,
        booking=paid if isinstance(paid, Booking) else None,
        purchase=paid if isinstance(paid, Purchase) else None,
    )
