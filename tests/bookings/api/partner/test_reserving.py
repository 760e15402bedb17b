"""`POST /bookings` of partners: product, space and slot alone, line by line of API.md."""

from datetime import timedelta

import pytest

from bookings.models import Booking
from tests.bookings.api.partner.kit import BOOKING, ROOT, partner
from tests.bookings.scenes import at, digest
from venues.models import Product, Venue

NOTHING = "00000000-0000-4000-8000-000000000999"


def test_product_space_and_slot_alone_reserve_it_for_15_minutes(shop):
    answer = shop.post("bookings", shop.slot())
    booking = Booking.objects.get()
    made = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"{ROOT}bookings/{booking.pk}")
    assert made.keys() == BOOKING
    assert made["status"] == "RESERVED_15_MIN"
    assert made["expiresAt"] == f"{booking.hold_expires_at:%FT%TZ}"
    assert booking.hold_expires_at - booking.created_at == timedelta(minutes=15)
    assert (made["productId"], made["spaceId"]) == (shop.product, shop.court)
    assert (made["slot"], made["durationMinutes"]) == ({"from": f"{at(10):%FT%TZ}", "to": f"{at(11):%FT%TZ}"}, 60)
    assert (made["totalPrice"], made["paid"], made["currency"]) == ("25.00", "0.00", "EUR")
    assert (made["email"], made["paymentUrl"], made["confirmedAt"]) == ("", None, None)
    assert shop.get(answer["Location"]).json() == made


def test_slot_as_listed_can_be_sent_back(shop):
    [slot] = shop.get(
        "slots",
        {"productId": shop.product, "spaceId": shop.court, "from": at(10).isoformat(), "to": at(10, 30).isoformat()},
    ).json()
    answer = shop.post("bookings", shop.slot(slot=slot))
    assert (answer.status_code, answer.json()["slot"]) == (201, {"from": slot["from"], "to": slot["to"]})


def test_with_a_slash_at_the_end_it_is_the_same_call(shop):
    first = shop.post(f"{ROOT}bookings/", shop.slot(), key="once")
    again = shop.post(f"{ROOT}bookings", shop.slot(), key="once")
    assert (first.status_code, again.json()) == (201, first.json())
    assert shop.get(f"{ROOT}bookings/{first.json()['id']}/").json() == first.json()
    assert shop.get(f"{ROOT}slots/").status_code == 400


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"productId": "tennis"}, "productId"),
        ({"productId": None}, "productId"),
        ({"spaceId": 7}, "spaceId"),
        ({"spaceId": None}, "spaceId"),
        ({"slot": {"from": "2027-01-01T10:00:00"}}, "slot"),
        ({"slot": {}}, "slot"),
        ({"slot": None}, "slot"),
        ({"slot": "2027-01-01T10:00:00Z"}, "slot"),
        ({"slot": {"from": ["x"]}}, "slot"),
        ({"slot": {"from": "2099-01-01T10:00:00Z", "to": "2099-01-01T10:10:00Z"}}, "slot"),
    ],
)
def test_nonsense_names_its_field_and_reserves_nothing(shop, changes, field):
    wish, before = {**shop.slot(), **changes}, digest()
    answer = shop.post("bookings", {name: value for name, value in wish.items() if value is not None})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"].keys() == {field}
    assert digest() == before


@pytest.mark.parametrize("body", [[], "text", 7, None])
@pytest.mark.parametrize("method", ["post", "patch"])
def test_body_that_is_no_object_is_400(shop, body, method):
    path = "bookings" if method == "post" else f"bookings/{shop.reserved()}"
    before = digest()
    answer = getattr(shop, method)(path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert digest() == before


def test_what_is_not_offered_is_404_or_400(shop):
    before = digest()
    unknown = shop.post("bookings", shop.slot(productId=NOTHING))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    other = Product.objects.create(name="Lesson", slug="lesson", duration_minutes=60)
    other.resources.set([shop.world.hall])
    elsewhere = shop.post("bookings", shop.slot(productId=str(other.public_id)))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (400, "product_elsewhere")
    assert elsewhere.json()["errors"].keys() == {"spaceId"}
    assert digest() == before


def test_taken_is_409(shop):
    partner(shop.world).reserved()
    before = digest()
    answer = shop.post("bookings", shop.slot())
    assert (answer.status_code, answer.json()["code"]) == (409, "held")
    assert digest() == before


@pytest.mark.parametrize(
    ("start", "code"),
    [(lambda: at(3), "closed"), (lambda: at(10, 7), "granularity"), (lambda: at(10, ahead=-1), "lead_time"),
     (lambda: at(10, ahead=400), "too_far")],
)  # fmt: skip
def test_slot_that_is_none_is_409_and_says_why(shop, start, code):
    before = digest()
    answer = shop.post("bookings", shop.slot(slot={"from": start().isoformat()}))
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert digest() == before


def test_own_hold_in_the_way_is_409_and_named(shop):
    """R12"""
    booking = shop.reserved()
    answer = shop.post("bookings", shop.slot())
    assert (answer.status_code, answer.json()["code"]) == (409, "held_by_you")
    assert answer.json()["bookingId"] == booking


def test_one_app_cannot_hold_everything(shop):
    """R39: as many of a space and day as a customer, five times as many at once."""
    Venue.objects.filter(pk=shop.world.venue).update(holds_at_once=1, holds_per_day=2)
    for hour in (8, 10):
        shop.reserved(hour)
    before = digest()
    answer = shop.post("bookings", shop.slot(12))
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_holds")
    assert int(answer["Retry-After"]) > 0
    assert digest() == before
    for ahead in (8, 9, 10):
        shop.reserved(slot={"from": at(10, ahead=ahead).isoformat()})
    assert shop.post("bookings", shop.slot(slot={"from": at(10, ahead=11).isoformat()})).status_code == 429
    assert partner(shop.world).post("bookings", shop.slot(12)).status_code == 201
