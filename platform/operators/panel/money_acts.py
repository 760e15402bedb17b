"""What is agreed with a tenant about money: longer to try, a plan without paying, another fee, other limits."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from billing.subscriptions import acts as subscribing
from billing.subscriptions import agreed, conceding
from billing.subscriptions.models import Plan, Subscription
from billing.subscriptions.standing import FREE_STATUS, TRIALING
from billing.subscriptions.words import most_of, name_of, percent
from operators.access import Right
from operators.panel.acts import Act, ActForm, act
from schemas.clock import database_now
from tenants import speech
from tenants.limits import Thing
from tenants.models import Tenant
from tenants.zones import zone

PERCENT = 100
"""Basis points of a percent."""
MOST_OF_ALL = 1_000_000
LAST_MOMENT = time(23, 59, 59)
FORTNIGHT = 14
AS_PLAN, NUMBER, WITHOUT = "plan", "number", "none"
TO = " → "


class DateBox(UnfoldAdminTextInputWidget):
    """The browser's own box for a day."""

    input_type = "date"


class TrialForm(ActForm):
    """For how many days."""

    days = forms.IntegerField(
        label=_("More days"), min_value=1, max_value=conceding.MOST_DAYS, initial=FORTNIGHT,
        widget=UnfoldAdminIntegerFieldWidget(),
    )  # fmt: skip

    @property
    def now(self) -> str:
        """When the trial ends, or ended."""
        row = _row(self.tenant)
        return _trial(row.trial_ends_at if row else None, self.tenant)


class PlanForm(ActForm):
    """Which plan, and until when."""

    plan = forms.ChoiceField(label=_("Plan without charge"), required=False, widget=UnfoldAdminSelectWidget())
    until = forms.DateField(
        label=_("Until the end of"), required=False, widget=DateBox(),
        help_text=_("Empty: for good."),
    )  # fmt: skip

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(tenant, *args, **kwargs)
        choices = [(plan.code, plan.name) for plan in Plan.objects.all()]
        self.fields["plan"].choices = [("", _("None: what it pays for, or the free one")), *choices]  # type: ignore[attr-defined]

    @property
    def now(self) -> str:
        """The plan that it has, and what was granted."""
        row, found = _row(self.tenant), agreed.of(self.tenant)
        now = has(row)
        if found.plan is None:
            return now
        granted = gettext("granted: %(plan)s") % {"plan": _granted(found.plan, found.until, self.tenant)}
        return f"{now}, {granted}"

    def begins_with(self) -> dict[str, Any]:
        """What was granted."""
        found = agreed.of(self.tenant)
        until = found.until.astimezone(zone(self.tenant.time_zone)).date() if found.until else None
        return {"plan": found.plan.code if found.plan else "", "until": until}


class FeeForm(ActForm):
    """Percent of what customers pay."""

    fee = forms.DecimalField(
        label=_("Fee on online payments, in %"), required=False, min_value=0,
        max_value=conceding.MOST_FEE // PERCENT, max_digits=4, decimal_places=2,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}), help_text=_("Empty: as in the plan."),
    )  # fmt: skip

    @property
    def now(self) -> str:
        """The fee that is taken."""
        return _fee(self.tenant)

    def begins_with(self) -> dict[str, Any]:
        """What was agreed."""
        fee = agreed.of(self.tenant).fee
        return {"fee": None if fee is None else Decimal(fee) / PERCENT}


class LimitsForm(ActForm):
    """For each thing: as in the plan, a number, or without limit."""

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(tenant, *args, **kwargs)
        row = _row(tenant)
        for thing in Thing:
            plans = most_of(getattr(row.plan, f"most_{thing}") if row else None)
            options = [
                (AS_PLAN, gettext("as in the plan: %(most)s") % {"most": plans}),
                (NUMBER, gettext("this number")),
                (WITHOUT, gettext("any number")),
            ]
            self.fields[thing] = forms.ChoiceField(
                label=name_of(thing), choices=options, widget=UnfoldAdminSelectWidget()
            )
            self.fields[f"most_{thing}"] = forms.IntegerField(
                label=gettext("%(name)s: this number") % {"name": name_of(thing)},
                required=False,
                min_value=0,
                max_value=MOST_OF_ALL,
                widget=UnfoldAdminIntegerFieldWidget(),
            )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    @property
    def now(self) -> str:
        """What it may."""
        return ", ".join(_allowed(Tenant.objects.get(pk=self.tenant.pk)))

    def begins_with(self) -> dict[str, Any]:
        """What was agreed."""
        found: dict[str, Any] = {}
        limits = agreed.of(self.tenant).limits
        for thing in Thing:
            found[thing] = AS_PLAN if thing not in limits else WITHOUT if limits[thing] is None else NUMBER
            found[f"most_{thing}"] = limits.get(thing)
        return found

    def clean(self) -> dict[str, Any]:
        """A number where one was meant."""
        said = super().clean() or self.cleaned_data
        for thing in Thing:
            if said.get(thing) == NUMBER and said.get(f"most_{thing}") is None and f"most_{thing}" not in self.errors:
                self.add_error(f"most_{thing}", _("Which number?"))
        return said


def _give_longer(tenant: Tenant, said: dict[str, Any]) -> str:
    before, after = conceding.give_longer(tenant, said["days"])
    return _trial(before, tenant) + TO + _trial(after, tenant)


def _grant(tenant: Tenant, said: dict[str, Any]) -> str:
    before = has(_row(tenant))
    if not said["plan"]:
        ended = conceding.end_grant(tenant)
        return f"{ended.name}{TO}{has(_row(tenant))}"
    until = _end_of(said["until"], tenant)
    plan = conceding.grant(tenant, said["plan"], until)
    return before + TO + _granted(plan, until, tenant)


def _set_fee(tenant: Tenant, said: dict[str, Any]) -> str:
    before = _fee(tenant)
    conceding.set_fee(tenant, None if said["fee"] is None else int(said["fee"] * PERCENT))
    return before + TO + _fee(tenant)


def _set_limits(tenant: Tenant, said: dict[str, Any]) -> str:
    wanted = {
        thing: said[f"most_{thing}"] if said[thing] == NUMBER else None for thing in Thing if said[thing] != AS_PLAN
    }
    before = _allowed(Tenant.objects.get(pk=tenant.pk))
    used = conceding.set_limits(tenant, wanted)
    now = Tenant.objects.get(pk=tenant.pk)
    lines = []
    for thing, old, new in zip(Thing, before, _allowed(now), strict=True):
        most = getattr(now, f"most_{thing}")
        is_over = most is not None and used[thing] > most
        over = gettext(" (more are there: %(used)s)") % {"used": used[thing]} if is_over else ""
        if old != new or over:
            lines.append(f"{old}{TO}{most_of(most)}{over}")
    return ", ".join(lines)


def _row(tenant: Tenant) -> Subscription | None:
    return subscribing.subscription_of(tenant)


def has(row: Subscription | None) -> str:
    """The plan that a tenant has, how it stands, and when it ends, where it does."""
    if row is None:
        return gettext("No plan")
    status = row.status.replace("_", " ")
    end = speech.day(row.ends_at, zone(row.tenant.time_zone), "medium") if row.ends_at else ""
    return f"{row.plan.name} ({status}, {end})" if end else f"{row.plan.name} ({status})"


def _end_of(day: date | None, tenant: Tenant) -> datetime | None:
    return datetime.combine(day, LAST_MOMENT, zone(tenant.time_zone)) if day else None


def _trial(end: datetime | None, tenant: Tenant) -> str:
    if end is None:
        return gettext("no trial")
    words = gettext("trial until %(day)s") if end > database_now() else gettext("trial was over on %(day)s")
    return str(words % {"day": speech.day(end, zone(tenant.time_zone), "medium")})


def _granted(plan: Plan, until: datetime | None, tenant: Tenant) -> str:
    if until is None:
        return gettext("%(plan)s without charge") % {"plan": plan.name}
    day = speech.day(until, zone(tenant.time_zone), "medium")
    return gettext("%(plan)s without charge until %(day)s") % {"plan": plan.name, "day": day}


def _fee(tenant: Tenant) -> str:
    row, fee = _row(tenant), agreed.of(tenant).fee
    if fee is None:
        return gettext("%(percent)s %%, as in the plan") % {"percent": percent(row.plan.fee if row else 0)}
    return f"{percent(fee)} %"


def _allowed(tenant: Tenant) -> list[str]:
    return [f"{name_of(thing)} {most_of(getattr(tenant, f'most_{thing}'))}" for thing in Thing]


def _may_try(tenant: Tenant) -> bool:
    row: Subscription | None = getattr(tenant, "subscription", None)
    return row is not None and row.status in {TRIALING, FREE_STATUS} and not row.stripe_subscription


act(
    Act(
        name="trial",
        right=Right.TRIAL,
        title=_("Extend the trial"),
        means=_(
            "It has the plan that it tries for so many days more, counted from the end of the trial, or from today"
            " where that is over. Its owners are told three days before the new end."
        ),
        do=_give_longer,
        form=TrialForm,
        is_offered=_may_try,
        is_outside=True,
    )
)
act(
    Act(
        name="plan",
        right=Right.PLAN,
        title=_("Grant a plan"),
        means=_(
            "It has this plan without paying, at once. Three days before the end its owners are told; then it has what"
            " it pays for, or the free plan. Nothing is ever deleted. What it subscribes to meanwhile counts instead."
        ),
        do=_grant,
        form=PlanForm,
        is_offered=lambda tenant: hasattr(tenant, "subscription"),
        is_outside=True,
    )
)
act(
    Act(
        name="fee",
        right=Right.PLAN,
        title=_("Change the fee"),
        means=_("For payments that begin from now on; those under way keep the fee that they began with."),
        do=_set_fee,
        form=FeeForm,
    )
)
act(
    Act(
        name="limits",
        right=Right.PLAN,
        title=_("Change the limits"),
        means=_(
            "In place of what its plan allows, whatever plan it has. Below what is used everything stays and works;"
            " only making more is refused."
        ),
        do=_set_limits,
        form=LimitsForm,
    )
)
