"""v1: what somebody would like to book, the same for quotes and bookings."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from bookings.answers import LONGEST
from bookings.plans import MOST_FURTHER
from bookings.requests import Contact, ExtraWish, HoldRequest, Payment
from kernel.periods import Period
from rest.fields import BIGINT_MAX, SMALLINT_MAX, InstantField
from venues.access import Anyone
from venues.models.offers import MOST_OF_AN_EXTRA

MOST_EXTRAS = 50
MOST_ANSWERS = 100
LONGEST_CODE = 32


def some_id(**options: Any) -> serializers.IntegerField:
    """A field for the id of a row."""
    return serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, **options)


class AnswersField(serializers.DictField):
    """`{"7": "The Volleys"}`: answers by id of the question."""

    child = serializers.CharField(max_length=LONGEST, allow_blank=True)
    default_error_messages = {"too_many": "These are too many.", "no_id": "Name questions by their ids."}

    def to_internal_value(self, data: Any) -> dict[int, str]:
        """Texts by number; a validation error for names that are none."""
        found = super().to_internal_value(data)
        if len(found) > MOST_ANSWERS:
            self.fail("too_many")
        if not all(name.isascii() and name.isdigit() and len(name) <= len(str(BIGINT_MAX)) for name in found):
            self.fail("no_id")
        return {int(name): text for name, text in found.items()}


class ExtraWishIn(serializers.Serializer[Any]):
    """So many of an extra."""

    product = some_id()
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_OF_AN_EXTRA, default=1)


class WishIn(serializers.Serializer[Any]):
    """What is wanted, when, for how many, and what makes it cheaper. Prices are the house's: none is taken here.

    `answers` by id of the question.
    """

    resource = some_id(required=False)
    product = some_id(required=False, allow_null=True, default=None)
    start_datetime = InstantField()
    end_datetime = InstantField()
    participant_count = serializers.IntegerField(min_value=1, max_value=SMALLINT_MAX, default=1)
    with_resources = serializers.ListField(child=some_id(), max_length=MOST_FURTHER, default=list)
    extras = serializers.ListField(child=ExtraWishIn(), max_length=MOST_EXTRAS, default=list)
    voucher = serializers.CharField(max_length=LONGEST_CODE, allow_blank=True, default="")
    gift_credit = serializers.CharField(max_length=LONGEST_CODE, allow_blank=True, default="")
    hours_account = some_id(required=False, allow_null=True, default=None)
    answers = AnswersField(default=dict)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The end lies after the start, and there is something to book."""
        if attrs["end_datetime"] <= attrs["start_datetime"]:
            raise serializers.ValidationError({"end_datetime": ["The end must be after the start."]})
        if attrs.get("resource") is None and attrs["product"] is None:
            raise serializers.ValidationError({"resource": ["This field is required."]})
        return attrs


def wish_of(wanted: dict[str, Any], user: Anyone) -> HoldRequest:
    """The request that a valid `WishIn` means, of a customer or (for a quote) of nobody; `quote`, `notes`: bookings."""
    customer = user if isinstance(user, User) else None
    return HoldRequest(
        period=Period(wanted["start_datetime"], wanted["end_datetime"]),
        resource_id=wanted.get("resource"),
        product_id=wanted["product"],
        also=tuple(wanted["with_resources"]),
        participants=wanted["participant_count"],
        extras=tuple(ExtraWish(extra["product"], extra["quantity"]) for extra in wanted["extras"]),
        payment=Payment(wanted["voucher"], wanted["gift_credit"], wanted["hours_account"]),
        quote=wanted.get("quote", ""),
        notes=wanted.get("notes", ""),
        answers=wanted["answers"],
        customer=customer,
        contact=Contact(customer.name, customer.email, customer.phone) if customer else Contact(),
    )
