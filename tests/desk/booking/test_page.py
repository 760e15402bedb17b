"""One booking at the desk: who sees it, its story, notes, messages and files, and what may be done about it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import tenant_context

from bookings import conversation
from bookings.models import Booking, BookingFile, BookingMessage, Notice, StaffNote
from schemas.clock import database_now
from tests.desk.booking.scenes import booking, fresh, path
from tests.flows.pages import Visitor
from tests.flows.test_booking_without_script import link_of
from tests.flows.test_query_counts import counted
from tests.worlds import World

__all__ = ["booking"]
pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PDF = b"%PDF-1.7\n..."


def test_the_page_says_who_what_when_and_what_happened(visitor: Come, booking: Booking) -> None:
    page = visitor("front_desk").open(path(booking))
    said = (booking.reference_code, "Gina Guest", "gina@example.org", "+49 89 1234567", "Court 1", "Two rackets",
            "Time held", "Confirmed", "If the customer cancelled now")  # fmt: skip
    assert [word in page.text for word in said] == [True] * len(said)


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("manager", 200), ("accountant", 200), ("guest", 403)])
def test_who_may_look(visitor: Come, booking: Booking, who: str, status: int) -> None:
    assert visitor(who).open(path(booking)).status == status


def test_an_accountant_reads_and_does_nothing(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("accountant")
    page = someone.open(path(booking))
    assert [form.action for form in page.forms if form.action.startswith("/desk/bookings/")] == []
    for more in ("change/", "cancellation/", "answer/", "refund/"):
        assert someone.open(path(booking, more)).status == 403
    assert someone.open("/desk/bookings/new/").status == 403


def test_another_venues_booking_is_not_there_for_a_manager(alpha: World, visitor: Come, booking: Booking) -> None:
    with tenant_context(alpha.tenant):
        kept = BookingFile.objects.create(
            booking=booking, name="a.pdf", kind="pdf", size=3, content=b"%PD", at=database_now()
        )
        Booking.objects.update(resource=alpha.annex_room)
    manager = visitor("manager")
    for more in ("", "change/", "cancellation/", "answer/", "invoice/", "refund/", "messages/", f"files/{kept.pk}/"):
        assert manager.open(path(booking, more)).status == 404


def test_story_is_narrowed(visitor: Come, booking: Booking) -> None:
    someone = visitor("owner")
    page = someone.open(path(booking))
    someone.send(page, page.form("/notes/"), note="Bring the net")
    everything = someone.open(path(booking)).text
    team = someone.open(path(booking, "?show=team")).text
    assert "Bring the net" in team
    assert "Time held" in everything
    assert "Time held" not in team


def test_notes_are_kept_with_who_and_when(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("front_desk")
    page = someone.open(path(booking))
    page = someone.send(page, page.form("/notes/"), note="Bring the net")
    assert "The note is kept." in page.text
    someone.send(page, page.form("/notes/"), note="  ")
    with tenant_context(alpha.tenant):
        [note] = StaffNote.objects.all()
        assert (note.text, note.author_id) == ("Bring the net", alpha.users["front_desk"])


def test_a_question_on_the_customers_page_is_answered_at_the_desk(
    alpha: World, visitor: Come, booking: Booking
) -> None:
    guest = visitor()
    page = guest.open(link_of(alpha))
    page = guest.send(page, page.form("/ask/"), text="Is there <b>parking</b>?")
    assert "Is there <b>parking</b>?" in page.text
    assert "&lt;b&gt;parking" in page.html
    staff = visitor("front_desk")
    page = staff.open(path(booking))
    assert "The customer waits for an answer." in page.text
    page = staff.send(page, page.form("/answer/"), text="Yes, behind the house.")
    assert "Your answer goes to gina@example.org." in page.text
    assert "The customer waits for an answer." not in page.text
    assert "Yes, behind the house." in guest.open(link_of(alpha)).text
    with tenant_context(alpha.tenant):
        assert Notice.objects.filter(kind="answer", to="gina@example.org").count() == 1
        assert conversation.unanswered([booking]) == {}


def test_a_form_that_is_sent_twice_writes_once_and_a_program_writes_nothing(
    alpha: World, visitor: Come, booking: Booking
) -> None:
    guest = visitor()
    page = guest.open(link_of(alpha))
    for _click in range(2):
        guest.send(page, page.form("/ask/"), text="Hello")
    assert guest.send(page, page.form("/ask/"), text="Buy!", website="x").status == 400
    with tenant_context(alpha.tenant):
        assert BookingMessage.objects.count() == 1


def test_what_is_too_long_stays_in_the_form(alpha: World, visitor: Come, booking: Booking) -> None:
    guest = visitor()
    page = guest.open(link_of(alpha))
    page = guest.send(page, page.form("/ask/"), text="x" * 4001)
    assert page.status == 400
    assert page.form("/ask/").fields["text"] == "x" * 4001


def test_a_strangers_session_writes_nothing(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("stranger")
    page = someone.open("/account/")
    form = page.forms[-1]
    form.action, form.method = f"/bookings/{booking.pk}/ask/", "post"
    assert someone.send(page, form, text="Hello").status == 404
    with tenant_context(alpha.tenant):
        assert BookingMessage.objects.count() == 0


def test_nothing_needs_an_answer_any_more(alpha: World, visitor: Come, booking: Booking) -> None:
    with tenant_context(alpha.tenant):
        conversation.ask(booking, "Thank you!")
    someone = visitor("owner")
    page = someone.open(path(booking))
    page = someone.send(page, page.form("/answer/settle/"))
    assert "Nothing waits for an answer any more." in page.text
    assert "The customer waits for an answer." not in page.text


def test_files_are_kept_downloaded_and_removed(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("front_desk")
    page = someone.open(path(booking))
    page = someone.send(page, page.form("/files/"), file=SimpleUploadedFile("contract.pdf", PDF))
    assert "contract.pdf is kept." in page.text
    with tenant_context(alpha.tenant):
        kept = BookingFile.objects.get()
    answer = someone.client.get(path(booking, f"files/{kept.pk}/"))
    assert answer.content == PDF
    assert answer["Content-Disposition"] == 'attachment; filename="contract.pdf"'
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "no-store" in answer["Cache-Control"]
    page = someone.open(path(booking, f"files/{kept.pk}/remove/"))
    someone.send(page, next(form for form in page.forms if not form.action))
    with tenant_context(alpha.tenant):
        assert BookingFile.objects.count() == 0


def test_a_page_with_a_script_is_no_file(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("front_desk")
    page = someone.open(path(booking))
    for name in ("page.html", "page.svg", "page.txt", "page.pdf"):
        page = someone.send(page, page.form("/files/"), file=SimpleUploadedFile(name, b"<svg onload=alert(1)>"))
        assert "Only PDF, PNG, JPEG and text files" in page.text
    with tenant_context(alpha.tenant):
        assert BookingFile.objects.count() == 0


@pytest.mark.parametrize("who", ["guest", "stranger", None])
def test_files_are_the_teams_alone(alpha: World, visitor: Come, booking: Booking, who: str | None) -> None:
    with tenant_context(alpha.tenant):
        Booking.objects.update(customer=alpha.users["guest"])
        kept = BookingFile.objects.create(
            booking=booking, name="a.pdf", kind="pdf", size=3, content=PDF, at=database_now()
        )
    answer = visitor(who).client.get(path(booking, f"files/{kept.pk}/"))
    assert answer.status_code == (403 if who else 302)


def test_the_page_asks_as_much_however_much_happened(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("owner")

    def more() -> None:
        with tenant_context(alpha.tenant):
            now = database_now()
            for number in range(6):
                at = now + timedelta(seconds=number)
                StaffNote.objects.create(booking=booking, text="x", at=at, author_id=alpha.users["owner"])
                BookingMessage.objects.create(booking=booking, side="customer", text="x", at=at)
                BookingFile.objects.create(booking=booking, name="x", kind="txt", size=1, content=b"x", at=at)
                Notice.objects.create(booking=booking, kind="reminder", channel="mail", language="en", due_at=at,
                                      send_at=at, created_at=at, updated_at=at)  # fmt: skip

    more()
    someone.open(path(booking))
    with counted() as few:
        someone.open(path(booking))
    with tenant_context(alpha.tenant):
        BookingMessage.objects.all().delete()
    more()
    with counted() as many:
        assert someone.open(path(booking)).status == 200
    assert len(few) == len(many)
    assert len(many) <= 50


def test_confirmation_is_mailed_again_and_acts_lead_back(alpha: World, visitor: Come, booking: Booking) -> None:
    someone = visitor("front_desk")
    page = someone.open(path(booking))
    page = someone.send(page, page.form("/resend/"))
    assert "It goes to gina@example.org once more." in page.text
    with tenant_context(alpha.tenant):
        assert Notice.objects.filter(booking=booking, kind="confirmation").count() == 1
        now = database_now()
        Booking.objects.update(start=now - timedelta(minutes=5), end=now + timedelta(minutes=55))
    page = someone.open(path(booking))
    page = someone.send(page, page.form("/check-in/"))
    assert page.path == path(booking)
    assert fresh(alpha).checked_in_at is not None


def test_a_hold_is_kept_for_longer(alpha: World, visitor: Come, next_week: date, booking: Booking) -> None:
    with tenant_context(alpha.tenant):
        soon = database_now() + timedelta(minutes=2)
        Booking.objects.update(state="held", hold_expires_at=soon, created_at=database_now())
    someone = visitor("front_desk")
    page = someone.open(path(booking))
    someone.send(page, page.form("/longer/"))
    expires = fresh(alpha).hold_expires_at
    assert expires is not None
    assert expires > soon
