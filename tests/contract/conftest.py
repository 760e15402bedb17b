"""The product behind its own web server, with the sandbox to pay at, as a stranger who integrates it meets it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from tests import servers
from tests.conftest import pointed_at
from tests.contract.integrator import House
from tests.sandbox import sandbox
from tests.till import Till, connect, environment
from tests.worlds import ALPHA, BETA, world_of
from venues.models import Resource, Venue


@pytest.fixture(scope="package")
def running(
    django_db_setup: None, django_db_blocker: Any, request: pytest.FixtureRequest
) -> Iterator[tuple[House, str]]:
    """One server for this folder: Alpha's first court is paid online, the second at the venue, without approval."""
    template = request.getfixturevalue("template")
    with (
        django_db_blocker.unblock(),
        servers.copied(template, "contract") as database,
        sandbox() as stripe,
        servers.web(database, environment(stripe), workers=1) as web,
    ):
        with pointed_at(database):
            alpha, beta = world_of(ALPHA), world_of(BETA)
            till = Till(stripe, alpha.tenant, connect(stripe, alpha.tenant))
            with tenant_context(alpha.tenant):
                Venue.objects.update(holds_at_once=0, holds_per_day=0)
                Resource.objects.update(needs_approval=False, pays_online=True, pays_on_site=False)
                Resource.objects.filter(pk=alpha.court_2).update(pays_online=False, pays_on_site=True)
        yield House(web, alpha, beta, till), database


@pytest.fixture
def house(running: tuple[House, str], django_db_blocker: Any) -> Iterator[House]:
    """The server, and Django in this process on its database."""
    found, database = running
    with django_db_blocker.unblock(), pointed_at(database):
        yield found
