"""Rows that are resources, each with a price."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from bookings import premises
from bookings.imports.rows import Found, Run, There, Trade
from bookings.imports.values import Cells, amount, flag, number, wrong
from kernel.errors import Invalid
from venues.models import Rate, Resource, Venue

NUMBERS = (
    "capacity", "units", "grid_minutes", "min_minutes", "max_minutes", "buffer_before_minutes", "buffer_after_minutes",
    "lead_minutes", "horizon_days",
)  # fmt: skip
FLAGS = ("pays_online", "pays_on_site", "is_outdoor", "needs_approval")
LONGEST_NAME = 120
MOST_PRICE = 2**31 - 1


def _planned(run: Run, cells: Cells) -> tuple[Resource, Rate | None]:
    """The rows, not written yet; `Invalid` where they would make no sense."""
    venue = run.places.venue(cells.get("venue", ""))
    name = cells.get("name", "")
    if not name or len(name) > LONGEST_NAME:
        raise wrong("name")
    given: dict[str, Any] = {each: number(cells, each) for each in NUMBERS} | {
        each: flag(cells, each) for each in FLAGS
    }
    resource = Resource(
        venue=venue,
        name=name,
        slug=cells.get("slug") or _slug(venue, name),
        description=cells.get("description", ""),
        kind=_choice(cells, "kind", Resource.Kind.values, Resource.Kind.OTHER),
        parent=_parent(run, venue, cells),
        **{each: value for each, value in given.items() if value is not None},
    )
    minor = amount(cells, "price", venue.currency)
    if minor is None:
        return resource, None
    if minor > MOST_PRICE:
        raise wrong("price")
    unit = _choice(cells, "price_unit", Rate.Unit.values, Rate.Unit.HOUR)
    return resource, Rate(resource=resource, amount_minor=minor, unit=unit)


def _slug(venue: Venue, name: str) -> str:
    """From the name; of one that is not written in Latin letters a number, unless it is there already."""
    there = Resource.objects.filter(venue=venue)
    named = there.filter(name=name).values_list("slug", flat=True).first()
    return named or slugify(name)[: premises.LONGEST_SLUG] or premises.free_slug(name, there, "resource")


def _choice(cells: Cells, name: str, known: list[str], usual: str) -> str:
    found = cells.get(name, usual).lower()
    if found not in known:
        raise wrong(name)
    return found


def _parent(run: Run, venue: Venue, cells: Cells) -> Resource | None:
    if "part_of" not in cells:
        return None
    if (venue.pk, cells["part_of"].casefold()) in run.earlier.names:
        return None  # an earlier row of the file would make it
    return run.places.resource(cells["part_of"], str(venue.pk))


def _checked(resource: Resource) -> None:
    known = Resource.objects.filter(venue=resource.venue_id, slug=resource.slug).first()
    if known:
        raise There(str(known.pk))
    try:
        resource.full_clean()
    except ValidationError as error:
        column = next(iter(error.message_dict))
        said = "; ".join(message for messages in error.message_dict.values() for message in messages)
        raise Invalid("row_invalid", said, {"column": column}) from None


def _attempt(run: Run, cells: Cells) -> Found:
    resource, _rate = _planned(run, cells)
    _checked(resource)
    takes = [resource.venue_id, resource.slug]
    if tuple(takes) in run.earlier.names:
        raise Invalid("twice_in_file", _("An earlier row of this file is the same."))
    return Found(takes=takes)


def _make(run: Run, cells: Cells) -> str:
    resource, rate = _planned(run, cells)
    _checked(resource)
    premises.add_resource(resource)
    if rate:
        rate.resource = resource
        rate.save()
    run.places.forget()
    return str(resource.pk)


def _is_there(made: str) -> bool:
    return Resource.objects.filter(pk=int(made)).exists()


TRADE = Trade(_attempt, _make, _is_there)
