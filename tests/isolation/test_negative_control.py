"""Negative controls of the isolation tests: what is planted is found, and named."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.isolation import test_canaries
from tests.isolation.contents import PASSING, contents
from tests.isolation.scene import GUESTS, send
from tests.worlds import World
from venues.models import Venue


def test_planted_leak_is_found(worlds: tuple[World, World], caplog: pytest.LogCaptureFixture) -> None:
    """A name of Beta's gets into Alpha's list of venues."""
    alpha, beta = worlds
    [route] = [route for route in test_canaries.ROUTES if route.path == "/api/v1/venues/"]
    with tenant_context(alpha.tenant):
        Venue.objects.update(name=beta.canary)
    with pytest.raises(AssertionError, match="guest's token: get /api/v1/venues/ answered 200"):
        test_canaries.test_nobody_sees_or_touches_anything_of_another_tenant(worlds, route, caplog)


def test_planted_change_is_found(
    worlds: tuple[World, World], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks Alpha adds a blank to a note of Beta's."""
    _alpha, beta = worlds
    [route] = [route for route in test_canaries.ROUTES if route.path == "/api/v1/venues/"]

    def touching(*asked: Any) -> Any:
        with tenant_context(beta.tenant):
            Booking.objects.filter(pk=GUESTS).update(notes=Concat("notes", Value(" ")))
        return send(*asked)

    monkeypatch.setattr(test_canaries, "send", touching)
    with pytest.raises(AssertionError, match="bookings_booking"):
        test_canaries.test_nobody_sees_or_touches_anything_of_another_tenant(worlds, route, caplog)


@pytest.mark.parametrize(
    ("planted", "tables"),
    [
        ("UPDATE bookings_booking SET notes = notes || ' ' WHERE id::text LIKE '%01'", {"bookings_booking"}),
        ("UPDATE accounts_user SET is_active = false WHERE role = 'manager'", {"accounts_user", "desk_change"}),
        ("INSERT INTO payments_documentcounter (series, last) VALUES ('X-', 1)", {"payments_documentcounter"}),
        ("DELETE FROM bookings_staffnote", {"bookings_staffnote"}),
    ],
)
def test_every_change_of_a_table_is_seen_and_named(worlds: tuple[World, World], planted: str, tables: set[str]) -> None:
    """`contents` asks for all tables in one question: each is in the answer under its own name, the record too."""
    alpha, beta = worlds
    before = contents(alpha), contents(beta)
    with tenant_context(alpha.tenant), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [alpha.tenant.schema_name])
        assert {name for (name,) in cursor.fetchall()} - PASSING == before[0].keys()
        cursor.execute(planted)
        assert cursor.rowcount > 0
    after = contents(alpha)
    assert {name for name in after if after[name] != before[0][name]} == tables
    assert contents(beta) == before[1]


def test_what_was_taken_back_again_is_seen_as_it_was(worlds: tuple[World, World]) -> None:
    """`contents` asks again only when rows were written: a savepoint that went back is such a case, too."""
    alpha, _beta = worlds
    before = contents(alpha)
    with tenant_context(alpha.tenant), connection.cursor() as cursor, transaction.atomic():
        cursor.execute("DELETE FROM bookings_staffnote")
        assert contents(alpha) != before
        transaction.set_rollback(True)
    assert contents(alpha) == before
