"""Sending: signed, until it was taken, never for ever, and never more than an endpoint can bear."""

from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bookings.hooks import endpoints, patience, pruning, sending
from bookings.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage
from schemas.clock import database_now
from tenants.models import DueWork, OutgoingMail
from tests.bookings.hooks.told import DAY, pass_time, tell
from tests.bookings.scenes import Place, held, slot
from tests.receiver import Reply

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def told(line):
    """A booking was made, and nobody has heard of it yet."""
    held(Place().make().pk, slot(10))
    tell()
    return line


def delivery():
    """The only one."""
    return WebhookDelivery.objects.get()


def test_message_is_signed_as_the_library_expects(told):
    """Standard Webhooks, by its own verifier."""
    told.send()
    body = told.verified()
    assert list(body) == ["id", "type", "timestamp", "sequence", "data"]
    assert (body["type"], body["sequence"], body["data"]["status"]) == ("booking.created", 1, "pending")
    [post] = told.taker.posts
    assert post.headers["webhook-id"] == body["id"] == delivery().message.message_id
    assert post.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(told.secret).verify(post.body.replace("pending", "paid"), post.headers)
    taken = delivery()
    assert (taken.state, taken.attempts, taken.ended_at is None) == ("delivered", 1, False)
    [one] = WebhookAttempt.objects.all()
    assert (one.status, one.error, one.answer) == (200, "", "thanks")
    told.send()
    assert len(told.taker.posts) == 1


def test_both_secrets_sign_for_a_day_after_a_rotation(told, owner):
    _endpoint, new = endpoints.rotate(owner, told.endpoint.pk)
    told.send()
    [post] = told.taker.posts
    assert len(post.headers["webhook-signature"].split(" ")) == 2
    for secret in (told.secret, new):
        Webhook(secret).verify(post.body, post.headers)
    pass_time(DAY)
    endpoints.replay(owner, delivery().pk)
    told.send()
    again = told.taker.posts[1]
    assert len(again.headers["webhook-signature"].split(" ")) == 1
    Webhook(new).verify(again.body, again.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(told.secret).verify(again.body, again.headers)
    assert (again.headers["webhook-id"], again.body) == (post.headers["webhook-id"], post.body)


def test_secret_is_nowhere_in_the_database_as_it_is(line):
    row = WebhookEndpoint.objects.get()
    assert line.secret.startswith("whsec_")
    assert line.secret.removeprefix("whsec_") not in row.sealed
    assert line.secret not in "".join(map(str, WebhookEndpoint.objects.values_list()))


def test_ten_tries_in_three_days_then_it_is_given_up(told):
    """The documented schedule; each try has the same id and the same body."""
    told.taker.usual = Reply(500, b"broken")
    begun = delivery().created_at
    pauses = []
    while delivery().state == "waiting":
        told.send()
        now = delivery()
        if now.state == "waiting":
            pauses.append(now.next_at - now.tries.latest("pk").at)
            left = now.next_at - database_now()
            told.send()
            pass_time(left)
    assert len(told.taker.posts) == 10
    assert len(set(told.taker.ids())) == 1
    assert len({post.body for post in told.taker.posts}) == 1
    for pause, least in zip(pauses, patience.PAUSES, strict=True):
        assert least <= pause <= least * 1.1
    assert sum(patience.PAUSES, timedelta()) == 71 * HOUR + 35 * MINUTE + 5 * SECOND
    assert (delivery().state, delivery().attempts) == ("failed", 10)
    assert begun > delivery().created_at
    assert told.now().state == "active"


@pytest.mark.parametrize("status", [199 + 101, 301, 302, 307, 400, 404, 500, 503])
def test_only_2xx_is_taken_and_no_redirect_is_followed(told, status):
    told.taker.usual = Reply(status, headers={"Location": f"{told.taker.url}/elsewhere"})
    told.send()
    assert delivery().state == "waiting"
    assert [post.path for post in told.taker.posts] == ["/hook"]
    assert WebhookAttempt.objects.get().status == status


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_taken(told, status):
    told.taker.usual = Reply(status, b"")
    told.send()
    assert delivery().state == "delivered"


def test_endpoint_that_is_gone_is_disabled_at_once(told, owner):
    told.taker.usual = Reply(410)
    told.send()
    assert (told.now().state, told.endpoint.why) == ("disabled", "gone")
    assert delivery().state == "cancelled"
    assert OutgoingMail.objects.filter(key__startswith=f"webhook:{told.endpoint.pk}:").count() == 1
    held(Place().make("later").pk, slot(12))
    tell()
    told.send()
    assert (len(told.taker.posts), WebhookDelivery.objects.count()) == (1, 1)
    told.taker.usual = Reply(200)
    endpoints.enable(owner, told.endpoint.pk)
    assert endpoints.replay_failed(owner, told.endpoint.pk, database_now() - HOUR) == 1
    told.send()
    assert (delivery().state, told.taker.ids()[0]) == ("delivered", told.taker.ids()[1])


def test_endpoint_that_fails_for_five_days_is_disabled_and_the_owners_hear_of_it(told):
    told.taker.usual = Reply(500)
    told.send()
    assert told.now().failing_since is not None
    pass_time(5 * DAY)
    told.send()
    assert (told.now().state, told.endpoint.why) == ("disabled", "failing")
    [mail] = OutgoingMail.objects.filter(key__startswith=f"webhook:{told.endpoint.pk}:")
    assert told.endpoint.url in mail.text


def test_one_success_ends_the_days_of_failure(told):
    told.taker.replies = [Reply(500)]
    told.send()
    pass_time(5 * DAY)
    told.send()
    assert (told.now().state, told.endpoint.failing_since, delivery().state) == ("active", None, "delivered")


@pytest.mark.parametrize(("asked", "seconds"), [("7200", 7200), ("999999999", 86400), ("0", 5), ("-5", 5), ("soon", 5)])
def test_retry_after_is_honoured_within_bounds(told, asked, seconds):
    told.taker.usual = Reply(503, headers={"Retry-After": asked})
    told.send()
    waits = delivery().next_at - delivery().tries.get().at
    assert timedelta(seconds=seconds) <= waits <= timedelta(seconds=seconds + 1)


def test_retry_after_as_a_date(told):
    at = (database_now() + HOUR).replace(microsecond=0)
    told.taker.usual = Reply(429, headers={"Retry-After": f"{at:%a, %d %b %Y %H:%M:%S} GMT"})
    told.send()
    assert delivery().next_at == at
    assert told.now().not_before == at


def test_who_does_not_answer_is_left_alone_for_a_while(told, monkeypatch):
    """One worker's time-out, and nothing else of the endpoint is tried before its breather is over."""
    held(Place().make("more").pk, slot(11))
    tell()
    monkeypatch.setattr(sending, "LIMITS", sending.client.Limits(seconds=0.2))
    told.taker.gate.clear()
    told.send()
    told.taker.gate.set()
    assert len(told.taker.posts) == 1
    [one] = WebhookAttempt.objects.all()
    assert (one.status, one.error) == (0, "too_slow")
    assert told.now().not_before > database_now()


def test_address_that_leads_inside_after_all_is_not_asked(told, settings):
    """T22: what was refused by the form is refused by the sender too, and the log says a code and no more."""
    settings.OUTSIDE_ALLOWS_LOOPBACK = False
    WebhookEndpoint.objects.update(url="https://127.0.0.1/hook")
    told.send()
    [one] = WebhookAttempt.objects.all()
    assert (one.status, one.error, one.answer) == (0, "address_refused", "")
    assert told.taker.posts == []


def test_log_keeps_the_beginning_of_an_answer(told):
    told.taker.usual = Reply(500, b"\0" + "ä".encode() * 3000)
    told.send()
    assert WebhookAttempt.objects.get().answer == "ä" * 500


def test_what_happens_in_a_pause_waits_for_its_end(told, owner):
    endpoints.pause(owner, told.endpoint.pk)
    told.send()
    held(Place().make("more").pk, slot(11))
    tell()
    told.send()
    assert told.taker.posts == []
    endpoints.enable(owner, told.endpoint.pk)
    told.send()
    assert [post.told["sequence"] for post in told.taker.posts] == [1, 1]


def test_what_is_due_later_is_scheduled_once_for_its_lane(told):
    told.taker.usual = Reply(500)
    told.send()
    lane = delivery().lane
    [work] = DueWork.objects.filter(kind="webhook", object_id=f"{told.endpoint.pk}:{lane}")
    assert work.due_at == delivery().next_at


def test_claimed_delivery_is_nobody_elses_until_its_time_is_over(told):
    """As if a worker had been killed between the post and its note: the same id comes again."""
    lane = delivery().lane
    claimed = sending._claim(told.endpoint.pk, lane)
    assert claimed is not None
    sending._post(claimed)
    told.send()
    assert len(told.taker.posts) == 1
    [work] = DueWork.objects.filter(kind="webhook")
    assert work.due_at == delivery().busy_until
    pass_time(sending.BUSY)
    told.send()
    assert len(told.taker.posts) == 2
    assert told.taker.ids()[0] == told.taker.ids()[1]
    assert delivery().state == "delivered"


def test_what_was_told_a_month_ago_is_forgotten_but_not_how_much_it_was(told, owner):
    told.send()
    pruning.prune("all")
    assert WebhookMessage.objects.count() == 1
    pass_time(30 * DAY)
    pruning.prune("all")
    assert (WebhookMessage.objects.count(), WebhookDelivery.objects.count(), WebhookAttempt.objects.count()) == (
        0,
        0,
        0,
    )
    assert told.endpoint.threads.get().sequence == 1
    assert DueWork.objects.filter(kind="webhook_prune").count() == 1


def test_test_message_is_sent_and_counts_for_nothing(line, owner):
    endpoints.test(owner, line.endpoint.pk)
    line.send()
    body = line.verified()
    assert (body["type"], body["sequence"], body["data"]) == ("endpoint.test", 0, {"message": "This is a test."})
