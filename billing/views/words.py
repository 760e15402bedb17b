"""How an account stands, in plain words."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from billing.accounts import Standing, standing_of
from billing.subscriptions.models import StripeAccount


@dataclass(frozen=True, slots=True)
class Words:
    """A headline, a sentence, the tone of a note (`success`, `warning`, `error`, `info`), and what Stripe asks for.

    `goes_on`: there is something to do on Stripe's pages.
    """

    standing: Standing
    headline: str
    text: str
    tone: str
    wanted: list[str] = field(default_factory=list)
    goes_on: bool = False


def words_of(account: StripeAccount | None) -> Words:
    """What the page says."""
    standing = standing_of(account)
    headline, text, tone = _said(standing, account)
    asked = [*account.past_due, *account.currently_due] if account else []
    is_open = standing in {Standing.ONBOARDING, Standing.DISABLED, Standing.DUE}
    return Words(standing, headline, text, tone, _wanted(asked) if is_open else [], is_open and bool(asked))


def _said(standing: Standing, account: StripeAccount | None) -> tuple[str, str, str]:
    if standing == Standing.CURRENCY and account is not None:
        return (
            _("Not in your currency"),
            _("An account in this country cannot take payments in %(currency)s. Connect one of another country.")
            % {"currency": account.tenant.currency},
            "error",
        )
    return {
        Standing.NONE: (
            _("Not connected"),
            _("Connect a Stripe account, and customers can pay online. The money goes to your own account."),
            "info",
        ),
        Standing.DISCONNECTED: (
            _("Disconnected"),
            _("Customers cannot pay online. What was paid before is not changed."),
            "warning",
        ),
        Standing.STARTING: (
            _("Connecting was cut off"),
            _("Stripe did not answer. Connect again: it will be the same account."),
            "warning",
        ),
        Standing.OTHER_MODE: (
            _("Connected in another mode"),
            _("This account was made for testing, or for real money, and the platform now works with the other kind."),
            "error",
        ),
        Standing.ONBOARDING: (
            _("Almost there"),
            _("Stripe needs to know more about your business before customers can pay online."),
            "warning",
        ),
        Standing.DISABLED: (
            _("Stripe has stopped payments"),
            _("Customers cannot pay online until Stripe has what it asks for."),
            "error",
        ),
        Standing.CHECKING: (
            _("Stripe is checking"),
            _("You have told Stripe everything. It usually answers within minutes, sometimes within days."),
            "info",
        ),
        Standing.DUE: (
            _("Ready, and Stripe asks for more"),
            _("Customers can pay online. Tell Stripe in time, so that it stays so."),
            "warning",
        ),
        Standing.READY: (_("Ready"), _("Customers can pay online, and the money goes to your account."), "success"),
    }[standing]


def _wanted(names: list[str]) -> list[str]:
    """Stripe's names such as `representative.first_name`, as what they are about, each once."""
    return list(dict.fromkeys(_about(name) for name in names))


def _about(name: str) -> str:
    first = name.partition(".")[0]
    if first in {"representative", "individual", "owners", "directors", "executives"} or first.startswith("person_"):
        return _("The people behind the business")
    if first in {"company", "business_profile", "business_type", "documents"}:
        return _("The business")
    if first == "external_account":
        return _("A bank account for payouts")
    if first == "tos_acceptance":
        return _("Stripe's terms")
    return _("Other details")
