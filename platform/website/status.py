"""`/status/`: whether the platform keeps its promises, for everybody to see; and the same as JSON for programs.

No business is named. It needs PostgreSQL alone: without Redis, worker or beat the page is there, and red.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from schemas.clock import database_now
from tenants import vitals
from tenants.vitals import COUNT, Day, Reading, Standing
from website.speaking import show, spoken

EVERYBODYS = "whether it works is everybody's business"
SECONDS_KEPT = 5.0
MINUTE = 60
HOUR = 3600
GOOD, FAIR = 0.999, 0.99


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read, and when."""

    at: datetime
    readings: Sequence[Reading]
    days: dict[str, list[Day]]

    @property
    def is_red(self) -> bool:
        """Whether any promise is broken, or not measured any more."""
        return any(reading.is_red for reading in self.readings)


class Kept:
    """The last look, for some seconds: however many people look, the database is asked once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: tuple[float, Seen] | None = None

    def look(self) -> Seen:
        """As it is now, or was a few seconds ago."""
        with self._lock:
            if self._seen is None or self._seen[0] <= time.monotonic():
                now = database_now()
                seen = Seen(now, vitals.read(), vitals.days(now.astimezone(UTC).date()))
                self._seen = (time.monotonic() + SECONDS_KEPT, seen)
            return self._seen[1]


_kept = Kept()


@open_to_all(EVERYBODYS)
@require_safe
@spoken
def status(request: HttpRequest) -> HttpResponse:
    """Each promise with its figure, its limit and its last three months."""
    seen = _kept.look()
    cards = [_card(reading, seen.days.get(reading.vital.name, [])) for reading in seen.readings]
    answer = show(request, "platform/website/status.html", {"cards": cards, "is_red": seen.is_red, "at": seen.at})
    answer["Cache-Control"] = f"public, max-age={SECONDS_KEPT:.0f}"
    return answer


@open_to_all(EVERYBODYS)
@require_safe
def status_json(_request: HttpRequest) -> JsonResponse:
    """`status` is `ok` or `broken`; `vitals` by name: value, limit, unit, standing, and when it was measured."""
    seen = _kept.look()
    found = {
        reading.vital.name: {
            "standing": reading.standing.value,
            "value": reading.value,
            "limit": reading.vital.limit,
            "unit": reading.vital.unit,
            "measured_at": reading.at.isoformat() if reading.at else None,
        }
        for reading in seen.readings
    }
    answer = JsonResponse(
        {"status": "broken" if seen.is_red else "ok", "checked_at": seen.at.isoformat(), "vitals": found}
    )
    answer["Cache-Control"] = f"public, max-age={SECONDS_KEPT:.0f}"
    return answer


def _card(reading: Reading, days: list[Day]) -> dict[str, Any]:
    looked = [day for day in days if day.share is not None]
    good = sum(day.share is not None and day.share >= GOOD for day in looked)
    return {
        "name": reading.vital.name,
        "label": reading.vital.label,
        "promise": reading.vital.promise,
        "is_red": reading.is_red,
        "is_unused": reading.standing == Standing.UNUSED,
        "standing": _standing(reading),
        "value": said(reading.value, reading.vital.unit) if reading.value is not None else "–",
        "limit": said(reading.vital.limit, reading.vital.unit),
        "since": _since(reading),
        "days": [(day.day, _colour(day)) for day in days],
        "history": _history(good, len(looked)),
    }


def said(value: float, unit: str) -> str:
    """A figure in words: how many, or how long."""
    if unit == COUNT:
        return number_format(int(value))
    if value < 1:
        return _("%(number)s ms") % {"number": number_format(round(value * 1000))}
    if value < 2 * MINUTE:
        return _("%(number)s s") % {"number": number_format(round(value))}
    if value < 2 * HOUR:
        return _("%(number)s min") % {"number": number_format(round(value / MINUTE))}
    return _("%(number)s h") % {"number": number_format(round(value / HOUR))}


def _standing(reading: Reading) -> str:
    return {
        Standing.KEPT: _("Kept"),
        Standing.BROKEN: _("Broken"),
        Standing.STALE: _("Not measured"),
        Standing.UNUSED: _("Nothing to measure yet"),
    }[reading.standing]


def _since(reading: Reading) -> str:
    if reading.vital.unit != COUNT or reading.at is None:
        return ""
    at = reading.at.astimezone(UTC)
    moment = {"day": date_format(at, "DATE_FORMAT"), "time": f"{at:%H:%M}"}
    return _("Everything was looked through since %(day)s, %(time)s UTC.") % moment


def _colour(day: Day) -> str:
    if day.share is None:
        return "bg-base-300"
    return "bg-success" if day.share >= GOOD else "bg-warning" if day.share >= FAIR else "bg-error"


def _history(good: int, looked: int) -> str:
    if not looked:
        return _("No day was looked at yet.")
    return ngettext(
        "Kept on %(good)s of the last %(count)s day.", "Kept on %(good)s of the last %(count)s days.", looked
    ) % {"good": good, "count": looked}
