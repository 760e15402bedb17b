"""The statement and payouts: the owner sees what arrived when, for which bookings."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from billing.payments.models import Entry, Payment, Payout, PayoutItem, Posting
from tests.bookings.scenes import held, slot
from tests.isolation.scene import session_of

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.fixture
def booked(in_alpha):
    """A booking of 25.00 that was paid online and paid out: 0.60 for Stripe, 1.25 for the platform."""
    booking = held(in_alpha.court_1, slot(10))
    Payment.objects.create(
        booking_id=booking.pk,
        number=1,
        purpose="booking",
        state="succeeded",
        amount_minor=2500,
        fee_minor=125,
        currency="EUR",
        charge_type="direct",
        account_id="acct_1",
        is_live=False,
        intent_id="pi_1",
        charge_id="ch_1",
        created_at=AT,
        updated_at=AT,
    )
    charge = _posting("txn_1", "charge", 2315, {"customers": -2500, "stripe_fees": 60, "platform_fees": 125})
    _posting("txn_2", "payout", -2315, {"bank": 2315})
    payout = Payout.objects.create(
        payout_id="po_1", account_id="acct_1", amount_minor=2315, currency="EUR", status="paid",
        arrives_on=AT.date(), created_at=AT, updated_at=AT,
    )  # fmt: skip
    PayoutItem.objects.create(payout=payout, posting=charge)
    return booking


def _posting(identity, kind, net, others):
    posting = Posting.objects.create(
        transaction_id=identity, account_id="acct_1", kind=kind, source_id="", currency="EUR", net_minor=net, at=AT,
        charge_id="ch_1" if kind == "charge" else "", available_at=AT,
    )  # fmt: skip
    for account, amount in {"balance": net, **others}.items():
        Entry.objects.create(posting=posting, account=account, amount_minor=amount)
    return posting


def test_a_payout_says_for_which_bookings_it_is(api, booked):
    listed = api("accountant").get("/api/v1/admin/payouts/")
    assert [(row["id"], row["amount"], row["status"], row["arrives_on"]) for row in listed.json()] == [
        ("po_1", "23.15", "paid", "2026-05-04")
    ]
    assert api("owner").get("/api/v1/admin/payouts/po_1/contents/").json() == [
        {
            "id": "txn_1",
            "kind": "charge",
            "currency": "EUR",
            "gross": "25.00",
            "stripe_fee": "0.60",
            "platform_fee": "1.25",
            "net": "23.15",
            "booking": str(booked.pk),
            "reference_code": booked.reference_code,
            "at": "2026-05-04T10:00:00Z",
            "available_at": "2026-05-04T10:00:00Z",
        }
    ]
    assert api("owner").get("/api/v1/admin/payouts/po_2/contents/").status_code == 404


def test_the_statement_has_every_movement_in_a_fixed_number_of_queries(api, alpha, booked, django_assert_num_queries):
    answer = api("owner").get("/api/v1/admin/statement/")
    assert [(row["kind"], row["gross"], row["net"]) for row in answer.json()] == [
        ("payout", "-23.15", "-23.15"),
        ("charge", "25.00", "23.15"),
    ]
    with tenant_context(alpha.tenant):
        for number in range(3, 23):
            _posting(f"txn_{number}", "charge", 1000, {"customers": -1000})
    client = api("owner")
    with django_assert_num_queries(7):
        assert len(client.get("/api/v1/admin/statement/").json()) == 22


def test_the_balance_is_what_the_books_say(api, booked):
    assert api("owner").get("/api/v1/admin/balance/").json() == [
        {"currency": "EUR", "balance": "0.00", "coming": "0.00"}
    ]


@pytest.mark.parametrize("path", ["balance", "statement", "payouts", "payouts/po_1/contents"])
@pytest.mark.parametrize("who", ["manager", "front_desk", "guest"])
def test_only_owner_and_accountants_see_the_books(api, booked, who, path):
    answer = api(who).get(f"/api/v1/admin/{path}/")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("path", ["payouts/", "payouts/po_1/", "statement/"])
def test_the_pages_show_amounts_and_codes_to_those_who_may(alpha, booked, path):
    for who, status in {"owner": 200, "accountant": 200, "manager": 403, "front_desk": 403, "guest": 403}.items():
        client = Client(HTTP_HOST=alpha.host)
        client.cookies["sessionid"] = session_of(alpha, who)
        answer = client.get(f"/desk/money/{path}")
        assert answer.status_code == status, who
        if status == 200:
            assert "23.15" in answer.content.decode()
            assert (booked.reference_code in answer.content.decode()) == (path != "payouts/")


def test_another_tenants_books_are_empty(alpha, beta, booked):
    with tenant_context(beta.tenant):
        assert not Posting.objects.exists()
