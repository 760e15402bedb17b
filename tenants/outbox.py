"""What happened, for those who tell the outside: written by the change's own transaction, handed on once.

PostgreSQL writes a message with every event of a booking (a trigger of the migrations, decision 0032). `pump` hands
messages to the function of their topic, those of one thing one after the other, and deletes them in the transaction
of what the functions write: killed at any moment, it has happened wholly or not at all. Handlers therefore only
write to the database; what must talk to others becomes due work.
"""

import logging
from collections.abc import Callable

from django.db import connection
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


def put(topic: str, order_key: str, reference: str) -> None:
    """Write a message of the current tenant, in the caller's transaction; events of bookings come by themselves."""
    OutboxMessage.objects.create(schema_name=current_schema(), topic=topic, order_key=order_key, reference=reference)


def pump(limit: int = BATCH) -> int:
    """Hand on what waits, at most so many messages; answers how many. Any number of pumps may run at once."""
    enter_public()
    done = 0
    while done < limit and (handed := _hand_on(_heads(), min(TOGETHER, limit - done))):
        done += handed
    return done


def replay(messages: QuerySet[OutboxMessage]) -> int:
    """Have messages handed on again from the beginning, before all later ones of their thing; answers how many."""
    return messages.update(is_dead=False, attempts=0, due_at=Now())


def _hand_on(waiting: QuerySet[OutboxMessage], most: int) -> int:
    taken: list[OutboxMessage] = []

    def act() -> int:
        taken[:] = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "pk")[:most]
        failpoints.hit("outbox.taken")
        for message in sorted(taken, key=lambda each: (each.schema_name, each.pk)):
            with schema_context(message.schema_name):
                _handlers[message.topic](message.reference)
        OutboxMessage.objects.filter(pk__in=[message.pk for message in taken]).delete()
        failpoints.hit("outbox.handed")
        return len(taken)

    try:
        return transact(act)
    except Exception as error:
        if not taken:
            raise
        connection.close_if_unusable_or_obsolete()
        enter_public()
        if most == 1:
            _failed(taken[0], error)
        else:
            for message in taken:
                _hand_on(_heads().filter(pk=message.pk), 1)
        return len(taken)


def _heads() -> QuerySet[OutboxMessage]:
    """What is due for tenants at work, and has nothing of the same thing before it."""
    at_work = Tenant.objects.filter(schema_name=OuterRef("schema_name"), state__in=Tenant.AT_WORK)
    before = OutboxMessage.objects.filter(
        schema_name=OuterRef("schema_name"), order_key=OuterRef("order_key"), pk__lt=OuterRef("pk"), is_dead=False
    )
    return OutboxMessage.objects.filter(Exists(at_work), ~Exists(before), due_at__lte=Now(), is_dead=False)


def _failed(message: OutboxMessage, error: Exception) -> None:
    # Class name only: messages may quote personal data.
    attempts = message.attempts + 1
    OutboxMessage.objects.filter(pk=message.pk).update(
        attempts=attempts,
        due_at=Now() + due.pause(attempts),
        is_dead=attempts >= MOST_ATTEMPTS,
        last_error=type(error).__name__,
    )
    log.warning("outbox %s failed (attempt %s): %s", message.topic, attempts, type(error).__name__)
