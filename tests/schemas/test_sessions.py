"""Sessions of PostgreSQL remember every table that they have met: none meets those of all tenants."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from schemas.postgresql import base
from tenants import template
from tenants.template import TEMPLATE
from tests.worlds import ALPHA, BETA, world_of

FEW = 3


def session_after(schema: str) -> int:
    """What serves a request of the schema, which is over then."""
    connection.set_schema(schema)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
    connection.close()
    return pid


@pytest.fixture
def pooled(scratch: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A pool of one, whose sessions serve three schemas; three schemas' names."""
    monkeypatch.setattr(base, "MOST_SCHEMAS", FEW)
    options: dict[str, Any] = connection.settings_dict["OPTIONS"]
    schemas = [str(world_of(each).tenant.schema_name) for each in (ALPHA, BETA)]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["OPTIONS"] = {**options, "pool": {**options["pool"], "max_size": 1}}
    yield [*schemas, TEMPLATE]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["OPTIONS"] = options


def test_a_session_serves_as_many_as_it_may_and_is_replaced(pooled: list[str]) -> None:
    first = [session_after(schema) for schema in pooled]
    then = [session_after(schema) for schema in pooled]
    assert len(set(first)) == len(set(then)) == 1
    assert set(first) != set(then)


def test_one_tenant_keeps_its_session_however_often_it_comes(pooled: list[str]) -> None:
    alpha, beta, _template = pooled
    assert len({session_after(schema) for schema in [alpha, beta, alpha, alpha, beta] * FEW}) == 1


def test_who_has_made_a_tenant_serves_nobody_else(pooled: list[str]) -> None:
    """All tables at once, each with its columns, indexes and rules: 4 MB that are of no use to the next request."""
    before = session_after(pooled[0])
    with transaction.atomic():
        template.build("t_of_its_own")
    assert session_after(pooled[0]) == before  # which ends it: it was still in use
    assert session_after(pooled[0]) != before
