"""What may not get worse, in one place.

A machine that does other things at the same time spoils single runs, always in
one direction; so the best ratio of a kind of work, over the numbers of
clients, is held against the limit. Measured on two cores that several others
kept busy, in the order below: 8 to 13, 12 to 47, 6 to 13, 16 to 28, 7 to 14, 2 to 9, 13 to 22, 5 to 9,
8 to 13, 2 to 7, 14 to 23, 2 to 5, 14 to 33, 8 to 12, 20 to 38, 7, 5 to 9, 12 to 28.
"""

RATIO = {
    "day": 25.0,
    "page": 80.0,
    "month": 40.0,
    "chain": 80.0,
    "quote": 30.0,
    "create": 20.0,
    "preview": 60.0,
    "series": 25.0,
    "statement": 30.0,
    "list": 20.0,
    "detail": 45.0,
    "search": 15.0,
    "webhook": 60.0,
    "tick_idle": 40.0,
    "tick_due": 100.0,
    "tick_flood": 60.0,
    "outbox": 15.0,
    "import": 60.0,
}
"""Bare SQL transactions per second over HTTP requests (or ticks, or messages) per second, by kind of work."""

WEB_PROCESS_MB = 300.0
"""Resident memory of the largest web process after the load."""

IMPORT_MB = 40.0
"""What a process has allocated, at most, while it takes over a calendar of 5,000 events."""

TIDIED_SECONDS = 15.0
"""So long a hold that is over may stay untidied, the slowest of all, at 1,000 tenants."""
