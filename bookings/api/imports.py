"""v1: files that staff bring along: tried first, then imported, row by row (docs/imports.md)."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from bookings.api.import_shapes import (
    MOST_SENT,
    CalendarParser,
    CsvParser,
    FormImportIn,
    ImportIn,
    ImportOut,
    ImportQuery,
    ImportRowOut,
    counted,
    shown,
    wish_of,
)
from bookings.exports.writing import MEDIA_TYPES, Form
from bookings.imports import bringing
from bookings.imports.kinds import COLUMNS, template
from bookings.imports.reading import too_large
from bookings.models import ImportRow
from kernel.errors import NotFound
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.parsers import StrictJSONParser
from rest.views import ApiView, OutsideView
from venues.access import check_manager

TAGS = ["imports"]
SENT: dict[str, Any] = {
    "multipart/form-data": FormImportIn,
    "application/json": ImportIn,
    "text/csv": OpenApiTypes.STR,
    "text/calendar": OpenApiTypes.STR,
}
CSV_FILE = {(200, "text/csv"): OpenApiTypes.STR}


class StateIn(serializers.Serializer[Any]):
    """Which rows of a report."""

    state = serializers.ChoiceField(choices=ImportRow.State.choices, required=False)


class ImportsView(OutsideView):
    """`/admin/imports/`."""

    parser_classes = [StrictJSONParser, MultiPartParser, CsvParser, CalendarParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what is too large before it is read."""
        if request.method == "POST" and int(request.headers.get("Content-Length") or 0) > MOST_SENT:
            raise too_large()
        super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="admin_imports_list", parameters=PAGES, responses=ImportOut(many=True), tags=TAGS)
    def get(self, request: Request) -> Response:
        """Imports of the last 30 days, the newest first; managers see their own."""
        return page_of(self, request, bringing.imports_seen_by(caller(request)), ImportOut, counted)

    @extend_schema(
        operation_id="admin_imports_create",
        request=SENT,
        responses={201: ImportOut},
        parameters=[IDEMPOTENCY, ImportQuery],
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        """Bring a file. With `dry_run` (the default) its rows are only tried; the report is at `rows/`.

        As a form with `file`, as JSON with `content`, or the file itself as the body with all else in the query.
        """
        check_manager(caller(request))
        made = bringing.bring(caller(request), wish_of(request.query_params, request.data))
        return Response(shown(made), 201, headers={"Location": f"{request.path}{made.pk}/"})


class ImportView(ApiView):
    """`/admin/imports/{id}/`."""

    @extend_schema(operation_id="admin_imports_retrieve", responses=ImportOut, tags=TAGS)
    def get(self, request: Request, import_id: int) -> Response:
        """How far it is."""
        return Response(shown(bringing.one(caller(request), import_id)))


class ImportRowsView(ApiView):
    """`/admin/imports/{id}/rows/`."""

    @extend_schema(
        operation_id="admin_imports_rows",
        parameters=[OpenApiParameter("state", str, enum=ImportRow.State.values), *PAGES],
        responses=ImportRowOut(many=True),
        tags=TAGS,
    )
    def get(self, request: Request, import_id: int) -> Response:
        """The report: what became of each row, or would."""
        source = bringing.one(caller(request), import_id)
        asked = StateIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = source.rows.order_by("number")
        context = {"source": source}
        return page_of(self, request, rows.filter(**asked.validated_data), ImportRowOut, lambda _rows: context)


class ImportRunView(ApiView):
    """`/admin/imports/{id}/run/`."""

    @extend_schema(
        operation_id="admin_imports_run", request=None, responses=ImportOut, parameters=[IDEMPOTENCY], tags=TAGS
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Import what was tried. Every row is looked at anew, under its locks."""
        return Response(shown(bringing.go(caller(request), import_id)))


class ImportCancelView(ApiView):
    """`/admin/imports/{id}/cancel/`."""

    @extend_schema(
        operation_id="admin_imports_cancel", request=None, responses=ImportOut, parameters=[IDEMPOTENCY], tags=TAGS
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Do no more rows; what was imported stays."""
        return Response(shown(bringing.stop(caller(request), import_id)))


class ImportTemplateView(ApiView):
    """`/admin/imports/templates/{kind}.csv`."""

    @extend_schema(operation_id="admin_imports_template", responses=CSV_FILE, tags=TAGS)
    def get(self, request: Request, kind: str) -> HttpResponse:
        """A file with the columns of a kind, and an example."""
        check_manager(caller(request))
        if kind not in COLUMNS:
            raise NotFound("not_found", _("There is no such template."))
        answer = HttpResponse(template(kind), content_type=MEDIA_TYPES[Form.CSV])
        answer["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
        return answer
