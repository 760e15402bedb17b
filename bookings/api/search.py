"""Looking bookings up at the desk: what the list of all bookings can be searched, narrowed and sorted by."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from bookings import sums
from bookings.api.filters import FILTERS, BookingFilter, MomentField, end_of, first_of, narrowed
from bookings.api.serializers import BookingOut
from bookings.models import Booking
from bookings.models.booking import FOUND_BY
from bookings.states import PaymentState
from kernel.money import as_text
from rest.fields import BIGINT_MAX, InstantField, WordsField
from rest.parameters import several
from schemas.finding import matching

LONGEST_QUERY = 100
COLUMNS = {"start": "start", "created_at": "created_at", "total": "total_minor"}
ORDERINGS = [sign + name for name in COLUMNS for sign in ("", "-")]
CONTACT = "contact"
SEARCH = [
    OpenApiParameter(
        "q",
        str,
        description="Beginnings of words of the code, the name and the e-mail address, or the end of the phone number.",
    ),
    *FILTERS,
    several("payment_status", PaymentState.values),
    *(OpenApiParameter(name, int) for name in ("venue", "product", "customer", "series")),
    OpenApiParameter("guest", str, description="E-mail address of somebody without an account."),
    OpenApiParameter("created_from", str, description="As `from`, of when it was made."),
    OpenApiParameter("created_to", str, description="As `to`, of when it was made."),
    OpenApiParameter("has_debt", bool, description="Whether something of the price, or of the fee, is still owed."),
    OpenApiParameter("ordering", str, enum=ORDERINGS, description="`-start` where nothing is said."),
    OpenApiParameter("expand", str, enum=[CONTACT], description="Who comes, and what is owed, in each row."),
]


class SearchIn(BookingFilter):
    """The query parameters."""

    q = serializers.CharField(required=False, max_length=LONGEST_QUERY)
    payment_status = WordsField(PaymentState.values)
    venue = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    product = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    customer = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    series = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    guest = serializers.EmailField(required=False)
    created_from = MomentField(required=False)
    created_to = MomentField(required=False)
    has_debt = serializers.BooleanField(required=False, allow_null=True, default=None)
    ordering = serializers.ChoiceField(choices=ORDERINGS, default="-start")
    expand = serializers.ChoiceField(choices=[CONTACT], required=False)


class AmountText(serializers.CharField):
    """An amount of a booking as a decimal string."""

    def __init__(self, minor: Callable[[Booking], int]) -> None:
        self.minor = minor
        super().__init__(required=False)

    def get_attribute(self, instance: Booking) -> str:
        """With the currency's number of decimals."""
        return as_text(self.minor(instance), instance.currency)


class FoundOut(BookingOut):
    """A booking in the list of the desk; the second half with `expand=contact` alone."""

    name = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    customer = serializers.IntegerField(source="customer_id", allow_null=True, required=False)
    product = serializers.IntegerField(source="product_id", allow_null=True, required=False)
    series = serializers.IntegerField(source="series_id", allow_null=True, required=False)
    payment_status = serializers.ChoiceField(source="payment_state", choices=PaymentState.choices, required=False)
    paid = AmountText(lambda booking: booking.here_minor + booking.credit_minor)
    owed = AmountText(lambda booking: booking.owed_minor)
    checked_in_at = InstantField(allow_null=True, required=False)


def asked(request: Request) -> dict[str, Any]:
    """The checked query parameters of a search; a validation error where they make no sense."""
    parameters = SearchIn(data=request.query_params)
    parameters.is_valid(raise_exception=True)
    found: dict[str, Any] = parameters.validated_data
    return found


def searched(bookings: QuerySet[Booking], wanted: dict[str, Any]) -> QuerySet[Booking]:
    """The bookings that are looked for, in the order that was asked for; those that are alike in it by their id."""
    bookings = narrowed(bookings, wanted).filter(_columns(wanted))
    if "q" in wanted:
        bookings = bookings.filter(matching(FOUND_BY, wanted["q"]))
    if wanted["has_debt"] is not None:
        bookings = bookings.alias(owed_minor_sql=sums.owed())
        bookings = bookings.filter(sums.in_debt()) if wanted["has_debt"] else bookings.exclude(sums.in_debt())
    ordering = wanted["ordering"]
    sign, name = ("-", ordering[1:]) if ordering.startswith("-") else ("", ordering)
    return bookings.order_by(f"{sign}{COLUMNS[name]}", "id")


def _columns(wanted: dict[str, Any]) -> Q:
    columns = {"venue": "resource__venue", "product": "product", "customer": "customer", "series": "series"}
    found = Q(**{columns[name]: wanted[name] for name in columns if name in wanted})
    if "payment_status" in wanted:
        found &= Q(payment_state__in=wanted["payment_status"])
    if "guest" in wanted:
        found &= Q(customer=None) & ~Q(email="") & Q(Exact(Lower("email"), wanted["guest"].lower()))
    if "created_from" in wanted:
        found &= Q(created_at__gte=first_of(wanted["created_from"]))
    if "created_to" in wanted:
        found &= Q(created_at__lt=end_of(wanted["created_to"]))
    return found
