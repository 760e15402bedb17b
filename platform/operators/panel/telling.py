"""Announcements: what the platform tells those who work for tenants."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from operators import record
from operators.access import Right
from operators.panel.site import PanelAdmin, panel
from schemas.clock import database_now
from tenants import hosts
from tenants.announcements import Announcement
from tenants.models import Tenant


class AnnouncementForm(forms.ModelForm):
    """Both languages, for whom, and for how long."""

    class Meta:
        model = Announcement
        fields = ["text_en", "text_de", "tone", "schema_name", "starts_at", "ends_at"]
        labels = {
            "text_en": _("Text in English"),
            "text_de": _("Text in German"),
            "tone": _("How much it matters"),
            "schema_name": _("Schema of one tenant"),
            "starts_at": _("From (UTC)"),
            "ends_at": _("Until (UTC)"),
        }
        help_texts = {"schema_name": _("Empty for everybody.")}

    def clean_schema_name(self) -> str:
        """One that exists."""
        wanted = str(self.cleaned_data["schema_name"]).strip()
        if wanted and not Tenant.objects.filter(schema_name=wanted).exists():
            raise forms.ValidationError(_("There is no such tenant."))
        return wanted

    def clean(self) -> dict[str, Any]:
        """It ends after it begins."""
        found = super().clean() or {}
        start, end = found.get("starts_at"), found.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("It must end after it begins."))
        return found


@admin.register(Announcement, site=panel)
class AnnouncementAdmin(PanelAdmin[Announcement]):
    """Newest first; what is over stays."""

    adds = changes = Right.ANNOUNCE
    form = AnnouncementForm
    list_display = ["text", "is_shown", "tone", "schema_name", "starts_at", "ends_at"]
    list_filter = ["tone"]
    search_fields = ["text_en", "text_de"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From now on."""
        return {"starts_at": database_now(), **super().get_changeform_initial_data(request)}

    def log_addition(self, request: HttpRequest, obj: Announcement, message: object) -> None:
        """Into our record."""
        record.note(request.user, "announcement", about=f"{obj.pk}: {obj.text_en}")
        hosts.forget()

    def log_change(self, request: HttpRequest, obj: Announcement, message: object) -> None:
        """Into our record."""
        self.log_addition(request, obj, message)

    @display(description=_("Text"))
    def text(self, row: Announcement) -> str:
        """As English readers have it."""
        return row.text_en

    @display(description=_("Shown now"), boolean=True)
    def is_shown(self, row: Announcement) -> bool:
        """Whether it is its time."""
        return row.starts_at <= database_now() < row.ends_at
