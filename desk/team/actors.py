"""Who makes the changes of a request, told to the triggers that record them (decision 0042).

Nothing is told before a statement writes to a table that is recorded, and it is told on the raw connection and for the
transaction alone: pages cost no query more, and the connection knows nothing of it afterwards, whoever gets it next.
What no request does is the clock's.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django_tenants.utils import get_public_schema_name
from psycopg.pq import TransactionStatus

from desk.team.things import THINGS

WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) (?:"public"\.)?"?(\w+)"?', re.IGNORECASE)
TELL = "SELECT set_config('forecourt.actor', %s, true)"
SITE, PLATFORM = "site", "platform"
Execute = Callable[..., Any]


class ActorMiddleware:
    """Listens to the statements of a request, and names who is signed in before those that are recorded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through; afterwards nobody is named, not even in a transaction that goes on."""
        teller = Teller(request)
        with connection.execute_wrapper(teller):
            response = self.get_response(request)
        if teller.has_told:
            forget()
        return response


class Teller:
    """One request's."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.has_told = False

    def __call__(self, execute: Execute, sql: Any, params: Any, many: Any, context: Any) -> Any:
        """Run a statement, told of whom where it is recorded."""
        found = WRITES.match(sql) if isinstance(sql, str) else None
        if found is None or found[1] not in THINGS:
            return execute(sql, params, many, context)
        if connection.in_atomic_block:
            return self._told(execute, sql, params, many, context)
        with transaction.atomic():  # what is told holds for a transaction, and a statement by itself begins its own
            return self._told(execute, sql, params, many, context)

    def _told(self, execute: Execute, *statement: Any) -> Any:
        tell(actor_of(self.request))
        self.has_told = True
        return execute(*statement)


def actor_of(request: HttpRequest) -> str:
    """`person:12`, `platform:7` for the seventh look-in, or nobody in particular.

    Numbers of the platform's own people mean others at a tenant.
    """
    user, home = getattr(request, "user", None), getattr(request, "tenant", None)
    if user is None or not user.is_authenticated:
        return SITE
    is_platform = home is not None and home.schema_name == get_public_schema_name()
    if user.look_in:
        return f"{PLATFORM}:{user.look_in}"
    return PLATFORM if is_platform else f"person:{user.pk}"


def tell(actor: str) -> None:
    """Name somebody until the end of the transaction."""
    raw: Any = connection.connection
    raw.execute(TELL, [actor])


def forget() -> None:
    """Name nobody, where a transaction goes on after the request: that of a test."""
    raw: Any = connection.connection
    if raw is not None and raw.info.transaction_status == TransactionStatus.INTRANS:
        raw.execute(TELL, [""])
