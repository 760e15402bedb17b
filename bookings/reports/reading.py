"""Several tables of figures from one reading of the visits of a scope.

PostgreSQL keeps the visits for the length of the statement (`visits`) and adds them up once for each table: what costs
is finding them, not adding. Of people who came it looks up the first two visits (`people`), once for each of them.
"""

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat, Lower
from psycopg import sql

from bookings.dossiers import counted
from bookings.reports.scope import By, Scope, at, key_of, local, truncated, written
from bookings.states import State
from bookings.sums import STOOD
from schemas.replicas import connection_for_reading

Row = dict[str, Any]
STATEMENT = sql.SQL("WITH visits AS MATERIALIZED ({visits}){people} SELECT {tables}")
TABLE = sql.SQL("(SELECT coalesce(json_agg(line), '[]')::text FROM ({}) AS line)")
ROWS = sql.SQL("SELECT {key} AS key{apart}, {sums} FROM visits{beside} WHERE {only} GROUP BY {key}{apart}")
BESIDE = sql.SQL(" LEFT JOIN people USING (who)")
PEOPLE = sql.SQL("""
, people AS MATERIALIZED (
    SELECT row_number() OVER () AS person, who, times, walls
    FROM (
        SELECT who, times, walls
        FROM (SELECT DISTINCT who, customer_id FROM visits WHERE stood AND customer_id IS NOT NULL) AS someone
        CROSS JOIN LATERAL (SELECT array_agg(start) AS times, array_agg(wall) AS walls FROM ({account}) AS each) AS came
        UNION ALL
        SELECT who, times, walls
        FROM (SELECT DISTINCT who, address FROM visits WHERE stood AND customer_id IS NULL AND address <> '') AS someone
        CROSS JOIN LATERAL (SELECT array_agg(start) AS times, array_agg(wall) AS walls FROM ({guest}) AS each) AS came
    ) AS everyone
)""")


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What is added up: `columns` of each visit (None: the booking's own), and in SQL the `sums` of those `only`.

    `apart` is a column that rows are for besides their key. Where `firsts` is not 0, `people` stands beside each visit
    that is somebody's, with so many of their first visits (`times`, `walls`), and `{since}` is when the row begins.
    """

    columns: dict[str, Any]
    sums: str
    only: str = "TRUE"
    apart: str = ""
    firsts: int = 0


def read(scope: Scope, *asked: tuple[Figures, By]) -> list[list[Row]]:
    """A table for each of what is asked: rows by `key`, in order. One query."""
    visits = counted(scope.visits())
    firsts = max(figures.firsts for figures, _by in asked)
    columns = {name: column for figures, _by in asked for name, column in figures.columns.items()}
    columns |= {f"key_{by}": key_of(by, F("local")) for _figures, by in asked}
    if firsts:
        columns |= PERSON | {f"since_{by}": _since(scope, by) for figures, by in asked if figures.firsts}
    made = {name: column for name, column in columns.items() if column is not None}
    text, values = visits.annotate(**made).values(*columns).query.sql_with_params()
    people, more = _people(scope, firsts) if firsts else (sql.SQL(""), ())
    tables = sql.SQL(", ").join(TABLE.format(_rows_of(figures, by)) for figures, by in asked)
    statement = STATEMENT.format(visits=sql.SQL(text), people=people, tables=tables)
    with connection_for_reading().cursor() as cursor:
        cursor.execute(statement.as_string(), (*values, *more))
        found = cursor.fetchone()
    return [_ordered(json.loads(table), figures, by) for table, (figures, by) in zip(found, asked, strict=True)]


def flag(condition: Q) -> ExpressionWrapper:
    """Whether a visit is one of those, as a column."""
    return ExpressionWrapper(condition, output_field=BooleanField())


def minutes(start: str, end: str) -> Func:
    """Whole minutes of real time from one column to another."""
    template = "floor(date_part('epoch', %(expressions)s) / 60)::bigint"
    return Func(F(end), F(start), arg_joiner=" - ", template=template, output_field=BigIntegerField())


STATES = {
    "stood": flag(Q(state__in=STOOD)),
    "waiting": flag(Q(state=State.PENDING)),
    "cancelled": flag(Q(state=State.CANCELLED)),
    "no_show": flag(Q(state=State.NO_SHOW)),
}
WHO = Case(
    When(customer__isnull=False, then=Concat(Value("a"), Cast("customer_id", CharField()))),
    When(~Q(email=""), then=Concat(Value("g"), Lower("email"))),
    default=None,
    output_field=CharField(),
)
"""Who a booking is of: an account, or else an address; None where there is neither."""
PERSON = {"stood": STATES["stood"], "customer_id": None, "address": Lower("email"), "who": WHO}


def _rows_of(figures: Figures, by: By) -> sql.Composed:
    names = {"since": sql.Identifier(f"since_{by}"), "key": sql.Identifier(f"key_{by}")}
    return ROWS.format(
        key=names["key"],
        apart=sql.SQL(", {}").format(sql.Identifier(figures.apart)) if figures.apart else sql.SQL(""),
        sums=sql.SQL(figures.sums).format(**names),
        beside=BESIDE if figures.firsts else sql.SQL(""),
        only=sql.SQL(figures.only),
    )


def _people(scope: Scope, number: int) -> tuple[sql.Composed, tuple[Any, ...]]:
    """When each of them came so many times at first, whenever that was."""
    stood = scope.bookings.filter(at(scope.resources), state__in=STOOD).order_by("start")
    account = stood.filter(customer=RawSQL("someone.customer_id", ()))
    guests = stood.filter(customer=None).exclude(email="").annotate(lowered=Lower("email"))
    guest = guests.filter(lowered=RawSQL("someone.address", ()))
    found: dict[str, sql.SQL] = {}
    values: list[Any] = []
    for kind, rows in (("account", account), ("guest", guest)):
        early = rows.annotate(wall=local("start", F("time_zone"))).values("start", "wall")[:number]
        text, given = early.query.sql_with_params()
        found[kind] = sql.SQL(text)
        values += given
    return PEOPLE.format(**found), tuple(values)


def _since(scope: Scope, by: By) -> Func:
    """The first instant of the row that a visit belongs to."""
    first: Any = Func(Value(f"{scope.first}"), template="(%(expressions)s)::timestamp", output_field=CharField())
    start = first if by is By.TOTAL else truncated(by, F("local"))
    return Func(F("time_zone"), start, function="timezone", output_field=DateTimeField())


def _ordered(rows: list[Row], figures: Figures, by: By) -> list[Row]:
    rows.sort(key=lambda row: (row["key"] is None, row["key"], row.get(figures.apart)))
    return [{**row, "key": written(by, row["key"])} for row in rows]
