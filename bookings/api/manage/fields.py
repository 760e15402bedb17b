"""Fields of the staff's catalogue: percentages, money in a row's own currency, times on the wall, and references."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from kernel.money import as_text, from_text, percent_text
from rest.fields import BIGINT_MAX, WALL_TIMES
from venues.currencies import is_used
from venues.models import FULL

PERCENT = re.compile(r"\d{1,3}(\.\d{1,2})?", re.ASCII)
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?", re.ASCII)
INT_MAX = 2**31 - 1
MOST_NAMED = 500

Rows = Callable[[User], QuerySet[Any]]


@extend_schema_field({"type": "string", "example": "12.5"})
class PercentField(serializers.Field):
    """A percentage from 0 to 100 with up to two decimals, as a string; inside, basis points."""

    default_error_messages = {
        "invalid": 'Use a percentage as a string, such as "12.5".',
        "range": "Use a percentage from 0 to 100.",
    }

    def to_internal_value(self, data: Any) -> int:
        """Basis points; a validation error for anything else."""
        if not isinstance(data, str) or not PERCENT.fullmatch(data):
            self.fail("invalid")
        found = int(Decimal(data) * 100)
        if found > FULL:
            self.fail("range")
        return found

    def to_representation(self, value: int) -> str:
        """Without needless zeros."""
        return percent_text(value)


class Written(str):
    """An amount as it was written, before its currency is known."""

    __slots__ = ()


@extend_schema_field({"type": "string", "example": "25.00"})
class MoneyField(serializers.Field):
    """A decimal string in the currency of the row that it belongs to, which the `Shape` around it knows."""

    default_error_messages = {
        "invalid": 'Use an amount as a string, such as "25.00".',
        "decimals": "This has more decimals than {currency} has.",
        "range": "This is too much.",
        "currency": "This is sold in several currencies, or none: it is not clear in which one this amount is.",
    }

    def to_internal_value(self, data: Any) -> Written:
        """The text; `minor` makes minor units of it once the currency is known."""
        if not isinstance(data, str) or not AMOUNT.fullmatch(data):
            self.fail("invalid")
        return Written(data)

    def minor(self, text: str, currency: str | None) -> int:
        """Minor units of an amount as it was written; a validation error where the currency does not have them."""
        if currency is None:
            self.fail("currency")
        try:
            found = from_text(text, currency)
        except ValueError:
            self.fail("decimals", currency=currency)
        if found > INT_MAX:
            self.fail("range")
        return found

    def get_attribute(self, instance: Any) -> Any:
        """Minor units and their currency; None for an amount that is not there."""
        minor = super().get_attribute(instance)
        shape: Any = self.parent
        return None if minor is None else (minor, shape.currency_of(instance))

    def to_representation(self, value: tuple[int, str | None]) -> str | None:
        """With the currency's number of decimals; None where there is no single currency."""
        minor, currency = value
        return None if currency is None else as_text(minor, currency)


@extend_schema_field({"type": ["string", "null"], "example": "25.00", "description": "null without a single currency."})
class MinimumField(MoneyField):
    """An amount of something that may be sold in several currencies, or none."""


class CodeField(serializers.CharField):
    """A code in capital letters, however it was written."""

    def to_internal_value(self, data: Any) -> str:
        """As it is kept."""
        return super().to_internal_value(data).strip().upper()


class CurrencyField(serializers.CharField):
    """A currency that one of the venues uses."""

    default_error_messages = {"unused": "No venue uses this currency."}

    def to_internal_value(self, data: Any) -> str:
        """Three capital letters."""
        found = super().to_internal_value(data)
        if not is_used(found):
            self.fail("unused")
        return found


class WallTimeField(serializers.TimeField):
    """A time on the clock on the wall, `HH:MM`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", input_formats=WALL_TIMES, **kwargs)


@extend_schema_field(OpenApiTypes.INT)
class RowField(serializers.Field):
    """The id of a row that the caller may name; any other id does not exist."""

    default_error_messages = {
        "invalid": "Use an id: a whole number.",
        "does_not_exist": "There is nothing with the id {pk} here.",
    }

    def __init__(self, rows: Rows, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Model:
        """The row; a validation error for one that is not there, or not the caller's to name."""
        if not is_id(data):
            self.fail("invalid")
        row = self.rows(self.context["user"]).filter(pk=data).first()
        if row is None:
            self.fail("does_not_exist", pk=data)
        found: Model = row
        return found

    def get_attribute(self, instance: Any) -> Any:
        """The id alone: no query."""
        return getattr(instance, f"{self.source}_id")

    def to_representation(self, value: int) -> int:
        """The id."""
        return value


@extend_schema_field({"type": "array", "items": {"type": "integer"}})
class RowsField(RowField):
    """Ids of rows that the caller may name, each once, in one query. Those that the row has already may stay."""

    default_error_messages = {"list": "Use a list of ids."}

    def to_internal_value(self, data: Any) -> Any:
        """The rows, in id order."""
        if not isinstance(data, list) or len(data) > MOST_NAMED:
            self.fail("list")
        if not all(is_id(pk) for pk in data):
            self.fail("invalid")
        known = {row.pk: row for row in self.rows(self.context["user"]).filter(pk__in=data)}
        instance = getattr(self.parent, "instance", None)
        if isinstance(instance, Model) and len(known) < len(set(data)):
            known |= {row.pk: row for row in getattr(instance, str(self.source)).all()}
        unknown = [pk for pk in data if pk not in known]
        if unknown:
            self.fail("does_not_exist", pk=unknown[0])
        return [known[pk] for pk in sorted(set(data))]

    def get_attribute(self, instance: Any) -> Any:
        """The rows, prefetched by whoever lists."""
        for name in self.source_attrs:
            instance = getattr(instance, name)
        return instance.all()

    def to_representation(self, value: Any) -> Any:
        """Their ids."""
        return sorted(row.pk for row in value)


def is_id(data: Any) -> bool:
    """Whether it can be the id of a row."""
    return isinstance(data, int) and not isinstance(data, bool) and 1 <= data <= BIGINT_MAX
