"""What the PDF says and how: in the document's language, on as many pages as it takes, the same bytes each time."""

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from billing.papers.letters import drawable
from billing.payments import papers as billing_papers
from billing.payments.issuing import Buyer, Sold
from billing.payments.models import BusinessDetails, Document
from billing.payments.sheets import pdf_of
from bookings.papers import sold
from tests.billing.documents.scene import booking, text_of
from tests.worlds import World

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def invoiced(of: Sold, buyer: Buyer | None = None) -> Document:
    """The invoice over all of it."""
    made = billing_papers.invoice(of, of.total_minor, buyer, NOON)
    assert made is not None
    return made


def business(**fields: object) -> None:
    """Who sells."""
    BusinessDetails.objects.create(
        **{
            "pk": 1,
            "legal_name": "Alpha Sports Ltd",
            "address": "1 High Street\n80000 Munich",
            "vat_id": "DE123456789",
            "bank_account": "IBAN DE02 1203 0000 0000 2020 51",
            "foot": "Managing director: Ola Nordmann",
            **fields,
        }
    )


def test_invoice_names_both_sides_the_days_the_lines_and_the_tax_at_each_rate(in_alpha: World) -> None:
    business()
    text = text_of(invoiced(sold(booking(in_alpha)), Buyer("Acme Ltd\n1 Main Street", "GB123456789")))
    for said in (
        "Invoice", "RE-2026-0001", "November 21, 2026", "December 5, 2026",
        "Alpha Sports Ltd", "80000 Munich", "DE123456789", "Acme Ltd", "1 Main Street", "GB123456789",
        "Court 1: Evening", "119.00", "19 %", "Drinks", "10.70", "7 %",
        "Total EUR", "153.50", "120.00", "22.80", "142.80", "10.00", "0.70",
        "IBAN DE02", "Managing director", "Page 1 of 1", "March 6, 2027",
    ):  # fmt: skip
        assert said in text, said


def test_german_document_counts_and_dates_in_german(in_alpha: World) -> None:
    business(language="de")
    text = text_of(invoiced(sold(booking(in_alpha, (("Halle", 123456, 1900),)))))
    for said in ("21. November 2026", "6. März 2027", "1.234,56", "197,11", "1.037,45"):
        assert said in text, said


def test_yen_have_no_decimals(in_alpha: World) -> None:
    text = text_of(invoiced(sold(booking(in_alpha, (("Studio", 11000, 1000),), currency="JPY"))))
    for said in ("Total JPY", "11,000", "10,000", "1,000"):
        assert said in text, said


def test_no_tax_is_said_and_why(in_alpha: World) -> None:
    plain = invoiced(sold(booking(in_alpha, (("Court", 1000, 0),))))
    assert plain.remark == "No VAT is charged."
    business(vat_id="", tax_number="143/123/12345", tax_note="Small business, section 19 UStG.")
    text = text_of(invoiced(sold(booking(in_alpha, (("Court", 1000, 0),)))))
    assert "Small business, section 19 UStG." in text
    assert "Tax number 143/123/12345" in text
    assert "VAT rate" not in text


def test_venue_sells_until_somebody_says_who(in_alpha: World) -> None:
    paper = invoiced(sold(booking(in_alpha)))
    assert paper.seller.splitlines()[0] == f"Main {in_alpha.canary}"


def test_forty_lines_go_on_to_further_pages_with_their_heading(in_alpha: World) -> None:
    long = "A label that does not fit into one line and is broken where there is a blank, again and again. " * 2
    lines = tuple((f"Line {number}: {long}"[:200], 100, 1900) for number in range(1, 41))
    paper = invoiced(sold(booking(in_alpha, lines)))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf_of(paper))).pages]
    assert len(pages) == 4
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of 4" in text
    assert all("Description" in text for text in pages[:3])
    whole = "\n".join(pages)
    assert all(f"Line {number}:" in whole for number in range(1, 41))
    assert "40.00" in whole


def test_same_document_is_the_same_bytes_with_its_metadata(in_alpha: World) -> None:
    paper = invoiced(sold(booking(in_alpha)))
    assert pdf_of(paper) == pdf_of(Document.objects.get(pk=paper.pk))
    about = PdfReader(io.BytesIO(pdf_of(paper))).metadata
    assert about is not None
    assert (about.title, about.author) == (f"Invoice {paper.number}", in_alpha.tenant.name)
    assert about.creation_date == NOON


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Łękawska Đinđić Ωμέγα Київ €", "Łękawska Đinđić Ωμέγα Київ €"),
        ("１２", "12"),
        ("東京", "??"),
        ("a\tb\x07", "a b"),
    ],
)
def test_letters_that_are_not_in_the_typeface_are_replaced(text: str, drawn: str) -> None:
    assert drawable(text) == drawn
