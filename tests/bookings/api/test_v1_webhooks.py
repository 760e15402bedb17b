"""v1: endpoints and deliveries, for those who run the tenant."""

import pytest
from standardwebhooks.webhooks import Webhook

from bookings.hooks import lanes, sending
from bookings.models import WebhookDelivery, WebhookEndpoint
from rest.models import IdempotencyRecord
from tests.bookings.hooks.told import tell
from tests.bookings.scenes import held, slot
from tests.receiver import Reply, receiver

HOOKS, DELIVERIES = "/api/v1/webhook-endpoints/", "/api/v1/webhook-deliveries/"
URL = "https://hooks.example.com/forecourt"
KEYS = {
    *("id", "url", "description", "types", "venues", "state", "why", "failing_since", "old_secret_until"),
    *("waiting", "failed", "created_at"),
}


@pytest.fixture
def taker():
    """A stranger's server."""
    with receiver() as server:
        yield server


def made(home, who="owner", **body):
    """A new endpoint, as answered."""
    answer = home(who).post(HOOKS, {"url": URL, **body})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def send(endpoint_id):
    """Do what is due for an endpoint."""
    for lane in range(lanes.LANES):
        sending.send(f"{endpoint_id}:{lane}")


def test_secret_is_shown_when_it_is_made_and_never_again(home):
    endpoint = made(home, description="Door", types=["booking.paid"])
    assert endpoint.keys() == KEYS | {"secret"}
    Webhook(endpoint["secret"])
    assert endpoint["secret"].startswith("whsec_")
    here = f"{HOOKS}{endpoint['id']}/"
    assert home("owner").get(here).json().keys() == KEYS
    assert [one.keys() for one in home("owner").get(HOOKS).json()] == [KEYS]
    changed = home("owner").post(f"{here}rotate-secret/").json()
    assert changed["secret"] != endpoint["secret"]
    assert changed["old_secret_until"] is not None


def test_answer_that_is_kept_for_a_repeat_shows_its_secret_to_nobody_else(home):
    owner = home("owner")
    first, second = (owner.post(HOOKS, {"url": URL}, HTTP_IDEMPOTENCY_KEY="once") for _ in range(2))
    assert second["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()
    assert first.json()["secret"].startswith("whsec_")
    [kept] = IdempotencyRecord.objects.filter(key="once").values_list("body", flat=True)
    assert first.json()["secret"] not in kept
    assert URL not in kept


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "bad_url"),
        ("https://user@hooks.example.com/", "bad_url"),
        ("https://hooks.example.com:6379/", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("https://127.0.0.1/", "address_refused"),
        ("https://169.254.169.254/latest/meta-data/", "address_refused"),
        ("https://[::ffff:10.0.0.1]/", "address_refused"),
        ("https://2130706433/", "address_refused"),
    ],
)
def test_address_that_leads_inside_is_refused_with_a_code(home, settings, url, code):
    """T22."""
    settings.OUTSIDE_ALLOWS_LOOPBACK = False
    answer = home("owner").post(HOOKS, {"url": url})
    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (400, code, ["url"])
    endpoint = made(home)
    changed = home("owner").patch(f"{HOOKS}{endpoint['id']}/", {"url": url})
    assert (changed.status_code, changed.json()["code"]) == (400, code)
    assert WebhookEndpoint.objects.get().url == URL


@pytest.mark.parametrize(
    "body", [{"types": ["booking.eaten"]}, {"types": "booking.paid"}, {"url": ""}, {"url": []}, {"venues": ["x"]}]
)
def test_what_makes_no_sense_is_refused(home, body):
    answer = home("owner").post(HOOKS, {"url": URL, **body})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize("who", ["front_desk", "accountant", "guest"])
def test_only_those_who_run_the_tenant_may_have_webhooks(home, who):
    endpoint = made(home)
    answers = [
        home(who).get(HOOKS),
        home(who).post(HOOKS, {"url": URL}),
        home(who).get(f"{HOOKS}{endpoint['id']}/"),
        home(who).delete(f"{HOOKS}{endpoint['id']}/"),
        home(who).post(f"{HOOKS}{endpoint['id']}/test/"),
        home(who).get(DELIVERIES),
    ]
    assert [answer.status_code for answer in answers] == [403] * 6
    assert (WebhookEndpoint.objects.count(), WebhookDelivery.objects.count()) == (1, 0)


def test_manager_has_webhooks_of_own_venues_and_sees_no_others(home, in_alpha):
    whole = made(home)
    own = made(home, "manager")
    assert own["venues"] == [in_alpha.venue]
    assert [one["id"] for one in home("manager").get(HOOKS).json()] == [own["id"]]
    assert home("manager").get(f"{HOOKS}{whole['id']}/").status_code == 404
    assert home("manager").post(f"{HOOKS}{whole['id']}/rotate-secret/").status_code == 404
    more = home("manager").patch(f"{HOOKS}{own['id']}/", {"venues": [in_alpha.venue, in_alpha.annex]})
    assert (more.status_code, more.json()["code"]) == (400, "unknown_venue")
    held(in_alpha.annex_room, slot(10))
    tell()
    assert home("manager").get(DELIVERIES).json() == []
    assert len(home("owner").get(DELIVERIES).json()) == 1


def test_log_tells_each_try_and_replays_under_the_same_id(home, in_alpha, taker):
    endpoint = made(home, url=taker.url)
    booking = held(in_alpha.court_1, slot(10))
    tell()
    taker.replies = [Reply(500, b"oh")]
    send(endpoint["id"])
    [told] = home("owner").get(f"{DELIVERIES}?endpoint={endpoint['id']}&state=waiting&booking={booking.pk}").json()
    assert (told["type"], told["sequence"], told["attempts"]) == ("booking.created", 1, 1)
    assert told["next_try_at"] is not None
    [one] = told["tries"]
    assert (one["status"], one["error"], one["answer"]) == (500, "", "oh")
    here = f"{DELIVERIES}{told['id']}/"
    again = home("owner").post(f"{here}replay/")
    assert (again.status_code, again.json()["attempts"]) == (200, 0)
    send(endpoint["id"])
    alone = home("owner").get(here).json()
    assert (alone["state"], alone["next_try_at"]) == ("delivered", None)
    assert [post.headers["webhook-id"] for post in taker.posts] == [told["webhook_id"]] * 2
    assert [post.body for post in taker.posts] == [alone["body"]] * 2
    assert home("owner").get(f"{DELIVERIES}?state=failed").json() == []


def test_all_that_failed_is_replayed(home, in_alpha, taker):
    endpoint = made(home, url=taker.url)
    here = f"{HOOKS}{endpoint['id']}/"
    held(in_alpha.court_1, slot(10))
    tell()
    WebhookDelivery.objects.update(state="failed")
    assert home("owner").get(here).json()["failed"] == 1
    assert home("owner").post(f"{here}replay/", {"since": "2100-01-01T00:00:00Z"}).json() == {"replayed": 0}
    assert home("owner").post(f"{here}replay/", {"since": "2020-01-01T00:00:00Z"}).json() == {"replayed": 1}
    send(endpoint["id"])
    assert taker.types() == ["booking.created"]


def test_disabled_endpoint_is_not_tested_and_not_replayed_to(home, in_alpha):
    endpoint = made(home)
    here = f"{HOOKS}{endpoint['id']}/"
    held(in_alpha.court_1, slot(10))
    tell()
    WebhookEndpoint.objects.update(state="disabled", why="gone")
    [told] = home("owner").get(DELIVERIES).json()
    for path in (f"{here}test/", f"{DELIVERIES}{told['id']}/replay/"):
        answer = home("owner").post(path)
        assert (answer.status_code, answer.json()["code"]) == (400, "endpoint_disabled")
    answer = home("owner").post(f"{here}replay/", {"since": "2020-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (400, "endpoint_disabled")
    assert home("owner").post(f"{here}enable/").json()["state"] == "active"
    assert home("owner").post(f"{here}test/").status_code == 201


def test_removed_endpoint_is_gone_with_its_log(home, in_alpha):
    endpoint = made(home)
    held(in_alpha.court_1, slot(10))
    tell()
    assert home("owner").delete(f"{HOOKS}{endpoint['id']}/").status_code == 204
    assert home("owner").get(DELIVERIES).json() == []
    assert home("owner").get(f"{HOOKS}{endpoint['id']}/").status_code == 404


def test_twenty_are_enough(home):
    for _one in range(20):
        made(home)
    answer = home("owner").post(HOOKS, {"url": URL})
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_endpoints")
    assert WebhookEndpoint.objects.count() == 20
