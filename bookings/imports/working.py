"""An import at work: row by row, each in a transaction of its own, by whoever comes; killed at any moment, none twice.

What is left after `STRETCH` is due work anew, so that one worker is nobody's for long.
"""

import json
import logging
import time

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.imports import people, places, rows, season, times, visits
from bookings.imports.rows import Earlier, Run, There, Trade
from bookings.imports.values import Places
from bookings.models import Import, ImportRow
from kernel import failpoints
from kernel.errors import Busy, Forbidden, Refused
from outside import vault
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due
from tenants.due import Queue
from venues.access import MANAGES

log = logging.getLogger(__name__)

KIND = "import"
"""The kind of due work that goes on with an import."""
STRETCH = 45.0
"""Seconds of work at once: half of what a worker may take."""
LONGEST_DETAIL = 300

Row = ImportRow.State
TRADES: dict[str, Trade] = {
    Import.Kind.CUSTOMERS: people.TRADE,
    Import.Kind.RESOURCES: places.TRADE,
    Import.Kind.CLOSURES: times.TRADE,
    Import.Kind.BOOKINGS: visits.TRADE,
    Import.Kind.SEASON: season.TRADE,
}


@due.handles(KIND, queue=Queue.BULK)
def work(import_id: str) -> None:
    """Go on with an import until it is done, stopped, or a stretch is over; as often as it is called."""
    run = _begun(int(import_id))
    began = time.monotonic()
    while run is not None:
        # Another worker may be at it too: whoever ends sees to it that no row waits.
        waiting = run.source.rows.filter(state=Row.WAITING, source__state=run.source.state)
        row = waiting.order_by("number").first()
        if row is None:
            _end(run.source.pk)
            return
        try:
            (_try if run.source.state == Import.State.CHECKING else _do)(run, row)
        except Busy:  # somebody holds the resource: later
            began -= STRETCH
        if time.monotonic() - began > STRETCH:
            due.schedule(KIND, run.source.pk, database_now())
            return


def _begun(import_id: int) -> Run | None:
    source = Import.objects.filter(pk=import_id, state__in=Import.WORKED_ON).first()
    if source is None:
        return None
    user = User.objects.filter(pk=source.created_by_id, is_active=True).first() or User()
    earlier = Earlier()
    if source.state == Import.State.CHECKING:
        for key, takes in source.rows.filter(state=Row.WOULD_CREATE).order_by("number").values_list("key", "takes"):
            earlier.add(key, takes)
    return Run(source, user, database_now(), Places(user), earlier)


def _try(run: Run, row: ImportRow) -> None:
    """Say what would become of a row."""
    trade = TRADES[run.source.kind]
    try:
        _check_may(run)
        if run.earlier.has(row.key):
            _settle(run, row, Row.SKIPPED, "twice_in_file", _("An earlier row of this file is the same."))
            return
        made = rows.made_before(run.source.kind, row.key, trade)
        found = rows.Found(made) if made else trade.attempt(run, _cells(row))
    except (OperationalError, InterfaceError, Busy):
        raise
    except Exception as error:
        _settle(run, row, Row.REFUSED, *_why(error))
        return
    if found.made:
        _settle(run, row, Row.SKIPPED, "exists", _("This is there already."), found.made)
        return
    run.earlier.add(row.key, found.takes)
    row.takes = found.takes
    _settle(run, row, Row.WOULD_CREATE)


def _do(run: Run, row: ImportRow) -> None:
    """Make what a row asks for, in one transaction with the note of it."""
    trade = TRADES[run.source.kind]

    def act() -> None:
        current = _waiting(run, row)
        if current is None:
            return
        _check_may(run)
        made = rows.make(run, row.key, _cells(row), trade)
        failpoints.hit("import.made")
        _write(current, Row.CREATED, made=made)

    try:
        transact(act)
    except (OperationalError, InterfaceError, Busy):
        raise
    except There as there:
        _settle(run, row, Row.SKIPPED, there.code, there.detail, there.made)
    except Exception as error:
        _settle(run, row, Row.REFUSED, *_why(error))
    failpoints.hit("import.committed")


def _check_may(run: Run) -> None:
    """Who brought the file may have been let go since."""
    if run.user.role not in MANAGES:
        raise Forbidden("permission_denied", _("Who brought this file may not do so any more."))


def _why(error: Exception) -> tuple[str, str]:
    if isinstance(error, Refused):
        return error.code, error.detail
    # Class name only: messages may quote personal data.
    log.error("row of an import failed: %s", type(error).__name__)
    return "unexpected", _("Something went wrong with this row.")


def _settle(run: Run, row: ImportRow, state: str, code: str = "", detail: str = "", made: str = "") -> None:
    def act() -> None:
        current = _waiting(run, row)
        if current is not None:
            current.takes = row.takes
            _write(current, state, code, detail, made)

    transact(act)


def _waiting(run: Run, row: ImportRow) -> ImportRow | None:
    """The row, locked, if the import still goes on and nobody else has done it; the import's lock comes first."""
    states = Import.objects.select_for_update(no_key=True).filter(pk=run.source.pk).values_list("state", flat=True)
    if list(states) != [run.source.state]:
        return None
    return ImportRow.objects.select_for_update().filter(pk=row.pk, state=Row.WAITING).first()


def _write(row: ImportRow, state: str, code: str = "", detail: str = "", made: str = "") -> None:
    row.state, row.code, row.detail, row.made = state, code[:60], detail[:LONGEST_DETAIL], made
    if row.source.state == Import.State.RUNNING:
        row.sealed, row.takes = "", []
    row.save()


def _cells(row: ImportRow) -> dict[str, str]:
    cells: dict[str, str] = json.loads(vault.unseal(row.sealed))
    return cells


def _end(import_id: int) -> None:
    """No row waits any more: the trial is over, or the import."""

    def act() -> None:
        source = Import.objects.select_for_update().get(pk=import_id)
        ends = {Import.State.CHECKING: Import.State.CHECKED, Import.State.RUNNING: Import.State.DONE}
        if source.state not in ends or source.rows.filter(state=Row.WAITING).exists():
            return
        source.state, source.ended_at = ends[Import.State(source.state)], database_now()
        source.save()

    transact(act)
