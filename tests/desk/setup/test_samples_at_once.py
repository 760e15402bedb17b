"""Sample data are taken away by several at once: each finds them gone."""

from typing import Any

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.access import MADE_UP
from bookings.models import Booking
from desk.setup import samples
from schemas import transactions
from tenants.models import Tenant
from tests.threads import at_once, errors
from tests.worlds import ALPHA
from venues.models import Venue

pytestmark = pytest.mark.usefixtures("scratch")
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "BUDGET_SECONDS", PATIENCE)


def tenant() -> Tenant:
    return Tenant.objects.get(slug=ALPHA["slug"])


def left() -> tuple[int, int, int]:
    """Sample venues, people who are made up, and bookings."""
    with tenant_context(tenant()):
        people = User.objects.filter(email__endswith=MADE_UP).count()
        return Venue.objects.filter(is_sample=True).count(), people, Booking.objects.count()


def made() -> Venue:
    with tenant_context(tenant()):
        venue = samples.begin()
        samples.fill(str(venue.pk))
        return venue


def within(act: Any) -> Any:
    def run() -> Any:
        with tenant_context(tenant()):
            return act()

    return run


def test_two_who_remove_them_at_once_both_find_them_gone() -> None:
    made()
    assert errors(at_once(*[within(samples.remove)] * 3)) == []
    assert left() == (0, 0, 0)
