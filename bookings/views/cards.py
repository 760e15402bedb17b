"""Resources as cards: what each costs, what it looks like and when it is free next."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import availability
from bookings.facts import Facts, Window
from bookings.views.pricetags import Tag, tag_of
from tenants import speech
from tenants.zones import zone
from venues.models import Resource, ShownPicture
from venues.pictures import shown

DAYS_LOOKED = 7
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Card:
    """A resource in a list. `free` says when it can be had next, empty where that is not known."""

    resource: Resource
    tag: Tag
    picture: ShownPicture | None = None
    free: str = ""
    free_at: datetime | None = None


def described(resources: Iterable[Resource]) -> list[Resource]:
    """Resources with `whole`: the resource that each is a part of, if customers may see it."""
    listed = list(resources)
    by_id = {resource.pk: resource for resource in listed if resource.is_active}
    for resource in listed:
        resource.whole = by_id.get(resource.parent_id or 0)  # type: ignore[attr-defined]
    return listed


def first_pictures(venues: Collection[int]) -> dict[int, ShownPicture]:
    """The first picture of each of these venues: one query."""
    rows = shown().filter(venue__in=venues).order_by("venue_id", "position", "pk").distinct("venue_id")
    return {row.venue_id or 0: row for row in rows}


def pictures_of(venue: int, resources: Collection[int]) -> tuple[list[ShownPicture], dict[int, ShownPicture]]:
    """All pictures of a venue, and the first of each of some resources: one query."""
    own: list[ShownPicture] = []
    firsts: dict[int, ShownPicture] = {}
    for row in shown().filter(Q(venue=venue) | Q(resource__in=resources)):
        if row.venue_id:
            own.append(row)
        else:
            firsts.setdefault(row.resource_id or 0, row)
    return own, firsts


def cards(ids: Sequence[int], now: datetime, pictures: Mapping[int, ShownPicture]) -> list[Card]:
    """Cards of resources of one venue in this order, with their next free time: three queries."""
    if not ids:
        return []
    relatives = availability.relatives_of(availability.kin(ids))
    by_id = {resource.pk: resource for resource in described(relatives)}
    listed = [by_id[pk] for pk in ids if pk in by_id]
    today = now.astimezone(zone(listed[0].venue.time_zone)).date()
    window = Window(today, today + (DAYS_LOOKED - 1) * ONE_DAY)
    facts = availability.assemble(relatives, ids, window, now)
    return [_card(facts[resource.pk], pictures.get(resource.pk)) for resource in listed]


def _card(facts: Facts, picture: ShownPicture | None) -> Card:
    resource = facts.resource
    coming = next(facts.free(resource.min_minutes), None)
    start = coming.period.start if coming else None
    return Card(resource, tag_of(resource, facts.local_date(facts.now)), picture, _free(start, facts), start)


def _free(start: datetime | None, facts: Facts) -> str:
    if start is None:
        return _("Nothing free in the next %(days)d days") % {"days": DAYS_LOOKED}
    day, today = facts.local_date(start), facts.local_date(facts.now)
    said = {"time": speech.clock(start, facts.zone), "day": speech.day(day, form="EEE")}
    if day == today:
        return _("Free today at %(time)s") % said
    if day == today + ONE_DAY:
        return _("Free tomorrow at %(time)s") % said
    return _("Free on %(day)s at %(time)s") % said
