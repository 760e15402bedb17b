"""Tidying up in a tenant that was put back from a backup, before it opens: nothing comes late, and nothing twice.

Messages and webhooks whose time has come since the backup are not sent: most of them were. Holds, requests and visits
that are over meanwhile end, and nobody is told of that. Reminders of what is to come are planned where they are
missing, and connected calendars are compared with what stands now. Before all that whoever was erased since the backup
is erased again (`bookings.own.again`).
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db.models import Max

from bookings import following, moves, telling
from bookings.calendars import pushing
from bookings.models import BookingEvent, Connection, Notice, WebhookDelivery
from bookings.notices import ruling
from bookings.own import again
from bookings.states import State
from kernel import failpoints
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due, erasures
from tenants.backups import restoring
from tenants.models import DueWork, OutboxMessage

log = logging.getLogger(__name__)

WHY = "restored"
ENDS = frozenset({State.EXPIRED, State.COMPLETED})
AT_WORK = (Connection.State.OK, Connection.State.FAILING)
AT_ONCE = 500
MARGIN = timedelta(hours=1)
"""An erasure that was under way when the backup was made bears an earlier time."""


@restoring.settles
def settle(made_at: datetime, now: datetime) -> None:
    """All of it, in the tenant's schema; as often as it is called."""
    again.erase(erasures.since(made_at - MARGIN).filter(schema_name=current_schema()))
    failpoints.hit("restored.erased")
    transact(lambda: _suppress(now))
    failpoints.hit("restored.suppressed")
    _let_time_pass(now)
    transact(lambda: due.schedule(ruling.REPLAN, ruling.REMINDERS, now))  # long: a worker's, once the tenant is open
    for connection in Connection.objects.filter(state__in=AT_WORK).select_related("venue", "resource__venue"):
        transact(partial(pushing.fill, connection))


def _suppress(now: datetime) -> None:
    late = Notice.objects.filter(state=Notice.State.PLANNED, send_at__lte=now)
    late.update(state=Notice.State.SKIPPED, why=WHY, updated_at=now)
    waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING)
    waiting.update(state=WebhookDelivery.State.CANCELLED, busy_until=None, ended_at=now)


def _let_time_pass(now: datetime) -> None:
    """What the clock would do at once, without anybody being told of it."""
    mine = DueWork.objects.filter(schema_name=current_schema(), kind=moves.CLOCK, due_at__lte=now).order_by(
        "due_at", "pk"
    )
    told = OutboxMessage.objects.filter(schema_name=current_schema())
    before = told.aggregate(last=Max("pk"))["last"] or 0
    while works := list(mine.filter(attempts=0)[:AT_ONCE]):
        for work in works:
            _pass(work)
        _quieten(before)


def _pass(work: DueWork) -> None:
    """One piece; what fails is left to the clock, which comes when the tenant is open."""
    try:
        following.let_time_pass(UUID(work.object_id))
    except Exception as error:
        # Class name only: messages may quote personal data.
        log.warning("restored: %s of %s is left to the clock: %s", work.kind, work.object_id, type(error).__name__)
        DueWork.objects.filter(pk=work.pk).update(attempts=1)
    else:
        DueWork.objects.filter(pk=work.pk, due_at=work.due_at).delete()


def _quieten(before: int) -> None:
    fresh = OutboxMessage.objects.filter(schema_name=current_schema(), topic=telling.TOPIC, pk__gt=before)
    named: Sequence[str] = list(fresh.values_list("reference", flat=True))
    ended = BookingEvent.objects.filter(pk__in=[int(each) for each in named], to_state__in=ENDS).values_list(
        "pk", flat=True
    )
    fresh.filter(reference__in=[str(pk) for pk in ended]).delete()
