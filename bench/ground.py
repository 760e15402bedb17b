"""The venue that is measured: 20 resources, 90 days, 10,000 bookings, and a customer with a token."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.core.management import call_command
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, User
from bookings.claims import range_of
from bookings.models import Booking, BookingEvent, Occupancy
from bookings.states import PaymentState, State
from kernel.periods import Period
from schemas.clock import database_now
from tenants import provisioning
from tenants.models import Tenant
from venues.models import OpeningHours, Rate, Resource, Venue

RESOURCES, DAYS, BOOKINGS = 20, 90, 10_000
OPENS, CLOSES = 7, 23
PRICE = 2500
HOUR = timedelta(hours=1)
WHEN_TO_CREATE = range(DAYS + 5, DAYS + 5 + 150)
"""Days ahead on which new bookings are made: there the slots are known to be free."""


@dataclass(frozen=True)
class Ground:
    """What the measuring needs to know. Times are UTC, the venue's zone."""

    tenant: Tenant
    host: str
    token: str
    venue: int
    resources: tuple[int, ...]
    today: date

    def slots(self) -> Iterator[tuple[int, datetime]]:
        """Resources and starts at which nothing is booked, those of different resources mixed."""
        for ahead in WHEN_TO_CREATE:
            for hour in range(OPENS, CLOSES):
                for resource in self.resources:
                    yield resource, at(self.today, ahead, hour)


def at(today: date, ahead: int, hour: int) -> datetime:
    """An hour of a day."""
    return datetime.combine(today + timedelta(days=ahead), time(hour), UTC)


def make() -> Ground:
    """Migrate the empty database and fill it. Takes about ten seconds."""
    call_command("migrate_schemas", verbosity=0)
    tenant = provisioning.create(
        provisioning.Application(
            name="Measured",
            slug="measured",
            time_zone="UTC",
            currency="EUR",
            owner_email="owner@measured.example",
            owner_password=uuid.uuid4().hex,
        )
    )
    now = database_now()
    with tenant_context(tenant):
        venue, resources = _places()
        customer = User.objects.create_user("customer@measured.example", None)
        _bookings(resources, customer, now)
        token = AccessToken.issue(customer)
    ids = tuple(resource.pk for resource in resources)
    host = tenant.get_primary_domain().domain
    return Ground(tenant, host, token, venue.pk, ids, now.date())


def _places() -> tuple[Venue, list[Resource]]:
    venue = Venue.objects.create(name="Measured", slug="measured", time_zone="UTC", currency="EUR")
    OpeningHours.objects.bulk_create(
        OpeningHours(venue=venue, weekday=weekday, opens=time(OPENS), closes=time(CLOSES)) for weekday in range(7)
    )
    resources = [
        Resource.objects.create(
            venue=venue,
            name=f"Court {number}",
            slug=f"court-{number}",
            capacity=4,
            grid_minutes=30,
            horizon_days=400,
            pays_online=True,
        )
        for number in range(1, RESOURCES + 1)
    ]
    Rate.objects.bulk_create(Rate(resource=resource, amount_minor=PRICE) for resource in resources)
    return venue, resources


def _bookings(resources: list[Resource], customer: User, now: datetime) -> None:
    rng = random.Random(1)  # noqa: S311 - the same ground every time
    slots = [(r, day, hour) for r in resources for day in range(DAYS) for hour in range(OPENS, CLOSES)]
    bookings = [
        Booking(
            reference_code=f"B{number}",
            resource=resource,
            start=at(now.date(), day, hour),
            end=at(now.date(), day, hour) + HOUR,
            customer=customer,
            state=State.CONFIRMED,
            payment_state=PaymentState.UNPAID,
            price_per_unit_minor=PRICE,
            pricing_unit=Rate.Unit.HOUR,
            total_minor=PRICE,
            currency="EUR",
            time_zone="UTC",
            created_at=now,
            updated_at=now,
            confirmed_at=now,
        )
        for number, (resource, day, hour) in enumerate(rng.sample(slots, BOOKINGS))
    ]
    Booking.objects.bulk_create(bookings, batch_size=1000)
    Occupancy.objects.bulk_create(
        (
            Occupancy(
                resource_id=booking.resource_id,
                during=range_of(Period(booking.start, booking.end)),
                kind=Occupancy.Kind.BOOKING,
                booking=booking,
            )
            for booking in bookings
        ),
        batch_size=1000,
    )
    BookingEvent.objects.bulk_create(
        (
            BookingEvent(booking=booking, at=now, actor_kind="customer", from_state=before, to_state=after)
            for booking in bookings
            for before, after in (("", State.HELD), (State.HELD, State.CONFIRMED))
        ),
        batch_size=1000,
    )
