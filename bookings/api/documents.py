"""v1: receipts, invoices and credit notes, and paying by invoice."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from billing.papers.answers import PDF, pdf_answer
from billing.payments.issuing import Buyer
from billing.payments.models import Document
from billing.payments.sheets import file_name, pdf_of
from bookings import invoicing, papers
from bookings.access import booking_run_by, booking_seen_by
from bookings.api.conditions import as_seen
from bookings.records import Actor
from kernel.money import as_text
from rest.fields import InstantField
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY
from rest.views import ApiView
from schemas.clock import database_now

TAGS = ["documents"]
MINE = OpenApiResponse(description="Not yours to see")


class DocumentOut(serializers.Serializer[Any]):
    """A document as issued; amounts are decimal strings, a credit note's negative. `pdf` is where its file is."""

    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=Document.Kind.choices)
    booking = serializers.SerializerMethodField()
    reference_code = serializers.CharField(source="booking_reference")
    issued_at = InstantField()
    total = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    currency = serializers.CharField()
    buyer = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    corrects = serializers.CharField(source="corrects.number", default=None, allow_null=True)
    pdf = serializers.SerializerMethodField()

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_booking(self, paper: Document) -> UUID | None:
        """Null for a pack or a membership."""
        return None if paper.is_of_purchase else paper.booking_id

    def get_total(self, paper: Document) -> str:
        """Tax included."""
        return as_text(paper.total_minor, paper.currency)

    def get_tax(self, paper: Document) -> str:
        """The tax in it."""
        return as_text(paper.tax_minor, paper.currency)

    def get_pdf(self, paper: Document) -> str:
        """A path at this host."""
        return f"/api/v1/documents/{paper.number}.pdf"


class InvoiceIn(serializers.Serializer[Any]):
    """To whom: name and address in lines, and a VAT id where they have one. Empty: the customer's name."""

    buyer = serializers.CharField(max_length=500, allow_blank=True, default="")
    vat_id = serializers.CharField(max_length=20, allow_blank=True, default="")


class DocumentFilter(serializers.Serializer[Any]):
    """What the staff's list can be narrowed by."""

    kind = serializers.ChoiceField(choices=Document.Kind.choices, required=False)
    overdue = serializers.BooleanField(default=False)


class BookingDocumentsView(ApiView):
    """`/bookings/{id}/documents/`."""

    @extend_schema(operation_id="bookings_documents", tags=TAGS, responses={200: DocumentOut(many=True), 403: MINE})
    def get(self, request: Request, booking_id: UUID) -> Response:
        """A booking's documents, the first first."""
        booking = booking_seen_by(caller(request), booking_id)
        return Response(DocumentOut(list(papers.papers_of(booking)), many=True).data)


class DocumentFileView(ApiView):
    """`/documents/{number}.pdf`."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whoever asks for the file gets it: there is nothing to negotiate but refusals, which are JSON."""
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        operation_id="documents_pdf",
        tags=TAGS,
        responses={(200, PDF): OpenApiResponse({"type": "string", "format": "binary"}), 403: MINE},
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """The document as PDF."""
        paper = papers.paper_seen_by(caller(request), number)
        return pdf_answer(file_name(paper), pdf_of(paper))


class StaffDocumentsView(ApiView):
    """`/admin/documents/`."""

    @extend_schema(
        operation_id="admin_documents",
        tags=TAGS,
        parameters=[
            OpenApiParameter("kind", str, enum=Document.Kind.values),
            OpenApiParameter("overdue", bool, description="Invoices that should have been paid by now."),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses={200: DocumentOut(many=True), 403: MINE},
    )
    def get(self, request: Request) -> Response:
        """Documents of bookings at the caller's venues, the newest first."""
        rows = papers.papers_for_staff(caller(request))
        asked = DocumentFilter(data=request.query_params)
        asked.is_valid(raise_exception=True)
        if asked.validated_data.get("kind"):
            rows = rows.filter(kind=asked.validated_data["kind"])
        if asked.validated_data["overdue"]:
            rows = papers.overdue(rows, database_now())
        return page_of(self, request, rows, DocumentOut)


class InvoiceView(ApiView):
    """`/admin/bookings/{id}/invoice/`."""

    @extend_schema(
        operation_id="admin_bookings_invoice",
        tags=TAGS,
        request=InvoiceIn,
        responses={201: DocumentOut, 403: MINE},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Let the customer pay by invoice: the booking is confirmed, the invoice issued and mailed; once."""
        booking = as_seen(request, booking_run_by(caller(request), booking_id))
        body = InvoiceIn(data=request.data)
        body.is_valid(raise_exception=True)
        buyer = Buyer(body.validated_data["buyer"] or booking.name or booking.email, body.validated_data["vat_id"])
        issued = invoicing.pay_by_invoice(booking, buyer, Actor.of(caller(request)))
        return Response(DocumentOut(issued).data, 201)
