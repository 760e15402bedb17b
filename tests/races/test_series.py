"""Series against series, and against single bookings inside them."""

from collections import Counter
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

from tests.races import checker
from tests.races.contest import LOST, outcomes
from tests.races.crowd import Answer, patient, together
from tests.races.ground import BOOKINGS, slot

SERIES = "/api/v1/series/"
WEEKS = 52
HALF_SERIES = """
SELECT s.id FROM bookings_series s JOIN bookings_seriesdate d ON d.series_id = s.id
LEFT JOIN bookings_booking b ON b.id = d.booking_id AND b.series_id = s.id
WHERE s.resource_id = ANY(%s)
GROUP BY s.id HAVING count(*) <> 52 OR count(b.id) + count(*) FILTER (WHERE d.skipped <> '') <> 52
"""
STRAYS = """
SELECT b.id FROM bookings_booking b LEFT JOIN bookings_seriesdate d ON d.booking_id = b.id
WHERE b.series_id IS NOT NULL AND d.id IS NULL AND b.resource_id = ANY(%s)
"""


def wish(resource: int, first: date, **more: object) -> dict[str, object]:
    """A year of Thursdays, or whatever day comes first, from ten to eleven."""
    body = {"resource": resource, "first_date": first.isoformat(), "start_time": "10:00", "duration_minutes": 60}
    return {**body, "rule": f"FREQ=WEEKLY;COUNT={WEEKS}", **more}


def single(resource: int, zone: str, first: date, week: int) -> dict[str, object]:
    """The body of one booking inside the series."""
    return slot(resource, zone, first + timedelta(days=7 * week), 10)


def booked(answer: Answer) -> list[str]:
    """The dates of a series that were booked."""
    return [one["date"] for one in answer.body["dates"] if one["booking"]]


def test_series_of_a_year_on_two_courts_in_opposite_order_against_single_bookings(ground, server, tomorrow, figures):
    """R47, R06: 20 clients want both courts for 52 weeks, named in either order, 30 want single hours inside."""
    courts = [ground.court("weekly-a"), ground.court("weekly-b")]
    zone = ground.alpha.tenant.time_zone
    clients = ground.clients(server)
    calls = []
    for number, client in enumerate(clients[:20]):
        one, other = courts if number % 2 else reversed(courts)
        mode = "skip" if number % 4 < 2 else "atomic"
        calls.append(partial(client.post, SERIES, wish(one, tomorrow, with_resources=[other], mode=mode)))
    for number, client in enumerate(clients[20:50]):
        calls.append(partial(client.post, BOOKINGS, single(courts[number % 2], zone, tomorrow, number)))
    before, busy = checker.deadlocks(ground.database_url), []
    answers = together([partial(patient, call, busy) for call in calls])
    figures("answers", outcomes(answers))
    figures("told to come again", len(busy))
    figures("slowest", f"{max(answer.seconds for answer in answers):.2f} s")
    assert checker.all_deadlocks(ground.database_url) == before
    series, singles = answers[:20], answers[20:]
    assert {(a.status, a.code) for a in series} <= {(201, ""), (400, "series_conflicts")}
    assert {(a.status, a.code) for a in singles} <= {(201, ""), *((400, code) for code in LOST)}
    won = [answer for answer in series if answer.status == 201]
    owners = Counter(day for answer in won for day in booked(answer))
    alone = [a.body["start_datetime"][:10] for a in singles if a.status == 201]
    assert len(won) == 1
    assert set(owners.values()) == {1}
    assert not set(owners) & set(alone)
    # Every week has an owner: the series, or where a single booking came first, that one.
    assert len(owners) + len(set(alone)) == WEEKS
    assert len(booked(won[0])) == len(owners)
    # Each booking of the series has both courts, each single one its own.
    [(rows,)] = ground.sql("SELECT count(*) FROM bookings_occupancy WHERE resource_id = ANY(%s)", courts)
    assert rows == 2 * len(owners) + len(alone)
    assert sum(ground.bookings_of(court) for court in courts) == len(owners) + len(alone)
    assert ground.sql(HALF_SERIES, courts) == ground.sql(STRAYS, courts) == []


def test_with_three_conflicts_one_is_told_of_three_and_the_other_books_49(ground, server, tomorrow, figures):
    """R47: all or a report; nothing of a series that was refused is left."""
    court = ground.court("planted")
    zone = ground.alpha.tenant.time_zone
    planter, *clients = ground.clients(server)
    planted = [planter.post(BOOKINGS, single(court, zone, tomorrow, week)) for week in (0, 17, 51)]
    assert {answer.status for answer in planted} == {201}
    expected = [(str(tomorrow + timedelta(days=7 * week)), "booked") for week in (0, 17, 51)]
    busy = []
    calls = [partial(client.post, SERIES, wish(court, tomorrow)) for client in clients[:5]]
    refused = together([partial(patient, call, busy) for call in calls])
    for answer in refused:
        assert (answer.status, answer.code) == (400, "series_conflicts")
        assert [(one["date"], one["reason"]) for one in answer.body["conflicts"]] == expected
    assert ground.bookings_of(court) == 3
    assert ground.sql("SELECT count(*) FROM bookings_series WHERE resource_id = %s", court) == [(0,)]
    calls = [partial(client.post, SERIES, wish(court, tomorrow, mode="skip")) for client in clients[:5]]
    skipped = together([partial(patient, call, busy) for call in calls])
    figures("told to come again", len(busy))
    figures("answers", outcomes([*refused, *skipped]))
    figures("slowest", f"{max(answer.seconds for answer in skipped):.2f} s")
    won = [answer for answer in skipped if answer.status == 201]
    assert Counter((a.status, a.code) for a in skipped) == {(201, ""): 1, (400, "series_conflicts"): 4}
    assert len(booked(won[0])) == 49
    assert [(one["date"], one["reason"]) for one in won[0].body["dates"] if one["reason"]] == expected
    assert ground.bookings_of(court) == 52
    assert ground.sql(HALF_SERIES, [court]) == ground.sql(STRAYS, [court]) == []


def test_the_same_series_ten_times_is_one(ground, server, tomorrow, figures):
    """R07: one key, ten requests."""
    court = ground.court("keyed-series")
    key = str(uuid4())
    token = ground.crowd[0]
    clients = [ground.connected(server, ground.alpha, token, **{"Idempotency-Key": key}) for _number in range(10)]
    answers = together([partial(client.post, SERIES, wish(court, tomorrow)) for client in clients])
    figures("answers", outcomes(answers))
    assert {(a.status, a.code) for a in answers} <= {(201, ""), (409, "idempotency_in_progress")}
    made = {a.body["id"] for a in answers if a.status == 201}
    assert len(made) == 1
    replayed = clients[0].post(SERIES, wish(court, tomorrow))
    assert (replayed.status, replayed.body["id"], replayed.headers["idempotency-replayed"]) == (201, *made, "true")
    assert ground.bookings_of(court) == WEEKS


def test_without_the_locks_series_are_stopped_by_the_constraint_alone(ground, rigged, tomorrow, figures):
    """The negative control: two series planned at once, nothing locked; still no double and no half."""
    server, rigging = rigged
    court = ground.court("unlocked")
    first, second = (ground.connected(server, ground.alpha, token) for token in ground.crowd[:2])
    rigging.set("claims.lock", "skip")
    rigging.set("series.checked", "meet 2")
    answers = together([partial(client.post, SERIES, wish(court, tomorrow)) for client in (first, second)])
    figures("answers", outcomes(answers))
    stopped = Counter((a.status, a.code) for a in answers) - Counter({(201, ""): 1})
    # Who is chosen by PostgreSQL to end a deadlock tries once more, and sees the other's dates then.
    assert stopped in ({(400, "booked"): 1}, {(400, "series_conflicts"): 1})
    assert ground.bookings_of(court) == WEEKS
    assert ground.sql(HALF_SERIES, [court]) == ground.sql(STRAYS, [court]) == []
