"""v1: who gets which document, paying by invoice over HTTP, what is overdue, and who sells."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from billing.payments.models import BusinessDetails, Document
from bookings import papers
from bookings.access import link_token
from bookings.models import Booking
from schemas.clock import database_now
from tests.billing.documents.scene import booking, paid
from tests.conftest import Caller
from tests.isolation.scene import session_of
from tests.worlds import World

V1 = "/api/v1"


@pytest.fixture
def receipted(alpha: World) -> tuple[Booking, Document]:
    """The guest's booking, paid online, and its receipt."""
    with tenant_context(alpha.tenant):
        found = booking(alpha, customer_id=alpha.users["guest"])
        receipt = papers.write_receipt(paid(found, 15350).pk)
        assert receipt is not None
        return found, receipt


def test_documents_of_a_booking(api: Caller, receipted: tuple[Booking, Document]) -> None:
    found, receipt = receipted
    answer = api("guest").get(f"{V1}/bookings/{found.pk}/documents/")
    assert answer.json() == [
        {
            "number": receipt.number,
            "kind": "receipt",
            "booking": str(found.pk),
            "reference_code": found.reference_code,
            "issued_at": f"{receipt.issued_at:%Y-%m-%dT%H:%M:%SZ}",
            "total": "153.50",
            "tax": "23.50",
            "currency": "EUR",
            "buyer": "Gina Guest",
            "due_on": None,
            "corrects": None,
            "pdf": f"{V1}/documents/{receipt.number}.pdf",
        }
    ]


@pytest.mark.parametrize(
    ("who", "status"),
    [("guest", 200), ("stranger", 403), (None, 401), ("owner", 200), ("manager", 200), ("front_desk", 200),
     ("accountant", 200)],
)  # fmt: skip
def test_file_is_for_the_customer_and_those_who_look_after_the_venue(
    api: Caller, receipted: tuple[Booking, Document], who: str | None, status: int
) -> None:
    found, receipt = receipted
    for path in (f"/bookings/{found.pk}/documents/", f"/documents/{receipt.number}.pdf"):
        assert api(who).get(V1 + path).status_code == status
    if status == 200:
        answer = api(who).get(f"{V1}/documents/{receipt.number}.pdf")
        assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
        assert answer["Content-Disposition"] == f'inline; filename="{receipt.number}.pdf"'
        assert answer["Cache-Control"] == "private, no-store"


def test_number_that_was_never_given_out_is_not_found(api: Caller, receipted: tuple[Booking, Document]) -> None:
    assert api("owner").get(f"{V1}/documents/RC-1999-0001.pdf").status_code == 404


def test_managers_see_documents_of_their_venues_only(alpha: World, api: Caller) -> None:
    with tenant_context(alpha.tenant):
        here, there = booking(alpha), booking(alpha, resource_id=alpha.annex_room)
        for each in (here, there):
            papers.write_receipt(paid(each, 15350).pk)
    answer = api("manager").get(f"{V1}/admin/documents/")
    assert [row["booking"] for row in answer.json()] == [str(here.pk)]
    assert answer["X-Total-Count"] == "1"
    assert api("owner").get(f"{V1}/admin/documents/")["X-Total-Count"] == "2"
    assert api("guest").get(f"{V1}/admin/documents/").status_code == 403


def test_booking_is_paid_by_invoice_and_by_a_transfer(alpha: World, api: Caller) -> None:
    with tenant_context(alpha.tenant):
        found = booking(alpha, state="pending", pending_reason="approval", confirmed_at=None)
    path = f"{V1}/admin/bookings/{found.pk}"
    made = api("front_desk").post(f"{path}/invoice/", {"buyer": "Acme Ltd\nLondon", "vat_id": "GB1"})
    assert (made.status_code, made.json()["total"], made.json()["buyer"]) == (201, "153.50", "Acme Ltd\nLondon")
    late = timedelta(days=16)
    with tenant_context(alpha.tenant):
        rows = Document.objects.all()
        assert not papers.overdue(rows, database_now()).exists()
        assert [paper.number for paper in papers.overdue(rows, database_now() + late)] == [made.json()["number"]]
    taken = api("front_desk").post(f"{path}/payments/", {"amount": "153.50", "way": "transfer"})
    assert taken.status_code == 201
    with tenant_context(alpha.tenant):
        current = Booking.objects.get(pk=found.pk)
        assert (current.state, current.payment_state) == ("confirmed", "paid")
        assert not papers.overdue(Document.objects.all(), database_now() + late).exists()
        assert papers.keep_invoice(found.pk) is None
    assert api("owner").get(f"{V1}/admin/documents/?kind=invoice&overdue=true").json() == []
    assert api("owner").get(f"{V1}/admin/documents/?kind=bill").status_code == 400


@pytest.mark.parametrize("who", ["guest", "accountant"])
def test_only_those_who_run_the_venue_let_somebody_pay_by_invoice(alpha: World, api: Caller, who: str) -> None:
    with tenant_context(alpha.tenant):
        found = booking(alpha, customer_id=alpha.users["guest"])
    assert api(who).post(f"{V1}/admin/bookings/{found.pk}/invoice/", {}).status_code == 403
    with tenant_context(alpha.tenant):
        assert not Document.objects.exists()


def test_customers_cannot_choose_an_invoice(alpha: World, api: Caller) -> None:
    start = database_now().replace(minute=0, second=0, microsecond=0) + timedelta(days=7)
    times = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
    answer = api("guest").post(f"{V1}/bookings/", {"resource": alpha.court_1, **times, "payment": "invoice"})
    assert answer.status_code == 400
    assert "payment" in answer.json().get("errors", answer.json())


def test_business_details_are_the_owners(alpha: World, api: Caller) -> None:
    path = f"{V1}/admin/business-details/"
    assert api("accountant").get(path).json()["invoice_due_days"] == 14
    for who in ("manager", "accountant", "front_desk", "guest"):
        assert api(who).patch(path, {"legal_name": "Mine"}).status_code == 403
    changed = api("owner").patch(path, {"legal_name": "Alpha GmbH", "language": "de", "invoice_due_days": 30})
    assert (changed.status_code, changed.json()["legal_name"], changed.json()["vat_id"]) == (200, "Alpha GmbH", "")
    for wrong in ({"language": "xx"}, {"invoice_due_days": 400}, {"invoice_due_days": -1}, {"vat_id": "1" * 21}):
        assert api("owner").patch(path, wrong).status_code == 400
    with tenant_context(alpha.tenant):
        kept = BusinessDetails.objects.get()
        assert (kept.legal_name, kept.language, kept.invoice_due_days) == ("Alpha GmbH", "de", 30)


def test_link_of_a_booking_leads_to_its_documents_and_to_no_other(
    alpha: World, receipted: tuple[Booking, Document]
) -> None:
    found, receipt = receipted
    with tenant_context(alpha.tenant):
        other = booking(alpha)
        papers.write_receipt(paid(other, 15350).pk)
        tokens: dict[Any, str] = {each.pk: link_token(each) for each in (found, other)}
    client = Client(headers={"Host": alpha.host})
    page = client.get(f"/bookings/{found.pk}/{tokens[found.pk]}/", follow=True).content.decode()
    path = f"/bookings/{found.pk}/documents/{receipt.number}.pdf"
    assert path in page
    assert client.get(path).content[:5] == b"%PDF-"
    assert Client(headers={"Host": alpha.host}).get(path).status_code == 404, "another browser has no link"
    by_link = f"/bookings/{found.pk}/{tokens[found.pk]}/documents/{receipt.number}.pdf"
    assert Client(headers={"Host": alpha.host}).get(by_link).content[:5] == b"%PDF-"
    assert client.get(f"/bookings/{other.pk}/{tokens[other.pk]}/documents/{receipt.number}.pdf").status_code == 404
    assert client.get(f"/bookings/{found.pk}/{uuid4().hex}/documents/{receipt.number}.pdf").status_code == 404


def test_front_desk_issues_an_invoice_on_a_page(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        found = booking(alpha)
        session = session_of(alpha, "front_desk")
    client = Client(headers={"Host": alpha.host})
    client.cookies["sessionid"] = session
    path = f"/desk/bookings/{found.pk}/invoice/"
    assert "€153.50 by invoice" in client.get(path).content.decode()
    assert client.post(path, {"buyer": ""}).status_code == 400
    with tenant_context(alpha.tenant):
        assert not Document.objects.exists()
    assert client.post(path, {"buyer": "Acme Ltd\r\nLondon", "vat_id": "GB1"}).status_code == 302
    with tenant_context(alpha.tenant):
        [issued] = Document.objects.all()
        assert (issued.kind, issued.buyer.split(), issued.buyer_vat_id) == ("invoice", ["Acme", "Ltd", "London"], "GB1")
