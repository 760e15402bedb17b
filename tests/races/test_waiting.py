"""Time is given back, and many want it: it goes to the first in line, and to nobody else."""

import time
from collections import Counter
from functools import partial

from django.db import connection
from django.db.models.functions import Now
from django_tenants.utils import tenant_context

from bookings import lifecycle
from tenants.models import DueWork
from tests import servers
from tests.races.contest import LOST, outcomes
from tests.races.crowd import CUT, together
from tests.races.ground import BOOKINGS, ends_in, slot

WAITLIST = "/api/v1/waitlist/"
LINE = 20
TURNS = 8
HURRIED = "tests.races.money.hurried"  # the clock that does not tick every five seconds, but four times in one
ROUNDS = 10
WITHIN = 60.0
LIVE = (
    "SELECT b.id::text, b.customer_id, b.state FROM bookings_booking b WHERE b.resource_id = %s"
    " AND b.state IN ('held', 'pending', 'confirmed') AND (b.hold_expires_at IS NULL OR b.hold_expires_at > now())"
)


def _booked(ground, server, court, day, hour=10):
    """The body of a slot, and the id of the guest's booking that takes it."""
    body = slot(court, ground.alpha.tenant.time_zone, day, hour)
    answer = ground.client(server, "guest").post(BOOKINGS, body)
    assert answer.status == 201
    return body, answer.body["id"]


def _people(ground, server, name, number):
    """Customers who wait for nothing else yet, connected."""
    tokens = [ground.person(f"{name}-{count}") for count in range(number)]
    return [ground.connected(server, ground.alpha, token) for token in tokens]


def _line(clients, body):
    """Everybody joins, one after the other; their entries' ids."""
    answers = [client.post(WAITLIST, body) for client in clients]
    assert [answer.status for answer in answers] == [201] * len(clients)
    assert [answer.body["position"] for answer in answers] == list(range(1, len(clients) + 1))
    return [answer.body["id"] for answer in answers]


def _states(clients, entries):
    """Where they are, as each is told; a connection that broke with its worker is opened again."""
    answers = []
    for client, entry in zip(clients, entries, strict=True):
        answer = client.get(f"{WAITLIST}{entry}/")
        answers.append(client.get(f"{WAITLIST}{entry}/") if answer.status == CUT else answer)
    return [answer.body["state"] for answer in answers]


def _offer(client, entry):
    return client.get(f"{WAITLIST}{entry}/").body["offer"]


def _cancel(ground, server, booking, who="guest"):
    path = f"/api/v1/bookings/{booking}/cancel/" if who == "guest" else f"/api/v1/admin/bookings/{booking}/cancel/"
    return partial(ground.client(server, who).post, path, {"reason": "other"})


def _tick(ground, booking):
    """What the clock's task does."""
    with tenant_context(ground.alpha.tenant):
        lifecycle.let_time_pass(booking)


def test_what_is_cancelled_goes_to_the_first_in_line_and_to_no_stranger(ground, server, tomorrow, figures):
    """Twenty wait and thirty strangers hammer the slot while it is cancelled: one booking, the first in line's."""
    court = ground.court("waited-for")
    body, booking = _booked(ground, server, court, tomorrow)
    waiting, strangers = _people(ground, server, "waited", LINE), ground.clients(server)[:30]
    entries = _line(waiting, body)
    cancel = _cancel(ground, server, booking)

    def hammer(client):
        answers = [client.post(BOOKINGS, body) for _time in range(8)]
        return next((answer for answer in answers if answer.status == 201), answers[-1])

    answers = together([cancel, *(partial(hammer, client) for client in strangers)])
    figures("strangers", outcomes(answers[1:]))
    assert answers[0].status == 200
    assert {(answer.status, answer.code in LOST) for answer in answers[1:]} == {(400, True)}
    assert _states(waiting, entries) == ["offered"] + ["waiting"] * (LINE - 1)
    ((live, _customer, state),) = ground.sql(LIVE, court)
    assert (live, state) == (_offer(waiting[0], entries[0])["booking"], "held")


def test_an_offer_goes_down_the_line_in_order(ground, server, tomorrow):
    """Each lets it lapse, eight times; then the slot is anybody's. One after the other: more would show no more."""
    court = ground.court("down-the-line")
    body, booking = _booked(ground, server, court, tomorrow)
    waiting = _people(ground, server, "down", TURNS)
    entries = _line(waiting, body)
    assert _cancel(ground, server, booking)().status == 200
    for turn, (client, entry) in enumerate(zip(waiting, entries, strict=True)):
        assert _states(waiting, entries) == ["passed"] * turn + ["offered"] + ["waiting"] * (TURNS - turn - 1)
        offer = _offer(client, entry)["booking"]
        ends_in(ground, offer, 0)
        _tick(ground, offer)
    connection.close()
    assert _states(waiting, entries) == ["passed"] * TURNS
    assert ground.sql(LIVE, court) == []
    assert ground.client(server, "stranger").post(BOOKINGS, body).status == 201


def test_the_clock_passes_a_lapsed_offer_on_and_the_next_takes_it(ground, server, tomorrow, figures):
    """A real worker and a real beat, nobody else."""
    ground.forget_what_waits()
    court = ground.court("ticked")
    body, booking = _booked(ground, server, court, tomorrow)
    waiting = _people(ground, server, "ticked", 2)
    entries = _line(waiting, body)
    assert _cancel(ground, server, booking)().status == 200
    _make_due(ground, _offer(waiting[0], entries[0])["booking"])
    began = time.monotonic()
    with servers.celery_worker(ground.database), servers.celery_beat(ground.database, app=HURRIED):
        _wait_until(lambda: _states(waiting, entries) == ["passed", "offered"])
    figures("seconds until passed on", round(time.monotonic() - began, 1))
    taken = waiting[1].post(f"{WAITLIST}{entries[1]}/take/")
    assert (taken.status, taken.body["status"]) == (200, "confirmed")
    assert _states(waiting, entries) == ["passed", "taken"]


def test_a_stranger_books_a_lapsed_offer_with_all_workers_stopped(ground, server, tomorrow):
    """I9: nobody but the web server runs. Who was first in line then is passed, who is next keeps waiting."""
    court = ground.court("lapsed-offer")
    body, booking = _booked(ground, server, court, tomorrow)
    waiting = _people(ground, server, "lapsed", 2)
    entries = _line(waiting, body)
    assert _cancel(ground, server, booking)().status == 200
    ends_in(ground, _offer(waiting[0], entries[0])["booking"], 0)
    assert ground.client(server, "stranger").post(BOOKINGS, body).status == 201
    assert _states(waiting, entries) == ["passed", "waiting"]


def test_two_cancellations_at_once_make_one_offer(ground, server, tomorrow):
    court = ground.court("cancelled-twice")
    waiting = _people(ground, server, "twice", 3)
    for number in range(ROUNDS):
        body, booking = _booked(ground, server, court, tomorrow, 7 + number)
        entries = _line(waiting, body)
        answers = together([_cancel(ground, server, booking), _cancel(ground, server, booking, "owner")])
        assert [answer.status for answer in answers] == [200, 200]
        assert _states(waiting, entries) == ["offered", "waiting", "waiting"]
    assert len(ground.sql(LIVE, court)) == ROUNDS


def test_leaving_while_it_is_cancelled_hands_it_to_the_next(ground, server, tomorrow, figures):
    """Whichever comes first: the first has left, the second has the offer, and nobody else anything."""
    court = ground.court("left-meanwhile")
    waiting = _people(ground, server, "left", 3)
    let_go = 0
    for number in range(ROUNDS):
        body, booking = _booked(ground, server, court, tomorrow, 7 + number)
        entries = _line(waiting, body)
        leave = partial(waiting[0].delete, f"{WAITLIST}{entries[0]}/")
        answers = together([_cancel(ground, server, booking), leave])
        assert [answer.status for answer in answers] == [200, 204]
        assert _states(waiting, entries) == ["left", "offered", "waiting"]
        let_go += ground.sql("SELECT offer_id IS NOT NULL FROM bookings_waitlistentry WHERE id = %s", entries[0])[0][0]
    figures("offers that were let go", f"{let_go} of {ROUNDS}")
    assert len(ground.sql(LIVE, court)) == ROUNDS


def test_nobody_waits_for_what_is_free(ground, server, tomorrow, figures):
    """Joining while it is cancelled: either one is told that it is free, or one is offered it. No wake-up is lost."""
    court = ground.court("joined-meanwhile")
    (client,) = _people(ground, server, "joined", 1)
    seen = Counter()
    for number in range(ROUNDS):
        body, booking = _booked(ground, server, court, tomorrow, 7 + number)
        cancelled, joined = together([_cancel(ground, server, booking), partial(client.post, WAITLIST, body)])
        assert cancelled.status == 200
        if joined.status == 201:
            assert _states([client], [joined.body["id"]]) == ["offered"]
        seen[joined.status, joined.code] += 1
    figures("joined", dict(seen))
    assert seen.keys() <= {(201, ""), (400, "available")}
    assert len(ground.sql(LIVE, court)) == seen[201, ""]


def test_a_pool_serves_as_many_as_it_has_units_to_give(ground, server, tomorrow, figures):
    """Three of three units are cancelled at once while ten wait and strangers hammer: the first three, each a unit."""
    pool = ground.court("pool", units=3)
    zone = ground.alpha.tenant.time_zone
    body = slot(pool, zone, tomorrow, 10)
    clients = ground.clients(server)
    bookings = [client.post(BOOKINGS, body).body["id"] for client in clients[:3]]
    waiting, strangers = _people(ground, server, "pooled", 10), clients[3:20]
    entries = _line(waiting, body)
    cancels = [
        partial(client.post, f"/api/v1/bookings/{booking}/cancel/")
        for client, booking in zip(clients[:3], bookings, strict=True)
    ]
    answers = together([*cancels, *(partial(client.post, BOOKINGS, body) for client in strangers)])
    figures("strangers", outcomes(answers[3:]))
    assert [answer.status for answer in answers[:3]] == [200] * 3
    assert not [answer for answer in answers[3:] if answer.status == 201]
    assert _states(waiting, entries) == ["offered"] * 3 + ["waiting"] * 7
    units = ground.sql("SELECT unit FROM bookings_occupancy WHERE resource_id = %s ORDER BY 1", pool)
    assert units == [(0,), (1,), (2,)]


def test_a_web_worker_that_dies_before_the_offer_has_cancelled_nothing(ground, mortal, tomorrow):
    """I11: giving back and serving are one transaction; the same request again does both."""
    server, rigging = mortal
    court = ground.court("died-serving")
    body, booking = _booked(ground, server, court, tomorrow)
    waiting = _people(ground, server, "died", 2)
    entries = _line(waiting, body)
    rigging.set("waitlist.serve", "exit")
    path = f"/api/v1/bookings/{booking}/cancel/"
    assert ground.client(server, "guest").post(path, Idempotency_Key="waiting").status == CUT
    assert [state for _id, _customer, state in ground.sql(LIVE, court)] == ["confirmed"]
    _wait_until(lambda: ground.client(server, "guest").post(path, Idempotency_Key="waiting").status == 200)
    _wait_until(lambda: len(server.workers()) == 2)
    assert _states(waiting, entries) == ["offered", "waiting"]
    assert [state for _id, _customer, state in ground.sql(LIVE, court)] == ["held"]


def test_a_celery_worker_that_dies_before_the_offer_is_followed_by_one_that_makes_it(
    ground, server, tomorrow, tmp_path
):
    """Killed between ending a hold and serving the next: the hold ends, and the next is served, once."""
    ground.forget_what_waits()
    court = ground.court("died-ticking")
    body, booking = _booked(ground, server, court, tomorrow)
    waiting = _people(ground, server, "celery", 2)
    entries = _line(waiting, body)
    assert _cancel(ground, server, booking)().status == 200
    offer = _offer(waiting[0], entries[0])["booking"]
    _make_due(ground, offer)
    (tmp_path / "waitlist.serve").write_text("exit")
    options = {"FAILPOINTS": str(tmp_path)}
    with servers.celery_worker(ground.database, options), servers.celery_beat(ground.database, app=HURRIED):
        _wait_until((tmp_path / "waitlist.serve.reached").exists)
        _let_the_claim_end(offer)
        _wait_until(lambda: _states(waiting, entries) == ["passed", "offered"])
    moves = "SELECT to_state FROM bookings_bookingevent WHERE booking_id = %s ORDER BY id"
    assert ground.sql(moves, offer) == [("held",), ("expired",)]
    assert len(ground.sql(LIVE, court)) == 1


def _make_due(ground, booking):
    """Let a hold, and the work that is due for it, be over now."""
    over = ends_in(ground, booking, 0)
    work = DueWork.objects.filter(schema_name=ground.schema, kind="booking_clock", object_id=booking)
    assert work.update(due_at=over) == 1


def _let_the_claim_end(booking):
    """As if the two minutes were over in which due work is its worker's."""
    DueWork.objects.filter(kind="booking_clock", object_id=booking).update(due_at=Now())


def _wait_until(true):
    deadline = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
