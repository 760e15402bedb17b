"""A ZIP file that is written in parts, each where the last one ended: its bytes go out in chunks and are not kept here.

What `zipfile` has to know of files that were written before is asked for at the end, one after the other.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

CHUNK = 1 << 20
"""Bytes of a chunk at most."""
STREAMED = 0x08
"""The flag of a file whose sizes stand behind it (APPNOTE.TXT, 4.4.4)."""
MODE = 0o100644 << 16


@dataclass(slots=True)
class Entry:
    """A file in the archive, as `ArchiveEntry` keeps it."""

    source: str
    name: str
    rows: int = 0
    size: int = 0
    packed: int = 0
    crc: int = 0
    offset: int = 0
    digest: str = ""


class Chunks:
    """Takes bytes from `zipfile`, which is told where in the archive they come to lie; nothing is sought in it."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.full: list[bytes] = []
        self._rest = bytearray()

    def write(self, data: bytes) -> int:
        self.at += len(data)
        self._rest += data
        while len(self._rest) >= CHUNK:
            self.full.append(bytes(self._rest[:CHUNK]))
            del self._rest[:CHUNK]
        return len(data)

    def tell(self) -> int:
        return self.at

    def flush(self) -> None:
        """Nothing waits."""

    def all(self) -> list[bytes]:
        """What was written, in chunks."""
        return [*self.full, bytes(self._rest)] if self._rest else list(self.full)


class Part:
    """Some files of an archive, from the byte `at` on."""

    def __init__(self, at: int, made_at: datetime) -> None:
        self.began = at
        self.entries: list[Entry] = []
        self.raw = 0
        self._chunks = Chunks(at)
        self._zip = ZipFile(_unseekable(self._chunks), "w", ZIP_DEFLATED)
        self._made_at = made_at

    def add(self, source: str, name: str, pieces: Iterable[tuple[int, bytes]]) -> None:
        """Write a file of pieces, each with the number of rows that it has; none at all makes no file."""
        begun = _begun(iter(pieces))
        if begun is None:
            return
        info, entry, digest = _info(name, self._made_at), Entry(source, name), hashlib.sha256()
        with self._zip.open(info, "w") as file:
            for rows, data in begun:
                file.write(data)
                digest.update(data)
                entry.rows += rows
                self.raw += len(data)
        entry.size, entry.packed, entry.crc = info.file_size, info.compress_size, info.CRC
        entry.offset, entry.digest = info.header_offset, digest.hexdigest()
        self.entries.append(entry)

    @property
    def at(self) -> int:
        """Where the next byte comes to lie in the archive."""
        return self._chunks.at

    @property
    def packed(self) -> int:
        """Bytes that it has by now."""
        return self.at - self.began

    def end(self) -> list[bytes]:
        """Its bytes. It is over: what `zipfile` writes now would be an end, and the archive goes on."""
        chunks = self._chunks.all()
        self._zip.close()
        return chunks


def directory(at: int, made_at: datetime, number: int, entries: Iterable[Entry]) -> list[bytes]:
    """The end of an archive of so many bytes and files: ZIP's directory, which makes one file of all parts."""
    chunks = Chunks(at)
    archive = ZipFile(_unseekable(chunks), "w")
    archive.filelist = _Listed(number, (_listed(entry, made_at) for entry in entries))  # type: ignore[assignment]
    archive.close()
    return chunks.all()


class _Listed:
    """As a list for whoever goes through it once: an archive may have more files than memory should hold."""

    def __init__(self, number: int, infos: Iterator[ZipInfo]) -> None:
        self._number, self._infos = number, infos

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[ZipInfo]:
        return self._infos


def _info(name: str, made_at: datetime) -> ZipInfo:
    info = ZipInfo(name, made_at.timetuple()[:6])
    info.compress_type, info.external_attr = ZIP_DEFLATED, MODE
    return info


def _listed(entry: Entry, made_at: datetime) -> ZipInfo:
    info = _info(entry.name, made_at)
    info.flag_bits |= STREAMED
    info.file_size, info.compress_size = entry.size, entry.packed
    info.CRC, info.header_offset = entry.crc, entry.offset
    return info


def _begun(pieces: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]] | None:
    """The pieces, if there are any."""
    for first in pieces:
        return _chained(first, pieces)
    return None


def _chained(first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from rest


def _unseekable(chunks: Chunks) -> Any:
    assert not hasattr(chunks, "seek")
    return chunks
