"""What visitors have reported about tenants' pages: read, judged once with the reasons, answered by mail."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from operators import record
from operators.access import Right
from operators.panel.site import PanelAdmin, panel
from schemas.clock import database_now
from tenants import mail
from tenants.mail import Letter
from tenants.reported import AbuseReport


def _answer(row: AbuseReport, now: datetime) -> None:
    """Tell whoever reported it what was decided, in their language."""
    with override(row.language or settings.LANGUAGE_CODE):
        text = gettext(
            "You reported something about the pages of %(name)s (report %(number)s). We have looked into it and"
            " decided:\n\n%(verdict)s\n\nIf you do not agree, answer this letter: somebody else looks at it again.\n"
        ) % {"name": row.tenant_name, "number": row.pk, "verdict": row.verdict}
        subject = gettext("Your report about %(name)s") % {"name": row.tenant_name}
        mail.post(Letter(f"abuse:{row.pk}", row.email, subject, text), now)


class VerdictForm(forms.ModelForm):
    """What was found, and why."""

    verdict = forms.CharField(
        label=_("Decision, with the reasons"),
        help_text=_("Whoever reported it gets this by mail, if they gave an address. To close the pages, suspend."),
        max_length=AbuseReport.LONGEST,
        widget=UnfoldAdminTextareaWidget(),
    )

    class Meta:
        model = AbuseReport
        fields = ["verdict"]

    def clean(self) -> dict[str, Any]:
        """Of two who decide at the same moment, the second is told; the admin's transaction keeps the lock."""
        said = super().clean() or self.cleaned_data
        rows = AbuseReport.objects.select_for_update().filter(pk=self.instance.pk, judged_at=None)
        if not rows.exists():
            raise forms.ValidationError(gettext("Somebody else has decided on this meanwhile. Nothing was changed."))
        return said


@admin.register(AbuseReport, site=panel)
class AbuseReportAdmin(PanelAdmin[AbuseReport]):
    """What is open first."""

    changes = Right.ABUSE
    form = VerdictForm
    fields = ["tenant_name", "page", "kind", "text", "email", "reported_at", "verdict"]
    readonly_fields = ["tenant_name", "page", "kind", "text", "email", "reported_at"]
    list_display = ["tenant_name", "kind", "beginning", "reported_at", "is_judged"]
    list_filter = ["kind", ("judged_at", admin.EmptyFieldListFilter)]
    search_fields = ["tenant_name", "text", "schema_name"]

    def has_change_permission(self, request: HttpRequest, obj: AbuseReport | None = None) -> bool:
        """Whoever judges, once: what is judged stays as it is."""
        return super().has_change_permission(request, obj) and (obj is None or obj.judged_at is None)

    def save_model(self, request: HttpRequest, obj: AbuseReport, form: object, change: bool) -> None:
        """Judged now; a letter to whoever wants to know."""
        obj.judged_at = database_now()
        super().save_model(request, obj, form, change)
        if obj.email:
            _answer(obj, obj.judged_at)

    def log_change(self, request: HttpRequest, obj: AbuseReport, message: object) -> None:
        """Into our record."""
        record.note(request.user, "abuse", about=f"{obj.pk}: {obj.tenant_name}", reason=obj.verdict)

    @display(description=_("What was seen"))
    def beginning(self, row: AbuseReport) -> str:
        """How it begins."""
        return row.text[:80]

    @display(description=_("Judged"), boolean=True)
    def is_judged(self, row: AbuseReport) -> bool:
        """Whether somebody has decided."""
        return row.judged_at is not None
