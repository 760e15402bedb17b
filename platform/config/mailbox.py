"""`/dev/mail/`: all mail that was sent on a developer's machine, read from its files. Never in production."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from csp.constants import NONE, SELF
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all

NAME = re.compile(r"\A[0-9A-Za-z_-]{1,80}\Z")
SUFFIX = ".log"
END = b"-" * 79
"""What Django's backend writes after a message."""
MOST_SHOWN = 200
ALONE = {
    "default-src": [NONE],
    "style-src": ["'unsafe-inline'"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}
DEVELOPERS = "development settings only: everything on the machine is the developer's"


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter and the name of its file."""

    name: str
    letter: EmailMessage

    @property
    def at(self) -> datetime | None:
        """When it was written."""
        when = self.letter["Date"]
        return when.datetime if when else None

    @property
    def attachments(self) -> list[tuple[str, str, int]]:
        """Names, media types and sizes."""
        return [
            (part.get_filename() or "", part.get_content_type(), len(part.get_payload(decode=True) or b""))
            for part in self.letter.iter_attachments()
        ]

    def part(self, kind: str) -> str:
        """The words as `plain` or `html`."""
        found = self.letter.get_body((kind,))
        return str(found.get_content()) if found else ""


@open_to_all(DEVELOPERS)
@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """All letters, the latest first; where somebody carries mail, that it goes out."""
    names = sorted((file.stem for file in _folder().glob(f"*{SUFFIX}")), reverse=True)
    carrier = "" if settings.MAIL_PROVIDER == "files" else settings.MAIL_PROVIDER
    context = {"letters": [_read(name) for name in names[:MOST_SHOWN]], "carrier": carrier}
    return render(request, "platform/mailbox.html", context)


@open_to_all(DEVELOPERS)
@never_cache
@require_safe
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """One letter: headers, HTML in a frame, text, what is attached."""
    kept = _read(name)
    context = {"kept": kept, "headers": kept.letter.items(), "text": kept.part("plain")}
    return render(request, "platform/letter.html", context)


@open_to_all(DEVELOPERS)
@never_cache
@xframe_options_sameorigin
@require_safe
def html(_request: HttpRequest, name: str) -> HttpResponse:
    """The HTML as it came, in which nothing runs and for which nothing is fetched."""
    response = HttpResponse(_read(name).part("html"))
    response._csp_config = ALONE  # type: ignore[attr-defined]
    return response


@open_to_all(DEVELOPERS)
@never_cache
@require_safe
def raw(_request: HttpRequest, name: str) -> HttpResponse:
    """The letter as it travels."""
    return HttpResponse(_bytes(name), content_type="text/plain; charset=utf-8")


@open_to_all(DEVELOPERS)
@never_cache
@require_safe
def attachment(_request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One attachment, to be saved."""
    parts = list(_read(name).letter.iter_attachments())
    if number >= len(parts):
        raise Http404
    content = parts[number].get_payload(decode=True)
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = "attachment"
    response.headers["X-Media-Type"] = parts[number].get_content_type()
    return response


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)


def _read(name: str) -> Kept:
    found = message_from_bytes(_bytes(name), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return Kept(name, found)


def _bytes(name: str) -> bytes:
    file = _folder() / f"{name}{SUFFIX}"
    if not NAME.match(name) or not file.is_file():
        raise Http404
    return file.read_bytes().rstrip().removesuffix(END).rstrip() + b"\n"


urlpatterns = [
    path("dev/mail/", mailbox, name="mailbox"),
    path("dev/mail/<slug:name>/", letter, name="mailbox-letter"),
    path("dev/mail/<slug:name>/html/", html, name="mailbox-html"),
    path("dev/mail/<slug:name>/raw/", raw, name="mailbox-raw"),
    path("dev/mail/<slug:name>/attachments/<int:number>/", attachment, name="mailbox-attachment"),
]
