"""A process of its own that reads strangers' iCalendar text (T23), so that what bursts is not a worker.

Started as a script by `ics_reading`, in isolated mode: it imports nothing of the product. It reads JSON from its
standard input and writes JSON to its standard output; it limits its own memory and time before it looks at anything.
"""

import json
import re
import resource
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

BEGINS_EVENT = re.compile(r"^BEGIN:VEVENT[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
ANY_BEGIN = re.compile(r"^BEGIN:", re.IGNORECASE | re.MULTILINE)
FINEST = re.compile(r"FREQ=(SECONDLY|MINUTELY)", re.IGNORECASE)
LONGEST_TEXT = 200
LONGEST_UID = 1000
MOST_LINES = 400_000
MOST_PARTS = 20_000
MOST_DATES = 10_000
"""RDATE and EXDATE of one calendar: a date each costs a component."""
DATES = re.compile(r"^(?:RDATE|EXDATE)[;:][^\r\n]*", re.IGNORECASE | re.MULTILINE)


class Refused(Exception):
    """It will not be read; the code says why."""


def limit(memory: int, seconds: int) -> None:
    """From now on, this process may have so many bytes and so much CPU; it opens no files for writing."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check(text: str, most: int) -> int:
    """How many events a text has, by its lines alone; raises `Refused` for what would be too much to look at."""
    count = sum(1 for _match in BEGINS_EVENT.finditer(text))
    if count > most:
        raise Refused("too_many_events")
    if text.count("\n") > MOST_LINES or sum(1 for _match in ANY_BEGIN.finditer(text)) > MOST_PARTS:
        raise Refused("too_much")
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    if sum(match.group().count(",") + 1 for match in DATES.finditer(unfolded)) > MOST_DATES:
        raise Refused("too_many_dates")
    if FINEST.search(unfolded):
        raise Refused("repeats_too_often")
    return count


class Reading:
    """One run: a window, the venue's zone, and how many busy times there may be altogether."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.zone = ZoneInfo(asked["zone"])
        self.first = datetime.fromisoformat(asked["first"])
        self.last = datetime.fromisoformat(asked["last"])
        self.most = int(asked["most"])
        self.seen = 0
        self.found = 0

    def busy_of(self, text: str) -> list[dict[str, Any]]:
        """The busy times of one calendar's text."""
        import icalendar
        import recurring_ical_events

        self.seen += check(text, self.most)
        if self.seen > self.most:
            raise Refused("too_many_events")
        try:
            calendar = icalendar.Calendar.from_ical(text)
        except Exception as error:
            raise Refused("not_a_calendar") from error
        if calendar.name != "VCALENDAR":
            raise Refused("not_a_calendar")
        name_all(calendar)
        query = recurring_ical_events.of(calendar, keep_recurrence_attributes=False)
        rows: list[dict[str, Any]] = []
        # A day to spare: floating times and whole days are put into the venue's zone below.
        for event in query.between(self.first - timedelta(days=1), self.last + timedelta(days=1)):
            row = self._row(event)
            if row is not None:
                rows.append(row)
                self.found += 1
                if self.found > self.most:
                    raise Refused("too_many_events")
        return rows

    def _row(self, event: Any) -> dict[str, Any] | None:
        if not is_busy(event):
            return None
        start, end = self._ends(event)
        if start is None or end is None or start >= end or end <= self.first or start >= self.last:
            return None
        original = event.get("RECURRENCE-ID")
        moment = start if original is None else self._instant(original.dt)
        return {
            "uid": str(event.get("UID", ""))[:LONGEST_UID],
            "occurrence": moment.isoformat(),
            "start": start.isoformat(),
            "end": end.isoformat(),
            "title": str(event.get("SUMMARY", ""))[:LONGEST_TEXT],
        }

    def _ends(self, event: Any) -> tuple[datetime | None, datetime | None]:
        start = event.get("DTSTART")
        end = event.get("DTEND")
        if start is None:
            return None, None
        begins = self._instant(start.dt)
        if end is not None:
            return begins, self._instant(end.dt)
        if isinstance(start.dt, datetime):
            return begins, begins
        return begins, self._instant(start.dt + timedelta(days=1))

    def _instant(self, value: date | datetime) -> datetime:
        """In UTC. A whole day begins at the venue's midnight, and a time without a zone is the venue's."""
        if not isinstance(value, datetime):
            return datetime.combine(value, time(), self.zone).astimezone(UTC)
        if value.tzinfo is None:
            return value.replace(tzinfo=self.zone).astimezone(UTC)
        return value.astimezone(UTC)


def name_all(calendar: Any) -> None:
    """Give events without a name one: they would be taken for one another."""
    for number, event in enumerate(calendar.walk("VEVENT")):
        if not str(event.get("UID", "")).strip():
            event["UID"] = f"unnamed-{number}"


def is_busy(event: Any) -> bool:
    """Whether an event takes time: RFC 5545, 3.8.2.7 and 3.8.1.11, and what Outlook adds (MS-OXCICAL)."""
    if str(event.get("TRANSP", "")).strip().upper() == "TRANSPARENT":
        return False
    if str(event.get("STATUS", "")).strip().upper() == "CANCELLED":
        return False
    return str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).strip().upper() not in {"FREE", "WORKINGELSEWHERE"}


def refresh_of(text: str) -> str:
    """How often the calendar wants to be read, as it says it (RFC 7986, 5.7), or empty."""
    found = re.search(r"^(?:REFRESH-INTERVAL|X-PUBLISHED-TTL)[^:\r\n]*:([^\r\n]{1,40})", text, re.IGNORECASE | re.M)
    return found.group(1).strip() if found else ""


def answers(asked: dict[str, Any]) -> dict[str, Any]:
    """What was read of each document, and how often to come back."""
    reading = Reading(asked)
    documents = [reading.busy_of(text) for text in asked["documents"]]
    refresh = refresh_of(asked["documents"][0]) if asked["documents"] else ""
    return {"documents": documents, "refresh": refresh}


def main() -> None:
    """Read the question, answer it, or say why not."""
    memory, seconds = (int(part) for part in sys.argv[1:3])
    limit(memory, seconds)
    try:
        said = answers(json.loads(sys.stdin.buffer.read()))
    except Refused as error:
        said = {"refused": str(error)}
    except (MemoryError, RecursionError):
        said = {"refused": "too_much"}
    except Exception as error:
        said = {"refused": "unreadable", "why": type(error).__name__}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
