"""Drafting an act on many bookings, looking at it, saying yes to it, stopping it; who sees whose.

A draft says what would become of each booking; nothing happens before somebody has seen it. What was done is kept for
`KEPT`, with who did it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings.access import bookings_run_by, check_desk
from bookings.batches import working
from bookings.batches.foretelling import FIELDS, Wish, foretold, wish_of
from bookings.models import Batch, BatchRow, Booking
from bookings.weather import BadWeather, RainedOff
from kernel.errors import Conflict, Invalid, NotFound, Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import cleaning, due, gate
from venues.access import venues_run_by
from venues.models import Resource

KEPT = timedelta(days=180)
MOST = 500
"""So many bookings at once; `MOST_MOVED` of them where each has to be fitted in elsewhere."""
MOST_MOVED = 100
MOST_RUNNING = 5
"""So many acts of a tenant may be under way at once."""
LONGEST_SHIFT_DAYS = 366
State, Row = Batch.State, BatchRow.State


def batches_seen_by(user: User) -> QuerySet[Batch]:
    """All for the owner, their own for everybody else of the team; `Forbidden` for those who only look."""
    check_desk(user)
    rows = Batch.objects.all()
    return rows if user.role == Role.OWNER else rows.filter(created_by_id=user.pk)


def one(user: User, batch_id: int) -> Batch:
    """One of them; `NotFound`."""
    found = batches_seen_by(user).select_related("resource__venue").filter(pk=batch_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such act."))
    return found


def draft(user: User, ids: Sequence[UUID], wish: Wish) -> Batch:
    """Draft an act on those of the bookings that somebody may change, in the order given; nothing is done yet.

    Raises `Refused` with `nothing_chosen` or `too_many`, and `Invalid` for a wish that makes no sense.
    """
    check_desk(user)
    bookings = _chosen(user, ids, wish)
    _check(user, wish)
    rows = _rows(user, bookings, wish)

    def act() -> Batch:
        batch = Batch(created_by_id=user.pk, created_at=gate.open_now())
        _write(batch, wish, rows)
        return batch

    return transact(act)


def change(user: User, batch_id: int, wish: Wish) -> Batch:
    """Look at a draft anew, with another wish or the same. Raises `Refused("wrong_state")` for what is no draft."""
    batch = one(user, batch_id)
    _check(user, wish)
    ids = list(batch.rows.order_by("number").values_list("booking_id", flat=True))
    rows = _rows(user, _chosen(user, ids, wish), wish)

    def act() -> Batch:
        current = _locked(batch)
        if current.state != State.DRAFT:
            raise Refused("wrong_state", _("This is under way, or done."))
        current.rows.all().delete()
        _write(current, wish, rows)
        return current

    return transact(act)


def _chosen(user: User, ids: Sequence[UUID], wish: Wish) -> list[Booking]:
    if not ids:
        raise Refused("nothing_chosen", _("Choose at least one booking."))
    most = MOST_MOVED if wish.kind == Batch.Kind.MOVE else MOST
    if len(ids) > most:
        raise Refused("too_many", _("At most %(most)d bookings at once. Narrow the list first.") % {"most": most})
    rows = bookings_run_by(user).select_related("resource__venue", "customer", "policy")
    found = {booking.pk: booking for booking in rows.prefetch_related("policy__steps").filter(pk__in=ids)}
    chosen = [found[pk] for pk in dict.fromkeys(ids) if pk in found]
    if not chosen:
        raise Refused("nothing_chosen", _("Choose at least one booking."))
    return chosen


def _check(user: User, wish: Wish) -> None:
    if wish.kind not in Batch.Kind.values:
        raise Invalid("kind_unknown", _("There is no such act."))
    if abs(wish.days) > LONGEST_SHIFT_DAYS or abs(wish.minutes) >= 24 * 60:
        raise Invalid("shift_too_long", _("Move by a year at most, and by less than 24 hours."))
    known = Resource.objects.filter(venue__in=venues_run_by(user))
    if wish.resource_id is not None and not known.filter(pk=wish.resource_id).exists():
        raise NotFound("not_found", _("There is no such resource."))


def _rows(user: User, bookings: Sequence[Booking], wish: Wish) -> list[BatchRow]:
    if wish.kind == Batch.Kind.MOVE and not wish.moves:
        return [BatchRow(booking=booking, number=number) for number, booking in enumerate(bookings, start=1)]
    return foretold(wish, bookings, user)


def _write(batch: Batch, wish: Wish, rows: Iterable[BatchRow]) -> None:
    for name in FIELDS:
        setattr(batch, name, getattr(wish, name))
    batch.save()
    fresh = list(rows)
    for row in fresh:
        row.pk, row.batch = None, batch  # it may be the second try
    BatchRow.objects.bulk_create(fresh)


def figures_of(batch: Batch) -> str:
    """What somebody agrees to who was shown a draft: a digest of what would become of each booking."""
    rows = batch.rows.order_by("number").values_list("booking_id", "state", "figures", "start")
    said = [str(getattr(batch, name)) for name in FIELDS]
    told = said + [f"{pk} {state} {figures} {start}" for pk, state, figures, start in rows]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def go(user: User, batch_id: int, shown: str) -> Batch:
    """Do what was drafted and `shown`. Twice is once.

    Raises `Conflict("changed_meanwhile")` where the draft is another one by now, `Refused` with `nothing_to_do`,
    `text_required`, `wrong_state` or `too_many_running`.
    """
    batch = one(user, batch_id)

    def act() -> Batch:
        now = gate.open_now(alone="batches")
        current = _locked(batch)
        if current.state in {State.RUNNING, State.DONE}:
            return current
        if current.state != State.DRAFT:
            raise Refused("wrong_state", _("This was stopped."))
        if shown != figures_of(current):
            raise Conflict("changed_meanwhile", _("This has changed since you looked. Please look at it again."))
        _check_complete(current)
        if Batch.objects.filter(state=State.RUNNING).count() >= MOST_RUNNING:
            raise Refused("too_many_running", _("Other acts are under way. Wait until they are done."))
        current.state, current.begun_at = State.RUNNING, now
        current.save(update_fields=["state", "begun_at"])
        due.schedule(working.KIND, current.pk, now)
        return current

    return transact(act)


def _check_complete(batch: Batch) -> None:
    if batch.kind == Batch.Kind.MESSAGE and not (batch.letter or batch.text.strip()):
        raise Invalid("text_required", _("Please write something."))
    if batch.kind == Batch.Kind.MOVE and not wish_of(batch).moves:
        raise Invalid("nothing_to_change", _("Say what is to be different."))
    if not batch.rows.filter(state=Row.WAITING).exists():
        raise Refused("nothing_to_do", _("There is nothing to be done."))


def stop(user: User, batch_id: int) -> Batch:
    """Do no more of it; what was done stays. Twice is once. Raises `Refused("wrong_state")` for what is done."""
    batch = one(user, batch_id)

    def act() -> Batch:
        current = _locked(batch)
        if current.state == State.STOPPED:
            return current
        if current.state == State.DONE:
            raise Refused("wrong_state", _("This is done already."))
        current.state, current.ended_at = State.STOPPED, database_now()
        current.save(update_fields=["state", "ended_at"])
        return current

    return transact(act)


def again(user: User, batch_id: int) -> Batch:
    """A new draft of the same for what was refused, or left waiting when it was stopped."""
    batch = one(user, batch_id)
    rows = batch.rows.filter(state__in=[Row.REFUSED, Row.WAITING]).order_by("number")
    return draft(user, list(rows.values_list("booking_id", flat=True)), wish_of(batch))


def rained_off(user: User, weather: BadWeather, gone: Sequence[RainedOff], now: datetime) -> Batch:
    """Keep what the weather ended as an act that is done, in its transaction: who did it, and what came of each."""
    why = weather.why
    batch = Batch.objects.create(
        kind=Batch.Kind.CANCEL,
        state=State.DONE,
        reason=why.reason,
        notes=why.notes,
        created_by_id=user.pk,
        created_at=now,
        begun_at=now,
        ended_at=now,
    )
    rows = [
        BatchRow(
            batch=batch,
            booking=each.booking,
            number=number,
            state=Row.DONE,
            fee_minor=each.settlement.fee_minor,
            refund_minor=each.settlement.refund_minor,
            credit_minor=each.settlement.credit_back_minor,
            hours_back=each.minutes_back,
            figures=each.settlement.figures,
        )
        for number, each in enumerate(gone, start=1)
    ]
    BatchRow.objects.bulk_create(rows)
    return batch


def counts(batches: Iterable[Batch]) -> dict[int, dict[str, int]]:
    """How many bookings of each are in each state, in one query."""
    found = {batch.pk: dict.fromkeys(Row.values, 0) for batch in batches}
    rows = BatchRow.objects.filter(batch__in=found).order_by().values_list("batch", "state")
    for batch_id, state, count in rows.annotate(count=Count("pk")):
        found[batch_id][state] = count
    return found


def _locked(batch: Batch) -> Batch:
    return Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)


@cleaning.of_tenants("batches")
def sweep() -> int:
    """Delete what was drafted `KEPT` ago."""
    return cleaning.sweep(Batch.objects.filter(created_at__lt=Now() - KEPT))
