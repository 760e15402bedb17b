"""The pages of figures. Each is a question in the address, tables with a chart, and each table as a file."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_money
from bookings.reports.scope import By
from desk.reports import figures, tiles
from desk.reports.asked import Asked, AskedForm, today_in
from desk.reports.tables import Table
from desk.spreadsheets import attached
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants.zones import zone


@staff_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The figures that say how it goes."""
    return _page(request, _("Reports"), figures.overview, with_tiles)


@staff_only
@require_safe
def utilisation(request: HttpRequest) -> HttpResponse:
    """How full it was."""

    def tables(asked: Asked) -> list[Table]:
        return [figures.fullness(asked, by) for by in (asked.days.by, By.RESOURCE)]

    return _page(request, _("Utilisation"), tables, with_heats)


@staff_only
@require_safe
def revenue(request: HttpRequest) -> HttpResponse:
    """What came of it."""
    check_sees_money(request.user)

    def tables(asked: Asked) -> list[Table]:
        by = asked.days.by
        return [
            figures.earned(asked, by),
            figures.moved(asked, by),
            figures.earned(asked, By.RESOURCE),
            figures.earned(asked, By.PRODUCT),
        ]

    return _page(request, _("Revenue"), tables)


@staff_only
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """When people come, how long before they book, and what falls through."""

    def tables(asked: Asked) -> list[Table]:
        return [
            figures.visits(asked, asked.days.by),
            figures.fallen(asked, asked.days.by),
            figures.visits(asked, By.WEEKDAY),
            figures.visits(asked, By.HOUR),
            figures.fallen(asked, By.RESOURCE),
        ]

    return _page(request, _("Bookings and cancellations"), tables)


@staff_only
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """Who comes, and who comes again."""
    return _page(request, _("Customers"), figures.people)


def with_tiles(asked: Asked) -> dict[str, Any]:
    """What stands above the tables of the first page."""
    return {"tiles": tiles.tiles(asked)}


def with_heats(asked: Asked) -> dict[str, Any]:
    """What stands above the tables of the page about utilisation."""
    return {"heats": figures.heats(asked)}


def _page(
    request: HttpRequest,
    title: str,
    tables: Callable[[Asked], list[Table]],
    more: Callable[[Asked], dict[str, Any]] = lambda _asked: {},
) -> HttpResponse:
    today = today_in(database_now(), zone(current_tenant().time_zone))
    form = AskedForm(request.user, today, request.GET)
    asked = form.asked()
    found = tables(asked)
    if "file" in request.GET:
        return _file(asked, next((table for table in found if table.slug == request.GET["file"]), None))
    context = {"title": title, "form": form, "asked": asked, "tables": found, **more(asked)}
    return render(request, "desk/reports/report.html", context)


def _file(asked: Asked, table: Table | None) -> HttpResponse:
    if table is None:
        raise Http404
    return attached(table.file(), f"{table.slug}-{asked.days.first}-{asked.days.last}")
