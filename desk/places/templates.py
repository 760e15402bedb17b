"""New resources by what they are: a template sets kind, times, room, parts and a price to begin with. No HTTP here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings import premises
from bookings.premises import Span
from kernel.errors import Invalid
from schemas.transactions import transact
from venues.models import OpeningHours, Rate, Resource, Venue

MOST_AT_ONCE = 30
LONGEST_NAME = 120
RANGE = re.compile(r"(.*?)(\d{1,3})\s*[-–]\s*(\d{1,3})")
FIRST_HOURS = (time(8), time(22))
Kind = Resource.Kind
Unit = Rate.Unit


@dataclass(frozen=True)
class Template:
    """What a kind of thing usually is. `price` is in euros (`round_sum`); `parts` are names of its parts."""

    code: str
    label: str | Promise
    about: str | Promise
    name: str | Promise
    kind: str
    grid: int = 30
    shortest: int = 60
    longest: int = 120
    after: int = 0
    capacity: int = 4
    units: int = 1
    is_shared: bool = False
    is_outdoor: bool = False
    price: int = 20
    unit: str = Unit.HOUR
    parts: tuple[str | Promise, ...] = ()


TEMPLATES: tuple[Template, ...] = (
    Template(
        "tennis", _("Tennis court"), _("An hour or more, every half hour"), _("Court 1"), Kind.COURT,
        longest=180, is_outdoor=True,
    ),
    Template(
        "padel", _("Padel court"), _("90 minutes for four"), _("Padel 1"), Kind.COURT,
        shortest=60, longest=120, price=32,
    ),
    Template(
        "squash", _("Squash court"), _("45 minutes, one after the other"), _("Squash 1"), Kind.COURT,
        grid=45, shortest=45, longest=90, capacity=2, price=12, unit=Unit.BOOKING,
    ),
    Template(
        "pitch", _("Football pitch"), _("90 minutes, with two halves"), _("Pitch"), Kind.PITCH,
        shortest=60, longest=180, after=15, capacity=30, is_outdoor=True, price=60,
        parts=(_("Half A"), _("Half B")),
    ),
    Template(
        "hall", _("Hall with two halves"), _("Whole or by halves"), _("Hall"), Kind.HALL,
        shortest=60, longest=480, capacity=100, price=50, parts=(_("Half A"), _("Half B")),
    ),
    Template(
        "studio", _("Studio"), _("Some hours, with time to clear up"), _("Studio"), Kind.STUDIO,
        grid=60, shortest=60, longest=480, after=15, capacity=12, price=25,
    ),
    Template(
        "room", _("Meeting room"), _("From half an hour to a day"), _("Room 1"), Kind.ROOM,
        shortest=30, longest=600, capacity=8, price=20,
    ),
    Template(
        "lane", _("Bowling lane"), _("An hour for up to eight"), _("Lane 1"), Kind.LANE,
        longest=180, capacity=8, price=28,
    ),
    Template(
        "kayaks", _("Pool of kayaks"), _("Ten alike, each booked by itself"), _("Kayaks"), Kind.EQUIPMENT,
        grid=60, shortest=60, longest=480, capacity=1, units=10, is_outdoor=True, price=10,
    ),
    Template(
        "class", _("Class with places"), _("Strangers share it, each books places"), _("Yoga"), Kind.STUDIO,
        grid=60, shortest=60, longest=60, capacity=12, units=12, is_shared=True, price=15, unit=Unit.PERSON,
    ),
    Template("other", _("Something else"), _("An hour, and you set the rest"), _("Room"), Kind.OTHER),
)  # fmt: skip
BY_CODE = {each.code: each for each in TEMPLATES}


@dataclass(frozen=True)
class Making:
    """What is to be made of a template: names, and the price of each in minor units (None: none yet)."""

    template: Template
    venue: Venue
    names: Sequence[str]
    price_minor: int | None
    pays_online: bool = False


def names_of(text: str) -> list[str]:
    """`Court 1-6` is six names; names with commas or line breaks between are these. `Invalid` for none, or too many."""
    found: list[str] = []
    for piece in text.replace("\n", ",").split(","):
        name = " ".join(piece.split())
        counted = RANGE.fullmatch(name)
        if counted and int(counted[2]) < int(counted[3]):
            found += [f"{counted[1]}{number}" for number in range(int(counted[2]), int(counted[3]) + 1)]
        elif name:
            found.append(name)
    found = list(dict.fromkeys(found))
    if not found or len(found) > MOST_AT_ONCE:
        raise Invalid("names", gettext("Give one to %(most)d names.") % {"most": MOST_AT_ONCE})
    if any(len(name) > LONGEST_NAME for name in found):
        raise Invalid("names", gettext("One of these names is too long."))
    return found


def make(making: Making) -> list[Resource]:
    """Make them all, or none: with parts, prices, and first hours where the venue has none.

    `Forbidden("plan_limit")` beyond the tenant's plan.
    """

    def act() -> list[Resource]:
        if not OpeningHours.objects.filter(venue=making.venue).exists():
            open_daily(making.venue)
        at = Resource.objects.filter(venue=making.venue).count()
        return [_made(making, name, at + number) for number, name in enumerate(making.names)]

    return transact(act)


def open_daily(venue: Venue) -> None:
    """Hours for a start: every day from 8 to 22."""
    opens, closes = FIRST_HOURS
    premises.set_hours(venue, [Span(weekday=number, opens=opens, closes=closes) for number in range(7)])


def _made(making: Making, name: str, position: int) -> Resource:
    template = making.template
    whole = _resource(making, name, position)
    premises.add_resource(whole)
    _price(whole, making.price_minor, template.unit)
    for number, part in enumerate(template.parts):
        half = _resource(making, f"{name}, {part}"[:LONGEST_NAME], position + number + 1)
        half.parent, half.capacity = whole, max(1, template.capacity // len(template.parts))
        premises.add_resource(half)
        share = None if making.price_minor is None else making.price_minor // len(template.parts)
        _price(half, share, template.unit)
    return whole


def _resource(making: Making, name: str, position: int) -> Resource:
    template, taken = making.template, Resource.objects.filter(venue=making.venue)
    return Resource(
        venue=making.venue,
        name=name,
        slug=premises.free_slug(name, taken, "resource"),
        kind=template.kind,
        position=min(position, 32_767),
        capacity=template.capacity,
        units=template.units,
        is_shared=template.is_shared,
        is_outdoor=template.is_outdoor,
        grid_minutes=template.grid,
        min_minutes=template.shortest,
        max_minutes=template.longest,
        buffer_after_minutes=template.after,
        pays_online=making.pays_online,
        pays_on_site=True,
    )


def _price(resource: Resource, minor: int | None, unit: str) -> None:
    if minor is not None:
        Rate.objects.create(resource=resource, amount_minor=minor, unit=unit)
