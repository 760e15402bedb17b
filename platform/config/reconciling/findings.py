"""What a reconciliation finds, and what its steps share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from billing.gateway import records
from billing.gateway.records import Recorded
from billing.gateway.trouble import ProviderTrouble
from billing.subscriptions.models import StripeAccount
from tenants.models import Tenant

PLATFORM = "(platform)"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as Stripe has it: whose, what kind of thing, which one, and how it differs."""

    tenant: str
    subject: str
    object_id: str
    what: str
    is_healed: bool


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
        self.found.append(Difference(self.tenant.slug, subject, str(object_id), what, is_healed))

    def intents(self) -> list[Recorded]:
        """The intents that were made for this tenant, wherever it charges or has charged."""
        mine = self.tenant.schema_name
        recorded = records.intents(self.account.account_id, self.since) + self.platform.intents()
        return [each for each in recorded if each.metadata.get("forecourt_tenant") == mine]

    def refunds(self) -> list[Recorded]:
        """Refunds on both accounts; those of others have intents that we do not know."""
        return records.refunds(self.account.account_id, self.since) + self.platform.refunds()

    def disputes(self) -> list[Recorded]:
        """Disputes on both accounts."""
        return records.disputes(self.account.account_id, self.since) + self.platform.disputes()


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

    def _once(self, name: str, ask: Callable[[str, datetime], list[Recorded]]) -> list[Recorded]:
        if name not in self._kept:
            self._kept[name] = ask("", self._since)
        return self._kept[name]


def tried(heal: Callable[[], object]) -> None:
    """Try to put something right; what Stripe refuses or cannot do now stays as it is, and is reported so."""
    try:
        heal()
    except ProviderTrouble:
        return
