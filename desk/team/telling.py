"""The record in words: who, what became of what, and each difference as people write such a value."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.dates import WEEKDAYS
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings.team.words import role_name
from desk.models import Change, LookedIn
from desk.team.things import BASIS_POINTS, LENGTHS, POINTS, THINGS, Thing, word_for
from tenants import speech
from tenants.models import Tenant
from tenants.zones import zone

HIDDEN = "***"
MOMENT = re.compile(r"\A(\d{4}-\d\d-\d\d|\d\d:\d\d)")
DASH = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """A column, and its value before and after."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """A change as the page shows it; `link` is empty where the thing has no page, or is gone."""

    change: Change
    who: str
    thing: str
    called: str
    act: str
    link: str
    differences: list[Difference]


class Teller:
    """Puts changes of a tenant into words; what they point to is asked for in one query for each kind of thing."""

    def __init__(self, changes: Sequence[Change], tenant: Tenant) -> None:
        self.changes, self.tenant = changes, tenant

    def lines(self) -> list[Line]:
        """All of them, in their order."""
        return [self._line(change) for change in self.changes]

    def _line(self, change: Change) -> Line:
        thing = THINGS.get(change.thing, Thing(change.thing))
        names = sorted({*change.before, *change.after}, key=word_for)
        said = [self._difference(change, name) for name in names]
        return Line(
            change=change,
            who=self._who(change),
            thing=str(thing.label),
            called=self._called(change, thing),
            act=change.get_act_display(),
            link=_link(change, thing),
            differences=said,
        )

    def _who(self, change: Change) -> str:
        if change.actor_kind == Change.ActorKind.PERSON:
            return self.names["accounts_user"].get(change.actor_id or 0, _("somebody who is gone"))
        if change.actor_kind == Change.ActorKind.SITE:
            return _("somebody who was not signed in")
        return self._platform(change) if change.actor_kind == Change.ActorKind.PLATFORM else _("the clock")

    def _platform(self, change: Change) -> str:
        """Which of them, where somebody looked in: their record is kept here, too."""
        seen = self.look_ins.get(change.actor_id or 0)
        if seen is None:
            return _("Forecourt's team")
        person = self.names["accounts_user"].get(seen.user_id, _("somebody who is gone"))
        return _("Forecourt (%(operator)s) as %(person)s") % {"operator": seen.operator, "person": person}

    @cached_property
    def look_ins(self) -> dict[int, LookedIn]:
        """The look-ins by which changes were made."""
        kind = Change.ActorKind.PLATFORM
        numbers = {each.actor_id for each in self.changes if each.actor_kind == kind and each.actor_id}
        return LookedIn.objects.in_bulk(numbers) if numbers else {}

    def _called(self, change: Change, thing: Thing) -> str:
        if change.thing == "accounts_user" and change.thing_id.isdigit():
            return self.names["accounts_user"].get(int(change.thing_id), change.label)
        if change.thing == "payments_ledgeraccount":
            return self._account(change)
        row = {**self._row(change), **change.before, **change.after}
        parts = [self.names[POINTS[each]].get(row[each], "") for each in thing.of if isinstance(row.get(each), int)]
        return ", ".join(filter(None, [change.label, *parts]))

    def _account(self, change: Change) -> str:
        """What is booked on it: `revenue 1900` is how the record calls it."""
        purpose, _blank, rate = change.label.partition(" ")
        said = self._choice(change, "purpose", purpose)
        return f"{said}, {speech.percent(int(rate))}" if rate else said

    def _row(self, change: Change) -> dict[str, Any]:
        """What a row that is still there points to, where a change of it did not say so."""
        return self.owners.get((change.thing, change.thing_id), {})

    def _difference(self, change: Change, name: str) -> Difference:
        before, after = change.before.get(name), change.after.get(name)
        if HIDDEN in (before, after):
            return Difference(word_for(name), "", _("changed; it is not shown"))
        return Difference(word_for(name), self._said(change, name, before), self._said(change, name, after))

    def _said(self, change: Change, name: str, value: Any) -> str:
        if value is None or value == "":
            return DASH
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(self._said(change, name, each) for each in value) or DASH
        if name in POINTS:
            return self.names[POINTS[name]].get(value, _("one that is gone"))
        if name == "role" and value in Role.values:
            return role_name(value)
        if isinstance(value, int):
            return self._number(change, name, value)
        return self._choice(change, name, str(value)) or self._moment(str(value))

    def _number(self, change: Change, name: str, value: int) -> str:
        if name.endswith("_minor"):
            row = {**change.before, **change.after}
            return speech.money(value, str(row.get("currency") or self.tenant.currency))
        if name in {"weekday", "weekdays"} and value in WEEKDAYS:
            return str(WEEKDAYS[value])
        if name in BASIS_POINTS:
            return speech.percent(value)
        return speech.length(value) if name in LENGTHS and value else str(value)

    def _choice(self, change: Change, name: str, value: str) -> str:
        for field in _models()[change.thing]._meta.concrete_fields if change.thing in _models() else ():
            if field.column == name and field.choices:
                return str(dict(field.flatchoices).get(value, ""))
        return ""

    def _moment(self, text: str) -> str:
        """A day, a moment or a time of day as people write it, where the text is one."""
        for say in (self._day, self._instant, self._wall):
            if MOMENT.match(text):
                try:
                    return say(text)
                except ValueError:
                    continue
        return text

    def _day(self, text: str) -> str:
        return speech.day(date.fromisoformat(text), form="medium")

    def _instant(self, text: str) -> str:
        at = datetime.fromisoformat(text)
        return f"{speech.day(at, self.zone, 'medium')}, {speech.clock(at, self.zone)}"

    def _wall(self, text: str) -> str:
        return speech.wall(time.fromisoformat(text))

    @cached_property
    def zone(self) -> ZoneInfo:
        """The tenant's."""
        return zone(self.tenant.time_zone)

    @cached_property
    def owners(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What rows that are still there belong to, by table and id."""
        wanted: dict[str, set[int]] = {}
        for change in self.changes:
            if THINGS.get(change.thing, Thing("")).of and change.thing_id.isdigit():
                wanted.setdefault(change.thing, set()).add(int(change.thing_id))
        found = {}
        for table, ids in wanted.items():
            for row in _rows(table).filter(pk__in=ids).values("pk", *THINGS[table].of):
                found[table, str(row.pop("pk"))] = row
        return found

    @cached_property
    def names(self) -> dict[str, dict[int, str]]:
        """What everything is called that the changes speak of, by table and id."""
        wanted: dict[str, set[int]] = {table: set() for table in POINTS.values()}
        for change in self.changes:
            if change.actor_id:
                seen = self.look_ins.get(change.actor_id) if change.actor_kind == Change.ActorKind.PLATFORM else None
                wanted["accounts_user"].add(seen.user_id if seen else change.actor_id)
            if change.thing == "accounts_user" and change.thing_id.isdigit():
                wanted["accounts_user"].add(int(change.thing_id))
            for row in (change.before, change.after, self._row(change)):
                for column in row.keys() & POINTS.keys():
                    if isinstance(row[column], int):
                        wanted[POINTS[column]].add(row[column])
        return {table: dict(_named(table, ids)) for table, ids in wanted.items()}


def _named(table: str, ids: Iterable[int]) -> Iterable[tuple[int, str]]:
    ids = list(ids)
    if not ids:
        return []
    if table == "accounts_user":
        return [(user.pk, user.name or user.email) for user in User.objects.filter(pk__in=ids)]
    name = "code" if table == "venues_voucher" else "name"
    return list(_rows(table).filter(pk__in=ids).values_list("pk", name))


def _rows(table: str) -> Any:
    return _models()[table]._default_manager


def _models() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def _link(change: Change, thing: Thing) -> str:
    if not thing.route or change.act == Change.Act.DELETE or not change.thing_id.isdigit():
        return ""
    try:
        return reverse(thing.route, args=[int(change.thing_id)])
    except NoReverseMatch:
        return ""
