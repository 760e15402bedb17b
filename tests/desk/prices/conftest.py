"""What the tests of prices have in common."""

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from schemas.clock import database_now
from tests.desk.conftest import visitor
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Rate

__all__ = ["visitor"]
Come = Callable[..., Visitor]


@pytest.fixture
def today(alpha: World) -> date:
    """At the venue."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    return database_now().astimezone(ZoneInfo(alpha.tenant.time_zone)).date()


@pytest.fixture
def rows(alpha: World) -> Callable[[int], list[tuple[object, ...]]]:
    """`rows(resource_id)`: what its rates say, the oldest first."""

    def said(resource_id: int) -> list[tuple[object, ...]]:
        columns = ("amount_minor", "unit", "weekdays", "from_time", "until_time", "valid_from", "priority", "group_id")
        with tenant_context(alpha.tenant):
            found = Rate.objects.filter(resource=resource_id).order_by("pk").values_list(*columns)
            return [tuple(row) for row in found]

    return said
