"""Calendars as somebody else's library reads them: vobject, which shares no line with what writes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import vobject
from vobject.base import ContentLine

Read = Mapping[str, Any]


def events_of(body: bytes) -> list[Read]:
    """The events in their order: names in lower case with their values, `params` by name, and the event itself."""
    lines_are_sound(body)
    found = vobject.readOne(body.decode())
    return [
        {child.name.lower(): child.value for child in event.getChildren()}
        | {"params": {child.name.lower(): child.params for child in event.getChildren()}}
        for event in found.contents.get("vevent", [])
    ]


def head_of(body: bytes) -> dict[str, str]:
    """The calendar's own properties."""
    found = vobject.readOne(body.decode())
    return {child.name.lower(): child.value for child in found.getChildren() if isinstance(child, ContentLine)}


def lines_are_sound(body: bytes) -> None:
    """RFC 5545, 3.1: every line ends with CRLF, has at most 75 octets, is UTF-8 by itself and has no control in it."""
    assert body.endswith(b"\r\n")
    for line in body[:-2].split(b"\r\n"):
        assert len(line) <= 75
        text = line.decode()
        assert not [char for char in text if ord(char) < 32 and char != "\t"]


def instant(value: datetime) -> str:
    """A time with its offset."""
    return value.isoformat(timespec="minutes")
