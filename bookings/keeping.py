"""Files that the team keeps with a booking: taken, listed, handed out, removed.

What a file is its first bytes say, never its name; nothing of it is shown in a page, only downloaded (T15).
"""

import re
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import Booking, BookingEvent, BookingFile
from bookings.moves import locked, save
from bookings.records import Actor, event
from kernel.errors import Invalid, NotFound, Refused
from schemas.clock import database_now
from schemas.transactions import transact

LARGEST = 8_000_000
"""Bytes; `settings.FILE_UPLOAD_MOST` reads one more, so that this is said in words."""
MOST_OF_BOOKING = 20
MOST_OF_TENANT = 2_000_000_000
"""Bytes of all of a tenant's files together."""
LONGEST_NAME = 120
Kind = BookingFile.Kind
SIGNATURES = ((b"%PDF-", Kind.PDF), (b"\x89PNG\r\n\x1a\n", Kind.PNG), (b"\xff\xd8\xff", Kind.JPG))
TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.JPG: "image/jpeg",
    Kind.TXT: "text/plain; charset=utf-8",
}
ENDINGS = {"pdf": Kind.PDF, "png": Kind.PNG, "jpg": Kind.JPG, "jpeg": Kind.JPG, "txt": Kind.TXT}
UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:\"|?*]")
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as somebody brought it."""

    name: str
    content: bytes


def files_of(booking: Booking) -> QuerySet[BookingFile]:
    """The files of a booking without their contents, the first first."""
    return BookingFile.objects.filter(booking=booking).defer("content").select_related("added_by").order_by("at", "pk")


def file_of(booking: Booking, file_id: int) -> BookingFile:
    """One of them, with its content; `NotFound` for another booking's."""
    found = BookingFile.objects.filter(booking=booking, pk=file_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such file."))
    return found


def keep(booking: Booking, brought: Brought, by: User) -> BookingFile:
    """Keep a file with a booking.

    Raises `Invalid("file_too_large" | "file_empty" | "file_kind")` and `Refused("too_many_files")`.
    """
    name, kind = _checked(brought)

    def act() -> BookingFile:
        current = locked(booking.pk)
        if BookingFile.objects.filter(booking=current).count() >= MOST_OF_BOOKING:
            told = _("There are %(most)d files already. Remove one first.")
            raise Refused("too_many_files", told % {"most": MOST_OF_BOOKING})
        used = BookingFile.objects.aggregate(used=Sum("size"))["used"] or 0
        if used + len(brought.content) > MOST_OF_TENANT:
            raise Refused("too_many_files", _("There is no room for more files. Remove old ones first."))
        return BookingFile.objects.create(
            booking=current,
            name=name,
            kind=kind,
            size=len(brought.content),
            content=brought.content,
            added_by=by,
            at=database_now(),
        )

    return transact(act)


def remove(booking: Booking, file_id: int, by: User) -> None:
    """Remove a file for good; the record says how many there were, never what was in it. `NotFound` a second time."""

    def act() -> None:
        current = locked(booking.pk)
        count = BookingFile.objects.filter(booking=current).count()
        gone, _by = BookingFile.objects.filter(booking=current, pk=file_id).delete()
        if not gone:
            raise NotFound("not_found", _("There is no such file."))
        now = database_now()
        current.updated_at = now
        happened = event(current, current.state, Actor.of(by), now, act=BookingEvent.Act.CHANGED)
        save(current, happened, [("files", count, count - 1)])

    transact(act)


def _checked(brought: Brought) -> tuple[str, Kind]:
    if not brought.content:
        raise Invalid("file_empty", _("This file is empty."))
    if len(brought.content) > LARGEST:
        raise Invalid("file_too_large", _("This file is larger than 8 MB."))
    name = named(brought.name)
    kind = kind_of(brought.content)
    if kind is None or ENDINGS.get(name.rpartition(".")[2].lower()) != kind:
        raise Invalid("file_kind", _("Only PDF, PNG, JPEG and text files can be kept here."))
    return name, kind


def kind_of(content: bytes) -> Kind | None:
    """What a file is; None for anything that is not kept, such as pages and drawings that can carry scripts."""
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    is_markup = text.lstrip().startswith("<")
    return None if is_markup or CONTROLS.search(content) else Kind.TXT


def named(given: str) -> str:
    """A file's name without a path and without what is no letter of a name; never empty, its ending is kept."""
    last = UNWRITABLE.sub("", re.split(r"[\\/]", given)[-1]).strip().lstrip(".")
    stem, dot, ending = last.rpartition(".")
    if not (stem and dot):
        return last[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"[:LONGEST_NAME]
