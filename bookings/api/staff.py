"""v1 for the people who run the venue: all bookings, one of them, booking for somebody, notes, history."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import User
from bookings import lifecycle, looks
from bookings.access import booking_overseen_by, booking_run_by, bookings_for_staff, check_runs
from bookings.api.amounts import minor_of
from bookings.api.bookings import bookings_page, shown
from bookings.api.conditions import tagged
from bookings.api.search import SEARCH, FoundOut, asked, searched
from bookings.api.serializers import BookingOut
from bookings.api.staff_shapes import NoteIn, NoteOut, OnBehalfIn, StaffBooking
from bookings.calendars import pushing
from bookings.facts import Reason
from bookings.lifecycle import OnBehalf
from bookings.models import StaffNote
from bookings.records import Actor
from bookings.requests import Contact, ExtraWish, HoldRequest, Payment
from kernel.errors import Invalid
from kernel.periods import Period
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from schemas.clock import database_now
from venues.access import check_staff
from venues.models import CustomerGroup, Resource


class AllBookingsView(ApiView):
    """`/admin/bookings/`."""

    @extend_schema(operation_id="admin_bookings_list", parameters=[*SEARCH, *PAGES], responses=FoundOut(many=True))
    def get(self, request: Request) -> Response:
        """All bookings at the caller's venues, the latest start first; staff only."""
        bookings, wanted = bookings_for_staff(caller(request)), asked(request)
        return bookings_page(self, request, searched(bookings, wanted), FoundOut if "expand" in wanted else BookingOut)

    @extend_schema(
        operation_id="admin_bookings_create",
        request=OnBehalfIn,
        responses={201: BookingOut},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request) -> Response:
        """Book for somebody: confirmed at once, to be paid on site. Who has an account sees it among their own."""
        check_staff(caller(request))
        body = OnBehalfIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        places = _places(wanted)
        check_runs(caller(request), places)
        overrules = frozenset(Reason(code) for code in wanted["overrule"])
        how = OnBehalf(overruled_because=wanted["because"].strip())
        booking = lifecycle.book_for(_wish(wanted, places), Actor.of(caller(request)), overrules, how)
        path = f"{request.path}{booking.pk}/"
        return Response(shown(booking, request, booking.created_at), 201, headers={"Location": path})


class StaffBookingView(ApiView):
    """`/admin/bookings/{id}/`."""

    @extend_schema(operation_id="admin_bookings_retrieve", responses=StaffBooking)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """One booking with contact, money and what the team noted; staff of its venue only."""
        booking, now = booking_overseen_by(caller(request), booking_id), database_now()
        looks.at_booking(caller(request), booking)
        context = {
            "now": now,
            "actor": Actor.of(caller(request)),
            "groups": CustomerGroup.objects.filter(pk__in=booking.groups).order_by("name"),
            "notes_count": StaffNote.objects.filter(booking=booking).count(),
            "copies": pushing.copies_of(booking),
        }
        return tagged(Response(StaffBooking(booking, context=context).data), booking, now)


class NotesView(ApiView):
    """`/admin/bookings/{id}/notes/`."""

    @extend_schema(operation_id="admin_bookings_notes_list", parameters=PAGES, responses=NoteOut(many=True))
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The team's notes, the oldest first."""
        booking = booking_overseen_by(caller(request), booking_id)
        rows = StaffNote.objects.filter(booking=booking).select_related("author").order_by("at", "pk")
        return page_of(self, request, rows, NoteOut)

    @extend_schema(
        operation_id="admin_bookings_notes_create", request=NoteIn, responses={201: NoteOut}, parameters=[IDEMPOTENCY]
    )
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Note something. Notes are not changed later: write another one."""
        booking = booking_run_by(caller(request), booking_id)
        body = NoteIn(data=request.data)
        body.is_valid(raise_exception=True)
        note = StaffNote.objects.create(
            booking=booking, author=caller(request), text=body.validated_data["text"], at=database_now()
        )
        return Response(NoteOut(note).data, 201)


def _places(wanted: dict[str, Any]) -> list[int]:
    """The resources that a booking may take; more than one where a service is asked for."""
    if wanted.get("resource") is not None:
        return [wanted["resource"], *wanted["with_resources"]]
    offered = Resource.objects.filter(products=wanted["product"]).values_list("pk", flat=True)
    return [*offered, *wanted["with_resources"]]


def _wish(wanted: dict[str, Any], places: list[int]) -> HoldRequest:
    customer = _customer(wanted)
    return HoldRequest(
        period=Period(wanted["start_datetime"], wanted["end_datetime"]),
        resource_id=wanted.get("resource"),
        product_id=wanted.get("product"),
        also=tuple(wanted["with_resources"]),
        participants=wanted["participant_count"],
        extras=tuple(ExtraWish(extra["product"], extra["quantity"]) for extra in wanted["extras"]),
        payment=Payment(agreed_minor=_agreed(wanted, places)),
        notes=wanted["notes"],
        answers=wanted["answers"],
        customer=customer,
        contact=_contact(wanted, customer),
    )


def _customer(wanted: dict[str, Any]) -> User | None:
    if wanted.get("customer") is None:
        return None
    customer = User.objects.filter(pk=wanted["customer"], is_active=True).first()
    if customer is None:
        raise Invalid("customer_unknown", _("There is no such customer."))
    return customer


def _contact(wanted: dict[str, Any], customer: User | None) -> Contact:
    contact = wanted.get("contact")
    if contact:
        return Contact(contact["name"], contact["email"], contact["phone"])
    assert customer is not None
    return Contact(customer.name, customer.email, customer.phone)


def _agreed(wanted: dict[str, Any], places: list[int]) -> int | None:
    price = wanted.get("price")
    resource = Resource.objects.select_related("venue").filter(pk__in=places).first()
    if price is None or resource is None:
        return None
    return minor_of(price, resource.venue.currency, "price")
