"""A plan that is paid through Stripe: changed, cancelled and renewed for its owner, who hears of it."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from billing.subscriptions import choosing, onbehalf
from billing.subscriptions.acts import subscription_of
from billing.subscriptions.choosing import Preview, Wanted
from billing.subscriptions.models import Plan
from kernel.errors import Refused
from operators.access import Right
from operators.panel.acts import Act, ActForm, act
from operators.panel.money_acts import TO, has
from tenants import speech
from tenants.models import Tenant

MONTH, YEAR = "month", "year"


class PaidForm(ActForm):
    """Which plan, paid by the month or year. The first time it is sent it answers with what that costs now."""

    plan = forms.ChoiceField(label=_("Plan"), widget=UnfoldAdminSelectWidget())
    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput())
    at = forms.IntegerField(required=False, min_value=0, max_value=9_999_999_999, widget=forms.HiddenInput())

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(tenant, *args, **kwargs)
        self.fields["plan"].choices = [  # type: ignore[attr-defined]
            choice for plan in choosing.offered() if plan.monthly_minor for choice in _choices(plan)
        ]

    @property
    def now(self) -> str:
        """What it pays for."""
        return has(subscription_of(self.tenant))

    def clean(self) -> dict[str, Any]:
        """What was chosen was seen with its price; else it is shown."""
        said = super().clean() or self.cleaned_data
        chosen = said.get("plan")
        if not chosen or (said.get("seen") == chosen and said.get("at")):
            return said
        try:
            preview = choosing.preview(self.tenant, wanted_of(chosen))
        except Refused as refusal:
            raise forms.ValidationError(refusal.detail) from refusal
        self.data = {**{name: self.data[name] for name in self.data}, "seen": chosen, "at": int(preview.at.timestamp())}
        raise forms.ValidationError(
            _price(preview) + " " + gettext("Nothing was changed yet: send this again to do it.")
        )


def wanted_of(chosen: str) -> Wanted:
    """A plan and how it is paid, of `pro:month`."""
    code, _colon, interval = chosen.partition(":")
    return Wanted(code, interval == YEAR)


def _choices(plan: Plan) -> list[tuple[str, str]]:
    return [
        (f"{plan.code}:{MONTH}", gettext("%(plan)s, paid by the month") % {"plan": plan.name}),
        (f"{plan.code}:{YEAR}", gettext("%(plan)s, paid by the year") % {"plan": plan.name}),
    ]


def _price(preview: Preview) -> str:
    amount = speech.money(abs(preview.amount_minor), preview.currency)
    if preview.amount_minor > 0:
        return gettext("%(amount)s are charged to its card now.") % {"amount": amount}
    if preview.amount_minor:
        return gettext("%(amount)s are credited to its next invoices.") % {"amount": amount}
    return gettext("Nothing is charged now.")


def _change(tenant: Tenant, said: dict[str, Any]) -> str:
    before = has(subscription_of(tenant))
    onbehalf.change(tenant, wanted_of(said["plan"]), datetime.fromtimestamp(said["at"], UTC))
    return before + TO + has(subscription_of(tenant))


def _cancel(tenant: Tenant, _said: dict[str, Any]) -> str:
    before = has(subscription_of(tenant))
    return before + TO + has(onbehalf.cancel(tenant))


def _resume(tenant: Tenant, _said: dict[str, Any]) -> str:
    before = has(subscription_of(tenant))
    return before + TO + has(onbehalf.resume(tenant))


def _pays(tenant: Tenant) -> bool:
    return choosing.is_subscribed(getattr(tenant, "subscription", None))


def _ends(tenant: Tenant) -> bool:
    return _pays(tenant) and tenant.subscription.ends_at is not None


act(
    Act(
        name="paid",
        right=Right.PLAN,
        title=_("Change the paid plan"),
        means=_(
            "For the owner, who asked for it: what the owner could do under Your plan. It takes effect at once; what it"
            " costs is said before. The owners get a letter."
        ),
        do=_change,
        form=PaidForm,
        is_offered=_pays,
        is_outside=True,
    )
)
act(
    Act(
        name="paid-end",
        right=Right.PLAN,
        title=_("Cancel the paid plan"),
        means=_("It ends with what was paid for, and the free plan comes after it. The owners get a letter."),
        do=_cancel,
        is_offered=lambda tenant: _pays(tenant) and not _ends(tenant),
        is_outside=True,
        is_grave=True,
    )
)
act(
    Act(
        name="paid-on",
        right=Right.PLAN,
        title=_("Let the paid plan go on"),
        means=_("What was cancelled and is not over yet goes on after all. The owners get a letter."),
        do=_resume,
        is_offered=_ends,
        is_outside=True,
    )
)
