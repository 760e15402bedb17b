"""How many: bookings, what fell through, and who comes."""

from dataclasses import replace

from django.db.models import Count, F, Q

from bookings.reports.reading import STATES, Figures, Row, flag, minutes, read
from bookings.reports.scope import By, Scope, key_of
from bookings.states import CancelReason
from bookings.sums import STOOD

BOOKED = Figures(
    columns={
        **STATES,
        "participants": None,
        "lasted": minutes("start", "end"),
        "lead": minutes("created_at", "start"),
    },
    sums="""count(*) AS bookings, count(*) FILTER (WHERE stood) AS stood, count(*) FILTER (WHERE waiting) AS waiting,
        count(*) FILTER (WHERE cancelled) AS cancelled, count(*) FILTER (WHERE no_show) AS no_shows,
        sum(participants) FILTER (WHERE stood) AS participants, sum(lasted) FILTER (WHERE stood) AS minutes,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY lead) AS lead_minutes""",
)
"""By their start, without holds and what lapsed: how many, how long, how long before they were made (the median)."""
FALLEN = Figures(
    columns={
        **STATES,
        "with_fee": flag(Q(fee_minor__gt=0)),
        "notice": minutes("cancelled_at", "start"),
        **{reason.value: flag(Q(cancel_reason=reason)) for reason in CancelReason},
    },
    sums="""count(*) AS bookings, count(*) FILTER (WHERE cancelled) AS cancelled,
        count(*) FILTER (WHERE no_show) AS no_shows, count(*) FILTER (WHERE cancelled AND with_fee) AS with_fee,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY notice) FILTER (WHERE cancelled) AS notice_minutes,
        count(*) FILTER (WHERE cancelled AND user_request) AS user_request,
        count(*) FILTER (WHERE cancelled AND weather) AS weather,
        count(*) FILTER (WHERE cancelled AND other) AS other""",
    only="NOT waiting",
)
"""What was cancelled or nobody came to, by the start that it would have had."""
WHO = Figures(
    columns={**STATES},
    sums="""count(*) AS bookings, count(DISTINCT person) AS customers,
        count(DISTINCT person) FILTER (WHERE times[1] < {since}) AS returning,
        count(*) FILTER (WHERE who IS NULL) AS unknown""",
    only="stood",
    firsts=1,
)
"""Customers, by account or address, of bookings that stand; those who return had one before the row's first day."""
AGAIN = Figures(
    columns={"start": None, **STATES},
    sums="""count(DISTINCT person) AS customers,
        count(DISTINCT person) FILTER (WHERE walls[2] - walls[1] < interval '30 days') AS again_30,
        count(DISTINCT person) FILTER (WHERE walls[2] - walls[1] < interval '90 days') AS again_90,
        count(DISTINCT person) FILTER (WHERE walls[2] IS NOT NULL) AS again""",
    only="stood AND start = times[1]",
    firsts=2,
)
"""Customers by the day of their first visit that stands; how many had a second within so many days, or ever."""


def booked(scope: Scope) -> list[Row]:
    """How many bookings."""
    return read(scope, (BOOKED, scope.by))[0]


def busiest(scope: Scope) -> tuple[int | None, int, int]:
    """The hour of the day in which most bookings that stand begin, how many, and of how many. The earlier of equals."""
    stood = Scope(scope.bookings.filter(state__in=STOOD), scope.resources, scope.first, scope.last)
    by_hour = stood.visits().annotate(key=key_of(By.HOUR, F("local"))).values("key")
    rows = list(by_hour.annotate(number=Count("pk")).order_by("-number", "key"))
    return (rows[0]["key"] if rows else None, rows[0]["number"] if rows else 0, sum(row["number"] for row in rows))


def fallen(scope: Scope) -> list[Row]:
    """What fell through; by reason, of what was cancelled alone."""
    figures = replace(FALLEN, only="cancelled") if scope.by is By.REASON else FALLEN
    return read(scope, (figures, scope.by))[0]


def who(scope: Scope) -> list[Row]:
    """Who comes."""
    return read(scope, (WHO, scope.by))[0]


def came_again(scope: Scope) -> list[Row]:
    """Of whom the first visit was in the days of the report, by month, and how many came again."""
    return read(scope, (AGAIN, By.MONTH))[0]
