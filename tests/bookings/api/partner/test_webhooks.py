"""Webhooks of partners: an app hears of what it made itself, in its own words (API.md, partner)."""

from typing import Any

import pytest

from accounts.models import User
from billing.payments.models import Payment
from bookings import checkout, lifecycle, telling
from bookings.models import Booking, WebhookDelivery, WebhookEndpoint, WebhookMessage
from oauth import clients, people
from tenants import due
from tests.bookings.api.desk import AtHome, at_once, wish
from tests.bookings.api.partner.kit import GINA, ROOT, Partner, for_person, partner
from tests.bookings.hooks.told import tell
from tests.bookings.scenes import let_lapse
from tests.isolation.contents import contents
from tests.oauth.asking import browser
from tests.receiver import receiver

ENDPOINT = {
    *("id", "url", "description", "types", "state", "why", "failingSince", "oldSecretUntil", "waiting", "failed"),
    "createdAt",
}
DELIVERY = {
    *("id", "endpointId", "webhookId", "type", "bookingId", "sequence", "state", "attempts", "nextTryAt", "createdAt"),
    *("endedAt", "tries"),
}
DATA = {
    *("id", "referenceCode", "status", "productId", "spaceId", "slot", "expiresAt", "totalPrice", "currency"),
    *("confirmedAt", "paidAt", "cancelledAt", "createdAt", "updatedAt"),
}


@pytest.fixture
def taker():
    """The marketplace's server."""
    with receiver() as server:
        yield server


def listens(shop: Partner, taker: Any, *types: str) -> dict[str, Any]:
    """A new endpoint of the app's, as answered."""
    answer = shop.post("webhook-endpoints", {"url": taker.url, **({"types": list(types)} if types else {})})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def told(endpoint: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """What an endpoint was told: type, the booking's status, and what else changed."""
    tell()
    rows = WebhookDelivery.objects.filter(endpoint=endpoint["id"]).select_related("message").order_by("pk")
    return [
        (row.message.type, row.message.data["status"], {k: v for k, v in row.message.data.items() if k not in DATA})
        for row in rows
    ]


def test_reservation_details_and_payment_are_told_in_partners_words(online, stripe, taker):
    endpoint = listens(online, taker)
    booking = online.reserved()
    assert told(endpoint) == [("booking.created", "RESERVED_15_MIN", {})]
    online.patched(booking, status="CONFIRMED", paymentEnabled=True)
    stripe.pay(checkout.start(Booking.objects.get().pk).intent.id)
    checkout.look(Payment.objects.get().pk)
    assert told(endpoint)[1:] == [
        ("booking.updated", "PENDING", {"previousStatus": "RESERVED_15_MIN"}),
        ("booking.updated", "PAID", {"previousStatus": "PENDING"}),
        ("booking.paid", "PAID", {}),
    ]
    first = WebhookMessage.objects.order_by("pk")[0].data
    made = online.get(f"bookings/{booking}").json()
    same = DATA - {"status", "expiresAt", "confirmedAt", "paidAt", "updatedAt"}
    assert first.keys() == DATA
    assert {name: first[name] for name in same} == {name: made[name] for name in same}
    assert GINA["email"] not in str(list(WebhookMessage.objects.values()))


def test_told_late_it_is_told_as_it_was(shop, taker):
    endpoint = listens(shop, taker)
    booking = shop.confirmed()
    shop.delete(f"bookings/{booking}")
    assert told(endpoint) == [
        ("booking.created", "RESERVED_15_MIN", {}),
        ("booking.updated", "CONFIRMED", {"previousStatus": "RESERVED_15_MIN"}),
        ("booking.updated", "CANCEL", {"previousStatus": "CONFIRMED"}),
    ]


def test_reservation_that_runs_out_is_told_as_given_up(shop, taker):
    endpoint = listens(shop, taker)
    booking = shop.reserved()
    tell()
    let_lapse(Booking.objects.get())
    lifecycle.let_time_pass(Booking.objects.get().pk)
    assert told(endpoint)[1:] == [("booking.updated", "CANCEL", {"previousStatus": "RESERVED_15_MIN"})]
    assert shop.status(booking) == "CANCEL"


def test_further_types_come_only_to_those_who_ask(shop, taker):
    standard, asking = listens(shop, taker), listens(shop, taker, "booking.cancelled", "booking.confirmed")
    shop.delete(f"bookings/{shop.confirmed()}")
    assert {kind for kind, _status, _more in told(standard)} == {"booking.created", "booking.updated"}
    assert told(asking) == [
        ("booking.confirmed", "CONFIRMED", {}),
        ("booking.cancelled", "CANCEL", {"cancelReason": "user_request"}),
    ]


def test_refused_payment_is_told_to_those_who_ask(online, stripe, taker):
    endpoint = listens(online, taker, "payment.failed")
    online.patched(online.reserved(), paymentEnabled=True)
    stripe.pay(checkout.start(Booking.objects.get().pk).intent.id, "pm_card_chargeDeclinedInsufficientFunds")
    payment = checkout.look(Payment.objects.get().pk)
    for _twice in range(2):
        telling.tell_of_refusal(f"{payment.pk}:1")
    [(kind, status, more)] = told(endpoint)
    assert (kind, status, more.keys()) == ("payment.failed", "PENDING", {"paymentId", "failure"})


def test_app_hears_of_nobody_elses_bookings(shop, home: AtHome, taker):
    """Neither of customers' nor of other apps', and the tenant's own webhooks hear of all, in v1's words."""
    mine, others = listens(shop, taker), listens(partner(shop.world), taker)
    owners = home("owner").post("/api/v1/webhook-endpoints/", {"url": taker.url}).json()
    at_once(shop.world.court_2)
    assert home("guest").post("/api/v1/bookings/", wish(shop.world.court_2)).status_code == 201
    booking = shop.reserved()
    assert [status for _kind, status, _more in told(mine)] == ["RESERVED_15_MIN"]
    assert told(others) == []
    of_owner = [(kind, status) for kind, status, _more in told(owners)]
    assert of_owner == [
        ("booking.created", "pending"),
        ("booking.updated", "confirmed"),
        ("booking.created", "pending"),
    ]
    [row] = shop.get("webhook-deliveries", {"bookingId": booking}).json()
    assert row.keys() == DELIVERY
    assert home("owner").get(f"/api/v1/webhook-endpoints/{mine['id']}/").status_code == 200
    assert home("manager").get(f"/api/v1/webhook-endpoints/{mine['id']}/").status_code == 404
    page = browser(shop.world, "owner").get("/desk/webhooks/").content.decode()
    assert page.count("An app&#x27;s own") + page.count("An app's own") == 2


def test_token_of_somebody_hears_of_what_was_made_for_them(shop, taker):
    apps, guest = listens(shop, taker), for_person(shop, "guest")
    guests, strangers = listens(guest, taker), listens(for_person(shop, "stranger"), taker)
    shop.reserved(10)
    guest.reserved(12)
    assert len(told(apps)) == 2
    assert [status for _kind, status, _more in told(guests)] == ["RESERVED_15_MIN"]
    assert told(strangers) == []
    assert [one["id"] for one in guest.get("webhook-endpoints").json()] == [guests["id"]]
    people.revoke(shop.app.pk, shop.world.users["guest"])
    for_person(shop, "stranger")
    shop.delete(f"bookings/{Booking.objects.get(customer=shop.world.users['guest']).pk}")
    assert len(told(guests)) == 1
    assert len(told(apps)) == 3


def test_app_that_is_switched_off_hears_nothing_more(shop, home: AtHome, taker):
    endpoint = listens(shop, taker)
    booking = shop.confirmed()
    assert len(told(endpoint)) == 2
    clients.disable(User.objects.get(pk=shop.world.users["owner"]), shop.app.pk)
    assert home("owner").post(f"/api/v1/admin/bookings/{booking}/cancel/", {}).status_code == 200
    assert len(told(endpoint)) == 2


def test_webhooks_are_self_service(shop, taker):
    """Made, read, changed, tested, replayed, given another secret, paused and removed; each spelt as partners spell."""
    made = shop.post("webhook-endpoints", {"url": taker.url, "description": "Orders"})
    endpoint = made.json()
    path = f"webhook-endpoints/{endpoint['id']}"
    assert (made.status_code, made["Location"], endpoint.keys()) == (201, f"{ROOT}{path}", ENDPOINT | {"secret"})
    assert shop.get(path).json() == {name: endpoint[name] for name in ENDPOINT}
    changed = shop.patch(path, {"types": ["booking.paid"]}).json()
    assert (changed["types"], changed["description"], changed["url"]) == (["booking.paid"], "Orders", taker.url)
    sent = shop.post(f"{path}/test")
    assert (sent.status_code, sent["Location"]) == (201, f"{ROOT}webhook-deliveries/{sent.json()['id']}")
    for work in due.claim():
        due.perform(work.pk, work.attempts)
    [row] = shop.get("webhook-deliveries").json()
    assert (row["type"], row["state"], row["nextTryAt"], row["tries"][0]["status"]) == (
        *("endpoint.test", "delivered", None),
        200,
    )
    detail = shop.get(f"webhook-deliveries/{row['id']}").json()
    assert detail.keys() == DELIVERY | {"body"}
    assert shop.post(f"webhook-deliveries/{row['id']}/replay").json()["state"] == "waiting"
    assert shop.post(f"{path}/replay", {"since": row["createdAt"]}).json() == {"replayed": 0}
    rotated = shop.post(f"{path}/rotate-secret").json()
    assert rotated["secret"] != endpoint["secret"]
    assert rotated["oldSecretUntil"] is not None
    assert shop.post(f"{path}/pause").json()["state"] == "paused"
    refused = shop.post(f"{path}/test")
    assert (refused.status_code, refused.json()["code"]) == (400, "endpoint_disabled")
    assert shop.post(f"{path}/enable").json()["state"] == "active"
    assert shop.delete(path).status_code == 204
    assert shop.get(path).status_code == 404


def test_endpoints_and_deliveries_of_others_are_404(shop, home: AtHome, taker):
    mine = listens(shop, taker)
    shop.reserved()
    tell()
    delivery = WebhookDelivery.objects.get().pk
    owners = home("owner").post("/api/v1/webhook-endpoints/", {"url": taker.url}).json()["id"]
    other = partner(shop.world)
    before = contents(shop.world)
    for caller, hook in ((other, mine["id"]), (shop, owners), (for_person(shop, "guest"), mine["id"])):
        path = f"webhook-endpoints/{hook}"
        calls = [("get", path), ("patch", path), ("delete", path)]
        calls += [("post", f"{path}/{verb}") for verb in ("rotate-secret", "test", "enable", "pause")]
        for method, asked in calls:
            assert getattr(caller, method)(asked, {}).status_code == 404, (method, asked)
    assert other.get(f"webhook-deliveries/{delivery}").status_code == 404
    assert other.post(f"webhook-deliveries/{delivery}/replay").status_code == 404
    assert (other.get("webhook-deliveries").json(), other.get("webhook-endpoints").json()) == ([], [])
    after = contents(shop.world)
    tokens = {name for name in after if name.startswith("oauth_")}
    assert {n: v for n, v in after.items() if n not in tokens} == {n: v for n, v in before.items() if n not in tokens}


def test_bad_addresses_are_refused_and_an_app_has_five(shop, taker):
    for url, code in (("ftp://shop.example/", "bad_url"), ("https://user@shop.example/", "bad_url")):
        answer = shop.post("webhook-endpoints", {"url": url})
        assert (answer.status_code, answer.json()["code"], answer.json()["errors"].keys()) == (400, code, {"url"})
    for _number in range(5):
        listens(shop, taker)
    answer = shop.post("webhook-endpoints", {"url": taker.url})
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_endpoints")
    assert WebhookEndpoint.objects.count() == 5
    listens(partner(shop.world), taker)


@pytest.mark.parametrize(("method", "path"), [("get", "webhook-endpoints"), ("get", "webhook-deliveries")])
def test_webhooks_need_their_scope(shop, method, path):
    reader = partner(shop.world, "booking:read", "booking:write", "booking:cancel", "availability:read")
    answer = getattr(reader, method)(path)
    assert (answer.status_code, answer.json()["scope"]) == (403, "webhook:write")
