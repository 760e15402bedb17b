"""Receipts, credit notes and invoices: once each, adding up to the cent, and never changed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

import bookings.tasks  # noqa: F401 - registers what the clock calls
from accounts.models import User
from billing.payments.issuing import Buyer
from billing.payments.models import BusinessDetails, Document, DocumentLine, Refund
from bookings import cancelling, invoicing, papers
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import SYSTEM, Actor
from kernel.errors import Refused
from schemas.clock import database_now
from tenants.models import DueWork, OutgoingMail
from tests.billing.documents.scene import at_rates, booking, paid, returned
from tests.worlds import World

COMPANY = Buyer("Acme Ltd\n1 Main Street\nLondon", "GB123456789")


def staff(world: World) -> Actor:
    """The owner."""
    return Actor.of(User.objects.get(pk=world.users["owner"]))


def now_is(of: Booking) -> Booking:
    """The booking as it is now."""
    return Booking.objects.get(pk=of.pk)


def kinds(of: Booking) -> list[tuple[str, int]]:
    """Kinds and totals of its documents."""
    return [(paper.kind, paper.total_minor) for paper in papers.papers_of(of)]


@contextmanager
def refused_by_the_database() -> Iterator[None]:
    """The table does not change."""
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        yield


def test_payment_of_everything_has_the_bookings_own_lines(in_alpha: World) -> None:
    found = papers.write_receipt(paid(booking(in_alpha), 15350).pk)
    assert found is not None
    assert (found.kind, found.total_minor, found.tax_minor) == ("receipt", 15350, 2350)
    lines = list(found.lines.values_list("label", "amount_minor", "tax_minor", "tax_rate"))
    assert lines == [
        ("Court 1: Evening", 11900, 1900, 1900),
        ("Lamps", 2380, 380, 1900),
        ("Drinks", 1070, 70, 700),
    ]
    day = database_now()
    assert found.number == f"RC-{day.year}-0001"


def test_payment_has_one_receipt_and_one_letter(in_alpha: World) -> None:
    payment = paid(booking(in_alpha), 15350)
    first, second = papers.write_receipt(payment.pk), papers.write_receipt(payment.pk)
    assert first == second
    [letter] = OutgoingMail.objects.all()
    assert first is not None
    assert (letter.to, letter.key) == ("gina@example.org", f"document:{first.number}")
    assert letter.attachments == [f"document:{first.pk}"]


def test_booking_without_an_address_gets_a_receipt_and_no_letter(in_alpha: World) -> None:
    assert papers.write_receipt(paid(booking(in_alpha, email=""), 15350).pk)
    assert not OutgoingMail.objects.exists()


def test_money_that_was_not_counted_has_no_receipt(in_alpha: World) -> None:
    payment = paid(booking(in_alpha), 15350, applied_at=None, returned_at=database_now())
    refund = returned(payment, 15350)
    assert papers.write_receipt(payment.pk) is None
    assert papers.write_credit_note(refund.pk) is None
    assert not Document.objects.exists()


def test_deposit_balance_and_refunds_add_up_to_nothing(in_alpha: World) -> None:
    found = booking(in_alpha)
    deposit, rest = paid(found, 5000), paid(found, 10350, number=2, purpose="balance")
    papers.write_receipt(deposit.pk)
    papers.write_receipt(rest.pk)
    assert at_rates(found.pk) == {700: (1070, 70), 1900: (14280, 2280)}
    for refund in (returned(rest, 3333), returned(rest, 7017), returned(deposit, 1), returned(deposit, 4999)):
        note = papers.write_credit_note(refund.pk)
        assert note is not None
        assert note.total_minor == -refund.amount_minor
        assert note.corrects is not None
        assert note.corrects.payment_id == refund.payment_id
    assert at_rates(found.pk) == {700: (0, 0), 1900: (0, 0)}


def test_partial_refund_is_split_like_its_receipt(in_alpha: World) -> None:
    payment = paid(booking(in_alpha), 15350)
    papers.write_receipt(payment.pk)
    note = papers.write_credit_note(returned(payment, 5000).pk)
    assert note is not None
    assert list(note.lines.values_list("amount_minor", "tax_minor", "tax_rate")) == [
        (-349, -23, 700),
        (-4651, -743, 1900),
    ]


def test_refund_that_overtakes_the_receipt_brings_it_along(in_alpha: World) -> None:
    found = booking(in_alpha)
    refund = returned(paid(found, 15350), 5000)
    papers.write_credit_note(refund.pk)
    papers.write_credit_note(refund.pk)
    assert kinds(found) == [("receipt", 15350), ("credit_note", -5000)]


def test_refund_that_stripe_has_not_taken_has_no_credit_note(in_alpha: World) -> None:
    found = booking(in_alpha)
    assert papers.write_credit_note(returned(paid(found, 15350), 5000, "wanted").pk) is None
    assert kinds(found) == []


def test_refund_that_fails_in_the_end_is_receipted_again(in_alpha: World) -> None:
    found = booking(in_alpha)
    payment = paid(found, 15350)
    refund = returned(payment, 5000)
    papers.write_credit_note(refund.pk)
    Refund.objects.filter(pk=refund.pk).update(state="failed")
    payment.refunded_minor = 0
    papers.write_credit_note(refund.pk)
    papers.write_credit_note(refund.pk)
    assert kinds(found) == [("receipt", 15350), ("credit_note", -5000), ("receipt", 5000)]
    assert at_rates(found.pk) == {700: (1070, 70), 1900: (14280, 2280)}
    papers.write_credit_note(returned(payment, 15350).pk)
    assert at_rates(found.pk) == {700: (0, 0), 1900: (0, 0)}


def test_invoice_confirms_and_is_issued_once(in_alpha: World) -> None:
    BusinessDetails.objects.create(pk=1, legal_name="Alpha GmbH", vat_id="DE1", invoice_due_days=10)
    found = booking(in_alpha, state="pending", pending_reason="approval", confirmed_at=None)
    first = invoicing.pay_by_invoice(found, COMPANY, staff(in_alpha))
    second = invoicing.pay_by_invoice(found, Buyer("Somebody else"), staff(in_alpha))
    assert first == second
    assert (first.total_minor, first.tax_minor, first.buyer, first.buyer_vat_id) == (
        15350, 2350, COMPANY.text, COMPANY.vat_id
    )  # fmt: skip
    assert first.due_on is not None
    assert (first.due_on - first.issued_at.date()).days in {10, 11}
    current = now_is(found)
    assert (current.state, current.payment_state, current.payment_way) == ("confirmed", "unpaid", "invoice")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"state": "cancelled"}, "wrong_state"),
        ({"state": "expired"}, "hold_expired"),
        ({"paid_minor": 15350}, "nothing_due"),
    ],
)
def test_what_cannot_be_invoiced_stays_as_it_is(in_alpha: World, fields: dict[str, Any], code: str) -> None:
    found = booking(in_alpha, **fields)
    with pytest.raises(Refused) as refusal:
        invoicing.pay_by_invoice(found, COMPANY, staff(in_alpha))
    assert refusal.value.code == code
    assert (kinds(found), now_is(found).payment_way) == ([], "")


def test_invoice_takes_what_receipts_have_left(in_alpha: World) -> None:
    found = booking(in_alpha)
    papers.write_receipt(paid(found, 5000).pk)
    invoicing.pay_by_invoice(found, COMPANY, staff(in_alpha))
    assert kinds(found) == [("receipt", 5000), ("invoice", 10350)]
    assert at_rates(found.pk) == {700: (1070, 70), 1900: (14280, 2280)}


def test_online_payment_of_an_invoice_is_acknowledged_without_tax(in_alpha: World) -> None:
    found = booking(in_alpha)
    invoice = invoicing.pay_by_invoice(found, COMPANY, staff(in_alpha))
    payment = paid(now_is(found), 15350)
    receipt = papers.write_receipt(payment.pk)
    assert receipt is not None
    assert (receipt.total_minor, receipt.tax_minor, receipt.corrects) == (15350, 0, invoice)
    assert invoice.number in receipt.remark
    assert papers.keep_invoice(found.pk) is None


def test_cancelled_invoice_is_taken_back_by_a_credit_note(in_alpha: World) -> None:
    found = booking(in_alpha)
    invoice = invoicing.pay_by_invoice(found, COMPANY, staff(in_alpha))
    DueWork.objects.all().delete()
    cancelling.cancel(now_is(found), staff(in_alpha), Cancellation())
    assert DueWork.objects.filter(kind="invoice", object_id=str(found.pk)).count() == 1
    papers.keep_invoice(found.pk)
    papers.keep_invoice(found.pk)
    [_, note] = papers.papers_of(found)
    assert (note.total_minor, note.corrects, note.buyer, note.buyer_vat_id) == (
        -15350, invoice, COMPANY.text, COMPANY.vat_id
    )  # fmt: skip
    assert at_rates(found.pk) == {700: (0, 0), 1900: (0, 0)}


def test_fee_for_cancelling_stays_on_the_invoice(in_alpha: World) -> None:
    found = booking(in_alpha)
    invoicing.pay_by_invoice(found, COMPANY, staff(in_alpha))
    cancelling.cancel(now_is(found), staff(in_alpha), Cancellation(fee_minor=5000))
    papers.keep_invoice(found.pk)
    assert kinds(found) == [("invoice", 15350), ("credit_note", -10350)]


def test_price_that_goes_up_is_invoiced_again(in_alpha: World) -> None:
    found = booking(in_alpha)
    invoicing.pay_by_invoice(found, COMPANY, staff(in_alpha))
    found.lines.filter(label="Drinks").update(amount_minor=2140)
    Booking.objects.filter(pk=found.pk).update(total_minor=16420)
    papers.keep_invoice(found.pk)
    assert kinds(found) == [("invoice", 15350), ("invoice", 1070)]
    assert at_rates(found.pk) == {700: (2140, 140), 1900: (14280, 2280)}


def test_booking_that_is_not_invoiced_gets_no_invoice_by_changes(in_alpha: World) -> None:
    found = booking(in_alpha)
    assert papers.keep_invoice(found.pk) is None
    cancelling.cancel(found, SYSTEM, Cancellation())
    assert not DueWork.objects.filter(kind="invoice").exists()


def test_documents_cannot_be_changed_or_deleted(in_alpha: World) -> None:
    found = papers.write_receipt(paid(booking(in_alpha), 15350).pk)
    assert found is not None
    with refused_by_the_database():
        Document.objects.update(total_minor=1)
    with refused_by_the_database():
        DocumentLine.objects.update(amount_minor=1)
    with refused_by_the_database(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_documentline")
    assert papers.write_receipt(found.payment_id) == found  # type: ignore[arg-type]
