"""v1: figures for whoever runs the place, `/admin/reports/`."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, ClassVar, TypeVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import caller
from billing.access import check_sees_money, sees_books
from bookings.access import bookings_for_staff
from bookings.api.catalogue import one
from bookings.models import Purchase
from bookings.reports import counts, money, utilisation
from bookings.reports.scope import LONGEST_DAYS, By, Scope
from bookings.states import CancelReason
from kernel.money import as_text, percent_text
from rest.fields import BIGINT_MAX, DayField
from rest.views import ApiView
from schemas import replicas
from venues.access import Anyone, products_seen_by, resources_seen_by, venues_seen_by

TIMES = (By.TOTAL, By.DAY, By.WEEK, By.MONTH)
CLOCK = (By.WEEKDAY, By.HOUR)
PLACES = (By.RESOURCE, By.VENUE)
FULL = 10_000
TAGS = ["reports"]
VISIT, PAYMENT = "visit", "payment"
Row = dict[str, Any]
T = TypeVar("T")


class SpanIn(serializers.Serializer[Any]):
    """From which day to which, both included, where, and what a row is for."""

    venue = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    resource = serializers.IntegerField(required=False, min_value=1, max_value=BIGINT_MAX)
    by = serializers.ChoiceField(choices=[by.value for by in By], default=By.TOTAL.value)
    basis = serializers.ChoiceField(choices=[VISIT, PAYMENT], default=VISIT)
    to = DayField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {**super().get_fields(), "from": DayField()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The days are in order, and not too many; a row can be for that."""
        days = (attrs["to"] - attrs["from"]).days + 1
        if days < 1:
            raise serializers.ValidationError({"to": [_("The end must be after the start.")]})
        if days > LONGEST_DAYS:
            raise serializers.ValidationError({"to": [_("Ask for 400 days at most.")]})
        if attrs["by"] not in self.context["choices"]:
            raise serializers.ValidationError({"by": [_("This report has no such rows.")]})
        return attrs


class RowOut(serializers.Serializer[Any]):
    """`key` is a day, the Monday of a week, a month (`2027-06`), a weekday (0 is Monday), an hour, an id or `total`."""

    key = serializers.CharField()
    name = serializers.CharField(allow_null=True)


class FullRow(RowOut):
    """How full it was. `utilisation` is a percentage with two decimals at most, null where it was never open."""

    open_minutes = serializers.IntegerField()
    booked_minutes = serializers.IntegerField()
    utilisation = serializers.CharField(allow_null=True)


class BookedRow(RowOut):
    """Bookings by their start; `lead_minutes` is the median from when they were made."""

    bookings = serializers.IntegerField()
    stood = serializers.IntegerField()
    waiting = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    no_shows = serializers.IntegerField()
    participants = serializers.IntegerField()
    minutes = serializers.IntegerField()
    lead_minutes = serializers.IntegerField(allow_null=True)


class FallenRow(RowOut):
    """What fell through; `notice_minutes` is the median from cancelling to the start."""

    bookings = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    no_shows = serializers.IntegerField()
    with_fee = serializers.IntegerField()
    notice_minutes = serializers.IntegerField(allow_null=True)
    user_request = serializers.IntegerField()
    weather = serializers.IntegerField()
    other = serializers.IntegerField()
    cancelled_percent = serializers.CharField()


class WhoRow(RowOut):
    """Who came; `unknown` are bookings of people of whom there is no address."""

    bookings = serializers.IntegerField()
    customers = serializers.IntegerField()
    new = serializers.IntegerField()
    returning = serializers.IntegerField()
    unknown = serializers.IntegerField()


class EarnedRow(RowOut):
    """Money of one currency. By visits: `booked` to `owed`; by payments: `desk`, `online`, `returned`, `net`."""

    currency = serializers.CharField()
    bookings = serializers.IntegerField(required=False)
    booked = serializers.CharField(required=False)
    fees = serializers.CharField(required=False)
    tax = serializers.CharField(required=False)
    gift_credit = serializers.CharField(required=False)
    paid = serializers.CharField(required=False)
    owed = serializers.CharField(required=False)
    desk = serializers.CharField(required=False)
    online = serializers.CharField(required=False)
    returned = serializers.CharField(required=False)
    net = serializers.CharField(required=False)


MINOR = ("booked", "fees", "tax", "gift_credit", "paid", "owed", "desk", "online", "returned", "net")


def described(name: str, row: type[RowOut], choices: Sequence[By], **more: Any) -> Any:
    """What OpenAPI says of a report."""
    parameters = [
        OpenApiParameter("from", date, required=True, description="A day on the venue's clocks."),
        OpenApiParameter("to", date, required=True, description="Inclusive; 400 days at most."),
        OpenApiParameter("venue", int),
        OpenApiParameter("resource", int),
        OpenApiParameter("by", str, enum=[by.value for by in choices], description="What a row is for; one for all."),
        *more.get("parameters", []),
    ]
    shape = type(
        f"{row.__name__.removesuffix('Row')}Report", (ReportOut,), {"rows": row(many=True), **more.get("fields", {})}
    )
    return extend_schema(operation_id=f"admin_reports_{name}", parameters=parameters, responses=shape, tags=TAGS)


class ReportOut(serializers.Serializer[Any]):
    """The days, and the rows in order of their keys; nothing where there was nothing."""

    to = serializers.DateField()
    by = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {"from": serializers.DateField(), **super().get_fields()}


class ReportView(ApiView):
    """A report."""

    choices: ClassVar[tuple[By, ...]]

    def asked(self, request: Request) -> tuple[Scope, dict[str, Any]]:
        """What it is to be about: places and bookings that the caller sees; staff only."""
        user = caller(request)
        bookings = bookings_for_staff(user)
        query = SpanIn(data=request.query_params, context={"choices": self.choices})
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        places = resources_seen_by(user)
        if "venue" in wanted:
            places = places.filter(venue=one(venues_seen_by(user), wanted["venue"]))
        if "resource" in wanted:
            places = places.filter(pk=one(places, wanted["resource"]).pk)
        bought = Purchase.objects.all() if sees_books(user) and not wanted.keys() & {"venue", "resource"} else None
        return Scope(bookings, places, wanted["from"], wanted["to"], By(wanted["by"]), bought), wanted

    def answer(self, request: Request, scope: Scope, rows: list[Row], **more: Any) -> Response:
        """The report with names of what has one."""
        names = _names(caller(request), scope.by)
        told = [{**row, "key": _key(row["key"]), "name": names.get(row["key"])} for row in rows]
        days = {"from": scope.first.isoformat(), "to": scope.last.isoformat()}
        return Response({**days, "by": scope.by.value, "rows": told, **more})


def _now(work: Callable[[], T]) -> T:
    """Of a replica, once it has all that was there when it was asked: nothing in these answers says as of when."""
    return replicas.read(work, most_behind=0)


def _key(key: Any) -> str:
    return "" if key is None else str(key)


def _names(user: Anyone, by: By) -> dict[Any, str]:
    named: dict[By, Any] = {By.RESOURCE: resources_seen_by, By.VENUE: venues_seen_by, By.PRODUCT: products_seen_by}
    return dict(named[by](user).values_list("pk", "name")) if by in named else {}


class OccupancyReportView(ReportView):
    """`/admin/reports/occupancy/`."""

    choices = (*TIMES, *CLOCK, *PLACES)

    @described("occupancy", FullRow, choices)
    def get(self, request: Request) -> Response:
        """Minutes that it was open, and minutes that somebody had it, in real time on the venue's clocks."""
        scope, _wanted = self.asked(request)
        rows = _now(lambda: utilisation.full(scope))
        for row in rows:
            share = row["booked_minutes"] * FULL // row["open_minutes"] if row["open_minutes"] else None
            row["utilisation"] = None if share is None else percent_text(share)
        return self.answer(request, scope, rows)


class BookingsReportView(ReportView):
    """`/admin/reports/bookings/`."""

    choices = (*TIMES, *CLOCK, *PLACES, By.PRODUCT)
    peak: ClassVar[dict[str, Any]] = {
        "peak_hour": serializers.IntegerField(allow_null=True),
        "peak_percent": serializers.CharField(allow_null=True),
    }

    @described("bookings", BookedRow, choices, fields=peak)
    def get(self, request: Request) -> Response:
        """Bookings by their start, how long before they were made, and the hour in which most of them begin."""
        scope, _wanted = self.asked(request)
        rows = [{**row, **_zeroed(row, "participants", "minutes")} for row in _now(lambda: counts.booked(scope))]
        hour, most, of = _now(lambda: counts.busiest(scope))
        share = percent_text(most * FULL // of) if of else None
        return self.answer(request, scope, rows, peak_hour=hour, peak_percent=share)


def _zeroed(row: Row, *names: str) -> Row:
    return {name: row[name] or 0 for name in names}


class CancellationsReportView(ReportView):
    """`/admin/reports/cancellations/`."""

    choices = (*TIMES, *CLOCK, *PLACES, By.PRODUCT, By.REASON)

    @described("cancellations", FallenRow, choices)
    def get(self, request: Request) -> Response:
        """What was cancelled, for which reason and how late, and who did not come; by the start it would have had."""
        scope, _wanted = self.asked(request)
        rows = [
            {
                **{name: value for name, value in row.items() if name not in CancelReason.values},
                **{reason.value: row[reason.value] for reason in CancelReason},
                "cancelled_percent": percent_text(row["cancelled"] * FULL // row["bookings"]),
            }
            for row in _now(lambda: counts.fallen(scope))
        ]
        return self.answer(request, scope, rows)


class CustomersReportView(ReportView):
    """`/admin/reports/customers/`."""

    choices = TIMES

    @described("customers", WhoRow, choices)
    def get(self, request: Request) -> Response:
        """Customers whose visits stand, and which of them had one before the row's first day, at these places."""
        scope, _wanted = self.asked(request)
        rows = [{**row, "new": row["customers"] - row["returning"]} for row in _now(lambda: counts.who(scope))]
        return self.answer(request, scope, rows)


class RevenueReportView(ReportView):
    """`/admin/reports/revenue/`."""

    choices = (*TIMES, *PLACES, By.PRODUCT)

    @described("revenue", EarnedRow, choices, parameters=[OpenApiParameter("basis", str, enum=[VISIT, PAYMENT])])
    def get(self, request: Request) -> Response:
        """Money by the day of the visit, or with `basis=payment` by that on which it moved; 403 for the front desk.

        What moved includes packs and memberships for the owner and accountants, where no place is asked for.
        """
        check_sees_money(caller(request))
        scope, wanted = self.asked(request)
        if wanted["basis"] == VISIT:
            rows = _now(lambda: money.earned(scope))
        else:
            rows = _now(lambda: money.changed_hands(scope))
            rows = [{**row, "net": row["desk"] + row["online"] - row["returned"]} for row in rows]
        told = [
            {name: as_text(value, row["currency"]) if name in MINOR else value for name, value in row.items()}
            for row in rows
        ]
        return self.answer(request, scope, told)
