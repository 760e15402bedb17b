"""What may not get worse, in one place.

A machine that does other things at the same time spoils single runs, always in
one direction; so the best ratio of a kind of work, over the numbers of
clients, is held against the limit. Measured on two busy cores: 9, 24 and 6.
"""

RATIO = {
    "day": 25.0,
    "month": 70.0,
    "chain": 70.0,
    "quote": 20.0,
    "create": 20.0,
    "preview": 99.0,
    "series": 99.0,
}
"""Bare SQL transactions per second over HTTP requests per second, by kind of work."""

WEB_PROCESS_MB = 300.0
"""Resident memory of the largest web process after the load."""
