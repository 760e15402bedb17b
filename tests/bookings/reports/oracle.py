"""The same figures once more, slowly and from rows in memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

from bookings.models import Booking

STOOD, FELL = {"confirmed", "completed"}, {"cancelled", "no_show"}
Row = dict[str, Any]


def wall(booking: Booking) -> datetime:
    """The start on the venue's clocks."""
    return booking.start.astimezone(ZoneInfo(booking.time_zone))


KEYS: dict[str, Callable[[Booking], Any]] = {
    "total": lambda _b: "total",
    "day": lambda b: wall(b).date().isoformat(),
    "week": lambda b: (wall(b).date() - timedelta(days=wall(b).weekday())).isoformat(),
    "month": lambda b: f"{wall(b):%Y-%m}",
    "weekday": lambda b: wall(b).weekday(),
    "hour": lambda b: wall(b).hour,
    "resource": lambda b: b.resource_id,
    "venue": lambda b: b.resource.venue_id,
    "product": lambda b: b.product_id,
}


def inside(bookings: Iterable[Booking], first: date, last: date) -> list[Booking]:
    """Those that count, and start in the days."""
    return [b for b in bookings if b.state not in {"held", "expired"} and first <= wall(b).date() <= last]


def drawers(bookings: Iterable[Booking], by: str) -> list[tuple[Any, list[Booking]]]:
    """Bookings by key, in order, None last."""
    found: dict[Any, list[Booking]] = defaultdict(list)
    for booking in bookings:
        found[KEYS[by](booking)].append(booking)
    return sorted(found.items(), key=lambda each: (each[0] is None, each[0] or 0))


def booked(bookings: Iterable[Booking], by: str) -> list[Row]:
    """As `counts.booked`."""
    return [
        {
            "key": key,
            "bookings": len(rows),
            "stood": sum(b.state in STOOD for b in rows),
            "waiting": sum(b.state == "pending" for b in rows),
            "cancelled": sum(b.state == "cancelled" for b in rows),
            "no_shows": sum(b.state == "no_show" for b in rows),
            "participants": sum(b.participants for b in rows if b.state in STOOD) or None,
            "minutes": sum((b.end - b.start) // timedelta(minutes=1) for b in rows if b.state in STOOD) or None,
            "lead_minutes": median_low([(b.start - b.created_at) // timedelta(minutes=1) for b in rows]),
        }
        for key, rows in drawers(bookings, by)
    ]


def fallen(bookings: Iterable[Booking], by: str) -> list[Row]:
    """As `counts.fallen`."""
    found = []
    for key, rows in drawers([b for b in bookings if b.state != "pending"], by):
        gone = [b for b in rows if b.state == "cancelled"]
        notice = [(b.start - b.cancelled_at) // timedelta(minutes=1) for b in gone if b.cancelled_at]
        found.append(
            {
                "key": key,
                "bookings": len(rows),
                "cancelled": len(gone),
                "no_shows": sum(b.state == "no_show" for b in rows),
                "with_fee": sum(b.fee_minor > 0 for b in gone),
                "notice_minutes": median_low(notice) if notice else None,
                **{why: sum(b.cancel_reason == why for b in gone) for why in ("user_request", "weather", "other")},
            }
        )
    return found


def identity(booking: Booking) -> str | None:
    """Whose it is, as far as anybody knows."""
    if booking.customer_id:
        return f"account {booking.customer_id}"
    return f"guest {booking.email.lower()}" if booking.email else None


def who(everything: Iterable[Booking], shown: Iterable[Booking], by: str, first: date) -> list[Row]:
    """As `counts.who`; `everything` is looked through for earlier visits."""
    stood = [b for b in everything if b.state in STOOD]
    found = []
    for key, rows in drawers([b for b in shown if b.state in STOOD], by):
        begin = {"total": first.isoformat(), "month": f"{key}-01"}.get(by, key)
        people = {identity(b) for b in rows} - {None}
        been = {
            person
            for person in people
            if any(identity(b) == person and wall(b).date() < date.fromisoformat(begin) for b in stood)
        }
        unknown = sum(identity(b) is None for b in rows)
        found.append(
            {"key": key, "bookings": len(rows), "customers": len(people), "returning": len(been), "unknown": unknown}
        )
    return found


def earned(bookings: Iterable[Booking], by: str) -> list[Row]:
    """As `money.earned`."""
    found = []
    for key, rows in drawers([b for b in bookings if b.state in STOOD | FELL], by):
        for currency in sorted({b.currency for b in rows}):
            own = [b for b in rows if b.currency == currency]
            found.append(
                {
                    "key": key,
                    "currency": currency,
                    "bookings": len(own),
                    "booked": sum(b.total_minor for b in own if b.state in STOOD),
                    "fees": sum(b.fee_minor for b in own if b.state in FELL),
                    "tax": sum(b.tax_minor for b in own if b.state in STOOD),
                    "gift_credit": sum(b.credit_minor for b in own),
                    "paid": sum(b.here_minor for b in own),
                    "owed": sum(b.owed_minor for b in own),
                }
            )
    return found
