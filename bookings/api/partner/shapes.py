"""Bookings of partners, in and out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings import earning
from bookings.access import link_token
from bookings.api.partner.spelling import Camel, IdField
from bookings.models import Booking, BookingExtra
from bookings.models.partners import LONGEST_ADDRESS
from bookings.projection import PARTNER, PARTNER_STATUSES, Phase, phase
from bookings.states import WAITING
from kernel.errors import Refused
from kernel.money import as_text
from kernel.periods import Period
from rest.fields import InstantField, whole
from schemas.current import current_tenant
from tenants.addresses import address

LONGEST_NAME, LONGEST_PHONE, LONGEST_ANSWER, MOST_EXTRAS = 150, 32, 500, 100
CONFIRMED, CANCEL = "CONFIRMED", "CANCEL"


class Slot(Camel[Any]):
    """From when until when."""

    to = InstantField(source="end")

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {"from": InstantField(source="start"), **super().get_fields()}


class SlotWish(Camel[Any]):
    """`to` may be left out; where it is given it is the slot's."""

    to = InstantField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {"from": InstantField(), **super().get_fields()}


class ReservationIn(Camel[Any]):
    """A product, a space and a slot, as `/slots` has it."""

    product_id = IdField()
    space_id = IdField()
    slot = SlotWish()


class AnswersField(serializers.DictField):
    """Answers by the id of the question."""

    child = serializers.CharField(max_length=LONGEST_ANSWER, allow_blank=True)

    def to_internal_value(self, data: Any) -> dict[Any, Any]:
        """By id as a number; a validation error for what no question has."""
        given = super().to_internal_value(data)
        if any(whole(name) is None for name in given):
            raise serializers.ValidationError("Questions are named by their ids.")
        return {int(name): value for name, value in given.items()}


class DetailsIn(Camel[Any]):
    """Who comes and how it is paid. `status: "CONFIRMED"` books it; `"CANCEL"` gives it up and needs nothing else."""

    email = serializers.EmailField(max_length=254)
    phone = serializers.CharField(max_length=LONGEST_PHONE)
    name = serializers.CharField(max_length=LONGEST_NAME, required=False, allow_blank=True)
    status = serializers.ChoiceField(choices=[CONFIRMED, CANCEL], required=False)
    additional_products = serializers.ListField(
        child=IdField(),
        required=False,
        max_length=MOST_EXTRAS,
        help_text="One that is there twice is two.",
    )
    answers = AnswersField(required=False)
    payment_enabled = serializers.BooleanField(required=False)
    success_url = serializers.CharField(max_length=LONGEST_ADDRESS, required=False, allow_blank=True)
    cancel_url = serializers.CharField(max_length=LONGEST_ADDRESS, required=False, allow_blank=True)


class BookingOut(Camel[Booking]):
    """A booking. `expiresAt` is null once nothing ends by itself; `paymentUrl` where it can be paid online now.

    Context: `base`, the address of the tenant. Rows come from `timed`.
    """

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    status = serializers.SerializerMethodField()
    product_id = serializers.UUIDField(source="product.public_id", allow_null=True, default=None)
    product_name = serializers.CharField(source="product.name", allow_null=True, default=None)
    space_id = serializers.UUIDField(source="resource.public_id")
    space_name = serializers.CharField(source="resource.name")
    venue_name = serializers.CharField(source="resource.venue.name")
    venue_address = serializers.CharField(source="resource.venue.address")
    slot = Slot(source="*")
    duration_minutes = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField()
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    additional_products = serializers.SerializerMethodField()
    total_price = serializers.SerializerMethodField()
    paid = serializers.SerializerMethodField()
    currency = serializers.CharField()
    payment_url = serializers.SerializerMethodField()
    confirmed_at = InstantField(allow_null=True)
    paid_at = InstantField(allow_null=True)
    cancelled_at = InstantField(allow_null=True)
    created_at = InstantField()
    updated_at = InstantField()

    @extend_schema_field(serializers.ChoiceField(choices=PARTNER_STATUSES))
    def get_status(self, booking: Booking) -> str:
        """API.md's projection."""
        return PARTNER[_phase(booking)]

    def get_duration_minutes(self, booking: Booking) -> int:
        """Of real time."""
        return Period(booking.start, booking.end).minutes

    @extend_schema_field(InstantField(allow_null=True))
    def get_expires_at(self, booking: Booking) -> str | None:
        """Until when it is kept, unless it is confirmed or paid."""
        is_kept = booking.state in WAITING and self.get_status(booking) != CANCEL
        until = booking.hold_expires_at if is_kept else None
        return InstantField().to_representation(until) if until else None

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_additional_products(self, booking: Booking) -> list[UUID]:
        """Its extras, each as often as it has them."""
        return [row.product.public_id for row in booking.extras.all() for _number in range(row.quantity)]

    def get_total_price(self, booking: Booking) -> str:
        """Decimal string, tax and extras included."""
        return as_text(booking.total_minor, booking.currency)

    def get_paid(self, booking: Booking) -> str:
        """Decimal string: what was paid of it and not given back."""
        return as_text(booking.credit_minor + booking.here_minor, booking.currency)

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_payment_url(self, booking: Booking) -> str | None:
        """The page on which whoever comes pays it."""
        if _phase(booking) == Phase.RESERVED:
            return None
        try:
            earning.payable(booking, _now(booking))
        except Refused:
            return None
        return str(self.context["base"]) + reverse("booking-pay", args=[booking.pk, link_token(booking)])


def _now(booking: Booking) -> datetime:
    now: datetime = booking.now  # type: ignore[attr-defined]
    return now


def _phase(booking: Booking) -> Phase:
    return phase(booking, _now(booking))


def timed(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Bookings with all that `BookingOut` shows, and the database's clock as `now`."""
    extras = Prefetch("extras", BookingExtra.objects.select_related("product").order_by("pk"))
    return bookings.select_related("resource__venue", "product").prefetch_related(extras).annotate(now=Now())


def shown(bookings: Iterable[Booking]) -> Any:
    """Bookings of `timed`, as they are told."""
    context = {"base": address(current_tenant(), "")}
    return [BookingOut(booking, context=context).data for booking in bookings]
