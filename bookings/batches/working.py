"""An act on many bookings under way: each in a transaction of its own; killed at any moment, none is done twice.

What is done is what was shown: where a booking would by now become something else, it is refused and stays.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import cancelling, changes, conversation, lifecycle, waitlist
from bookings.access import bookings_run_by
from bookings.batches.foretelling import LONGEST_DETAIL, Wish, change_of, check_asked, wish_of
from bookings.letters.kinds import Kind
from bookings.models import Batch, BatchRow, Booking
from bookings.models.messages import Channel
from bookings.moves import locked
from bookings.notices import planning
from bookings.notices.rules import Route
from bookings.records import Actor
from bookings.states import State
from kernel import failpoints
from kernel.errors import Busy, Conflict, Forbidden, Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, mail
from tenants.due import Queue

log = logging.getLogger(__name__)

KIND = "batch"
"""The kind of due work that goes on with an act on many bookings."""
STRETCH = 45.0
"""Seconds of work at once: half of what a worker may take."""
Row = BatchRow.State


@dataclass(frozen=True, slots=True)
class _Run:
    """An act under way, and who acts."""

    batch: Batch
    user: User
    wish: Wish

    @property
    def actor(self) -> Actor:
        return Actor.of(self.user)


@due.handles(KIND, queue=Queue.BULK)
def work(batch_id: str) -> None:
    """Go on until it is done, stopped, or a stretch is over; as often as it is called."""
    batch = Batch.objects.filter(pk=int(batch_id), state=Batch.State.RUNNING).first()
    if batch is None:
        return
    user = User.objects.filter(pk=batch.created_by_id, is_active=True).first() or User()
    run, began = _Run(batch, user, wish_of(batch)), time.monotonic()
    while True:
        row = batch.rows.filter(state=Row.WAITING, batch__state=Batch.State.RUNNING).order_by("number").first()
        if row is None:
            _end(batch)
            return
        try:
            with mail.in_house_language():  # in which it is noted why something was refused
                _do(run, row)
        except Busy:  # somebody holds the resource: later
            began -= STRETCH
        if time.monotonic() - began > STRETCH:
            due.schedule(KIND, batch.pk, database_now())
            return


def _do(run: _Run, row: BatchRow) -> None:
    """Do it to one booking, in one transaction with the note of it."""

    def act() -> None:
        current = _waiting(run, row)
        if current is None:
            return
        ACTS[run.wish.kind](run, current, _may_change(run, current))
        failpoints.hit("batch.acted")
        _write(current, Row.DONE)

    try:
        transact(act)
    except (OperationalError, InterfaceError, Busy):
        raise
    except Exception as error:
        _refuse(run, row, *_why(error))
    failpoints.hit("batch.committed")


def _waiting(run: _Run, row: BatchRow) -> BatchRow | None:
    """The row, locked, if the act still goes on and nobody else has done it; the act's lock comes first."""
    states = Batch.objects.select_for_update(no_key=True).filter(pk=run.batch.pk).values_list("state", flat=True)
    if list(states) != [Batch.State.RUNNING]:
        return None
    return BatchRow.objects.select_for_update().filter(pk=row.pk, state=Row.WAITING).first()


def _may_change(run: _Run, row: BatchRow) -> Booking:
    """The booking; who began this may have been let go since, or look after other venues."""
    found = bookings_run_by(run.user) if run.user.pk and run.user.is_staff_member else Booking.objects.none()
    booking = found.select_related("resource__venue", "customer").filter(pk=row.booking_id).first()
    if booking is None:
        raise Forbidden("permission_denied", _("Who began this may not do so any more."))
    return booking


def _cancel(run: _Run, row: BatchRow, booking: Booking) -> None:
    waitlist.lock_of(booking.pk)
    if locked(booking.pk).state == State.CANCELLED:
        raise Refused("cancelled_already", _("It was cancelled meanwhile."))
    cancelling.cancel(booking, run.actor, replace(run.wish.why, shown=row.figures))


def _move(run: _Run, row: BatchRow, booking: Booking) -> None:
    revision, total, is_agreed = (int(part) for part in row.figures.split("/"))
    wanted = change_of(booking, run.wish)
    if booking.revision != revision or (wanted.start or booking.start) != row.start:
        raise Conflict("changed_meanwhile", _("This booking has been changed meanwhile. Please look at it again."))
    agreed = total if is_agreed else None
    exact = replace(wanted, revision=revision, expected_minor=total, agreed_minor=agreed)
    changes.change(booking, exact, run.actor)


def _confirm(run: _Run, _row: BatchRow, booking: Booking) -> None:
    check_asked(locked(booking.pk), database_now())
    lifecycle.confirm(booking, run.actor)


def _decline(run: _Run, _row: BatchRow, booking: Booking) -> None:
    waitlist.lock_of(booking.pk)
    check_asked(locked(booking.pk), database_now())
    cancelling.decline(booking, run.actor, run.wish.notes)


def _tell(run: _Run, _row: BatchRow, booking: Booking) -> None:
    if run.wish.letter:
        now = database_now()
        planning.plan(booking, Kind(run.wish.letter), Route(Channel.MAIL), now, now)
    else:
        conversation.announce(booking, run.wish.text, run.user)


ACTS: Mapping[str, Callable[[_Run, BatchRow, Booking], None]] = {
    Batch.Kind.CANCEL: _cancel,
    Batch.Kind.MOVE: _move,
    Batch.Kind.CONFIRM: _confirm,
    Batch.Kind.DECLINE: _decline,
    Batch.Kind.MESSAGE: _tell,
}


def _why(error: Exception) -> tuple[str, str]:
    if isinstance(error, Refused):
        return error.code, error.detail
    # Class name only: messages may quote personal data.
    log.error("booking of a batch failed: %s", type(error).__name__)
    return "unexpected", _("Something went wrong with this booking.")


def _refuse(run: _Run, row: BatchRow, code: str, detail: str) -> None:
    def act() -> None:
        current = _waiting(run, row)
        if current is not None:
            _write(current, Row.REFUSED, code, detail)

    transact(act)


def _write(row: BatchRow, state: str, code: str = "", detail: str = "") -> None:
    row.state, row.code, row.detail = state, code[:60], detail[:LONGEST_DETAIL]
    row.save(update_fields=["state", "code", "detail"])


def _end(batch: Batch) -> None:
    """No booking waits any more, or it was stopped."""

    def act() -> None:
        current = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
        if current.state != Batch.State.RUNNING or current.rows.filter(state=Row.WAITING).exists():
            return
        current.state, current.ended_at = Batch.State.DONE, database_now()
        current.save(update_fields=["state", "ended_at"])

    transact(act)
