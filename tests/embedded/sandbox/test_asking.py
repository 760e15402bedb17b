"""How the sandbox reads a request: keys, accounts, parameters, pages of lists, expansion."""

import http.client
import json

import pytest
import stripe

from tests import sandbox as running
from tests.embedded.sandbox.venue import Venue, refused

INTENT = {"amount": 1000, "currency": "eur"}


def test_any_test_key_is_the_platform_and_others_are_refused(sandbox):
    for key in ("sk_test", "sk_" + "live_" + "x" * 24, "nonsense"):
        client = stripe.StripeClient(key, base_addresses={"api": sandbox.url}, max_network_retries=0)
        problem = refused(client.v1.balance.retrieve)
        assert type(problem) is stripe.AuthenticationError
        assert problem.http_status == 401
    assert sandbox.client().v1.accounts.retrieve_current().id == "acct_1SandboxPlatform"


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 1000}, "parameter_missing", "currency"),
        ({**INTENT, "color": "red"}, "parameter_unknown", "color"),
        ({**INTENT, "transfer_data": {"colour": 1}}, "parameter_unknown", "transfer_data[colour]"),
        ({**INTENT, "transfer_data": {"amount": 1}}, "parameter_missing", "transfer_data[destination]"),
        ({**INTENT, "amount": "ten"}, "parameter_invalid_integer", "amount"),
        ({**INTENT, "capture_method": "later"}, None, "capture_method"),
        ({**INTENT, "currency": ""}, "parameter_invalid_empty", "currency"),
        ({**INTENT, "confirm": "perhaps"}, None, "confirm"),
        ({**INTENT, "currency": "xyz"}, None, "currency"),
        ({**INTENT, "payment_method_types": "card"}, "parameter_invalid_array", "payment_method_types"),
    ],
)
def test_parameters_are_held_against_the_sdks_types(client, params, code, param):
    problem = refused(client.v1.payment_intents.create, params)
    assert (problem.http_status, problem.code, problem.param) == (400, code, param)
    assert client.v1.payment_intents.list().data == []


def test_an_object_of_one_account_does_not_exist_for_another(client, venue, other_venue):
    """T34: the header alone decides whose store it is."""
    paid = venue.pays()
    customer = venue.api.customers.create({"name": "Ada"})
    for api in (other_venue.api, client.v1):
        for call, identity in [
            (api.payment_intents.retrieve, paid.id),
            (api.charges.retrieve, paid.latest_charge.id),
            (api.customers.retrieve, customer.id),
            (api.payment_intents.cancel, paid.id),
        ]:
            problem = refused(call, identity)
            assert (problem.http_status, problem.code) == (404, "resource_missing")
        problem = refused(api.refunds.create, {"payment_intent": paid.id})
        assert problem.code == "resource_missing"
        assert api.payment_intents.list().data == []
    assert venue.api.payment_intents.retrieve(paid.id).amount_received == 10_000


def test_unknown_and_revoked_accounts_are_403(sandbox, venue):
    assert refused(Venue(sandbox, "acct_1Nobody").api.balance.retrieve).error.code == "account_invalid"
    sandbox.control("deauthorize", account=venue.id)
    problem = refused(venue.api.balance.retrieve)
    assert (problem.http_status, problem.error.code) == (403, "account_invalid")
    assert type(problem) is stripe.PermissionError
    assert refused(sandbox.client().v1.accounts.retrieve, venue.id).error.code == "account_invalid"


def test_lists_are_pages_newest_first(client):
    ids = [client.v1.customers.create({"name": str(number)}).id for number in range(5)]
    first = client.v1.customers.list({"limit": 2})
    assert [each.id for each in first] == [ids[4], ids[3]]
    assert first.has_more is True
    second = client.v1.customers.list({"limit": 2, "starting_after": ids[3]})
    assert [each.id for each in second] == [ids[2], ids[1]]
    last = client.v1.customers.list({"limit": 2, "starting_after": ids[1]})
    assert ([each.id for each in last], last.has_more) == ([ids[0]], False)
    back = client.v1.customers.list({"limit": 2, "ending_before": ids[1]})
    assert ([each.id for each in back], back.has_more) == ([ids[3], ids[2]], True)
    assert [each.id for each in client.v1.customers.list({"limit": 2}).auto_paging_iter()] == ids[::-1]


def test_lists_are_filtered_by_time(sandbox, client):
    early = client.v1.customers.create({})
    sandbox.control("clock", advance=3_600)
    late = client.v1.customers.create({})
    assert [each.id for each in client.v1.customers.list({"created": {"gte": late.created}})] == [late.id]
    assert [each.id for each in client.v1.customers.list({"created": {"lt": late.created}})] == [early.id]


def test_expansion_reaches_into_lists_and_across_accounts(venue):
    paid = venue.pays()
    found = venue.api.payment_intents.list(
        {"expand": ["data.latest_charge.application_fee", "data.payment_method"]}
    ).data
    assert found[0].latest_charge.application_fee.amount == 1_000
    assert found[0].payment_method.card.last4 == "4242"
    assert venue.api.payment_intents.retrieve(paid.id).latest_charge == paid.latest_charge.id
    charge = venue.api.charges.retrieve(paid.latest_charge.id, {"expand": ["refunds"]})
    assert charge.refunds.data == []
    problem = refused(venue.api.charges.retrieve, charge.id, {"expand": ["amount_refunded_by"]})
    assert problem.http_status == 400


def test_metadata_is_merged_and_unset(client):
    customer = client.v1.customers.create({"metadata": {"tenant": "a", "booking": "1"}})
    changed = client.v1.customers.update(customer.id, {"metadata": {"booking": "", "kind": "x"}})
    assert changed.metadata.to_dict() == {"tenant": "a", "kind": "x"}


def test_an_unknown_address_is_404_in_stripes_shape(sandbox):
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    connection.request("GET", "/v1/nothing", headers={"Authorization": f"Bearer {sandbox.key}"})
    response = connection.getresponse()
    error = json.loads(response.read())["error"]
    assert (response.status, error["type"]) == (404, "invalid_request_error")
    assert response.headers["Request-Id"].startswith("req_")
    connection.close()


def test_a_browser_sees_an_intent_with_its_client_secret_only(sandbox, venue):
    intent = venue.api.payment_intents.create({**INTENT, "metadata": {"booking": "7"}, "application_fee_amount": 10})
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
    statuses = {}
    for name, secret in [("right", intent.client_secret), ("wrong", "x"), ("none", "")]:
        query = f"key={sandbox.publishable_key}&_stripe_account={venue.id}&client_secret={secret}"
        connection.request("GET", f"/v1/payment_intents/{intent.id}?{query}")
        response = connection.getresponse()
        told = json.loads(response.read())
        statuses[name] = response.status
        if name == "right":
            assert told["amount"] == 1_000
            assert not {"metadata", "application_fee_amount", "customer"} & told.keys()
    connection.request("GET", f"/v1/payment_intents?key={sandbox.publishable_key}")
    statuses["list"] = connection.getresponse().status
    connection.close()
    assert statuses == {"right": 200, "wrong": 404, "none": 400, "list": 403}


def test_a_sandbox_begins_where_its_state_file_ended(tmp_path):
    state = tmp_path / "stripe" / "state.json"
    with running.sandbox(state) as first:
        venue = Venue.onboarded(first)
        paid = venue.pays()
        first.control("clock", advance=60)
        before = first.look("state")
    with running.sandbox(state) as second:
        assert second.look("state") == before
        assert Venue(second, venue.id).api.payment_intents.retrieve(paid.id).status == "succeeded"
        assert second.look("clock")["offset"] == 60


def test_the_state_can_be_told_in_part(sandbox, venue, other_venue):
    paid = venue.pays()
    told = sandbox.look(f"state?account={venue.id}&kinds=charge,refund")
    assert list(told) == [venue.id]
    assert [each["id"] for each in told[venue.id]["charge"]] == [paid.latest_charge.id]
    assert {"charge", "payment_intent", "event"} <= sandbox.look("state")[venue.id].keys()
