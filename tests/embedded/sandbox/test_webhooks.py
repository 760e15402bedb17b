"""Delivery of events: signed, to the right endpoint, again when refused; and every way in which it goes wrong."""

import pytest

from tests.embedded.sandbox.receiver import receiving
from tests.embedded.sandbox.venue import Venue, refused
from tests.sandbox import wait_for


@pytest.fixture
def receiver(sandbox):
    with receiving() as started:
        yield started


def test_events_are_signed_and_go_where_they_belong(sandbox, client, receiver):
    """R23: the platform's own to its endpoint, connected accounts' to the `connect` one, each with its own secret."""
    receiver.register(sandbox, "/platform")
    receiver.register(sandbox, "/connect", connect=True)
    venue = Venue.onboarded(sandbox)
    client.v1.customers.create({})
    venue.pays(fee=1_000)
    sandbox.settled()
    assert sorted(receiver.types("/platform")) == ["application_fee.created", "customer.created"]
    connected = receiver.types("/connect")
    assert {"account.updated", "payment_intent.created", "payment_intent.succeeded", "charge.succeeded"} <= set(
        connected
    )
    assert {each.event.account for each in receiver.received if each.path == "/connect"} == {venue.id}
    assert not any("account" in each.event for each in receiver.received if each.path == "/platform")
    assert receiver.forged == []


def test_a_body_signed_with_another_secret_does_not_verify(sandbox, client, receiver):
    receiver.register(sandbox, "/platform")
    receiver.secrets["/platform"] = "whsec_other"
    client.v1.customers.create({})
    (problem,) = wait_for(lambda: receiver.forged[:1] or None, 5)
    assert "No signatures found matching" in problem
    assert receiver.received == []


def test_the_secret_is_told_once_and_enabled_events_choose(sandbox, client, receiver):
    made = receiver.register(sandbox, enabled_events=["customer.deleted"], metadata={"uuid": "1"})
    assert made.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(made.id)
    customer = client.v1.customers.create({})
    client.v1.customers.delete(customer.id)
    sandbox.settled()
    assert receiver.types() == ["customer.deleted"]
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    client.v1.customers.delete(client.v1.customers.create({}).id)
    client.v1.webhook_endpoints.delete(made.id)
    assert receiver.types() == ["customer.deleted"]
    assert refused(client.v1.webhook_endpoints.retrieve, made.id).code == "resource_missing"


def test_what_is_refused_comes_again(sandbox, client, receiver):
    receiver.register(sandbox)
    receiver.refuse_first = 2
    client.v1.customers.create({})
    found = receiver.until(3)
    assert len({each.event.id for each in found}) == 1
    (delivery,) = sandbox.settled()
    assert (delivery["tries"], delivery["answers"], delivery["fate"]) == (3, [500, 500, 200], "delivered")


def test_the_event_is_what_the_list_has_and_tells_what_was_before(sandbox, client, receiver):
    receiver.register(sandbox)
    customer = client.v1.customers.create({"name": "Ada", "metadata": {"a": "1"}})
    client.v1.customers.update(customer.id, {"name": "Grace", "metadata": {"b": "2"}})
    sandbox.settled()
    updated = next(each.event for each in receiver.received if each.event.type == "customer.updated")
    assert updated.data.previous_attributes.to_dict() == {"name": "Ada", "metadata": {"b": None}}
    assert updated.data.object.name == "Grace"
    assert client.v1.events.retrieve(updated.id).to_dict() == updated.to_dict()
    assert [each.type for each in client.v1.events.list()] == ["customer.updated", "customer.created"]
    assert [each.type for each in client.v1.events.list({"type": "*.created"})] == ["customer.created"]


def test_dropped_by_type_and_by_chance(sandbox, client, receiver):
    """R21."""
    receiver.register(sandbox)
    sandbox.control("webhooks", dropped={"types": ["customer.updated"]})
    customer = client.v1.customers.create({})
    client.v1.customers.update(customer.id, {"name": "x"})
    sandbox.settled()
    assert receiver.types() == ["customer.created"]
    sandbox.control("webhooks", dropped={"probability": 0.2, "seed": 7})
    for _ in range(50):
        client.v1.customers.create({})
    fates = [each["fate"] for each in sandbox.settled()]
    assert (fates.count("dropped"), fates.count("delivered")) == (14, 38)


def test_doubled_eight_times_within_thirty_milliseconds(sandbox, client, receiver):
    """R22."""
    receiver.register(sandbox)
    sandbox.control("webhooks", doubled={"copies": 8, "spread_ms": 30})
    client.v1.customers.create({})
    found = receiver.until(8)
    sandbox.settled()
    assert len(receiver.received) == 8
    assert len({each.event.id for each in found}) == 1


def test_shuffled_they_come_in_another_order(sandbox, venue, receiver):
    """R24."""
    receiver.register(sandbox, connect=True)
    sandbox.control("webhooks", shuffled={"seed": 3, "window_ms": 600})
    venue.pays()
    sandbox.settled()
    made = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert sorted(receiver.types()) == sorted(made)
    assert receiver.types() != made


def test_early_the_event_is_there_before_the_answer(sandbox, client, receiver):
    """R20: and the object can be fetched from within the handler."""
    seen = []
    receiver.on_event = lambda event: seen.append(client.v1.payment_intents.retrieve(event.data.object.id).status)
    receiver.register(sandbox)
    sandbox.control("webhooks", early=True)
    client.v1.payment_intents.create({"amount": 1000, "currency": "eur"})
    assert (receiver.types(), seen) == (["payment_intent.created"], ["requires_payment_method"])


def test_delayed_and_held(sandbox, client, receiver):
    receiver.register(sandbox)
    sandbox.control("webhooks", held=True)
    client.v1.customers.create({})
    assert sandbox.look("deliveries")["deliveries"][0]["fate"] == "held"
    sandbox.control("webhooks", delayed=0.4)
    assert sandbox.control("release") == {"released": 1}
    assert receiver.types() == []
    sandbox.settled()
    assert receiver.types() == ["customer.created"]


def test_given_events_are_delivered_in_the_order_asked_for(sandbox, client, receiver):
    """R24, R25: what the permutation tests are made with."""
    sandbox.control("webhooks", held=True)
    receiver.register(sandbox)
    customer = client.v1.customers.create({})
    client.v1.customers.update(customer.id, {"name": "x"})
    client.v1.customers.delete(customer.id)
    deleted, updated, created = [each.id for each in client.v1.events.list()]
    told = sandbox.control("deliver", events=[updated, deleted, created, created])
    assert receiver.types() == ["customer.updated", "customer.deleted", "customer.created", "customer.created"]
    assert [each["fate"] for each in told["deliveries"]] == ["delivered"] * 4
    sandbox.control("deliver", events=[created], copies=5, at_once=True)
    assert len(receiver.received) == 9


def test_names_below_localhost_are_this_machine_and_others_are_not_called(sandbox, client, receiver):
    made = receiver.register(sandbox, url=receiver.url.replace("127.0.0.1", "venue.localhost") + "/platform")
    client.v1.customers.create({})
    sandbox.settled()
    assert receiver.types() == ["customer.created"]
    client.v1.webhook_endpoints.update(made.id, {"url": "https://example.com/webhook"})
    event = client.v1.events.list().data[0].id
    (told,) = sandbox.control("deliver", events=[event])["deliveries"]
    assert "not this machine" in told["answers"][0]


def test_an_event_of_any_type_can_be_made(sandbox, venue, receiver):
    receiver.register(sandbox, "/connect", connect=True)
    sandbox.control("event", type="person.updated", object=venue.id, account=venue.id)
    sandbox.settled()
    assert receiver.types("/connect") == ["person.updated"]
