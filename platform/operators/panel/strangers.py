"""Who signed up in the last thirty days: what they typed, and whether a business came of it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from operators.panel.site import PanelAdmin, panel
from website import signing
from website.models import SignUp


@admin.register(SignUp, site=panel)
class SignUpAdmin(PanelAdmin[SignUp]):
    """Newest first."""

    has_page = False
    list_display_links = None
    list_display = ["name", "slug", "email", "plan", "made", "is_used"]
    list_filter = ["plan", ("used_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "slug", "email"]
    search_help_text = _("Name, address or e-mail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignUp]:
        """What is not swept away yet."""
        return signing.sign_ups()

    @display(description=_("When (UTC)"), ordering="made_at")
    def made(self, row: SignUp) -> str:
        """To the minute."""
        return f"{row.made_at:%Y-%m-%d %H:%M}"

    @display(description=_("Opened"), boolean=True)
    def is_used(self, row: SignUp) -> bool:
        """Whether a business came of it."""
        return row.used_at is not None
