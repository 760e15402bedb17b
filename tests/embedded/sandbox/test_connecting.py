"""Connected accounts: onboarding on Stripe's page, requirements that come and go, disconnecting."""

import pytest

from tests.embedded.sandbox.test_paying import visit
from tests.embedded.sandbox.venue import TO_CREATE, Venue, refused

URLS = {"refresh_url": "http://platform.localhost/refresh", "return_url": "http://platform.localhost/return"}


@pytest.fixture
def newcomer(sandbox):
    """An account that has given nothing yet."""
    return Venue(sandbox, sandbox.client().v1.accounts.create(TO_CREATE).id)


def link(venue, **changes):
    asked = {"account": venue.id, "type": "account_onboarding", **URLS, **changes}
    return venue.sandbox.client().v1.account_links.create(asked)


def test_a_new_account_has_everything_to_do(client, newcomer):
    account = client.v1.accounts.retrieve(newcomer.id)
    assert (account.charges_enabled, account.payouts_enabled, account.details_submitted) == (False, False, False)
    assert (account.type, account.controller.losses.payments, account.default_currency) == ("standard", "stripe", "eur")
    assert account.capabilities.to_dict() == {"card_payments": "inactive", "transfers": "inactive"}
    assert "external_account" in account.requirements.currently_due
    assert account.requirements.disabled_reason == "requirements.past_due"
    problem = refused(newcomer.api.payment_intents.create, {"amount": 1000, "currency": "eur"})
    assert problem.http_status == 400


def test_onboarding_is_completed_on_the_page(client, newcomer):
    url = link(newcomer).url
    status, _, page = visit(url)
    assert (status, "Leave without finishing" in page) == (200, True)
    form = {"do": "complete", "business_name": "Court House", "website": "https://courts.example"}
    assert visit(url, form)[:2] == (303, URLS["return_url"])
    account = client.v1.accounts.retrieve(newcomer.id)
    assert (account.charges_enabled, account.payouts_enabled, account.details_submitted) == (True, True, True)
    assert (account.business_profile.name, len(account.external_accounts.data)) == ("Court House", 1)
    events = newcomer.events()
    assert events.count("capability.updated") == 2
    assert {"account.updated", "account.external_account.created"} <= set(events)
    assert newcomer.pays().status == "succeeded"


def test_leaving_without_finishing_changes_nothing(client, newcomer):
    url = link(newcomer).url
    visit(url)
    assert visit(url, {"do": "leave"})[:2] == (303, URLS["return_url"])
    assert client.v1.accounts.retrieve(newcomer.id).details_submitted is False
    assert newcomer.events() == []


def test_links_are_used_once_and_expire(sandbox, newcomer):
    used, old = link(newcomer), link(newcomer)
    assert used.expires_at - used.created == 300
    visit(used.url)
    assert visit(used.url)[:2] == (303, URLS["refresh_url"])
    sandbox.control("clock", advance=301)
    assert visit(old.url)[:2] == (303, URLS["refresh_url"])


def test_links_that_stripe_refuses(client, newcomer):
    assert refused(lambda: link(newcomer, type="account_update")).param == "type"
    assert refused(lambda: link(newcomer, return_url="/return")).code == "url_invalid"
    assert refused(lambda: link(Venue(newcomer.sandbox, "acct_1Nobody"))).code == "resource_missing"


def test_countries_and_controllers_that_stripe_refuses(client):
    assert refused(client.v1.accounts.create, {**TO_CREATE, "country": "XX"}).code == "country_unsupported"
    both = {**TO_CREATE, "type": "express"}
    assert refused(client.v1.accounts.create, both).param == "controller"
    full = {**TO_CREATE["controller"], "losses": {"payments": "application"}}
    assert refused(client.v1.accounts.create, {**TO_CREATE, "controller": full}).param == "controller"
    assert client.v1.accounts.list().data == []


def test_requirements_come_back_with_a_deadline(sandbox, client, venue):
    """RELIABILITY 6, `account.updated`: active to inactive and back."""
    deadline = sandbox.look("clock")["now"] + 86_400
    sandbox.control("account", account=venue.id, currently_due=["company.tax_id"], deadline=deadline)
    account = client.v1.accounts.retrieve(venue.id)
    assert (account.requirements.currently_due, account.requirements.current_deadline) == (["company.tax_id"], deadline)
    assert account.charges_enabled is True
    sandbox.control("clock", advance=86_401)
    late = client.v1.accounts.retrieve(venue.id)
    assert (late.charges_enabled, late.requirements.past_due) == (False, ["company.tax_id"])
    assert venue.events().count("capability.updated") == 4
    assert refused(venue.api.payment_intents.create, {"amount": 1000, "currency": "eur"}).http_status == 400
    sandbox.control("account", account=venue.id, complete=True)
    assert client.v1.accounts.retrieve(venue.id).charges_enabled is True


def test_one_capability_can_be_lost(sandbox, client, venue):
    sandbox.control("account", account=venue.id, inactive=["card_payments"])
    account = client.v1.accounts.retrieve(venue.id)
    assert account.capabilities.to_dict() == {"card_payments": "inactive", "transfers": "active"}
    assert client.v1.accounts.capabilities.retrieve(venue.id, "card_payments").status == "inactive"
    (told,) = [
        each
        for each in venue.api.events.list({"type": "capability.updated"}).data
        if each.data.object.status == "inactive"
    ]
    assert (told.account, told.data.object.id) == (venue.id, "card_payments")
    sandbox.control("account", account=venue.id, inactive=[], payouts_off=True)
    assert client.v1.accounts.retrieve(venue.id).payouts_enabled is False


def test_rejected_for_fraud(sandbox, client, venue):
    sandbox.control("account", account=venue.id, disabled_reason="rejected.fraud")
    account = client.v1.accounts.retrieve(venue.id)
    assert (account.charges_enabled, account.requirements.disabled_reason) == (False, "rejected.fraud")


def test_disconnecting_ends_everything(sandbox, client, venue, other_venue):
    told = sandbox.control("deauthorize", account=venue.id)
    (event,) = told["events"]
    state = sandbox.look("state")[venue.id]["event"]
    assert [each["type"] for each in state if each["id"] == event] == ["account.application.deauthorized"]
    assert refused(venue.api.payment_intents.list).http_status == 403
    assert [each.id for each in client.v1.accounts.list().data] == [other_venue.id]
    assert refused(lambda: link(venue)).http_status == 403


def test_without_requirements_accounts_begin_active(sandbox, client):
    sandbox.control("settings", requirements=False)
    assert client.v1.accounts.create(TO_CREATE).charges_enabled is True


def test_an_account_cannot_look_at_another(venue, other_venue):
    assert venue.api.accounts.retrieve(venue.id).id == venue.id
    assert refused(venue.api.accounts.retrieve, other_venue.id).http_status == 403
    assert venue.api.application_fees.list().data == []
