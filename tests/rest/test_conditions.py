"""Versions: what was read is not sent twice, and nobody changes over somebody else's change (RFC 9110, 13)."""

from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bookings.access import link_token
from bookings.models import Booking
from tests.bookings.api.partner.kit import GINA, ROOT, partner
from tests.bookings.scenes import digest, held, let_lapse, slot
from tests.routes import tenant_routes
from venues.models import Resource

BOOKINGS = "/api/v1/bookings/"
KEPT, NOT_KEPT = "private, no-cache", "private, no-store"


@pytest.fixture
def guest(api):
    return api("guest")


@pytest.fixture
def booking(guest, in_alpha):
    """Path of a booking of the guest's, as POST answers it."""
    made = guest.post(BOOKINGS, _wish(in_alpha.court_1))
    assert made.status_code == 201, made.content
    return BOOKINGS + made.json()["id"] + "/"


def _wish(resource, hour=10):
    when = slot(hour)
    return {"resource": resource, "start_datetime": when.start.isoformat(), "end_datetime": when.end.isoformat()}


def version(answer):
    """The part of the tag that a change is held against."""
    return answer["ETag"].strip('"').partition(".")[0]


def refused(answer):
    return answer.status_code, answer.json()["code"]


OUTDATED = (412, "precondition_failed")

READING = [
    "/api/v1/venues/",
    "/api/v1/resources/1/",
    "/api/v1/bookings/",
    "/api/v1/availability/?resource=1&date=2030-01-15",
    "/api/services/",
    "/api/schema/",
]


@pytest.mark.parametrize("path", READING)
def test_what_was_read_is_not_sent_twice(guest, path):
    first = guest.get(path)
    assert first.status_code == 200
    again = guest.get(path, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert "no-cache" in again["Cache-Control"]
    assert not again.has_header("Content-Type")
    listed = guest.get(path, HTTP_IF_NONE_MATCH=f'"another", W/{first["ETag"]}')
    assert listed.status_code == 304
    assert guest.get(path, HTTP_IF_NONE_MATCH="*").status_code == 304
    other = guest.get(path, HTTP_IF_NONE_MATCH='"another"')
    assert (other.status_code, other.content) == (200, first.content)
    assert guest.head(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304


def test_304_says_what_is_left_and_where_the_pages_are(guest, booking):
    first = guest.get(BOOKINGS)
    again = guest.get(BOOKINGS, HTTP_IF_NONE_MATCH=first["ETag"])
    assert again["X-Total-Count"] == "1"
    assert int(again["RateLimit-Remaining"]) < int(first["RateLimit-Remaining"])


def test_a_kept_list_is_asked_for_again_once_something_changed(guest, booking):
    first = guest.get(BOOKINGS)
    guest.patch(booking, {"notes": "Bring rackets"})
    again = guest.get(BOOKINGS, HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]


def test_only_the_caller_keeps_what_was_read(guest, api, booking, in_alpha):
    """T07: nobody in between; what was written, refused, or is a file is kept by nobody."""
    read = guest.get(booking)
    assert read["Cache-Control"] == KEPT
    assert {"authorization", "cookie"} <= {name.strip().lower() for name in read["Vary"].split(",")}
    wanted = guest.patch(booking, {"notes": "x"}), guest.get(BOOKINGS + "nothing/"), api("stranger").get(booking)
    assert [answer.status_code for answer in wanted] == [200, 404, 403]
    assert [answer.get("Cache-Control", NOT_KEPT) for answer in wanted] == [NOT_KEPT] * 3
    assert not wanted[2].has_header("ETag")


def test_what_somebody_else_kept_is_another_version(guest, api, booking):
    """T07: the same path, but a member of staff can cancel later than the customer."""
    mine = guest.get(booking)
    assert api("stranger").get(booking, HTTP_IF_NONE_MATCH=mine["ETag"]).status_code == 403
    assert api("stranger").get(BOOKINGS, HTTP_IF_NONE_MATCH=guest.get(BOOKINGS)["ETag"]).status_code == 200


def test_pages_have_no_versions(in_alpha):
    assert not Client(headers={"Host": in_alpha.host}).get("/").has_header("ETag")


def test_a_version_costs_no_query(guest, booking):
    def asked(**headers):
        with CaptureQueriesContext(connection) as queries:
            answer = guest.get(booking, **headers)
        return answer, len([query for query in queries if not query["sql"].startswith("SET ")])

    first, before = asked()
    assert asked(HTTP_IF_NONE_MATCH=first["ETag"])[1] == before == 4


# ---- Changing -------------------------------------------------------------------------------------------------------


def test_who_saw_the_present_version_changes_it_and_is_told_the_next_one(guest, booking):
    seen = guest.get(booking)["ETag"]
    first = guest.patch(booking, {"notes": "one"}, HTTP_IF_MATCH=seen)
    assert (first.status_code, first.json()["booking"]["notes"]) == (200, "one")
    second = guest.patch(booking, {"notes": "two"}, HTTP_IF_MATCH=first["ETag"])
    assert (second.status_code, second.json()["booking"]["notes"]) == (200, "two")
    assert version(guest.get(booking)) == version(second) != version(first)


def test_what_booking_answers_is_a_version_to_go_on_from(guest, in_alpha):
    made = guest.post(BOOKINGS, _wish(in_alpha.court_1))
    assert version(guest.get(made["Location"])) == version(made)
    changed = guest.patch(made["Location"], {"notes": "x"}, HTTP_IF_MATCH=made["ETag"])
    assert changed.status_code == 200


CHANGES = [
    ("patch", "", {"notes": "mine"}),
    ("post", "reschedule/", {"participant_count": 2}),
    ("post", "reschedule/", {"participant_count": 2, "preview": True}),
    ("post", "extras/", {"extras": []}),
    ("post", "extend-hold/", {}),
    ("post", "cancel/", {}),
    ("patch", "cancel/", {}),
    ("put", "participants/", {"participants": [{"name": "Ada"}]}),
]


@pytest.mark.parametrize(("method", "below", "body"), CHANGES)
@pytest.mark.parametrize("seen", ["old", "weak", "garbage", "none of them"])
def test_who_saw_another_version_changes_nothing(guest, booking, in_alpha, method, below, body, seen):
    old = guest.get(booking)["ETag"]
    guest.patch(booking, {"notes": "theirs"})
    present = guest.get(booking)["ETag"]
    tags = {"old": old, "weak": f"W/{present}", "garbage": "what?", "none of them": f'{old}, "x.y"'}
    with tenant_context(in_alpha.tenant):
        before = digest()
    answer = getattr(guest, method)(booking + below, body, HTTP_IF_MATCH=tags[seen])
    assert refused(answer) == OUTDATED
    with tenant_context(in_alpha.tenant):
        assert digest() == before


@pytest.mark.parametrize(("method", "below", "body"), CHANGES)
def test_any_of_several_versions_and_any_at_all_will_do(guest, booking, method, below, body):
    present = guest.get(booking)["ETag"]
    wanted = [getattr(guest, method)(booking + below, body, HTTP_IF_MATCH=tag) for tag in (f'"old", {present}', "*")]
    status = 400 if below == "extend-hold/" else 200  # it is not being held
    assert [answer.status_code for answer in wanted] == [status, status]


STAFF = [
    ("confirm/", {}, 200),
    ("decline/", {}, 200),
    ("cancel/", {}, 200),
    ("payments/", {"amount": "25.00"}, 400),
    ("check-in/", {}, 400),
    ("no-show/", {}, 400),
    ("undo-no-show/", {}, 400),
    ("refunds/", {"amount": "1.00", "note": "sorry"}, 400),
    ("invoice/", {"buyer": "Ada\nStreet 1"}, 201),
]


@pytest.mark.parametrize(("below", "body", "status"), STAFF)
def test_staff_ask_for_the_version_too(guest, api, booking, in_alpha, below, body, status):
    owner = api("owner")
    path = booking.replace("/bookings/", "/admin/bookings/")
    old, present = owner.get(path), None
    guest.patch(booking, {"notes": "theirs"})
    present = owner.get(path)
    with tenant_context(in_alpha.tenant):
        before = digest()
    assert refused(owner.post(path + below, body, HTTP_IF_MATCH=old["ETag"])) == OUTDATED
    with tenant_context(in_alpha.tenant):
        assert digest() == before
    assert owner.post(path + below, body, HTTP_IF_MATCH=present["ETag"]).status_code == status


WITHOUT = {
    ("POST", "/api/v1/bookings/<uuid:booking_id>/create-payment-intent/"): "asks Stripe; what is due is asked anew",
    ("POST", "/api/v1/bookings/<uuid:booking_id>/checkout-session/"): "as the card form",
    ("POST", "/api/v1/bookings/<uuid:booking_id>/payments/refresh/"): "changes nothing that was not so before",
    ("POST", "/api/v1/admin/bookings/<uuid:booking_id>/pay-link/"): "sends a letter",
    ("POST", "/api/v1/admin/bookings/<uuid:booking_id>/notes/"): "adds a note, which is no part of the booking",
    ("POST", "/api/v1/bookings/<uuid:booking_id>/messages/"): "writes to somebody; the booking stays as it is",
    ("POST", "/api/bookings/<uuid:booking_id>/create-payment-intent/"): "as in v1",
}
"""Calls about one booking that look at no version, and why."""


def test_every_call_that_changes_a_booking_is_here():
    """A new one takes its booking through `as_seen` and gets a line above, or says why not."""
    calls = {
        (method.upper(), route.path)
        for route in tenant_routes()
        if route.is_api and "<uuid:booking_id>" in route.path
        for method in set(route.methods) - {"get"}
    }
    own, staff = "/api/v1/bookings/<uuid:booking_id>/", "/api/v1/admin/bookings/<uuid:booking_id>/"
    partners = "/api/partner/v1/bookings/<uuid:booking_id>"
    looked_at = {(method.upper(), own + below) for method, below, _body in CHANGES}
    looked_at |= {("POST", staff + below) for below, _body, _status in STAFF}
    looked_at |= {("PATCH", "/api/bookings/<uuid:booking_id>/cancel/"), ("PATCH", partners), ("DELETE", partners)}
    assert calls == looked_at | WITHOUT.keys()


def test_a_version_is_the_same_in_every_dialect(guest, api, booking, in_alpha):
    seen = {
        version(guest.get(booking)),
        version(guest.get(booking.replace("/v1/", "/"))),
        version(api("owner").get(booking.replace("/bookings/", "/admin/bookings/"))),
    }
    assert len(seen) == 1


def test_core_gives_up_only_what_was_seen(api, in_alpha):
    made = held(in_alpha.court_1, slot(12))
    client = api(None, HTTP_X_BOOKING_TOKEN=link_token(made))
    path = f"/api/bookings/{made.pk}/"
    seen = client.get(path)["ETag"]
    assert refused(client.patch(path + "cancel/", {}, HTTP_IF_MATCH='"old"')) == OUTDATED
    done = client.patch(path + "cancel/", {}, HTTP_IF_MATCH=seen)
    assert (done.status_code, done.json()["status"]) == (200, "cancelled")
    assert version(client.get(path)) == version(done) != seen


def test_partners_ask_for_the_version_as_everybody_does(api, in_alpha):
    """Also where one call does several things: only the first looks, for it makes a new version itself."""
    Resource.objects.filter(pk=in_alpha.court_1).update(needs_approval=False)
    shop = partner(in_alpha)
    client, path = api(None, HTTP_AUTHORIZATION=f"Bearer {shop.token}"), f"{ROOT}bookings/"
    made = client.post(path, shop.slot())
    one = path + made.json()["id"]
    details = {**GINA, "additionalProducts": [], "status": "CONFIRMED", "paymentEnabled": False}
    for call in (partial(client.patch, one, details), partial(client.delete, one)):
        assert refused(call(HTTP_IF_MATCH='"old"')) == OUTDATED
    done = client.patch(one, details, HTTP_IF_MATCH=made["ETag"])
    assert (done.status_code, done.json()["status"]) == (200, "CONFIRMED")
    assert version(client.get(one)) == version(done) != version(made)
    assert refused(client.patch(one, GINA, HTTP_IF_MATCH=made["ETag"])) == OUTDATED
    assert client.patch(one, GINA, HTTP_IF_MATCH=done["ETag"]).status_code == 200
    assert refused(client.delete(one, HTTP_IF_MATCH=made["ETag"])) == OUTDATED
    assert client.delete(one, HTTP_IF_MATCH=done["ETag"]).json()["status"] == "CANCEL"
    assert client.get(one, HTTP_IF_NONE_MATCH=client.get(one)["ETag"]).status_code == 304


def test_time_alone_makes_another_version(guest, booking, in_alpha):
    """A hold that is over is another thing than the one that was seen, before any worker has come by."""
    seen = guest.get(booking)
    with tenant_context(in_alpha.tenant):
        let_lapse(Booking.objects.get())
    now = guest.get(booking)
    assert (seen.json()["status"], now.json()["status"]) == ("pending", "cancelled")
    assert version(seen) != version(now)
    assert refused(guest.post(booking + "cancel/", {}, HTTP_IF_MATCH=seen["ETag"])) == OUTDATED


def test_what_was_answered_once_is_answered_again_whatever_the_version_is_by_now(guest, booking):
    """R07: the key comes before the condition; a failed condition itself is looked at anew."""
    seen = guest.get(booking)["ETag"]
    first = guest.patch(booking, {"notes": "one"}, HTTP_IF_MATCH=seen, HTTP_IDEMPOTENCY_KEY="k")
    again = guest.patch(booking, {"notes": "one"}, HTTP_IF_MATCH=seen, HTTP_IDEMPOTENCY_KEY="k")
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (200, first.json(), "true")
    body, key = {"notes": "two"}, {"HTTP_IDEMPOTENCY_KEY": "another"}
    assert refused(guest.patch(booking, body, HTTP_IF_MATCH=seen, **key)) == OUTDATED
    assert guest.patch(booking, body, HTTP_IF_MATCH=first["ETag"], **key).status_code == 200


def test_revision_and_version_are_both_looked_at(guest, booking):
    seen = guest.get(booking)["ETag"]
    assert refused(guest.patch(booking, {"notes": "x", "revision": 7}, HTTP_IF_MATCH=seen)) == (
        409,
        "changed_meanwhile",
    )
