"""How far the tables of every tenant are brought up to date: who is behind, who failed and why, who goes first."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminRadioSelectWidget

from operators.access import Right
from operators.panel.acts import Act, ActForm, act
from operators.panel.site import panel
from tenants import progress
from tenants.models import Tenant

MOST = 100


@panel.page("migrations/", "migrations")
@require_safe
def migrations(request: HttpRequest) -> HttpResponse:
    """Counts, then what is behind: failed ones first."""
    found = progress.summary()
    context = {
        "summary": found,
        "unfinished": progress.unfinished(most=MOST) if found.behind or found.is_template_behind else [],
        "canaries": Tenant.objects.filter(is_canary=True).order_by("name"),
    }
    return panel.show(request, "operators/migrations.html", gettext("Migrations"), **context)


class CanaryForm(ActForm):
    """Whether it is one."""

    to = forms.ChoiceField(
        label=_("Goes first"), choices=[("yes", _("Yes")), ("no", _("No"))], widget=UnfoldAdminRadioSelectWidget()
    )


def _canary(tenant: Tenant, said: dict[str, Any]) -> str:
    Tenant.objects.filter(pk=tenant.pk).update(is_canary=said["to"] == "yes")
    return f"canary: {'yes' if tenant.is_canary else 'no'} → {said['to']}"


act(
    Act(
        name="canary",
        right=Right.SWITCH,
        title=_("Goes first with new versions"),
        means=_(
            "Its tables are changed before everybody else's when a new version comes. If that fails, nobody else's are"
            " touched: choose houses of your own, or friends who know of it."
        ),
        do=_canary,
        form=CanaryForm,
    )
)
