"""Reading calendars elsewhere: what changed since the last time becomes busy times, which `fitting` puts in place.

A calendar is asked outside of any transaction. What it said is written in one, together with the cursor, and only if
the cursor is still the one that was asked with: of two who read at once the later one changes nothing and reads again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from bookings import ics
from bookings.calendars import PULL, channels, fitting, health
from bookings.calendars.health import ASKED
from bookings.calendars.providers import Busy, Changes, CursorLost, Rejected, Trouble
from bookings.calendars.providers.ics import pause as pause_of_ics
from bookings.calendars.providers.ics_reading import MOST_EVENTS
from bookings.calendars.readers import READERS
from bookings.models import BusyTime, CalendarCopy, Connection
from kernel import failpoints
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due

EVERY = timedelta(minutes=10)
"""How old what we know of a calendar is, at most, while it answers and tells us nothing by itself."""
LONGEST_TITLE, LONGEST_NAME = 200, 1024
ROWS_AT_ONCE = 1000


@due.handles(PULL, queue=due.Queue.SYNC)
def pull(connection_pk: str) -> None:
    """Read a calendar and have it read again later; as often as it is called. One that is read no more is told so."""
    connection_id = int(connection_pk)
    connection = Connection.objects.select_related("venue", "resource__venue").filter(pk=connection_id).first()
    if connection is None or connection.state not in ASKED:
        return
    if not connection.pulls:
        channels.end(connection)
        return
    now = database_now()
    if connection.resting_until is not None and connection.resting_until > now:
        _again(connection, connection.resting_until)
        return
    asked_with = connection.cursor
    try:
        changes = _read(connection)
        failpoints.hit("calendars.read")
        transact(lambda: _note(connection.pk, asked_with, changes))
    except Trouble as trouble:
        at = health.failed(connection.pk, trouble)
        connection.refresh_from_db()
        if connection.state in ASKED:
            _again(connection, at or now + _pause(connection))
        return
    channels.keep(connection)


def now(connection: Connection) -> None:
    """Have a calendar read at once, whatever it rests for; in the caller's transaction or one of its own."""

    def act() -> None:
        mine = Connection.objects.filter(pk=connection.pk, pulls=True, state__in=ASKED)
        if mine.update(resting_until=None):
            due.schedule(PULL, connection.pk, database_now())

    transact(act)


def _read(connection: Connection) -> Changes:
    reader = READERS[connection.provider]
    try:
        found = reader.changes(connection)
    except CursorLost:
        connection.cursor = ""
        found = reader.changes(connection)
    # What we wrote there ourselves takes no time a second time.
    foreign = [event for event in found.events if not ics.is_ours(event.uid)]
    if len(foreign) > MOST_EVENTS:
        raise Rejected("too_many_events")
    return replace(found, events=foreign)


def _note(connection_id: int, asked_with: str, changes: Changes) -> None:
    connection = Connection.objects.select_for_update(of=("self",)).filter(pk=connection_id).first()
    if connection is None or not connection.pulls or connection.state not in ASKED:
        return
    now = database_now()
    if connection.cursor != asked_with:
        # Somebody else has read it meanwhile, perhaps later than we did.
        due.schedule(PULL, connection.pk, now)
        return
    changed = _write(connection, changes, now)
    fitting.prune(connection, now)
    connection.cursor = changes.cursor
    connection.save(update_fields=["cursor"])
    if changed:
        fitting.refit_all(connection, now)
    health.worked(connection.pk)
    _again(connection, now + _pause(connection))


def _write(connection: Connection, changes: Changes, now: datetime) -> bool:
    """Bring the busy times of a calendar up to date; whether anything is different. A changed event is told whole."""
    wanted = {key_of(event.key): event for event in changes.events}
    known = {row.key: row for row in connection.busy_times.all()}
    fresh = [_row(connection, key, event, now) for key, event in wanted.items()]
    different = [row for row in fresh if row.key not in known or _differs(known[row.key], row)]
    for start in range(0, len(different), ROWS_AT_ONCE):
        BusyTime.objects.bulk_create(
            different[start : start + ROWS_AT_ONCE],
            update_conflicts=True,
            unique_fields=["connection", "key"],
            update_fields=["remote_id", "title", "start", "end", "seen_at", "is_gone"],
        )
    named = {name[:LONGEST_NAME] for name in [*changes.gone, *(event.remote_id for event in changes.events)]}
    absent = [row for row in known.values() if row.key not in wanted and not row.is_gone and row.end > now]
    gone = {row.pk for row in absent if changes.is_complete or row.remote_id in named} | _own(connection)
    if gone:
        BusyTime.objects.filter(pk__in=gone).update(is_gone=True)
    return bool(different or gone)


def _own(connection: Connection) -> set[int]:
    """Events of ours that were read before we knew their names."""
    copies = CalendarCopy.objects.filter(connection=connection, remote_id=OuterRef("remote_id"))
    return set(connection.busy_times.filter(Exists(copies), is_gone=False).values_list("pk", flat=True))


def key_of(name: str) -> str:
    """How a busy time is found again: a digest of what names event and occurrence there."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()


def _row(connection: Connection, key: str, event: Busy, now: datetime) -> BusyTime:
    return BusyTime(
        connection=connection,
        key=key,
        remote_id=event.remote_id[:LONGEST_NAME],
        title=_plain(event.title)[:LONGEST_TITLE],
        start=event.start,
        end=event.end,
        seen_at=now,
    )


def _plain(title: str) -> str:
    """A title on one line, of characters that people see and PostgreSQL keeps."""
    return " ".join("".join(char if char.isprintable() else " " for char in title).split())


def _differs(old: BusyTime, new: BusyTime) -> bool:
    names: Iterable[str] = ("remote_id", "title", "start", "end", "is_gone")
    return any(getattr(old, name) != getattr(new, name) for name in names)


def _pause(connection: Connection) -> timedelta:
    return pause_of_ics(connection) if connection.provider == Connection.Provider.ICS else EVERY


def _again(connection: Connection, at: datetime) -> None:
    transact(lambda: due.schedule(PULL, connection.pk, at))
