"""Staff book for somebody: at another price, outside the rules that they name, never over what is taken."""

from datetime import timedelta

import pytest

from bookings.models import Booking, BookingChange, BookingEvent, BookingLine
from tests.bookings.api.desk import ADMIN, OWN, wish
from tests.bookings.scenes import DAY, digest, slot
from venues.models import CustomField, ExtraOffer, Product, Rate, Resource, Venue


def book(home, world, who="front_desk", hour=10, **changes):
    """The answer to a booking of Court 1 for Walter, unless said otherwise."""
    body = {"contact": {"name": "Walter Walk-in", "phone": "+49 89 1"}, **wish(world.court_1, hour), **changes}
    return home(who).post(ADMIN, body)


def refused(home, world, **changes):
    """The code of a refusal, which changed nothing."""
    before = digest()
    answer = book(home, world, **changes)
    assert answer.status_code in {400, 403}, answer.json()
    assert digest() == before
    return answer.json()["code"]


def test_it_is_confirmed_at_once_without_approval_and_paid_on_site(home, in_alpha, staff):
    answer = book(home, in_alpha, notes="By phone")
    assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")
    assert answer["Location"] == f"{ADMIN}{answer.json()['id']}/"
    assert home("owner").get(answer["Location"]).status_code == 200
    booking = Booking.objects.get(pk=answer.json()["id"])
    assert (booking.name, booking.email, booking.phone) == ("Walter Walk-in", "", "+49 89 1")
    assert (booking.customer_id, booking.notes, booking.payment_way) == (None, "By phone", "on_site")
    events = BookingEvent.objects.filter(booking=booking).order_by("pk")
    assert [(event.to_state, event.actor_id, event.why) for event in events] == [
        ("held", staff.user_id, ""),
        ("confirmed", staff.user_id, "booked by staff"),
    ]


def test_a_customer_sees_it_among_their_own_and_can_cancel_it(home, in_alpha, guest):
    answer = book(home, in_alpha, customer=guest.pk, contact=None)
    assert answer.status_code == 201, answer.json()
    booking = Booking.objects.get(pk=answer.json()["id"])
    assert (booking.name, booking.email) == (guest.name, guest.email)
    assert [row["id"] for row in home("guest").get(OWN).json()] == [str(booking.pk)]
    assert home("guest").post(f"{OWN}{booking.pk}/cancel/").status_code == 200


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contact": None}, "customer_required"),
        ({"contact": None, "customer": 999_999}, "customer_unknown"),
        ({"contact": {"name": ""}}, "invalid"),
        ({"resource": None}, "invalid"),
        ({"resource": 999_999}, "resource_unknown"),
        ({"overrule": ["booked"]}, "invalid"),
        ({"overrule": ["no_price"]}, "invalid"),
        ({"price": "-1.00"}, "invalid"),
        ({"price": "1.001"}, "invalid"),
        ({"price": 1}, "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(home, in_alpha, changes, code):
    assert refused(home, in_alpha, **changes) == code


def test_why_rules_are_set_aside_stands_in_the_record(home, in_alpha):
    Resource.objects.filter(pk=in_alpha.court_1).update(needs_approval=False)
    long = {"end_datetime": (slot(10).start + timedelta(hours=9)).isoformat()}
    answer = book(home, in_alpha, overrule=["duration"], because=" A tournament ", **long)
    assert answer.status_code == 201, answer.json()
    rows = BookingChange.objects.filter(event__booking=answer.json()["id"], field__startswith="overruled")
    assert list(rows.order_by("pk").values_list("field", "after")) == [
        ("overruled", "duration"),
        ("overruled_because", "A tournament"),
    ]
    assert refused(home, in_alpha, hour=8, because="x" * 201) == "invalid"


@pytest.mark.parametrize(
    ("price", "total", "lines"),
    [("20.00", 2000, [2500, -500]), ("30.00", 3000, [2500, 500]), ("0", 0, [2500, -2500]), ("25.00", 2500, [2500])],
)
def test_another_price_is_explained_by_a_line(home, in_alpha, price, total, lines):
    booking = Booking.objects.get(pk=book(home, in_alpha, price=price).json()["id"])
    assert booking.total_minor == total
    found = BookingLine.objects.filter(booking=booking).order_by("position")
    assert [line.amount_minor for line in found] == lines
    assert [str(line.kind) for line in found][1:] == ["agreed"] * (len(lines) - 1)
    assert booking.payment_state == ("unpaid" if total else "not_required")


@pytest.mark.parametrize(
    ("rule", "times", "settings"),
    [
        ("lead_time", (10, 60), {"lead_minutes": 30 * 24 * 60}),
        ("too_far", (10, 60), {"horizon_days": 1}),
        ("duration", (10, 180), {}),
        ("granularity", (10, 60), {}),
        ("capacity", (10, 60), {}),
        ("closed", (5, 60), {}),
    ],
)  # fmt: skip
def test_a_rule_is_set_aside_only_if_it_is_named(home, in_alpha, rule, times, settings):
    Resource.objects.filter(pk=in_alpha.court_1).update(**settings)
    period = slot(times[0], 7 if rule == "granularity" else 0, minutes=times[1])
    body = {
        "start_datetime": period.start.isoformat(),
        "end_datetime": period.end.isoformat(),
        "participant_count": 9 if rule == "capacity" else 1,
    }
    others = ["lead_time", "too_far", "duration", "granularity", "capacity", "closed"]
    others.remove(rule)
    assert refused(home, in_alpha, **body) == rule
    assert refused(home, in_alpha, **body, overrule=others) == rule
    assert book(home, in_alpha, **body, overrule=[rule]).status_code == 201


def test_two_rules_have_to_be_named_both(home, in_alpha):
    early = {**wish(in_alpha.court_1, 4, 180)}
    assert refused(home, in_alpha, **early, overrule=["duration"]) == "closed"
    assert refused(home, in_alpha, **early, overrule=["closed"]) == "duration"
    assert book(home, in_alpha, **early, overrule=["closed", "duration"]).status_code == 201


def test_what_is_taken_stays_taken_whatever_is_set_aside(home, in_alpha):
    everything = ["lead_time", "too_far", "duration", "granularity", "capacity", "closed"]
    book(home, in_alpha, customer=in_alpha.users["guest"])
    assert refused(home, in_alpha, overrule=everything) == "booked"
    Resource.objects.filter(pk=in_alpha.court_1).update(buffer_after_minutes=30)
    assert refused(home, in_alpha, hour=9, overrule=everything) == "buffer"
    home("owner").post(
        "/api/v1/admin/closures/", {"venue": in_alpha.venue, **wish(in_alpha.court_1, 14), "reason": "Paint"}
    )
    assert refused(home, in_alpha, hour=14, overrule=everything) == "closure"


def test_a_length_that_is_set_aside_has_an_end(home, in_alpha):
    period = slot(8)
    days = {"start_datetime": period.start.isoformat(), "end_datetime": (period.start + 3 * DAY).isoformat()}
    longer = {**days, "end_datetime": (period.start + 3 * DAY + timedelta(minutes=30)).isoformat()}
    aside = ["duration", "closed"]
    assert refused(home, in_alpha, **longer, overrule=aside) == "duration"
    other = book(home, in_alpha, **wish(in_alpha.court_1, 12, ahead=9)).json()["id"]
    assert refused(home, in_alpha, **days, overrule=aside) == "booked"
    home("owner").post(f"{ADMIN}{other}/cancel/")
    assert book(home, in_alpha, **days, overrule=aside).status_code == 201


def test_hold_caps_do_not_count_for_staff(home, in_alpha):
    Venue.objects.filter(pk=in_alpha.venue).update(holds_at_once=1, holds_per_day=1)
    for hour in (8, 10, 12):
        assert book(home, in_alpha, hour=hour, customer=in_alpha.users["guest"]).status_code == 201


def test_services_extras_further_resources_and_answers_go_along(home, in_alpha):
    extra = Product.objects.create(name="Racket", slug="racket", kind="extra")
    Rate.objects.create(product=extra, amount_minor=300, unit="booking")
    ExtraOffer.objects.create(extra=extra, resource_id=in_alpha.court_1)
    question = CustomField.objects.create(resource_id=in_alpha.court_1, label="Level", kind="text", is_required=True)
    more = {
        "product": in_alpha.tennis,
        "with_resources": [in_alpha.hall],
        "extras": [{"product": extra.pk, "quantity": 2}],
        "answers": {str(question.pk): "Beginner"},
        "participant_count": 3,
    }
    answer = book(home, in_alpha, **more)
    assert answer.status_code == 201, answer.json()
    booking = Booking.objects.get(pk=answer.json()["id"])
    assert (booking.product_id, booking.participants) == (in_alpha.tennis, 3)
    assert list(booking.further.values_list("resource_id", flat=True)) == [in_alpha.hall]
    assert list(booking.extras.values_list("product_id", "quantity")) == [(extra.pk, 2)]
    assert list(booking.answers.values_list("value", flat=True)) == ["Beginner"]


@pytest.mark.parametrize(
    ("who", "place", "status"),
    [
        ("guest", "court_1", 403),
        ("accountant", "court_1", 403),
        ("manager", "court_1", 201),
        ("manager", "annex_room", 403),
        ("front_desk", "annex_room", 201),
        ("owner", "annex_room", 201),
    ],
)
def test_who_may_book_for_others_and_where(home, in_alpha, who, place, status):
    before = digest()
    answer = book(home, in_alpha, who=who, **wish(getattr(in_alpha, place)))
    assert answer.status_code == status
    assert (digest() == before) == (status != 201)


def test_managers_take_nothing_along_from_elsewhere_not_by_a_service_either(home, in_alpha):
    before = digest()
    assert book(home, in_alpha, who="manager", with_resources=[in_alpha.annex_room]).status_code == 403
    Product.objects.get(pk=in_alpha.tennis).resources.add(in_alpha.annex_room)
    service = {**wish(in_alpha.court_1), "resource": None, "product": in_alpha.tennis}
    assert book(home, in_alpha, who="manager", **service).status_code == 403
    assert digest() == before
    assert book(home, in_alpha, who="owner", **service).status_code == 201
