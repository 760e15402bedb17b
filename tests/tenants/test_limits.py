"""What a plan allows is counted where the thing is made; what is there already keeps working (R34)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import allowance, cancelling, lifecycle, series, waitlist
from bookings.cancelling import Cancellation
from bookings.models import Booking, WaitlistEntry
from bookings.occurrences import SeriesRequest
from bookings.records import Actor
from bookings.recurrence import Pattern
from bookings.requests import HoldRequest
from kernel.errors import Forbidden
from schemas.clock import database_now
from tenants import limits
from tenants.limits import Thing
from tenants.models import Tenant
from tests.bookings.scenes import GUEST, confirmed, held, let_lapse, slot
from tests.bookings.test_query_counts import counting
from venues.models import Resource


def allow(world, **limited: object) -> None:
    """Give the world's tenant a plan's limits."""
    assert Tenant.objects.filter(pk=world.tenant.pk).update(**limited) == 1


def refusal(work, *args, **kwargs) -> Forbidden:
    """The refusal that `work` raises."""
    with pytest.raises(Forbidden) as caught:
        work(*args, **kwargs)
    return caught.value


def owner() -> Actor:
    """The owner acts."""
    return Actor.of(User.objects.get(role="owner"))


def request_for(world, hour: int, **fields: object) -> HoldRequest:
    """Court 1 at an hour of a day next week."""
    return HoldRequest(period=slot(hour), resource_id=world.court_1, **fields)  # type: ignore[arg-type]


def test_what_is_used_is_what_plans_count(in_alpha):
    """Three of staff besides the owner; both venues, and their seven resources."""
    held(in_alpha.court_1, slot(9))
    assert {thing: limits.used(thing) for thing in Thing} == {
        "venues": 2,
        "resources": 7,
        "staff": 4,
        "bookings": 1,
    }


def test_tenant_without_a_limit_pays_one_query_and_no_lock(in_alpha):
    with counting() as statements:
        limits.take(Thing.RESOURCES)
    assert len(statements) == 1
    assert "advisory" not in statements[0]


def test_one_more_than_the_limit_is_refused_with_both_figures(in_alpha):
    allow(in_alpha, most_staff=5)
    limits.take(Thing.STAFF)
    said = refusal(limits.take, Thing.STAFF, 2)
    assert (said.code, said.extra) == ("plan_limit", {"limit": 5, "used": 4})


@pytest.mark.parametrize(("most", "status", "is_active"), [(7, 200, True), (6, 403, False)])
def test_resource_is_opened_again_only_within_the_plan(in_alpha, api, most, status, is_active):
    Resource.objects.filter(pk=in_alpha.court_2).update(is_active=False)
    allow(in_alpha, most_resources=most)
    answer = api("owner").patch(f"/api/v1/admin/resources/{in_alpha.court_2}/", {"is_active": True})
    assert answer.status_code == status
    with tenant_context(in_alpha.tenant):
        assert Resource.objects.get(pk=in_alpha.court_2).is_active is is_active
    if status == 403:
        assert answer.json()["code"] == "plan_limit"
        assert (answer.json()["limit"], answer.json()["used"]) == (6, 6)


def test_downgrade_below_use_takes_nothing_away(in_alpha, api):
    """R34: seven resources on a plan of two: all are changed and booked as before, one that was closed stays so."""
    Resource.objects.filter(pk=in_alpha.court_2).update(is_active=False)
    allow(in_alpha, most_resources=2, most_venues=1, most_staff=1)
    assert held(in_alpha.court_1, slot(9)).state == "held"
    client = api("owner")
    assert client.patch(f"/api/v1/admin/resources/{in_alpha.court_1}/", {"lead_minutes": 5}).status_code == 200
    assert client.patch(f"/api/v1/admin/resources/{in_alpha.court_2}/", {"is_active": True}).status_code == 403
    with tenant_context(in_alpha.tenant):
        assert Resource.objects.filter(is_active=True).count() == 6


def test_month_s_bookings_are_counted_and_staff_hear_the_figures(in_alpha):
    allow(in_alpha, most_bookings=2)
    held(in_alpha.court_1, slot(9))
    lifecycle.book_for(request_for(in_alpha, 10, contact=GUEST), owner())
    said = refusal(lifecycle.book_for, request_for(in_alpha, 11, contact=GUEST), owner())
    assert (said.code, said.extra) == ("plan_limit", {"limit": 2, "used": 2})
    assert refusal(held, in_alpha.court_1, slot(12)).code == "tenant_closed"
    assert Booking.objects.count() == 2


def test_cancelled_and_lapsed_bookings_and_those_of_last_month_do_not_count(in_alpha):
    allow(in_alpha, most_bookings=1)
    let_lapse(held(in_alpha.court_1, slot(9)))
    cancelling.cancel(confirmed(in_alpha.court_1, slot(10), owner()), owner(), Cancellation())
    first = held(in_alpha.court_1, slot(11))
    assert refusal(held, in_alpha.court_1, slot(12)).code == "tenant_closed"
    Booking.objects.filter(pk=first.pk).update(created_at=database_now() - timedelta(days=32))
    assert held(in_alpha.court_1, slot(12)).state == "held"


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Europe/Berlin", "2026-10-31T23:00:00+00:00"),  # a month that begins in winter, after one that ended in it
        ("Europe/Berlin", "2026-03-31T22:00:00+00:00"),  # the clocks went forward two days before
        ("Europe/Berlin", "2026-09-30T22:00:00+00:00"),  # and will go back before it ends
        ("America/New_York", "2026-11-01T04:00:00+00:00"),  # they go back two hours after it began
        ("Pacific/Apia", "2026-11-30T11:00:00+00:00"),
        ("Pacific/Pago_Pago", "2027-01-01T11:00:00+00:00"),
        ("Africa/Cairo", "2026-04-30T21:00:00+00:00"),  # the clocks went forward a week before
        ("Asia/Kathmandu", "2026-02-28T18:15:00+00:00"),
    ],
)
def test_month_begins_at_midnight_on_the_tenant_s_clocks(in_alpha, monkeypatch, zone, begins):
    """At 23:59:59 the old month counts, from 00:00:00 on the new one, which nothing was booked in yet."""
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(time_zone=zone)
    first, second = datetime.fromisoformat(begins), timedelta(seconds=1)
    local = first.astimezone(ZoneInfo(zone))
    assert (local.day, local.time()) == (1, time(0))
    booked = [held(in_alpha.court_1, slot(hour)) for hour in (9, 10, 11)]
    for booking, at in zip(booked, (first - second, first, first + second), strict=True):
        Booking.objects.filter(pk=booking.pk).update(created_at=at, hold_expires_at=first + timedelta(minutes=9))
    at_moments = {}
    for name, now in {"before": first - second, "then": first, "later": first + second}.items():
        monkeypatch.setattr(allowance, "database_now", lambda now=now: now)
        at_moments[name] = allowance.made_this_month()
    # Two of the three lie in the future of the last second of the old month; they are there for the count alone.
    assert at_moments == {"before": 3, "then": 2, "later": 2}


def test_hold_that_replaces_another_is_no_further_booking(in_alpha):
    allow(in_alpha, most_bookings=1)
    guest = User.objects.get(pk=in_alpha.users["guest"])
    before = lifecycle.hold(request_for(in_alpha, 9, customer=guest))
    after = lifecycle.hold(request_for(in_alpha, 10, customer=guest, replaces=frozenset({before.pk})))
    assert list(Booking.objects.filter(state="held")) == [after]


def test_series_is_within_the_plan_as_a_whole_or_not_at_all(in_alpha):
    allow(in_alpha, most_bookings=3)
    guest = User.objects.get(pk=in_alpha.users["guest"])
    wish = request_for(in_alpha, 9, customer=guest)
    pattern = Pattern(time(9), date(2027, 6, 7), "FREQ=WEEKLY;COUNT=4")
    assert refusal(series.create, SeriesRequest(wish, pattern, 60), series.Mode.ATOMIC).code == "tenant_closed"
    assert not Booking.objects.exists()
    fewer = Pattern(time(9), date(2027, 6, 7), "FREQ=WEEKLY;COUNT=3")
    assert len(series.create(SeriesRequest(wish, fewer, 60), series.Mode.ATOMIC).bookings) == 3


def test_blocked_tenant_takes_no_public_bookings_and_everything_else(in_alpha):
    """R34: customers and guests are refused, staff book, what was booked is moved, submitted and cancelled."""
    mine = lifecycle.hold(request_for(in_alpha, 9))
    standing = confirmed(in_alpha.court_1, slot(10), owner())
    allow(in_alpha, takes_public_bookings=False)
    guest = User.objects.get(pk=in_alpha.users["guest"])
    assert refusal(lifecycle.book, request_for(in_alpha, 12, customer=guest)).code == "tenant_closed"
    assert refusal(held, in_alpha.court_1, slot(13)).code == "tenant_closed"
    assert Booking.objects.count() == 2
    assert lifecycle.submit(mine, GUEST, Actor.of(None)).state == "pending"
    assert lifecycle.book_for(request_for(in_alpha, 14, contact=GUEST), owner()).state == "confirmed"
    assert cancelling.cancel(standing, owner(), Cancellation()).state == "cancelled"


@pytest.mark.parametrize("limited", [{"takes_public_bookings": False}, {"most_bookings": 1}])
def test_nobody_who_waits_is_served_beyond_the_plan(in_alpha, limited):
    guest = User.objects.get(pk=in_alpha.users["guest"])
    standing = [confirmed(in_alpha.court_1, slot(hour), owner()) for hour in (9, 10)]
    entry = WaitlistEntry.objects.create(
        resource_id=in_alpha.court_1, customer=guest, minutes=60, participants=1, created_at=database_now(),
        earliest=standing[0].start, latest=standing[0].end,
    )  # fmt: skip
    allow(in_alpha, **limited)
    cancelling.cancel(standing[0], owner(), Cancellation())
    entry.refresh_from_db()
    assert entry.state == "waiting"
    allow(in_alpha, takes_public_bookings=True, most_bookings=2)
    waitlist.serve_now(in_alpha.court_1)
    entry.refresh_from_db()
    assert entry.state == "offered"
