"""What may not get worse, in one place: about three times what was measured on two busy cores (10, 30, 9)."""

RATIO = {"day": 35.0, "month": 90.0, "create": 30.0}
"""Bare SQL transactions per second over HTTP requests per second, by kind of work, at any number of clients."""

WEB_PROCESS_MB = 300.0
"""Resident memory of the largest web process after the load."""
