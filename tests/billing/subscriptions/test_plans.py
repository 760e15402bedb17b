"""`manage.py plans`: one definition, the same in our rows and at Stripe."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing.plans import fee_of
from billing.subscriptions import catalogue
from billing.subscriptions.models import Plan, Subscription
from schemas.clock import database_now


def plans(*args: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("plans", *args, stdout=out)
    return out.getvalue()


def at_stripe(stripe, kind: str) -> list[dict]:
    """What the platform's account has of a kind."""
    return stripe.server.look("state")["acct_1SandboxPlatform"].get(kind, [])


def test_plans_are_made_once_with_a_product_and_two_prices_each(stripe):
    said = plans()
    assert list(Plan.objects.values_list("code", "monthly_minor", "fee")) == [
        ("free", 0, 200),
        ("starter", 2900, 100),
        ("pro", 7900, 50),
        ("enterprise", 24900, 0),
    ]
    assert sorted(each["id"] for each in at_stripe(stripe, "product")) == [
        "forecourt_enterprise",
        "forecourt_pro",
        "forecourt_starter",
    ]
    prices = {each["lookup_key"]: each["unit_amount"] for each in at_stripe(stripe, "price")}
    assert prices["forecourt_pro_month"] == 7900
    assert prices["forecourt_pro_year"] == 79000
    assert len(prices) == 6
    assert "put right: pro, product (stripe)" in said
    again = plans()
    assert "put right" not in again
    assert len(at_stripe(stripe, "price")) == 6
    assert "differs" not in plans("--check")


def test_check_names_what_differs_and_changes_nothing(stripe):
    plans()
    Plan.objects.filter(code="starter").update(fee=1, name="Old")
    with pytest.raises(CommandError, match="3 differences"):
        plans("--check")
    assert Plan.objects.get(code="starter").fee == 1


def test_new_price_takes_over_and_the_old_one_is_retired(stripe):
    plans()
    before = Plan.objects.get(code="pro").stripe_monthly
    stripe.server.client().v1.prices.update(before, {"active": False})
    plans()
    after = Plan.objects.get(code="pro").stripe_monthly
    assert after != before
    active = [each["id"] for each in at_stripe(stripe, "price") if each["active"] and each["unit_amount"] == 7900]
    assert active == [after]


def test_another_price_retires_the_one_before(stripe):
    plans()
    before = Plan.objects.get(code="pro").stripe_monthly
    Plan.objects.filter(code="pro").update(monthly_minor=8900)
    catalogue.write_to_stripe()
    after = Plan.objects.get(code="pro").stripe_monthly
    found = {each["id"]: (each["active"], each["unit_amount"]) for each in at_stripe(stripe, "price")}
    assert (found[before], found[after]) == ((False, 7900), (True, 8900))


def test_without_a_key_only_rows_are_written(db, settings):
    settings.STRIPE_SECRET_KEY = ""
    assert "No Stripe key" in plans()
    assert Plan.objects.count() == 4
    assert not Plan.objects.exclude(stripe_product="").exists()


def test_fee_is_the_plan_s_and_nothing_without_one(alpha):
    assert fee_of(alpha.tenant) == 0
    plans_row = Plan.objects.create(code="any", name="Any", fee=150)
    Subscription.objects.create(tenant=alpha.tenant, plan=plans_row, updated_at=database_now())
    assert fee_of(alpha.tenant) == 150
