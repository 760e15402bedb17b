"""An archive that is asked for, made and opened again."""

import io
import json
from typing import Any
from zipfile import ZipFile

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from desk.everything import shelf, working
from desk.models import Archive, ArchiveChunk
from tests.worlds import World


def made(world: World, who: str = "owner") -> Archive:
    """An archive from beginning to end; call it in the world's schema."""
    reverse("desk", urlconf=settings.ROOT_URLCONF)  # loads all pages, for longer than a transaction may be idle
    archive = shelf.ask(User.objects.get(pk=world.users[who]))
    working.work(str(archive.pk))
    archive.refresh_from_db()
    return archive


def opened(archive: Archive) -> ZipFile:
    """The file as it is downloaded."""
    pieces = ArchiveChunk.objects.filter(archive=archive).order_by("number").values_list("content", flat=True)
    return ZipFile(io.BytesIO(b"".join(bytes(piece) for piece in pieces)))


def rows(file: ZipFile, name: str) -> list[dict[str, Any]]:
    """The lines of a table."""
    return [json.loads(line) for line in file.read(name).decode().splitlines()]
