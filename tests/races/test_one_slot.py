"""Many clients, one slot."""

import os
import random
from collections import Counter
from datetime import datetime
from functools import partial

from tests.races.contest import LOST, contest, outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, later, slot, slots

ATTEMPTS = int(os.environ.get("ATTEMPTS", "1000"))


def test_each_slot_has_exactly_one_winner_among_fifty_clients(ground, server, tomorrow, figures):
    """R01, I1, I12: 1,000 attempts on 50 slots; `make race ATTEMPTS=...` for more.

    The negative control finds doubles in a fifth of that.

    Asked for in librebooking#147, #66, cal.diy PR 28151, PR 27477, easyappointments#31, #845, #982, #1217, #1783,
    booking-js#76.
    """
    courts = [ground.court("centre"), ground.court("online", pays_online=True), ground.court("third")]
    clients = ground.clients(server)
    found = contest(clients, slots(courts, ground.alpha.tenant.time_zone, tomorrow), ATTEMPTS)
    figures("attempts", ATTEMPTS)
    figures("per second", round(ATTEMPTS / found.seconds))
    figures("answers", found.outcomes)
    assert found.odd == []
    assert found.winners == Counter({1: ATTEMPTS // 20})
    assert sum(ground.bookings_of(court) for court in courts) == ATTEMPTS // 20


def test_winners_of_random_lengths_never_overlap(ground, server, tomorrow, figures):
    """R02, I1: 60, 90 and 120 minutes at random half hours of one day, with buffers of 15 and 10 minutes: 200 for 8."""
    chance = random.Random(2)
    court = ground.court("flexible", grid_minutes=30, min_minutes=60, buffer_before_minutes=15, buffer_after_minutes=10)
    clients = ground.clients(server)
    answers = []
    for _round in range(4):
        calls = []
        for client in clients:
            body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 8, minutes=chance.choice([60, 90, 120]))
            calls.append(partial(client.post, BOOKINGS, later(body, 30 * chance.randrange(24))))
        answers += together(calls)
    figures("answers", outcomes(answers))
    assert {(a.status, a.code) for a in answers} <= {(201, ""), *((400, code) for code in LOST)}
    won = sorted((a.body["start_datetime"], a.body["end_datetime"]) for a in answers if a.status == 201)
    ends = [datetime.fromisoformat(end) for _start, end in won]
    starts = [datetime.fromisoformat(start) for start, _end in won]
    gaps = [(after - before).total_seconds() / 60 for before, after in zip(ends, starts[1:], strict=False)]
    assert min(gaps) >= 25, "the gap is the buffer after one plus the buffer before the next"
    assert ground.bookings_of(court) == len(won)


def test_neighbours_both_win(ground, server, tomorrow, figures):
    """R03: 25 clients want 10 to 11 and 25 want 11 to 12: one of each gets it."""
    court = ground.court("neighbours")
    answers = _neighbours(ground, server, court, tomorrow)
    figures("answers", outcomes(answers))
    won = [a.body["start_datetime"] for a in answers if a.status == 201]
    assert len(won) == len(set(won)) == 2
    assert {(a.status, a.code) for a in answers if a.status != 201} == {(400, "booked")}
    assert ground.bookings_of(court) == 2


def test_of_neighbours_closer_than_the_buffer_exactly_one_wins(ground, server, tomorrow, figures):
    """R03 with ten minutes of clearing up.

    Asked for in cal.diy#24253.
    """
    court = ground.court("cleared", buffer_after_minutes=10)
    answers = _neighbours(ground, server, court, tomorrow)
    figures("answers", outcomes(answers))
    codes = Counter((a.status, a.code) for a in answers)
    assert codes == {(201, ""): 1, (400, "booked"): 24, (400, "buffer"): 25}
    assert ground.bookings_of(court) == 1


def _neighbours(ground, server, court, day):
    bodies = [slot(court, ground.alpha.tenant.time_zone, day, hour) for hour in (10, 11)]
    clients = ground.clients(server)
    return together([partial(client.post, BOOKINGS, bodies[n % 2]) for n, client in enumerate(clients)])
