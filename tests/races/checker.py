"""What must be true of a tenant's schema after every run, asked in SQL of its own, not through the product's code."""

import json
import time
from collections import Counter
from collections.abc import Iterator

import psycopg
from django_tenants.utils import schema_context
from psycopg import sql

from outside import vault
from tests.servers import SESSION_NAME

# RELIABILITY.md, "Invariants". Written down here once more on purpose: the checker must not follow a mistake.
ALLOWED_MOVES = {
    ("", "held"),
    ("held", "pending"),
    ("held", "confirmed"),
    ("held", "cancelled"),
    ("held", "expired"),
    ("pending", "confirmed"),
    ("pending", "cancelled"),
    ("pending", "expired"),
    ("confirmed", "pending"),
    ("confirmed", "cancelled"),
    ("confirmed", "completed"),
    ("confirmed", "no_show"),
    ("completed", "no_show"),
    ("no_show", "confirmed"),
    ("no_show", "completed"),
    ("expired", "confirmed"),  # money that came when its time was over, and still free (R15)
}

OVERLAPPING_ROWS = """
SELECT a.id, b.id FROM bookings_occupancy a JOIN bookings_occupancy b
ON a.id < b.id AND a.resource_id = b.resource_id AND a.unit = b.unit AND a.during && b.during
"""

# From the bookings alone: each takes its resource, those booked with it and all parts of them, with buffers: one
# unit, or where strangers share, one for each participant; and of each extra's pool as many as it has of the extra.
CLAIMS = """
WITH RECURSIVE family (whole, part) AS (
    SELECT id, id FROM venues_resource
    UNION ALL SELECT f.whole, r.id FROM family f JOIN venues_resource r ON r.parent_id = f.part
), wanted (booking, resource, amount) AS (
    SELECT b.id, b.resource_id, CASE WHEN r.is_shared THEN b.participants ELSE 1 END
    FROM bookings_booking b JOIN venues_resource r ON r.id = b.resource_id
    UNION ALL SELECT b.id, r.id, CASE WHEN r.is_shared THEN b.participants ELSE 1 END
    FROM bookings_bookingresource f JOIN venues_resource r ON r.id = f.resource_id
    JOIN bookings_booking b ON b.id = f.booking_id
    UNION ALL SELECT e.booking_id, p.stock_id, e.quantity
    FROM bookings_bookingextra e JOIN venues_product p ON p.id = e.product_id WHERE p.stock_id IS NOT NULL
), claims AS (
    SELECT b.id, f.part AS resource_id, w.amount, part.units,
           b.start - make_interval(mins => r.buffer_before_minutes) AS lower,
           b."end" + make_interval(mins => r.buffer_after_minutes) AS upper
    FROM wanted w JOIN bookings_booking b ON b.id = w.booking JOIN venues_resource r ON r.id = w.resource
    JOIN family f ON f.whole = r.id JOIN venues_resource part ON part.id = f.part
    WHERE b.state IN ('held', 'pending', 'confirmed', 'completed', 'no_show')
)
"""
# Along each resource, what begins is added and what ends is taken away; bookings that begin beyond its units.
OVERLAPPING_BOOKINGS = f"""{CLAIMS}
SELECT id FROM (
    SELECT id, step, units, sum(step) OVER (PARTITION BY resource_id ORDER BY at, step, id
        ROWS UNBOUNDED PRECEDING) AS taken
    FROM (SELECT id, resource_id, units, lower AS at, amount AS step FROM claims
          UNION ALL SELECT id, resource_id, units, upper, -amount FROM claims) edges
) swept WHERE step > 0 AND taken > units
"""
MISMATCHED_ROWS = f"""{CLAIMS}
SELECT c.id, o.booking_id FROM claims c FULL JOIN (
    SELECT booking_id, resource_id, during, count(*) AS amount FROM bookings_occupancy WHERE kind = 'booking'
    GROUP BY 1, 2, 3
) o ON o.booking_id = c.id AND o.resource_id = c.resource_id AND o.during = tstzrange(c.lower, c.upper)
    AND o.amount = c.amount
WHERE c.id IS NULL OR o.booking_id IS NULL
"""
PRICES = """
SELECT b.id FROM bookings_booking b LEFT JOIN bookings_bookingline l ON l.booking_id = b.id
GROUP BY b.id HAVING b.total_minor <> coalesce(sum(l.amount_minor), 0)
"""
HISTORIES = """
SELECT b.id::text, b.state, array_agg(e.from_state::text ORDER BY e.id), array_agg(e.to_state::text ORDER BY e.id),
    array_agg(e.act::text ORDER BY e.id)
FROM bookings_booking b LEFT JOIN bookings_bookingevent e ON e.booking_id = b.id GROUP BY b.id
"""
ANSWERS = "SELECT body FROM rest_idempotencyrecord WHERE status = 201 AND path LIKE '%/bookings/'"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
ENDED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %s
"""
REPORTED_WITHIN = 60.0


def violations(database_url: str, schema: str) -> list[str]:
    """Every broken invariant in words; empty when all hold."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
        return [*_violations(connection), *_shared_answers(connection, schema)]


def doubles(database_url: str, schema: str) -> int:
    """How many bookings take time that another one has (I1)."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("SET search_path = {}, public").format(sql.Identifier(schema)))
        return len(connection.execute(OVERLAPPING_BOOKINGS).fetchall())


def deadlocks(database_url: str) -> int:
    """Deadlocks that PostgreSQL has broken up in this database, as far as sessions have reported them."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute(DEADLOCKS).fetchone()
        assert row is not None
        return int(row[0])


def all_deadlocks(database_url: str) -> int:
    """All of them. A session reports with a delay of up to ten seconds, or when it ends: those of servers are ended.

    Nobody may be at work; a server takes new sessions for those that it has lost.
    """
    deadline = time.monotonic() + REPORTED_WITHIN
    with psycopg.connect(database_url, autocommit=True) as connection:
        while connection.execute(ENDED, [SESSION_NAME]).fetchall():
            assert time.monotonic() < deadline, "sessions of servers do not end"
            time.sleep(0.01)
    return deadlocks(database_url)


def _violations(connection: psycopg.Connection) -> Iterator[str]:
    for first, second in connection.execute(OVERLAPPING_ROWS):
        yield f"I1: rows of occupancy {first} and {second} overlap"
    for (booking,) in connection.execute(OVERLAPPING_BOOKINGS):
        yield f"I1: booking {booking} overlaps another"
    for booking, row_of in connection.execute(MISMATCHED_ROWS):
        yield f"I1: live booking {booking} and rows of {row_of} do not match"
    for (booking,) in connection.execute(PRICES):
        yield f"the lines of booking {booking} do not add up to its total"
    for booking, state, before, after, acts in connection.execute(HISTORIES):
        steps = list(zip(acts, before, after, strict=True))
        chained = before == ["", *after[:-1]] and after[-1] == state
        if not chained or not all(_is_allowed(*step) for step in steps):
            yield f"I7: booking {booking} is {state}, but its history says {steps}"


def _shared_answers(connection: psycopg.Connection, schema: str) -> Iterator[str]:
    """Answers lie sealed, so this asks the product to open them."""
    with schema_context(schema):
        answered = Counter(json.loads(vault.unseal(sealed))["id"] for (sealed,) in connection.execute(ANSWERS))
    yield from (f"I2: two keys were answered with booking {each}" for each, keys in answered.items() if keys > 1)


def _is_allowed(act: str, before: str, after: str) -> bool:
    """Moves are in the table; other acts may leave the state alone."""
    return (before, after) in ALLOWED_MOVES or (act != "moved" and before == after)
