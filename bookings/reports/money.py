"""Money, in minor units of each currency: what visits are worth, and what has moved.

`earned` is read from the columns of bookings, by the day of the visit. What has changed hands is counted
by the day on which it did: at the desk (`OnSitePayment`), online (`Payment` that succeeded) and back again (`Refund`
that Stripe took). Who sees all money has that of packs and memberships in it.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from billing.payments.models import Payment, Refund
from bookings import sums
from bookings.models import Booking, OnSitePayment
from bookings.reports.reading import STATES, Figures, Row, read
from bookings.reports.scope import Scope, key_of, local, written
from bookings.reports.scope import moved as near
from schemas.current import current_tenant

ONLINE = "online"
MEANS = (ONLINE, *OnSitePayment.Way.values)
EARNED = Figures(
    columns={
        "currency": None,
        "booked": Case(When(state__in=sums.STOOD, then=F("total_minor")), default=Value(0)),
        "fee": Case(When(state__in=sums.FELL, then=F("fee_minor")), default=Value(0)),
        "tax": Case(When(state__in=sums.STOOD, then=F("tax_minor")), default=Value(0)),
        "credit_minor": None,
        "here": sums.here(),
        "owed": sums.owed(),
        "waiting": STATES["waiting"],
    },
    sums="""count(*) AS bookings, sum(booked) AS booked, sum(fee) AS fees, sum(tax) AS tax,
        sum(credit_minor) AS gift_credit, sum(here) AS paid, sum(owed) AS owed""",
    only="NOT waiting",
    apart="currency",
)
"""Prices of what stands, fees of what fell through, what of it was paid, and what is owed, by the visit's start."""


WORTH = Figures(
    columns={name: EARNED.columns[name] for name in ("currency", "booked", "fee", "waiting")},
    sums="sum(booked) + sum(fee) AS worth",
    only="NOT waiting",
    apart="currency",
)
"""Prices and fees together, where nothing else is asked."""


def earned(scope: Scope) -> list[Row]:
    """What visits are worth."""
    return read(scope, (EARNED, scope.by))[0]


def changed_hands(scope: Scope) -> list[Row]:
    """By the day on which it moved: received at the desk and online, and given back; of `scope.purchases` as well."""
    found: dict[tuple[Any, str], Row] = {}
    desk, came, went = _moved(scope)
    sources = [
        *((rows.filter(amount_minor__gt=0), "at", "desk", 1) for rows in desk),
        *((rows.filter(amount_minor__lt=0), "at", "returned", -1) for rows in desk),
        *((rows, "succeeded_at", "online", 1) for rows in came),
        *((rows, "created_at", "returned", 1) for rows in went),
    ]
    for rows, column, name, sign in sources:
        for row in _summed(rows, column, scope):
            drawer = found.setdefault((written(scope.by, row["key"]), row["in_currency"]), defaultdict(int))
            drawer[name] += sign * row["amount"]
    return _in_order(found, ("desk", "online", "returned"))


def by_means(scope: Scope) -> list[Row]:
    """The same money by the means of payment, less what went back by it; all of it together is `net`."""
    found: dict[tuple[Any, str], Row] = {}
    desk, came, went = _moved(scope)
    sources = [
        *((_summed(rows, "at", scope, "way"), 1) for rows in desk),
        *((_summed(rows, "succeeded_at", scope), 1) for rows in came),
        *((_summed(rows, "created_at", scope), -1) for rows in went),
    ]
    for rows, sign in sources:
        for row in rows:
            drawer = found.setdefault((written(scope.by, row["key"]), row["in_currency"]), defaultdict(int))
            drawer[row.get("way", ONLINE)] += sign * row["amount"]
            drawer["net"] += sign * row["amount"]
    return _in_order(found, (*MEANS, "net"))


def _in_order(found: dict[tuple[Any, str], Row], names: Iterable[str]) -> list[Row]:
    ordered = sorted(found, key=lambda each: (str(each[0]), each[1]))
    return [{"key": each[0], "currency": each[1], **{name: found[each][name] for name in names}} for each in ordered]


def _moved(scope: Scope) -> tuple[list[Any], list[Any], list[Any]]:
    """Money at the desk, that came online, and that went back there."""
    payments = Payment.objects.filter(state=Payment.State.SUCCEEDED)
    desk = [_of_places(OnSitePayment.objects.all(), scope, "booking__")]
    came, went = [_online(payments, scope)], [_online(_refunds(), scope)]
    if scope.purchases is not None:
        bought = scope.purchases.order_by().values("pk")
        desk.append(_of_purchases(OnSitePayment.objects.filter(purchase__in=bought), "purchase__currency"))
        came.append(_of_purchases(payments.filter(booking_id__in=bought), "currency"))
        went.append(_of_purchases(_refunds().filter(booking_id__in=bought), "payment__currency"))
    return desk, came, went


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


def _of_purchases(rows: Any, currency: str) -> Any:
    """Money for packs and memberships: on the house's clocks, and of no place."""
    nowhere = {f"of_{name}": Cast(Value(None), IntegerField()) for name in COLUMNS}
    return rows.annotate(in_zone=Value(current_tenant().time_zone), in_currency=F(currency), **nowhere)


def _summed(rows: Any, column: str, scope: Scope, *more: str) -> Any:
    rows = rows.filter(near(column, scope.first, scope.last)).annotate(local=local(column, F("in_zone")))
    rows = rows.filter(scope.days("local"))
    key: Combinable = F(f"of_{scope.by}") if scope.by in COLUMNS else key_of(scope.by, F("local"))
    return rows.annotate(key=key).order_by().values("key", "in_currency", *more).annotate(amount=Sum("amount_minor"))
