"""The figures of the first page, held against those of earlier days."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.access import sees_money
from bookings.reports import counts, money, utilisation
from bookings.reports.reading import Row, read
from bookings.reports.scope import By
from desk.reports.asked import Asked
from desk.reports.tables import FULL, NOTHING, Tile, share_of, share_text
from tenants import speech

PEAK = 2_000
"""Peak hours are the fullest hours of the week that make up this share of all that is open (basis points)."""


def tiles(asked: Asked, now: Row | None = None) -> list[Tile]:
    """The figures of the first page, held against the earlier days; `now` where they were read already."""
    now = now or totals(asked, *_read(asked))
    then = totals(earlier, *_read(earlier)) if (earlier := asked.of(asked.earlier) if asked.earlier else None) else {}
    kinds: list[tuple[str, Any, Callable[[int], str], Any]] = [
        ("full", _("Utilisation"), share_text, _("of the time that it was open")),
        ("stood", _("Bookings"), speech.count, ""),
        ("lead", _("Booked ahead"), _long, _("half of them earlier, half later")),
        ("cancelled", _("Cancelled"), share_text, _("of all bookings")),
        ("no_shows", _("No-shows"), share_text, _("of all bookings")),
        ("customers", _("Customers"), speech.count, ""),
        ("returning", _("Came back"), share_text, _("of the customers had been here before")),
        ("peak", _("At peak times"), share_text, _("of the booked time, in the fullest fifth of the week")),
    ]
    found = [_tile(label, now.get(name), then.get(name), read, note) for name, label, read, note in kinds]
    if not sees_money(asked.user):
        return found
    for currency in sorted(set(now["earned"]) | set(then.get("earned", {})), reverse=True):
        found.insert(
            2,
            _tile(
                _("Revenue"),
                now["earned"].get(currency, 0),
                then["earned"].get(currency, 0) if then else None,
                lambda minor, currency=currency: speech.money(minor, currency),  # type: ignore[misc]
                _("prices of visits and fees, by the day of the visit"),
            ),
        )
    return found


WANTED = ((counts.BOOKED, By.TOTAL), (counts.WHO, By.TOTAL), (money.WORTH, By.TOTAL))
"""What is to be read of visits for `totals`."""


def _read(asked: Asked) -> tuple[list[list[Row]], list[Row]]:
    return read(asked.scope(), *WANTED), utilisation.full(asked.scope(By.WEEKDAY_HOUR))


def totals(asked: Asked, found: list[list[Row]], week: list[Row]) -> Row:
    """Of what was `WANTED` and of how full the hours of the week were."""
    (visits,), (people,), earned = *(rows or [{}] for rows in found[:2]), found[2]
    booked = sum(row["booked_minutes"] for row in week)
    decided = visits.get("bookings", 0) - visits.get("waiting", 0)
    return {
        "full": share_of(booked, sum(row["open_minutes"] for row in week)),
        "stood": visits.get("stood", 0),
        "lead": visits.get("lead_minutes"),
        "cancelled": share_of(visits.get("cancelled", 0), decided),
        "no_shows": share_of(visits.get("no_shows", 0), decided),
        "customers": people.get("customers", 0),
        "returning": share_of(people.get("returning", 0), people.get("customers", 0)),
        "peak": peak(week),
        "earned": {row["currency"]: row["worth"] for row in earned} if sees_money(asked.user) else {},
    }


def peak(week: list[Row]) -> int | None:
    """Which share of the booked time lies in the fullest hours of the week, as `PEAK` says; basis points."""
    hours = [row for row in week if row["open_minutes"]]
    hours.sort(key=lambda row: (-row["booked_minutes"] / row["open_minutes"], row["key"]))
    left = sum(row["open_minutes"] for row in hours) * PEAK // FULL
    booked = inside = 0
    for row in hours:
        booked += row["booked_minutes"]
        if left > 0:
            inside += row["booked_minutes"]
            left -= row["open_minutes"]
    return share_of(inside, booked)


def _long(minutes: int) -> str:
    """Roughly: days from two days on, hours before."""
    return speech.length(minutes // 1440 * 1440 if minutes >= 2 * 1440 else minutes // 60 * 60 or minutes)


def _tile(label: Any, value: int | None, before: int | None, read: Callable[[int], str], note: Any) -> Tile:
    if value is None or before is None:
        return Tile(label, NOTHING if value is None else read(value), note=note)
    if read is share_text:
        points = (value - before + 50) // 100
        change = ngettext("%(points)+d point", "%(points)+d points", abs(points)) % {"points": points} if points else ""
        return Tile(label, read(value), read(before), change, value > before, note)
    grown = round((value - before) * 100 / before) if before else 0
    change = f"{'+' if grown > 0 else '-'}{speech.percent(abs(grown) * 100)}" if grown else ""
    return Tile(label, read(value), read(before), change, value > before, note)
