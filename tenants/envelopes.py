"""A letter as it travels: headers, plain text, HTML, the calendar entry beside them, and what is attached."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from tenants import letterhead
from tenants.models import OutgoingMail, Tenant

CALENDAR = "text/calendar"


@dataclass(frozen=True, slots=True)
class File:
    """What is attached: a name, the bytes and their media type."""

    name: str
    content: bytes
    media_type: str


Maker = Callable[[str], File | None]
_makers: dict[str, Maker] = {}


def attaches(kind: str) -> Callable[[Maker], Maker]:
    """Register the function that makes the file of a reference `kind:id`, if there is still anything to attach.

    It gets the id, in the tenant's schema.
    """

    def register(maker: Maker) -> Maker:
        _makers[kind] = maker
        return maker

    return register


def message_id(mail: OutgoingMail) -> str:
    """The same for every attempt, made of schema and key alone."""
    digest = hashlib.sha256(f"{mail.schema_name}\x1f{mail.key}".encode()).hexdigest()
    return f"<{digest[:40]}@{_platform_address().domain}>"


def message(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The message to one person; call it in the tenant's schema."""
    tenant = Tenant.objects.get(schema_name=mail.schema_name)
    sender = _platform_address()
    made = EmailMultiAlternatives(
        subject=one_line(mail.subject),
        body=mail.text + letterhead.foot_of(tenant),
        from_email=str(Address(one_line(tenant.name), sender.username, sender.domain)),
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=_headers(mail),
    )
    sheet = letterhead.Sheet(one_line(mail.subject), mail.text)
    made.attach_alternative(mail.html or letterhead.html_of(sheet, tenant, mail.language), "text/html")
    for reference in mail.attachments:
        file = file_of(reference)
        if file is not None:
            _attach(made, file)
    # By this a provider's news of a letter finds it again, whatever number the provider gave it.
    made.metadata = {"letter": str(mail.pk)}  # type: ignore[attr-defined]
    return made


def file_of(reference: str) -> File | None:
    """The file of a reference such as `document:12`, made now."""
    kind, _colon, object_id = reference.partition(":")
    return _makers[kind](object_id)


def one_line(text: str) -> str:
    """Line breaks would begin another header (T31); control characters have no business in one either."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _headers(mail: OutgoingMail) -> dict[str, str]:
    headers = {
        "Message-ID": message_id(mail),
        "Date": format_datetime(mail.created_at),
        "Content-Language": mail.language,
        "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday answers, please
    }
    if mail.unsubscribe:  # RFC 8058: programs for mail show a button, and send a POST
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _attach(made: EmailMultiAlternatives, file: File) -> None:
    """A calendar entry goes twice: beside the words, where Google and Outlook look, and as a file, which Apple opens.

    Providers whose interface has no further alternatives (Mailgun, Postmark) get the file alone, with its METHOD.
    """
    is_calendar = file.media_type.startswith(CALENDAR)
    if is_calendar and settings.MAIL_CARRIES_ALTERNATIVES:
        made.attach_alternative(file.content.decode(), file.media_type.partition("; charset")[0])
        made.attach(file.name, file.content, "application/ics")
        return
    made.attach(file.name, file.content, file.media_type)


def _platform_address() -> Address:
    return Address(addr_spec=settings.DEFAULT_FROM_EMAIL)
