"""Everybody gives up, or says yes, or takes the money, at the same moment: once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot, wait_for_lock_waiters

ADMIN = "/api/v1/admin/bookings/"
ROUNDS = 20
ENDS = (
    "SELECT to_state, actor_kind FROM bookings_bookingevent"
    " WHERE booking_id = %s AND to_state <> 'held' AND act = 'moved' ORDER BY id"
)
SOON = (
    "UPDATE bookings_booking SET start = clock_timestamp() + make_interval(secs => %s),"
    " \"end\" = clock_timestamp() + interval '1 hour' WHERE id = %s"
)
TIMES = 'SELECT start, "end" FROM bookings_booking WHERE id = %s'
BACK = 'UPDATE bookings_booking SET start = %s, "end" = %s WHERE id = %s'


@contextmanager
def begun(ground, booking, seconds=0.0):
    """For the time of the block, the booking begins in so many seconds; then it is where its occupancy is."""
    [times] = ground.sql(TIMES, booking)
    ground.sql(SOON, seconds, booking)
    yield
    ground.sql(BACK, *times, booking)


def booked(ground, server, court, day, hour):
    """The id of a confirmed booking of an hour."""
    answer = ground.client(server, "guest").post(BOOKINGS, slot(court, ground.alpha.tenant.time_zone, day, hour))
    assert (answer.status, answer.body["status"]) == (201, "confirmed")
    return answer.body["id"]


def policy(ground, booking, percent):
    """Put a booking under a policy that keeps so many basis points."""
    [(made,)] = ground.sql(
        "INSERT INTO venues_cancellationpolicy (name, grace_minutes, no_show_percent) VALUES ('Race', 0, 10000)"
        " RETURNING id"
    )
    ground.sql(
        "INSERT INTO venues_cancellationstep (policy_id, minutes_before, percent, fee_minor, keeps_deposit, reason)"
        " VALUES (%s, 0, %s, 0, false, '')",
        made,
        percent,
    )
    ground.sql("UPDATE bookings_booking SET policy_id = %s WHERE id = %s", made, booking)


def test_ten_cancellations_at_once_are_one_with_one_refund(ground, server, tomorrow, figures):
    """R29: a policy keeps 40 %; every one of ten clients hears the same, and 15.00 come back once."""
    court = ground.court("given-up")
    clients = [ground.connected(server, ground.alpha, ground.alpha.tokens["guest"]) for _ in range(10)]
    answers = []
    for hour in range(8, 18):
        booking = booked(ground, server, court, tomorrow, hour)
        policy(ground, booking, 4000)
        paid = ground.client(server, "owner").post(f"{ADMIN}{booking}/payments/", {"amount": "25.00"})
        assert paid.status == 201
        answers += together([partial(client.post, f"{BOOKINGS}{booking}/cancel/") for client in clients])
        assert len({answer.raw for answer in answers[-10:]}) == 1
        assert ground.sql(ENDS, booking) == [("confirmed", "customer"), ("cancelled", "customer")]
        row = ground.sql("SELECT fee_minor, refund_due_minor, paid_minor FROM bookings_booking WHERE id = %s", booking)
        assert row == [(1000, 1500, 2500)]
    figures("answers", outcomes(answers))
    assert Counter(answer.status for answer in answers) == {200: 100}


def test_customer_owner_and_no_show_end_a_booking_once(ground, server, tomorrow, figures):
    """R28, around the start: until then the customer may cancel, from then on it can be a no-show. One ends it."""
    court = ground.court("three-ways")
    guest, owner, desk = (ground.client(server, who) for who in ("guest", "owner", "front_desk"))
    ended, answers = Counter(), []
    for number in range(ROUNDS):
        booking = booked(ground, server, court, tomorrow + timedelta(days=number // 10), 8 + number % 10)
        with begun(ground, booking, seconds=0.01 * number):
            answers += together(
                [
                    partial(guest.post, f"{BOOKINGS}{booking}/cancel/"),
                    partial(owner.post, f"{ADMIN}{booking}/cancel/", {"reason": "other"}),
                    partial(desk.post, f"{ADMIN}{booking}/no-show/"),
                ]
            )
        [end] = ground.sql(ENDS, booking)[1:]
        ended[end] += 1
        [found] = ground.sql("SELECT state, fee_minor FROM bookings_booking WHERE id = %s", booking)
        assert found in {("cancelled", 0), ("cancelled", 2500), ("no_show", 2500)}
    figures("answers", outcomes(answers))
    figures("ended by", dict(ended))
    assert ended.total() == ROUNDS
    no = {(400, code) for code in ("not_cancellable", "too_early", "wrong_state")}
    assert {(answer.status, answer.code) for answer in answers} <= {(200, ""), *no}


def test_weather_and_customers_own_cancellations_make_one_each(ground, server, tomorrow, figures):
    """R28 for a whole day: twelve customers cancel while the owner calls the day off twice."""
    court = ground.court("rained-off", is_outdoor=True)
    bookings = [booked(ground, server, court, tomorrow, hour) for hour in range(8, 20)]
    called = {"venue": ground.alpha.venue, "date": tomorrow.isoformat(), "resources": [court]}
    guests = [ground.client(server, "guest") for _ in bookings]
    owners = [ground.client(server, "owner") for _ in range(2)]
    answers = together(
        [
            *(partial(owner.post, "/api/v1/admin/weather/", called) for owner in owners),
            *(
                partial(client.post, f"{BOOKINGS}{booking}/cancel/")
                for client, booking in zip(guests, bookings, strict=True)
            ),
        ]
    )
    figures("answers", outcomes(answers))
    assert Counter(answer.status for answer in answers) == {200: 14}
    off = answers[0].body["count"] + answers[1].body["count"]
    reasons = Counter(
        reason for (reason,) in ground.sql("SELECT cancel_reason FROM bookings_booking WHERE resource_id = %s", court)
    )
    figures("called off", off)
    assert reasons["weather"] == off
    assert reasons["user_request"] == 12 - off
    ends = [ground.sql(ENDS, booking)[1:] for booking in bookings]
    assert [len(found) for found in ends] == [1] * 12
    assert ground.sql("SELECT count(*) FROM bookings_occupancy WHERE resource_id = %s", court) == [(0,)]


def test_of_twenty_requests_for_a_slot_exactly_one_can_be_approved(ground, server, tomorrow, figures):
    """Nineteen are refused as booked; saying yes to all there are confirms one.

    Asked for in cal.diy#10789, Appointments#689, indico#3825, #4129.
    """
    court = ground.court("asked-for", needs_approval=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 10)
    answers = together([partial(client.post, BOOKINGS, body) for client in ground.clients(server)[:20]])
    figures("answers", outcomes(answers))
    assert Counter((answer.status, answer.code) for answer in answers) == {(201, ""): 1, (400, "booked"): 19}
    pending = ground.sql("SELECT id FROM bookings_booking WHERE resource_id = %s AND state = 'pending'", court)
    owners = [ground.client(server, "owner") for _ in range(10)]
    said = together([partial(owner.post, f"{ADMIN}{pk}/confirm/") for (pk,) in pending for owner in owners])
    assert Counter(answer.status for answer in said) == {200: 10}
    states = ground.sql("SELECT state, count(*) FROM bookings_booking WHERE resource_id = %s GROUP BY 1", court)
    assert states == [("confirmed", 1)]
    assert ground.sql(ENDS, pending[0][0]) == [("pending", "customer"), ("confirmed", "staff")]


def test_yes_no_and_never_mind_answer_a_request_once(ground, server, tomorrow, figures):
    """Approve, decline and the customer's own cancel: what is confirmed may be cancelled, never the reverse."""
    court = ground.court("answered", needs_approval=True)
    owner, desk, guest = (ground.client(server, who) for who in ("owner", "front_desk", "guest"))
    seen, answers = Counter(), []
    for hour in range(8, 20):
        body = slot(court, ground.alpha.tenant.time_zone, tomorrow, hour)
        booking = guest.post(BOOKINGS, body).body["id"]
        answers += together(
            [
                partial(owner.post, f"{ADMIN}{booking}/confirm/"),
                partial(desk.post, f"{ADMIN}{booking}/decline/"),
                partial(guest.post, f"{BOOKINGS}{booking}/cancel/"),
            ]
        )
        moves = tuple(state for state, _kind in ground.sql(ENDS, booking)[1:])
        assert moves in {("cancelled",), ("confirmed", "cancelled")}, moves
        seen[moves] += 1
        assert ground.sql("SELECT fee_minor, state FROM bookings_booking WHERE id = %s", booking) == [(0, "cancelled")]
    figures("answers", outcomes(answers))
    figures("moves", dict(seen))
    assert {(a.status, a.code) for a in answers} <= {(200, ""), (400, "wrong_state")}


def test_ten_payments_at_once_are_never_more_than_is_due(ground, server, tomorrow, figures):
    """The same 10.00 of 25.00 from ten tills without a key: two are taken, eight are told that it is too much."""
    court = ground.court("tills")
    tills = [ground.client(server, "front_desk") for _ in range(10)]
    answers = []
    for hour in range(8, 13):
        booking = booked(ground, server, court, tomorrow, hour)
        answers += together([partial(till.post, f"{ADMIN}{booking}/payments/", {"amount": "10.00"}) for till in tills])
        [(paid, due)] = ground.sql("SELECT paid_minor, refund_due_minor FROM bookings_booking WHERE id = %s", booking)
        rows = ground.sql("SELECT sum(amount_minor) FROM bookings_onsitepayment WHERE booking_id = %s", booking)
        assert (paid, due, rows) == (2000, 0, [(2000,)])
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 10, (400, "amount_too_high"): 40}


def test_money_given_back_by_ten_tills_is_given_back_once(ground, server, tomorrow, figures):
    """The other direction: after a free cancellation all of 25.00 goes back, once."""
    court = ground.court("returns")
    tills = [ground.client(server, "front_desk") for _ in range(10)]
    booking = booked(ground, server, court, tomorrow, 9)
    assert tills[0].post(f"{ADMIN}{booking}/payments/", {"amount": "25.00"}).status == 201
    assert ground.client(server, "guest").post(f"{BOOKINGS}{booking}/cancel/").status == 200
    answers = together([partial(till.post, f"{ADMIN}{booking}/payments/", {"amount": "-25.00"}) for till in tills])
    figures("answers", outcomes(answers))
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 1, (400, "amount_too_high"): 9}
    row = ground.sql("SELECT paid_minor, refund_due_minor, payment_state FROM bookings_booking WHERE id = %s", booking)
    assert row == [(0, 0, "refunded")]


def test_ten_check_ins_at_once_are_one_event(ground, server, tomorrow, figures):
    """Ten doors read the same code."""
    court = ground.court("doors")
    booking = booked(ground, server, court, tomorrow, 9)
    code = ground.client(server, "guest").get(f"{BOOKINGS}{booking}/ticket/").body["code"]
    doors = [ground.client(server, "front_desk") for _ in range(10)]
    with begun(ground, booking):
        answers = together([partial(door.post, "/api/v1/admin/check-in/", {"code": code}) for door in doors])
    figures("answers", outcomes(answers))
    assert len({answer.raw for answer in answers}) == 1
    assert Counter(answer.status for answer in answers) == {200: 10}
    told = "SELECT count(*) FROM bookings_bookingevent WHERE booking_id = %s AND act = 'checked_in'"
    assert ground.sql(told, booking) == [(1,)]


def test_weather_waits_for_a_confirmation_that_came_first(ground, rigged, tomorrow):
    """While staff confirm a request, the day is called off: it waits for the row and then cancels what is confirmed."""
    server, rigging = rigged
    court = ground.court("storm", is_outdoor=True, needs_approval=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    booking = ground.client(server, "guest").post(BOOKINGS, body).body["id"]
    owner, desk = ground.client(server, "owner"), ground.client(server, "front_desk")
    called = {"venue": ground.alpha.venue, "date": tomorrow.isoformat(), "resources": [court]}
    rigging.set("confirm.read", "wait")
    with ThreadPoolExecutor(2) as threads:
        yes = threads.submit(owner.post, f"{ADMIN}{booking}/confirm/")
        rigging.wait_until_reached("confirm.read")
        storm = threads.submit(desk.post, "/api/v1/admin/weather/", called)
        wait_for_lock_waiters(ground, 1)
        rigging.release("confirm.read")
        assert yes.result().status == 200
        assert (storm.result().status, storm.result().body["count"]) == (200, 1)
    assert ground.sql(ENDS, booking) == [("pending", "customer"), ("confirmed", "staff"), ("cancelled", "staff")]


def test_without_the_lock_of_the_booking_tills_take_too_much(ground, rigged, tomorrow, figures):
    """The negative control: the row's lock is all that keeps ten payments of 25.00 from being noted more than once."""
    server, rigging = rigged
    court = ground.court("unlocked-till")
    tills = [ground.client(server, "front_desk") for _ in range(10)]
    taken = []
    rigging.set("moves.locked", "skip")
    for hour in range(8, 13):
        booking = booked(ground, server, court, tomorrow, hour)
        answers = together([partial(till.post, f"{ADMIN}{booking}/payments/", {"amount": "25.00"}) for till in tills])
        taken.append(sum(answer.status == 201 for answer in answers))
    rigging.clear()
    figures("payments of the whole price", taken)
    assert max(taken) > 1
    booking = booked(ground, server, court, tomorrow, 20)
    answers = together([partial(till.post, f"{ADMIN}{booking}/payments/", {"amount": "25.00"}) for till in tills])
    assert Counter((a.status, a.code) for a in answers) == {(201, ""): 1, (400, "amount_too_high"): 9}
