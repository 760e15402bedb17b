"""Documents, requests to pay and letters about refunds are in a booking's log like every other message."""

from datetime import timedelta

import pytest

from billing.payments.models import Refund
from bookings import following, papers, refund_letters
from bookings.models import Booking, Notice
from bookings.notices import log
from schemas.clock import database_now
from tenants import mail
from tenants.models import OutgoingMail
from tests.bookings.notices.conftest import told, work_off
from tests.bookings.returning.scene import Card, booked, desk, paid
from tests.bookings.returning.scene import work_off as money_work
from tests.bookings.returning.test_disputed import disputed
from tests.bookings.returning.test_whole import sent_back

LOG = "/api/v1/notices/"


def test_receipt_and_its_end_are_in_the_log(stripe, in_alpha, guest, home):
    booking, payment = paid(stripe, in_alpha, guest)
    for _time in range(2):
        papers.write_receipt(payment.pk)
    assert told(booking) == [("receipt", "mail", "sending", "")]
    work_off(("mail",))
    assert told(booking) == [("receipt", "mail", "sent", "")]
    letter = OutgoingMail.objects.get(key__startswith="document:")
    mail.told(letter.key, "bounced", "provider's number")
    [row] = home("owner").get(f"{LOG}?booking={booking.pk}").json()
    assert {name: row[name] for name in ("kind", "state", "to", "reference_code", "why")} == {
        "kind": "receipt", "state": "bounced", "to": guest.email, "reference_code": booking.reference_code, "why": "",
    }  # fmt: skip
    assert [log.label(kind) for kind in ("receipt", "balance")] == ["Receipt", "Balance due"]


def test_papers_of_one_instant_have_a_line_each(stripe, in_alpha, guest):
    booking = booked(in_alpha, guest)
    for amount in (1000, 1500, -2500):
        desk(booking, amount)
    papers.write_desk_paper(Booking.objects.get(pk=booking.pk).on_site_payments.latest("pk").pk)
    kinds = [kind for kind, *_rest in told(booking)]
    assert sorted(kinds) == ["credit_note", "credit_note", "receipt", "receipt"]
    keys = OutgoingMail.objects.filter(key__startswith="document:").values_list("key", flat=True)
    assert sorted(Notice.objects.filter(booking=booking).values_list("provider_id", flat=True)) == sorted(keys)


@pytest.mark.parametrize("prefix", ["balance", "pay-link"])
def test_requests_to_pay_are_in_the_log_and_refused_addresses_too(in_alpha, guest, prefix):
    booking = booked(in_alpha, guest)
    now = database_now()
    following.send_link(booking, f"{prefix}:{booking.pk}:1", now)
    booking.email = "nowhere"
    following.send_link(booking, f"{prefix}:{booking.pk}:2", now + timedelta(seconds=1))
    assert told(booking) == [("balance", "mail", "sending", ""), ("balance", "mail", "failed", "refused")]


def test_letter_about_a_refund_has_facts_a_button_and_a_line(stripe, in_alpha, guest):
    booking = booked(in_alpha, guest)
    sent_back(stripe, booking, "too_late")
    money_work()
    refund_letters.came_back(booking, Refund.objects.get(booking_id=booking.pk), database_now())
    for letter in OutgoingMail.objects.filter(key__startswith="refund"):
        for part in (letter.text, letter.html):
            assert booking.reference_code in part
            assert booking.resource.name in part
            assert "Look at the booking" in part
            assert f"/bookings/{booking.pk}/" in part
    sent = OutgoingMail.objects.get(key__startswith="refund:")
    assert sent.subject == f"Refund of €25.00 for booking {booking.reference_code}"
    assert "this time was no longer free" in sent.text
    assert [row[0] for row in told(booking)] == ["refund", "refund"]


def test_owners_hear_of_a_dispute_with_facts_and_the_way_to_the_booking(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest, Card())
    disputed(stripe, payment)
    letter = OutgoingMail.objects.get(key__startswith="dispute-opened:")
    for part in (letter.text, letter.html):
        assert booking.reference_code in part
        assert booking.resource.name in part
        assert "To the booking at the desk" in part
        assert f"/desk/bookings/{booking.pk}/" in part
    assert told(booking) == []  # nobody but the owners was told


def test_letter_whose_key_names_no_booking_goes_out_all_the_same(in_alpha):
    mail.post(mail.Letter("balance:evt_1", "olga@example.org", "Below zero", "Your balance"), database_now())
    assert OutgoingMail.objects.filter(key="balance:evt_1").exists()
    assert not Notice.objects.exists()
