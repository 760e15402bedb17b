"""The books for the adviser: each movement once, on the right accounts, and what DATEV reads."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import User
from billing.payments import datev, journal, taxes
from billing.payments.issuing import Buyer
from billing.payments.models import BookkeepingSettings, Document, Entry, LedgerAccount, Posting
from bookings import invoicing, papers
from bookings.models import OnSitePayment
from bookings.records import Actor
from schemas.clock import database_now
from tests.billing.documents.scene import booking, paid, returned
from tests.billing.documents.test_at_the_desk import taken, written
from tests.worlds import World

Way = OnSitePayment.Way
ALL = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def owner(in_alpha: World) -> Actor:
    """Alpha's owner."""
    return Actor.of(User.objects.get(pk=in_alpha.users["owner"]))


def moved() -> list[tuple[str, str, int, int | None]]:
    """Which account gets how much of which, in order, and at which rate."""
    return [(line.gets, line.gives, line.amount_minor, line.rate) for line in journal.lines(*ALL, "Europe/Berlin")]


def test_money_of_each_means_is_on_its_account(in_alpha: World, owner: Actor) -> None:
    for way, account in ((Way.CASH, "1000"), (Way.CARD, "1361"), (Way.TRANSFER, "1200")):
        before = len(moved())
        taken(booking(in_alpha), 15350, owner, way)
        assert moved()[before:] == [(account, "8300", 1070, 700), (account, "8400", 14280, 1900)]


def test_money_online_and_what_went_back_of_it(in_alpha: World) -> None:
    sold = booking(in_alpha)
    payment = paid(sold, 15350)
    papers.write_receipt(payment.pk)
    papers.write_credit_note(returned(payment, 5350).pk)
    lines = moved()
    assert lines[:2] == [("1360", "8300", 1070, 700), ("1360", "8400", 14280, 1900)]
    assert [(gets, gives) for gets, gives, _amount, _rate in lines[2:]] == [("8300", "1360"), ("8400", "1360")]
    assert sum(amount for _gets, _gives, amount, _rate in lines[2:]) == 5350


def test_invoice_is_a_claim_until_its_money_comes(in_alpha: World, owner: Actor) -> None:
    sold = booking(in_alpha)
    invoicing.pay_by_invoice(sold, Buyer("Acme Ltd\nLondon"), owner)
    written()
    assert moved() == [("1400", "8300", 1070, 700), ("1400", "8400", 14280, 1900)]
    taken(sold, 15350, owner, Way.TRANSFER)
    assert moved()[2:] == [("1200", "1400", 15350, None)]


def test_fees_and_payouts_leave_the_account_of_money_at_stripe(in_alpha: World) -> None:
    at = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)
    for number, (kind, net, entries) in enumerate(
        [
            ("charge", 2300, {"customers": -2500, "stripe_fees": 75, "platform_fees": 125, "balance": 2300}),
            ("payout", -2300, {"bank": 2300, "balance": -2300}),
            ("stripe_fee", 20, {"stripe_fees": -20, "balance": 20}),
        ]
    ):
        posting = Posting.objects.create(
            transaction_id=f"txn_{number}", account_id="acct", kind=kind, source_id=f"src_{number}", currency="EUR",
            net_minor=net, at=at + timedelta(seconds=number), available_at=at,
        )  # fmt: skip
        for account, amount in entries.items():
            Entry.objects.create(posting=posting, account=account, amount_minor=amount)
    assert moved() == [
        ("4980", "1360", 125, None),
        ("4970", "1360", 75, None),
        ("1200", "1360", 2300, None),
        ("1360", "4970", 20, None),
    ]
    assert {line.day for line in journal.lines(*ALL, "Europe/Berlin")} == {date(2027, 4, 1)}


def test_own_accounts_and_another_chart_count(in_alpha: World, owner: Actor) -> None:
    BookkeepingSettings.objects.create(pk=1, chart="skr04")
    LedgerAccount.objects.create(purpose="revenue", tax_rate=700, number="4315")
    taken(booking(in_alpha), 15350, owner)
    assert moved() == [("1600", "4315", 1070, 700), ("1600", "4400", 14280, 1900)]


def test_tax_by_rate_is_that_of_the_documents_and_counts_invoices_once(in_alpha: World, owner: Actor) -> None:
    sold = booking(in_alpha)
    invoicing.pay_by_invoice(sold, Buyer("Acme Ltd\nLondon"), owner)
    written()
    taken(sold, 15350, owner, Way.TRANSFER)
    taken(booking(in_alpha), 15350, owner)
    found = taxes.by_rate(Document.objects.all(), *ALL)
    assert [(row.currency, row.rate, row.net_minor, row.tax_minor, row.gross_minor) for row in found] == [
        ("EUR", 700, 2000, 140, 2140),
        ("EUR", 1900, 24000, 4560, 28560),
    ]
    assert taxes.together([*found, taxes.Taxed("JPY", 1000, 1100, 100)]) == [
        taxes.Taxed("EUR", 0, 30700, 4700),
        taxes.Taxed("JPY", 0, 1100, 100),
    ]
    now = database_now()
    assert taxes.by_rate(Document.objects.all(), now + timedelta(days=1), ALL[1]) == []


def test_days_are_those_of_the_span_also_of_a_venue_far_away(in_alpha: World, owner: Actor) -> None:
    taken(booking(in_alpha), 15350, owner)
    at = datetime(2027, 1, 31, 23, 30, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # documents cannot be changed otherwise
        Document.objects.update(issued_at=at, time_zone="America/New_York")
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = list(journal.lines(at, at + timedelta(minutes=1), "Europe/Berlin"))
    assert {line.day for line in found} == {date(2027, 2, 1)}


def test_datev_has_accounts_of_as_many_digits_as_the_books(in_alpha: World, owner: Actor) -> None:
    LedgerAccount.objects.create(purpose="cash", number="160000")
    taken(booking(in_alpha, lines=(("Court", 11900, 1900),)), 11900, owner)
    span, made_at = datev.Span(date(2027, 1, 1), date(2027, 1, 31), "EUR"), datetime(2027, 2, 1, tzinfo=UTC)
    lines = list(journal.lines(*ALL, "Europe/Berlin"))
    [row] = list(datev.file_of(lines, span, BookkeepingSettings(pk=1, account_length=6), made_at))[2:]
    assert row.decode("cp1252").split(";")[6:8] == ["160000", "840000"]


def test_datev_reads_its_columns_its_signs_and_its_page_of_characters(in_alpha: World, owner: Actor) -> None:
    sold = booking(in_alpha, lines=(('Court "1"; größer', 11900, 1900),))
    taken(sold, 11900, owner)
    span = datev.Span(date(2027, 1, 1), date(2027, 1, 31), "EUR")
    made_at = datetime(2027, 2, 1, 8, 30, 15, 250_000, tzinfo=UTC)
    lines = list(journal.lines(*ALL, "Europe/Berlin"))
    text = b"".join(datev.file_of(lines, span, BookkeepingSettings(pk=1), made_at)).decode("cp1252")
    head, columns, row = text.split("\r\n")[:3]
    assert head == (
        '"EXTF";700;21;"Buchungsstapel";13;20270201083015250;;"FC";"";"";1001;1;20270101;4;20270101;20270131;'
        '"Forecourt 01/2027";"";1;0;0;"EUR";;"";;;"03";;;"";""'
    )
    assert columns.startswith("Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;")
    fields = next(csv.reader(io.StringIO(row), delimiter=";"))
    assert len(fields) == len(columns.split(";"))
    [paper] = Document.objects.all()
    day = f"{lines[0].day:%d%m}"
    assert fields[:9] == ["119,00", "S", "EUR", "", "", "", "1000", "8400", ""]
    assert fields[9:11] == [day, paper.number]
    assert fields[13].startswith(sold.reference_code)
    assert (
        list(datev.file_of(lines, datev.Span(span.first, span.last, "USD"), BookkeepingSettings(pk=1), made_at))[2:]
        == []
    )
