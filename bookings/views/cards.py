"""Resources as cards: what each costs, what it looks like and when it is free next."""

from collections.abc import Collection, Iterable, Sequence
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


def first_pictures(venues: Collection[int], resources: Collection[int]) -> dict[tuple[str, int], ShownPicture]:
    """The first picture of each of these, by `("venue", id)` and `("resource", id)`: one query."""
    if not venues and not resources:
        return {}
    rows = ShownPicture.objects.filter(Q(venue__in=venues) | Q(resource__in=resources)).select_related("picture")
    firsts = rows.order_by("venue_id", "resource_id", "position", "pk").distinct("venue_id", "resource_id")
    return {("venue", row.venue_id) if row.venue_id else ("resource", row.resource_id or 0): row for row in firsts}


def cards(ids: Sequence[int], now: datetime) -> list[Card]:
    """Cards of resources of one venue in this order, with picture and next free time: four queries."""
    if not ids:
        return []
    relatives = availability.relatives_of(availability.kin(ids))
    by_id = {resource.pk: resource for resource in described(relatives)}
    listed = [by_id[pk] for pk in ids if pk in by_id]
    pictures = first_pictures([], ids)
    today = now.astimezone(zone(listed[0].venue.time_zone)).date()
    window = Window(today, today + (DAYS_LOOKED - 1) * ONE_DAY)
    facts = availability.assemble(relatives, ids, window, now)
    return [_card(facts[resource.pk], pictures.get(("resource", resource.pk))) for resource in listed]


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
