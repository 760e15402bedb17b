"""An archive at work: step by step, each committed as a whole, by whoever comes; killed at any moment, none twice.

A step reads outside of any transaction, for some seconds at most, and then adds what it has in one: bytes, files and
where the next step goes on. Whoever comes second with the same step has read in vain.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import override

from desk.everything import ending, files, letters, shelf, sources
from desk.everything.sources import Source, Walk
from desk.everything.zips import Entry, Part
from desk.models import Archive, ArchiveChunk, ArchiveEntry
from kernel import failpoints
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, mail
from tenants.due import Queue
from tenants.mail import Letter

STRETCH = 45.0
"""Seconds of work at once: half of what a worker may take."""
LONGEST = 5.0
"""Seconds after which a step begins nothing more."""
MOST_RAW, MOST_PACKED = 32_000_000, 4_000_000
"""Bytes after which it does so: before they are packed, and packed, which is what is in memory."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step made, and where the next one goes on: at a source by its name, or behind the last."""

    entries: list[Entry]
    chunks: list[bytes]
    source: str
    walk: Walk
    expected: int
    ends: "_Ready | None" = None


@dataclass(frozen=True, slots=True)
class _Ready:
    """When the archive was finished, and the letter that says so, where anybody is told."""

    at: datetime
    letter: Letter | None


@due.handles(shelf.KIND, queue=Queue.BULK)
def work(archive_id: str) -> None:
    """Go on until it is ready, given up, or a stretch is over; as often as it is called."""
    began = time.monotonic()
    while True:
        archive = Archive.objects.select_related("asked_by").filter(pk=archive_id, state=Archive.State.WORKING).first()
        if archive is None:
            return
        if not shelf.may_have(archive.asked_by):
            shelf.drop(archive)
            return
        with override(archive.asked_by.language or mail.house_language()):
            _advance(archive)
        failpoints.hit("archive.committed")
        if time.monotonic() - began > STRETCH:
            due.schedule(shelf.KIND, archive.pk, database_now())
            return


def advance_quietly(archive: Archive) -> None:
    """One step of an archive that an operator makes: nobody is told that it is ready. In its owner's language."""
    with override(archive.asked_by.language or mail.house_language()):
        step = _end(archive) if archive.source == ending.NAME else _read(archive)
        if step.ends is not None:
            step = replace(step, ends=replace(step.ends, letter=None))
        failpoints.hit("archive.read")
        _commit(archive, step)


def _advance(archive: Archive) -> None:
    """One step; nothing of it is in memory while the next one is read."""
    step = _end(archive) if archive.source == ending.NAME else _read(archive)
    failpoints.hit("archive.read")
    _commit(archive, step)


def all_sources() -> list[Source]:
    """Everything that the archive has, in order."""
    return [*sources.tables(), *files.SOURCES]


def _read(archive: Archive) -> _Step:
    """Go through the sources from where the last step ended, until there is enough for one."""
    everything = all_sources()
    names = [source.name for source in everything]
    expected = archive.expected or sum(source.total() for source in everything)
    part, is_full = _part(archive)
    walk = Walk(archive.after, archive.part)
    at = names.index(archive.source) if archive.source else 0
    while at < len(everything):
        everything[at].write(part, walk, is_full)
        if walk.is_over:
            at, walk = at + 1, Walk()
        else:
            walk.number += 1
        if is_full():
            break
    source = names[at] if at < len(names) else ending.NAME
    return _Step(part.entries, part.end(), source, walk, expected)


def _end(archive: Archive) -> _Step:
    """Say what all of it is, and close the file."""
    part, _is_full = _part(archive)
    ending.write(archive, part)
    at = part.at
    chunks = part.end()
    entries = list(part.entries)
    closing = ending.directory(archive, entries, at)
    now = database_now()
    ready = _Ready(now, letters.ready(archive, now + shelf.KEPT))
    return _Step(entries, [*chunks, *closing], ending.NAME, Walk(), archive.expected, ready)


def _part(archive: Archive) -> tuple[Part, Callable[[], bool]]:
    part, began = Part(archive.written, archive.asked_at), time.monotonic()

    def is_full() -> bool:
        return part.raw >= MOST_RAW or part.packed >= MOST_PACKED or time.monotonic() - began > LONGEST

    return part, is_full


def _commit(archive: Archive, step: _Step) -> None:
    """Add a step, if nobody did so meanwhile and the archive is still wanted."""

    def act() -> None:
        still = Archive.objects.select_for_update(of=("self",)).filter(
            pk=archive.pk, state=Archive.State.WORKING, step=archive.step
        )
        current = still.select_related("asked_by").first()
        if current is None:
            return
        chunks = enumerate(step.chunks, current.chunks)
        ArchiveChunk.objects.bulk_create(
            [ArchiveChunk(archive=current, number=number, content=content) for number, content in chunks]
        )
        ArchiveEntry.objects.bulk_create(
            [
                ArchiveEntry(
                    archive=current,
                    number=number,
                    source=entry.source,
                    name=entry.name,
                    rows=entry.rows,
                    size=entry.size,
                    packed=entry.packed,
                    crc=entry.crc,
                    offset=entry.offset,
                    digest=entry.digest,
                )
                for number, entry in enumerate(step.entries, current.entries)
            ]
        )
        failpoints.hit("archive.written")
        _go_on(current, step)

    transact(act)


def _go_on(current: Archive, step: _Step) -> None:
    current.step += 1
    current.source, current.after, current.part = step.source, step.walk.after, step.walk.number
    current.chunks += len(step.chunks)
    current.entries += len(step.entries)
    current.written += sum(len(chunk) for chunk in step.chunks)
    current.done += sum(entry.rows for entry in step.entries)
    current.expected = step.expected
    if step.ends is not None:
        current.state, current.ready_at = Archive.State.READY, step.ends.at
        current.expires_at = step.ends.at + shelf.KEPT
        if step.ends.letter is not None:
            mail.post(step.ends.letter, step.ends.at)
    current.save()
