"""`POST`, `PATCH`, `DELETE` and `GET /bookings` of partners, line by line of API.md."""

from datetime import timedelta

import pytest

from bookings.models import Booking, BookingEvent
from bookings.moves import locked
from schemas.clock import database_now
from tests.bookings.api.desk import paid, starts_in
from tests.bookings.api.partner.kit import BOOKING, GINA, ROOT, for_person, partner, token_of
from tests.bookings.scenes import at, digest, let_lapse, story
from venues.models import CustomField, ExtraOffer, Product, Rate, Resource, Venue

NOTHING = "00000000-0000-4000-8000-000000000999"
ONE_DAY = timedelta(days=1)


def an_extra(shop, name="Racket", amount=300, **offer):
    """An extra that comes with tennis."""
    extra = Product.objects.create(name=name, slug=name.lower(), kind=Product.Kind.EXTRA)
    Rate.objects.create(product=extra, amount_minor=amount, unit=Rate.Unit.BOOKING)
    ExtraOffer.objects.create(extra=extra, product_id=shop.world.tennis, **offer)
    return str(extra.public_id)


# ---- Reserving -------------------------------------------------------------------------------------------------------


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
    assert (made["start"], made["end"], made["durationMinutes"]) == (f"{at(10):%FT%TZ}", f"{at(11):%FT%TZ}", 60)
    assert (made["totalPrice"], made["paid"], made["currency"]) == ("25.00", "0.00", "EUR")
    assert (made["email"], made["paymentUrl"], made["confirmedAt"]) == ("", None, None)
    assert shop.get(answer["Location"]).json() == made


def test_slot_as_listed_can_be_sent_back_whole(shop):
    [slot] = shop.get(
        "slots",
        {"productId": shop.product, "spaceId": shop.court, "from": at(10).isoformat(), "to": at(10, 30).isoformat()},
    ).json()
    answer = shop.post("bookings", slot)
    assert (answer.status_code, answer.json()["start"], answer.json()["end"]) == (201, slot["start"], slot["end"])


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
        ({"start": "2027-01-01T10:00:00"}, "start"),
        ({"start": None}, "start"),
        ({"start": ["x"]}, "start"),
        ({"end": "2099-01-01T10:00:00Z"}, "end"),
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
    answer = shop.post("bookings", shop.slot(start=start().isoformat()))
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
        shop.reserved(start=at(10, ahead=ahead).isoformat())
    assert shop.post("bookings", shop.slot(start=at(10, ahead=11).isoformat())).status_code == 429
    assert partner(shop.world).post("bookings", shop.slot(12)).status_code == 201


# ---- Details ---------------------------------------------------------------------------------------------------------


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
    assert shop.status(booking) == "CANCEL"


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


# ---- Giving up -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["delete", "patch"])
def test_before_confirmation_it_is_free(shop, way):
    booking = shop.reserved()
    body = {"status": "CANCEL"} if way == "patch" else None
    answer = getattr(shop, way)(f"bookings/{booking}", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCEL")
    again = getattr(shop, way)(f"bookings/{booking}", body)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert shop.reserved() != booking


def test_before_confirmation_writing_is_enough(shop):
    writer = partner(shop.world, "booking:read", "booking:write")
    answer = writer.delete(f"bookings/{writer.reserved()}")
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCEL")


@pytest.mark.parametrize("way", ["delete", "patch"])
def test_after_confirmation_it_needs_its_scope_and_runs_the_policy(shop, home, way):
    booking = shop.confirmed()
    paid(home, booking, "25.00")
    assert shop.app is not None
    body = {"status": "CANCEL"} if way == "patch" else None
    writer = type(shop)(shop.world, token_of(shop.app, "booking:read", "booking:write"))
    before = digest()
    refused = getattr(writer, way)(f"bookings/{booking}", body)
    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (
        *(403, "insufficient_scope"),
        "booking:cancel",
    )
    assert 'error="insufficient_scope", scope="booking:cancel"' in refused["WWW-Authenticate"]
    assert digest() == before
    starts_in(booking, timedelta(hours=1))
    canceller = type(shop)(shop.world, token_of(shop.app, "booking:cancel"))
    answer = getattr(canceller, way)(f"bookings/{booking}", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCEL")
    row = Booking.objects.get(pk=booking)
    assert (row.fee_minor, row.refund_due_minor) == (2500, 0)
    assert getattr(canceller, way)(f"bookings/{booking}", body).json() == answer.json()


def test_who_may_only_cancel_changes_nothing_else(shop):
    booking = shop.reserved()
    assert shop.app is not None
    canceller = type(shop)(shop.world, token_of(shop.app, "booking:cancel"))
    before = digest()
    answer = canceller.patch(f"bookings/{booking}", GINA)
    assert (answer.status_code, answer.json()["scope"]) == (403, "booking:write")
    assert digest() == before


def test_once_it_has_begun_it_is_409(shop):
    booking = shop.confirmed()
    starts_in(booking, -timedelta(minutes=10))
    answer = shop.delete(f"bookings/{booking}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable")


def test_what_ran_out_is_given_up_already(shop):
    booking = shop.reserved()
    let_lapse(Booking.objects.get())
    before = digest()
    assert shop.delete(f"bookings/{booking}").json()["status"] == "CANCEL"
    assert digest() == before


# ---- Whose it is -----------------------------------------------------------------------------------------------------


def test_bookings_of_others_are_404_and_in_no_list(shop, home):
    """T12"""
    mine = shop.reserved()
    other = partner(shop.world)
    customers = (
        home("guest")
        .post(
            "/api/v1/bookings/",
            {"resource": shop.world.court_2, "start_datetime": at(10).isoformat(), "end_datetime": at(11).isoformat()},
        )
        .json()["id"]
    )
    before = digest()
    for caller, booking in ((other, mine), (shop, customers), (shop, NOTHING), (for_person(shop, "guest"), mine)):
        for method, body in (("get", None), ("patch", GINA), ("patch", {"status": "CANCEL"}), ("delete", None)):
            answer = getattr(caller, method)(f"bookings/{booking}", body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert digest() == before
    assert [one["id"] for one in shop.get("bookings").json()] == [mine]
    assert other.get("bookings").json() == []


def test_booking_for_somebody_is_theirs_and_the_apps(shop, home):
    guest = for_person(shop, "guest")
    booking = guest.reserved()
    assert guest.patched(booking, status="CONFIRMED")["status"] == "CONFIRMED"
    row = Booking.objects.get()
    assert (row.customer_id, row.agent) == (shop.world.users["guest"], f"client:{shop.app.pk}")
    assert [one["id"] for one in guest.get("bookings").json()] == [booking]
    assert [one["id"] for one in shop.get("bookings").json()] == [booking]
    assert for_person(shop, "stranger").get("bookings").json() == []
    assert home("guest").get(f"/api/v1/bookings/{booking}/").status_code == 200
    kinds = {(kind, actor) for _before, _after, kind, actor, _why in story(row)}
    assert kinds == {("customer", shop.world.users["guest"])}


def test_staff_who_allow_an_app_book_as_customers(shop):
    Venue.objects.filter(pk=shop.world.venue).update(holds_per_day=1)
    owner = for_person(shop, "owner")
    owner.reserved()
    assert owner.post("bookings", owner.slot(12)).status_code == 429
    assert {kind for _b, _a, kind, _i, _w in story(Booking.objects.get())} == {"customer"}


def test_history_says_that_an_app_did_it(shop, home):
    booking = shop.confirmed()
    assert {(kind, actor) for _b, _a, kind, actor, _w in story(Booking.objects.get())} == {("app", shop.app.pk)}
    events = home("owner").get(f"/api/v1/admin/bookings/{booking}/history/").json()
    assert {one["actor"] for one in events} == {"Kiosk"}


def test_removed_app_leaves_its_bookings_to_the_venue(shop, home):
    booking = shop.confirmed()
    home("owner").delete(f"/api/v1/oauth-clients/{shop.app.pk}/")
    assert shop.get("bookings").status_code == 401
    assert home("owner").get(f"/api/v1/bookings/{booking}/").status_code == 200
    assert home("owner").post(f"/api/v1/admin/bookings/{booking}/cancel/", {}).status_code == 200


def test_list_is_paged_filtered_and_the_latest_first(shop):
    early, late = shop.reserved(10), shop.confirmed(12)
    gone = shop.reserved(14)
    shop.delete(f"bookings/{gone}")

    def listed(**query):
        answer = shop.get("bookings", query)
        assert answer.status_code == 200, answer.json()
        return [one["id"] for one in answer.json()]

    assert listed() == [gone, late, early]
    assert listed(status="CONFIRMED") == [late]
    assert listed(status="CANCEL,RESERVED_15_MIN") == [gone, early]
    assert listed(**{"from": at(11).isoformat(), "to": at(13).isoformat()}) == [late]
    assert listed(to=f"{at(10) - ONE_DAY:%F}") == []
    assert listed(**{"from": f"{at(10):%F}", "to": f"{at(10):%F}"}) == [gone, late, early]
    page = shop.get("bookings", {"pageSize": 1, "page": 2})
    assert ([one["id"] for one in page.json()], page["X-Total-Count"]) == ([late], "3")
    for query in ({"status": "paid"}, {"from": "2027-01-01T10:00:00"}):
        assert shop.get("bookings", query).status_code == 400


def test_list_costs_the_same_however_long_it_is(shop, django_assert_num_queries):
    shop.confirmed(8)
    with django_assert_num_queries(6):
        shop.get("bookings")
    for hour in (10, 12, 14):
        shop.confirmed(hour)
    with django_assert_num_queries(6):
        shop.get("bookings")


# ---- Signing in ------------------------------------------------------------------------------------------------------


def test_only_bearer_tokens_sign_in(shop, home):
    for client in (home("owner"), home("guest"), home(None)):
        answer = client.get(f"{ROOT}bookings")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    other = type(shop)(shop.world, "nonsense").get("bookings")
    assert (other.status_code, other.json()["code"]) == (401, "invalid_token")
    assert shop.get("bookings", host="beta-rooms.localhost").status_code == 401


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("availability:read", "get", "slots"),
        ("availability:read", "get", "products"),
        ("availability:read", "get", "spaces"),
        ("booking:read", "get", "bookings"),
        ("booking:read", "get", f"bookings/{NOTHING}"),
        ("booking:write", "post", "bookings"),
        ("booking:write", "patch", f"bookings/{NOTHING}"),
        ("booking:write", "delete", f"bookings/{NOTHING}"),
    ],
)
def test_each_call_needs_its_scope(shop, scope, method, path):
    others = {"availability:read", "booking:read", "booking:write", "webhook:write"} - {scope}
    refused = getattr(type(shop)(shop.world, token_of(shop.app, *others)), method)(path)
    assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (403, "insufficient_scope", scope)
    allowed = getattr(type(shop)(shop.world, token_of(shop.app, scope)), method)(path)
    assert allowed.status_code in {200, 400, 404}


def test_same_key_is_one_reservation(shop):
    """R07, R08"""
    first, second = (shop.post("bookings", shop.slot(), key="once") for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (201, 201, "true")
    assert (first.json(), first["Location"]) == (second.json(), second["Location"])
    assert Booking.objects.count() == 1
    other = shop.post("bookings", shop.slot(12), key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    apart = partner(shop.world).post("bookings", shop.slot(12), key="once")
    assert (apart.status_code, Booking.objects.count()) == (201, 2)


def test_409_is_not_kept_under_a_key(shop):
    booking = partner(shop.world).reserved()
    assert shop.post("bookings", shop.slot(), key="once").status_code == 409
    let_lapse(Booking.objects.get(pk=booking))
    assert shop.post("bookings", shop.slot(), key="once").status_code == 201


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_same_key_is_one_change(shop, method):
    booking, body = shop.reserved(), {**GINA, "status": "CONFIRMED"} if method == "patch" else None
    answers = [getattr(shop, method)(f"bookings/{booking}", body, key="once") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert BookingEvent.objects.filter(booking=booking).count() == 2


def test_hold_that_is_confirmed_while_it_is_given_up_needs_the_scope(shop, monkeypatch):
    """What decides is read under the lock."""
    writer = partner(shop.world, "booking:read", "booking:write")
    booking = writer.reserved()

    def meanwhile(booking_id, seen):
        Booking.objects.filter(pk=booking_id).update(
            state="confirmed", hold_expires_at=None, confirmed_at=database_now()
        )
        return locked(booking_id, seen)

    monkeypatch.setattr("bookings.api.partner.details.moves.locked", meanwhile)
    answer = writer.delete(f"bookings/{booking}")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


def test_unknown_fields_are_not_stored(shop):
    """T13"""
    booking = shop.reserved(id=NOTHING, agent="client:1", customer=1, totalPrice="0.01", state="confirmed")
    row = Booking.objects.get()
    assert (str(row.pk), row.agent, row.customer_id, row.total_minor, row.state) == (
        *(booking, f"client:{shop.app.pk}", None, 2500),
        "held",
    )
