"""What the outside tells us, each thing once.

`put` writes an arrival down and answers at once. A tick claims what waits and hands each piece to a worker; what a
worker does not finish within the lease comes due again, so handlers are idempotent. A handler that returns has done
its work; one that raises `Ignored` or `Rejected` has ended it too; any other error brings the event again later. One
that kills its process is counted too: that it was begun is written down before.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from kernel import failpoints
from schemas import journal
from tenants.due import BATCH, LEASE, LOST, MOST_ATTEMPTS, pause
from tenants.models import InboxEvent

log = logging.getLogger(__name__)

State = InboxEvent.State
Handler = Callable[[InboxEvent], None]

LONGEST_NOTE = 200
BEGUN = "begun, attempt "
"""So begins the note of an event that somebody works on, or that killed who did."""
KEPT = timedelta(days=90)
"""So long events stay after their end. Stripe itself has them for 30 days, so that none of them can come again."""
OVER = (State.DONE, State.IGNORED, State.REJECTED)
"""Ends about which nobody has to do anything any more: what was given up (`dead`) stays."""
PRUNED_AT_ONCE = 1000
KINDS = """
    WITH RECURSIVE found(kind) AS (
        SELECT min(kind) FROM public.tenants_inboxevent
        UNION ALL
        SELECT (SELECT min(kind) FROM public.tenants_inboxevent WHERE kind > found.kind)
        FROM found WHERE found.kind IS NOT NULL
    )
    SELECT kind FROM found WHERE kind IS NOT NULL
"""
# It goes from one kind to the next in the index (`inbox_of_kind`), however many events there are.
PUT = """
    INSERT INTO public.tenants_inboxevent
        (provider, event_id, kind, endpoint, account_id, object_id, is_live, made_at,
         received_at, due_at, attempts, state, note)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp(), clock_timestamp(), 0, 'waiting', '')
    ON CONFLICT (provider, event_id) DO NOTHING
"""


class Ignored(Exception):
    """Nothing of ours, or nothing to be done about it; the message is kept as the note."""


class Rejected(Exception):
    """Not to be believed: it contradicts what we know. Nothing was done; the message is kept and logged as an error."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is kept of an event: which one, of what kind, and the id of the object by which to find the thing.

    `kind` and `object_id` are at most 80 and 255 characters.
    """

    provider: str
    event_id: str
    kind: str
    endpoint: str
    account_id: str
    object_id: str
    is_live: bool
    made_at: datetime


def put(arrival: Arrival) -> bool:
    """Write an arrival down; whether it was new. Of two with one id the first counts, whatever the second says."""
    with connection.cursor() as cursor:
        cursor.execute(PUT, astuple(arrival))
        return bool(cursor.rowcount)


def kinds() -> list[str]:
    """The kinds of all events that are kept."""
    with connection.cursor() as cursor:
        cursor.execute(KINDS)
        return [kind for (kind,) in cursor.fetchall()]


def claim(limit: int = BATCH) -> list[InboxEvent]:
    """Take what waits and is due, so that nobody else takes it before the lease is over; the longest due first."""
    with transaction.atomic():
        taken = list(
            InboxEvent.objects.select_for_update(skip_locked=True)
            .filter(state=State.WAITING, due_at__lte=Now())
            .order_by("due_at")[:limit]
        )
        if taken:
            InboxEvent.objects.filter(pk__in=[event.pk for event in taken]).update(
                due_at=Now() + LEASE, attempts=F("attempts") + 1
            )
    for event in taken:
        event.attempts += 1
    return taken


def work(event_pk: int, attempt: int, handlers: Mapping[str, Handler]) -> None:
    """Handle one claimed event by the handler of its kind; a kind that has none is ignored."""
    event = _begun(event_pk, attempt)
    if event is not None:
        with journal.noting(stripe_event=event.event_id):
            _work(event, handlers)


def _work(event: InboxEvent, handlers: Mapping[str, Handler]) -> None:
    try:
        _handler(event, handlers)(event)
    except Ignored as why:
        _end(event, State.IGNORED, str(why))
    except Rejected as why:
        log.error("%s event %s %s rejected: %s", event.provider, event.event_id, event.kind, why)
        _end(event, State.REJECTED, str(why))
    except Exception as error:
        _failed(event, error)
        raise
    else:
        failpoints.hit("inbox.done")
        _end(event, State.DONE, "")


def _begun(event_pk: int, attempt: int) -> InboxEvent | None:
    rows = InboxEvent.objects.filter(pk=event_pk, attempts=attempt, state=State.WAITING)
    with transaction.atomic():
        event = rows.select_for_update().first()
        if event is None:
            return None
        if event.note == f"{BEGUN}{attempt}":  # the broker brings what killed its worker at once
            event.attempts += 1
        if event.attempts > MOST_ATTEMPTS and event.note.startswith(BEGUN):
            rows.update(state=State.DEAD, note=LOST, attempts=MOST_ATTEMPTS, ended_at=Now())
            log.error("%s event %s %s given up: it never ended", event.provider, event.event_id, event.kind)
            return None
        event.note = f"{BEGUN}{event.attempts}"
        event.save(update_fields=["attempts", "note"])
    return event


def replay(event: InboxEvent) -> None:
    """Have an event worked on again from the beginning, whatever became of it. Harmless for one that was done."""
    replay_all(InboxEvent.objects.filter(pk=event.pk))


def replay_all(events: QuerySet[InboxEvent]) -> int:
    """As `replay`, for many; answers how many."""
    return events.update(state=State.WAITING, due_at=Now(), attempts=0, note="", ended_at=None)


def prune() -> int:
    """Delete what ended more than `KEPT` ago, in short transactions; answers how many. As often as it is called."""
    pruned = 0
    while True:
        old = InboxEvent.objects.filter(state__in=OVER, ended_at__lt=Now() - KEPT).order_by("pk")
        gone, _by_model = InboxEvent.objects.filter(
            pk__in=list(old.values_list("pk", flat=True)[:PRUNED_AT_ONCE])
        ).delete()
        pruned += gone
        if gone < PRUNED_AT_ONCE:
            return pruned


def _handler(event: InboxEvent, handlers: Mapping[str, Handler]) -> Handler:
    if event.kind not in handlers:
        raise Ignored("nobody listens to this kind")
    return handlers[event.kind]


def _end(event: InboxEvent, state: State, note: str) -> None:
    # The claim's own `due_at` tells it from a later claim of the same number, after a replay.
    InboxEvent.objects.filter(pk=event.pk, attempts=event.attempts, due_at=event.due_at).update(
        state=state, note=note[:LONGEST_NOTE], ended_at=Now()
    )
    log.info("%s event %s %s: %s", event.provider, event.event_id, event.kind, state)


def _failed(event: InboxEvent, error: Exception) -> None:
    # Class name only: messages may quote personal data.
    name = type(error).__name__
    is_dead = event.attempts >= MOST_ATTEMPTS
    connection.close_if_unusable_or_obsolete()
    InboxEvent.objects.filter(pk=event.pk, attempts=event.attempts, due_at=event.due_at).update(
        due_at=Now() + pause(event.attempts),
        state=State.DEAD if is_dead else State.WAITING,
        note=name,
        ended_at=Now() if is_dead else None,
    )
    log.log(
        logging.ERROR if is_dead else logging.WARNING,
        "%s event %s %s failed (attempt %s): %s",
        event.provider,
        event.event_id,
        event.kind,
        event.attempts,
        name,
    )
