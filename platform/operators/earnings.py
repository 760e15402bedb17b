"""What the platform earns, from subscriptions and from payments. Sums are of one currency each, never mixed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, IntegerField, Q, Sum, When
from django.db.models.functions import Round, TruncMonth

from billing.subscriptions.models import PlatformFee, Subscription
from billing.subscriptions.standing import GRANTED, PAST_DUE, TRIALING
from operators.figures import EARNS, MONTHS
from operators.models import TenantTakings
from tenants.models import Tenant

MOST = 10
MOVES = """
WITH months AS (
    SELECT month::date AS month,
        (SELECT max(day) FROM operators_tenantday WHERE day >= month AND day < month + interval '1 month') AS day
    FROM generate_series(%(first)s::date - interval '1 month', %(last)s::date, interval '1 month') AS month
),
ends AS (
    SELECT m.month, d.schema_name, d.currency, d.mrr_minor AS mrr
    FROM months m JOIN operators_tenantday d ON d.day = m.day WHERE d.mrr_minor > 0
),
known AS (
    SELECT m.month FROM months m
    WHERE EXISTS (SELECT FROM operators_tenantday d WHERE d.day = m.day AND d.mrr_minor IS NOT NULL)
),
pairs AS (
    SELECT coalesce(a.month, (b.month + interval '1 month')::date) AS month,
        coalesce(a.currency, b.currency) AS currency, coalesce(a.mrr, 0) AS is_now, coalesce(b.mrr, 0) AS was
    FROM ends a FULL JOIN ends b ON b.schema_name = a.schema_name AND b.currency = a.currency
        AND a.month = (b.month + interval '1 month')::date
)
SELECT p.month, p.currency, sum(p.is_now)::bigint,
    coalesce(sum(p.is_now) FILTER (WHERE p.was = 0), 0)::bigint,
    coalesce(sum(p.is_now - p.was) FILTER (WHERE p.was > 0 AND p.is_now > p.was), 0)::bigint,
    coalesce(sum(p.was - p.is_now) FILTER (WHERE p.is_now > 0 AND p.is_now < p.was), 0)::bigint,
    coalesce(sum(p.was) FILTER (WHERE p.is_now = 0), 0)::bigint,
    sum(p.was)::bigint,
    count(*) FILTER (WHERE p.is_now > 0), count(*) FILTER (WHERE p.was > 0 AND p.is_now = 0),
    count(*) FILTER (WHERE p.was > 0),
    EXISTS (SELECT FROM known k WHERE k.month = (p.month - interval '1 month')::date)
FROM pairs p JOIN known k ON k.month = p.month WHERE p.month >= %(first)s
GROUP BY p.month, p.currency ORDER BY p.month DESC, p.currency
"""


TAKINGS = """
SELECT month, currency, count(*), sum(payments)::bigint, sum(volume)::bigint FROM (
    SELECT date_trunc('month', day::timestamp)::date AS month, currency, sum(payments) AS payments,
        sum(volume_minor) AS volume
    FROM operators_tenanttakings WHERE day >= %s GROUP BY 1, currency, schema_name
) of_tenants GROUP BY month, currency
"""


@dataclass(frozen=True, slots=True)
class Brings:
    """What the tenants of a plan bring in a month, and how many they are, in a currency."""

    plan: str
    currency: str
    paying: int
    mrr_minor: int
    late: int
    late_minor: int
    trying: int
    granted: int


@dataclass(frozen=True, slots=True)
class Move:
    """How the monthly revenue of a currency moved within a month, from the last day of the one before.

    `is_compared`: the month before is known; else nothing is said to be new.
    """

    month: date
    currency: str
    mrr_minor: int
    new_minor: int
    more_minor: int
    less_minor: int
    lost_minor: int
    before_minor: int
    customers: int
    customers_lost: int
    customers_before: int
    is_compared: bool

    @property
    def churn(self) -> float | None:
        """Percent of those who paid at the beginning who do not any more."""
        return self.customers_lost * 100 / self.customers_before if self.customers_before else None

    @property
    def revenue_churn(self) -> float | None:
        """Percent of the revenue at the beginning that is gone."""
        return (self.lost_minor + self.less_minor) * 100 / self.before_minor if self.before_minor else None


@dataclass(frozen=True, slots=True)
class Taken:
    """What customers paid all tenants in a month, and what the platform kept and gave back, in a currency."""

    month: date
    currency: str
    tenants: int
    payments: int
    volume_minor: int
    fees_minor: int
    returned_minor: int

    @property
    def average_minor(self) -> int:
        """Volume for each tenant that took something."""
        return round(self.volume_minor / self.tenants) if self.tenants else 0


def by_plan() -> list[Brings]:
    """What subscriptions bring now: one query."""
    worth = Case(
        When(is_yearly=True, then=Round(F("plan__yearly_minor") * 1.0 / MONTHS)),
        default=F("plan__monthly_minor"),
        output_field=IntegerField(),
    )
    rows = (
        Subscription.objects.order_by("plan__position", "plan__currency")
        .values("plan__position", "plan__name", "plan__currency")
        .annotate(
            paying=Count("pk", filter=Q(status__in=EARNS)),
            mrr=Sum(worth, filter=Q(status__in=EARNS), default=0),
            late=Count("pk", filter=Q(status=PAST_DUE)),
            late_minor=Sum(worth, filter=Q(status=PAST_DUE), default=0),
            trying=Count("pk", filter=Q(status=TRIALING)),
            granted=Count("pk", filter=Q(status=GRANTED)),
        )
    )
    return [
        Brings(
            row["plan__name"], row["plan__currency"], row["paying"], int(row["mrr"]), row["late"],
            int(row["late_minor"]), row["trying"], row["granted"],
        )
        for row in rows
    ]  # fmt: skip


def mrr() -> Mapping[str, int]:
    """What comes in a month, by currency."""
    found: dict[str, int] = defaultdict(int)
    for each in by_plan():
        found[each.currency] += each.mrr_minor
    return {currency: minor for currency, minor in sorted(found.items()) if minor}


def moves(first: date, last: date) -> list[Move]:
    """How it moved, month by month, the newest first; `first` and `last` are first days of months."""
    with connection.cursor() as cursor:
        cursor.execute(MOVES, {"first": first, "last": last})
        return [Move(*row) for row in cursor.fetchall()]


def takings(first: date) -> list[Taken]:
    """Payments and fees since the first day of a month, by month and currency, the newest first. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(TAKINGS, [first])
        sums = {(month, currency): row for month, currency, *row in cursor.fetchall()}
    begin = datetime.combine(first, time.min, UTC)
    kept = PlatformFee.objects.filter(at__gte=begin).order_by().annotate(month=TruncMonth("at", tzinfo=UTC))
    fees = {
        (row["month"].date(), row["currency"]): row
        for row in kept.values("month", "currency").annotate(sum=Sum("amount_minor"), back=Sum("refunded_minor"))
    }
    nothing: dict[str, Any] = defaultdict(int)
    return [
        Taken(*key, *sums.get(key, (0, 0, 0)), *itemgetter("sum", "back")(fees.get(key, nothing)))
        for key in sorted({*sums, *fees}, key=lambda key: (-key[0].toordinal(), key[1]))
    ]


def volume(since: date) -> Mapping[str, int]:
    """What customers paid since a day, by currency."""
    rows = TenantTakings.objects.filter(day__gte=since).order_by().values_list("currency")
    return dict(sorted(rows.annotate(Sum("volume_minor"))))


def top(since: date) -> list[tuple[str, list[tuple[Tenant | None, str, int]]]]:
    """Who took most since a day: for each currency tenants, their schemas and sums."""
    rows = TenantTakings.objects.filter(day__gte=since).order_by().values_list("currency", "schema_name")
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for currency, schema, sum_minor in rows.annotate(sum=Sum("volume_minor")).order_by("currency", "-sum"):
        if len(found[currency]) < MOST:
            found[currency].append((schema, sum_minor))
    schemas = {schema for lines in found.values() for schema, _sum in lines}
    tenants = {each.schema_name: each for each in Tenant.objects.filter(schema_name__in=schemas)}
    return [
        (currency, [(tenants.get(schema), schema, minor) for schema, minor in lines])
        for currency, lines in sorted(found.items())
    ]


def conversion(first: date) -> list[tuple[date, int, int, int]]:
    """Of the tenants that came in a month and are still here: how many there are, still try, and pay."""
    begin = datetime.combine(first, time.min, UTC)
    rows = Subscription.objects.filter(tenant__created_at__gte=begin).order_by()
    months = rows.annotate(month=TruncMonth("tenant__created_at", tzinfo=UTC)).values_list("month")
    counted = months.annotate(
        came=Count("pk"),
        trying=Count("pk", filter=Q(status=TRIALING)),
        paying=Count("pk", filter=Q(status__in=EARNS)),
    )
    return [(month.date(), *counts) for month, *counts in sorted(counted, reverse=True)]


def first_of_month(day: date, back: int) -> date:
    """The first day of the month so many months before a day's."""
    found = day.replace(day=1)
    for _month in range(back):
        found = (found - timedelta(days=1)).replace(day=1)
    return found
