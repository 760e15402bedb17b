"""What the booking tests set up and look at: places, days, requests and digests of every row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from bookings import availability, lifecycle
from bookings.facts import Facts, Window
from bookings.models import (
    Answer,
    Booking,
    BookingChange,
    BookingEvent,
    BookingExtra,
    BookingLine,
    BookingResource,
    CreditEntry,
    GiftCredit,
    HoursAccount,
    HoursEntry,
    Occupancy,
    OnSitePayment,
    Participant,
    StaffNote,
    VoucherUse,
)
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from kernel.periods import Period
from schemas.clock import database_now
from tenants.models import DueWork
from venues.models import Closure, OpeningHours, Rate, Resource, Venue

GUEST = Contact("Gina Guest", "gina@example.org", "+49 89 1234567")
PARTS = (
    Answer, BookingChange, BookingExtra, BookingLine, BookingResource, CreditEntry, GiftCredit, HoursAccount,
    HoursEntry, OnSitePayment, Participant, StaffNote, VoucherUse,
)  # fmt: skip
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass
class Place:
    """A venue with one resource, to be made in the current schema."""

    zone: str = "Europe/Berlin"
    spans: Iterable[tuple[time, time]] = ((time(7), time(23)),)
    fields: dict[str, object] = field(default_factory=dict)

    def make(self, slug: str = "scene") -> Resource:
        """Write the rows; the resource can be booked three years ahead."""
        venue = Venue.objects.create(name=slug, slug=slug, time_zone=self.zone, currency="EUR")
        OpeningHours.objects.bulk_create(
            OpeningHours(venue=venue, weekday=weekday, opens=opens, closes=closes)
            for weekday in range(7)
            for opens, closes in self.spans
        )
        return resource_in(venue, slug, **self.fields)


def resource_in(venue: Venue, slug: str, **fields: object) -> Resource:
    """A resource with a rate of 2500 an hour."""
    resource = Resource.objects.create(**{"venue": venue, "name": slug, "slug": slug, "horizon_days": 1096, **fields})
    Rate.objects.create(resource=resource, amount_minor=2500)
    return resource


def facts(resource: Resource, first: date, now: datetime, last: date | None = None) -> Facts:
    """What the house knows about a resource on a day, or from a day to another."""
    return availability.read([resource.pk], Window(first, last or first), now)[resource.pk]


def shown(instants: Iterable[datetime], zone: str) -> list[str]:
    """Instants as `HH:MM+HH:MM` on the wall of a zone."""
    local = [instant.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for instant in instants]
    return [text.partition("T")[2] for text in local]


def at(hour: int, minute: int = 0, *, ahead: int = 7, zone: str = "Europe/Berlin") -> datetime:
    """A wall time some days after the database's today; hours above 23 lead into the next day."""
    today = database_now().astimezone(ZoneInfo(zone)).date()
    wall = datetime.combine(today + ahead * DAY, time()) + hour * HOUR + timedelta(minutes=minute)
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def last_of_next_month(day: date) -> date:
    """The last day of the month after a day's own."""
    return (day.replace(day=1) + 62 * DAY).replace(day=1) - DAY


def slot(hour: int, minute: int = 0, minutes: int = 60, ahead: int = 7) -> Period:
    """A period in Berlin some days ahead."""
    start = at(hour, minute, ahead=ahead)
    return Period(start, start + timedelta(minutes=minutes))


def held(resource_id: int, period: Period, **fields: object) -> Booking:
    """A hold, as the house makes it."""
    return lifecycle.hold(HoldRequest(period=period, resource_id=resource_id, **fields))  # type: ignore[arg-type]


def confirmed(resource_id: int, period: Period, actor: Actor) -> Booking:
    """A booking that was held, submitted and confirmed."""
    booking = lifecycle.submit(held(resource_id, period), GUEST, Actor.of(None))
    return lifecycle.confirm(booking, actor)


def units_of(booking: Booking) -> list[int]:
    """The units of its resource that a booking has."""
    rows = Occupancy.objects.filter(booking=booking, resource=booking.resource_id)
    return sorted(rows.values_list("unit", flat=True))


def let_lapse(booking: Booking) -> None:
    """Move the end of a hold into the past, as if fifteen minutes had gone by and no worker had run."""
    Booking.objects.filter(pk=booking.pk).update(hold_expires_at=database_now() - timedelta(seconds=1))


def began(booking: Booking, ago: timedelta) -> None:
    """Move a booking so that it began a while ago; its occupancy stays behind."""
    start = database_now() - ago
    Booking.objects.filter(pk=booking.pk).update(start=start, end=start + (booking.end - booking.start))


def digest() -> list[object]:
    """Every row that a booking may touch, so that a test can say: nothing changed."""
    tables = (Booking, Occupancy, BookingEvent, Closure, DueWork, *PARTS)
    found: list[object] = []
    with connection.cursor() as cursor:
        for model in tables:
            table = model._meta.db_table
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t")
            found.append(cursor.fetchone())
    return found


def story(booking: Booking) -> list[tuple[str, str, str, int | None, str]]:
    """The events of a booking in order: from, to, actor's kind, actor's id, why."""
    return list(
        BookingEvent.objects.filter(booking=booking)
        .order_by("pk")
        .values_list("from_state", "to_state", "actor_kind", "actor_id", "why")
    )
