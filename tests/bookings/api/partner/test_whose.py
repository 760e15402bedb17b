"""Whose a partner's booking is, who sees it, and who is said to have made it."""

from datetime import timedelta

from bookings.models import Booking
from tests.bookings.api.partner.kit import GINA, for_person, partner
from tests.bookings.scenes import at, digest, story
from venues.models import Venue

NOTHING = "00000000-0000-4000-8000-000000000999"
ONE_DAY = timedelta(days=1)


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
