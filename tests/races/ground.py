"""Where races are run: a copied database with plenty of customers, and web servers on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import monotonic, sleep
from typing import Any
from zoneinfo import ZoneInfo

from django_tenants.utils import tenant_context

from accounts.models import AccessToken, User
from tenants.models import DueWork, OutboxMessage
from tests import databases
from tests.races import checker, sessions
from tests.races.crowd import Client
from tests.servers import Server
from tests.worlds import World
from venues.models import OpeningHours, Rate, Resource, Venue

CUSTOMERS = 50
HOURS = range(7, 23)  # what `tests.worlds` opens
DAYS = 360  # of the 365 that can be booked ahead
WAITING_WITHIN = 60.0
BOOKINGS = "/api/v1/bookings/"


@dataclass
class Ground:
    """A database that servers work on and Django in this process is pointed at, and its people."""

    database: str
    alpha: World
    beta: World
    crowd: list[str] = field(default_factory=list)
    """Tokens of 50 customers of Alpha."""
    open_clients: list[Client] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        """For connections of a test's own."""
        return databases.url_of(self.database)

    @property
    def schema(self) -> str:
        """Alpha's."""
        return str(self.alpha.tenant.schema_name)

    def furnish(self) -> None:
        """Let the crowd in. Django must be pointed at the database. Winning often is no hoarding in these venues."""
        with tenant_context(self.alpha.tenant):
            Venue.objects.filter(pk=self.alpha.venue).update(holds_at_once=0, holds_per_day=0)
            for number in range(CUSTOMERS):
                user = User.objects.create_user(f"crowd-{number}@{self.alpha.canary}.example", name=f"Crowd {number}")
                self.crowd.append(AccessToken.issue(user))

    def venue(self, slug: str, **fields: Any) -> int:
        """A venue of Alpha's of its own, with rules of its own, open as the others are; its id."""
        with tenant_context(self.alpha.tenant):
            place = {"time_zone": self.alpha.tenant.time_zone, "currency": self.alpha.tenant.currency}
            venue = Venue.objects.create(name=slug.title(), slug=slug, **place, **fields)
            for weekday in range(7):
                OpeningHours.objects.create(
                    venue=venue, weekday=weekday, opens=time(HOURS.start), closes=time(HOURS.stop)
                )
        return venue.pk

    def person(self, name: str) -> str:
        """The token of a customer of Alpha's who has nothing yet."""
        with tenant_context(self.alpha.tenant):
            user = User.objects.create_user(f"{name}@{self.alpha.canary}.example", name=name.title())
            return AccessToken.issue(user)

    def court(self, slug: str, venue: int | None = None, **fields: Any) -> int:
        """A new resource, of Alpha's main venue unless said otherwise; its id. Tests share a ground, not its courts."""
        with tenant_context(self.alpha.tenant):
            settings = {"horizon_days": 365, "capacity": 4, **fields}
            place, number = venue or self.alpha.venue, Resource.objects.count()
            court = Resource.objects.create(venue_id=place, name=slug.title(), slug=f"{slug}-{number}", **settings)
            Rate.objects.create(resource=court, amount_minor=2500)
        return court.pk

    def clients(self, server: Server) -> list[Client]:
        """One for each of the crowd, connected."""
        return [self.connected(server, self.alpha, token) for token in self.crowd]

    def client(self, server: Server, who: str, world: World | None = None) -> Client:
        """Somebody of the cast, of Alpha unless said otherwise, connected."""
        at = world or self.alpha
        return self.connected(server, at, at.tokens[who])

    def connected(self, server: Server, world: World, token: str = "", **headers: str) -> Client:
        """A client with an open connection, until `hang_up`."""
        client = Client(server.port, world.host, token, **headers)
        client.open()
        self.open_clients.append(client)
        return client

    def hang_up(self) -> None:
        """Close all connections."""
        while self.open_clients:
            self.open_clients.pop().close()
        sessions.hang_up(self.database_url)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of one statement in Alpha's schema, committed at once."""
        return sessions.ask(self.database_url, self.schema, statement, values)

    def forget_what_waits(self) -> None:
        """Nothing is to be told or done: only what a test makes from now on has work for its workers."""
        OutboxMessage.objects.all().delete()
        DueWork.objects.all().delete()

    def bookings_of(self, resource: int) -> int:
        """How many bookings, in whatever state, a resource has seen."""
        return int(self.sql("SELECT count(*) FROM bookings_booking WHERE resource_id = %s", resource)[0][0])

    def violations(self) -> list[str]:
        """The broken invariants of both tenants."""
        return [
            broken
            for world in (self.alpha, self.beta)
            for broken in checker.violations(self.database_url, world.tenant.schema_name)
        ]


def slots(resources: list[int], zone: str, first: date) -> Iterator[dict[str, Any]]:
    """Bodies of bookings of an hour each, all of them apart, from the morning of the first day on."""
    for number in range(DAYS):
        for hour in HOURS:
            for resource in resources:
                yield slot(resource, zone, first + timedelta(days=number), hour)


def slot(resource: int, zone: str, day: date, hour: int, minutes: int = 60) -> dict[str, Any]:
    """The body of a booking that starts at a full hour of a venue's day; lengths are real time."""
    start = datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    return {
        "resource": resource,
        "start_datetime": start.isoformat(),
        "end_datetime": (start + timedelta(minutes=minutes)).isoformat(),
        "participant_count": 2,
    }


def later(body: dict[str, Any], minutes: int) -> dict[str, Any]:
    """The same booking, moved by minutes of real time."""
    moved = {
        name: (datetime.fromisoformat(body[name]) + timedelta(minutes=minutes)).isoformat()
        for name in ("start_datetime", "end_datetime")
    }
    return {**body, **moved}


def wait_for_lock_waiters(ground: Ground, number: int) -> None:
    """Return once so many sessions of the database wait for a lock; AssertionError after ten seconds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    deadline = monotonic() + WAITING_WITHIN
    while ground.sql(waiting)[0][0] < number:
        assert monotonic() < deadline, f"fewer than {number} sessions wait for a lock"
        sleep(0.01)


def ends_in(ground: Ground, booking: str, seconds: float) -> datetime:
    """Let a hold end so many seconds from now on the database's clock; that instant."""
    [(over,)] = ground.sql(
        "UPDATE bookings_booking SET hold_expires_at = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s RETURNING hold_expires_at",
        seconds,
        booking,
    )
    assert isinstance(over, datetime)
    return over
