"""The pages about money: who sees which, what they say of rows, files, accounts, and what they cost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from billing.payments.models import BookkeepingSettings, Dispute, LedgerAccount, Payment, Reconciliation, Refund
from bookings.models import Booking, OnSitePayment, Purchase
from schemas.clock import database_now
from tenants.zones import zone
from tests.billing.documents.scene import booking, paid, returned
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Pack

Come = Callable[..., Visitor]
MONEY = "/desk/money"
THEIRS = ["takings", "open", "refunds", "disputes"]
BOOKS = ["payouts", "statement", "taxes", "books"]


@pytest.fixture
def sold(alpha: World) -> Booking:
    """The main venue: 153.50 of which 100.00 were paid online and 20.00 went back; a dispute; the annex owes 10.00."""
    with tenant_context(alpha.tenant):
        made = booking(alpha, name="Paul Payer")
        payment = paid(made, 10000)
        returned(payment, 2000, state="failed")
        Dispute.objects.create(
            dispute_id="dp_main", payment=payment, booking_id=made.pk, amount_minor=8000, currency="EUR",
            reason="fraudulent", status="needs_response", evidence_due_at=database_now() + timedelta(days=3),
            opened_at=database_now(),
        )  # fmt: skip
        booking(alpha, lines=(("Room", 1000, 1900),), resource_id=alpha.annex_room, resource=None, name="Anna Annex")
    return made


@pytest.mark.parametrize(
    ("who", "theirs", "books"),
    [("owner", 200, 200), ("accountant", 200, 200), ("manager", 200, 403), ("front_desk", 403, 403)],
)
def test_who_sees_which(alpha: World, visitor: Come, who: str, theirs: int, books: int) -> None:
    someone = visitor(who)
    assert [someone.open(f"{MONEY}/{page}/").status for page in THEIRS] == [theirs] * len(THEIRS)
    assert [someone.open(f"{MONEY}/{page}/").status for page in BOOKS] == [books] * len(BOOKS)
    assert someone.client.get(f"{MONEY}/books/file/").status_code == books


def test_open_balances_are_of_ones_own_venues(sold: Booking, visitor: Come) -> None:
    owner, manager = (
        visitor("owner").open(f"{MONEY}/open/?show=ahead"),
        visitor("manager").open(f"{MONEY}/open/?show=ahead"),
    )
    assert "2 bookings: €0.00 of visits that have begun, €63.50 of visits ahead." in owner.text
    assert "Anna Annex" in owner.text
    assert "1 booking: €0.00 of visits that have begun, €53.50 of visits ahead." in manager.text
    assert "Anna Annex" not in manager.text
    assert "Paul Payer" not in visitor("owner").open(f"{MONEY}/open/").text


def test_refunds_that_failed_say_why_and_lead_to_the_next_try(alpha: World, sold: Booking, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Refund.objects.update(failure="expired_or_canceled_card")
    page = visitor("owner").open(f"{MONEY}/refunds/?show=failed")
    assert "€20.00" in page.text
    assert "Failed: the card has expired, or is gone" in page.text
    assert page.link(f"/desk/bookings/{sold.pk}/refund/")
    assert "€20.00" not in visitor("owner").open(f"{MONEY}/refunds/?show=coming").text


def test_a_dispute_says_until_when_and_what_speaks_for_the_venue(alpha: World, sold: Booking, visitor: Come) -> None:
    page = visitor("manager").open(f"{MONEY}/disputes/")
    assert "Answer by" in page.text
    one = visitor("manager").open(page.link("/disputes/dp_main/"))
    assert "the card's owner says it was not them" in one.text
    assert "Paul Payer" in one.text
    assert "Price €153.50, paid: €100.00" in one.text
    assert "Online payment of €100.00: Succeeded" in one.text
    assert one.link("https://dashboard.stripe.com/disputes/dp_main")
    assert visitor("manager").open(f"{MONEY}/disputes/dp_other/").status == 404
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=sold.pk).update(resource_id=alpha.annex_room)
    assert visitor("manager").open(f"{MONEY}/disputes/dp_main/").status == 404


def test_the_first_page_says_what_came_and_what_differs(alpha: World, sold: Booking, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        OnSitePayment.objects.create(booking=sold, amount_minor=700, way="cash", at=database_now())
        soon = Dispute.objects.get().evidence_due_at
        assert soon is not None
        soon = soon.astimezone(zone(alpha.tenant.time_zone))
        late = {"status": "needs_response", "evidence_due_at": database_now() - timedelta(days=1)}
        asked = {"status": "under_review", "evidence_due_at": database_now() + timedelta(days=1)}
        for number, fields in enumerate((late, asked)):
            Dispute.objects.create(
                dispute_id=f"dp_{number}", payment=Payment.objects.get(), booking_id=sold.pk, amount_minor=1,
                currency="EUR", reason="general", opened_at=database_now(), **fields,
            )  # fmt: skip
    page = visitor("owner").open(f"{MONEY}/takings/")
    assert "Disputes 3 The first has to be answered by" in page.text
    assert f"{soon:%B} {soon.day}, {soon.year}" in page.text
    assert "Came in today €107.00 Online €100.00 At the desk €7.00" in page.text
    assert "1 refund has failed" in page.text
    assert "This has not happened yet." in page.text
    with tenant_context(alpha.tenant):
        Reconciliation.objects.create(pk=1, at=database_now(), found=3, healed=2, left=["books txn_1: amounts differ"])
    page = visitor("owner").open(f"{MONEY}/takings/")
    assert "1 difference is left" in page.text
    assert "books txn_1: amounts differ" in page.text
    assert "Held against Stripe" not in visitor("manager").open(f"{MONEY}/takings/").text


def test_takings_of_a_day_are_by_means_and_packs_are_in_them(alpha: World, sold: Booking, visitor: Come) -> None:
    noon = datetime(2027, 3, 1, 11, tzinfo=UTC)
    with tenant_context(alpha.tenant):
        pack = purchase(alpha)
        desk = [(sold, None, 700, "cash"), (sold, None, -200, "cash"), (None, pack, 5000, "card")]
        for of, bought, amount, way in desk:
            OnSitePayment.objects.create(booking=of, purchase=bought, amount_minor=amount, way=way, at=noon)
        online = paid(sold, 3000, number=2)
        back = returned(online, 1000)
        Payment.objects.filter(pk=online.pk).update(booking_id=pack.pk, purpose="purchase", succeeded_at=noon)
        Refund.objects.filter(pk=back.pk).update(booking_id=pack.pk, created_at=noon + timedelta(days=1))
    days = "first=2027-03-01&last=2027-03-31"
    owner, manager = visitor("owner"), visitor("manager")
    page = owner.open(f"{MONEY}/takings/?{days}")
    assert "Day Currency Online Cash Card Total 1 Mar EUR €30.00 €5.00 €50.00 €85.00" in page.text
    assert "2 Mar EUR -€10.00 €0.00 €0.00 -€10.00 Total EUR €20.00 €5.00 €50.00 €75.00" in page.text
    file = owner.client.get(f"{MONEY}/takings/?{days}&format=csv")
    assert file["Content-Disposition"] == 'attachment; filename="takings-2027-03-01-2027-03-31.csv"'
    assert file.content.decode("utf-8-sig").split("\r\n") == [
        "key,currency,online,cash,card,net",
        "2027-03-01,EUR,30.00,5.00,50.00,85.00",
        "2027-03-02,EUR,-10.00,0.00,0.00,-10.00",
        "",
    ]
    assert "1 Mar EUR €5.00 €5.00" in manager.open(f"{MONEY}/takings/?{days}").text
    revenue = "€30.00 €57.00 €2.00 €85.00"
    assert f"1 Mar EUR {revenue}" in owner.open(f"/desk/reports/revenue/?{days}").text
    assert revenue not in owner.open(f"/desk/reports/revenue/?{days}&venue=main").text
    assert "1 Mar EUR €0.00 €7.00 €2.00 €5.00" in manager.open(f"/desk/reports/revenue/?{days}").text


def test_accounts_are_the_owners_to_change(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"{MONEY}/books/")
    form = page.form("/books/accounts/")
    refused = owner.send(page, form, chart="skr04", cash="12a")
    assert refused.status == 400
    assert "Write digits only." in refused.text
    with tenant_context(alpha.tenant):
        assert not BookkeepingSettings.objects.exists()
        assert not LedgerAccount.objects.exists()
    done = owner.send(page, form, chart="skr04", cash="1610", **{"revenue-700": "4301"})
    assert "The accounts are kept." in done.text
    with tenant_context(alpha.tenant):
        assert BookkeepingSettings.objects.get().chart == "skr04"
        rows = LedgerAccount.objects.values_list("purpose", "tax_rate", "number")
        assert list(rows) == [("cash", None, "1610"), ("revenue", 700, "4301")]
    token = visitor("accountant")
    assert token.client.post(f"{MONEY}/books/accounts/", {"chart": "skr03"}).status_code == 403


def test_files_of_the_books_and_of_the_tax(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    days = "first=2027-01-01&last=2027-01-31"
    datev = owner.client.get(f"{MONEY}/books/file/?{days}&format=datev")
    assert datev["Content-Disposition"] == 'attachment; filename="EXTF_2027-01-01_2027-01-31.csv"'
    assert datev.content.startswith(b'"EXTF";700;21;')
    table = owner.client.get(f"{MONEY}/books/file/?{days}")
    assert table.content.decode("utf-8-sig").startswith("day,currency,amount,account,contra_account,vat_percent")
    taxes = owner.client.get(f"{MONEY}/taxes/?{days}&format=csv")
    assert taxes.content.decode("utf-8-sig") == "currency,vat_percent,net,tax,gross\r\n"
    refused = owner.open(f"{MONEY}/books/file/?first=2026-12-01&last=2027-01-31")
    assert (refused.status, "Choose days of one year" in refused.text) == (400, True)


@pytest.mark.parametrize("page", ["takings", "open", "refunds", "disputes", "taxes", "books"])
def test_a_page_costs_as_many_queries_with_many_rows(alpha: World, sold: Booking, visitor: Come, page: str) -> None:
    owner = visitor("owner")
    _more(alpha, 1)
    owner.open(f"{MONEY}/{page}/")
    few = _queries(owner, page)
    _more(alpha, 20)
    assert _queries(owner, page) == few


def purchase(alpha: World) -> Purchase:
    """A pack that was paid."""
    now = database_now()
    return Purchase.objects.create(
        reference="PK-MEANS",
        customer_id=alpha.users["guest"],
        pack=Pack.objects.create(name="Ten", minutes=600, price_minor=8000, currency="EUR"),
        name="Ten",
        minutes=600,
        price_minor=8000,
        currency="EUR",
        state="paid",
        created_at=now,
        updated_at=now,
    )


def _more(alpha: World, count: int) -> None:
    """Bookings that are over and owe something, with a payment, a refund and a dispute each."""
    with tenant_context(alpha.tenant):
        for number in range(count):
            made = booking(alpha, start=datetime(2026, 1, 1 + number, 10, tzinfo=UTC))
            payment = paid(made, 1000)
            returned(payment, 100)
            Dispute.objects.create(
                dispute_id=f"dp_{uuid4().hex}", payment=payment, booking_id=made.pk, amount_minor=900, currency="EUR",
                reason="general", status="lost", opened_at=database_now(), closed_at=database_now(),
            )  # fmt: skip


def _queries(owner: Visitor, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert owner.open(f"{MONEY}/{page}/").status == 200
    return len(asked)
