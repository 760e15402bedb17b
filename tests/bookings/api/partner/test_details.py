"""`PATCH /bookings/{id}` of partners: details, confirmation without payment, expiry (API.md)."""

from bookings.models import Booking
from tests.bookings.api.partner.kit import GINA
from tests.bookings.scenes import digest, let_lapse
from venues.models import CustomField, ExtraOffer, Product, Rate, Resource

NOTHING = "00000000-0000-4000-8000-000000000999"


def an_extra(shop, name="Racket", amount=300, **offer):
    """An extra that comes with tennis."""
    extra = Product.objects.create(name=name, slug=name.lower(), kind=Product.Kind.EXTRA)
    Rate.objects.create(product=extra, amount_minor=amount, unit=Rate.Unit.BOOKING)
    ExtraOffer.objects.create(extra=extra, product_id=shop.world.tennis, **offer)
    return str(extra.public_id)


def test_confirmed_where_the_venue_takes_payment_on_site(shop):
    booking = shop.reserved()
    made = shop.patched(booking, status="CONFIRMED", paymentEnabled=False)
    assert (made["status"], made["expiresAt"], made["paymentUrl"]) == ("CONFIRMED", None, None)
    assert (made["email"], made["phone"], made["name"]) == (GINA["email"], GINA["phone"], GINA["name"])
    assert made["confirmedAt"] == f"{Booking.objects.get().confirmed_at:%FT%TZ}"


def test_status_alone_and_payment_off_alone_confirm_it_too(shop):
    assert shop.patched(shop.reserved(10), status="CONFIRMED")["status"] == "CONFIRMED"
    assert shop.patched(shop.reserved(12), paymentEnabled=False)["status"] == "CONFIRMED"


def test_details_alone_are_pending(shop):
    booking = shop.reserved()
    made = shop.patched(booking)
    assert (made["status"], made["expiresAt"] is None) == ("PENDING", False)
    assert shop.patched(booking, status="CONFIRMED")["status"] == "CONFIRMED"


def test_email_and_phone_are_required(shop):
    booking = shop.reserved()
    before = digest()
    for body, fields in (
        ({"status": "CONFIRMED"}, {"email", "phone"}),
        ({**GINA, "email": "nonsense"}, {"email"}),
        ({**GINA, "phone": ""}, {"phone"}),
        ({**GINA, "status": "PAID"}, {"status"}),
        ({**GINA, "paymentEnabled": "perhaps"}, {"paymentEnabled"}),
        ({**GINA, "additionalProducts": ["racket"]}, {"additionalProducts"}),
        ({**GINA, "answers": {"x": "y"}}, {"answers"}),
    ):
        answer = shop.patch(f"bookings/{booking}", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert answer.json()["errors"].keys() == fields
    assert digest() == before


def test_price_0_is_confirmed_whatever_is_said_of_payment(online):
    Rate.objects.filter(resource=online.world.court_1).update(amount_minor=0)
    assert online.patched(online.reserved(10), status="CONFIRMED", paymentEnabled=False)["status"] == "CONFIRMED"
    paying = online.patch(f"bookings/{online.reserved(12)}", {**GINA, "paymentEnabled": True})
    assert (paying.status_code, paying.json()["status"], "Location" in paying) == (200, "CONFIRMED", False)


def test_without_payment_where_it_is_paid_online_only_is_400(online):
    booking = online.reserved()
    before = digest()
    answer = online.patch(f"bookings/{booking}", {**GINA, "status": "CONFIRMED", "paymentEnabled": False})
    assert (answer.status_code, answer.json()["code"]) == (400, "payment_required")
    assert digest() == before


def test_online_where_the_venue_does_not_take_that_is_400(shop):
    booking = shop.reserved()
    before = digest()
    answer = shop.patch(f"bookings/{booking}", {**GINA, "status": "CONFIRMED", "paymentEnabled": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "payment_unavailable")
    assert digest() == before


def test_after_expiry_it_is_410(shop):
    booking = shop.reserved()
    let_lapse(Booking.objects.get())
    before = digest()
    answer = shop.patch(f"bookings/{booking}", {**GINA, "status": "CONFIRMED"})
    assert (answer.status_code, answer.json()["code"]) == (410, "hold_expired")
    assert digest() == before
    found = shop.get(f"bookings/{booking}").json()
    assert (found["status"], found["expiresAt"]) == ("CANCEL", None)


def test_410_is_the_answer_again_under_the_same_key(shop):
    booking = shop.reserved()
    let_lapse(Booking.objects.get())
    answers = [shop.patch(f"bookings/{booking}", GINA, key="once") for _ in range(2)]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(410, "hold_expired")] * 2
    assert answers[1]["Idempotency-Replayed"] == "true"


def test_additional_products_come_with_it_and_cost_more(shop):
    racket, ball = an_extra(shop), an_extra(shop, "Balls", 500)
    booking = shop.reserved()
    made = shop.patched(booking, additionalProducts=[racket, racket, ball])
    assert (made["additionalProducts"], made["totalPrice"]) == ([racket, racket, ball], "36.00")
    assert shop.patched(booking)["totalPrice"] == "36.00"
    assert shop.patched(booking, additionalProducts=[])["totalPrice"] == "25.00"


def test_extras_that_cannot_be_had_are_refused_and_nothing_is_changed(shop):
    racket, elsewhere = an_extra(shop, most=2), Product.objects.create(name="Net", slug="net", kind="extra")
    booking = shop.reserved()
    before = digest()
    for wished, code in (
        ([NOTHING], "extra_unknown"),
        ([str(elsewhere.public_id)], "extra_unknown"),
        ([racket] * 3, "extra_quantity"),
    ):
        answer = shop.patch(f"bookings/{booking}", {**GINA, "additionalProducts": wished})
        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert answer.json()["errors"].keys() == {"additionalProducts"}
        assert "product" not in answer.json()
    assert digest() == before


def test_sold_out_extra_is_409(shop):
    racket = an_extra(shop)
    pool = Resource.objects.create(venue_id=shop.world.venue, name="Rackets", slug="rackets", units=1)
    Product.objects.filter(public_id=racket).update(stock=pool)
    shop.patched(shop.reserved(), additionalProducts=[racket])
    other = shop.reserved(spaceId=shop.space(shop.world.court_2))
    before = digest()
    answer = shop.patch(f"bookings/{other}", {**GINA, "additionalProducts": [racket]})
    assert (answer.status_code, answer.json()["code"], answer.json()["left"]) == (409, "extra_sold_out", 0)
    assert digest() == before


def test_required_questions_are_answered_by_their_ids(shop):
    field = CustomField.objects.create(resource_id=shop.world.court_1, label="Team?", is_required=True)
    booking = shop.reserved()
    answer = shop.patch(f"bookings/{booking}", {**GINA, "status": "CONFIRMED"})
    assert (answer.status_code, answer.json()["code"]) == (400, "answer_required")
    assert answer.json()["errors"].keys() == {"answers"}
    assert shop.patched(booking, status="CONFIRMED", answers={str(field.pk): "Reds"})["status"] == "CONFIRMED"
    assert Booking.objects.get().answers.get().value == "Reds"


def test_venue_that_is_to_say_yes_leaves_it_pending(shop, home):
    Resource.objects.filter(pk=shop.world.court_1).update(needs_approval=True)
    booking = shop.reserved()
    assert shop.patched(booking, status="CONFIRMED")["status"] == "PENDING"
    home("owner").post(f"/api/v1/admin/bookings/{booking}/confirm/")
    assert shop.status(booking) == "CONFIRMED"


def test_confirmed_booking_says_the_same_twice_and_nothing_else(shop):
    booking = shop.confirmed()
    first = shop.get(f"bookings/{booking}").json()
    assert shop.patched(booking, status="CONFIRMED", paymentEnabled=False) == first
    before = digest()
    for changes in ({"email": "other@example.org"}, {"additionalProducts": [an_extra(shop)]}):
        answer = shop.patch(f"bookings/{booking}", {**GINA, **changes})
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert digest() == before
