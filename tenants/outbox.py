"""What happened, for those who tell the outside: written by the change's own transaction, handed on once.

PostgreSQL writes a message with every event of a booking (a trigger of the migrations, decision 0032). `pump` hands
messages to the function of their topic, those of one thing one after the other, and deletes them in the transaction
of what the functions write: killed at any moment, it has happened wholly or not at all. Handlers therefore only
write to the database; what must talk to others becomes due work.

Taking a message counts as an attempt, and is committed before its function is called: what kills its process comes
again later and alone, and is dead after so many attempts like anything else that fails.
"""

import logging
from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django_tenants.utils import schema_context

from kernel import failpoints
from schemas.current import current_schema, enter_public
from schemas.transactions import transact
from tenants import due
from tenants.models import OutboxMessage, Tenant

log = logging.getLogger(__name__)

BATCH = 1000
TOGETHER = 20
"""So many messages share a transaction; where one of them fails, each is done again in one of its own."""
MOST_ATTEMPTS = 12

Handler = Callable[[str], None]
_handlers: dict[str, Handler] = {}


def handles(topic: str) -> Callable[[Handler], Handler]:
    """Register the function that a topic's messages go to; it gets the reference, in the tenant's schema."""

    def register(handler: Handler) -> Handler:
        _handlers[topic] = handler
        return handler

    return register


def topics() -> list[str]:
    """All that somebody is told of, by name; who that is stands where due work's handlers stand."""
    due.kinds()
    return sorted(_handlers)


def put(topic: str, order_key: str, reference: str) -> None:
    """Write a message of the current tenant, in the caller's transaction; events of bookings come by themselves."""
    OutboxMessage.objects.create(schema_name=current_schema(), topic=topic, order_key=order_key, reference=reference)


def pump(limit: int = BATCH) -> int:
    """Hand on what waits, at most so many messages; answers how many. Any number of pumps may run at once."""
    enter_public()
    done = 0
    while done < limit and (taken := _take(min(TOGETHER, limit - done))):
        _hand_on(taken)
        done += len(taken)
    return done


def replay(messages: QuerySet[OutboxMessage]) -> int:
    """Have messages handed on again from the beginning, before all later ones of their thing; answers how many."""
    return messages.update(is_dead=False, attempts=0, due_at=Now(), last_error="")


def _take(most: int) -> list[OutboxMessage]:
    """Claim some that are new, or one that was tried before: it may kill who tries it, and with others would tire them.

    Until its pause is over nobody else takes what is taken, so that a killed pump is no hurry.
    """
    with transaction.atomic():
        waiting = list(_heads().select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "pk")[:most])
        failpoints.hit("outbox.taken")
        taken = waiting[:1] if waiting and waiting[0].attempts else [each for each in waiting if not each.attempts]
        if taken:
            attempts = taken[0].attempts + 1
            rows = OutboxMessage.objects.filter(pk__in=[message.pk for message in taken])
            rows.update(attempts=attempts, due_at=Now() + due.pause(attempts))
    for message in taken:
        message.attempts += 1
    return taken


def _hand_on(taken: list[OutboxMessage]) -> None:
    if taken[0].attempts > MOST_ATTEMPTS:
        _give_up(taken[0])
        return
    try:
        transact(lambda: _call(taken))
    except Exception as error:
        connection.close_if_unusable_or_obsolete()
        enter_public()
        if len(taken) == 1:
            _failed(taken[0], error)
            return
        for message in taken:
            _hand_on([message])


def _call(taken: list[OutboxMessage]) -> None:
    # A pump that slept through its pause has lost what another one took meanwhile.
    ours = OutboxMessage.objects.filter(pk__in=[message.pk for message in taken], attempts=taken[0].attempts)
    locked = list(ours.select_for_update())
    for message in sorted(locked, key=lambda each: (each.schema_name, each.pk)):
        with schema_context(message.schema_name):
            _handlers[message.topic](message.reference)
    OutboxMessage.objects.filter(pk__in=[message.pk for message in locked]).delete()
    failpoints.hit("outbox.handed")


def _heads() -> QuerySet[OutboxMessage]:
    """What is due for tenants at work, and has nothing of the same thing before it."""
    at_work = Tenant.objects.filter(schema_name=OuterRef("schema_name"), state__in=Tenant.AT_WORK)
    before = OutboxMessage.objects.filter(
        schema_name=OuterRef("schema_name"), order_key=OuterRef("order_key"), pk__lt=OuterRef("pk"), is_dead=False
    )
    return OutboxMessage.objects.filter(Exists(at_work), ~Exists(before), due_at__lte=Now(), is_dead=False)


def _failed(message: OutboxMessage, error: Exception) -> None:
    # Class name only: messages may quote personal data.
    OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(
        due_at=Now() + due.pause(message.attempts),
        is_dead=message.attempts >= MOST_ATTEMPTS,
        last_error=type(error).__name__,
    )
    log.warning("outbox %s failed (attempt %s): %s", message.topic, message.attempts, type(error).__name__)


def _give_up(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts).update(
        attempts=MOST_ATTEMPTS, is_dead=True, last_error=due.LOST
    )
    log.error("outbox %s given up: it was begun %s times and never ended", message.topic, MOST_ATTEMPTS)
