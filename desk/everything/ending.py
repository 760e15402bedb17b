"""The end of an archive: README.txt for people, manifest.json for programs, and ZIP's own directory."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain

from django.db.models import Count, Max, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from desk.everything import zips
from desk.everything.tables import FOLDERS, OTHERS, PLATFORM, SHEETS, TABLES
from desk.everything.zips import Entry, Part
from desk.models import Archive, ArchiveEntry
from schemas.clock import database_now
from schemas.current import current_schema
from tenants import speech
from tenants.models import Tenant
from tenants.zones import zone

NAME = "end"
README, MANIFEST = "README.txt", "manifest.json"
AT_ONCE = 1000


def write(archive: Archive, part: Part) -> None:
    """README and manifest, behind everything else: both say what is there."""
    part.add(NAME, README, [(0, readme(archive).encode())])
    [told] = part.entries
    part.add(NAME, MANIFEST, _manifest(archive, told))


def directory(archive: Archive, last: list[Entry], at: int) -> list[bytes]:
    """ZIP's directory of all files, the last ones among them, for an archive of so many bytes."""
    number = archive.entries + len(last)
    return zips.directory(at, archive.asked_at, number, chain(_entries(archive), last))


def readme(archive: Archive) -> str:
    """What lies where, in the words of whoever asked."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    now = database_now()
    day = speech.day(now, zone(tenant.time_zone), "long")
    lines = [
        _("Everything that %(name)s has at Forecourt, as of %(day)s.") % {"name": tenant.name, "day": day},
        "",
        _("Files that end in .jsonl are JSON Lines: UTF-8, one JSON object in each line, named as the columns are."),
        _("Files that end in .csv are for spreadsheets: UTF-8, with commas and a line of headings."),
        _("A table with very many rows goes on in files with a number: bookings.jsonl, bookings-0002.jsonl."),
        _("In .jsonl, money is in the smallest unit of its currency, such as cents, and times are UTC."),
        _("Columns that end in _id name a row of another file by its id: resource_id is an id in resources.jsonl."),
        _("manifest.json lists all files with their rows, their length in bytes and their SHA-256."),
        _("Tables without a row have no file."),
        "",
        _(
            "Each table was read as it was at that moment. What was changed while the archive was being made can be in"
            " one file and not yet in another."
        ),
        _(
            "Passwords, keys, codes for signing in and access to other systems are not in it: they open doors and are"
            " good nowhere else."
        ),
        _("It holds personal data of your customers. Keep it safe, and delete it when you do not need it any more."),
        "",
        *_listed(archive),
        "",
    ]
    return "\r\n".join(lines)


def _listed(archive: Archive) -> Iterator[str]:
    """A line for each table and folder, in the order of the archive."""
    about = _about()
    counted = ArchiveEntry.objects.filter(archive=archive).order_by().values("source")
    for row in counted.annotate(files=Count("pk"), lines=Sum("rows"), first=Max("number")).order_by("first"):
        name = ArchiveEntry.objects.values_list("name", flat=True).get(archive=archive, number=row["first"])
        if row["source"] in FOLDERS:
            where = name.partition("/")[0] + "/"
            number = ngettext("%(count)d file", "%(count)d files", row["files"]) % {"count": row["files"]}
        else:
            where = name if row["files"] == 1 else _("%(name)s and those before it") % {"name": name}
            number = ngettext("%(count)d row", "%(count)d rows", row["lines"]) % {"count": row["lines"]}
        yield f"{where}: {about[row['source']]} ({number})"


def _about() -> Mapping[str, str | Promise]:
    tables = [*TABLES.values(), *(table for table, _column in PLATFORM.values())]
    return {**FOLDERS, **OTHERS, **SHEETS, **{table.name: table.about for table in tables}}


def _manifest(archive: Archive, told: Entry) -> Iterator[tuple[int, bytes]]:
    """As JSON, file by file: there may be more of them than memory should hold."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    head = {"format": 1, "business": tenant.slug, "made_at": database_now().isoformat()}
    yield 0, json.dumps(head, indent=1)[:-2].encode() + b',\n "files": [\n'
    separator = b"  "
    for entry in chain(_entries(archive), [told]):
        row = {"name": entry.name, "rows": entry.rows, "bytes": entry.size, "sha256": entry.digest}
        yield 0, separator + json.dumps(row).encode()
        separator = b",\n  "
    yield 0, b"\n ]\n}\n"


def _entries(archive: Archive) -> Iterator[Entry]:
    """The files that are there, in their order."""
    columns = ("source", "name", "rows", "size", "packed", "crc", "offset", "digest")
    found = ArchiveEntry.objects.filter(archive=archive).order_by("number").values_list(*columns)
    for row in found.iterator(chunk_size=AT_ONCE):
        yield Entry(*row)
