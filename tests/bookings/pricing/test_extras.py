"""Extras: on offer, required, limited, from a stock that is never overdrawn. And the questions that come along."""

import pytest

from bookings import cancelling, lifecycle
from bookings.answers import checked
from bookings.cancelling import Cancellation
from bookings.models import Answer, BookingExtra, Occupancy
from bookings.records import Actor
from bookings.requests import ExtraWish, HoldRequest
from kernel.errors import Invalid, Refused
from tests.bookings.pricing.shop import catering, extra, member, rackets, told, wish
from tests.bookings.scenes import digest, held, let_lapse, slot
from venues.models import CustomField, ExtraOffer, Product, Rate, Resource, Venue
from venues.offered import Question


def refused(request: HoldRequest) -> Refused:
    """The refusal of a hold that changes nothing."""
    before = digest()
    with pytest.raises(Refused) as caught:
        lifecycle.hold(request)
    assert digest() == before
    return caught.value


@pytest.mark.parametrize(
    ("unit", "amount", "total"),
    [
        ("booking", 1000, 3000),
        ("person", 1000, 12_000),
        ("hour", 1000, 6000),
        ("half_hour", 1000, 12_000),
        ("person_hour", 1000, 24_000),
        ("day", 1000, 3000),
    ],
)
def test_three_of_an_extra_for_four_people_and_two_hours(in_alpha, guest, unit, amount, total):
    lunch = catering(in_alpha, unit, amount)
    booking = lifecycle.hold(wish(in_alpha, minutes=120, participants=4, customer=guest, extras=extra(lunch, 3)))
    assert told(booking) == [("rate", 5000), ("extra", total)]
    assert booking.total_minor == 5000 + total


def test_extra_with_vat_of_its_own(in_alpha):
    Venue.objects.filter(pk=in_alpha.venue).update(vat=1900)
    lunch = catering(in_alpha, "booking", 1070, vat=700)
    booking = lifecycle.hold(wish(in_alpha, extras=extra(lunch)))
    assert list(booking.lines.values_list("amount_minor", "vat")) == [(2500, 1900), (1070, 700)]
    assert booking.tax_minor == 399 + 70


def test_extra_has_a_price_for_members(in_alpha, guest):
    lunch = catering(in_alpha, "booking", 1200)
    Rate.objects.create(product=lunch, unit="booking", amount_minor=900, group=member(guest))
    booking = lifecycle.hold(wish(in_alpha, customer=guest, extras=extra(lunch)))
    assert told(booking) == [("rate", 2500), ("extra", 900)]


def test_required_extra_comes_by_itself_in_its_least_number(in_alpha):
    racket = rackets(in_alpha, is_required=True, least=2, most=4)
    booking = held(in_alpha.court_1, slot(10))
    assert list(BookingExtra.objects.values_list("product", "quantity")) == [(racket.pk, 2)]
    assert told(booking) == [("rate", 2500), ("extra", 600)]
    assert Occupancy.objects.filter(resource=racket.stock).count() == 2


def test_what_the_resource_requires_stays_required_where_the_service_offers_it_too(in_alpha):
    racket = rackets(in_alpha, is_required=True)
    ExtraOffer.objects.create(extra=racket, product_id=in_alpha.tennis, most=3)
    booking = lifecycle.hold(HoldRequest(slot(10), resource_id=in_alpha.court_1, product_id=in_alpha.tennis))
    assert told(booking) == [("rate", 2500), ("extra", 300)]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ([1], "extra_quantity"),
        ([5], "extra_quantity"),
        ([2, 3], "extra_quantity"),
        ([500], "extra_quantity"),
        ([2], None),
        ([2, 2], None),
    ],
)
def test_from_two_to_four_of_it(in_alpha, wishes, code):
    """Those that are named twice add up."""
    racket = rackets(in_alpha, least=2, most=4)
    request = wish(in_alpha, extras=tuple(ExtraWish(racket.pk, number) for number in wishes))
    if code:
        assert refused(request).code == code
    else:
        lifecycle.hold(request)
        assert BookingExtra.objects.get().quantity == sum(wishes)


def test_extra_that_is_not_on_offer_there_is_unknown(in_alpha):
    racket = rackets(in_alpha)
    assert refused(wish(in_alpha, resource_id=in_alpha.court_2, extras=extra(racket))).code == "extra_unknown"
    Product.objects.filter(pk=racket.pk).update(is_active=False)
    refusal = refused(wish(in_alpha, extras=extra(racket)))
    assert (type(refusal), refusal.code, refusal.extra["product"]) == (Invalid, "extra_unknown", racket.pk)
    service = ExtraWish(in_alpha.tennis)
    assert refused(wish(in_alpha, extras=(service,))).code == "extra_unknown"


def test_extra_without_a_rate_has_no_price(in_alpha):
    racket = rackets(in_alpha)
    Rate.objects.filter(product=racket).delete()
    assert refused(wish(in_alpha, extras=extra(racket))).code == "no_price"


def test_stock_is_counted_where_times_overlap(in_alpha):
    """Twenty rackets: 12 from 10 to 12, 8 left at 11; all are back at 12, and the next hour has them."""
    racket = rackets(in_alpha, 20)
    ExtraOffer.objects.create(extra=racket, resource_id=in_alpha.court_2, most=20)
    lifecycle.hold(wish(in_alpha, 10, minutes=120, extras=extra(racket, 12)))
    beside = {"resource_id": in_alpha.court_2}
    refusal = refused(wish(in_alpha, 11, extras=extra(racket, 9), **beside))
    assert (refusal.code, refusal.extra) == ("extra_sold_out", {"product": racket.pk, "left": 8})
    lifecycle.hold(wish(in_alpha, 11, extras=extra(racket, 8), **beside))
    lifecycle.hold(wish(in_alpha, 12, extras=extra(racket, 20), **beside))
    assert Occupancy.objects.filter(resource=racket.stock).count() == 40


def test_stock_comes_back_with_a_cancellation_and_a_lapsed_hold(in_alpha, guest):
    racket = rackets(in_alpha, 3)
    ExtraOffer.objects.create(extra=racket, resource_id=in_alpha.court_2)
    beside = wish(in_alpha, resource_id=in_alpha.court_2, customer=guest, extras=extra(racket, 3))
    first = lifecycle.hold(wish(in_alpha, customer=guest, extras=extra(racket, 1)))
    assert refused(beside).code == "extra_sold_out"
    cancelling.cancel(first, Actor.of(guest), Cancellation())
    second = lifecycle.hold(beside)
    let_lapse(second)
    lifecycle.hold(wish(in_alpha, customer=guest, extras=extra(racket, 3)))
    second.refresh_from_db()
    assert second.state == "expired"


def test_pool_that_is_booked_and_lent_at_once_is_counted_once(in_alpha):
    """Three kayaks: one is booked itself, and two come along with it as extras, but not three."""
    extra_kayak = Product.objects.create(name="Kayak", slug="kayak", kind="extra", stock_id=in_alpha.kayaks)
    Rate.objects.create(product=extra_kayak, unit="booking", amount_minor=500)
    ExtraOffer.objects.create(extra=extra_kayak, resource_id=in_alpha.kayaks)
    request = wish(in_alpha, resource_id=in_alpha.kayaks, extras=extra(extra_kayak, 3))
    refusal = refused(request)
    assert (refusal.code, refusal.extra["left"]) == ("extra_sold_out", 2)
    lifecycle.hold(wish(in_alpha, resource_id=in_alpha.kayaks, extras=extra(extra_kayak, 2)))
    assert sorted(Occupancy.objects.values_list("unit", flat=True)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", " Lions ", "Lions"),
        ("text", "x" * 500, "x" * 500),
        ("text", "x" * 501, None),
        ("number", "12.50", "12.50"),
        ("number", "-3", "-3"),
        ("number", "NaN", None),
        ("number", "Infinity", None),
        ("number", "1e999999", "1E+999999"),
        ("number", "twelve", None),
        ("date", "2027-05-03", "2027-05-03"),
        ("date", "2027-02-30", None),
        ("date", "tomorrow", None),
        ("yes_no", "TRUE", "yes"),
        ("yes_no", "0", "no"),
        ("yes_no", "perhaps", None),
        ("choice", "Red", "Red"),
        ("choice", "red", None),
        ("choice", "Blue", None),
    ],
)
def test_answer_of_each_kind(kind, given, kept):
    question = Question(7, "Question", kind, ("Red", "Green"), is_required=False)
    if kept is None:
        with pytest.raises(Invalid) as caught:
            checked([question], {7: given})
        assert (caught.value.code, caught.value.extra) == ("answer_invalid", {"field": 7})
    else:
        assert checked([question], {7: given}) == {7: kept}


def test_answers_are_kept_required_and_known(in_alpha):
    team = CustomField.objects.create(resource_id=in_alpha.court_1, label="Team", is_required=True)
    coach = CustomField.objects.create(product_id=in_alpha.tennis, label="Coach")
    CustomField.objects.create(resource_id=in_alpha.court_1, label="Old", is_required=True, is_active=False)
    for given in ({}, {team.pk: "  "}):
        refusal = refused(wish(in_alpha, answers=given))
        assert (refusal.code, refusal.extra) == ("answer_required", {"field": team.pk})
    assert refused(wish(in_alpha, answers={team.pk: "Lions", coach.pk: "Ann"})).code == "answer_unknown"
    lifecycle.hold(wish(in_alpha, product_id=in_alpha.tennis, answers={team.pk: "Lions", coach.pk: ""}))
    assert list(Answer.objects.values_list("field", "value")) == [(team.pk, "Lions")]


def test_offered_means_bookable_with_rates_for_some_times_and_people(in_alpha, guest, stranger, api):
    """The slot list of each customer has just the starts that they can hold."""
    Rate.objects.filter(resource=in_alpha.court_1).update(from_time="08:00", until_time="12:00")
    group = member(guest)
    Rate.objects.create(
        resource_id=in_alpha.court_1, group=group, amount_minor=100, from_time="18:00", until_time="20:00"
    )
    Resource.objects.filter(pk=in_alpha.court_1).update(grid_minutes=60)
    day = slot(10).start.date()
    path = f"/api/v1/availability/?resource={in_alpha.court_1}&date={day}"
    hours = {
        who: [entry["start_datetime"][11:13] for entry in api(who).get(path).json()["slots"]]
        for who in ("guest", "stranger")
    }
    assert hours == {"guest": ["08", "09", "10", "11", "18", "19"], "stranger": ["08", "09", "10", "11"]}
