"""The database says no for a moment: clients hear 503 and can try again, never 500."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from statistics import median, quantiles

import psycopg
from psycopg import sql

from tests.races import checker
from tests.races.contest import outcomes
from tests.races.crowd import CUT, together
from tests.races.ground import BOOKINGS, later, slot, slots, wait_for_lock_waiters
from tests.servers import SESSION_NAME

TERMINATE_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s
"""
TERMINATE_ONE = f"{TERMINATE_ALL} ORDER BY random() LIMIT 1"
TRIES = 60
BLOCKED = 8
LOCK_SECONDS = 10.0


def test_sessions_cut_at_random_cost_nobody_a_booking(ground, server, tomorrow, figures):
    """R44, I11, I12: ten clients a slot; each repeats its key until it knows, and each slot has one winner."""
    court = ground.court("cut-off")
    clients = ground.clients(server)[:10]
    every, cuts = [], threading.Event()
    killer = threading.Thread(target=_cut_sessions, args=(ground, cuts))
    killer.start()
    try:
        for number, body in zip(range(24), slots([court], ground.alpha.tenant.time_zone, tomorrow), strict=False):
            final = together([partial(_persist, client, body, f"r44-{number}", every) for client in clients])
            assert sorted(answer.status for answer in final) == [201] + [400] * 9
    finally:
        cuts.set()
        killer.join()
    figures("answers", outcomes(every))
    assert {a.status for a in every} <= {201, 400, 409, 503}
    assert {a.headers.get("retry-after") for a in every if a.status in {409, 503}} <= {"1"}
    assert {a.code for a in every if a.status == 400} == {"booked"}
    assert ground.bookings_of(court) == 24
    assert [client.post(BOOKINGS, body).status for client in clients[:2]] == [400, 400], "it has recovered"


def test_all_sessions_cut_at_once_cost_nobody_an_answer(ground, server, tomorrow, figures):
    """R44, the first step to R43: the pool is full of dead connections, and the next 25 clients book as ever."""
    courts = [ground.court(f"restarted-{number}") for number in range(50)]
    bodies = [slot(court, ground.alpha.tenant.time_zone, tomorrow, 9) for court in courts]
    clients = ground.clients(server)
    together([partial(client.post, BOOKINGS, body) for client, body in zip(clients, bodies, strict=True)])
    cut = ground.sql(TERMINATE_ALL, SESSION_NAME)
    answers = [client.post(BOOKINGS, later(body, 60)) for client, body in zip(clients, bodies[:25], strict=False)]
    figures("sessions cut", len(cut))
    figures("slowest answer", f"{max(answer.seconds for answer in answers):.2f} s")
    assert {answer.status for answer in answers} == {201}
    assert median(answer.seconds for answer in answers) < 2.0


def test_deadlock_is_repeated_and_the_client_never_hears_of_it(ground, rigged, tomorrow):
    """R44: PostgreSQL ends our transaction as the victim; the second try books."""
    server, rigging = rigged
    court = ground.court("deadlocked")
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    before = checker.deadlocks(ground.database_url)
    customer = ground.client(server, "guest")
    with _session(ground) as rival, ThreadPoolExecutor(1) as threads:
        rival.execute("SET deadlock_timeout = '60s'")  # so that the other side notices first
        # The rival has the time, unseen, and will want the lock; the customer has the lock and will want the time.
        rigging.set("hold.checked", "wait")
        booking = threads.submit(customer.post, BOOKINGS, body)
        rigging.wait_until_reached("hold.checked")
        closure = rival.execute(
            'INSERT INTO venues_closure (venue_id, start, "end", reason, is_public, created_at)'
            " VALUES (%s, %s, %s, '', false, now())"
            " RETURNING id",
            [ground.alpha.venue, body["start_datetime"], body["end_datetime"]],
        ).fetchone()
        rival.execute(
            "INSERT INTO bookings_occupancy (resource_id, unit, during, kind, closure_id)"
            " VALUES (%s, 0, tstzrange(%s, %s), 'closure', %s)",
            [court, body["start_datetime"], body["end_datetime"], closure[0]],
        )
        rigging.release("hold.checked")
        wait_for_lock_waiters(ground, 1)
        rival.execute("SELECT 1 FROM venues_resource WHERE id = %s FOR UPDATE", [court])
        rival.rollback()
        assert booking.result().status == 201
    assert ground.bookings_of(court) == 1
    assert checker.all_deadlocks(ground.database_url) == before + 1


def test_a_lock_held_for_ten_seconds_stops_its_resource_alone(ground, server, tomorrow, figures):
    """R45: those who want it hear 503 within 3 s; other resources and the other tenant do not notice.

    Eight clients want it, and the server has 24 threads: whoever waits for a lock has a thread. All of them
    are answered while the lock is still held; the seconds are held against the middle answer, because a
    machine that stops for a moment stops all eight.
    """
    stuck, free = ground.court("stuck"), ground.court("unstuck")
    wanting = ground.clients(server)[:BLOCKED]
    body = slot(stuck, ground.alpha.tenant.time_zone, tomorrow, 9)
    works = {
        "other resource": (
            [ground.client(server, who) for who in ("guest", "stranger")],
            slots([free], ground.alpha.tenant.time_zone, tomorrow),
        ),
        "other tenant": (
            [ground.client(server, who, ground.beta) for who in ("guest", "stranger")],
            slots([ground.beta.court_2], ground.beta.tenant.time_zone, tomorrow),
        ),
    }
    before = _at_work(works, seconds=2.0)
    with _session(ground) as holder, ThreadPoolExecutor(BLOCKED) as threads:
        holder.execute("SELECT 1 FROM venues_resource WHERE id = %s FOR NO KEY UPDATE", [stuck])
        asking = [threads.submit(_ask_for, LOCK_SECONDS - 3, client, body) for client in wanting]
        meanwhile = _at_work(works, seconds=LOCK_SECONDS - 3)
        blocked = [answer for each in asking for answer in each.result()]
        holder.rollback()
    figures("blocked", f"{outcomes(blocked)}, slowest {max(a.seconds for a in blocked):.2f} s")
    for name in works:
        figures(name, f"p95 {_p95(before[name]):.3f} s before, {_p95(meanwhile[name]):.3f} s meanwhile")
        assert {answer.status for answer in meanwhile[name]} == {201}
        assert median(answer.seconds for answer in meanwhile[name]) < 1.0
    assert {(a.status, a.code, a.headers["retry-after"]) for a in blocked} == {(503, "busy", "1")}
    assert median(answer.seconds for answer in blocked) < 3.0
    assert ground.bookings_of(stuck) == 0
    assert wanting[0].post(BOOKINGS, body).status == 201


@contextmanager
def _session(ground):
    """A transaction of the test's own in Alpha's schema, rolled back at the end."""
    with psycopg.connect(ground.database_url) as connection:
        connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(ground.schema)))
        connection.commit()
        yield connection
        connection.rollback()


def _cut_sessions(ground, enough):
    """Terminate one of the servers' sessions, whatever it is doing, twenty times a second."""
    with psycopg.connect(ground.database_url, autocommit=True) as connection:
        while not enough.wait(0.05):
            connection.execute(TERMINATE_ONE, [SESSION_NAME])


def _persist(client, body, key, every):
    """Repeat the request with its key until the answer is final; all answers go to `every`."""
    for _try in range(TRIES):
        answer = client.post(BOOKINGS, body, Idempotency_Key=key)
        every.append(answer)
        if answer.status not in {CUT, 409, 503}:
            return answer
        time.sleep(0.02)
    return answer


def _ask_for(seconds, client, body):
    """The same wish again and again, for so long."""
    until, answers = time.monotonic() + seconds, []
    while time.monotonic() < until:
        answers.append(client.post(BOOKINGS, body))
    return answers


def _at_work(works, seconds):
    """What others are answered, by name, who book one free slot after the other for so long."""

    def work(client, bodies, lock):
        until, answers = time.monotonic() + seconds, []
        while time.monotonic() < until:
            with lock:
                body = next(bodies)
            answers.append(client.post(BOOKINGS, body))
        return answers

    with ThreadPoolExecutor() as threads:
        running = {}
        for name, (clients, bodies) in works.items():
            lock = threading.Lock()
            running[name] = [threads.submit(work, client, bodies, lock) for client in clients]
        return {name: [answer for each in started for answer in each.result()] for name, started in running.items()}


def _p95(answers):
    return quantiles([answer.seconds for answer in answers], n=20)[-1]
