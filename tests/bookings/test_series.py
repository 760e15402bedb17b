"""Series: all dates or those that can be had, each by the rules and prices of its own day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings import closures, lifecycle, series
from bookings.closures import ClosureRequest
from bookings.models import Booking, Occupancy, Series
from bookings.requests import ExtraWish, HoldRequest, Payment
from bookings.series import Adding, Mode
from bookings.states import PaymentWay
from kernel.errors import Invalid, Refused, TooMany
from kernel.periods import Period
from tests.bookings.scenes import held, let_lapse, resource_in
from tests.bookings.series_scenes import (
    asked,
    at_six,
    court,
    dates_of,
    local_hours,
    made,
    reasons,
    rows,
    soon,
    weeks,
)
from tests.bookings.test_query_counts import counting
from tests.busy import taken_elsewhere
from venues.models import ExtraOffer, OpeningHours, Product, Quota, Rate, Resource, Voucher

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def taken(resource: Resource, on: date, hour: int = 18, zone: ZoneInfo = BERLIN) -> Booking:
    """Somebody else has an hour of that day."""
    start = datetime.combine(on, time(hour), zone)
    return lifecycle.book(HoldRequest(Period(start, start + HOUR), resource_id=resource.pk))


def evening(on: date) -> Period:
    """Six to seven of a day in Berlin."""
    return Period(at_six(on, BERLIN), at_six(on, BERLIN) + HOUR)


def refused(work, *arguments):
    """The refusal, after which nothing is different."""
    before = rows()
    with pytest.raises(Refused) as caught:
        work(*arguments)
    assert rows() == before
    return caught.value


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"])
def test_52_weeks_over_two_clock_changes_keep_the_local_hour(in_alpha, guest, zone):
    """R46: the evening stays the evening, in UTC it moves.

    Asked for in mrbs-code#383.
    """
    done = made(asked(court(zone), guest, "FREQ=WEEKLY;COUNT=52"))
    in_zone = ZoneInfo(zone)
    assert len(done.bookings) == 52
    assert local_hours(done.bookings, in_zone) == {"18:00"}
    assert len(local_hours(done.bookings, ZoneInfo("UTC"))) == (1 if zone == "Asia/Tokyo" else 2)
    assert {Period(booking.start, booking.end).minutes for booking in done.bookings} == {60}
    assert [f"{booking.start.astimezone(in_zone):%Y-%m-%d}" for booking in done.bookings] == weeks(soon(), 52)


def test_a_wall_time_that_the_clocks_skip_is_reported_and_one_that_comes_twice_is_the_first(in_alpha, guest):
    """R46: Berlin, 02:30 on the Sundays of the clock changes."""
    sunday = soon(6)
    place = court()
    found = series.preview(asked(place, guest, "FREQ=WEEKLY;COUNT=53", first=sunday, start=time(2), minutes=60))
    gaps = {one.wall.date(): one for one in found if one.reason}
    assert {one.reason for one in gaps.values()} == {"clock_change"}
    assert [day.month for day in gaps] in ([3], [3, 3])
    gap = next(iter(gaps.values()))
    assert (gap.period, gap.plan) == (None, None)
    assert gap.alternative.request.period.start.astimezone(BERLIN).time() == time(3)
    fold = next(one for one in found if one.wall.month == 10 and one.wall.day > 24)
    assert f"{fold.period.start.astimezone(BERLIN):%H:%M%z}" == "02:00+0200"
    assert fold.period.minutes == 60
    skipped = made(asked(place, guest, "FREQ=WEEKLY;COUNT=53", first=sunday, start=time(2)), Mode.SKIP)
    assert reasons(skipped.occurrences) == {day.isoformat(): "clock_change" for day in gaps}
    assert len(skipped.bookings) == 53 - len(gaps)


def test_every_booking_of_a_series_is_as_if_it_had_been_made_alone(in_alpha, guest):
    place, alone = court(), court(slug="alone")
    done = made(asked(place, guest, "FREQ=WEEKLY;COUNT=2", participants=3, notes="bring balls"))
    start = at_six(soon(), BERLIN)
    same = lifecycle.book(
        HoldRequest(
            Period(start, start + HOUR),
            resource_id=alone.pk,
            participants=3,
            notes="bring balls",
            customer=guest,
            contact=asked(place, guest).wish.contact,
        )
    )
    own = {"id", "_state", "_schema", "reference_code", "resource_id", "series_id", "created_at", "updated_at"}
    own |= {"confirmed_at"}
    first = Booking.objects.get(pk=done.bookings[0].pk)
    single = Booking.objects.get(pk=same.pk)
    assert {k: v for k, v in vars(first).items() if k not in own} == {
        k: v for k, v in vars(single).items() if k not in own
    }
    assert first.state == "confirmed"
    assert len({booking.reference_code for booking in done.bookings}) == 2
    assert first.lines.count() == single.lines.count() == 1
    moves = [list(booking.events.order_by("pk").values_list("from_state", "to_state")) for booking in (first, single)]
    assert moves[0] == moves[1] == [("", "held"), ("held", "confirmed")]


@pytest.mark.parametrize(
    ("fields", "way", "state"),
    [
        ({}, None, "confirmed"),
        ({"needs_approval": True}, None, "pending"),
        ({"pays_online": True}, None, "held"),
        ({"pays_online": True}, PaymentWay.ON_SITE, "confirmed"),
    ],
)
def test_dates_begin_as_any_booking_of_the_resource(in_alpha, guest, fields, way, state):
    done = made(asked(court(**fields), guest, payment_way=way))
    assert {booking.state for booking in done.bookings} == {state}
    if state == "held":
        ends = {booking.hold_expires_at - booking.created_at for booking in done.bookings}
        assert ends == {timedelta(minutes=15)}


def test_prices_are_those_of_each_date(in_alpha, guest):
    place = court()
    third = soon() + timedelta(days=14)
    Rate.objects.create(resource=place, amount_minor=4000, valid_from=third)
    found = series.preview(asked(place, guest))
    assert [one.plan.price.total_minor for one in found] == [2500, 2500, 4000, 4000]
    assert [booking.total_minor for booking in made(asked(place, guest)).bookings] == [2500, 2500, 4000, 4000]


def test_every_date_is_checked_not_only_the_first(in_alpha, guest):
    """Complaint: occurrences 2 to N unchecked. Closed, closure, holiday, buffer, horizon, booked, held.

    Asked for in cal.diy PR 11774, newtheatre/rooms#15.
    """
    place = court(buffer_after_minutes=30, horizon_days=60)
    days = [soon() + timedelta(days=7 * number) for number in range(10)]
    OpeningHours.objects.create(venue=place.venue, date=days[1], note="Holiday")
    closures.block_out(ClosureRequest(place.venue, evening(days[2])))
    busy = evening(days[3])
    taken_elsewhere(place.pk, busy.start, busy.end)
    taken(place, days[4])
    held(place.pk, evening(days[5]))
    taken(place, days[6], 17)
    found = reasons(series.preview(asked(place, guest, "FREQ=WEEKLY;COUNT=10")))
    expected = {1: "closed", 2: "closure", 3: "external_calendar", 4: "booked", 5: "held", 6: "buffer"}
    assert {key: value for key, value in found.items() if value != "too_far"} == {
        days[number].isoformat(): reason for number, reason in expected.items()
    }
    assert found[days[9].isoformat()] == "too_far"


def test_an_atomic_series_names_every_conflict_and_changes_nothing(in_alpha, guest):
    """R47: three of 52 are taken.

    Asked for in cal.diy#16387.
    """
    place = court()
    conflicts = [soon() + timedelta(days=7 * number) for number in (3, 20, 51)]
    for day in conflicts:
        taken(place, day)
    refusal = refused(series.create, asked(place, guest, "FREQ=WEEKLY;COUNT=52"), Mode.ATOMIC)
    assert refusal.code == "series_conflicts"
    assert [(one["date"], one["reason"]) for one in refusal.extra["conflicts"]] == [
        (day.isoformat(), "booked") for day in conflicts
    ]
    starts = [one["alternative"]["start_datetime"] for one in refusal.extra["conflicts"]]
    assert starts == [at_six(day, BERLIN).replace(hour=17).isoformat() for day in conflicts]


def test_a_series_that_skips_books_the_other_49(in_alpha, guest):
    """R47"""
    place = court()
    conflicts = [soon() + timedelta(days=7 * number) for number in (3, 20, 51)]
    for day in conflicts:
        taken(place, day)
    done = made(asked(place, guest, "FREQ=WEEKLY;COUNT=52"), Mode.SKIP)
    assert len(done.bookings) == 49
    listed = dates_of(done.series)
    assert [day for day, _skipped, _state in listed] == weeks(soon(), 52)
    assert [(day, skipped) for day, skipped, _state in listed if skipped] == [
        (day.isoformat(), "booked") for day in conflicts
    ]
    assert Booking.objects.filter(series=done.series, state="confirmed").count() == 49


def test_a_series_of_which_nothing_can_be_had_is_refused_even_if_it_may_skip(in_alpha, guest):
    place = court(horizon_days=3)
    refusal = refused(series.create, asked(place, guest), Mode.SKIP)
    assert refusal.code == "series_conflicts"
    assert {one["reason"] for one in refusal.extra["conflicts"]} == {"too_far"}


def test_the_alternative_is_another_resource_of_the_same_kind_and_venue_at_the_same_time(in_alpha, guest):
    place = court(kind="court")
    other = resource_in(place.venue, "other", kind="court", capacity=4)
    resource_in(place.venue, "studio", kind="studio", capacity=4)
    taken(place, soon())
    [first, *rest] = series.preview(asked(place, guest))
    assert (first.reason, first.alternative.basket.main.pk) == ("booked", other.pk)
    assert first.alternative.request.period == first.period
    assert {one.alternative for one in rest} == {None}


def test_the_alternative_to_a_court_of_a_service_is_another_court_of_the_service(in_alpha, guest):
    place, alike = court(), court(slug="second")
    service = Product.objects.create(name="Lesson", slug="lesson", duration_minutes=60)
    service.resources.set([place, alike])
    taken(place, soon())
    first = series.preview(asked(place, guest, product_id=service.pk))[0]
    assert first.alternative.basket.main.pk == alike.pk
    anywhere = series.preview(asked(None, guest, product_id=service.pk))
    assert [one.plan.basket.main.pk for one in anywhere] == [alike.pk, place.pk, place.pk, place.pk]


def test_the_next_alternative_is_the_nearest_start_of_that_day(in_alpha, guest):
    place = court()
    for hour in (17, 18, 19):
        taken(place, soon(), hour)
    first = series.preview(asked(place, guest))[0]
    assert first.alternative.request.period.start == at_six(soon(), BERLIN).replace(hour=16)
    assert first.alternative.basket.main.pk == place.pk


def test_an_hour_beside_extras_and_further_resources_is_booked_on_every_date(in_alpha, guest):
    place = court()
    projector = resource_in(place.venue, "projector")
    stock = resource_in(place.venue, "rackets", units=4)
    racket = Product.objects.create(name="Racket", slug="racket", kind="extra", stock=stock)
    Rate.objects.create(product=racket, amount_minor=300, unit="booking")
    ExtraOffer.objects.create(extra=racket, resource=place)
    request = asked(place, guest, also=(projector.pk,), extras=(ExtraWish(racket.pk, 2),))
    done = made(request)
    assert {booking.total_minor for booking in done.bookings} == {2500 + 2500 + 600}
    assert Occupancy.objects.filter(resource=projector).count() == 4
    assert Occupancy.objects.filter(resource=stock).count() == 8
    sold_out = series.preview(asked(court(slug="next"), guest))
    assert reasons(sold_out) == {}
    again = refused(series.create, asked(place, guest, extras=(ExtraWish(racket.pk, 3),), start=time(18)), Mode.SKIP)
    assert {one["reason"] for one in again.extra["conflicts"]} == {"booked"}


def test_overlapping_dates_are_refused(in_alpha, guest):
    place = court(max_minutes=3 * 1440)
    refusal = refused(series.preview, asked(place, guest, "FREQ=DAILY;COUNT=3", minutes=1500))
    assert (type(refusal), refusal.code) == (Invalid, "dates_overlap")
    near = court(slug="near", max_minutes=1440, buffer_after_minutes=30)
    assert refused(series.preview, asked(near, guest, "FREQ=DAILY;COUNT=3", minutes=1440)).code == "dates_overlap"


def test_a_third_series_of_unpaid_holds_is_too_many(in_alpha, guest, stranger):
    """R39"""
    places = [court(slug=f"online-{number}", pays_online=True) for number in range(3)]
    first = made(asked(places[0], guest))
    made(asked(places[1], guest))
    refusal = refused(series.create, asked(places[2], guest), Mode.ATOMIC)
    assert (type(refusal), refusal.code) == (TooMany, "too_many_holds")
    assert len(made(asked(places[2], stranger)).bookings) == 4
    for booking in first.bookings:
        let_lapse(booking)
    assert len(made(asked(court(slug="online-4", pays_online=True), guest)).bookings) == 4


def test_means_that_run_out_are_not_for_a_series(in_alpha, guest):
    place = court()
    Voucher.objects.create(code="ONCE", percent_off=1000, most_uses=1)
    Voucher.objects.create(code="ALWAYS", percent_off=1000)
    assert refused(series.preview, asked(place, guest, payment=Payment(voucher="once"))).code == "voucher_limited"
    assert refused(series.preview, asked(place, guest, payment=Payment(credit="X"))).code == "series_means"
    unknown = refused(series.preview, asked(place, guest, payment=Payment(voucher="NONE")))
    assert (unknown.code, unknown.extra["date"]) == ("voucher_unknown", soon().isoformat())
    done = made(asked(place, guest, payment=Payment(voucher="always")))
    assert {booking.total_minor for booking in done.bookings} == {2250}


def test_holds_that_are_over_make_room(in_alpha, guest):
    """I9"""
    place = court()
    start = at_six(soon(), BERLIN)
    old = held(place.pk, Period(start, start + HOUR))
    let_lapse(old)
    assert len(made(asked(place, guest)).bookings) == 4
    assert Booking.objects.get(pk=old.pk).state == "expired"


def test_a_skipped_date_is_booked_later_like_the_others(in_alpha, guest, staff):
    """indico#4180."""
    place = court()
    rival = taken(place, soon())
    done = made(asked(place, guest, participants=2, notes="same"), Mode.SKIP)
    adding = Adding((soon(),))
    refusal = refused(series.add_dates, done.series, adding, staff)
    assert (refusal.code, refusal.extra["conflicts"][0]["reason"]) == ("series_conflicts", "booked")
    Occupancy.objects.filter(booking=rival).delete()
    Booking.objects.filter(pk=rival.pk).update(state="cancelled")
    again = series.add_dates(done.series, adding, staff)
    booking = Booking.objects.get(pk=again.bookings[0].pk)
    assert (booking.participants, booking.notes, booking.customer, booking.state) == (2, "same", guest, "confirmed")
    assert booking.start == at_six(soon(), BERLIN)
    assert booking.events.order_by("pk").first().actor_kind == "staff"
    assert [(skipped, state) for _day, skipped, state in dates_of(done.series)] == [("", "confirmed")] * 4
    assert refused(series.add_dates, done.series, adding, staff).code == "date_booked"


def test_further_dates_are_added_within_the_bounds(in_alpha, guest, staff):
    place = court()
    done = made(asked(place, guest))
    extra = soon() + timedelta(days=2)
    series.add_dates(done.series, Adding((extra,)), staff)
    assert (extra.isoformat(), "", "confirmed") in dates_of(done.series)
    far = Adding((soon() + timedelta(days=732),))
    assert refused(series.add_dates, done.series, far, staff).code == "series_too_long"
    many = Adding(tuple(soon() + timedelta(days=number + 40) for number in range(100)))
    assert refused(series.add_dates, done.series, many, staff).code == "too_many_dates"


def test_a_taken_date_can_be_added_on_another_resource(in_alpha, guest, staff):
    place = court()
    other = resource_in(place.venue, "other", capacity=4)
    taken(place, soon())
    done = made(asked(place, guest), Mode.SKIP)
    booked = series.add_dates(done.series, Adding((soon(),), other.pk), staff).bookings
    assert [booking.resource_id for booking in booked] == [other.pk]


@given(
    hours=st.sets(st.tuples(st.integers(0, 9), st.sampled_from([17, 18, 19])), max_size=12),
    mode=st.sampled_from(list(Mode)),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_preview_says_is_what_is_booked(in_alpha, guest, hours, mode):
    """Same prices, same conflicts, whatever is taken."""
    place = court(slug=f"p{Resource.objects.count()}", kind="lane")
    Rate.objects.create(resource=place, amount_minor=3100, valid_from=soon() + timedelta(days=30))
    for week, hour in sorted(hours):
        taken(place, soon() + timedelta(days=7 * week), hour)
    request = asked(place, guest, "FREQ=WEEKLY;COUNT=10", minutes=120, start=time(17))
    foretold = series.preview(request)
    prices = [one.plan.price.total_minor for one in foretold if one.plan]
    if prices and (mode is Mode.SKIP or not reasons(foretold)):
        done = made(request, mode)
        assert [booking.total_minor for booking in done.bookings] == prices
        assert reasons(done.occurrences) == reasons(foretold)
    else:
        refusal = refused(series.create, request, mode)
        assert {one["date"]: one["reason"] for one in refusal.extra["conflicts"]} == reasons(foretold)


@pytest.mark.parametrize("count", [52, 104])
def test_a_preview_takes_as_many_queries_for_a_year_as_for_two(in_alpha, guest, count):
    place = court(kind="court")
    resource_in(place.venue, "other", kind="court", capacity=4)
    for week in (1, 2, 30):
        taken(place, soon() + timedelta(days=7 * week))
    request = asked(place, guest, f"FREQ=WEEKLY;COUNT={count}")
    with counting() as statements:
        found = series.preview(request)
    assert len(found) == count
    assert len(reasons(found)) == 3
    assert len(statements) == 8, statements


@pytest.mark.parametrize("count", [4, 52, 104])
def test_creating_takes_as_many_queries_for_many_dates_as_for_few(in_alpha, guest, count):
    place = court()
    request = asked(place, guest, f"FREQ=WEEKLY;COUNT={count}")
    with counting() as statements:
        done = made(request)
    assert len(done.bookings) == count
    assert len(statements) == 18, statements
    assert Series.objects.get().rule == f"FREQ=WEEKLY;COUNT={count}"


def test_quotas_count_every_date(in_alpha, guest):
    """Two hours in a week: the third day of each week is too much."""
    place = court()
    Quota.objects.create(venue=place.venue, measure=Quota.Measure.MINUTES, span=Quota.Span.WEEK, most=120)
    request = asked(place, guest, "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=6")
    fridays = [(soon() + timedelta(days=days)).isoformat() for days in (4, 11)]
    assert reasons(series.preview(request)) == dict.fromkeys(fridays, "quota")
    assert refused(series.create, request, Mode.ATOMIC).code == "series_conflicts"
    assert reasons(made(request, Mode.SKIP).occurrences) == dict.fromkeys(fridays, "quota")
