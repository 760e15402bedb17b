"""What there is to book in the measured tenant: a club, a chain with 200 courts, and a hall with extras."""

from dataclasses import dataclass
from datetime import time
from typing import Any

from venues.models import ExtraOffer, OpeningHours, Product, Rate, Resource, Venue

OPENS, CLOSES = 7, 23
PRICE = 2500
EVENING, NIGHT = time(17), time(19)
FURTHEST = 1096


@dataclass(frozen=True)
class Place:
    """A venue and its resources, by id."""

    venue: int
    resources: tuple[int, ...]


@dataclass(frozen=True)
class Hall:
    """A resource with three rates, and its three extras; the last of them has stock."""

    resource: int
    extras: tuple[int, int, int]


def courts(slug: str, number: int, **settings: Any) -> Place:
    """A venue with so many courts that cost the same at all times."""
    venue = _venue(slug)
    made = Resource.objects.bulk_create(
        Resource(venue=venue, name=f"Court {n}", slug=f"court-{n}", position=n, capacity=4, grid_minutes=30, **settings)
        for n in range(1, number + 1)
    )
    Rate.objects.bulk_create(Rate(resource=court, amount_minor=PRICE) for court in made)
    return Place(venue.pk, tuple(court.pk for court in made))


def hall() -> Hall:
    """By day, on weekday evenings and by night it costs something else; balls, a coach, and twenty rackets."""
    venue = _venue("hall")
    made = Resource.objects.create(
        venue=venue, name="Hall", slug="hall", capacity=20, grid_minutes=30, max_minutes=240, horizon_days=FURTHEST
    )
    Rate.objects.create(resource=made, name="Day", amount_minor=PRICE)
    Rate.objects.create(
        resource=made,
        name="Evening",
        amount_minor=4000,
        weekdays=[0, 1, 2, 3, 4],
        from_time=EVENING,
        until_time=NIGHT,
        priority=1,
    )
    Rate.objects.create(
        resource=made, name="Night", amount_minor=3200, from_time=NIGHT, until_time=time(OPENS), priority=1
    )
    stock = Resource.objects.create(
        venue=venue, name="Rackets", slug="rackets", kind=Resource.Kind.EQUIPMENT, units=20, is_active=False
    )
    balls = _extra(made, "Balls", 700, Rate.Unit.BOOKING)
    coach = _extra(made, "Coach", 3000, Rate.Unit.HOUR)
    rackets = _extra(made, "Racket", 500, Rate.Unit.BOOKING, stock)
    return Hall(made.pk, (balls, coach, rackets))


def _venue(slug: str) -> Venue:
    # Nobody who measures may run out of holds.
    venue = Venue.objects.create(
        name=slug.title(), slug=slug, time_zone="UTC", currency="EUR", holds_at_once=0, holds_per_day=0
    )
    OpeningHours.objects.bulk_create(
        OpeningHours(venue=venue, weekday=weekday, opens=time(OPENS), closes=time(CLOSES)) for weekday in range(7)
    )
    return venue


def _extra(resource: Resource, name: str, price: int, unit: Rate.Unit, stock: Resource | None = None) -> int:
    extra = Product.objects.create(name=name, slug=name.lower(), kind=Product.Kind.EXTRA, stock=stock)
    Rate.objects.create(product=extra, amount_minor=price, unit=unit)
    ExtraOffer.objects.create(extra=extra, resource=resource)
    return extra.pk
