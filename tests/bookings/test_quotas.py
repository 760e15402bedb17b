"""Quotas: what counts, in which day, week or month, for whom, and that the last one counts exactly."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from bookings import cancelling, lifecycle, quotas
from bookings.cancelling import Cancellation
from bookings.facts import Reason
from bookings.models import Booking, BookingResource
from bookings.plans import Stage, Terms, product_of
from bookings.quotas import Allowance, Use, amount, bucket, in_force
from bookings.records import Actor
from bookings.requests import Contact, HoldRequest
from kernel.errors import Refused
from kernel.periods import Period
from schemas.clock import database_now
from tests.bookings.scenes import GUEST, at, digest, held, let_lapse, resource_in, slot
from venues.models import CustomerGroup, Membership, Quota, Resource, Venue

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def quota(**fields):
    """A quota that is not written: one booking at once."""
    return Quota(**{"measure": "bookings", "span": "active", "most": 1, **fields})


def wall(zone, *numbers):
    """An instant, by the wall of a zone."""
    return datetime(*numbers, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def hour(start, minutes=60):
    """A booking of resource 1, a court."""
    return Use(Period(start, start + timedelta(minutes=minutes)), frozenset([1]), frozenset(["court"]))


# What is counted together: `same` in a quota of the span, or not.
BOUNDARIES = [
    # The last minute of a day on the wall, which in UTC is another day.
    ("day", BERLIN, (2027, 3, 10, 23, 30), (2027, 3, 10, 0, 0), True),
    ("day", BERLIN, (2027, 3, 10, 23, 30), (2027, 3, 11, 0, 0), False),
    ("day", NEW_YORK, (2027, 3, 10, 23, 30), (2027, 3, 10, 0, 0), True),
    ("day", NEW_YORK, (2027, 3, 10, 19, 30), (2027, 3, 11, 0, 0), False),
    # The days on which the clocks jump have 23 and 25 hours.
    ("day", BERLIN, (2027, 3, 28, 0, 0), (2027, 3, 28, 23, 59), True),
    ("day", BERLIN, (2027, 10, 31, 0, 0), (2027, 10, 31, 23, 59), True),
    ("day", BERLIN, (2027, 10, 31, 23, 59), (2027, 11, 1, 0, 0), False),
    ("day", NEW_YORK, (2027, 3, 14, 0, 0), (2027, 3, 14, 23, 59), True),
    ("day", NEW_YORK, (2027, 11, 7, 23, 59), (2027, 11, 8, 0, 0), False),
    # ISO weeks run from Monday to Sunday, across the end of a year too.
    ("week", BERLIN, (2027, 3, 22, 0, 0), (2027, 3, 28, 23, 59), True),
    ("week", BERLIN, (2027, 3, 28, 23, 59), (2027, 3, 29, 0, 0), False),
    ("week", NEW_YORK, (2027, 11, 1, 0, 0), (2027, 11, 7, 23, 59), True),
    ("week", NEW_YORK, (2027, 11, 7, 23, 59), (2027, 11, 8, 0, 0), False),
    ("week", BERLIN, (2026, 12, 28, 0, 0), (2027, 1, 3, 23, 59), True),
    ("week", BERLIN, (2027, 1, 3, 23, 59), (2027, 1, 4, 0, 0), False),
    ("week", BERLIN, (2026, 1, 5, 12, 0), (2027, 1, 4, 12, 0), False),
    # Months, the shortest one and the turn of the year.
    ("month", BERLIN, (2027, 2, 1, 0, 0), (2027, 2, 28, 23, 59), True),
    ("month", BERLIN, (2027, 2, 28, 23, 59), (2027, 3, 1, 0, 0), False),
    ("month", NEW_YORK, (2027, 12, 31, 23, 59), (2028, 1, 1, 0, 0), False),
    ("month", NEW_YORK, (2027, 3, 1, 0, 0), (2027, 3, 31, 23, 59), True),
    ("month", BERLIN, (2027, 3, 15, 12, 0), (2028, 3, 15, 12, 0), False),
]


@pytest.mark.parametrize(("span", "zone", "first", "second", "same"), BOUNDARIES)
def test_a_booking_counts_in_the_local_day_week_and_month_of_its_start(span, zone, first, second, same):
    """Whichever of the two comes first, the other is refused exactly if they share the span."""
    for earlier, later in ((first, second), (second, first)):
        known = Allowance([quota(span=span)], [hour(wall(zone, *earlier))], ZoneInfo(zone))
        refusal = known.refusal(hour(wall(zone, *later)), ())
        assert (refusal is not None) == same
        if refusal:
            assert (refusal.code, refusal.extra) == (
                "quota",
                {"measure": "bookings", "span": span, "most": 1, "used": 1},
            )


@given(
    st.dates(date(2024, 1, 1), date(2031, 12, 31)),
    st.integers(0, 60),
    st.sampled_from([BERLIN, NEW_YORK]),
    st.sampled_from(["day", "week", "month"]),
)
def test_spans_are_runs_of_days_as_the_calendar_says(first, days_later, zone, span):
    """Two instants share a bucket exactly if no Monday, first of a month or midnight lies between their local days."""
    second = first + timedelta(days=days_later)
    between = [first + timedelta(days=number) for number in range(1, days_later + 1)]
    starts_anew = {"day": lambda day: True, "week": lambda day: day.weekday() == 0, "month": lambda day: day.day == 1}
    assert (bucket(span, first) == bucket(span, second)) == (not any(starts_anew[span](day) for day in between))
    # And at the last minute of the first and the first minute of the second day, on the wall of the venue.
    had = hour(datetime.combine(first, time(23, 59), ZoneInfo(zone)))
    wish = hour(datetime.combine(second, time(0, 0), ZoneInfo(zone)))
    refused = Allowance([quota(span=span)], [had], ZoneInfo(zone)).refusal(wish, ()) is not None
    assert refused == (bucket(span, first) == bucket(span, second))


@given(st.lists(st.integers(0, 400), max_size=30), st.integers(1, 6), st.sampled_from(["day", "week", "month"]))
def test_what_was_let_in_never_exceeds_the_quota_and_nothing_is_refused_below_it(starts, most, span):
    """Against a count of its own, over weeks in which the clocks change."""
    first, zone = wall(BERLIN, 2027, 3, 1), ZoneInfo(BERLIN)
    known, let_in = Allowance([quota(span=span, most=most)], [], zone), Counter()
    for number in starts:
        start = first + timedelta(hours=3 * number)
        day = start.astimezone(zone).date()
        name = {"day": f"{day}", "week": f"{day:%G-%V}", "month": f"{day:%Y-%m}"}[span]
        refusal = known.refusal(hour(start), ())
        assert (refusal is not None) == (let_in[name] == most)
        if refusal is None:
            known.add(hour(start))
            let_in[name] += 1


EVENINGS = {"weekdays": [0, 1, 2, 3, 4], "from_time": time(17), "until_time": time(21)}
PEAK = [
    ((2027, 3, 10, 16, 0), 60, 0),  # before, touching
    ((2027, 3, 10, 16, 0), 90, 30),
    ((2027, 3, 10, 18, 0), 60, 60),
    ((2027, 3, 10, 16, 0), 360, 240),  # all of the peak
    ((2027, 3, 10, 21, 0), 60, 0),  # after, touching
    ((2027, 3, 13, 18, 0), 60, 0),  # Saturday
    ((2027, 3, 12, 20, 0), 24 * 60, 60),  # Friday evening to Saturday evening
    ((2027, 3, 14, 20, 0), 24 * 60, 180),  # Sunday evening to Monday evening
]


@pytest.mark.parametrize(("start", "minutes", "inside"), PEAK)
def test_only_what_lies_inside_peak_hours_counts(start, minutes, inside):
    use = hour(wall(BERLIN, *start), minutes)
    assert amount(quota(measure="minutes", **EVENINGS), use, ZoneInfo(BERLIN)) == inside
    assert amount(quota(**EVENINGS), use, ZoneInfo(BERLIN)) == int(inside > 0)


def test_minutes_of_peak_hours_are_real_time_when_the_clocks_change():
    """Sunday from 1 to 5 on the wall is three hours in spring and five in autumn."""
    nights = {"measure": "minutes", "weekdays": [6], "from_time": time(1), "until_time": time(5)}
    for day, minutes in ((date(2027, 3, 28), 180), (date(2027, 10, 31), 300), (date(2027, 6, 6), 240)):
        use = hour(wall(BERLIN, day.year, day.month, day.day), 8 * 60)
        assert amount(quota(**nights), use, ZoneInfo(BERLIN)) == minutes
    whole_day = {"measure": "minutes", "weekdays": [6]}
    use = hour(wall(BERLIN, 2027, 3, 27, 12), 48 * 60)
    assert amount(quota(**whole_day), use, ZoneInfo(BERLIN)) == 23 * 60


def test_without_peak_hours_everything_counts_of_the_resource_or_kind():
    use = hour(wall(BERLIN, 2027, 3, 10, 9), 90)
    zone = ZoneInfo(BERLIN)
    assert amount(quota(measure="minutes"), use, zone) == 90
    assert [amount(quota(resource_id=pk), use, zone) for pk in (1, 2)] == [1, 0]
    assert [amount(quota(kind=kind), use, zone) for kind in ("court", "room")] == [1, 0]


def test_a_groups_quota_replaces_the_general_one_and_the_most_generous_group_counts():
    general, other_span = quota(most=1, id=1), quota(most=5, span="week", id=2)
    members, students = quota(most=3, group_id=7, id=3), quota(most=2, group_id=8, id=4)
    elsewhere, peak = quota(most=9, group_id=7, kind="room", id=5), quota(most=1, id=6, **EVENINGS)
    everything = [general, other_span, members, students, elsewhere, peak]
    assert [each.pk for each in in_force(everything, ())] == [1, 2, 6]
    assert [each.pk for each in in_force(everything, {8})] == [4, 2, 6]
    assert [each.pk for each in in_force(everything, {7, 8})] == [3, 2, 5, 6]


# --- In the house ---


def limit(place, **fields):
    """A quota of the resource's venue: one booking at once."""
    venue_id = Resource.objects.get(pk=place).venue_id
    return Quota.objects.create(**{"venue_id": venue_id, "measure": "bookings", "span": "active", "most": 1, **fields})


def refused(request):
    """What a hold is refused with; every row is as it was."""
    before = digest()
    with pytest.raises(Refused) as refusal:
        lifecycle.hold(request)
    assert digest() == before
    return refusal.value


def test_one_more_than_the_quota_is_refused_and_nothing_changes(in_alpha, guest):
    """ep3-bs#629 (one resident books half the courts)."""
    limit(in_alpha.court_1, most=2)
    held(in_alpha.court_1, slot(10), customer=guest)
    held(in_alpha.court_2, slot(10), customer=guest)
    refusal = refused(HoldRequest(slot(11), in_alpha.court_1, customer=guest))
    assert refusal.code == "quota" == Reason.QUOTA
    assert refusal.extra == {"measure": "bookings", "span": "active", "most": 2, "used": 2}
    assert refusal.detail == "Of 2 bookings (At once) you have 2."


def test_others_have_their_own(in_alpha, guest, stranger):
    limit(in_alpha.court_1)
    held(in_alpha.court_1, slot(10), customer=guest)
    assert held(in_alpha.court_1, slot(11), customer=stranger).state == "held"


def test_other_venues_do_not_count(in_alpha, guest):
    limit(in_alpha.court_1)
    held(in_alpha.annex_room, slot(10), customer=guest)
    assert held(in_alpha.court_1, slot(10), customer=guest).state == "held"
    assert held(in_alpha.annex_room, slot(12), customer=guest).state == "held"


def test_lapsed_cancelled_and_expired_bookings_do_not_count(in_alpha, guest):
    limit(in_alpha.court_1)
    first = held(in_alpha.court_1, slot(10), customer=guest)
    let_lapse(first)
    second = held(in_alpha.court_1, slot(11), customer=guest)
    lifecycle.let_time_pass(first.pk)
    cancelling.cancel(second, Actor.of(guest), Cancellation())
    assert held(in_alpha.court_1, slot(12), customer=guest).state == "held"


def test_what_is_over_counts_in_its_day_and_not_as_active(in_alpha, guest):
    limit(in_alpha.court_1)
    booking = held(in_alpha.court_1, slot(10), customer=guest)
    Booking.objects.filter(pk=booking.pk).update(state="completed", hold_expires_at=None)
    held(in_alpha.court_1, slot(12), customer=guest)
    Quota.objects.update(span="day", most=2)
    assert refused(HoldRequest(slot(14), in_alpha.court_1, customer=guest)).extra["used"] == 2
    assert held(in_alpha.court_1, slot(14, ahead=8), customer=guest).state == "held"


def test_minutes_of_a_day_add_up_to_the_minute(in_alpha, guest):
    limit(in_alpha.court_1, measure="minutes", span="day", most=150)
    held(in_alpha.court_1, slot(10, minutes=90), customer=guest)
    refusal = refused(HoldRequest(slot(12, minutes=90), in_alpha.court_1, customer=guest))
    assert refusal.extra == {"measure": "minutes", "span": "day", "most": 150, "used": 90}
    assert held(in_alpha.court_1, slot(12, minutes=60), customer=guest).state == "held"
    assert refused(HoldRequest(slot(14), in_alpha.court_1, customer=guest)).extra["used"] == 150


def test_a_quota_of_a_resource_or_kind_counts_only_what_is_booked_of_it(in_alpha, guest):
    court = resource_in(Venue.objects.get(pk=in_alpha.venue), "clay", kind="court")
    limit(court.pk, resource_id=court.pk)
    limit(court.pk, kind="court", most=2)
    held(court.pk, slot(10), customer=guest)
    assert refused(HoldRequest(slot(12), court.pk, customer=guest)).extra["most"] == 1
    assert held(in_alpha.court_1, slot(12), customer=guest).state == "held"  # of another kind
    other = resource_in(Venue.objects.get(pk=in_alpha.venue), "grass", kind="court")
    held(other.pk, slot(12), customer=guest)
    assert refused(HoldRequest(slot(14), other.pk, customer=guest)).extra == {
        "measure": "bookings",
        "span": "active",
        "most": 2,
        "used": 2,
    }


def test_a_further_resource_counts_as_the_main_one_does(in_alpha, guest):
    limit(in_alpha.court_2, resource_id=in_alpha.court_2)
    booking = held(in_alpha.court_1, slot(10), customer=guest)
    BookingResource.objects.create(booking=booking, resource_id=in_alpha.court_2)
    assert refused(HoldRequest(slot(12), in_alpha.court_2, customer=guest)).code == "quota"
    wish = HoldRequest(slot(12), in_alpha.court_1, also=(in_alpha.court_2,), customer=guest)
    assert refused(wish).code == "quota"


def test_members_may_have_more_on_the_days_of_their_membership(in_alpha, guest):
    limit(in_alpha.court_1)
    group = CustomerGroup.objects.create(name="Members")
    limit(in_alpha.court_1, group=group, most=2)
    held(in_alpha.court_1, slot(10), customer=guest)
    assert refused(HoldRequest(slot(12), in_alpha.court_1, customer=guest)).extra["most"] == 1
    Membership.objects.create(group=group, user=guest, valid_until=at(12).date())
    held(in_alpha.court_1, slot(12), customer=guest)
    assert refused(HoldRequest(slot(14), in_alpha.court_1, customer=guest)).extra["most"] == 2
    Membership.objects.update(valid_until=at(12, ahead=6).date())
    assert refused(HoldRequest(slot(14), in_alpha.court_1, customer=guest)).extra["most"] == 1


def test_holds_that_are_replaced_do_not_count(in_alpha, guest):
    limit(in_alpha.court_1)
    first = held(in_alpha.court_1, slot(10), customer=guest)
    second = held(in_alpha.court_1, slot(12), customer=guest, replaces=frozenset([first.pk]))
    assert (Booking.objects.get(pk=first.pk).state, second.state) == ("expired", "held")


def test_staff_book_for_somebody_beyond_the_quota(in_alpha, guest, staff):
    limit(in_alpha.court_1)
    held(in_alpha.court_1, slot(10), customer=guest)
    wish = HoldRequest(slot(12), in_alpha.court_1, customer=guest)
    assert lifecycle.book_for(wish, staff).state == "confirmed"
    assert refused(HoldRequest(slot(14), in_alpha.court_1, customer=guest)).extra["used"] == 2


def test_a_guest_counts_by_e_mail_once_it_is_known(in_alpha, guest):
    limit(in_alpha.court_1)
    first = held(in_alpha.court_1, slot(10), holder="a" * 32)
    second = held(in_alpha.court_1, slot(12), holder="b" * 32)
    lifecycle.submit(first, GUEST, Actor.of(None))
    before = digest()
    shouted = Contact(GUEST.name, GUEST.email.upper(), "")
    with pytest.raises(Refused) as refusal:
        lifecycle.submit(second, shouted, Actor.of(None))
    assert (refusal.value.code, refusal.value.extra["used"]) == ("quota", 1)
    assert digest() == before
    other = Contact("Other", "other@example.org", "")
    assert lifecycle.submit(second, other, Actor.of(None)).state == "pending"


def test_several_plans_of_one_transaction_count_each_other(in_alpha, guest):
    """As a series does: each date comes on top of those before."""
    limit(in_alpha.court_1, span="week", most=2)
    now, made = database_now(), []
    for ahead in (7, 8):
        request = HoldRequest(slot(10, ahead=ahead), in_alpha.court_1, customer=guest)
        made.append(Stage(request, product_of(request), Terms(now)).plan(request))
    known = quotas.allowance(made, now)
    assert known is not None
    assert known.refusal(quotas.use_of(made[0]), ()) is None
    for _time in range(2):
        known.add(quotas.use_of(made[0]))
    assert known.refusal(quotas.use_of(made[0]), ()).extra["used"] == 2


def test_quotas_cost_nothing_where_there_are_none_and_two_queries_where_there_are(in_alpha, guest):
    def queries(hour):
        with CaptureQueriesContext(connection) as found:
            held(in_alpha.court_1, slot(hour), customer=guest)
        return len(found)

    without = queries(10)
    limit(in_alpha.court_1, most=9)
    assert queries(12) == without + 2
