"""R39: one client wants every slot of a day."""

from collections import Counter
from functools import partial

from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, HOURS, slot

POSTS = 200
AT_ONCE, PER_DAY = 20, 8


def test_who_wants_every_slot_of_a_day_gets_what_one_may_hold_and_others_get_the_rest(
    ground, server, tomorrow, figures
):
    """200 POSTs in 10 rounds of 20 at once, over four courts: the caps to the hold; then strangers book the rest.

    Each slot is wanted three times; the caps are reached in the first rounds.
    """
    venue = ground.venue("hoarded", holds_at_once=AT_ONCE, holds_per_day=PER_DAY)
    courts = [ground.court(f"hoarded-{number}", venue=venue, pays_online=True) for number in range(4)]
    zone = ground.alpha.tenant.time_zone
    wanted = [slot(court, zone, tomorrow, hour) for hour in HOURS for court in courts]
    token = ground.person("hoarder")
    clients = [ground.connected(server, ground.alpha, token) for _connection in range(20)]
    answers = []
    for first in range(0, POSTS, len(clients)):
        bodies = [wanted[(first + number) % len(wanted)] for number in range(len(clients))]
        answers += together(
            [partial(client.post, BOOKINGS, body) for client, body in zip(clients, bodies, strict=True)]
        )
    figures("answers", outcomes(answers))
    codes = Counter((answer.status, answer.code) for answer in answers)
    assert codes.keys() == {(201, ""), (400, "held_by_you"), (429, "too_many_holds")}
    assert (codes.total(), codes[201, ""]) == (POSTS, AT_ONCE)
    waits = [int(answer.headers["retry-after"]) for answer in answers if answer.status == 429]
    assert min(waits) >= 1
    assert max(waits) <= 15 * 60 + 1
    held = ground.sql(
        "SELECT resource_id, count(*) FROM bookings_booking WHERE resource_id = ANY(%s) GROUP BY 1", courts
    )
    assert sum(count for _court, count in held) == AT_ONCE
    assert max(count for _court, count in held) <= PER_DAY
    _others_get_the_rest(ground, server, wanted)


def _others_get_the_rest(ground, server, wanted):
    """Three others, each within the same caps, hold every slot that is left but for what would exceed them."""
    others = [ground.connected(server, ground.alpha, ground.person(f"modest-{number}")) for number in range(3)]
    got = Counter()
    for body in wanted:
        for client in others:
            answer = client.post(BOOKINGS, body)
            if answer.status != 429:
                break
        got[answer.status, answer.code] += 1
    assert got == {(400, "held"): AT_ONCE, (201, ""): len(wanted) - AT_ONCE}


def test_a_cap_on_one_court_and_day_is_exact_when_all_come_at_once(ground, server, tomorrow, figures):
    """Sixteen slots of one court at the same moment, by one client."""
    venue = ground.venue("one-court", holds_at_once=0, holds_per_day=3)
    court = ground.court("one-court", venue=venue, pays_online=True)
    token, zone = ground.person("hasty"), ground.alpha.tenant.time_zone
    clients = [ground.connected(server, ground.alpha, token) for _hour in HOURS]
    bodies = [slot(court, zone, tomorrow, hour) for hour in HOURS]
    answers = together([partial(client.post, BOOKINGS, body) for client, body in zip(clients, bodies, strict=True)])
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 3, (429, "too_many_holds"): 13}
    assert ground.bookings_of(court) == 3


def test_a_cap_counted_without_the_customers_lock_is_no_cap(ground, rigged, tomorrow, figures):
    """The negative control: sixteen courts at once, and more than three are held."""
    server, rigging = rigged
    venue = ground.venue("unlocked", holds_at_once=3, holds_per_day=0)
    courts = [ground.court(f"unlocked-{hour}", venue=venue, pays_online=True) for hour in HOURS]
    token, zone = ground.person("unlocked"), ground.alpha.tenant.time_zone
    clients = [ground.connected(server, ground.alpha, token) for _court in courts]
    rigging.set("gate.alone", "skip")
    rigging.set("hold.checked", "meet 6")
    calls = [
        partial(client.post, BOOKINGS, slot(court, zone, tomorrow, 10))
        for client, court in zip(clients, courts, strict=True)
    ]
    answers = together(calls)
    figures("answers", outcomes(answers))
    assert sum(answer.status == 201 for answer in answers) > 3
