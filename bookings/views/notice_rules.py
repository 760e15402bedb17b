"""Which messages go when: the rules of each kind, reminders, short messages, quiet hours and the daily summary."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import staff_only
from accounts.forms import DressedForm
from bookings.models import Channel
from bookings.notices import rules, ruling
from bookings.notices.rules import Route, RuleSet
from kernel.errors import Refused
from tenants import speech
from venues.access import check_manager

BAD_REQUEST = 400
PAGE = "notice-rules"
UNITS = (
    (1, gettext_lazy("minutes")),
    (60, gettext_lazy("hours")),
    (24 * 60, gettext_lazy("days")),
)
MOST_OF_A_UNIT = 10_000


class SettingsForm(DressedForm):
    """How the tenant writes."""

    sends_sms = forms.BooleanField(label=gettext_lazy("Send short messages"), required=False)
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    summary_at = forms.TimeField(
        label=gettext_lazy("Daily summary at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Empty: none is sent. Days without bookings bring none."),
    )
    reply_to = forms.EmailField(
        label=gettext_lazy("Answers go to"),
        required=False,
        help_text=gettext_lazy("Empty: to the venue's own address."),
    )
    signature = forms.CharField(
        label=gettext_lazy("Below every letter"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        box = self.fields["sends_sms"]
        box.widget.attrs["class"] = "checkbox"
        box.disabled = not rules.has_sms()
        if box.disabled:
            box.help_text = _("Short messages cannot be sent yet: the platform has no carrier for them.")


class WayForm(DressedForm):
    """One more rule of a kind that has a time."""

    channel = forms.ChoiceField(label=gettext_lazy("By"))
    amount = forms.IntegerField(label=gettext_lazy("How long"), min_value=0, max_value=MOST_OF_A_UNIT, initial=24)
    unit = forms.TypedChoiceField(label=gettext_lazy("Unit"), choices=UNITS, coerce=int, initial=60)

    def __init__(self, rule: RuleSet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=rule.kind, **kwargs)
        self.fields["channel"].choices = [(name, Channel(name).label) for name in rule.channels]  # type: ignore[attr-defined]

    def route(self) -> Route:
        """What was typed."""
        return Route(self.cleaned_data["channel"], self.cleaned_data["amount"] * self.cleaned_data["unit"])


@staff_only
@require_safe
def rules_page(request: HttpRequest) -> HttpResponse:
    """All rules, and the settings."""
    check_manager(request.user)
    return _page(request, _fresh())


@staff_only
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Change the settings."""
    check_manager(request.user)
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=BAD_REQUEST)
    wanted = dict(form.cleaned_data)
    if form.fields["sends_sms"].disabled:
        del wanted["sends_sms"]
    ruling.settle(wanted)
    messages.success(request, _("Saved."))
    return redirect(PAGE)


@staff_only
@require_POST
def rule(request: HttpRequest, kind: str) -> HttpResponse:
    """Change the rules of one kind: ways switched on and off, a time more or less, or back to what is usual."""
    check_manager(request.user)
    current = rules.of(kind)
    if "usual" in request.POST:
        ruling.reset(kind)
    elif "remove" in request.POST:
        gone = request.POST["remove"]
        ruling.write(kind, [route for route in current.routes if _name(route) != gone])
    elif current.is_timed:
        form = WayForm(current, request.POST)
        if not form.is_valid():
            return _page(request, _fresh(), {kind: form}, BAD_REQUEST)
        try:
            ruling.write(kind, [*current.routes, form.route()])
        except Refused as refused:
            form.add_error(None, refused.detail)
            return _page(request, _fresh(), {kind: form}, BAD_REQUEST)
    else:
        chosen = set(request.POST.getlist("channel"))
        ruling.write(kind, [Route(channel) for channel in current.channels if channel in chosen])
    messages.success(request, _("Saved. Messages go out like this from now on."))
    return redirect(PAGE)


def _fresh() -> SettingsForm:
    row = rules.manners()
    return SettingsForm(initial={name: getattr(row, name) for name in SettingsForm.base_fields})


def _page(
    request: HttpRequest, form: SettingsForm, ways: dict[str, WayForm] | None = None, status: int = 200
) -> HttpResponse:
    rows = rules.everything()
    context = {
        "form": form,
        "timed": [_timed(row, (ways or {}).get(row.kind)) for row in rows if row.is_timed],
        "others": [_other(row) for row in rows if not row.is_timed],
        "sends_sms": rules.has_sms() and rules.manners().sends_sms,
    }
    return render(request, "notices/rules.html", context, status=status)


def _timed(row: RuleSet, form: WayForm | None) -> dict[str, object]:
    ways = [
        {"name": _name(route), "channel": Channel(route.channel).label, "length": speech.length(route.minutes)}
        for route in row.routes
    ]
    return {"set": row, "ways": ways, "form": form or WayForm(row)}


def _other(row: RuleSet) -> dict[str, object]:
    on = {route.channel for route in row.routes}
    return {"set": row, "ways": [(name, Channel(name).label, name in on) for name in row.channels]}


def _name(route: Route) -> str:
    return f"{route.channel}:{route.minutes}"
