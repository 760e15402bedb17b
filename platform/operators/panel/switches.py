"""Features that can be switched off, for everybody on a page of their own and for one tenant by an act."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from operators import access, record
from operators.access import Right
from operators.panel.acts import REASON, Act, ActForm, act
from operators.panel.site import panel
from schemas.transactions import transact
from tenants import features
from tenants.models import Tenant


@panel.page("switches/", "switches")
@require_http_methods(["GET", "HEAD", "POST"])
def switches(request: HttpRequest) -> HttpResponse:
    """What is off for everybody, where something is off for one tenant, and switching."""
    if request.method == "POST":
        access.check(request.user, Right.SWITCH)
        return _switched(request)
    off = features.off_for_everybody()
    lone = Tenant.objects.exclude(switched_off=[]).exclude(switched_off__contained_by=off).order_by("name")[:100]
    rows = [(name, feature, name not in off) for name, feature in features.FEATURES.items()]
    some = [(tenant, _titles(set(tenant.switched_off) - set(off))) for tenant in lone]
    context = {"rows": rows, "some": some, "may_switch": access.may(request.user, Right.SWITCH)}
    return panel.show(request, "operators/switches.html", gettext("Switches"), **context)


def _titles(names: set[str]) -> list[str]:
    return [str(feature.title) for name, feature in features.FEATURES.items() if name in names]


def _switched(request: HttpRequest) -> HttpResponse:
    name, reason = request.POST.get("feature", ""), request.POST.get("reason", "").strip().replace("\0", "")[:REASON]
    on = request.POST.get("to") == "on"
    if name not in features.FEATURES or not reason:
        messages.error(request, gettext("Say why. Nothing was changed."))
        return redirect("admin:switches")

    def switch() -> None:
        count = features.switch(name, None, on=on)
        record.note(request.user, "switch", about=f"{name} {'on' if on else 'off'}: {count}", reason=reason)

    transact(switch)
    title = features.FEATURES[name].title
    done = gettext("%(what)s is on again.") if on else gettext("%(what)s is off.")
    messages.success(request, done % {"what": title})
    return redirect("admin:switches")


class SwitchForm(ActForm):
    """Which feature, and whether it is on."""

    feature = forms.ChoiceField(
        label=_("Feature"),
        choices=[(name, feature.title) for name, feature in features.FEATURES.items()],
        widget=UnfoldAdminSelectWidget(),
    )
    to = forms.ChoiceField(
        label=_("It is to be"), choices=[("off", _("Off")), ("on", _("On"))], widget=UnfoldAdminRadioSelectWidget()
    )

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(tenant, *args, **kwargs)
        off = _titles(set(tenant.switched_off))
        self.fields["feature"].help_text = gettext("Off here now: %(what)s") % {"what": ", ".join(off)} if off else ""


def _switch(tenant: Tenant, said: dict[str, Any]) -> str:
    features.switch(said["feature"], tenant, on=said["to"] == "on")
    return f"{said['feature']} {said['to']}"


act(
    Act(
        name="switch",
        right=Right.SWITCH,
        title=_("Switch a feature"),
        means=_("It is off or on for this tenant within five seconds. What has to wait because of it is done later."),
        do=_switch,
        form=SwitchForm,
    )
)
