"""From a plan to venues, resources, hours, services and people of the current tenant."""

from datetime import date, datetime, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import Role, User
from bookings import closures
from kernel.money import from_text
from kernel.periods import Period, first_instant, last_instant
from operators.demo.plans import Dated, ResourcePlan, Span, TenantPlan, VenuePlan, Weekly
from tenants.zones import zone
from venues.models import OpeningHours, Product, Rate, Resource, Venue, VenueAssignment

REGULARS = 70
"""Customers without a login, besides those of the plan."""


def furnish(plan: TenantPlan, today: date, rng: Random) -> None:
    """Everything but bookings and closures. Ids follow the order of the plan, from 1."""
    _hire(plan, rng)
    for position, place in enumerate(plan.venues):
        _open(plan, place, position, today)
    manager = User.objects.get(role=Role.MANAGER)
    VenueAssignment.objects.create(user=manager, venue=Venue.objects.get(slug=plan.venues[0].slug))
    by_slug = {resource.slug: resource for resource in Resource.objects.all()}
    for position, service in enumerate(plan.services):
        product = Product(
            name=service.name,
            slug=service.slug,
            description=service.description,
            duration_minutes=service.minutes,
            position=position,
        )
        product.full_clean()
        product.save()
        product.resources.set([by_slug[slug] for slug in service.resources])


def _open(plan: TenantPlan, place: VenuePlan, position: int, today: date) -> None:
    venue = Venue(
        name=place.name,
        slug=place.slug,
        time_zone=plan.time_zone,
        currency=plan.currency,
        **{"position": position, **place.fields},
    )
    venue.full_clean()
    venue.save()
    rows = [OpeningHours(venue=venue, **fields) for fields in _hours(place.hours, place.dated, today)]
    by_slug: dict[str, Resource] = {}
    for order, item in enumerate(place.resources):
        resource = _resource(venue, item, order, by_slug.get(item.part_of))
        by_slug[item.slug] = resource
        rows += [OpeningHours(resource=resource, **fields) for fields in _hours(item.hours, item.dated, today)]
    OpeningHours.objects.bulk_create(rows)


def _resource(venue: Venue, item: ResourcePlan, order: int, parent: Resource | None) -> Resource:
    resource = Resource(
        venue=venue,
        parent=parent,
        name=item.name,
        slug=item.slug,
        kind=item.kind,
        description=item.description,
        amenities=list(item.amenities),
        position=order,
        # What cannot be paid online is looked at by somebody first.
        **{"needs_approval": not item.rules.get("pays_online", False), **item.rules},
    )
    resource.full_clean()
    resource.save()
    Rate.objects.create(resource=resource, unit=item.unit, amount_minor=from_text(item.price, venue.currency))
    return resource


def _hours(regular: tuple[Weekly, ...], dated: tuple[Dated, ...], today: date) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {"weekday": weekday, "opens": span.opens, "closes": span.closes}
        for week in regular
        for weekday in week.weekdays
        for span in week.spans
    ]
    for exception in dated:
        for day in exception.dates(range(today.year - 1, today.year + 3)):
            spans: list[dict[str, object]] = [{"opens": s.opens, "closes": s.closes} for s in exception.spans]
            rows += [{"date": day, "note": exception.note, **span} for span in spans or [{}]]
    return rows


def _hire(plan: TenantPlan, rng: Random) -> None:
    """Staff and customers. Nobody can sign in yet: `logins` hands out the keys."""
    people = [
        User(email=plan.staff_email(role), name=name, role=role, password=make_password(None))
        for role, name in plan.staff.items()
        if role != Role.OWNER
    ]
    names = list(plan.names.logins)
    given, family = plan.names.given.split(), plan.names.family.split()
    while len(names) < len(plan.names.logins) + REGULARS:
        name = f"{rng.choice(given)} {rng.choice(family)}"
        if name not in names:
            names.append(name)
    people += [
        User(
            email=customer_email(plan, name),
            name=name,
            phone=f"{plan.names.dialling}{100 + number}",
            password=make_password(None),
        )
        for number, name in enumerate(names)
    ]
    User.objects.bulk_create(people)


def customer_email(plan: TenantPlan, name: str) -> str:
    """Address of a customer, in ASCII: `mina.yilmaz@mail.munich.example`."""
    plain = name.lower().replace("ı", "i").encode("ascii", "ignore").decode().replace(" ", ".")
    return f"{plain}@mail.{plan.mail_domain}"


def close(plan: TenantPlan, today: date) -> None:
    """The plan's closures. Call it before there are bookings: they would be in the way."""
    owner = User.objects.get(role=Role.OWNER)
    venues = {venue.slug: venue for venue in Venue.objects.all()}
    resources = {resource.slug: resource.pk for resource in Resource.objects.all()}
    for closure in plan.closures:
        closures.block_out(
            closures.ClosureRequest(
                venue=venues[closure.venue],
                resource_id=resources[closure.resource] if closure.resource else None,
                period=on_day(closure.span, today + timedelta(days=closure.in_days), plan.time_zone),
                reason=closure.reason,
                user=owner,
                is_public=closure.is_public,
            )
        )


def on_day(span: Span, day: date, time_zone: str) -> Period:
    """The instants of a span that begins on a day."""
    opens, closes = datetime.combine(day, span.opens), datetime.combine(day, span.closes)
    if closes <= opens:
        closes += timedelta(days=1)
    return Period(first_instant(opens, zone(time_zone)), last_instant(closes, zone(time_zone)))
