"""The file: a gzip-compressed tar, written and read from its beginning to its end; memory does not grow with it.

    format.json                 which format this is
    script.json                 the DDL, as `tenants.template` reads it
    rows/<table>/<n>            rows as COPY's text, some megabytes each
    public/<app.Model>/<n>      rows of the platform about the tenant, as JSON Lines
    files/<path>                what lies below the tenant's folder
    manifest.json               what must have come, with digests

A tar says a member's length before its bytes: tables therefore come in pieces.
"""

import gzip
import io
import os
import sys
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from tenants.backups.manifests import Damaged

FORMAT, SCRIPT, MANIFEST = "format.json", "script.json", "manifest.json"
ROWS, PUBLIC, FILES = "rows", "public", "files"
LEVEL = 4
"""Half of the time of gzip's usual 6 and 3% more bytes, measured on bookings."""
CHUNK = 1 << 20
STDOUT = "-"
BROKEN = (EOFError, OSError, zlib.error, tarfile.TarError)


class Writer:
    """Writes members one after the other."""

    def __init__(self, out: BinaryIO) -> None:
        self._gzip = gzip.GzipFile(fileobj=out, mode="wb", compresslevel=LEVEL, filename="")
        self._tar = tarfile.TarFile(fileobj=self._gzip, mode="w", format=tarfile.PAX_FORMAT)

    def add(self, name: str, data: bytes) -> None:
        """A member of these bytes."""
        self.add_from(name, len(data), io.BytesIO(data))

    def add_from(self, name: str, size: int, source: IO[bytes]) -> None:
        """A member of so many bytes, read as they are needed."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, source)

    def close(self) -> None:
        """Write the ends of both."""
        self._tar.close()
        self._gzip.close()


@contextmanager
def written(to: str) -> Iterator[Writer]:
    """A writer to a path, or to standard output for `-`."""
    if to == STDOUT:
        writer = Writer(sys.stdout.buffer)
        yield writer
        writer.close()
        sys.stdout.buffer.flush()
        return
    with whole(to) as out:
        writer = Writer(out)
        yield writer
        writer.close()


@contextmanager
def whole(to: str) -> Iterator[BinaryIO]:
    """A file that has its name once it is whole and on the disk, and not before; nobody else may read it."""
    path = Path(to)
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o600)
        part.rename(path)
        _sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def members(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Every member with its bytes, to be read before the next one; raises `Damaged` where the file is not whole."""
    try:
        with path.open("rb") as raw, gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
            with tarfile.open(fileobj=unpacked, mode="r|") as tar:
                for info in tar:
                    content = tar.extractfile(info)
                    if content is None:
                        raise Damaged(f"{info.name} is no file")
                    yield info.name, _chunks(content)
            while unpacked.read(CHUNK):  # the checksum comes at the very end
                pass
    except FileNotFoundError:
        raise
    except BROKEN as error:
        raise Damaged("it cannot be read to its end") from error


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    try:
        while chunk := content.read(CHUNK):
            yield chunk
    except BROKEN as error:
        raise Damaged("it cannot be read to its end") from error


def part_of(name: str) -> tuple[str, str, str]:
    """`rows/bookings_booking/3` in its parts; raises `Damaged` for a name that no backup has."""
    kind, _slash, rest = name.partition("/")
    if kind == FILES and rest and not Path(rest).is_absolute() and ".." not in Path(rest).parts:
        return kind, rest, ""
    table, _slash, number = rest.partition("/")
    if kind in {ROWS, PUBLIC} and table and number.isdigit():
        return kind, table, number
    raise Damaged(f"it has a member {name[:80]}")
