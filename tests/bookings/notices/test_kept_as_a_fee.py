"""Cancelled for a fee: the letter says what was paid, the fee, what comes back, and carries the receipts."""

import pytest

from billing.payments.models import Document
from bookings import cancelling, papers
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from tenants.models import DueWork, OutboxMessage, OutgoingMail
from tests.bookings.api.desk import under
from tests.bookings.notices.conftest import hand_on
from tests.bookings.notices.conftest import work_off as clock
from tests.bookings.returning.scene import Card, credit_notes, desk, money, paid, work_off

KEPT = "is kept for it; the receipts that you have stay valid."


def letter_of(world, booking) -> OutgoingMail:
    """The letter about the cancellation."""
    hand_on(world)
    clock(("notice",))
    return OutgoingMail.objects.get(subject__startswith="Cancelled: ", key__startswith="notice:")


def facts(letter: OutgoingMail) -> list[str]:
    """The lines about money of the text part, which the page says as well."""
    names = ("Paid", "Fee for cancelling", "Comes back", "Still to be paid")
    lines = [line for line in letter.text.splitlines() if line.partition(": ")[0] in names]
    for line in lines:
        assert line.partition(": ")[2] in letter.html
    return lines


def forget(booking) -> None:
    """What was told until now is told."""
    OutboxMessage.objects.all().delete()
    DueWork.objects.filter(kind="notice").delete()


def test_the_whole_deposit_kept_has_its_letter_and_its_receipt(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest, Card(amount_minor=1000))
    receipt = papers.write_receipt(payment.pk)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    forget(booking)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    work_off()
    letter = letter_of(in_alpha, booking)
    assert facts(letter) == ["Paid: €10.00", "Fee for cancelling: €10.00", "Comes back: €0.00"]
    assert "Cancelling costs €10.00." in letter.text
    assert f"€10.00 of what was paid {KEPT}" in letter.text
    assert "Nothing comes back." in letter.text
    assert receipt is not None
    assert letter.attachments == [f"ics:{booking.pk}:CANCEL", f"document:{receipt.pk}"]
    assert [(paper.kind, paper.total_minor) for paper in Document.objects.filter(booking_id=booking.pk)] == [
        ("receipt", 1000)
    ]
    assert money(booking) == ("deposit_paid", 1000, 0, 0)


@pytest.mark.parametrize("is_back", [False, True])
def test_a_part_kept_says_the_same_before_and_after_the_rest_has_gone_back(stripe, in_alpha, guest, is_back):
    booking, payment = paid(stripe, in_alpha, guest)
    papers.write_receipt(payment.pk)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    forget(booking)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    if is_back:
        work_off()
    letter = letter_of(in_alpha, booking)
    assert facts(letter) == ["Paid: €25.00", "Fee for cancelling: €10.00", "Comes back: €15.00"]
    assert "You get €15.00 back." in letter.text
    assert "Nothing comes back." not in letter.text
    work_off()
    assert credit_notes(booking) == [-1500]
    note = Document.objects.get(booking_id=booking.pk, kind="credit_note")
    assert note.remark.endswith("The fee for giving the booking up is €10.00.")


def test_a_fee_that_the_deposit_does_not_cover_is_asked_for(stripe, in_alpha, guest):
    booking, payment = paid(stripe, in_alpha, guest, Card(amount_minor=1000))
    papers.write_receipt(payment.pk)
    under(booking.pk, {"minutes_before": 0, "percent": 10000})
    forget(booking)
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    letter = letter_of(in_alpha, booking)
    assert facts(letter) == [
        "Paid: €10.00",
        "Fee for cancelling: €25.00",
        "Comes back: €0.00",
        "Still to be paid: €15.00",
    ]


def test_money_from_the_desk_is_named_as_what_comes_from_cards(stripe, in_alpha, guest):
    booking, _payment = paid(stripe, in_alpha, guest, Card(amount_minor=1000))
    desk(booking, 1500)
    under(booking.pk, {"minutes_before": 0, "percent": 4000})
    forget(booking)
    cancelling.cancel(Booking.objects.get(pk=booking.pk), Actor.of(guest), Cancellation())
    work_off()
    letter = letter_of(in_alpha, booking)
    assert facts(letter) == ["Paid: €25.00", "Fee for cancelling: €10.00", "Comes back: €15.00"]
    assert letter.attachments == [f"ics:{booking.pk}:CANCEL"]  # receipts that are still to be written are mailed then


def test_who_paid_nothing_and_owes_nothing_reads_nothing_of_money(in_alpha, guest, stripe):
    booking, _payment = paid(stripe, in_alpha, guest, Card(amount_minor=1000))
    Booking.objects.filter(pk=booking.pk).update(paid_minor=0, payment_state="unpaid")
    forget(booking)
    cancelling.cancel(Booking.objects.get(pk=booking.pk), Actor.of(guest), Cancellation())
    letter = letter_of(in_alpha, booking)
    assert facts(letter) == []
    assert letter.attachments == [f"ics:{booking.pk}:CANCEL"]
