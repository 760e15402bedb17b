"""Spans of time as partners write them: instants, and days of UTC."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bookings.api.filters import MomentField
from kernel.periods import Period

MOST_DAYS = 62
Moment = date | datetime


@extend_schema_field(OpenApiTypes.STR)
class EndField(MomentField):
    """A number of days, a day (inclusive), or an instant."""

    def to_internal_value(self, data: Any) -> Any:
        """An `int`, a `date` or an aware `datetime`."""
        text = str(data)
        if text.isascii() and text.isdigit():
            if not 1 <= int(text[:4]) <= MOST_DAYS or len(text) > 3:  # noqa: PLR2004 - 1 to 999 are worth a look
                raise serializers.ValidationError(f"Give 1 to {MOST_DAYS} days.")
            return int(text)
        return super().to_internal_value(data)


def first_of(moment: Moment) -> datetime:
    """The instant at which a day of UTC begins, or the instant itself."""
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC)


def end_of(moment: Moment) -> datetime:
    """The instant at which a day of UTC is over, or the instant itself."""
    return moment if isinstance(moment, datetime) else first_of(moment) + timedelta(days=1)


def span(first: Moment, last: Moment | int) -> Period:
    """From a moment to so many days later, or to the end of another one. A validation error for what makes no sense."""
    start = first_of(first)
    end = start + timedelta(days=last) if isinstance(last, int) else end_of(last)
    if end <= start:
        raise serializers.ValidationError({"to": ["This is before `from`."]})
    if end - start > timedelta(days=MOST_DAYS):
        raise serializers.ValidationError({"to": [f"At most {MOST_DAYS} days."]})
    return Period(start, end)
