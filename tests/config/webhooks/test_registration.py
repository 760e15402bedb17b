"""`manage.py stripe_webhooks`: Stripe tells us of what the table names, and of nothing else."""

import inspect
import re
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings
from stripe.params import WebhookEndpointCreateParams

from billing.gateway import endpoints
from billing.gateway.client import API_VERSION
from config import webhooks
from tests.till import Till

URL = "http://localhost:8765"


@pytest.fixture(autouse=True)
def outside_of_transactions(stripe: Till) -> Till:
    """A sandbox without endpoints."""
    return stripe


def called(*arguments: str) -> str:
    """What the command says."""
    said = StringIO()
    call_command("stripe_webhooks", "--url", URL, *arguments, stdout=said)
    return said.getvalue()


def at_stripe(till: Till) -> list[Any]:
    """The platform's endpoints, by address."""
    return sorted(till.client.v1.webhook_endpoints.list({"limit": 100}).data, key=lambda each: each.url)


def differences() -> str:
    """What `--check` complains about."""
    with pytest.raises(CommandError) as refused:
        called("--check")
    return str(refused.value)


def test_both_endpoints_are_made_and_their_secrets_shown_once(stripe: Till) -> None:
    said = called()
    connect, platform = at_stripe(stripe)
    assert (connect.url, platform.url) == (f"{URL}/stripe/webhooks/connect/", f"{URL}/stripe/webhooks/platform/")
    assert sorted(connect.enabled_events) == webhooks.kinds_of("connect")
    assert sorted(platform.enabled_events) == webhooks.kinds_of("platform")
    assert connect.api_version == platform.api_version == API_VERSION
    shown = dict(re.findall(r"^(STRIPE_WEBHOOK_SECRET_\w+)=(whsec_\w+)$", said, re.MULTILINE))
    assert sorted(shown) == ["STRIPE_WEBHOOK_SECRET_CONNECT", "STRIPE_WEBHOOK_SECRET_PLATFORM"]
    assert len(set(shown.values())) == 2


def test_only_the_connect_endpoint_is_told_of_connected_accounts(stripe: Till) -> None:
    called()
    ours = stripe.account.account_id
    at_home = stripe.client.v1.customers.create({}).id
    at_theirs = stripe.client.v1.customers.create({}, {"stripe_account": ours}).id
    for customer in (at_home, at_theirs):
        stripe.server.control("event", type="review.opened", object=customer)
    told = [(each["account"], each["url"]) for each in stripe.server.look("deliveries")["deliveries"]]
    assert told == [(None, f"{URL}/stripe/webhooks/platform/"), (ours, f"{URL}/stripe/webhooks/connect/")]


def test_second_run_changes_nothing_and_shows_nothing(stripe: Till) -> None:
    called()
    before = [dict(each) for each in at_stripe(stripe)]
    said = called()
    assert [dict(each) for each in at_stripe(stripe)] == before
    assert "whsec_" not in said
    assert said.count("up to date. Its secret is in STRIPE_WEBHOOK_SECRET_") == 2


def test_check_is_content_after_a_run(stripe: Till) -> None:
    called()
    assert called("--check") == "Both endpoints are as they should be.\n"


def test_check_fails_where_there_is_none_and_makes_none(stripe: Till) -> None:
    assert differences().splitlines()[1:] == [
        f"platform: there is none with version {API_VERSION}",
        f"connect: there is none with version {API_VERSION}",
    ]
    assert at_stripe(stripe) == []


def test_event_that_is_missing_or_too_many_and_an_endpoint_that_is_off_are_put_right(stripe: Till) -> None:
    called()
    connect, platform = at_stripe(stripe)
    kinds = [*webhooks.kinds_of("connect")[1:], "topup.created"]
    stripe.client.v1.webhook_endpoints.update(connect.id, {"enabled_events": kinds})  # type: ignore[arg-type]
    stripe.client.v1.webhook_endpoints.update(platform.id, {"disabled": True})
    assert differences().splitlines()[1:] == [
        "platform: is switched off",
        f"connect: is not told of {webhooks.kinds_of('connect')[0]}",
        "connect: is told of topup.created",
    ]
    assert called().count(": changed.") == 2
    assert called("--check")
    assert [each.id for each in at_stripe(stripe)] == [connect.id, platform.id]


def test_endpoint_of_another_version_is_replaced_in_two_steps(stripe: Till) -> None:
    """Stripe cannot change an endpoint's version: both are there until the new secret is."""
    old = stripe.client.v1.webhook_endpoints.create(
        {"url": f"{URL}/stripe/webhooks/platform/", "enabled_events": ["*"], "api_version": "2024-06-20"}
    )
    said = called()
    assert "Keep both secrets, separated by a comma" not in said.splitlines()[0]
    assert f"{old.id} with version 2024-06-20 is there too" in differences()
    assert old.id in {each.id for each in at_stripe(stripe)}
    said = called("--retire")
    assert f"{URL}/stripe/webhooks/platform/: 1 old endpoints deleted." in said
    assert old.id not in {each.id for each in at_stripe(stripe)}
    assert called("--check")


def test_other_endpoints_of_the_platform_are_left_alone(stripe: Till) -> None:
    other = stripe.client.v1.webhook_endpoints.create({"url": "http://localhost/other", "enabled_events": ["*"]})
    called("--retire")
    assert other.id in {each.id for each in endpoints.listed()}


@pytest.mark.parametrize("url", ["localhost", "ftp://localhost", "https://", "https://localhost/app", "https://x/?a=1"])
def test_address_must_be_the_platforms_alone(stripe: Till, url: str) -> None:
    with pytest.raises(CommandError, match="Give the platform's address"):
        call_command("stripe_webhooks", "--url", url)
    assert at_stripe(stripe) == []


def test_live_events_go_over_tls(stripe: Till, settings: Settings) -> None:
    settings.STRIPE_LIVE = True
    with pytest.raises(CommandError, match="https only"):
        called()
    assert at_stripe(stripe) == []


def test_without_a_key_the_command_says_so(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(CommandError, match="payment_unavailable"):
        called()


@pytest.mark.parametrize("endpoint", webhooks.ENDPOINTS)
def test_stripe_knows_every_event_of_the_table(endpoint: str) -> None:
    known = inspect.getsource(sys.modules[WebhookEndpointCreateParams.__module__])
    assert [kind for kind in webhooks.kinds_of(endpoint) if f'"{kind}"' not in known] == []
