"""The weather: everything outdoors of a day goes in one act, at no cost unless the policy says so, and once."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings import lifecycle
from bookings.models import Booking, BookingEvent, GiftCredit, Occupancy
from bookings.requests import HoldRequest, Payment
from bookings.states import PaymentWay
from bookings.weather import BadWeather, call_off, foretell, hours_of
from kernel.errors import Invalid
from schemas.clock import database_now
from tests.bookings.api.desk import ADMIN, OWN, at_once, paid, starts_in, under, wish
from tests.bookings.scenes import GUEST, at, digest, let_lapse, slot
from tests.bookings.test_query_counts import counting
from venues.models import Resource, Venue

WEATHER = "/api/v1/admin/weather/"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def outdoors(in_alpha):
    """Both courts are outdoors, the hall is not; none needs approval."""
    Resource.objects.filter(pk__in=[in_alpha.court_1, in_alpha.court_2]).update(is_outdoor=True)
    at_once(in_alpha.court_1, in_alpha.court_2, in_alpha.hall, in_alpha.kayaks)
    return in_alpha


def make(home, resource_id, hour=10, who="guest", **changes):
    """A booking at an hour of the day in a week; its id."""
    answer = home(who).post(OWN, wish(resource_id, hour, **changes))
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def call(home, world, who="front_desk", **changes):
    """Call the day off; the answer."""
    day = at(12).astimezone(BERLIN).date().isoformat()
    return home(who).post(WEATHER, {"venue": world.venue, "date": day, "notes": "Storm", **changes})


def gone(answer):
    """Ids of what was called off."""
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["bookings"]]


def states():
    """State and reason by id."""
    return {str(pk): (state, why) for pk, state, why in Booking.objects.values_list("pk", "state", "cancel_reason")}


def test_a_day_outdoors_is_called_off_and_indoors_goes_on(home, outdoors):
    first, late = make(home, outdoors.court_1, 8), make(home, outdoors.court_2, 20, who="stranger")
    inside, next_day = make(home, outdoors.hall), make(home, outdoors.court_1, ahead=8)
    paid(home, first, "25.00")
    answer = call(home, outdoors)
    assert gone(answer) == [first, late]
    body = answer.json()
    assert (body["preview"], body["count"]) == (False, 2)
    assert body["bookings"][0] == {
        "id": first,
        "reference_code": Booking.objects.get(pk=first).reference_code,
        "resource": outdoors.court_1,
        "resource_name": f"Court 1 {outdoors.canary}",
        "start_datetime": at(8).astimezone(BERLIN).isoformat(),
        "end_datetime": at(9).astimezone(BERLIN).isoformat(),
        "fee": "0.00",
        "refund": "25.00",
        "gift_credit_back": "0.00",
        "prepaid_minutes_back": 0,
        "owed": "0.00",
        "currency": "EUR",
    }
    assert states() == {
        first: ("cancelled", "weather"),
        late: ("cancelled", "weather"),
        inside: ("confirmed", ""),
        next_day: ("confirmed", ""),
    }
    assert not Occupancy.objects.filter(booking__in=[first, late]).exists()
    assert Booking.objects.get(pk=first).cancel_notes == "Storm"
    assert home("stranger").post(OWN, wish(outdoors.court_1, 8)).status_code == 201


def test_twice_is_once_and_a_customers_own_cancellation_stands(home, outdoors):
    own, other = make(home, outdoors.court_1), make(home, outdoors.court_2)
    home("guest").post(f"{OWN}{own}/cancel/", {"notes": "Me"})
    assert gone(call(home, outdoors)) == [other]
    after = digest()
    assert gone(call(home, outdoors)) == []
    assert digest() == after
    assert states()[own] == ("cancelled", "user_request")
    assert BookingEvent.objects.filter(to_state="cancelled").count() == 2


def test_preview_says_the_same_and_changes_nothing(home, outdoors):
    make(home, outdoors.court_1)
    make(home, outdoors.court_2, 15)
    before = digest()
    told = call(home, outdoors, preview=True).json()
    assert digest() == before
    done = call(home, outdoors).json()
    assert told == {**done, "preview": True}
    assert len(done["bookings"]) == 2


def test_some_hours_and_some_courts_of_the_day(home, outdoors):
    at_ten, at_twelve, elsewhere = (
        make(home, outdoors.court_1, 10),
        make(home, outdoors.court_1, 12),
        make(home, outdoors.court_2, 10),
    )
    hours = {"from_time": "11:00", "to_time": "12:30"}
    assert gone(call(home, outdoors, **hours, preview=True)) == [at_twelve]
    assert gone(call(home, outdoors, from_time="10:30", to_time="10:31", resources=[outdoors.court_2])) == [elsewhere]
    assert gone(call(home, outdoors, resources=[outdoors.court_1], to_time="12:00")) == [at_ten]
    assert gone(call(home, outdoors, from_time="11:00")) == [at_twelve]


def test_an_outdoor_resource_that_goes_along_counts(home, outdoors):
    Resource.objects.filter(pk__in=[outdoors.court_2]).update(is_outdoor=False)
    body = {"contact": {"name": "Club"}, **wish(outdoors.court_2), "with_resources": [outdoors.court_1]}
    beside = home("owner").post(ADMIN, body).json()["id"]
    alone = make(home, outdoors.court_2, 14)
    assert gone(call(home, outdoors)) == [beside]
    assert states()[alone][0] == "confirmed"
    assert not Occupancy.objects.filter(booking=beside).exists()


def test_holds_and_requests_go_too_but_not_what_has_lapsed_or_is_over(home, outdoors):
    Resource.objects.filter(pk=outdoors.court_1).update(pays_online=True)
    Resource.objects.filter(pk=outdoors.court_2).update(needs_approval=True)
    hold, lapsed, asked = make(home, outdoors.court_1), make(home, outdoors.court_1, 14), make(home, outdoors.court_2)
    let_lapse(Booking.objects.get(pk=lapsed))
    assert set(gone(call(home, outdoors))) == {hold, asked}
    assert states()[lapsed] == ("held", "")


def test_preview_takes_as_many_queries_for_ten_as_for_one(home, outdoors, staff):
    venue = Venue.objects.get(pk=outdoors.venue)
    weather = BadWeather(venue, hours_of(venue, at(12).astimezone(BERLIN).date(), None, None))
    for number, hour in enumerate(range(8, 18)):
        under(make(home, outdoors.court_1, hour), {"minutes_before": 0, "percent": 100 * number, "reason": "weather"})
        with counting() as statements:
            assert len(foretell(weather, staff)) == number + 1
        assert len(statements) == 5, statements


def test_gift_credit_of_many_comes_back_with_the_day(home, outdoors, guest):
    made = []
    for hour in (8, 10):
        credit = GiftCredit.objects.create(
            code=f"GIFT{hour}", currency="EUR", balance_minor=2500, created_at=database_now()
        )
        request = HoldRequest(
            slot(hour), resource_id=outdoors.court_1, customer=guest, contact=GUEST, payment=Payment(credit=credit.code)
        )
        made.append(str(lifecycle.book(request, PaymentWay.ON_SITE).pk))
    assert set(GiftCredit.objects.values_list("balance_minor", flat=True)) == {0}
    under(made[0], {"minutes_before": 0, "percent": 2000, "reason": "weather"})
    rows = {row["id"]: row["gift_credit_back"] for row in call(home, outdoors).json()["bookings"]}
    assert rows == {made[0]: "20.00", made[1]: "25.00"}
    assert sorted(GiftCredit.objects.values_list("balance_minor", flat=True)) == [2000, 2500]
    payment_states = dict(Booking.objects.values_list("pk", "payment_state"))
    assert {str(pk): state for pk, state in payment_states.items()} == {
        made[0]: "partially_refunded",
        made[1]: "refunded",
    }


def test_what_has_begun_is_called_off_and_what_is_over_is_not(home, outdoors):
    playing, over = make(home, outdoors.court_1), make(home, outdoors.court_2)
    starts_in(playing, -timedelta(minutes=30))
    starts_in(over, -timedelta(minutes=61))
    day = Booking.objects.get(pk=playing).start.astimezone(BERLIN).date()
    found = gone(call(home, outdoors, date=day.isoformat()))
    assert found == [playing]
    assert Booking.objects.get(pk=playing).fee_minor == 0


def test_a_policy_may_keep_something_for_the_weather(home, outdoors):
    kept, free = make(home, outdoors.court_1), make(home, outdoors.court_2)
    for booking_id in (kept, free):
        paid(home, booking_id, "25.00")
    under(kept, {"minutes_before": 0, "percent": 1000, "reason": "weather"})
    under(free, {"minutes_before": 0, "percent": 5000})
    rows = {row["id"]: (row["fee"], row["refund"]) for row in call(home, outdoors).json()["bookings"]}
    assert rows == {kept: ("2.50", "22.50"), free: ("0.00", "25.00")}


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"from_time": "12:00", "to_time": "12:00"}, 400, "invalid"),
        ({"from_time": "12:00", "to_time": "11:00"}, 400, "invalid"),
        ({"date": "yesterday"}, 400, "invalid"),
        ({"resources": [999_999]}, 400, "not_outdoors"),
        ({"venue": 999_999}, 404, "not_found"),
    ],
)
def test_what_makes_no_sense_changes_nothing(home, outdoors, changes, status, code):
    make(home, outdoors.court_1)
    before = digest()
    answer = call(home, outdoors, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert call(home, outdoors, resources=[outdoors.hall]).json()["code"] == "not_outdoors"
    assert digest() == before


@pytest.mark.parametrize(
    ("who", "place", "status"),
    [("guest", "venue", 403), ("accountant", "venue", 404), ("manager", "annex", 404), ("manager", "venue", 200),
     ("front_desk", "annex", 200), ("owner", "annex", 200)],
)  # fmt: skip
def test_who_may_declare_the_weather(home, outdoors, who, place, status):
    assert call(home, outdoors, who=who, venue=getattr(outdoors, place)).status_code == status


def test_the_day_is_the_venues_also_when_the_clocks_change(in_alpha):
    venue = Venue.objects.get(pk=in_alpha.venue)
    spring = hours_of(venue, date(2030, 3, 31), None, None)
    assert spring.minutes == 23 * 60
    with pytest.raises(Invalid):
        hours_of(venue, date(2030, 3, 31), at(12).time(), at(12).time())


def test_ten_bookings_take_as_many_statements_as_one(home, outdoors, staff):
    venue = Venue.objects.get(pk=outdoors.venue)
    make(home, outdoors.court_1, 8)
    day = at(12).astimezone(BERLIN).date()
    weather = BadWeather(venue, hours_of(venue, day, None, None))
    with counting() as one:
        assert len(call_off(weather, staff)) == 1
    for hour in range(8, 18):
        make(home, outdoors.court_1, hour)
    with counting() as ten:
        assert len(call_off(weather, staff)) == 10
    assert (len(one), len(ten)) == (18, 18)
