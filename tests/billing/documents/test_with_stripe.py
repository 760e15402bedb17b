"""From a card to the papers: paid and receipted; cancelled, given back and credited; each mailed once."""

import io

from pypdf import PdfReader

from accounts.models import User
from bookings import cancelling, checkout, moves, papers
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from tenants.envelopes import file_of
from tenants.models import OutgoingMail
from tests.bookings.paying.scenes import PRICE, again, paid, perform, room
from tests.till import Till
from tests.worlds import World


def test_payment_is_receipted_and_its_return_credited(stripe: Till, in_alpha: World) -> None:
    booking = room(in_alpha)
    Booking.objects.filter(pk=booking.pk).update(email="gina@example.org", name="Gina Guest")
    payment = paid(stripe, booking)
    for _time in range(2):
        checkout.look(payment.pk)
        perform(moves.RECEIPT)
    [receipt] = papers.papers_of(booking)
    assert (receipt.kind, receipt.total_minor, receipt.payment_id) == ("receipt", PRICE, payment.pk)
    owner = Actor.of(User.objects.get(pk=in_alpha.users["owner"]))
    cancelling.cancel(again(booking), owner, Cancellation(fee_minor=500))
    for _time in range(2):
        perform("pay_back")
        perform("refund")
        perform(moves.CREDIT_NOTE)
    [_, note] = papers.papers_of(booking)
    assert (note.kind, note.total_minor, note.corrects) == ("credit_note", 500 - PRICE, receipt)
    letters = OutgoingMail.objects.filter(key__startswith="document:").order_by("pk")
    assert [letter.key for letter in letters] == [f"document:{receipt.number}", f"document:{note.number}"]
    [attached] = letters[1].attachments
    file = file_of(attached)
    assert file is not None
    assert "−20.00" in PdfReader(io.BytesIO(file.content)).pages[0].extract_text()
