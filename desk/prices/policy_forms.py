"""The form of a cancellation policy and its steps."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import DressedForm
from bookings.states import CancelReason
from bookings.terms import Agreed, Step
from bookings.views.amounts import MoneyField
from desk.prices.fields import PercentField
from venues.models import FULL, CancellationPolicy, CustomerGroup
from venues.policies import Draft, PolicyStep

LONGEST_NAME, MOST_GRACE, LONGEST = 80, 10_080, 1000
MOST_STEPS, SPARE = 20, 2
MINUTE, HOUR, DAY = 1, 60, 24 * 60
UNITS = {DAY: gettext_lazy("days"), HOUR: gettext_lazy("hours"), MINUTE: gettext_lazy("minutes")}


class StepForm(DressedForm):
    """Until how long before the start, and what cancelling costs then."""

    length = forms.IntegerField(label=gettext_lazy("Until"), min_value=0, max_value=LONGEST * HOUR)
    unit = forms.TypedChoiceField(label=gettext_lazy("Counted in"), choices=[], coerce=int, initial=DAY)
    percent = PercentField(label=gettext_lazy("Costs, in per cent"), required=False)
    fee = MoneyField(label=gettext_lazy("And a fee of"), required=False)
    keeps_deposit = forms.BooleanField(
        label=gettext_lazy("at least the deposit"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "checkbox"}),
    )
    group = forms.ModelChoiceField(
        label=gettext_lazy("For"),
        queryset=CustomerGroup.objects.none(),
        required=False,
        empty_label=gettext_lazy("everybody"),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        required=False,
        choices=[("", gettext_lazy("any")), *CancelReason.choices],
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fee: Any = self.fields["fee"]
        fee.in_(currency)
        fee.label = _("And a fee in %(currency)s") % {"currency": currency}
        self.fields["unit"].choices = list(UNITS.items())  # type: ignore[attr-defined]
        self.fields["group"].queryset = CustomerGroup.objects.all()  # type: ignore[attr-defined]

    @staticmethod
    def known(step: Any) -> dict[str, Any]:
        """What a step says, as the fields show it."""
        unit = next(each for each in UNITS if step.minutes_before % each == 0 and (step.minutes_before or each == HOUR))
        names = ("percent", "keeps_deposit", "reason")
        return {
            "length": step.minutes_before // unit,
            "unit": unit,
            "fee": step.fee_minor or None,
            "group": step.group_id,
            **{name: getattr(step, name) for name in names},
        }

    def step(self) -> PolicyStep:
        """As it is kept."""
        data = self.cleaned_data
        return PolicyStep(
            minutes_before=data["length"] * data["unit"],
            percent=data["percent"] or 0,
            fee_minor=data["fee"] or 0,
            keeps_deposit=data["keeps_deposit"],
            group_id=data["group"].pk if data["group"] else None,
            reason=data["reason"],
        )


class PolicyForm(DressedForm):
    """Its name, the grace after booking, and what staying away costs."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST_NAME)
    grace_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes after booking in which cancelling is free"),
        min_value=0,
        max_value=MOST_GRACE,
        initial=0,
    )
    no_show_percent = PercentField(label=gettext_lazy("Staying away costs, in per cent of the price"), initial=FULL)

    @staticmethod
    def known(policy: CancellationPolicy) -> dict[str, Any]:
        """What a policy says, as the fields show it."""
        return {name: getattr(policy, name) for name in ("name", "grace_minutes", "no_show_percent")}


class Steps(forms.BaseFormSet):
    """The steps: no two for the same moment, people and reason."""

    def clean(self) -> None:
        """Each says something of its own."""
        if any(self.errors):
            return
        steps = self.steps()
        keys = {(step.minutes_before, step.group_id, step.reason) for step in steps}
        if len(keys) < len(steps):
            raise forms.ValidationError(_("Two steps are for the same moment, group and reason."))

    def steps(self) -> list[PolicyStep]:
        """Those that were filled in and not taken out."""
        return [
            form.step()
            for number, form in enumerate(self.forms)
            if (number < self.initial_form_count() or form.has_changed()) and not form.cleaned_data.get("DELETE")
        ]

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """With a box that takes the step out."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Leave this step out")
            form.fields["DELETE"].widget.attrs["class"] = "checkbox"


StepSet = forms.formset_factory(
    StepForm, formset=Steps, extra=SPARE, can_delete=True, max_num=MOST_STEPS, validate_max=True
)


def draft(form: PolicyForm, steps: Steps) -> Draft:
    """The policy to be."""
    data = form.cleaned_data
    return Draft(data["name"], steps.steps(), data["grace_minutes"], data["no_show_percent"])


def agreed(made: Draft) -> Agreed:
    """The same as the code that settles cancellations reads it."""
    steps = tuple(
        Step(each.minutes_before, each.percent, each.fee_minor, each.keeps_deposit, each.group_id, each.reason)
        for each in made.steps
    )
    return Agreed(steps, made.grace_minutes, made.no_show_percent)
