"""Idempotency keys as Stripe keeps them, and the faults that they are for."""

import threading

import pytest
import stripe

from tests.embedded.sandbox.venue import NO_REDIRECTS, refused
from tests.sandbox import wait_for

PAY = {"amount": 1000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
PAY |= {"automatic_payment_methods": NO_REDIRECTS}
PATH = "^/v1/payment_intents$"


def pay(client, key, **changes):
    return client.v1.payment_intents.create({**PAY, **changes}, {"idempotency_key": key})


def charges(client):
    return [each.amount for each in client.v1.charges.list().data]


def test_the_same_key_gets_the_first_answer(client):
    first, again = pay(client, "t:1:pay:1"), pay(client, "t:1:pay:1")
    assert again.id == first.id
    assert again.last_response.body == first.last_response.body
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert charges(client) == [1000]


def test_the_same_key_for_something_else_is_refused(client):
    pay(client, "one")
    for call in (
        lambda: pay(client, "one", amount=2000),
        lambda: client.v1.customers.create({}, {"idempotency_key": "one"}),
    ):
        problem = refused(call)
        assert type(problem) is stripe.IdempotencyError
        assert (problem.http_status, problem.error.type) == (400, "idempotency_error")
    assert charges(client) == [1000]


def test_keys_belong_to_an_account(client, venue, other_venue):
    ids = {api.customers.create({}, {"idempotency_key": "k"}).id for api in (client.v1, venue.api, other_venue.api)}
    assert len(ids) == 3


def test_a_key_is_kept_for_24_hours(sandbox, client):
    first = pay(client, "old")
    sandbox.control("clock", advance=86_400 - 600)  # the machine may be slow
    assert pay(client, "old").id == first.id
    sandbox.control("clock", advance=600)
    assert pay(client, "old").id != first.id


def test_a_refused_card_is_saved_and_a_refused_parameter_is_not(client):
    declined = [refused(lambda: pay(client, "a", payment_method="pm_card_chargeDeclined")) for _ in range(2)]
    assert declined[0].json_body == declined[1].json_body
    assert declined[1].headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.charges.list().data) == 1
    assert refused(lambda: pay(client, "b", nonsense=1)).code == "parameter_unknown"
    assert pay(client, "b").status == "succeeded"


def test_while_the_first_one_runs_the_same_key_is_409(sandbox, client):
    sandbox.control("faults", rules=[{"path": PATH, "do": "slow", "seconds": 0.6}])
    answers = []
    first = threading.Thread(target=lambda: answers.append(pay(client, "k")))
    first.start()
    wait_for(lambda: sandbox.look("faults")["rules"][0]["left"] == 0, 5)  # it has begun
    problem = refused(lambda: pay(client, "k"))
    assert (problem.http_status, problem.error.code) == (409, "idempotency_key_in_use")
    first.join()
    assert pay(client, "k").id == answers[0].id
    assert charges(client) == [1000]


def test_twenty_at_once_with_one_key_charge_once(sandbox, client):
    """R07, as Stripe does it: those that come too early are 409."""
    outcomes = []

    def ask():
        try:
            outcomes.append(pay(sandbox.client(), "k").id)
        except stripe.StripeError as problem:
            outcomes.append(problem.error.code)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 20
    assert len({each for each in outcomes if each.startswith("pi_")}) == 1
    assert {each for each in outcomes if not each.startswith("pi_")} <= {"idempotency_key_in_use"}
    assert charges(client) == [1000]


def test_cut_after_the_effect_the_same_key_finds_one_charge(sandbox, client):
    """R30: the answer is lost, the money is not taken twice."""
    sandbox.control("faults", rules=[{"path": PATH, "do": "timeout_after"}])
    assert type(refused(lambda: pay(client, "k"))) is stripe.APIConnectionError
    assert charges(client) == [1000]
    assert pay(client, "k").status == "succeeded"
    assert charges(client) == [1000]


def test_cut_after_the_effect_without_a_key_charges_twice(sandbox, client):
    """The negative control of the test above."""
    sandbox.control("faults", rules=[{"path": PATH, "do": "timeout_after"}])
    refused(client.v1.payment_intents.create, PAY)
    client.v1.payment_intents.create(PAY)
    assert charges(client) == [1000, 1000]


def test_cut_before_the_effect_nothing_has_happened(sandbox, client):
    sandbox.control("faults", rules=[{"path": PATH, "do": "timeout_before"}])
    assert type(refused(lambda: pay(client, "k"))) is stripe.APIConnectionError
    assert charges(client) == []
    assert pay(client, "k").status == "succeeded"


@pytest.mark.parametrize("status", [409, 429])
def test_refused_before_it_began_is_not_saved(sandbox, client, status):
    sandbox.control("faults", rules=[{"path": PATH, "do": "status", "status": status}])
    assert refused(lambda: pay(client, "k")).http_status == status
    assert charges(client) == []
    assert pay(client, "k").status == "succeeded"


@pytest.mark.parametrize(("effect", "taken"), [(False, []), (True, [1000])])
def test_a_500_is_saved_under_the_key(sandbox, client, effect, taken):
    rule = {"path": PATH, "do": "status", "status": 500, "effect": effect}
    sandbox.control("faults", rules=[rule])
    for _ in range(2):
        problem = refused(lambda: pay(client, "k"))
        assert (type(problem), problem.http_status) == (stripe.APIError, 500)
    assert charges(client) == taken
    assert pay(client, "k2").status == "succeeded"


def test_a_fault_chooses_method_path_account_and_turn(sandbox, client, venue):
    rule = {"method": "POST", "path": "/customers", "account": venue.id, "do": "status", "status": 429}
    sandbox.control("faults", rules=[{**rule, "times": 2, "skip": 1}])
    assert client.v1.customers.list().data == []
    client.v1.customers.create({})
    venue.api.customers.create({})
    assert [refused(venue.api.customers.create, {}).http_status for _ in range(2)] == [429, 429]
    venue.api.customers.create({})
    assert len(venue.api.customers.list().data) == 2


def test_the_sdk_tries_again_by_itself_with_one_key(sandbox):
    """What stripe-python does with a lost answer, when it is allowed to."""
    sandbox.control("faults", rules=[{"path": PATH, "do": "timeout_after"}])
    patient = sandbox.client(max_network_retries=1)
    assert patient.v1.payment_intents.create(PAY).status == "succeeded"
    assert charges(patient) == [1000]
