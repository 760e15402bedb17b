"""How long lists are bounded: pages without a count of all rows, and filters that indexes serve."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.paginator import InfinitePaginator

from schemas.clock import database_now
from tenants import backlog
from tenants.backlog import Table

MOST = 1000
"""So many rows can be paged through; what lies behind is found by a filter or a search."""


class Bounded(InfinitePaginator):
    """Pages without a count of all rows: as many as there are, `MOST` rows at most."""

    @cached_property
    def count(self) -> int:
        """How many rows can be reached."""
        return len(self.object_list.values_list("pk", flat=True)[:MOST])


class _Kind(admin.SimpleListFilter):
    """Of one kind."""

    title = _("kind")
    table: ClassVar[Table]
    field: ClassVar[str] = "kind"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those that there are."""
        return [(kind, kind) for kind in backlog.kinds(self.table)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By equality, which the index serves."""
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class EventKind(_Kind):
    """Of the inbox."""

    table = Table.INBOX


class Topic(_Kind):
    """Of the outbox."""

    title = _("topic")
    table, field = Table.OUTBOX, "topic"


class WorkKind(_Kind):
    """Of due work."""

    table = Table.DUE


class PieceState(admin.SimpleListFilter):
    """Late, failed before, or given up."""

    title = _("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The states that a piece has."""
        return [("due", _("due now")), ("failed", _("failed before")), ("dead", _("given up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Each is served by an index of what is dead or is not."""
        if self.value() == "due":
            return queryset.filter(is_dead=False, due_at__lte=database_now())
        if self.value() == "failed":
            return queryset.filter(is_dead=False).exclude(last_error="")
        return queryset.filter(is_dead=True) if self.value() == "dead" else queryset
