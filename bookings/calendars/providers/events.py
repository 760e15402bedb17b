"""What of an iCalendar event others are told, in plain values: their interfaces have fields of their own."""

from dataclasses import dataclass
from datetime import UTC, datetime

import icalendar


@dataclass(frozen=True)
class Shown:
    """A booking's event; instants in UTC."""

    uid: str
    title: str
    text: str
    place: str
    start: datetime
    end: datetime


def shown(event: icalendar.Event) -> Shown:
    """The values of an event as `bookings.ics` makes it: with both ends, and instants."""
    return Shown(
        uid=str(event["UID"]),
        title=str(event.get("SUMMARY", "")),
        text=str(event.get("DESCRIPTION", "")),
        place=str(event.get("LOCATION", "")),
        start=event.decoded("DTSTART").astimezone(UTC),
        end=event.decoded("DTEND").astimezone(UTC),
    )


def name_of(uid: str) -> str:
    """The part of a uid before the host: the booking's id."""
    return uid.partition("@")[0]
