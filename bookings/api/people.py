"""v1 for the desk: customers with an account, `/admin/customers/`, and those without, `/admin/guests/`."""

from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Lower
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from accounts.models import FOUND_BY, User
from bookings import customers, looks
from bookings.access import check_desk, customers_seen_by, guests_seen_by
from bookings.api.catalogue import one
from bookings.api.people_shapes import (
    CUSTOMERS_BY,
    GUESTS_BY,
    CustomerChangeIn,
    CustomerOut,
    CustomerRow,
    CustomersIn,
    GuestChangeIn,
    GuestOut,
    GuestRow,
    GuestsIn,
    NewCustomerIn,
)
from bookings.customers import Whom
from bookings.dossiers import booked_by, counted, dossier, guest_seen_by
from bookings.models import Booking, CustomerFile, Look
from bookings.models.booking import FOUND_BY as BOOKING_FOUND_BY
from rest.pagination import page_of
from rest.parameters import IDEMPOTENCY, PAGES
from rest.views import ApiView
from schemas.finding import matching
from venues.access import Anyone
from venues.models import Membership

Q_PARAMETER = OpenApiParameter(
    "q", str, description="Beginnings of words of the name and the e-mail address, or the end of the phone number."
)
BLOCKED = OpenApiParameter("blocked", bool, description="Whether they may not book any more.")
TAGS = ["customers"]


class CustomersView(ApiView):
    """`/admin/customers/`."""

    @extend_schema(
        operation_id="admin_customers_list",
        parameters=[
            Q_PARAMETER,
            OpenApiParameter("group", int),
            BLOCKED,
            OpenApiParameter("ordering", str, enum=CUSTOMERS_BY, description="`name` where nothing is said."),
            *PAGES,
        ],
        responses=CustomerRow(many=True),
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """Customers with an account; a manager's: who booked at the own venues, or nowhere yet. Staff only."""
        found = customers_seen_by(caller(request))
        wanted = CustomersIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        looks.at_all(caller(request), Look.What.LIST)
        return page_of(self, request, _customers(found, wanted.validated_data, caller(request)), CustomerRow)

    @extend_schema(
        operation_id="admin_customers_create",
        request=NewCustomerIn,
        responses={201: CustomerOut},
        parameters=[IDEMPOTENCY],
        tags=TAGS,
    )
    def post(self, request: Request) -> Response:
        """An account without a password, for somebody who calls. 409 `customer_exists`; nobody is told."""
        check_desk(caller(request))
        body = NewCustomerIn(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        customer = customers.make(wanted["email"], wanted)
        shown = CustomerOut(dossier(caller(request), Whom.of(customer))).data
        return Response(shown, 201, headers={"Location": f"{request.path}{customer.pk}/"})


class CustomerView(ApiView):
    """`/admin/customers/{id}/`."""

    @extend_schema(operation_id="admin_customers_retrieve", responses=CustomerOut, tags=TAGS)
    def get(self, request: Request, customer_id: int) -> Response:
        """One customer with groups, prepaid hours, and what they booked at the caller's venues."""
        customer = one(customers_seen_by(caller(request)), customer_id)
        looks.at_customer(caller(request), Whom.of(customer))
        return Response(CustomerOut(dossier(caller(request), Whom.of(customer))).data)

    @extend_schema(
        operation_id="admin_customers_update",
        request=CustomerChangeIn,
        responses=CustomerOut,
        parameters=[IDEMPOTENCY],
        tags=TAGS,
    )
    def patch(self, request: Request, customer_id: int) -> Response:
        """Correct, note, block or let in again. Who is blocked books no more online; 403 `customer_blocked` then."""
        check_desk(caller(request))
        customer = one(customers_seen_by(caller(request)), customer_id)
        body = CustomerChangeIn(data=request.data)
        body.is_valid(raise_exception=True)
        customers.alter(Whom.of(customer), body.validated_data, caller(request))
        changed = User.objects.get(pk=customer.pk)
        return Response(CustomerOut(dossier(caller(request), Whom.of(changed))).data)


class GuestsView(ApiView):
    """`/admin/guests/`."""

    @extend_schema(
        operation_id="admin_guests_list",
        parameters=[
            Q_PARAMETER,
            BLOCKED,
            OpenApiParameter("ordering", str, enum=GUESTS_BY, description="`-last_visit` where nothing is said."),
            *PAGES,
        ],
        responses=GuestRow(many=True),
        tags=TAGS,
    )
    def get(self, request: Request) -> Response:
        """People who booked without an account, one for each e-mail address; staff only, of their venues."""
        found = guests_seen_by(caller(request))
        wanted = GuestsIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        looks.at_all(caller(request), Look.What.LIST)
        rows = _guests(found, wanted.validated_data)
        return page_of(self, request, rows, GuestRow, lambda page: _latest(found, [row["address"] for row in page]))


class GuestView(ApiView):
    """`/admin/guests/{email}/`."""

    @extend_schema(operation_id="admin_guests_retrieve", responses=GuestOut, tags=TAGS)
    def get(self, request: Request, email: str) -> Response:
        """One of them, as `/admin/customers/{id}/`."""
        guest = guest_seen_by(caller(request), email)
        looks.at_customer(caller(request), guest)
        return Response(GuestOut(dossier(caller(request), guest)).data)

    @extend_schema(
        operation_id="admin_guests_update",
        request=GuestChangeIn,
        responses=GuestOut,
        parameters=[IDEMPOTENCY],
        tags=TAGS,
    )
    def patch(self, request: Request, email: str) -> Response:
        """Note, block or let in again; where a customer's account has the address, that, too."""
        check_desk(caller(request))
        guest = guest_seen_by(caller(request), email)
        body = GuestChangeIn(data=request.data)
        body.is_valid(raise_exception=True)
        customers.alter(Whom.at(guest.email), body.validated_data, caller(request))
        return Response(GuestOut(dossier(caller(request), guest)).data)


def _customers(found: QuerySet[User], wanted: dict[str, Any], user: Anyone) -> QuerySet[User]:
    if "q" in wanted:
        found = found.filter(matching(FOUND_BY, wanted["q"]))
    if "group" in wanted:
        found = found.filter(Exists(Membership.objects.filter(user=OuterRef("pk"), group=wanted["group"])))
    blocked = CustomerFile.objects.filter(customer=OuterRef("pk"), blocked_at__isnull=False)
    if wanted["blocked"] is not None:
        found = found.filter(Exists(blocked) if wanted["blocked"] else ~Exists(blocked))
    visits = counted(booked_by(user)).filter(customer=OuterRef("pk")).order_by().values("customer")
    shown = found.annotate(
        blocked=Exists(blocked),
        visits=Subquery(visits.annotate(number=Count("pk")).values("number")),
        last_visit=Subquery(visits.annotate(last=Max("start")).values("last")),
    )
    return shown.order_by(wanted["ordering"], "pk")


def _guests(found: QuerySet[Booking], wanted: dict[str, Any]) -> QuerySet[Any, Any]:
    if "q" in wanted:
        found = found.filter(matching(BOOKING_FOUND_BY, wanted["q"]))
    rows = counted(found).annotate(address=Lower("email"))
    if wanted["blocked"] is not None:
        blocked = CustomerFile.objects.filter(blocked_at__isnull=False).values("email")
        rows = rows.filter(address__in=blocked) if wanted["blocked"] else rows.exclude(address__in=blocked)
    sums = rows.order_by().values("address").annotate(bookings=Count("pk"), last_visit=Max("start"))
    return sums.order_by(wanted["ordering"].replace("email", "address"), "address")


def _latest(found: QuerySet[Booking], addresses: list[str]) -> dict[str, Any]:
    """How those on a page called themselves last, and who of them is blocked."""
    rows = found.annotate(address=Lower("email")).filter(address__in=addresses)
    named = rows.order_by("address", "-start", "pk").distinct("address").values_list("address", "name", "phone")
    blocked = CustomerFile.objects.filter(email__in=addresses, blocked_at__isnull=False)
    return {
        "named": {address: (name, phone) for address, name, phone in named},
        "blocked": set(blocked.values_list("email", flat=True)),
    }
