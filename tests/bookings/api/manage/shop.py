"""What the tests of the staff's catalogue call and look at."""

from typing import Any

from django.db import connection
from django_tenants.utils import tenant_context

from tests.conftest import Caller
from tests.isolation.contents import contents
from tests.worlds import World

ADMIN = "/api/v1/admin"
INVALID = "Some of what was sent is not right."


def made(api: Caller, kind: str, body: dict[str, Any], who: str = "owner") -> dict[str, Any]:
    """A row as it was answered when it was made."""
    answer = api(who).post(f"{ADMIN}/{kind}/", body)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    if "id" in found:
        assert answer["Location"] == f"{ADMIN}/{kind}/{found['id']}/"
    return found


def refused(api: Caller, world: World, kind: str, body: Any, errors: dict[str, Any]) -> None:
    """A body is refused with these errors of fields, and nothing has changed."""
    before = contents(world)
    answer = api("owner").post(f"{ADMIN}/{kind}/", body)
    assert answer.json() == {"code": "invalid", "detail": INVALID, "errors": errors}, answer.json()
    assert answer.status_code == 400
    assert contents(world) == before


def rows_of(world: World, table: str) -> int:
    """How many rows a table of the world has."""
    with tenant_context(world.tenant), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        found: int = cursor.fetchone()[0]
    return found
