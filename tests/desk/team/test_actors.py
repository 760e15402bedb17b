"""Who makes a change is told for its transaction alone, on a connection that goes on afterwards."""

import pytest
from django.db import connection, transaction
from django_tenants.utils import tenant_context

from desk.models import Change
from desk.team import actors
from tenants.models import Tenant
from venues.models import Venue


@pytest.mark.usefixtures("scratch")
def test_commit_forgets_who_it_was_and_so_does_a_statement_by_itself() -> None:
    """On a real connection, without the transaction of a test around it."""
    tenant = Tenant.objects.exclude(schema_name="public").order_by("pk").first()
    assert tenant is not None
    said = "SELECT coalesce(current_setting('forecourt.actor', true), '')"

    class Request:
        user = type("Somebody", (), {"pk": 77, "is_authenticated": True, "look_in": 0})()

    with tenant_context(tenant), connection.cursor() as cursor:
        with connection.execute_wrapper(actors.Teller(Request())):  # type: ignore[arg-type]
            Venue.objects.update(notice="by itself")
            cursor.execute(said)
            assert cursor.fetchone() == ("",)
            with transaction.atomic():
                Venue.objects.update(notice="in a transaction")
                cursor.execute(said)
                assert cursor.fetchone() == ("person:77",)
            cursor.execute(said)
            assert cursor.fetchone() == ("",)
        by = set(Change.objects.filter(thing="venues_venue", act="update").values_list("actor_id", flat=True))
        assert by == {77}
