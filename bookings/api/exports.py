"""v1: files to take away, streamed. Bookings, money and customers as CSV or JSON Lines (docs/imports.md)."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from accounts.authentication import caller
from billing.access import sees_books
from bookings import looks
from bookings.access import bookings_exported_by, check_exports, customers_exported_by
from bookings.api.filters import FILTERS, BookingFilter, end_of, first_of, narrowed
from bookings.exports import bookings, money, people
from bookings.exports.writing import MEDIA_TYPES, Form, Sheet, Style, stream
from bookings.models import Look
from rest.fields import BIGINT_MAX
from rest.views import ApiView
from schemas.clock import database_now
from schemas.current import current_tenant

SEPARATORS = {"comma": ",", "semicolon": ";"}
OF_BOOKINGS = frozenset({"status", "venue", "resource"})
STYLE = [
    OpenApiParameter("format", str, enum=list(Form), description="`csv` (the default) or `jsonl`."),
    OpenApiParameter("separator", str, enum=list(SEPARATORS), description="Between the cells of CSV."),
]
VENUE = OpenApiParameter("venue", int)
FILE: Any = {
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "The file, with a byte order mark and a row of names."),
    (200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR, "An object a line."),
}


class AnyForm(BaseContentNegotiation):
    """Says nothing of the file, whose form is a parameter of ours; refusals are JSON, whatever the caller accepts."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """The first: nothing is sent."""
        return next(iter(parsers))

    def select_renderer(self, request: Request, renderers: Iterable[Any], format_suffix: str | None = None) -> Any:
        """JSON."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class StyleIn(serializers.Serializer[Any]):
    """What the file is to look like."""

    format = serializers.ChoiceField(choices=list(Form), default=Form.CSV.value)
    separator = serializers.ChoiceField(choices=list(SEPARATORS), default="comma")


class ExportIn(BookingFilter, StyleIn):
    """The query parameters: those of the list of bookings, and the style."""

    venue = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)


class ExportView(ApiView):
    """A file. HEAD reads nothing and says what would come."""

    content_negotiation_class = AnyForm
    taken: ClassVar[type[serializers.Serializer[Any]]] = ExportIn

    def sheet(self, request: Request, wanted: dict[str, Any]) -> Sheet:
        """What the file has; `Forbidden` for who may not have it."""
        raise NotImplementedError

    def answer(self, request: Request) -> StreamingHttpResponse:
        """The file, or what goes before it."""
        check_exports(caller(request))
        sent = request.query_params.copy()
        for name in [name for name, value in sent.items() if not value]:
            del sent[name]  # a form sends what was left empty, too
        body = self.taken(data=sent)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        style = Style(Form(wanted["format"]), SEPARATORS[wanted["separator"]])
        sheet = self.sheet(request, wanted)
        if request.method == "HEAD":
            answer = StreamingHttpResponse((), content_type=MEDIA_TYPES[style.form])
        else:
            looks.at_all(caller(request), Look.What.EXPORT)
            rows = sheet.rows()
            pieces = stream(current_tenant(), sheet, rows.each, style)
            answer = StreamingHttpResponse(pieces, content_type=MEDIA_TYPES[style.form])
            answer["X-Total-Count"] = str(rows.total)
        answer["Content-Disposition"] = f'attachment; filename="{sheet.name}.{style.form}"'
        answer["X-Accel-Buffering"] = "no"
        return answer


class BookingsExport(ExportView):
    """`/admin/exports/bookings/`."""

    @extend_schema(
        operation_id="admin_exports_bookings", parameters=[*FILTERS, VENUE, *STYLE], responses=FILE, tags=["exports"]
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """All bookings at the caller's venues, the earliest start first; owner, managers and accountants."""
        return self.answer(request)

    def sheet(self, request: Request, wanted: dict[str, Any]) -> Sheet:
        """Of the bookings that are asked for."""
        return bookings.sheet(_narrowed(request, wanted), database_now())


class PaymentsExport(ExportView):
    """`/admin/exports/payments/`."""

    @extend_schema(
        operation_id="admin_exports_payments", parameters=[*FILTERS, VENUE, *STYLE], responses=FILE, tags=["exports"]
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every movement of money, the earliest first. `from` and `to` are those of the money, not of the bookings.

        The other filters leave out what is for no booking: payouts and fees. So does being a manager.
        """
        return self.answer(request)

    def sheet(self, request: Request, wanted: dict[str, Any]) -> Sheet:
        """Of the money that is asked for."""
        span = {"first": first_of(wanted["from"])} if "from" in wanted else {}
        span |= {"end": end_of(wanted["to"])} if "to" in wanted else {}
        theirs = {name: value for name, value in wanted.items() if name in OF_BOOKINGS}
        is_all = sees_books(caller(request)) and not theirs
        return money.sheet(money.Wanted(None if is_all else _narrowed(request, theirs), **span))


class CustomersExport(ExportView):
    """`/admin/exports/customers/`."""

    taken = StyleIn

    @extend_schema(operation_id="admin_exports_customers", parameters=STYLE, responses=FILE, tags=["exports"])
    def get(self, request: Request) -> StreamingHttpResponse:
        """Everybody who has an account as a customer; of a manager, those who booked at the own venues."""
        return self.answer(request)

    def sheet(self, request: Request, wanted: dict[str, Any]) -> Sheet:
        """Of the customers."""
        return people.sheet(customers_exported_by(caller(request)))


def _narrowed(request: Request, wanted: dict[str, Any]) -> Any:
    rows = narrowed(bookings_exported_by(caller(request)), wanted)
    return rows.filter(resource__venue=wanted["venue"]) if "venue" in wanted else rows
