"""The pages of figures. Each is a question in the address, tables with a chart, and each table as a file."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import staff_only
from billing.access import check_sees_money
from bookings.reports import counts, money, utilisation
from bookings.reports.reading import read
from bookings.reports.scope import By
from desk.reports import figures, tiles
from desk.reports.asked import Asked, AskedForm, today_in
from desk.reports.tables import Table
from desk.spreadsheets import attached
from schemas import replicas
from schemas.clock import database_now
from schemas.current import current_tenant
from tenants.zones import zone

Found = tuple[list[Table], Callable[[], dict[str, Any]]]
"""Tables, and what else a page shows, to be read where it is a page and no file."""


@staff_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The figures that say how it goes. What they are held against takes as long again: the page asks for it after."""
    if request.headers.get("HX-Request"):
        asked = _form(request).asked()
        return render(
            request, "desk/reports/tiles.html", {"asked": asked, "tiles": replicas.read(lambda: tiles.tiles(asked))}
        )
    is_held = "held" in request.GET

    def found(asked: Asked) -> Found:
        by, scope = asked.days.by, asked.scope()
        over_time, *wanted = read(scope, (counts.BOOKED, by), *tiles.WANTED)
        of_places, week = utilisation.tables(scope, By.RESOURCE, By.WEEKDAY_HOUR)
        tables = [figures.visits(asked, by, over_time), figures.fullness(asked, By.RESOURCE, of_places)]
        held = asked if is_held else asked.of(asked.days)
        now = tiles.totals(asked, wanted, week)
        return tables, lambda: {"tiles": tiles.tiles(held, now), "comes_after": asked.earlier and not is_held}

    return _page(request, _("Reports"), found)


@staff_only
@require_safe
def full(request: HttpRequest) -> HttpResponse:
    """How full it was."""

    def found(asked: Asked) -> Found:
        kinds = (asked.days.by, By.RESOURCE)
        *rows, week, of_places = utilisation.tables(asked.scope(), *kinds, By.WEEKDAY_HOUR, By.RESOURCE_HOUR)
        tables = [figures.fullness(asked, by, found) for by, found in zip(kinds, rows, strict=True)]
        return tables, lambda: {"heats": figures.heats(asked, week, of_places)}

    return _page(request, _("Utilisation"), found)


@staff_only
@require_safe
def revenue(request: HttpRequest) -> HttpResponse:
    """What came of it."""
    check_sees_money(request.user)

    def found(asked: Asked) -> Found:
        kinds = (asked.days.by, By.RESOURCE, By.PRODUCT)
        rows = read(asked.scope(), *((money.EARNED, by) for by in kinds))
        first, *others = (figures.earned(asked, by, found) for by, found in zip(kinds, rows, strict=True))
        return [first, figures.moved(asked, asked.days.by), *others], dict

    return _page(request, _("Revenue"), found)


@staff_only
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """When people come, how long before they book, and what falls through."""

    def found(asked: Asked) -> Found:
        by = asked.days.by
        tables = [
            (figures.visits, counts.BOOKED, by),
            (figures.fallen, counts.FALLEN, by),
            (figures.visits, counts.BOOKED, By.WEEKDAY),
            (figures.visits, counts.BOOKED, By.HOUR),
            (figures.fallen, counts.FALLEN, By.RESOURCE),
        ]
        rows = read(asked.scope(), *((kind, by) for _table, kind, by in tables))
        return [table(asked, by, found) for (table, _kind, by), found in zip(tables, rows, strict=True)], dict

    return _page(request, _("Bookings and cancellations"), found)


@staff_only
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    """Who comes, and who comes again."""
    return _page(request, _("Customers"), lambda asked: (figures.people(asked), dict))


def _page(request: HttpRequest, title: str, found: Callable[[Asked], Found]) -> HttpResponse:
    form = _form(request)
    asked = form.asked()

    def look() -> tuple[list[Table], dict[str, Any]]:
        tables, more = found(asked)
        return tables, {} if "file" in request.GET else more()

    (tables, more), as_of = replicas.reading(look)
    if "file" in request.GET:
        return _file(asked, next((table for table in tables if table.slug == request.GET["file"]), None))
    context = {"title": title, "form": form, "asked": asked, "tables": tables, "as_of": as_of, **more}
    return render(request, "desk/reports/report.html", context)


def _form(request: HttpRequest) -> AskedForm:
    today = today_in(database_now(), zone(current_tenant().time_zone))
    return AskedForm(request.user, today, request.GET)


def _file(asked: Asked, table: Table | None) -> HttpResponse:
    if table is None:
        raise Http404
    return attached(table.file(), f"{table.slug}-{asked.days.first}-{asked.days.last}")
