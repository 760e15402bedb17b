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
    "sign_up": 10.0,
}
"""Bare SQL transactions per second over HTTP requests (or ticks, or messages) per second, by kind of work."""

WEB_PROCESS_MB = 300.0
"""Resident memory of the largest web process after the load."""

IMPORT_MB = 40.0
"""What a process has allocated, at most, while it takes over a calendar of 5,000 events."""

OPENED_SECONDS = 2.0
"""From the button behind the mailed link to the first page of the new desk, for 19 of 20."""

CREATED_SECONDS = 2.0
"""A new tenant from the mailed link to its first page, for 19 of the last 20 of a thousand."""

THOUSAND = {
    "create": 2.0,
    "create_p95": 4.0,
    "disk": 3.0,
    "files": 1.5,
    "web_memory": 1.5,
    "web_again": 1.1,
    "session_memory": 25.0,
    "ready": 2.0,
    "request": 1.5,
    "request_p95": 2.0,
    "visit": 4.0,
    "first_visit": 10.0,
    "metrics": 3.0,
    "tick": 2.0,
    "pump": 2.0,
    "vitals": 3.0,
    "proof": 2.0,
    "inbox": 2.0,
    "close": 2.0,
    "check": 1.5,
    "nothing": 2.0,
    "column": 20.0,
    "backup": 2.0,
}
"""What a thousand tenants may cost over one tenant, or over doing it barely (`bench.thousand.figures.NAMES`)."""

TIDIED_SECONDS = 15.0
"""So long a hold that is over may stay untidied, the slowest of all, at 1,000 tenants."""
