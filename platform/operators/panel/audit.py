"""The record of what operators did: read, searched, never changed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from operators.models import OperatorAct
from operators.panel.site import PanelAdmin, panel


@admin.register(OperatorAct, site=panel)
class OperatorActAdmin(PanelAdmin[OperatorAct]):
    """Newest first."""

    list_display = ["when", "who", "kind", "tenant_name", "about", "reason"]
    list_display_links = None
    list_filter = ["kind"]
    search_fields = ["email", "tenant_name", "schema_name", "about", "reason"]
    search_help_text = _("Person, tenant or words")

    @display(description=_("When (UTC)"), ordering="at")
    def when(self, row: OperatorAct) -> str:
        """To the second."""
        return f"{row.at:%Y-%m-%d %H:%M:%S}"

    @display(description=_("Who"), ordering="email")
    def who(self, row: OperatorAct) -> str:
        """Their address, or that it was a command."""
        return row.email or str(_("a command"))
