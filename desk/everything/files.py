"""Files of the archive that people open: documents as PDF, pictures, what the team keeps, tables for spreadsheets."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Min, Model, QuerySet

from accounts.models import Role, User
from billing import charging_fees
from billing.payments.models import Document, Payment, Posting, Refund
from billing.payments.sheets import pdf_of
from bookings.exports import bookings, money, people
from bookings.exports.money import Wanted
from bookings.exports.writing import Form, Sheet, Style, headline, written
from bookings.letters.links import digest
from bookings.models import Booking, BookingFile, NoMail, OnSitePayment
from desk.everything.sources import TOGETHER, IsFull, Source, Walk, file_name, line_of
from desk.everything.zips import Part
from schemas.clock import database_now
from schemas.current import current_schema
from tenants.models import Tenant
from tenants.zones import zone
from venues.models import PictureFile

CSV = Style(Form.CSV)
IN_SHEET = 25_000
"""Rows of a file for a spreadsheet; they are sorted within it."""
AT_ONCE = 200
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Files:
    """A folder with a file for each row; they are made or read one by one."""

    name: str
    rows: Callable[[], QuerySet[Model]]
    made: Callable[[int], tuple[str, bytes] | None]

    def total(self) -> int:
        """How many files."""
        return self.rows().count()

    def write(self, part: Part, walk: Walk, is_full: IsFull) -> None:
        """File after file; of a row that is gone meanwhile, none."""
        for key in self._keys(walk):
            made = self.made(key)
            if made is not None:
                part.add(self.name, made[0], [(1, made[1])])
            walk.after = str(key)
            if is_full():
                return
        walk.is_over = True

    def _keys(self, walk: Walk) -> Iterator[int]:
        while found := self._some(walk.after):
            yield from found

    def _some(self, after: str) -> list[int]:
        left = self.rows().filter(pk__gt=after or 0)
        return list(left.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


@dataclass(frozen=True, slots=True)
class Table:
    """A table for a spreadsheet, by the keys of its rows: a file for each `IN_SHEET` of them."""

    name: str
    file: str
    rows: Callable[[], QuerySet[Any]]
    sheet: Callable[[QuerySet[Any]], Sheet]

    def total(self) -> int:
        """How many rows."""
        return self.rows().count()

    def write(self, part: Part, walk: Walk, _is_full: IsFull) -> None:
        """One file."""
        left = self.rows().filter(**({"pk__gt": walk.after} if walk.after else {}))
        last = left.order_by("pk").values_list("pk", flat=True)[IN_SHEET - 1 : IN_SHEET].first()
        these = left if last is None else left.filter(pk__lte=last)
        part.add(self.name, file_name(self.file, walk.number, "csv"), _pieces(self.sheet(these)))
        walk.after, walk.is_over = str(last or ""), last is None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """Who wants no mail, of those whose address is known: the platform itself remembers digests alone."""

    name: str

    def total(self) -> int:
        """How many digests."""
        return NoMail.objects.count()

    def write(self, part: Part, walk: Walk, _is_full: IsFull) -> None:
        """One file."""
        part.add(self.name, file_name(self.name, 0, "jsonl"), self._pieces())
        walk.is_over = True

    def _pieces(self) -> Iterator[tuple[int, bytes]]:
        reasons = dict(NoMail.objects.values_list("digest", "reason"))
        known = User.objects.values_list("email").union(Booking.objects.values_list("email"))
        for (email,) in known.order_by("email").iterator() if reasons else ():
            if reason := reasons.pop(digest(email), ""):
                yield 1, line_of({"email": email, "reason": reason})


@dataclass(frozen=True, slots=True)
class Months:
    """Money for a spreadsheet, a file for each month on the tenant's wall that has some."""

    name: str
    file: str

    def total(self) -> int:
        """About how many rows: those of the statement and of the desk."""
        return Posting.objects.count() + OnSitePayment.objects.count()

    def write(self, part: Part, walk: Walk, is_full: IsFull) -> None:
        """Month after month, the first one first."""
        here, now = zone(Tenant.objects.get(schema_name=current_schema()).time_zone), database_now()
        begin = datetime.fromisoformat(walk.after) if walk.after else _first()
        while begin is not None and begin <= now:
            first = datetime(*begin.astimezone(here).timetuple()[:2], 1, tzinfo=here)
            end = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=here)
            part.add(self.name, f"{self.file}-{first:%Y-%m}.csv", _pieces(money.sheet(Wanted(None, first, end))))
            begin = end
            walk.after = end.isoformat()
            if is_full():
                return
        walk.is_over = True


def _first() -> datetime | None:
    """When money moved first."""
    asked = (
        Posting.objects.aggregate(at=Min("at")),
        Payment.objects.aggregate(at=Min("succeeded_at")),
        Refund.objects.aggregate(at=Min("created_at")),
        OnSitePayment.objects.aggregate(at=Min("at")),
    )
    return min((found["at"] for found in asked if found["at"]), default=None)


def _pieces(sheet: Sheet) -> Iterator[tuple[int, bytes]]:
    each, before = sheet.rows().each, headline(sheet, CSV)
    while together := list(islice(each, TOGETHER)):
        yield len(together), before + written(together, sheet, CSV)
        before = b""


def _document(key: int) -> tuple[str, bytes] | None:
    paper = Document.objects.filter(pk=key).first()
    return (f"documents/{_safe(paper.number)}.pdf", pdf_of(paper)) if paper else None


def _invoice(key: int) -> tuple[str, bytes] | None:
    paper = charging_fees.invoices_of_current().filter(pk=key).first()
    return (f"platform-invoices/{_safe(paper.number)}.pdf", charging_fees.pdf_of(paper)) if paper else None


def _kept(key: int) -> tuple[str, bytes] | None:
    file = BookingFile.objects.filter(pk=key).first()
    return (f"booking-files/{file.pk}-{_safe(file.name)}", bytes(file.content)) if file else None


def _picture(key: int) -> tuple[str, bytes] | None:
    file = PictureFile.objects.select_related("picture").filter(pk=key).first()
    return (f"pictures/{file.picture.digest}/{_safe(file.name)}", bytes(file.content)) if file else None


def _safe(name: str) -> str:
    """A name that every system can write, and no way to another folder."""
    return UNSAFE.sub("_", name).strip(".") or "file"


def _customers() -> QuerySet[User]:
    return User.objects.filter(role=Role.CUSTOMER)


SOURCES: tuple[Source, ...] = (
    Table("bookings-sheet", "bookings", Booking.objects.all, lambda rows: bookings.sheet(rows, database_now())),
    Table("customers-sheet", "customers", _customers, people.sheet),
    Months("payments-sheet", "payments"),
    Unsubscribed("unsubscribed"),
    Files("documents-pdf", Document.objects.all, _document),
    Files("booking-files-kept", BookingFile.objects.all, _kept),
    Files("pictures-kept", PictureFile.objects.all, _picture),
    Files("platform-invoices-pdf", charging_fees.invoices_of_current, _invoice),
)
"""All of them; none reads a row before it is asked to."""
