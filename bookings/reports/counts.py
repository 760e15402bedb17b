"""How many: bookings, what fell through, and who comes."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Aggregate,
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, Lower

from bookings.dossiers import counted
from bookings.reports.scope import By, Scope, local
from bookings.states import CancelReason, State
from bookings.sums import STOOD

HERE = Q(state__in=STOOD)
MONTH_DAYS, QUARTER_DAYS = 30, 90
Row = dict[str, Any]


class Median(Aggregate):
    """The middle one; of an even number the lower. None for none."""

    template = "percentile_disc(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Median"


def minutes(start: str, end: str) -> Func:
    """Whole minutes of real time from one column to another."""
    template = "floor(extract(epoch FROM (%(expressions)s)) / 60)::bigint"
    return Func(F(end), F(start), arg_joiner=" - ", template=template, output_field=BigIntegerField())


def booked(scope: Scope) -> list[Row]:
    """Bookings by their start, without holds and what lapsed: how many, how long, how long before they were made."""
    lead = minutes("created_at", "start")
    return _rows(
        counted(scope.visits()),
        bookings=Count("pk"),
        stood=Count("pk", filter=HERE),
        waiting=Count("pk", filter=Q(state=State.PENDING)),
        cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
        no_shows=Count("pk", filter=Q(state=State.NO_SHOW)),
        participants=Sum("participants", filter=HERE),
        minutes=Sum(minutes("start", "end"), filter=HERE),
        lead_minutes=Median(lead, output_field=BigIntegerField()),
    )


def busiest(scope: Scope) -> tuple[int | None, int, int]:
    """The hour of the day in which most bookings that stand begin, how many, and of how many. The earlier of equals."""
    by_hour = Scope(scope.bookings.filter(HERE), scope.resources, scope.first, scope.last, By.HOUR)
    rows = list(by_hour.visits().values("key").annotate(number=Count("pk")).order_by("-number", "key"))
    return (rows[0]["key"] if rows else None, rows[0]["number"] if rows else 0, sum(row["number"] for row in rows))


def fallen(scope: Scope) -> list[Row]:
    """What was cancelled or nobody came to, by the start that it would have had."""
    gone = Q(state=State.CANCELLED)
    visits: Any = counted(scope.visits()).exclude(state=State.PENDING)
    if scope.by is By.REASON:
        visits = visits.filter(gone)
    reasons = {reason.value: Count("pk", filter=gone & Q(cancel_reason=reason)) for reason in CancelReason}
    return _rows(
        visits,
        bookings=Count("pk"),
        cancelled=Count("pk", filter=gone),
        no_shows=Count("pk", filter=Q(state=State.NO_SHOW)),
        with_fee=Count("pk", filter=gone & Q(fee_minor__gt=0)),
        notice_minutes=Median(minutes("cancelled_at", "start"), filter=gone, output_field=BigIntegerField()),
        **reasons,
    )


def identity() -> Case:
    """Who a booking is of: an account, or else an address; None where there is neither."""
    return Case(
        When(customer__isnull=False, then=Concat(Value("a"), Cast("customer_id", CharField()))),
        When(~Q(email=""), then=Concat(Value("g"), Lower("email"))),
        default=None,
        output_field=CharField(),
    )


def came_again(scope: Scope) -> list[Row]:
    """Customers by the month of their first visit that stands, of months that begin in the days of the report.

    `again_30`, `again_90` and `again` are how many of them had a second visit within so many days, or ever. One query
    that reads every booking of these places.
    """
    stood = scope.bookings.filter(HERE, resource__in=scope.resources).annotate(who=identity()).exclude(who=None)
    visits = ArrayAgg(local("start", F("time_zone")), order_by="start")
    people = stood.order_by().values("who").annotate(first=Func(visits, template="(%(expressions)s)[1]"))
    people = people.annotate(second=Func(visits, template="(%(expressions)s)[2]"))
    found: dict[str, Row] = {}
    for first, second in people.values_list("first", "second"):
        if not scope.first <= first.date() <= scope.last:
            continue
        row = found.setdefault(f"{first:%Y-%m}", dict.fromkeys(("customers", "again_30", "again_90", "again"), 0))
        days = (second - first).days if second else None
        row["customers"] += 1
        row["again"] += days is not None
        row["again_30"] += days is not None and days < MONTH_DAYS
        row["again_90"] += days is not None and days < QUARTER_DAYS
    return [{"key": key, **found[key]} for key in sorted(found)]


def who(scope: Scope) -> list[Row]:
    """Customers, by account or address, of bookings that stand; `new` have none before the row's first day."""
    visits = scope.visits().filter(HERE).annotate(who=identity(), since=_since(scope))
    before = scope.bookings.filter(HERE, resource__in=scope.resources, start__lt=OuterRef("since"))
    guests = before.filter(customer=None).exclude(email="").annotate(address=Lower("email"))
    has_been = Case(
        When(customer__isnull=False, then=Exists(before.filter(customer=OuterRef("customer")))),
        default=Exists(guests.filter(address=Lower(OuterRef("email")))),
        output_field=BooleanField(),
    )
    returning = visits.annotate(has_been=has_been)
    return _rows(
        returning,
        bookings=Count("pk"),
        customers=Count("who", distinct=True),
        returning=Count("who", distinct=True, filter=Q(has_been=True)),
        unknown=Count("pk", filter=Q(who=None)),
    )


def _since(scope: Scope) -> Func:
    """The first instant of the row that a visit belongs to."""
    if scope.by is By.TOTAL:
        start = Func(Value(f"{scope.first}"), template="(%(expressions)s)::timestamp", output_field=CharField())
    else:
        start = Func(Value(scope.by.value), F("local"), function="date_trunc", output_field=CharField())
    return Func(F("time_zone"), start, function="timezone", output_field=DateTimeField())


def _rows(visits: Any, **figures: Any) -> list[Row]:
    rows = visits.values("key").annotate(**figures).order_by("key")
    return [row for row in rows if row["bookings"]]  # all together is one row even of nothing
