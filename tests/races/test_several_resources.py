"""Requests that concern more than one resource."""

from collections import Counter
from functools import partial

from django_tenants.utils import tenant_context

from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot
from venues.models import Product

ROUNDS = 3


def test_any_court_gives_each_court_to_one_of_forty(ground, server, tomorrow, figures):
    """R05: 40 clients ask for a product without a court; there are four."""
    courts = [ground.court(f"padel-{number}") for number in range(4)]
    with tenant_context(ground.alpha.tenant):
        padel = Product.objects.create(name="Padel", slug="padel", duration_minutes=60)
        padel.resources.set(courts)
    clients = ground.clients(server)[:40]
    every = []
    for hour in range(8, 8 + ROUNDS):
        body = slot(0, ground.alpha.tenant.time_zone, tomorrow, hour)
        del body["resource"]
        answers = together([partial(client.post, BOOKINGS, {**body, "product": padel.pk}) for client in clients])
        won = [answer.body["resource"] for answer in answers if answer.status == 201]
        assert sorted(won) == courts
        assert Counter((a.status, a.code) for a in answers) == {(201, ""): 4, (400, "booked"): 36}
        every += answers
    figures("answers", outcomes(every))
    assert sum(ground.bookings_of(court) for court in courts) == 4 * ROUNDS


def test_whole_and_parts_exclude_each_other_without_a_deadlock(ground, server, tomorrow, figures):
    """R06: the whole hall against its halves and a quarter; either the whole, or each part once, and no error."""
    hall = ground.court("arena")
    halves = [ground.court("arena-a", parent_id=hall), ground.court("arena-b", parent_id=hall)]
    quarter = ground.court("arena-a-1", parent_id=halves[0])
    wanted = [hall, halves[1], quarter, halves[0]]
    clients = ground.clients(server)
    every, ways = [], Counter()
    for hour in range(8, 14):
        bodies = [slot(place, ground.alpha.tenant.time_zone, tomorrow, hour) for place in wanted]
        answers = together([partial(client.post, BOOKINGS, bodies[n % 4]) for n, client in enumerate(clients[:40])])
        won = frozenset(answer.body["resource"] for answer in answers if answer.status == 201)
        assert Counter((a.status, a.code) for a in answers) == {(201, ""): len(won), (400, "booked"): 40 - len(won)}
        assert won in ({hall}, {*halves}, {halves[1], quarter})
        ways[len(won)] += 1
        every += answers
    figures("answers", outcomes(every))
    figures("the whole won", ways[1])
    assert sum(ground.bookings_of(place) for place in wanted) == sum(n * times for n, times in ways.items())


def test_a_pool_of_three_is_given_out_three_times(ground, server, tomorrow, figures):
    """I1: 50 clients, three kayaks, one hour: three of them paddle, each with a kayak of their own."""
    kayaks = ground.court("canoes", units=3)
    body = slot(kayaks, ground.alpha.tenant.time_zone, tomorrow, 9)
    answers = together([partial(client.post, BOOKINGS, body) for client in ground.clients(server)])
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 3, (400, "booked"): 47}
    units = ground.sql("SELECT unit FROM bookings_occupancy WHERE resource_id = %s ORDER BY unit", kayaks)
    assert units == [(0,), (1,), (2,)]
