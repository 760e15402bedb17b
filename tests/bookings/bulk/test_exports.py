"""Files out: what is in them, that no cell is a formula, that they come back, and who may have them."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from accounts.models import User
from billing.payments.models import Entry, Payment, Posting
from bookings.exports.cells import guarded, unguarded
from bookings.imports import working
from bookings.models import Booking
from tests.bookings.api.desk import AtHome, at_once, booked, paid
from tests.bookings.bulk.files import IMPORTS, Desk
from tests.bookings.scenes import slot

EXPORTS = "/api/v1/admin/exports/"
NASTY = [
    "=HYPERLINK(\"http://x\")", "+49 89 123456", "-1+1", "@SUM(A1)", "\tTab", "\rReturn", "\nLine",
    "＝1", "＋1", "－1", "＠x",
    " =1", "'=1", "''+1", "'",  "'s-Hertogenbosch", "Plain", "a=b", "",
]  # fmt: skip
AT = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.fixture
def desk(in_alpha):
    at_once(in_alpha.court_1, in_alpha.court_2)
    return Desk(AtHome(in_alpha))


def rows(answer):
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8")
    if answer["Content-Type"] == "application/x-ndjson":
        return [json.loads(line) for line in text.splitlines()]
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("text", NASTY)
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(text):
    """T21."""
    cell = guarded(text)
    assert cell.lstrip()[:1] not in {"=", "+", "-", "@", "＝", "＋", "－", "＠"}
    assert cell[:1] not in {"\t", "\r", "\n"}
    assert unguarded(cell) == text


def test_bookings_say_what_when_whose_and_for_how_much(desk, in_alpha):
    booking = Booking.objects.get(pk=booked(desk.api, in_alpha, "guest", 10, notes='=cmd|"x"\r\ny'))
    [row] = rows(desk.api("owner").get(f"{EXPORTS}bookings/"))
    [line] = rows(desk.api("owner").get(f"{EXPORTS}bookings/?format=jsonl"))
    assert (row["reference_code"], row["status"], row["total_price"], row["currency"]) == (
        booking.reference_code, "confirmed", "25.00", "EUR",
    )  # fmt: skip
    assert (row["notes"], line["notes"]) == ("'" + '=cmd|"x"\r\ny', '=cmd|"x"\r\ny')
    assert datetime.fromisoformat(row["start_datetime"]) == slot(10).start
    assert row["start_datetime"][-6:] in {"+01:00", "+02:00"}
    assert (line["participant_count"], line["cancelled_at"], line["owed"]) == (1, None, "25.00")
    assert row.keys() == line.keys()


def test_they_are_narrowed_and_form_and_separator_are_asked_for(desk, in_alpha):
    booked(desk.api, in_alpha, "guest", 10)
    owner, day = desk.api("owner"), f"{slot(10).start:%Y-%m-%d}"

    def count(query):
        return len(rows(owner.get(f"{EXPORTS}bookings/?{query}")))

    asked = [
        "", f"from={day}&to={day}", f"to={day}&from=", "status=confirmed,paid", f"venue={in_alpha.venue}",
        f"resource={in_alpha.court_1}", "status=cancelled", f"venue={in_alpha.annex}", "from=2199-01-01",
        f"resource={in_alpha.court_2}",
    ]  # fmt: skip
    assert [count(query) for query in asked] == [1] * 6 + [0] * 4
    text = b"".join(owner.get(f"{EXPORTS}bookings/?separator=semicolon").streaming_content)
    assert text.startswith("\ufeffid;reference_code;".encode())
    for query in ("format=xlsx", "separator=x", "status=odd", "from=odd", "venue=x"):
        assert owner.get(f"{EXPORTS}bookings/?{query}").json()["code"] == "invalid"


def test_nothing_but_reading_and_head_reads_nothing(desk):
    owner = desk.api("owner")
    for name in ("bookings", "payments", "customers"):
        assert owner.post(f"{EXPORTS}{name}/").status_code == 405
        head = owner.head(f"{EXPORTS}{name}/")
        assert (head.status_code, head["Content-Disposition"]) == (200, f'attachment; filename="{name}.csv"')
        assert b"".join(head.streaming_content) == b""
        assert "X-Total-Count" not in head


def test_who_may_take_what_away(desk, in_alpha):
    booked(desk.api, in_alpha, "guest", 10)
    annex = desk.api("owner").post(
        "/api/v1/admin/bookings/",
        {"resource": in_alpha.annex_room, "start_datetime": slot(10).start.isoformat(),
         "end_datetime": slot(11).start.isoformat(), "customer": in_alpha.users["stranger"]},
    )  # fmt: skip
    assert annex.status_code == 201
    paid(desk.api, annex.json()["id"], "5.00")
    found = {
        who: [len(rows(desk.api(who).get(f"{EXPORTS}{name}/"))) for name in ("bookings", "payments")]
        for who in ("owner", "accountant", "manager")
    }
    assert found == {"owner": [2, 1], "accountant": [2, 1], "manager": [1, 0]}
    people = {who: {row["email"] for row in rows(desk.api(who).get(f"{EXPORTS}customers/"))} for who in found}
    canary = in_alpha.canary
    assert people["accountant"] == people["owner"] == {f"guest@{canary}.example", f"stranger@{canary}.example"}
    assert people["manager"] == {f"guest@{canary}.example"}
    for who, status in (("front_desk", 403), ("guest", 403), (None, 401)):
        for name in ("bookings", "payments", "customers"):
            assert desk.api(who).get(f"{EXPORTS}{name}/").status_code == status


def test_customers_that_were_taken_away_come_back_as_they_were(desk, in_alpha):
    guest = User.objects.get(pk=in_alpha.users["guest"])
    User.objects.filter(pk=guest.pk).update(name="=Gina", phone="+49 89 123456")
    content = b"".join(desk.api("owner").get(f"{EXPORTS}customers/").streaming_content)
    User.objects.filter(pk=guest.pk).update(email="other@example.org")
    form = desk.api("owner").post(f"{IMPORTS}?kind=customers&dry_run=false", content, content_type="text/csv")
    working.work(str(form.json()["id"]))
    again = User.objects.get(email=guest.email)
    assert (again.name, again.phone) == ("=Gina", "+49 89 123456")
    assert sorted(state for _row, state, _code in desk.report(form.json()["id"])) == ["created", "skipped"]


def test_bookings_that_were_taken_away_can_be_imported_elsewhere(desk, in_alpha):
    booking = booked(desk.api, in_alpha, "guest", 10, notes="-1 net")
    content = b"".join(desk.api("owner").get(f"{EXPORTS}bookings/").streaming_content)
    desk.api("owner").post(f"/api/v1/admin/bookings/{booking}/cancel/", {"reason": "other"})
    made = desk.api("owner").post(f"{IMPORTS}?kind=bookings&dry_run=false", content, content_type="text/csv").json()
    working.work(str(made["id"]))
    assert desk.report(made["id"]) == [(2, "created", "")]
    again = Booking.objects.exclude(pk=booking).get()
    assert (again.notes, again.total_minor, again.customer_id) == ("-1 net", 2500, in_alpha.users["guest"])


def test_the_nets_of_payments_sum_to_the_statement(desk, in_alpha):
    """A charge and a payout that are in the books, a charge and a refund that are not yet, and money at the desk."""
    booking = Booking.objects.get(pk=booked(desk.api, in_alpha, "guest", 10))
    for number, charge in ((1, "ch_1"), (2, "ch_2")):
        payment = Payment.objects.create(
            booking_id=booking.pk, number=number, purpose="booking", state="succeeded", amount_minor=2500,
            refunded_minor=500 if number == 2 else 0, currency="EUR", charge_type="direct", account_id="acct_1",
            is_live=False, intent_id=f"pi_{number}", charge_id=charge, created_at=AT, updated_at=AT, succeeded_at=AT,
        )  # fmt: skip
    payment.refunds.create(
        booking_id=booking.pk, amount_minor=500, reason="by_hand", state="succeeded", refund_id="re_1", created_at=AT,
        updated_at=AT,
    )  # fmt: skip
    _posting("txn_1", "charge", "ch_1", 2315, {"customers": -2500, "stripe_fees": 60, "platform_fees": 125})
    _posting("txn_2", "payout", "", -2315, {"bank": 2315})
    paid(desk.api, str(booking.pk), "10.00")
    found = rows(desk.api("accountant").get(f"{EXPORTS}payments/"))
    code = booking.reference_code
    shown = [
        (row["source"], row["kind"], row["way"], row["reference_code"], row["gross"], row["stripe_fee"], row["net"])
        for row in found
    ]
    assert shown == [
        ("stripe", "charge", "online", code, "25.00", "0.60", "23.15"),
        ("stripe", "payout", "online", "", "-23.15", "0.00", "-23.15"),
        ("stripe", "charge", "online", code, "25.00", "", ""),
        ("stripe", "refund", "online", code, "-5.00", "", ""),
        ("desk", "charge", "cash", code, "10.00", "", "10.00"),
    ]
    statement = desk.api("owner").get("/api/v1/admin/statement/").json()
    nets = [row["net"] for row in found if row["source"] == "stripe" and row["net"]]
    assert sorted(nets) == sorted(row["net"] for row in statement)
    assert [row["kind"] for row in rows(desk.api("manager").get(f"{EXPORTS}payments/"))] == [
        "charge", "charge", "refund", "charge",
    ]  # fmt: skip
    assert len(rows(desk.api("owner").get(f"{EXPORTS}payments/?to=2026-05-04"))) == 4


def _posting(identity, kind, charge, net, others):
    posting = Posting.objects.create(
        transaction_id=identity, account_id="acct_1", kind=kind, source_id="", currency="EUR", net_minor=net, at=AT,
        charge_id=charge, available_at=AT,
    )  # fmt: skip
    for account, amount in {"balance": net, **others}.items():
        Entry.objects.create(posting=posting, account=account, amount_minor=amount)
