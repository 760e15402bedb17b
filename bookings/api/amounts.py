"""Amounts as staff write them: decimal strings, in the currency of what they are about."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kernel.money import from_text

AMOUNT = re.compile(r"-?\d{1,12}(\.\d{1,4})?", re.ASCII)


@extend_schema_field({"type": "string", "example": "25.00"})
class AmountField(serializers.Field):
    """An amount as text; `minor_of` makes minor units of it once the currency is known."""

    default_error_messages = {"invalid": 'Use an amount as a string, such as "25.00".'}

    def to_internal_value(self, data: Any) -> str:
        """The text, if it can be an amount in some currency."""
        if not isinstance(data, str) or not AMOUNT.fullmatch(data):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> str:
        """As it is."""
        return str(value)


def minor_of(text: str, currency: str, field: str, *, least: int | None = 0) -> int:
    """Minor units of an amount; a validation error for more decimals than the currency has, or less than `least`."""
    try:
        found = from_text(text, currency)
    except ValueError:
        raise serializers.ValidationError({field: [f"This is no amount of {currency}."]}) from None
    if least is not None and found < least:
        raise serializers.ValidationError({field: ["This cannot be negative."]})
    return found
