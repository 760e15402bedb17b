"""Money that changes hands at the desk, and gift credit that is used, have papers like money that comes online."""

from collections.abc import Collection

import pytest

from accounts.models import User
from billing.payments.issuing import Buyer
from billing.payments.models import Document
from bookings import cancelling, invoicing, lifecycle, papers, tasks  # noqa: F401 - registers what is due
from bookings.cancelling import Cancellation
from bookings.lifecycle import Taking
from bookings.models import Booking, GiftCredit, OnSitePayment
from bookings.records import Actor
from bookings.requests import Payment
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork, OutgoingMail
from tests.billing.documents.scene import at_rates, booking, paid, returned, text_of
from tests.bookings.scenes import GUEST, held, slot
from tests.worlds import World

WHOLE = {700: (1070, 70), 1900: (14280, 2280)}
NOTHING = {700: (0, 0), 1900: (0, 0)}
PAPERS = ("desk_paper", "redeemed", "invoice")
Way = OnSitePayment.Way


@pytest.fixture
def owner(in_alpha: World) -> Actor:
    """Alpha's owner."""
    return Actor.of(User.objects.get(pk=in_alpha.users["owner"]))


def written(kinds: Collection[str] = PAPERS) -> None:
    """All papers that are due, and each once more."""
    works = list(DueWork.objects.filter(kind__in=kinds).order_by("due_at", "pk"))
    for work in [*works, *works]:
        due._handlers[work.kind](work.object_id)


def taken(of: Booking, amount: int, by: Actor, way: OnSitePayment.Way = Way.CASH) -> None:
    """Money changes hands, and the paper is written."""
    lifecycle.pay_on_site(of, Taking(amount, way), by)
    written()


def shown(of: Booking) -> list[tuple[str, int, str]]:
    """Kinds, totals and means of its documents."""
    return [(paper.kind, paper.total_minor, paper.paid_by) for paper in papers.papers_of(of)]


def test_money_at_the_desk_is_receipted_once_with_the_bookings_lines(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha)
    taken(found, 15350, owner, Way.CARD)
    [receipt] = papers.papers_of(found)
    assert (receipt.total_minor, receipt.tax_minor, receipt.payment, receipt.paid_by) == (15350, 2350, None, "card")
    assert receipt.number == f"RC-{database_now().year}-0001"
    assert receipt.on_site_id == OnSitePayment.objects.get().pk
    assert list(receipt.lines.values_list("label", flat=True)) == ["Court 1: Evening", "Lamps", "Drinks"]
    assert "Paid by card at the venue, with thanks." in text_of(receipt)
    [letter] = OutgoingMail.objects.filter(key__startswith="document:")
    assert (letter.to, letter.attachments) == ("gina@example.org", [f"document:{receipt.pk}"])


def test_whoever_has_no_address_gets_the_paper_and_no_letter(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha, email="")
    taken(found, 15350, owner)
    assert shown(found) == [("receipt", 15350, "cash")]
    assert not OutgoingMail.objects.filter(key__startswith="document:").exists()


def test_parts_at_the_desk_and_online_add_up_to_the_price_and_its_tax(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha)
    taken(found, 5000, owner)
    papers.write_receipt(paid(Booking.objects.get(pk=found.pk), 3333).pk)
    taken(found, 7017, owner, Way.TRANSFER)
    assert shown(found) == [("receipt", 5000, "cash"), ("receipt", 3333, ""), ("receipt", 7017, "transfer")]
    assert at_rates(found.pk) == WHOLE
    labels = [paper.lines.first().label for paper in papers.papers_of(found)]  # type: ignore[union-attr]
    assert labels == ["Part payment", "Part payment", "Balance"]
    numbers = [paper.number[-4:] for paper in papers.papers_of(found)]
    assert numbers == ["0001", "0002", "0003"]


def test_what_is_given_back_at_the_desk_is_credited_the_last_receipt_first(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha)
    taken(found, 5000, owner)
    taken(found, 10350, owner, Way.CARD)
    cancelling.cancel(Booking.objects.get(pk=found.pk), owner, Cancellation(fee_minor=1350))
    first, second = papers.papers_of(found)
    taken(found, -14000, owner)
    notes = list(papers.papers_of(found))[2:]
    assert [(note.kind, note.total_minor, note.corrects, note.paid_by) for note in notes] == [
        ("credit_note", -10350, second, "cash"), ("credit_note", -3650, first, "cash"),
    ]  # fmt: skip
    assert sum(gross for gross, _tax in at_rates(found.pk).values()) == 1350
    assert "The amount was given back at the venue." in text_of(notes[0])
    assert len(OutgoingMail.objects.filter(key__startswith="document:")) == 4


def test_giving_back_before_the_receipt_was_written_brings_it_along(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha)
    lifecycle.pay_on_site(found, Taking(15350), owner)
    cancelling.cancel(Booking.objects.get(pk=found.pk), owner, Cancellation())
    lifecycle.pay_on_site(found, Taking(-15350), owner)
    papers.write_desk_paper(OnSitePayment.objects.latest("pk").pk)
    written()
    assert shown(found) == [("receipt", 15350, "cash"), ("credit_note", -15350, "cash")]
    assert at_rates(found.pk) == NOTHING


def test_money_that_came_online_and_could_not_go_back_is_credited_at_the_desk(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha)
    payment = paid(found, 15350)
    papers.write_credit_note(returned(payment, 5000).pk)
    Booking.objects.filter(pk=found.pk).update(state="cancelled", refund_due_minor=10350, paid_minor=10350)
    taken(found, -10350, owner)
    assert shown(found) == [("receipt", 15350, ""), ("credit_note", -5000, ""), ("credit_note", -10350, "cash")]
    assert at_rates(found.pk) == NOTHING


def test_transfer_for_an_invoice_is_acknowledged_without_tax(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha)
    taken(found, 5000, owner)
    invoice = invoicing.pay_by_invoice(found, Buyer("Acme Ltd"), owner)
    taken(found, 10350, owner, Way.TRANSFER)
    assert shown(found) == [("receipt", 5000, "cash"), ("invoice", 10350, ""), ("receipt", 10350, "transfer")]
    receipt = list(papers.papers_of(found))[-1]
    assert (receipt.tax_minor, receipt.corrects) == (0, invoice)
    assert receipt.remark == f"The tax is shown on invoice {invoice.number}."
    assert at_rates(found.pk)[1900][1] == WHOLE[1900][1]


def test_invoice_that_was_paid_and_cancelled_leaves_the_fee_alone_on_the_papers(in_alpha: World, owner: Actor) -> None:
    found = booking(in_alpha)
    taken(found, 5000, owner)
    invoicing.pay_by_invoice(found, Buyer("Acme Ltd"), owner)
    taken(found, 10350, owner, Way.TRANSFER)
    cancelling.cancel(Booking.objects.get(pk=found.pk), owner, Cancellation(fee_minor=7000))
    written()
    taken(found, -8350, owner, Way.TRANSFER)
    with_tax = Document.objects.filter(booking_id=found.pk).exclude(remark__contains="shown on invoice")
    assert sum(with_tax.values_list("total_minor", flat=True)) == 7000


def with_credit(world: World, balance: int, by: Actor) -> Booking:
    """A confirmed booking of 25.00 that uses a gift credit of so much."""
    GiftCredit.objects.create(code="GIFT", balance_minor=balance, currency="EUR", created_at=database_now())
    guest = User.objects.get(pk=world.users["guest"])
    wanted = held(world.court_1, slot(9), payment=Payment(credit="GIFT"), customer=guest)
    assert not DueWork.objects.filter(kind="redeemed").exists()
    return lifecycle.confirm(lifecycle.submit(wanted, GUEST, Actor.of(guest)), by)


@pytest.mark.parametrize("balance", [1000, 9000])
def test_gift_credit_is_receipted_when_it_is_used_and_not_before(in_alpha: World, owner: Actor, balance: int) -> None:
    """Multi-purpose vouchers: the tax is due on what they pay for, and shown there once."""
    found = with_credit(in_alpha, balance, owner)
    used = min(balance, 2500)
    written()
    assert shown(found) == [("receipt", used, "gift_credit")]
    [receipt] = papers.papers_of(found)
    assert "Paid with gift credit, with thanks." in text_of(receipt)
    if used < 2500:
        taken(found, 2500 - used, owner)
    gross, tax = (sum(each) for each in zip(*at_rates(found.pk).values(), strict=True))
    assert (gross, tax) == (2500, found.tax_minor)
    cancelling.cancel(Booking.objects.get(pk=found.pk), owner, Cancellation())
    written()
    note = Document.objects.get(booking_id=found.pk, kind="credit_note", paid_by="gift_credit")
    assert (note.total_minor, note.corrects) == (-used, receipt)
    assert "The amount is on the gift credit again." in text_of(note)
    assert GiftCredit.objects.get(code="GIFT").balance_minor == balance


def test_every_way_of_the_till_is_a_means_on_paper() -> None:
    assert set(Way.values) | {"gift_credit"} == set(Document.Means.values)
