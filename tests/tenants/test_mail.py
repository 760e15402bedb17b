"""Mail in a tenant's name: over real SMTP, once per key, in one line where a header is, and never in a log."""

import logging
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import transaction
from django_tenants.utils import tenant_context

from accounts.models import User
from embedded.ports import HOST, any_free_port
from kernel import failpoints
from schemas.clock import database_now
from tenants import due, envelopes, mail
from tenants.mail import File, Letter
from tenants.models import DueWork, OutgoingMail
from tests.worlds import World


class Box:
    """A mail server's mailbox; an address that begins with `gone` does not exist, `busy` is put off."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: Any) -> str:
        """Take the recipient, or say why not."""
        if address.startswith("gone"):
            return "550 no such user"
        if address.startswith("busy"):
            return "451 later, please"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep what came."""
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=policy.default)
        self.letters.append((list(envelope.rcpt_tos), letter))
        return "250 OK"


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    """The mailbox of a mail server on this machine, which Django sends to."""
    box = Box()
    server = Controller(box, hostname=HOST, port=any_free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.DEFAULT_FROM_EMAIL = "bookings@platform.example"
    yield box
    server.stop()


@pytest.fixture(autouse=True)
def nothing_due(db: None) -> None:
    """Only what the test posts is due."""
    DueWork.objects.all().delete()


LETTER = Letter("receipt:1", "guest@example.org", "Your receipt", "Thank you.", html="<p>Thank you.</p>")


def post(letter: Letter = LETTER) -> None:
    """Post in a transaction."""
    with transaction.atomic():
        mail.post(letter, database_now())


def work_off(world: World) -> int:
    """Do what is due, as the tick does; answers how many pieces."""
    claimed = due.claim()
    with tenant_context(world.tenant):
        for work in claimed:
            due.perform(work.pk, work.attempts)
    return len(claimed)


def kept() -> OutgoingMail:
    """The one letter that there is."""
    return OutgoingMail.objects.get()


def test_letter_goes_in_the_tenants_name_and_is_not_kept(box: Box, in_alpha: World) -> None:
    post()
    assert work_off(in_alpha) == 1
    [(to, letter)] = box.letters
    assert to == ["guest@example.org"]
    assert letter["From"] == f"{in_alpha.tenant.name} <bookings@platform.example>"
    assert letter["Reply-To"] == f"owner@{in_alpha.canary}.example"
    assert letter["Subject"] == "Your receipt"
    assert letter["Content-Language"] == "en"
    plain, html = letter.iter_parts()
    assert (plain.get_content().strip(), html.get_content().strip()) == ("Thank you.", "<p>Thank you.</p>")
    assert (kept().state, kept().text, kept().html) == ("sent", "", "")
    assert kept().sent_at is not None
    assert not DueWork.objects.exists()


def test_key_is_sent_once_however_often_it_is_posted(box: Box, in_alpha: World) -> None:
    post()
    post(Letter("receipt:1", "other@example.org", "Another", "Another"))
    assert work_off(in_alpha) == 1
    post()
    assert work_off(in_alpha) == 0
    assert [to for to, _letter in box.letters] == [["guest@example.org"]]


def test_same_key_of_another_tenant_is_another_letter(box: Box, in_alpha: World, beta: World) -> None:
    post()
    with tenant_context(beta.tenant):
        post()
    [ours, theirs] = OutgoingMail.objects.order_by("pk")
    assert mail.message_id(ours) != mail.message_id(theirs)
    with tenant_context(beta.tenant):
        mail.send(str(ours.pk))
    assert box.letters == []


def test_post_in_a_transaction_that_fails_posts_nothing(box: Box, in_alpha: World) -> None:
    with transaction.atomic():
        mail.post(LETTER, database_now())
        transaction.set_rollback(True)
    assert (OutgoingMail.objects.count(), work_off(in_alpha)) == (0, 0)


def test_second_copy_after_a_crash_carries_the_same_message_id(
    box: Box, in_alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I8: the worker dies after the server took the letter and before that is written down."""

    def crash(name: str) -> bool:
        if name == "mail.sent":
            raise failpoints.Stumbled(name)
        return False

    post()
    with monkeypatch.context() as patched:
        patched.setattr(failpoints, "hit", crash)
        with pytest.raises(failpoints.Stumbled):
            mail.send(str(kept().pk))
    assert (kept().state, kept().text) == ("waiting", "Thank you.")
    assert work_off(in_alpha) == 1
    [(_, first), (_, second)] = box.letters
    assert first["Message-ID"] == second["Message-ID"] == mail.message_id(kept())
    assert first["Date"] == second["Date"]
    assert work_off(in_alpha) == 0


@pytest.mark.parametrize(
    "broken", ["\r\nBcc: thief@example.org", "\nBcc: thief@example.org", "\u2028Bcc: a", "\x0b\x7f"]
)
def test_line_break_makes_no_second_header(box: Box, in_alpha: World, broken: str) -> None:
    """T31"""
    in_alpha.tenant.name = f"Alpha{broken}"
    in_alpha.tenant.save()
    post(Letter("k", "guest@example.org", f"Hello{broken}", "text", reply_to="venue@example.org"))
    assert work_off(in_alpha) == 1
    [(to, letter)] = box.letters
    assert (to, letter["Bcc"]) == (["guest@example.org"], None)
    tail = " ".join(broken.replace("\x7f", " ").split())
    assert letter["Subject"] == f"Hello {tail}".strip()
    assert letter["From"].addresses[0].display_name == f"Alpha {tail}".strip()


NO_ADDRESSES = [
    *("", "nobody", "a@example.org\nBcc: b@example.org", "a@example.org, b@example.org"),
    *(f"a@{'b.' * 200}org", "a\x00@example.org"),
]


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_address_that_is_none_is_kept_as_refused(box: Box, in_alpha: World, address: str) -> None:
    post(Letter("k", address, "s", "t"))
    assert (kept().state, work_off(in_alpha), box.letters) == ("refused", 0, [])


def test_address_that_does_not_exist_is_not_tried_again(box: Box, in_alpha: World) -> None:
    post(Letter("k", "gone@example.org", "s", "t"))
    assert work_off(in_alpha) == 1
    assert (kept().state, box.letters, DueWork.objects.count()) == ("refused", [], 0)


def test_server_that_puts_us_off_is_asked_again(box: Box, in_alpha: World) -> None:
    post(Letter("k", "busy@example.org", "s", "t"))
    with pytest.raises(SMTPRecipientsRefused, match="451"):
        mail.send(str(kept().pk))
    assert (kept().state, kept().text, DueWork.objects.count()) == ("waiting", "t", 1)


def test_attachment_is_made_when_the_letter_goes(box: Box, in_alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(envelopes._makers, "paper", lambda number: File(f"{number}.pdf", b"%PDF", "application/pdf"))
    post(Letter("k", "guest@example.org", "s", "t", attachments=("paper:7",)))
    assert work_off(in_alpha) == 1
    [part] = box.letters[0][1].iter_attachments()
    assert (part.get_filename(), part.get_content_type(), part.get_content()) == ("7.pdf", "application/pdf", b"%PDF")


def test_every_owner_is_told_once(box: Box, in_alpha: World) -> None:
    User.objects.create_user("second@example.org", role="owner")
    User.objects.create_user("former@example.org", role="owner", is_active=False)
    for _ in range(2):
        mail.tell_owners("payout:1", "A payout failed", "Look at your bank account.", database_now())
    assert work_off(in_alpha) == 2
    assert sorted(to for to, _letter in box.letters) == [[f"owner@{in_alpha.canary}.example"], ["second@example.org"]]


def test_what_was_written_is_in_no_log(
    box: Box, in_alpha: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)  # the receiving server's own
    post(Letter("k", "gone@example.org", "A subject apart", "A text apart"))
    post(Letter("l", "guest@example.org", "A subject apart", "A text apart"))
    assert work_off(in_alpha) == 2
    assert "apart" not in caplog.text
    assert "example.org" not in caplog.text
