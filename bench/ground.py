"""What is measured: a club of 20 courts with 10,000 bookings, a chain of 200 with 6,000, a hall, and 32 customers."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.core.management import call_command
from django_tenants.utils import tenant_context

from accounts.models import AccessToken, Role, User
from bench import books, desk, places
from bench.books import Books
from bench.desk import Desk
from bench.places import CLOSES, OPENS, PRICE, Hall, Place
from bookings.claims import range_of
from bookings.models import Booking, BookingEvent, BookingLine, Occupancy
from bookings.states import PaymentState, State
from kernel.periods import Period
from schemas.clock import database_now
from tenants import provisioning
from tenants.models import Tenant
from venues.models import Rate

RESOURCES, DAYS, BOOKINGS = 20, 90, 10_000
CHAIN_RESOURCES, CHAIN_BOOKINGS = 200, 6_000
CUSTOMERS = 32
"""Two for each client, so that none waits for another: who books is locked (`bookings.limits`)."""

HOUR = timedelta(hours=1)
AT_ONCE = 1000
FIRST_FREE = DAYS + 5
"""Days ahead from which on nothing is booked: there, new bookings and series are made."""
DAYS_TO_CREATE = 150
NAMES = ("Ada Ahrens", "Ben Bauer", "Cem Celik", "Dana Dorn", "Eva Engel", "Finn Fuchs", "Gina Graf", "Hugo Hahn")


@dataclass(frozen=True)
class Span:
    """Days from the first (0 is today) on."""

    first: int
    number: int


COMING = Span(0, DAYS)


@dataclass(frozen=True)
class Ground:
    """What the measuring needs to know. Times are UTC, the venues' zone."""

    tenant: Tenant
    host: str
    tokens: tuple[str, ...]
    club: Place
    chain: Place
    hall: Hall
    today: date
    books: Books
    desk: Desk

    def slots(self) -> Iterator[tuple[int, datetime]]:
        """Courts of the club and starts at which nothing is booked, those of different courts mixed."""
        for ahead in range(FIRST_FREE, FIRST_FREE + DAYS_TO_CREATE):
            for hour in range(OPENS, CLOSES):
                for resource in self.club.resources:
                    yield resource, at(self.today, ahead, hour)

    def weeks(self) -> Iterator[tuple[int, datetime]]:
        """Courts of the chain and starts from which on an hour is free in every week, mixed in the same way."""
        for weekday in range(7):
            for hour in range(OPENS, CLOSES):
                for resource in self.chain.resources:
                    yield resource, at(self.today, FIRST_FREE + weekday, hour)


def at(today: date, ahead: int, hour: int) -> datetime:
    """An hour of a day."""
    return datetime.combine(today + timedelta(days=ahead), time(hour), UTC)


def make() -> Ground:
    """Migrate the empty database and fill it. Takes about fifteen seconds."""
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
        club = places.courts("club", RESOURCES, horizon_days=400, pays_online=True)
        chain = places.courts("chain", CHAIN_RESOURCES, horizon_days=places.FURTHEST)
        hall = places.hall()
        customers = [
            User.objects.create_user(f"customer-{number}@measured.example", None) for number in range(CUSTOMERS)
        ]
        fill(club, BOOKINGS, customers, now)
        fill(chain, CHAIN_BOOKINGS, customers, now)
        made = books.furnish(User.objects.get(role=Role.OWNER), now)
        looked_up = desk.look_up(made.token)
        tokens = tuple(AccessToken.issue(customer) for customer in customers)
    return Ground(
        tenant,
        tenant.get_primary_domain().domain,
        tokens,
        club,
        chain,
        hall,
        now.date(),
        made,
        looked_up,
    )


def fill(place: Place, number: int, customers: list[User], now: datetime, span: Span = COMING) -> None:
    """So many confirmed bookings of an hour, with all that belongs to them, by chance over the days."""
    rng = random.Random(place.venue)  # noqa: S311 - the same ground every time
    days = range(span.first, span.first + span.number)
    slots = [(r, day, hour) for r in place.resources for day in days for hour in range(OPENS, CLOSES)]
    bookings = [
        _booking(f"{place.venue}-{count}", resource, at(now.date(), day, hour), rng.choice(customers), now)
        for count, (resource, day, hour) in enumerate(rng.sample(slots, number))
    ]
    Booking.objects.bulk_create(bookings, batch_size=AT_ONCE)
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
        batch_size=AT_ONCE,
    )
    BookingLine.objects.bulk_create(map(_line, bookings), batch_size=AT_ONCE)
    BookingEvent.objects.bulk_create(
        (
            BookingEvent(booking=booking, at=now, actor_kind="customer", from_state=before, to_state=after)
            for booking in bookings
            for before, after in (("", State.HELD), (State.HELD, State.CONFIRMED))
        ),
        batch_size=AT_ONCE,
    )


def _booking(code: str, resource: int, start: datetime, customer: User, now: datetime) -> Booking:
    return Booking(
        reference_code=code,
        resource_id=resource,
        start=start,
        end=start + HOUR,
        customer=customer,
        name=NAMES[int(customer.pk) % len(NAMES)],
        email=customer.email,
        phone=f"+49 171 {int(customer.pk):07}",
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


def _line(booking: Booking) -> BookingLine:
    return BookingLine(
        booking=booking,
        position=1,
        kind=BookingLine.Kind.RATE,
        label="Court",
        resource_id=booking.resource_id,
        start=booking.start,
        end=booking.end,
        unit=Rate.Unit.HOUR,
        quantity="1",
        unit_price_minor=PRICE,
        amount_minor=PRICE,
    )
