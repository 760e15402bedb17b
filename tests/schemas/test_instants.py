"""Instants as integers lose nothing."""

from datetime import UTC, datetime

import pytest
from django.db.models import DateTimeField, Value
from django.db.models.functions import Cast

from schemas.instants import Micros, instant
from tenants.models import Tenant


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
)
def test_every_microsecond_survives(db: None, moment: datetime) -> None:
    asked = Tenant.objects.values_list(Micros(Value(moment, DateTimeField())), flat=True)
    assert instant(asked[0]) == moment


def test_nothing_stays_nothing(db: None) -> None:
    asked = Tenant.objects.values_list(Micros(Cast(Value(None), DateTimeField())), flat=True)
    assert asked[0] is None
