"""Bookings that move, change places and are extended, while others want the same time."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.races.contest import outcomes
from tests.races.crowd import patient, together
from tests.races.ground import BOOKINGS, ends_in, later, slot, wait_for_lock_waiters

SWAPS = 20
ROUNDS = 10
MOVES = 52


def at_once(calls, figures):
    """All calls at the same moment, until none is answered that the others are in the way."""
    busy = []
    answers = together([partial(patient, call, busy) for call in calls])
    figures("answers", outcomes(answers))
    figures("repeated after 503", len(busy))
    return answers


def made(client, body):
    """The id of a new booking."""
    answer = client.post(BOOKINGS, body)
    assert answer.status == 201, answer.body
    return answer.body["id"]


def rescheduled(client, booking, body, **more):
    """A call that moves a booking to where another body would book."""
    wanted = {name: body[name] for name in ("resource", "start_datetime", "end_datetime")}
    return partial(client.post, f"{BOOKINGS}{booking}/reschedule/", {**wanted, **more})


def place(ground, booking):
    """Resource, start, state and revision of a booking, and what it takes."""
    [row] = ground.sql("SELECT resource_id, start, state, revision FROM bookings_booking WHERE id = %s", booking)
    taken = ground.sql("SELECT resource_id, lower(during) FROM bookings_occupancy WHERE booking_id = %s", booking)
    return row, taken


def zone_of(ground):
    """Alpha's."""
    return ground.alpha.tenant.time_zone


def test_twenty_swaps_at_once_lose_nothing(ground, server, tomorrow, figures):
    """R35: A and B change places twenty times, half of the calls name them the other way round."""
    court, other = ground.court("swap-a"), ground.court("swap-b")
    guest, stranger = ground.client(server, "guest"), ground.client(server, "stranger")
    ids = [
        made(guest, slot(court, zone_of(ground), tomorrow, 9, 120)),
        made(stranger, slot(other, zone_of(ground), tomorrow, 14)),
    ]
    before = [place(ground, booking) for booking in ids]
    owners = [ground.client(server, "owner") for _number in range(SWAPS)]
    calls = [
        partial(owner.post, "/api/v1/admin/bookings/swap/", {"bookings": ids if number % 2 else ids[::-1]})
        for number, owner in enumerate(owners)
    ]
    answers = at_once(calls, figures)
    assert Counter(answer.status for answer in answers) == {200: SWAPS}
    after = [place(ground, booking) for booking in ids]
    assert [row[:3] for row, _taken in after] == [row[:3] for row, _taken in before]
    assert [taken for _row, taken in after] == [taken for _row, taken in before]
    assert [row[3] for row, _taken in after] == [SWAPS, SWAPS]


def test_three_go_round_and_back_at_once(ground, server, tomorrow, figures):
    """R35, a cycle of three on one resource: 12 times forwards and 8 times backwards is once forwards."""
    court = ground.court("cycle", buffer_after_minutes=15)
    guest = ground.client(server, "guest")
    ids = [made(guest, slot(court, zone_of(ground), tomorrow, 9 + 2 * number)) for number in range(3)]
    starts = [place(ground, booking)[0][1] for booking in ids]
    owners = [ground.client(server, "owner") for _number in range(SWAPS)]
    calls = [
        partial(owner.post, "/api/v1/admin/bookings/swap/", {"bookings": ids if number < 12 else ids[::-1]})
        for number, owner in enumerate(owners)
    ]
    answers = at_once(calls, figures)
    assert Counter(answer.status for answer in answers) == {200: SWAPS}
    assert [place(ground, booking)[0][1] for booking in ids] == [starts[1], starts[2], starts[0]]


def test_customers_who_move_into_each_other_s_time_both_keep_their_own(ground, server, tomorrow, figures):
    """R35 without a swap: neither gives up a slot before the other one is gained."""
    court = ground.court("crossing")
    guest, stranger = ground.client(server, "guest"), ground.client(server, "stranger")
    bodies = [slot(court, zone_of(ground), tomorrow, hour) for hour in (9, 15)]
    ids = [made(guest, bodies[0]), made(stranger, bodies[1])]
    before = [place(ground, booking) for booking in ids]
    answers = []
    for _round in range(ROUNDS):
        answers += together([rescheduled(guest, ids[0], bodies[1]), rescheduled(stranger, ids[1], bodies[0])])
    figures("answers", outcomes(answers))
    assert Counter((answer.status, answer.code) for answer in answers) == {(400, "booked"): 2 * ROUNDS}
    assert [place(ground, booking) for booking in ids] == before


def test_a_move_a_new_booking_and_a_cancellation_of_one_slot(ground, server, tomorrow, figures):
    """R36: X is cancelled while one wants to move there and another to book it. The old slot goes only for the new."""
    court, elsewhere = ground.court("wanted"), ground.court("elsewhere")
    clients = [ground.client(server, who) for who in ("guest", "stranger", "owner")]
    mover, rival, holder = clients
    found = Counter()
    for number in range(ROUNDS):
        x = slot(court, zone_of(ground), tomorrow, 7 + number)
        old = slot(elsewhere, zone_of(ground), tomorrow, 7 + number)
        occupant, moving = made(holder, x), made(mover, old)
        before = place(ground, moving)
        move, booking, cancelled = together(
            [
                rescheduled(mover, moving, x),
                partial(rival.post, BOOKINGS, x),
                partial(holder.post, f"{BOOKINGS}{occupant}/cancel/"),
            ]
        )
        assert cancelled.status == 200
        assert (move.status, move.code) in {(200, ""), (400, "booked")}
        assert (booking.status, booking.code) in {(201, ""), (400, "booked")}
        won = (move.status == 200) + (booking.status == 201)
        assert won <= 1
        live = ground.sql(
            "SELECT count(*) FROM bookings_occupancy WHERE resource_id = %s AND lower(during) = %s::timestamptz",
            court,
            x["start_datetime"],
        )
        assert live == [(won,)]
        if move.status == 200:
            assert place(ground, moving)[0][0] == court
            assert rival.post(BOOKINGS, old).status == 201
        else:
            assert place(ground, moving) == before
            assert (rival.post(BOOKINGS, old).status, rival.post(BOOKINGS, old).code) == (400, "booked")
        found["moved" if move.status == 200 else "booked" if booking.status == 201 else "neither"] += 1
    figures("outcomes", dict(found))
    assert sum(found.values()) == ROUNDS


def test_rivals_of_the_new_time_lose_and_rivals_of_the_old_time_win(ground, rigged, tomorrow):
    """R36, in a known order: while a move is between look and write, both rivals wait for it."""
    server, rigging = rigged
    court = ground.court("between")
    old, new = (slot(court, zone_of(ground), tomorrow, hour) for hour in (9, 15))
    mover, one, two = (ground.client(server, who) for who in ("guest", "stranger", "owner"))
    booking = made(mover, old)
    rigging.set("change.checked", "wait")
    with ThreadPoolExecutor(3) as threads:
        move = threads.submit(rescheduled(mover, booking, new))
        rigging.wait_until_reached("change.checked")
        at_new, at_old = threads.submit(one.post, BOOKINGS, new), threads.submit(two.post, BOOKINGS, old)
        wait_for_lock_waiters(ground, 2)
        rigging.release("change.checked")
        assert move.result().status == 200
        assert (at_new.result().status, at_new.result().code) == (400, "booked")
        assert at_old.result().status == 201


def test_without_the_lock_the_constraint_keeps_the_old_slot_for_whoever_cannot_move(ground, rigged, tomorrow):
    """R36, the lock taken away: the rival gets X in between, the move is refused and has lost nothing."""
    server, rigging = rigged
    court = ground.court("unlocked")
    old, new = (slot(court, zone_of(ground), tomorrow, hour) for hour in (9, 15))
    mover, rival = ground.client(server, "guest"), ground.client(server, "stranger")
    booking = made(mover, old)
    before = place(ground, booking)
    rigging.set("claims.lock", "skip")
    rigging.set("change.checked", "wait")
    with ThreadPoolExecutor(1) as threads:
        move = threads.submit(rescheduled(mover, booking, new))
        rigging.wait_until_reached("change.checked")
        assert rival.post(BOOKINGS, new).status == 201
        rigging.release("change.checked")
        assert (move.result().status, move.result().code) == (400, "booked")
    assert place(ground, booking) == before


def test_move_that_breaks_down_in_the_middle_has_moved_nothing(ground, rigged, tomorrow):
    """R36"""
    server, rigging = rigged
    court = ground.court("broken")
    old, new = (slot(court, zone_of(ground), tomorrow, hour) for hour in (9, 15))
    mover, rival = ground.client(server, "guest"), ground.client(server, "stranger")
    booking = made(mover, old)
    before = place(ground, booking)
    rigging.set("change.checked", "raise")
    assert rescheduled(mover, booking, new)().status == 500
    assert place(ground, booking) == before
    assert rival.post(BOOKINGS, new).status == 201
    assert rival.post(BOOKINGS, old).code == "booked"


def test_move_and_cancellation_of_the_same_booking_end_cancelled(ground, server, tomorrow, figures):
    """Whoever comes first: nothing is left behind, at the old time or at the new one."""
    court = ground.court("both")
    mover, again = ground.client(server, "guest"), ground.client(server, "guest")
    found = Counter()
    for number in range(ROUNDS):
        old = slot(court, zone_of(ground), tomorrow, 7 + number)
        new = later(old, 24 * 60 * 3)
        booking = made(mover, old)
        move, cancelled = together(
            [rescheduled(mover, booking, new), partial(again.post, f"{BOOKINGS}{booking}/cancel/")]
        )
        assert cancelled.status == 200
        assert (move.status, move.code) in {(200, ""), (400, "not_changeable")}
        row, taken = place(ground, booking)
        assert (row[2], taken) == ("cancelled", [])
        found[move.status] += 1
    figures("outcomes", dict(found))


def test_two_moves_of_the_same_booking_follow_each_other(ground, server, tomorrow, figures):
    """Both succeed one after the other; where both name the revision that they saw, only one does."""
    court, left, right = ground.court("start"), ground.court("left"), ground.court("right")
    one, two = ground.client(server, "guest"), ground.client(server, "guest")
    answers = []
    for number in range(ROUNDS):
        bodies = [slot(each, zone_of(ground), tomorrow, 7 + number) for each in (court, left, right)]
        booking = made(one, bodies[0])
        seen = {"revision": 0} if number % 2 else {}
        both = together([rescheduled(one, booking, bodies[1], **seen), rescheduled(two, booking, bodies[2], **seen)])
        row, taken = place(ground, booking)
        codes = Counter((answer.status, answer.code) for answer in both)
        if seen:
            assert codes == {(200, ""): 1, (409, "changed_meanwhile"): 1}
        else:
            assert codes == {(200, ""): 2}
        assert row[3] == codes[200, ""]
        assert row[0] in {left, right}
        assert [pk for pk, _start in taken] == [row[0]]
        answers += both
    figures("answers", outcomes(answers))


def test_fifty_two_moves_at_once_without_a_deadlock(ground, server, tomorrow, figures):
    """Everybody moves to the next court, in a circle: locks are taken in one order (R06)."""
    courts = [ground.court(f"circle-{number}") for number in range(4)]
    clients = [*ground.clients(server), ground.client(server, "guest"), ground.client(server, "stranger")]
    assert len(clients) == MOVES
    bodies = [slot(courts[number % 4], zone_of(ground), tomorrow, 7 + number // 4) for number in range(MOVES)]
    ids = [made(client, body) for client, body in zip(clients, bodies, strict=True)]
    calls = [
        rescheduled(client, ids[number], later({**bodies[number], "resource": courts[(number + 1) % 4]}, 24 * 60 * 7))
        for number, client in enumerate(clients)
    ]
    began = time.monotonic()
    answers = at_once(calls, figures)
    figures("seconds", round(time.monotonic() - began, 2))
    assert Counter(answer.status for answer in answers) == {200: MOVES}
    assert [place(ground, booking)[0][0] for booking in ids] == [courts[(n + 1) % 4] for n in range(MOVES)]


def test_still_there_and_the_end_of_the_hold_and_another_client(ground, server, tomorrow, figures):
    """R38, I9: a hold is extended in time and nobody else gets it, or it is over and somebody else does."""
    court = ground.court("extended", pays_online=True)
    found = Counter()
    for number in range(ROUNDS):
        body = slot(court, zone_of(ground), tomorrow, 7 + number)
        holder, rival = ground.client(server, "guest"), ground.client(server, "stranger")
        booking = made(holder, body)
        ends_in(ground, booking, 0.15)
        time.sleep(0.1 + 0.01 * number)  # around the end of the hold, before and after it
        extended, taken = together(
            [partial(holder.post, f"{BOOKINGS}{booking}/extend-hold/"), partial(rival.post, BOOKINGS, body)]
        )
        if extended.status == 200:
            assert (taken.status, taken.code) in {(400, "held"), (400, "booked")}
        else:
            assert (extended.status, extended.code) == (400, "hold_expired")
            taken = taken if taken.status == 201 else rival.post(BOOKINGS, body)
            assert taken.status == 201
        found[extended.status] += 1
        for each in (booking, *([taken.body["id"]] if taken.status == 201 else [])):
            holder.post(f"{BOOKINGS}{each}/cancel/")
            rival.post(f"{BOOKINGS}{each}/cancel/")
        holder.close()
        rival.close()
    figures("extended or not", dict(found))


def test_nobody_holds_for_more_than_half_an_hour(ground, server, tomorrow):
    """R38, I9: asked again and again, and free for others the moment that the half hour is over."""
    court = ground.court("half-hour", pays_online=True)
    body = slot(court, zone_of(ground), tomorrow, 9)
    holder, rival = ground.client(server, "guest"), ground.client(server, "stranger")
    booking = made(holder, body)
    ground.sql(
        "UPDATE bookings_booking SET created_at = clock_timestamp() - interval '29 min 30 s',"
        " hold_expires_at = clock_timestamp() + interval '20 s' WHERE id = %s",
        booking,
    )
    path = f"{BOOKINGS}{booking}/extend-hold/"
    extended = together([partial(ground.client(server, "guest").post, path) for _number in range(5)])
    assert {(answer.status, answer.code) for answer in extended} <= {(200, ""), (400, "hold_too_long")}
    assert sum(answer.status == 200 for answer in extended) == 1
    [(over,)] = ground.sql(
        "SELECT hold_expires_at = created_at + interval '30 min' FROM bookings_booking WHERE id = %s", booking
    )
    assert over is True
    assert rival.post(BOOKINGS, body).code == "held"
    ground.sql("UPDATE bookings_booking SET hold_expires_at = clock_timestamp() WHERE id = %s", booking)
    assert rival.post(BOOKINGS, body).status == 201
    assert holder.post(path).code == "hold_expired"
