"""Many instants at once, as integers.

Django reads a `timestamptz` in Python code, some five microseconds each; a
month of a venue has thousands. As microseconds since 1970 they cost a tenth.
"""

from datetime import UTC, datetime, timedelta

from django.db.models import BigIntegerField, Func

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Micros(Func):
    """An instant as microseconds since 1970, exactly; NULL stays NULL."""

    template = "(extract(epoch from %(expressions)s) * 1000000)::bigint"
    output_field = BigIntegerField()


def instant(micros: int) -> datetime:
    """The instant in UTC that `Micros` counted."""
    return EPOCH + timedelta(microseconds=micros)
