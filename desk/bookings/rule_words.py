"""How a series repeats, in words."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Series
from bookings.recurrence import Rule, parsed
from kernel.errors import Refused
from tenants import speech

LAST = -1
MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - only its weekday counts


def rhythm(series: Series) -> str:
    """`Every week on Tuesday, 18:00`; for what is said in no rule, the time alone."""
    first = datetime.fromisoformat(series.first)
    at = speech.wall(first.time())
    if not series.rule:
        return _("On single days, %(time)s") % {"time": at}
    try:
        rule = parsed(series.rule)
    except Refused:
        return at
    return f"{_often(rule)}{_days(rule, first)}, {at}"


def _often(rule: Rule) -> str:
    number = {"count": rule.interval}
    if rule.interval == 1:
        return {"DAILY": _("Every day"), "WEEKLY": _("Every week"), "MONTHLY": _("Every month")}[rule.freq]
    words = {
        "DAILY": ngettext("Every %(count)d day", "Every %(count)d days", rule.interval),
        "WEEKLY": ngettext("Every %(count)d week", "Every %(count)d weeks", rule.interval),
        "MONTHLY": ngettext("Every %(count)d month", "Every %(count)d months", rule.interval),
    }
    return words[rule.freq] % number


def _days(rule: Rule, first: datetime) -> str:
    if rule.freq == "DAILY":
        return ""
    if rule.by_month_day:
        return " " + _("on day %(days)s") % {"days": ", ".join(map(str, rule.by_month_day))}
    days = [_day(weekday, which) for weekday, which in rule.by_day] or [_day(first.weekday(), 0)]
    if rule.freq == "MONTHLY" and not rule.by_day:
        return " " + _("on day %(days)s") % {"days": first.day}
    return " " + _("on %(days)s") % {"days": ", ".join(days)}


def _day(weekday: int, which: int) -> str:
    name = date_format(MONDAY.replace(day=1 + weekday), "l")
    if which == LAST:
        return _("the last %(weekday)s") % {"weekday": name}
    return _("%(weekday)s no. %(number)d") % {"weekday": name, "number": which} if which else name
