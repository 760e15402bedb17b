"""Calendars elsewhere, whoever keeps them: what a provider can do, and what can go wrong, in one set of words.

A provider's module asks through `outside.client`, so never inside a transaction. It raises the errors below and no
others; their codes are ours, never a server's words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import icalendar

from bookings.models.calendars import CalendarCopy, Connection


class Trouble(Exception):
    """A calendar elsewhere did not do what it was asked. `code` may be shown and kept (at most 80 characters)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Dead(Trouble):
    """Nothing will work until somebody connects it again: the token was taken back, the password changed."""


class Later(Trouble):
    """Not now: busy, broken, or not to be reached. `after` is how long the server wants to be left alone."""

    def __init__(self, code: str, after: timedelta | None = None) -> None:
        self.after = after
        super().__init__(code)


class Changed(Trouble):
    """Somebody else wrote the event meanwhile (412, or 409 for a name that is taken): look again, then write."""

    def __init__(self) -> None:
        super().__init__("changed_meanwhile")


class Rejected(Trouble):
    """The calendar will not have this, however often it is asked; the connection itself works."""


class CursorLost(Trouble):
    """Reading cannot go on where it stopped (410, an invalid sync token): read everything anew."""

    def __init__(self) -> None:
        super().__init__("cursor_lost")


@dataclass(frozen=True)
class Written:
    """An event as it lies there now. `etag` as the server said it, empty where it says none."""

    remote_id: str
    etag: str = ""


@dataclass(frozen=True)
class Choice:
    """A calendar of an account that can be connected; `remote_id` is what `Connection.remote_id` becomes."""

    remote_id: str
    name: str
    is_writable: bool = True


@dataclass(frozen=True)
class Account:
    """Whose calendars they are, in words that their owner knows (an address), and which there are."""

    name: str
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Busy:
    """A time at which somebody is busy there. `key` names event and occurrence, `remote_id` the event alone.

    `uid` is iCalendar's name of it: `bookings.ics.is_ours(uid)` tells a copy that we wrote ourselves.
    """

    key: str
    remote_id: str
    uid: str
    start: datetime
    end: datetime
    title: str = ""


@dataclass(frozen=True)
class Changes:
    """What changed since a cursor. `gone` are remote ids; `is_complete` means that whatever is not here is gone too."""

    events: Sequence[Busy]
    gone: Sequence[str]
    cursor: str
    is_complete: bool


class Writer(Protocol):
    """Writes events into a calendar. All of it may be done again, and finds what an earlier try has made.

    Each raises `Dead`, `Later` and `Rejected`.
    """

    def put(self, connection: Connection, event: icalendar.Event, copy: CalendarCopy) -> Written:
        """Write an event: over the one that `copy.remote_id` names, a new one where that is empty.

        Raises `Changed` where that one is not as `copy.etag` says any more, or the new one's name is taken.
        """

    def find(self, connection: Connection, uid: str) -> Written | None:
        """The event that was made for this uid, as it lies there now; None where there is none."""

    def delete(self, connection: Connection, copy: CalendarCopy) -> None:
        """Take an event away; one that is not there is no trouble."""

    def check(self, connection: Connection) -> None:
        """Ask whether the calendar is still there and open to us."""


class Reader(Protocol):
    """Reads what changed in a calendar."""

    def changes(self, connection: Connection) -> Changes:
        """What changed since `connection.cursor`; all of it where that is empty.

        Raises `Dead`, `Later`, `Rejected`, `CursorLost`.
        """
