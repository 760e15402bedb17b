"""Strangers who share a class, and bookings that take several resources at once."""

import random
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations

from django_tenants.utils import tenant_context

from tests.races import checker
from tests.races.contest import outcomes
from tests.races.crowd import patient, together
from tests.races.ground import BOOKINGS, slot
from venues.models import Product

SEATS = 12
FULL = {(400, "booked"), (400, "capacity")}
CONSTRAINT = "occupancy_no_overlap"


def class_of_twelve(ground, slug, **fields):
    """A resource that strangers share; its id."""
    return ground.court(slug, capacity=SEATS, units=SEATS, is_shared=True, **fields)


def body_of(ground, place, day, hour, *, party=2, minutes=60, **more):
    """The body of a booking of some people."""
    return {**slot(place, ground.alpha.tenant.time_zone, day, hour, minutes), "participant_count": party, **more}


def asked(clients, bodies):
    """Each body by a client, all at once, and again where too many wait (503); their answers in order."""
    busy = []
    calls = [partial(client.post, BOOKINGS, body) for client, body in zip(clients, bodies, strict=False)]
    return together([partial(patient, call, busy) for call in calls])


def most_at_once(taken, during):
    """How many people are there at the fullest instant of a period; `taken` has (start, end, people)."""
    start, end = during
    instants = [start, *(begin for begin, _end, _people in taken if start <= begin < end)]
    return max(sum(people for begin, over, people in taken if begin <= at < over) for at in instants)


def period_of(body):
    """Start and end of a body."""
    return datetime.fromisoformat(body["start_datetime"]), datetime.fromisoformat(body["end_datetime"])


def judged(bodies, answers, before=()):
    """Nobody too many at any instant, and whoever was refused does not fit in at the end; how many people got in."""
    won = [(*period_of(body), body["participant_count"]) for body, a in zip(bodies, answers, strict=True) if not a.code]
    taken = [*before, *won]
    assert {(a.status, a.code) for a in answers} <= {(201, ""), *FULL}
    assert all(most_at_once(taken, (start, end)) <= SEATS for start, end, _people in taken)
    for body, answer in zip(bodies, answers, strict=True):
        if answer.code:
            left = SEATS - most_at_once(taken, period_of(body))
            assert body["participant_count"] > left, f"{left} seats stay empty, and {body} was refused"
    return sum(people for _start, _end, people in won)


def test_the_last_two_seats_are_both_taken_and_no_third(ground, server, tomorrow, figures):
    """R04: ten of twelve have a seat; fifty more ask for one, two or three."""
    place = class_of_twelve(ground, "yoga")
    clients, every = ground.clients(server), []
    for hour in range(8, 11):
        ten = body_of(ground, place, tomorrow, hour, party=10)
        assert ground.client(server, "guest").post(BOOKINGS, ten).status == 201
        bodies = [body_of(ground, place, tomorrow, hour, party=1 + n % 3) for n in range(len(clients))]
        answers = asked(clients, bodies)
        assert judged(bodies, answers, [(*period_of(ten), 10)]) == 2
        every += answers
    figures("answers", outcomes(every))
    assert ground.bookings_of(place) == 3 + sum(answer.status == 201 for answer in every)


def test_a_fresh_class_fills_up_and_no_party_waits_that_would_fit(ground, server, tomorrow, figures):
    """R04: fifty parties of one to six for twelve seats."""
    place = class_of_twelve(ground, "spinning")
    clients, chance, every = ground.clients(server), random.Random(4), []
    for hour in range(8, 12):
        bodies = [body_of(ground, place, tomorrow, hour, party=chance.randint(1, 6)) for _client in clients]
        answers = asked(clients, bodies)
        assert judged(bodies, answers) == SEATS
        every += answers
    figures("answers", outcomes(every))
    assert ground.bookings_of(place) == sum(answer.status == 201 for answer in every)


def test_classes_that_overlap_in_part_fill_up_too(ground, server, tomorrow, figures):
    """R04: one to three hours, from eight to noon; seats change hands where that makes room."""
    place = class_of_twelve(ground, "gym", max_minutes=180)
    clients, chance, every, let_in = ground.clients(server), random.Random(5), [], []
    for days in range(4):
        day = tomorrow + timedelta(days=days)
        bodies = [
            body_of(
                ground, place, day, chance.randint(8, 11), party=chance.randint(1, 5), minutes=60 * chance.randint(1, 3)
            )
            for _client in clients
        ]
        answers = asked(clients, bodies)
        let_in.append(judged(bodies, answers))
        every += answers
    figures("answers", outcomes(every))
    figures("people let in on each day", let_in)
    assert ground.bookings_of(place) == sum(answer.status == 201 for answer in every)


def test_a_class_is_overfull_only_without_lock_and_constraint(spoilt, tomorrow, figures):
    """R04, the negative control: the same checker finds it, and finds nothing with half of the protection."""
    ground, server, rigging = spoilt
    clients = ground.clients(server)
    rigging.set("claims.lock", "skip")
    rigging.set("hold.checked", "meet 12")
    assert _overfull(ground, clients, "constraint-alone", tomorrow, figures) == 0

    rigging.clear()
    ground.sql(f"ALTER TABLE bookings_occupancy DROP CONSTRAINT {CONSTRAINT}")
    assert _overfull(ground, clients, "lock-alone", tomorrow, figures) == 0

    rigging.set("claims.lock", "skip")
    rigging.set("hold.checked", "meet 12")
    assert _overfull(ground, clients, "neither", tomorrow, figures) >= 1
    assert any(broken.startswith("I1: booking") for broken in ground.violations())


def _overfull(ground, clients, protection, day, figures):
    """Bookings that begin where no seat is left, after a contest for a class of their own."""
    place = class_of_twelve(ground, protection)
    before = checker.doubles(ground.database_url, ground.schema)
    bodies = [body_of(ground, place, day, 9, party=1 + n % 3) for n in range(len(clients))]
    # Once: without the lock the constraint alone makes them wait for each other in circles, again and again.
    answers = together([partial(client.post, BOOKINGS, body) for client, body in zip(clients, bodies, strict=True)])
    found = checker.doubles(ground.database_url, ground.schema) - before
    figures(protection, f"{found} too many ({outcomes(answers)})")
    return found


def rows_of(ground, booking):
    """The resources that a booking has rows on, ascending."""
    rows = ground.sql("SELECT resource_id FROM bookings_occupancy WHERE booking_id = %s ORDER BY 1", booking)
    return [resource for (resource,) in rows]


def combined(ground, day, hour, places):
    """The body of one booking of several resources."""
    return body_of(ground, places[0], day, hour, with_resources=list(places[1:]))


def test_combinations_in_every_order_never_deadlock_and_are_had_as_a_whole(ground, server, tomorrow, figures):
    """R06: forty ask for two rooms and a projector of which there are two, in all six orders; one an hour gets them."""
    before = checker.deadlocks(ground.database_url)
    rooms = [ground.court("room-a"), ground.court("room-b")]
    projectors = ground.court("projectors", units=2)
    orders = list(permutations([*rooms, projectors]))
    clients, every = ground.clients(server)[:40], []
    for hour in range(8, 14):
        answers = asked(clients, [combined(ground, tomorrow, hour, orders[n % 6]) for n in range(40)])
        assert Counter((a.status, a.code) for a in answers) == {(201, ""): 1, (400, "booked"): 39}
        [winner] = [answer.body["id"] for answer in answers if answer.status == 201]
        assert rows_of(ground, winner) == sorted([*rooms, projectors])
        every += answers
    figures("answers", outcomes(every))
    assert sum(ground.bookings_of(place) for place in (*rooms, projectors)) == 6
    assert checker.all_deadlocks(ground.database_url) == before


def test_whole_hall_against_court_and_half_in_both_orders(ground, server, tomorrow, figures):
    """R06: the hall; a court in one half; the same with the other half, named first or last. No deadlock at all."""
    before = checker.deadlocks(ground.database_url)
    hall = ground.court("dome")
    half, other = ground.court("dome-a", parent_id=hall), ground.court("dome-b", parent_id=hall)
    court = ground.court("dome-a-1", parent_id=half)
    takes = {(hall,): {hall, half, other, court}, (court,): {court}, (court, other): {court, other}}
    takes |= {(other, court): {court, other}}
    clients, every, ways = ground.clients(server)[:40], [], Counter()
    for hour in range(8, 14):
        wanted = [list(takes)[n % 4] for n in range(40)]
        answers = asked(clients, [combined(ground, tomorrow, hour, places) for places in wanted])
        won = [(places, answer) for places, answer in zip(wanted, answers, strict=True) if answer.status == 201]
        assert Counter((a.status, a.code) for a in answers) == {(201, ""): 1, (400, "booked"): 39}
        for places, answer in won:
            assert rows_of(ground, answer.body["id"]) == sorted(takes[places])
            ways[len(places)] += 1
        every += answers
    figures("answers", outcomes(every))
    assert sum(ground.bookings_of(place) for place in (hall, half, other, court)) == 6
    assert checker.all_deadlocks(ground.database_url) == before


def test_any_court_with_the_one_projector_is_had_once_an_hour(ground, server, tomorrow, figures):
    """R05: courts are left, the projector is not; whoever did not get it has no court either."""
    courts = [ground.court(f"screen-{number}") for number in range(4)]
    projector = ground.court("the-projector")
    with tenant_context(ground.alpha.tenant):
        cinema = Product.objects.create(name="Cinema", slug="cinema", duration_minutes=60)
        cinema.resources.set(courts)
    clients, every = ground.clients(server)[:40], []
    for hour in range(8, 11):
        body = body_of(ground, courts[0], tomorrow, hour, product=cinema.pk, with_resources=[projector])
        del body["resource"]
        answers = asked(clients, [body] * 40)
        assert Counter((a.status, a.code) for a in answers) == {(201, ""): 1, (400, "booked"): 39}
        [winner] = [answer.body for answer in answers if answer.status == 201]
        assert (winner["resource"], rows_of(ground, winner["id"])) == (courts[0], [courts[0], projector])
        every += answers
    figures("answers", outcomes(every))
    assert sum(ground.bookings_of(place) for place in (*courts, projector)) == 3
