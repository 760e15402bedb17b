"""The platform's invoices over its fees: once a month, what was given back taken off, tax by the tenant's standing."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from billing import charging_fees, vat
from billing.subscriptions.models import Plan, PlatformFee, PlatformInvoice, StripeAccount, Subscription
from schemas.clock import database_now
from tenants.envelopes import file_of
from tenants.models import OutgoingMail
from tests.worlds import World

OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def platform(settings: Any) -> None:
    """Who the platform is."""
    settings.PLATFORM_NAME, settings.PLATFORM_ADDRESS = "Forecourt Ltd", "1 High Street|Berlin"
    settings.PLATFORM_COUNTRY, settings.PLATFORM_VAT, settings.PLATFORM_VAT_ID = "DE", 1900, "DE111"


def fee(world: World, minor: int, day: int, month: int = 10, returned: int = 0, currency: str = "EUR") -> PlatformFee:
    """A fee that the platform kept of a payment."""
    at = datetime(2026, month, day, 12, tzinfo=UTC)
    number = PlatformFee.objects.count() + 1
    return PlatformFee.objects.create(
        fee_id=f"fee_{number}", tenant=world.tenant, account_id="acct_1", charge_id=f"ch_{number}",
        amount_minor=minor, refunded_minor=returned, currency=currency, at=at,
    )  # fmt: skip


def command(*arguments: str) -> list[str]:
    """What `manage.py platform_invoices` prints."""
    out = io.StringIO()
    call_command("platform_invoices", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_month_is_invoiced_once_to_each_tenant_in_each_currency(alpha: World, beta: World) -> None:
    fee(alpha, 1000, 1)
    fee(alpha, 500, 31, returned=310)
    fee(alpha, 99, 1, month=11)
    fee(alpha, 700, 2, currency="CHF")
    fee(beta, 100, 3)
    lines = command("--month", "2026-10")
    year = database_now().year
    assert [line.split()[0] for line in lines[1:-1]] == [f"FC-{year}-{number:04}" for number in (1, 2, 3)]
    assert [line.endswith("new") for line in lines[1:]] == [True, True, True, True]
    found = list(PlatformInvoice.objects.order_by("number").values_list("total_minor", "tax_minor", "currency"))
    assert found == [(700, 112, "CHF"), (1190, 190, "EUR"), (100, 16, "EUR")]
    assert command("--month", "2026-10")[-1] == "0 new"
    assert PlatformInvoice.objects.count() == 3
    assert OutgoingMail.objects.count() == 3


def test_fee_that_is_given_back_later_is_taken_off_the_next_month(alpha: World) -> None:
    first = fee(alpha, 1190, 1)
    charging_fees.invoice_month(OCTOBER)
    PlatformFee.objects.filter(pk=first.pk).update(refunded_minor=595)
    fee(alpha, 119, 5, month=11)
    [second] = charging_fees.invoice_month(date(2026, 11, 1))
    assert (second.total_minor, second.tax_minor) == (119 - 595, -76)
    assert charging_fees.sheet_of(second).title == "Credit note"
    assert charging_fees.invoice_month(OCTOBER) == []


def test_month_without_fees_has_no_invoice(alpha: World) -> None:
    fee(alpha, 100, 1, returned=100)
    assert command("--month", "2026-10")[1:] == ["0 new"]


def test_month_that_is_not_over_is_refused() -> None:
    with pytest.raises(CommandError, match="is not over"):
        command("--month", f"{database_now():%Y-%m}")
    with pytest.raises(CommandError, match="Write the month"):
        command("--month", "October")


@pytest.mark.parametrize(
    ("country", "vat_id", "status", "rate", "why"),
    [
        ("DE", "", "", 1900, ""),
        ("", "", "", 1900, ""),
        ("DE", "DE123", "verified", 1900, ""),
        ("FR", "", "", 2000, ""),
        ("FR", "FR123", "pending", 2000, ""),
        ("FI", "FI123", "unverified", 2550, ""),
        ("CH", "", "", 0, "Not taxable in DE."),
        ("FR", "FR123", "verified", 0, "Reverse charge: the recipient owes the VAT."),
        ("GR", "EL123", "verified", 0, "Reverse charge: the recipient owes the VAT."),
        ("US", "", "", 0, "Not taxable in DE."),
    ],
)
def test_tax_is_by_country_and_verified_vat_id(country: str, vat_id: str, status: str, rate: int, why: str) -> None:
    assert vat.taxation(country, vat_id, status) == vat.Taxation(rate, why)


def test_pdf_says_who_owes_the_tax_and_the_owners_letter_carries_it(in_alpha: World) -> None:
    now = database_now()
    StripeAccount.objects.filter(tenant=in_alpha.tenant).delete()
    StripeAccount.objects.create(tenant=in_alpha.tenant, account_id="acct_fr", country="FR", connected_at=now)
    plan = Plan.objects.first() or Plan.objects.create(code="scene", name="Scene")
    Subscription.objects.update_or_create(
        tenant=in_alpha.tenant,
        defaults={"plan": plan, "vat_id": "FR123", "vat_id_status": "verified", "updated_at": now},
    )
    fee(in_alpha, 1000, 1)
    [made] = charging_fees.invoice_month(OCTOBER)
    [letter] = OutgoingMail.objects.all()
    file = file_of(letter.attachments[0])
    assert file is not None
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file.content)).pages)
    for said in ("Reverse charge", "VAT ID FR123", "October 2026", "10.00", "Forecourt Ltd", made.number):
        assert said in text
    assert charging_fees.pdf_of(made) == file.content


def test_platforms_invoices_cannot_be_changed(alpha: World) -> None:
    fee(alpha, 1000, 1)
    charging_fees.invoice_month(OCTOBER)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        PlatformInvoice.objects.update(total_minor=1)
    assert PlatformInvoice.objects.get().total_minor == 1000
