"""v1: what calls that change bookings take and answer."""

from typing import Any

from rest_framework import serializers

from bookings import swaps
from bookings.api.bills import PriceLine
from bookings.api.serializers import BookingOut
from bookings.api.wishes import MOST_EXTRAS, AnswersField, ExtraWishIn
from bookings.plans import MOST_FURTHER, STAFF_MAY_OVERRULE
from rest.fields import BIGINT_MAX, SMALLINT_MAX, InstantField

INT_MAX = 2**31 - 1


class ChangeIn(serializers.Serializer[Any]):
    """What every change may say: only look (`preview`), not at another price, not over somebody else's change."""

    preview = serializers.BooleanField(default=False)
    expected_total = serializers.CharField(max_length=40, required=False)
    revision = serializers.IntegerField(min_value=0, max_value=INT_MAX, required=False)


class RescheduleIn(ChangeIn):
    """What is to be different; a start alone keeps the length. `overrule` and `agreed_total` are for staff.

    `because` says why rules are set aside, for the record.
    """

    start_datetime = InstantField(required=False)
    end_datetime = InstantField(required=False)
    resource = serializers.IntegerField(min_value=1, max_value=BIGINT_MAX, required=False)
    participant_count = serializers.IntegerField(min_value=1, max_value=SMALLINT_MAX, required=False)
    with_resources = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=BIGINT_MAX), max_length=MOST_FURTHER, required=False
    )
    overrule = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(reason.value for reason in STAFF_MAY_OVERRULE)),
        max_length=len(STAFF_MAY_OVERRULE),
        required=False,
    )
    because = serializers.CharField(max_length=200, allow_blank=True, default="")
    agreed_total = serializers.CharField(max_length=40, required=False)


class ExtrasIn(ChangeIn):
    """All extras that the booking is to have; required ones stay."""

    extras = serializers.ListField(child=ExtraWishIn(), max_length=MOST_EXTRAS)


class DetailsIn(ChangeIn):
    """Notes, number of people, answers (an empty one takes it back); what is not named stays."""

    notes = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    participant_count = serializers.IntegerField(min_value=1, max_value=SMALLINT_MAX, required=False)
    answers = AnswersField(required=False)


class SwapIn(serializers.Serializer[Any]):
    """Bookings in the order in which each takes the place of the next, and the last that of the first."""

    bookings = serializers.ListField(child=serializers.UUIDField(), min_length=2, max_length=swaps.MOST)


class ChangeOut(serializers.Serializer[Any]):
    """What a change costs. `due_now` is to be paid, `refund` comes back, `gift_credit_delta` more is taken of it.

    `booking` only after the change; a preview has none. `needs_approval`: staff have to say yes once more.
    """

    preview = serializers.BooleanField()
    reference_code = serializers.CharField()
    old_total = serializers.CharField()
    new_total = serializers.CharField()
    delta = serializers.CharField()
    due_now = serializers.CharField()
    refund = serializers.CharField()
    gift_credit_delta = serializers.CharField()
    currency = serializers.CharField()
    lines = PriceLine(many=True)
    needs_approval = serializers.BooleanField()
    revision = serializers.IntegerField()
    start_datetime = serializers.DateTimeField()
    end_datetime = serializers.DateTimeField()
    booking = BookingOut(required=False)


class SwapOut(serializers.Serializer[Any]):
    """The bookings in their new places, in the order given."""

    bookings = BookingOut(many=True)


class HoldOut(serializers.Serializer[Any]):
    """Until when the time is held."""

    id = serializers.UUIDField()
    reference_code = serializers.CharField()
    hold_expires_at = InstantField()
