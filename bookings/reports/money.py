"""Money, in minor units of each currency: what visits are worth, and what has moved.

`earned` is read from the columns of bookings, by the day of the visit. What has changed hands is counted
by the day on which it did: at the desk (`OnSitePayment`), online (`Payment` that succeeded) and back again (`Refund`
that Stripe took).
"""

from collections import defaultdict
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable

from billing.payments.models import Payment, Refund
from bookings import sums
from bookings.dossiers import counted
from bookings.models import Booking, OnSitePayment
from bookings.reports.scope import Scope, key_of, local
from bookings.reports.scope import moved as near

Row = dict[str, Any]


def earned(scope: Scope) -> list[Row]:
    """By the visit's start: prices of what stands, fees of what fell through, what of it was paid, and what is owed."""
    own = Q(state__in=sums.STOOD | sums.FELL)
    visits: Any = counted(scope.visits()).filter(own)
    rows = visits.values("key", "currency").annotate(
        bookings=Count("pk"),
        booked=Sum(Case(When(state__in=sums.STOOD, then=F("total_minor")), default=Value(0))),
        fees=Sum(Case(When(state__in=sums.FELL, then=F("fee_minor")), default=Value(0))),
        tax=Sum(Case(When(state__in=sums.STOOD, then=F("tax_minor")), default=Value(0))),
        gift_credit=Sum("credit_minor"),
        paid=Sum(sums.here()),
        owed=Sum(sums.owed()),
    )
    return list(rows.order_by("key", "currency"))


def changed_hands(scope: Scope) -> list[Row]:
    """By the day on which it moved: received at the desk and online, and given back."""
    found: dict[tuple[Any, str], Row] = {}
    of_desk = _of_places(OnSitePayment.objects.all(), scope, "booking__")
    sources = [
        (of_desk.filter(amount_minor__gt=0), "at", "desk", 1),
        (of_desk.filter(amount_minor__lt=0), "at", "returned", -1),
        (_online(Payment.objects.filter(state=Payment.State.SUCCEEDED), scope), "succeeded_at", "online", 1),
        (_online(_refunds(), scope), "created_at", "returned", 1),
    ]
    for rows, column, name, sign in sources:
        for row in _summed(rows, column, scope):
            drawer = found.setdefault((row["key"], row["in_currency"]), defaultdict(int))
            drawer[name] += sign * row["amount"]
    ordered = sorted(found, key=lambda each: (str(each[0]), each[1]))
    return [
        {
            "key": key,
            "currency": currency,
            **{name: found[key, currency][name] for name in ("desk", "online", "returned")},
        }
        for key, currency in ordered
    ]


def _refunds() -> QuerySet[Refund]:
    return Refund.objects.filter(state__in=[Refund.State.PENDING, Refund.State.SUCCEEDED])


def _of_places(rows: QuerySet[Any], scope: Scope, prefix: str) -> Any:
    own = scope.bookings.filter(resource__in=scope.resources)
    return rows.filter(booking__in=own).annotate(
        in_zone=F(f"{prefix}time_zone"),
        in_currency=F(f"{prefix}currency"),
        **{f"of_{name}": F(f"{prefix}{column}") for name, column in COLUMNS.items()},
    )


COLUMNS = {"resource": "resource_id", "product": "product_id", "venue": "resource__venue_id"}


def _online(rows: QuerySet[Any], scope: Scope) -> Any:
    own = scope.bookings.filter(resource__in=scope.resources)
    booking = Booking.objects.filter(pk=OuterRef("booking_id"))
    names = {"in_zone": "time_zone", "in_currency": "currency", **{f"of_{key}": col for key, col in COLUMNS.items()}}
    asked = {name: Subquery(booking.values(column)) for name, column in names.items()}
    return rows.filter(booking_id__in=own.values("pk")).annotate(**asked)


def _summed(rows: Any, column: str, scope: Scope) -> Any:
    rows = rows.filter(near(column, scope.first, scope.last)).annotate(local=local(column, F("in_zone")))
    rows = rows.filter(scope.days("local"))
    key: Combinable = F(f"of_{scope.by}") if scope.by in COLUMNS else key_of(scope.by, F("local"))
    return rows.annotate(key=key).order_by().values("key", "in_currency").annotate(amount=Sum("amount_minor"))
