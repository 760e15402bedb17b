"""Are these races any good? With the protection taken away they must find doubles, and with half of it none."""

import pytest

from tests import servers
from tests.races import checker
from tests.races.conftest import furnished, pointed_at
from tests.races.contest import contest
from tests.races.ground import slots
from tests.races.rigging import Rigging

ATTEMPTS = 400
CONSTRAINT = "occupancy_no_overlap"
DEFINITION = (
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND connamespace = %s::regnamespace"
)


@pytest.fixture
def scratch(ground, request, tmp_path):
    """A database to spoil, and a server on it that obeys failpoints."""
    with servers.copied(request.getfixturevalue("template"), "spoilt") as database:
        spoilt = furnished(database)
        options = {"FAILPOINTS": str(tmp_path)}
        with pointed_at(database), servers.web(database, options, threads=12) as server:
            yield spoilt, server, Rigging(tmp_path)
        spoilt.hang_up()


def test_doubles_come_back_only_when_lock_and_constraint_are_both_gone(scratch, tomorrow, figures):
    """The negative control: lock alone and constraint alone keep R01; without both the same checker finds doubles."""
    spoilt, server, rigging = scratch
    definition = spoilt.sql(DEFINITION, CONSTRAINT, spoilt.schema)[0][0]

    rigging.set("claims.lock", "skip")
    assert _doubles(spoilt, server, tomorrow, "constraint alone", figures) == 0

    rigging.clear()
    spoilt.sql(f"ALTER TABLE bookings_occupancy DROP CONSTRAINT {CONSTRAINT}")
    assert _doubles(spoilt, server, tomorrow, "lock alone", figures) == 0

    rigging.set("claims.lock", "skip")
    assert _doubles(spoilt, server, tomorrow, "neither", figures) >= 1
    assert any(broken.startswith("I1") for broken in spoilt.violations())

    rigging.clear()
    spoilt.sql("TRUNCATE bookings_occupancy")
    spoilt.sql(f"ALTER TABLE bookings_occupancy ADD CONSTRAINT {CONSTRAINT} {definition}")
    assert _doubles(spoilt, server, tomorrow, "both", figures) == 0


def _doubles(spoilt, server, day, protection, figures):
    """Bookings on a court of their own that share time with another one, after 400 attempts on 20 slots."""
    court = spoilt.court(protection.replace(" ", "-"))
    before = checker.doubles(spoilt.database_url, spoilt.schema)
    locks = checker.deadlocks(spoilt.database_url)
    found = contest(spoilt.clients(server), slots([court], spoilt.alpha.tenant.time_zone, day), ATTEMPTS)
    spoilt.hang_up()
    doubles = checker.doubles(spoilt.database_url, spoilt.schema) - before
    deadlocks = checker.deadlocks(spoilt.database_url) - locks
    figures(protection, f"{doubles} doubles ({found.outcomes}; deadlocks {deadlocks})")
    assert found.odd == []
    assert set(found.winners) == {1} or protection == "neither"
    return doubles
