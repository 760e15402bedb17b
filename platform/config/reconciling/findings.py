"""What a reconciliation finds, and what its steps share."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

from billing.gateway import records
from billing.gateway.records import Recorded
from billing.subscriptions.models import StripeAccount
from schemas import figures
from tenants.models import Tenant

T = TypeVar("T")

log = logging.getLogger(__name__)

PLATFORM = "(platform)"
PAGE = 200
"""So many of Stripe's objects are held against our rows at once."""
ADVICE = {
    "payment": "look at it in Stripe's dashboard: somebody else used our metadata, or our database is older than it",
    "refund": "try again on the page “Give money back” of the booking, or return it otherwise and note it at the desk",
    "dispute": "put funds on the balance that is short; it is tried every day",
    "booking": "a row was changed past the code: compare the booking's record with its payments",
    "books": "a row was changed past the code: compare the posting with its balance transaction",
    "balance": "run it again, for money may have moved; then compare Stripe's report with the statement",
    "stripe": "run it again later",
    "error": "read the log for the reason; nothing after it was compared for this tenant's account",
    "event": "read the worker's log, mend the cause, `manage.py inbox --replay ID`",
    "due work": "read the worker's log, mend the cause, then `manage.py clock --replay KIND`",
    "tables": "suspend it, then see `manage.py migrate_schemas --check --verify` and docs/operations/incidents.md",
}
"""What to do about what could not be healed, by what kind of thing it is; docs/operations.md says more."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as Stripe has it: whose, what kind of thing, which one, and how it differs."""

    tenant: str
    subject: str
    object_id: str
    what: str
    is_healed: bool

    @property
    def advice(self) -> str:
        """What to do about it; empty once it is healed."""
        return "" if self.is_healed else ADVICE.get(self.subject, "see docs/operations.md")


@dataclass
class Round:
    """One tenant's turn: since when it is looked at, and what was found so far."""

    tenant: Tenant
    account: StripeAccount
    since: datetime
    now: datetime
    platform: "PlatformRecords"
    found: list[Difference] = field(default_factory=list)

    @property
    def scope(self) -> str:
        """Where the tenant's charges live; empty for the platform's account."""
        return self.account.account_id if self.account.charge_type == "direct" else ""

    def add(self, subject: str, object_id: object, what: str, *, is_healed: bool) -> None:
        """Note a difference."""
        figures.DIFFERENCES.labels(subject).inc()
        self.found.append(Difference(self.tenant.slug, subject, str(object_id), what, is_healed))

    def intents(self) -> Iterator[list[Recorded]]:
        """The intents that were made for this tenant, wherever it charges or has charged; in pages."""
        mine = self.tenant.schema_name
        recorded = chain(records.intents(self.account.account_id, self.since), self.platform.intents())
        return paged(each for each in recorded if each.metadata.get("forecourt_tenant") == mine)

    def refunds(self) -> Iterator[list[Recorded]]:
        """Refunds on both accounts, in pages; those of others have intents that we do not know."""
        return paged(chain(records.refunds(self.account.account_id, self.since), self.platform.refunds()))

    def disputes(self) -> Iterator[list[Recorded]]:
        """Disputes on both accounts, in pages."""
        return paged(chain(records.disputes(self.account.account_id, self.since), self.platform.disputes()))


class PlatformRecords:
    """What lies on the platform's own account, asked for once for all tenants."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._kept: dict[str, list[Recorded]] = {}

    def intents(self) -> list[Recorded]:
        """See `records.intents`."""
        return self._once("intents", records.intents)

    def refunds(self) -> list[Recorded]:
        """See `records.refunds`."""
        return self._once("refunds", records.refunds)

    def disputes(self) -> list[Recorded]:
        """See `records.disputes`."""
        return self._once("disputes", records.disputes)

    def _once(self, name: str, ask: Callable[[str, datetime], Iterable[Recorded]]) -> list[Recorded]:
        if name not in self._kept:
            self._kept[name] = list(ask("", self._since))
        return self._kept[name]


def paged(recorded: Iterable[T]) -> Iterator[list[T]]:
    """`PAGE` at a time, so that a tenant with many payments takes no more memory than one with few."""
    rest = iter(recorded)
    while page := list(islice(rest, PAGE)):
        yield page


def tried(heal: Callable[[], object]) -> None:
    """Try to put something right. What Stripe refuses or cannot do now stays as it is, and is reported so."""
    try:
        heal()
    except Exception:  # one thing that cannot be healed must not hide the others
        log.exception("reconciliation: could not be healed")
