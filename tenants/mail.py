"""Mail in a tenant's name, each letter once per key.

`post` writes in the caller's transaction; the clock sends (due work "mail"). A worker that dies between sending and
writing so down sends again under the same Message-ID, by which mail servers and programs know the second copy:
at least once on the wire, once for people (RELIABILITY.md, 11). What was sent is not kept: who, when and the subject.
"""

import hashlib
import logging
import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.utils.translation import get_language, override

from accounts.models import Role, User
from kernel import failpoints
from schemas.clock import database_now
from schemas.current import current_schema
from tenants import due
from tenants.models import OutgoingMail, Tenant

log = logging.getLogger(__name__)

KIND = "mail"
LONGEST_SUBJECT = 200
LASTING = range(500, 600)  # RFC 5321, 4.2.1: the same letter will be refused again


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person. `key` names it within the tenant, such as `receipt:RE-2026-0007`.

    `attachments` are references such as `document:12`, made into files when the letter goes (`attaches`).
    Without a `reply_to`, answers go to the tenant's first owner. `language` defaults to the one that is active.
    """

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    attachments: tuple[str, ...] = ()
    reply_to: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """What is attached: a name, the bytes and their media type."""

    name: str
    content: bytes
    media_type: str


Maker = Callable[[str], File]
_makers: dict[str, Maker] = {}
Chooser = Callable[[], str]
_choosers: list[Chooser] = []


def attaches(kind: str) -> Callable[[Maker], Maker]:
    """Register the function that makes the file of a reference `kind:id`; it gets the id, in the tenant's schema."""

    def register(maker: Maker) -> Maker:
        _makers[kind] = maker
        return maker

    return register


def chooses_language(chooser: Chooser) -> Chooser:
    """Register the function that says in which language the tenant whose schema is current writes."""
    _choosers[:] = [chooser]
    return chooser


@contextmanager
def in_house_language() -> Iterator[None]:
    """Words for letters: in the tenant's language, whoever's browser, event or clock has caused them.

    Decorates a function, too: `@in_house_language()`.
    """
    with override(_choosers[0]() if _choosers else settings.LANGUAGE_CODE):
        yield


def post(letter: Letter, now: datetime) -> None:
    """Have a letter sent soon, in the caller's transaction; a second one with its key changes nothing.

    An address that nobody could write to is kept as `refused`: what is told must not stop what happened.
    """
    mail, is_new = OutgoingMail.objects.get_or_create(
        schema_name=current_schema(),
        key=letter.key,
        defaults={
            "to": _one_line(letter.to)[: OutgoingMail.LONGEST_ADDRESS],
            "language": letter.language or get_language() or settings.LANGUAGE_CODE,
            "subject": _one_line(letter.subject)[:LONGEST_SUBJECT],
            "text": letter.text,
            "html": letter.html,
            "attachments": list(letter.attachments),
            "reply_to": letter.reply_to or _first_owner(),
            "state": OutgoingMail.State.WAITING if _is_address(letter.to) else OutgoingMail.State.REFUSED,
            "created_at": now,
        },
    )
    if is_new and mail.state == OutgoingMail.State.WAITING:
        due.schedule(KIND, mail.pk, now)


def tell_owners(key: str, subject: str, text: str, now: datetime, attachments: tuple[str, ...] = ()) -> None:
    """Post the same letter to each of the tenant's owners who can sign in."""
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk"):
        post(Letter(f"{key}:{owner.pk}", owner.email, subject, text, attachments=attachments), now)


@due.handles(KIND)
def send(mail_id: str) -> None:
    """Send a letter that waits; one that was sent or refused is left alone. Errors of the way there are raised."""
    mail = OutgoingMail.objects.filter(
        pk=mail_id, schema_name=current_schema(), state=OutgoingMail.State.WAITING
    ).first()
    if mail is None:
        return
    try:
        _message(mail).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        if not _is_lasting(error):
            raise
        log.warning("mail %s was refused: %s", mail.pk, type(error).__name__)
        _end(mail, OutgoingMail.State.REFUSED)
        return
    failpoints.hit("mail.sent")
    _end(mail, OutgoingMail.State.SENT)


def message_id(mail: OutgoingMail) -> str:
    """The same for every attempt, made of schema and key alone."""
    digest = hashlib.sha256(f"{mail.schema_name}\x1f{mail.key}".encode()).hexdigest()
    return f"<{digest[:40]}@{_platform_address().domain}>"


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    tenant = Tenant.objects.get(schema_name=mail.schema_name)
    sender = _platform_address()
    message = EmailMultiAlternatives(
        subject=_one_line(mail.subject),
        body=mail.text,
        from_email=str(Address(_one_line(tenant.name), sender.username, sender.domain)),
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={
            "Message-ID": message_id(mail),
            "Date": format_datetime(mail.created_at),
            "Content-Language": mail.language,
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday answers, please
        },
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for reference in mail.attachments:
        kind, _colon, object_id = reference.partition(":")
        file = _makers[kind](object_id)
        message.attach(file.name, file.content, file.media_type)
    return message


def _end(mail: OutgoingMail, state: str) -> None:
    OutgoingMail.objects.filter(pk=mail.pk).update(state=state, sent_at=database_now(), text="", html="")


def _is_lasting(error: smtplib.SMTPException) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code in LASTING for code, _why in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code in LASTING


def _platform_address() -> Address:
    return Address(addr_spec=settings.DEFAULT_FROM_EMAIL)


def _first_owner() -> str:
    owner = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()
    return owner.email if owner else ""


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= OutgoingMail.LONGEST_ADDRESS


def _one_line(text: str) -> str:
    # Line breaks would begin another header (T31); control characters have no business in one either.
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
