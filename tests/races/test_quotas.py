"""One customer on many courts at once: a quota is counted where no constraint can."""

from collections import Counter
from functools import partial

from django_tenants.utils import tenant_context

from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot
from venues.models import Quota

COURTS = 20
MOST = 3


def _race(ground, server, tomorrow, name, **fields):
    """Twenty requests of one customer for twenty courts of one venue with a quota; the answers."""
    venue = ground.venue(name)
    with tenant_context(ground.alpha.tenant):
        Quota.objects.create(**{"venue_id": venue, "measure": "bookings", "span": "active", "most": MOST, **fields})
    courts = [ground.court(f"{name}-{number}", venue=venue) for number in range(COURTS)]
    token, zone = ground.person(name), ground.alpha.tenant.time_zone
    calls = [
        partial(
            ground.connected(server, ground.alpha, token).post, BOOKINGS, slot(court, zone, tomorrow, 10, minutes=60)
        )
        for court in courts
    ]
    answers = together(calls)
    ground.hang_up()
    return courts, answers


def test_twenty_requests_at_once_get_exactly_the_quota(ground, server, tomorrow, figures):
    courts, answers = _race(ground, server, tomorrow, "quota")
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): MOST, (400, "quota"): COURTS - MOST}
    assert {a.body["used"] for a in answers if a.status == 400} == {MOST}
    assert sum(ground.bookings_of(court) for court in courts) == MOST


def test_minutes_of_a_week_are_exact_too(ground, server, tomorrow, figures):
    _courts, answers = _race(ground, server, tomorrow, "minutes", measure="minutes", span="week", most=299)
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 4, (400, "quota"): COURTS - 4}


def test_a_quota_counted_without_the_customers_lock_is_none(ground, rigged, tomorrow, figures):
    """The negative control: the lock is the only guard."""
    server, rigging = rigged
    rigging.set("gate.alone", "skip")
    rigging.set("hold.checked", "meet 6")
    _courts, answers = _race(ground, server, tomorrow, "unguarded")
    figures("answers", outcomes(answers))
    assert sum(answer.status == 201 for answer in answers) > MOST
