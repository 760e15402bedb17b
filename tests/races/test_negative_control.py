"""Are these races any good? With the protection taken away they must find doubles, and with half of it none."""

from tests.races import checker
from tests.races.contest import contest
from tests.races.ground import slots

ATTEMPTS = 200
CONSTRAINT = "occupancy_no_overlap"
DEFINITION = (
    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND connamespace = %s::regnamespace"
)


def test_doubles_come_back_only_when_lock_and_constraint_are_both_gone(spoilt, tomorrow, figures):
    """The negative control: lock alone and constraint alone keep R01; without both the same checker finds doubles."""
    ground, server, rigging = spoilt
    definition = ground.sql(DEFINITION, CONSTRAINT, ground.schema)[0][0]

    rigging.set("claims.lock", "skip")
    assert _doubles(ground, server, tomorrow, "constraint alone", figures) == 0

    rigging.clear()
    ground.sql(f"ALTER TABLE bookings_occupancy DROP CONSTRAINT {CONSTRAINT}")
    assert _doubles(ground, server, tomorrow, "lock alone", figures) == 0

    rigging.set("claims.lock", "skip")
    rigging.set("hold.checked", "meet 4")
    assert _doubles(ground, server, tomorrow, "neither", figures) >= 1
    assert any(broken.startswith("I1") for broken in ground.violations())

    rigging.clear()
    ground.sql("TRUNCATE bookings_occupancy")
    ground.sql(f"ALTER TABLE bookings_occupancy ADD CONSTRAINT {CONSTRAINT} {definition}")
    assert _doubles(ground, server, tomorrow, "both", figures) == 0


def _doubles(ground, server, day, protection, figures):
    """Bookings on a court of their own that share time with another one, after 200 attempts on 10 slots."""
    court = ground.court(protection.replace(" ", "-"))
    before = checker.doubles(ground.database_url, ground.schema)
    locks = checker.deadlocks(ground.database_url)
    found = contest(ground.clients(server), slots([court], ground.alpha.tenant.time_zone, day), ATTEMPTS)
    ground.hang_up()
    doubles = checker.doubles(ground.database_url, ground.schema) - before
    deadlocks = checker.deadlocks(ground.database_url) - locks
    figures(protection, f"{doubles} doubles ({found.outcomes}; deadlocks {deadlocks})")
    assert found.odd == []
    assert set(found.winners) == {1} or protection == "neither"
    return doubles
