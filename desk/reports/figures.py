"""The figures of each report page, from `bookings.reports`."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.reports import counts, money
from bookings.reports.reading import Row, read
from bookings.reports.scope import PERIODS, By
from bookings.states import CancelReason
from desk.reports.asked import Asked
from desk.reports.gaps import closed
from desk.reports.tables import (
    Column,
    Heat,
    Kind,
    Table,
    heat_of,
    key_names,
    share_of,
    weekday,
)
from venues.access import products_seen_by

REASONS = {
    CancelReason.USER_REQUEST: gettext_lazy("By the customer"),
    CancelReason.WEATHER: gettext_lazy("Weather"),
    CancelReason.OTHER: gettext_lazy("Other reasons"),
}


def visits(asked: Asked, by: By, found: list[Row]) -> Table:
    """How many bookings, of `counts.BOOKED`."""
    rows = [_with_zeros(row, "participants", "minutes") for row in found]
    columns = (
        _key(by),
        Column("stood", _("Took place"), adds=True),
        Column("waiting", _("Waiting"), adds=True),
        Column("cancelled", _("Cancelled"), adds=True),
        Column("no_shows", _("No-shows"), adds=True),
        Column("participants", _("People"), adds=True),
        Column("minutes", _("Booked time"), Kind.MINUTES, adds=True),
        Column("lead_minutes", _("Booked ahead"), Kind.MINUTES),
    )
    title = _("Bookings")
    return Table(
        f"bookings-{by}", title, columns, closed(by, columns, rows), ("stood",), shape(by), names=_names(asked, by)
    )


def fullness(asked: Asked, by: By, found: list[Row]) -> Table:
    """How full it was, of `utilisation`."""
    rows = [{**row, "utilisation": share_of(row["booked_minutes"], row["open_minutes"])} for row in found]
    adds = by in PERIODS  # a hall and its halves have the same hours
    columns = (
        _key(by),
        Column("utilisation", _("Utilisation"), Kind.SHARE, of=("booked_minutes", "open_minutes")),
        Column("booked_minutes", _("Booked"), Kind.MINUTES, adds),
        Column("open_minutes", _("Open"), Kind.MINUTES, adds),
    )
    slug = f"utilisation-{by}"
    return Table(slug, _("Utilisation"), columns, rows, ("utilisation",), shape(by), names=_names(asked, by))


def heats(asked: Asked, of_week: list[Row], of_places: list[Row]) -> list[Heat]:
    """Days of the week by hours, and resources by hours."""
    places = dict(asked.scope().resources.filter(stock_of=None).order_by("position", "name").values_list("pk", "name"))
    days = {number: weekday(number) for number in range(7)}
    return [
        heat_of("week", _("By day of the week and hour"), _("Day"), of_week, days),
        heat_of("resources", _("By resource and hour"), _("Resource"), of_places, places),
    ]


def earned(asked: Asked, by: By, rows: list[Row]) -> Table:
    """What visits were worth, of `money.EARNED`."""
    columns = (
        _key(by),
        Column("currency", _("Currency"), Kind.WORDS),
        Column("bookings", _("Bookings"), adds=True),
        Column("booked", _("Prices"), Kind.MONEY, adds=True),
        Column("fees", _("Fees"), Kind.MONEY, adds=True),
        Column("tax", _("Tax in it"), Kind.MONEY, adds=True),
        Column("gift_credit", _("Gift credit"), Kind.MONEY, adds=True),
        Column("paid", _("Paid"), Kind.MONEY, adds=True),
        Column("owed", _("Open"), Kind.MONEY, adds=True),
    )
    note = _("By the day of the visit.") if by in PERIODS else ""
    title, drawn = _("Revenue"), _drawn(rows, "booked", "paid")
    return Table(f"revenue-{by}", title, columns, closed(by, columns, rows), drawn, shape(by), note, _names(asked, by))


def moved(asked: Asked, by: By) -> Table:
    """What changed hands."""
    rows = [
        {**row, "net": row["desk"] + row["online"] - row["returned"]} for row in money.changed_hands(asked.scope(by))
    ]
    columns = (
        _key(by),
        Column("currency", _("Currency"), Kind.WORDS),
        Column("online", _("Online"), Kind.MONEY, adds=True),
        Column("desk", _("At the desk"), Kind.MONEY, adds=True),
        Column("returned", _("Given back"), Kind.MONEY, adds=True),
        Column("net", _("Left"), Kind.MONEY, adds=True),
    )
    note = _("By the day on which it moved.")
    slug, drawn = f"payments-{by}", _drawn(rows, "net")
    return Table(slug, _("Payments"), columns, closed(by, columns, rows), drawn, shape(by), note, _names(asked, by))


def fallen(asked: Asked, by: By, found: list[Row]) -> Table:
    """What was cancelled, and who did not come, of `counts.FALLEN`."""
    rows = [{**row, "share": share_of(row["cancelled"], row["bookings"])} for row in found]
    columns = (
        _key(by),
        Column("bookings", _("Bookings"), adds=True),
        Column("cancelled", _("Cancelled"), adds=True),
        Column("share", _("Share"), Kind.SHARE, of=("cancelled", "bookings")),
        *(Column(reason.value, label, adds=True) for reason, label in REASONS.items()),
        Column("with_fee", _("With a fee"), adds=True),
        Column("notice_minutes", _("Before the start"), Kind.MINUTES),
        Column("no_shows", _("No-shows"), adds=True),
    )
    title, drawn = _("Cancellations and no-shows"), ("cancelled", "no_shows")
    names = _names(asked, by)
    return Table(f"cancellations-{by}", title, columns, closed(by, columns, rows), drawn, shape(by), names=names)


def people(asked: Asked) -> list[Table]:
    """Who came, and who came again."""
    by = asked.days.by
    found, first = read(asked.scope(), (counts.WHO, by), (counts.AGAIN, By.MONTH))
    rows = [{**row, "new": row["customers"] - row["returning"]} for row in found]
    columns = (
        _key(by),
        Column("customers", _("Customers")),
        Column("new", _("New")),
        Column("returning", _("Came back")),
        Column("bookings", _("Bookings")),
        Column("unknown", _("Without a name")),
    )
    came = [{**row, **{f"{name}_share": share_of(row[name], row["customers"]) for name in AGAIN}} for row in first]
    again = (
        Column("key", _("First visit"), Kind.TIME),
        Column("customers", _("Customers")),
        Column("again_30_share", _("Again within 30 days"), Kind.SHARE),
        Column("again_90_share", _("Again within 90 days"), Kind.SHARE),
        Column("again_share", _("Again so far"), Kind.SHARE),
    )
    note = _("Customers by the month of their first visit, and how many of them had a second one.")
    return [
        Table(
            "customers",
            _("Customers"),
            columns,
            closed(by, columns, rows),
            ("new", "returning"),
            "stack",
            names=_names(asked, by),
        ),
        Table("again", _("Who comes again"), again, came, ("again_90_share",), "bar", note, key_names(By.MONTH, {})),
    ]


AGAIN = ("again_30", "again_90", "again")
TITLES = {
    By.DAY: gettext_lazy("Day"),
    By.WEEK: gettext_lazy("Week"),
    By.MONTH: gettext_lazy("Month"),
    By.WEEKDAY: gettext_lazy("Day of the week"),
    By.HOUR: gettext_lazy("Hour"),
    By.RESOURCE: gettext_lazy("Resource"),
    By.PRODUCT: gettext_lazy("Service"),
    By.VENUE: gettext_lazy("Venue"),
}


def shape(by: By) -> str:
    """Lines over time, bars that stand by days of the week and hours, bars that lie for what has a name."""
    if by in PERIODS:
        return "line"
    return "bar" if by in {By.WEEKDAY, By.HOUR} else "rows"


def _key(by: By) -> Column:
    return Column("key", TITLES[by], Kind.TIME if by in PERIODS else Kind.KEY)


def _names(asked: Asked, by: By) -> Callable[[Any], str]:
    if by is By.RESOURCE:
        return key_names(by, dict(asked.scope().resources.values_list("pk", "name")))
    if by is By.PRODUCT:
        return key_names(
            by, {None: _("without a service"), **dict(products_seen_by(asked.user).values_list("pk", "name"))}
        )
    return key_names(by, {})


def _drawn(rows: list[Row], *names: str) -> tuple[str, ...]:
    """Money is drawn where it is of one currency."""
    return names if len({row["currency"] for row in rows}) == 1 else ()


def _with_zeros(row: Row, *names: str) -> Row:
    return {**row, **{name: row[name] or 0 for name in names}}
