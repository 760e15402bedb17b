"""Who runs the platform, and what they may. Making and shutting out is `manage.py operator`, at the machine."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from operators import record
from operators.access import Right
from operators.models import Operator
from operators.panel.site import PanelAdmin, panel


@admin.register(Operator, site=panel)
class OperatorAdmin(PanelAdmin[Operator]):
    """Everybody with a rank; administrators change it, but not their own."""

    changes = Right.OPERATORS
    list_display = ["email", "name", "rank", "is_let_in", "last"]
    fields = ["rank"]
    search_fields = ["user__email", "user__name"]
    ordering = ["user__email"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operator]:
        """With the person."""
        found: QuerySet[Operator] = super().get_queryset(request).select_related("user")
        return found

    def has_change_permission(self, request: HttpRequest, obj: Operator | None = None) -> bool:
        """Administrators, and nobody of themselves."""
        return super().has_change_permission(request, obj) and (obj is None or obj.user_id != request.user.pk)

    def log_change(self, request: HttpRequest, obj: Operator, message: object) -> None:
        """Into our record, in place of the admin's."""
        record.note(request.user, "operator", about=f"{obj.user.email}: {obj.rank}")

    @display(description=_("E-mail"), ordering="user__email")
    def email(self, row: Operator) -> str:
        """What they sign in with."""
        return row.user.email

    @display(description=_("Name"), ordering="user__name")
    def name(self, row: Operator) -> str:
        """What colleagues read."""
        return row.user.name

    @display(description=_("May sign in"), boolean=True)
    def is_let_in(self, row: Operator) -> bool:
        """Whether they were not shut out."""
        return row.user.is_active

    @display(description=_("Signed in last"), ordering="user__last_login")
    def last(self, row: Operator) -> str:
        """When."""
        return f"{row.user.last_login:%Y-%m-%d %H:%M} UTC" if row.user.last_login else "–"
