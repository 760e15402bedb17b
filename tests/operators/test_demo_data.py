"""The demo data obey every rule that customers have to obey."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from bookings import availability
from bookings.facts import Reason, Window, Wish
from bookings.models import Booking, BookingEvent, Occupancy
from bookings.moves import CLOCK
from bookings.states import LIVE, MOVES, State
from kernel.periods import Period, days
from schemas.clock import database_now
from tenants.models import Domain, DueWork
from tests.operators.conftest import Demo
from venues.models import (
    Closure,
    CustomerGroup,
    OpeningHours,
    Pack,
    Product,
    Rate,
    Resource,
    Venue,
    VenueAssignment,
    Voucher,
)

OVERLAPS = """
SELECT count(*) FROM bookings_occupancy a JOIN bookings_occupancy b
ON a.id < b.id AND a.resource_id = b.resource_id AND a.unit = b.unit AND a.during && b.during
"""


def today_in(name: str) -> date:
    return database_now().astimezone(ZoneInfo(name)).date()


def test_three_tenants_with_their_zones_and_currencies(demo: Demo) -> None:
    assert [(t.slug, t.time_zone, t.currency, t.state) for t in demo.tenants] == [
        ("munich", "Europe/Berlin", "EUR", "ready"),
        ("tokyo", "Asia/Tokyo", "JPY", "ready"),
        ("newyork", "America/New_York", "USD", "ready"),
    ]


def test_resource_1_of_the_first_tenant_is_court_1(demo: Demo) -> None:
    """What API.md's calls ask for."""
    with tenant_context(demo.tenants[0]):
        court = Resource.objects.select_related("venue").get(pk=1)
        rate = court.rates.get()
    assert (court.name, court.venue.name, court.venue.address) == (
        "Court 1",
        "Sports Center Munich",
        "Sportstrasse 1, 80000 Munich",
    )
    assert (rate.amount_minor, rate.unit, court.capacity) == (2500, "hour", 4)
    assert (court.grid_minutes, court.min_minutes, court.max_minutes, court.horizon_days) == (30, 60, 120, 365)
    assert court.pays_online
    assert court.pays_on_site


def test_court_1_is_free_at_ten_on_every_day_to_come(demo: Demo) -> None:
    """API.md's booking call works for any date within the horizon."""
    berlin = ZoneInfo("Europe/Berlin")
    tomorrow = today_in("Europe/Berlin") + timedelta(days=1)
    last = tomorrow + timedelta(days=363)
    with tenant_context(demo.tenants[0]):
        facts = availability.read([1], Window(tomorrow, last), database_now())[1]
    starts = [datetime.combine(day, time(10), berlin) for day in days(tomorrow, 364)]
    reasons = Counter(facts.reason(Wish(Period(start, start + timedelta(hours=1)), 2)) for start in starts)
    assert reasons == {None: 364}


def test_first_tenant_answers_at_the_loopback_addresses_too(demo: Demo) -> None:
    assert set(Domain.objects.filter(tenant__slug="munich").values_list("domain", "is_primary")) == {
        ("munich.localhost", True),
        ("127.0.0.1", False),
        ("::1", False),
    }


def test_no_two_claims_overlap(demo: Demo) -> None:
    """I1, buffers, parts, units and closures included."""
    for _tenant in demo.inside():
        assert Occupancy.objects.count() > 1000
        with connection.cursor() as cursor:
            cursor.execute(OVERLAPS)
            assert cursor.fetchone() == (0,)


def test_events_replay_to_the_state_of_every_booking(demo: Demo) -> None:
    """I7: from nothing through allowed moves, in the order of time, none in the future."""
    now = database_now()
    for _tenant in demo.inside():
        histories: dict[object, list[BookingEvent]] = {}
        for event in BookingEvent.objects.order_by("id"):
            histories.setdefault(event.booking_id, []).append(event)
        for booking in Booking.objects.all():
            events = histories[booking.pk]
            assert (events[0].from_state, events[0].to_state) == ("", State.HELD)
            assert all(a.to_state == b.from_state and a.at <= b.at for a, b in pairwise(events))
            assert all(event.to_state in MOVES[State(event.from_state)] for event in events[1:])
            assert events[-1].to_state == booking.state
            assert (events[0].at, events[-1].at) == (booking.created_at, booking.updated_at)
            assert events[-1].at <= now


def test_states_agree_with_the_clock(demo: Demo) -> None:
    now = database_now()
    for _tenant in demo.inside():
        past, coming = (
            Booking.objects.filter(end__lte=now - timedelta(minutes=5)),
            Booking.objects.filter(start__gt=now),
        )
        assert set(past.values_list("state", flat=True)) == {State.COMPLETED, State.NO_SHOW, State.CANCELLED}
        assert set(coming.values_list("state", flat=True)) == {State.CONFIRMED, State.PENDING, State.CANCELLED}


def test_time_is_taken_by_every_booking_that_was_not_cancelled_and_by_no_other(demo: Demo) -> None:
    for _tenant in demo.inside():
        holding = set(Occupancy.objects.filter(kind="booking").values_list("booking_id", flat=True))
        assert holding == set(Booking.objects.exclude(state=State.CANCELLED).values_list("pk", flat=True))


def test_every_booking_to_come_could_have_been_made(demo: Demo) -> None:
    """Hours, grid, duration, capacity, horizon and closures: the product's own predicate says yes."""
    now = database_now()
    for tenant in demo.inside():
        today = today_in(tenant.time_zone)
        coming = list(Booking.objects.filter(start__gt=now, state__in=LIVE))
        everyone = set(Booking.objects.values_list("pk", flat=True))
        ids = list(Resource.objects.values_list("pk", flat=True))
        facts = availability.read(ids, Window(today, today + timedelta(days=60)), now, ignoring=everyone)
        refused = Counter(
            facts[booking.resource_id].reason(Wish(Period(booking.start, booking.end), booking.participants))
            for booking in coming
        )
        # Those made in time may have come closer than the lead time by now.
        assert set(refused) <= {None, Reason.LEAD_TIME}
        assert refused[None] > 200


def test_prices_are_what_the_rates_say(demo: Demo) -> None:
    for tenant in demo.inside():
        for booking in Booking.objects.prefetch_related("lines"):
            total = sum(line.amount_minor for line in booking.lines.all())
            assert (booking.total_minor, booking.currency) == (total, tenant.currency)


def test_each_live_booking_has_its_due_work_once(demo: Demo) -> None:
    """A pending booking ends with its start, a confirmed one with its end."""
    for tenant in demo.inside():
        due = DueWork.objects.filter(schema_name=tenant.schema_name).values_list("object_id", "kind", "due_at")
        expected = [
            (str(booking.pk), CLOCK, booking.start if booking.state == State.PENDING else booking.end)
            for booking in Booking.objects.filter(state__in=LIVE)
        ]
        assert sorted(due) == sorted(expected)


def test_reference_codes_carry_the_local_date(demo: Demo) -> None:
    for tenant in demo.inside():
        in_zone = ZoneInfo(tenant.time_zone)
        for code, start in Booking.objects.values_list("reference_code", "start"):
            assert code[:10] == f"BK-{start.astimezone(in_zone):%y%m%d}-"
            assert len(code) == 14


def test_everything_that_can_be_offered_is_on_show(demo: Demo) -> None:
    """Every pricing unit, parts of parts, pools, buffers, two spans a day, nights, holidays, closures, services."""
    units: set[str] = set()
    resources = bookings = parts_of_parts = pools = 0
    for _tenant in demo.inside():
        units |= set(Rate.objects.values_list("unit", flat=True))
        resources += Resource.objects.filter(stock_of=None).count()
        bookings += Booking.objects.count()
        parts_of_parts += Resource.objects.filter(parent__parent__isnull=False).count()
        pools += Resource.objects.filter(units__gt=1, stock_of=None).count()
        assert Resource.objects.filter(buffer_after_minutes__gt=0).exists()
        assert OpeningHours.objects.filter(date__isnull=False, opens=None).exists()
        assert Closure.objects.count() >= 3
        assert Product.objects.count() >= 3
        assert Rate.objects.filter(name="Evening").exists()
        assert {Voucher.objects.count(), Pack.objects.count(), CustomerGroup.objects.count()} == {1, 2}
        assert not Resource.objects.filter(bookings=None, units=1, rates__unit="hour").exists()
        assert not Venue.objects.filter(description="").exists()
    assert units == set(Rate.Unit.values)
    assert (resources, parts_of_parts, pools) == (37, 1, 5)
    assert bookings > 5000


def test_each_manager_looks_after_one_venue(demo: Demo) -> None:
    for _tenant in demo.inside():
        manager = User.objects.get(role=Role.MANAGER)
        assert list(VenueAssignment.objects.values_list("user_id", "venue_id")) == [(manager.pk, 1)]
