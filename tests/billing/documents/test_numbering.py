"""Numbers of documents have no gap and no double, whoever races (RELIABILITY.md 9)."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from billing.payments import numbering, papers
from billing.payments.issuing import Buyer, Sold
from billing.payments.models import Document, DocumentCounter
from kernel import failpoints
from kernel.errors import Busy
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.models import OutgoingMail
from tests.threads import at_once, errors
from tests.worlds import ALPHA, BETA, World, world_of

MANY = 50
DAY = date(2026, 5, 1)
INVOICE = Document.Kind.INVOICE


def sold(number: int) -> Sold:
    """A booking that costs 119.00."""
    return Sold(
        booking_id=UUID(int=number),
        reference=f"B{number}",
        about="Court 1",
        lines=(("Court 1", 11900, 1900),),
        currency="EUR",
        time_zone="Europe/Berlin",
        language="en",
        seller=("Alpha",),
        buyer="Gina",
        buyer_email="gina@example.org",
    )


def issue(world: World, number: int) -> str:
    """Invoice a booking in a transaction of its own."""
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    with tenant_context(world.tenant):
        while True:
            try:
                made = transact(lambda: papers.invoice(sold(number), 11900, Buyer("Acme"), at))
            except Busy:  # 49 were before us, on a slow machine: due work comes again as well
                continue
            assert made is not None
            return str(made.number)


def test_fifty_invoices_at_once_are_numbered_from_one_to_fifty(scratch: str) -> None:
    alpha = world_of(ALPHA)
    issued = at_once(*[lambda number=number: issue(alpha, number) for number in range(1, MANY + 1)])
    assert errors(issued) == []
    assert sorted(issued) == [f"RE-2026-{number:04}" for number in range(1, MANY + 1)]
    assert OutgoingMail.objects.count() == MANY


def test_without_the_lock_numbers_are_given_out_twice(
    scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: eight who have all read before the first one writes."""
    alpha = world_of(ALPHA)
    with tenant_context(alpha.tenant):
        DocumentCounter.objects.create(series="RE-2026-", last=41)
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    (tmp_path / "numbering.locked").write_text("skip")
    (tmp_path / "numbering.read").write_text("meet 8")

    def give() -> str:
        with tenant_context(alpha.tenant), transaction.atomic():
            return numbering.next_number(INVOICE, DAY)

    assert Counter(at_once(*[give] * 8)) == {"RE-2026-0042": 8}


def test_number_of_a_document_that_failed_is_given_out_again(scratch: str) -> None:
    alpha = world_of(ALPHA)
    first = issue(alpha, 1)
    with tenant_context(alpha.tenant), transaction.atomic():
        lost = papers.invoice(sold(2), 11900, None, database_now().replace(year=2026))
        assert lost is not None
        assert lost.number == "RE-2026-0002"
        transaction.set_rollback(True)
    assert (first, issue(alpha, 3)) == ("RE-2026-0001", "RE-2026-0002")


def test_series_begin_anew_with_kind_year_and_tenant(scratch: str) -> None:
    alpha, beta = world_of(ALPHA), world_of(BETA)
    assert issue(alpha, 1) == issue(beta, 1) == "RE-2026-0001"
    with tenant_context(alpha.tenant), transaction.atomic():
        assert numbering.next_number(Document.Kind.CREDIT_NOTE, DAY) == "CN-2026-0001"
        assert numbering.next_number(Document.Kind.RECEIPT, DAY) == "RC-2026-0001"
        assert numbering.next_number(INVOICE, date(2027, 1, 1)) == "RE-2027-0001"
        assert numbering.next_number(INVOICE, DAY) == "RE-2026-0002"


def test_year_is_the_one_where_the_business_is(in_alpha: World) -> None:
    """New Year's Eve in UTC is New Year's Day in Berlin."""
    made = papers.invoice(sold(1), 11900, None, datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    assert made is not None
    assert (made.number, made.due_on) == ("RE-2027-0001", date(2027, 1, 15))


def test_digits_grow(in_alpha: World) -> None:
    DocumentCounter.objects.create(series="RE-2026-", last=9999)
    assert numbering.next_number(INVOICE, DAY) == "RE-2026-10000"
