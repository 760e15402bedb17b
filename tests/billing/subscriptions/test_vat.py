"""VAT on plans: what Stripe's invoices say by where the tenant is and whether the register knows its VAT id."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context
from djstripe import models as mirror

from billing.gateway.trouble import ProviderTrouble
from billing.subscriptions import choosing, tasks
from billing.subscriptions.choosing import Wanted
from billing.subscriptions.models import Plan, Subscription
from kernel.errors import Conflict
from tests.billing.subscriptions.subscriber import Subscriber

TAXED = {"automatic_tax": {"enabled": True}}


@pytest.fixture
def owner(stripe) -> Subscriber:
    """Alpha on trial, with a card at Stripe."""
    return Subscriber.of(stripe)


def lives_in(owner: Subscriber, country: str, vat_id: str = "") -> None:
    """An address, and a VAT id that the register has looked at."""
    v1 = owner.till.client.v1
    v1.customers.update(owner.customer, {"address": {"country": country, "postal_code": "1000", "line1": "1 Quay"}})
    if vat_id:
        v1.customers.tax_ids.create(owner.customer, {"type": "eu_vat", "value": vat_id})
        owner.till.server.control("clock", advance=2)


@pytest.mark.parametrize(
    ("country", "vat_id", "total", "tax", "is_reversed"),
    [
        ("DE", "", 3451, 551, False),
        ("DE", "DE123456789", 3451, 551, False),
        ("FR", "", 3480, 580, False),
        ("FI", "", 3640, 740, False),
        ("FR", "FR12123456789", 2900, 0, True),
        ("CH", "", 2900, 0, False),
        ("US", "", 2900, 0, False),
    ],
)
def test_plan_is_taxed_by_where_the_tenant_is(owner, country, vat_id, total, tax, is_reversed):
    lives_in(owner, country, vat_id)
    owner.look()
    owner.subscribe("starter", **TAXED)
    owner.look()
    [invoice] = choosing.invoices(owner.tenant)
    assert (invoice.total_minor, invoice.tax_minor, invoice.is_reversed) == (total, tax, is_reversed)
    assert invoice.status == "paid"
    owner.advance(32)
    renewed = choosing.invoices(owner.tenant)[0]
    assert (renewed.total_minor, renewed.tax_minor, renewed.is_reversed) == (total, tax, is_reversed)


def test_vat_id_that_the_register_does_not_know_saves_no_tax(owner):
    """Stripe takes it for a business's; so it is taken away there, and the owner reads that it is unknown."""
    lives_in(owner, "FR", "FR00000000000")
    row = owner.look()
    assert (row.vat_id, row.vat_id_status) == ("FR00000000000", "unverified")
    assert owner.till.client.v1.customers.tax_ids.list(owner.customer).data == []
    owner.subscribe("starter", **TAXED)
    row = owner.look()
    assert (row.vat_id, row.vat_id_status) == ("FR00000000000", "unverified")
    assert choosing.invoices(owner.tenant)[0].tax_minor == 580
    choosing.set_vat_id(owner.tenant, "FR 12 123 456 789")
    owner.till.server.control("clock", advance=2)
    row = owner.look()
    assert (row.vat_id, row.vat_id_status) == ("FR12123456789", "verified")
    choosing.set_vat_id(owner.tenant, "")
    row = owner.look()
    assert (row.vat_id, row.vat_id_status) == ("", "")


def test_preview_says_the_tax_and_the_change_charges_it(owner):
    lives_in(owner, "DE")
    owner.subscribe("starter", **TAXED)
    owner.look()
    said = choosing.preview(owner.tenant, Wanted("pro"))
    assert (said.amount_minor, said.tax_minor) == (5950, 950)
    choosing.change(owner.tenant, Wanted("pro"), said.at)
    invoice = choosing.invoices(owner.tenant)[0]
    assert (invoice.total_minor, invoice.tax_minor, invoice.status) == (5950, 950, "paid")


def test_change_of_a_plan_from_before_the_tax_needs_an_address(owner):
    """A card that says no country, and no address: nobody knows whose VAT it is."""
    v1 = owner.till.client.v1
    identity = owner.subscribe("starter")
    debit = v1.payment_methods.create(
        {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"},
         "billing_details": {"name": "A", "email": "a@example.org"}}
    ).id  # fmt: skip
    v1.payment_methods.attach(debit, {"customer": owner.customer})
    v1.customers.update(owner.customer, {"invoice_settings": {"default_payment_method": debit}})
    owner.look()
    with pytest.raises(Conflict) as caught:
        choosing.preview(owner.tenant, Wanted("pro"))
    assert caught.value.code == "address_needed"
    assert not v1.subscriptions.retrieve(identity).automatic_tax.enabled
    lives_in(owner, "DE")
    said = choosing.preview(owner.tenant, Wanted("pro"))
    choosing.change(owner.tenant, Wanted("pro"), said.at)
    assert v1.subscriptions.retrieve(identity).automatic_tax.enabled


def test_invoice_of_a_tenant_that_is_nowhere_is_final_without_tax(owner):
    """As Stripe does: better than not being paid. Invoice and subscription say why."""
    lives_in(owner, "DE")
    identity = owner.subscribe("starter", **TAXED)
    v1 = owner.till.client.v1
    debit = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"},
             "billing_details": {"name": "A", "email": "a@example.org"}}  # fmt: skip
    method = v1.payment_methods.create(debit).id
    v1.payment_methods.attach(method, {"customer": owner.customer})
    v1.customers.update(owner.customer, {"address": "", "invoice_settings": {"default_payment_method": method}})
    owner.advance(32)
    invoice = v1.invoices.list({"customer": owner.customer}).data[0]
    assert (invoice.total, invoice.automatic_tax.disabled_reason) == (2900, "finalization_requires_location_inputs")
    found = v1.subscriptions.retrieve(identity).automatic_tax
    assert (found.enabled, found.disabled_reason) == (False, "requires_location_inputs")


def test_plans_are_not_sold_while_stripe_tax_is_not_set_up(stripe):
    stripe.server.control("settings", tax_status="pending")
    with pytest.raises(CommandError, match="Stripe Tax is not set up"):
        call_command("plans")
    assert Plan.objects.count() == 0
    assert stripe.server.look("state").get("acct_1SandboxPlatform", {}).get("product", []) == []


def test_platform_without_vat_sells_plans_without_it(stripe, settings: Any, capsys):
    stripe.server.control("settings", tax_status="pending")
    settings.STRIPE_TAX = False
    call_command("plans")
    assert "plans are sold without VAT" in capsys.readouterr().out
    owner = Subscriber.of(stripe)
    url = choosing.checkout(owner.tenant, Wanted("pro"))
    session = stripe.client.v1.checkout.sessions.retrieve(url.rpartition("/")[2])
    assert not session.automatic_tax.enabled
    settings.STRIPE_TAX = True
    with pytest.raises(ProviderTrouble):
        choosing.checkout(owner.tenant, Wanted("pro"))
    assert Subscription.objects.get(tenant=owner.tenant).stripe_subscription == ""


def test_mirror_takes_taxed_plans(owner):
    lives_in(owner, "DE")
    owner.subscribe("starter", **TAXED)
    owner.look()
    with tenant_context(owner.tenant):
        tasks.copy_to_mirror(str(owner.tenant.pk))
    [invoice] = mirror.Invoice.objects.all()
    assert (invoice.stripe_data["total"], invoice.stripe_data["total_taxes"][0]["amount"]) == (3451, 551)
    assert mirror.Product.objects.get().stripe_data["tax_code"] == "txcd_10103001"
    assert mirror.Price.objects.get().stripe_data["tax_behavior"] == "exclusive"
    assert mirror.Customer.objects.get().subscriber == owner.tenant
