"""What each process counts by itself, for Prometheus: how often, how long, how it ended.

Kept in memory, or with `PROMETHEUS_MULTIPROC_DIR` in files that the processes of a container share. They begin again
with each start, as counters may; what must be exact is read from PostgreSQL (`config.metrics`). No label names a
tenant.
"""

from prometheus_client import Counter, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Histogram(
    "http_request_duration_seconds", "How long requests took, by route.", ["route", "status"], buckets=BUCKETS
)
TASKS = Histogram("task_duration_seconds", "How long tasks took, by name.", ["task", "state"], buckets=BUCKETS)
BOOKINGS = Counter("booking_create", "Bookings and holds that were asked for, by how it ended.", ["result"])
CONFLICTS = Counter("slot_conflict", "Slots that somebody else had first.")
DUPLICATES = Counter("duplicate_event", "Events from outside that came again.", ["provider"])
LATE_PAYMENTS = Counter("late_payment", "Money that came when its booking was over, by what was done.", ["outcome"])
DIFFERENCES = Counter("reconcile_diff", "What reconciliation found to differ.", ["subject"])
REPORT_READS = Counter("report_reads", "Reports and exports, by where they were read.", ["source"])
MISMATCHES = Counter("tenant_mismatch", "Work that was refused because it named no tenant, or another one.")
