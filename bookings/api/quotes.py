"""v1: what it would cost, what it costs, what it consists of, and what a voucher takes off."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import balances, placing, plans, quotes, terms, trials, vouchers
from bookings.access import booking_seen_by
from bookings.api.bills import PriceOut, QuoteOut, bill, cancellation, stamp
from bookings.api.wishes import LONGEST_CODE, WishIn, wish_of
from bookings.models import Answer, Booking, BookingExtra, BookingLine, BookingResource, Occupancy
from bookings.plans import Stage, Terms
from bookings.prices import balance_due_at
from bookings.requests import HoldRequest
from kernel.errors import Refused
from kernel.money import as_text, percent_text
from rest.views import ApiView
from schemas.current import current_tenant
from tenants import gate
from tenants.zones import zone
from venues.models import CancellationPolicy, Membership, Voucher


class QuotesView(ApiView):
    """`/quotes/`."""

    @extend_schema(operation_id="quotes_create", request=WishIn, responses=QuoteOut)
    def post(self, request: Request) -> Response:
        """The itemised price of a booking, also of one that cannot be had now; 400 where there is none.

        Nothing is held. A booking with the `quote` costs what it says, or is refused with 409 `price_changed`.
        """
        body = WishIn(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(_quote(wish_of(body.validated_data, request.user)))


def _quote(wish: HoldRequest) -> dict[str, Any]:
    now = gate.open_now()
    estimate = trials.estimated(wish, now)
    plan, price, refusal = estimate.plan, estimate.plan.price, estimate.refusal
    token, expires_at = quotes.signed(wish, price, plan.policy_id, now)
    policy = CancellationPolicy.objects.filter(pk=plan.policy_id).first() if plan.policy_id else None
    agreed = terms.of_policy(policy) if policy else terms.STANDARD
    lines = placing.lines(Booking(), price.lines)
    currency = price.currency
    due_at = balance_due_at(plan.basket.main, wish.period.start) if price.deposit_minor else None
    return {
        "quote": token,
        "expires_at": stamp(expires_at),
        "available": refusal is None,
        "reason": refusal.code if refusal else None,
        **bill(lines, currency, plan.basket.zone),
        "gift_credit": as_text(price.credit_minor, currency),
        "due": as_text(price.due_minor, currency),
        "deposit": as_text(price.deposit_minor, currency),
        "due_now": as_text(price.due_now_minor, currency),
        "due_later": as_text(price.due_minor - price.due_now_minor, currency),
        "balance_due_at": stamp(due_at),
        "prepaid_minutes": price.pack_minutes,
        "cancellation": cancellation(agreed, plan.basket.groups, currency),
    }


class PriceView(ApiView):
    """`/bookings/{id}/price/`."""

    @extend_schema(operation_id="bookings_price", responses=PriceOut)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The price as agreed, for the customer and the venue's staff; another customer's booking is 403."""
        booking = booking_seen_by(caller(request), booking_id)
        lines = list(BookingLine.objects.filter(booking=booking))
        amounts = {
            "gift_credit": booking.credit_minor,
            "paid": booking.paid_minor,
            "deposit": booking.deposit_minor,
            "due": booking.due_minor,
            "due_now": booking.due_now_minor,
            "owed": booking.owed_minor,
            "fee": booking.fee_minor,
            "refund_due": booking.refund_due_minor,
        }
        return Response(
            {
                **bill(lines, booking.currency, zone(booking.time_zone)),
                **{name: as_text(amount, booking.currency) for name, amount in amounts.items()},
                "balance_due_at": stamp(booking.balance_due_at),
                "prepaid_minutes": sum(balances.used_hours(booking.pk).values()),
                "cancellation": cancellation(terms.agreed(booking), booking.groups, booking.currency),
            }
        )


class UnitsOut(serializers.Serializer[Any]):
    """A resource of a booking, the main one first; `units` are those of a pool, empty once its time is given back."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    units = serializers.ListField(child=serializers.IntegerField())


class BookedExtraOut(serializers.Serializer[Any]):
    """So many of an extra."""

    product = serializers.IntegerField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()


class AnswerOut(serializers.Serializer[Any]):
    """A question and its answer."""

    field = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField()


class ContentsOut(serializers.Serializer[Any]):
    """What a booking consists of."""

    resources = UnitsOut(many=True)
    extras = BookedExtraOut(many=True)
    answers = AnswerOut(many=True)


class ContentsView(ApiView):
    """`/bookings/{id}/contents/`."""

    @extend_schema(operation_id="bookings_contents", responses=ContentsOut)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """Resources, extras and answers, for the customer and the venue's staff."""
        booking = booking_seen_by(caller(request), booking_id)
        units: dict[int, list[int]] = defaultdict(list)
        taken = Occupancy.objects.filter(booking=booking).order_by("unit")
        for resource_id, unit in taken.values_list("resource_id", "unit"):
            units[resource_id].append(unit)
        further = BookingResource.objects.filter(booking=booking).select_related("resource")
        resources = [booking.resource, *(row.resource for row in further)]
        extras = BookingExtra.objects.filter(booking=booking).select_related("product")
        answers = Answer.objects.filter(booking=booking).select_related("field")
        return Response(
            {
                "resources": [{"id": row.pk, "name": row.name, "units": units[row.pk]} for row in resources],
                "extras": [
                    {"product": row.product_id, "name": row.product.name, "quantity": row.quantity} for row in extras
                ],
                "answers": [{"field": row.field_id, "label": row.field.label, "value": row.value} for row in answers],
            }
        )


class VoucherCheckIn(serializers.Serializer[Any]):
    """A code; with the body of a quote beside it, what it would take off just that."""

    code = serializers.CharField(max_length=LONGEST_CODE)


class VoucherOut(serializers.Serializer[Any]):
    """Whether a voucher can be used. `takes_off` only beside a wish; `percent_off` or `amount_off` says what it is."""

    code = serializers.CharField()
    valid = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)
    detail = serializers.CharField()
    name = serializers.CharField()
    percent_off = serializers.CharField(allow_null=True)
    amount_off = serializers.CharField(allow_null=True)
    takes_off = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)


class VoucherCheckView(ApiView):
    """`/vouchers/check/`."""

    @extend_schema(operation_id="vouchers_check", request=VoucherCheckIn, responses=VoucherOut)
    def post(self, request: Request) -> Response:
        """Whether the caller can use a voucher, in general or (with the body of a quote) for a booking."""
        body = VoucherCheckIn(data=request.data)
        body.is_valid(raise_exception=True)
        code, user = body.validated_data["code"], caller(request)
        try:
            if "start_datetime" in request.data:
                return Response(_for_wish(code, _wish(code, request, user)))
            return Response(_in_general(code, user))
        except Refused as refusal:
            if not refusal.code.startswith("voucher_"):
                raise
            return Response(_answer(code, None, refusal=refusal))


def _wish(code: str, request: Request, user: User) -> HoldRequest:
    body = WishIn(data=request.data)
    body.is_valid(raise_exception=True)
    return wish_of({**body.validated_data, "voucher": code}, user)


def _for_wish(code: str, wish: HoldRequest) -> dict[str, Any]:
    plan = Stage(wish, plans.product_of(wish), Terms(gate.open_now())).estimate(wish).plan
    taken = as_text(plan.price.voucher_minor, plan.price.currency)
    found = Voucher.objects.get(code=vouchers.spelled(code))
    return {**_answer(code, found), "takes_off": taken, "currency": plan.price.currency}


def _in_general(code: str, user: User) -> dict[str, Any]:
    now = gate.open_now()
    today = now.astimezone(zone(current_tenant().time_zone)).date()
    groups = frozenset(Membership.objects.filter(user=user).values_list("group_id", flat=True))
    claimant = vouchers.Claimant(user.pk, user.email, groups, None, "", today, now)
    return _answer(code, vouchers.find(code, claimant, lock=False))


def _answer(code: str, voucher: Voucher | None, refusal: Refused | None = None) -> dict[str, Any]:
    percent = voucher.percent_off if voucher else None
    amount = voucher.amount_minor if voucher else None
    return {
        "code": vouchers.spelled(code),
        "valid": refusal is None,
        "reason": refusal.code if refusal else None,
        "detail": refusal.detail if refusal else "",
        "name": voucher.name if voucher else "",
        "percent_off": None if percent is None else percent_text(percent),
        "amount_off": None if amount is None or voucher is None else as_text(amount, voucher.currency),
        "takes_off": None,
        "currency": voucher.currency or None if voucher else None,
    }
