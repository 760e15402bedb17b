"""Who came again, by the month of their first visit."""

from collections import Counter, defaultdict
from datetime import date

from bookings.models import Booking
from bookings.reports import counts
from bookings.reports.scope import Scope
from tests.bookings.reports import oracle
from tests.bookings.reports.test_at_random import booked, rows
from venues.models import Resource

__all__ = ["booked", "rows"]


def test_who_came_again_is_what_the_rows_say(rows: list[Booking]) -> None:
    visits = defaultdict(list)
    for each in rows:
        who = f"a{each.customer_id}" if each.customer_id else f"g{each.email.lower()}" if each.email else ""
        if who and each.state in oracle.STOOD:
            visits[who].append(oracle.wall(each).replace(tzinfo=None))
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for times in visits.values():
        first, *rest = sorted(times)
        row = expected[f"{first:%Y-%m}"]
        row["customers"] += 1
        row["again"] += bool(rest)
        row["again_30"] += bool(rest) and (rest[0] - first).days < 30
        row["again_90"] += bool(rest) and (rest[0] - first).days < 90
    asked = Scope(Booking.objects.all(), Resource.objects.all(), date(2027, 1, 1), date(2027, 12, 31))
    found = {row["key"]: row for row in counts.came_again(asked)}
    assert found == {key: {"key": key, **{name: row[name] for name in ("customers", "again_30", "again_90", "again")}}
                     for key, row in expected.items()}  # fmt: skip
    assert found


def test_nobody_is_counted_whose_first_visit_lies_outside_the_days(rows: list[Booking]) -> None:
    asked = Scope(Booking.objects.all(), Resource.objects.all(), date(2028, 1, 1), date(2028, 12, 31))
    assert counts.came_again(asked) == []
