"""The archive on its shelf: asked for, looked at, handed out to who asked, deleted at once or after a week."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from bookings import looks
from bookings.models import Look
from desk.models import Archive, ArchiveChunk, ArchiveEntry
from kernel.errors import Conflict, NotFound
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import cleaning, due
from tenants.models import DueWork

KIND = "archive"
"""The kind of due work that makes an archive."""
KEPT = timedelta(days=7)
"""So long it can be fetched."""
State = Archive.State


def own(user: User) -> Archive | None:
    """The archive of an owner: being made, or there to be fetched."""
    return _standing(user).first()


def of_others(user: User) -> Archive | None:
    """What another owner asked for and is being made: only one is at a time."""
    at_work = Archive.objects.filter(state=State.WORKING, expires_at__gt=database_now())
    return at_work.exclude(asked_by=user).select_related("asked_by").first()


def is_given_up(archive: Archive) -> bool:
    """Whether it failed so often that nobody tries any more."""
    return DueWork.objects.filter(**_work(archive), is_dead=True).exists()


def ask(user: User) -> Archive:
    """Have everything put together; whoever has an archive that lives gets that one. Refused while another is made."""

    def act() -> Archive:
        found = own(user)
        if found is not None:
            return found
        if of_others(user) is not None:
            raise Conflict("archive_under_way", _("Another owner's archive is being put together. Please try later."))
        now = database_now()
        _over(now)
        made = Archive.objects.create(asked_by=user, asked_at=now, expires_at=now + KEPT)
        due.schedule(KIND, made.pk, now)
        return made

    try:
        return transact(act)
    except IntegrityError:  # somebody asked at the same moment
        return transact(act)


def delete(user: User) -> bool:
    """Give an owner's archive up, finished or not; answers whether there was one."""

    def act() -> bool:
        found = list(_standing(user).select_for_update())
        for archive in found:
            _give_up(archive)
        return bool(found)

    was_there = transact(act)
    clear()
    return was_there


def drop(archive: Archive) -> None:
    """Give an archive up whose owner is none any more."""

    def act() -> None:
        for current in Archive.objects.select_for_update().filter(pk=archive.pk, state__in=Archive.STANDING):
            _give_up(current)

    transact(act)
    clear()


def hand_out(user: User) -> Archive:
    """The archive to be fetched, noted as fetched; `NotFound` for whoever has none that is ready."""

    def act() -> Archive:
        archive = _standing(user).select_for_update().filter(state=State.READY).first()
        if archive is None:
            raise NotFound("not_found", _("There is nothing to download."))
        archive.downloads = F("downloads") + 1
        archive.save(update_fields=["downloads"])
        looks.at_all(user, Look.What.EXPORT)
        return archive

    return transact(act)


def content(tenant: Any, archive: Archive) -> Iterator[bytes]:
    """Its bytes, chunk by chunk; one that is deleted meanwhile breaks off, and is short of what was announced.

    Nothing is read between two pieces: whoever works in this thread meanwhile finds the schema that was current before.
    """
    for number in range(archive.chunks):
        with tenant_context(tenant):
            piece = ArchiveChunk.objects.values_list("content", flat=True).get(archive=archive.pk, number=number)
        yield bytes(piece)


@cleaning.of_tenants("archives")
def sweep() -> int:
    """Delete archives whose time is over."""
    _over(database_now())
    return clear()


def clear() -> int:
    """Delete the bytes of what is gone, then the rest of it; answers how many rows."""
    gone = Archive.objects.filter(state=State.GONE)
    parts: tuple[QuerySet[Any], ...] = (
        ArchiveChunk.objects.filter(archive__in=gone),
        ArchiveEntry.objects.filter(archive__in=gone),
        gone,
    )
    return sum(cleaning.sweep(rows) for rows in parts)


def may_have(user: User) -> bool:
    """Whether somebody is an owner still."""
    return user.is_active and user.role == Role.OWNER


def _standing(user: User) -> QuerySet[Archive]:
    return Archive.objects.filter(asked_by=user, state__in=Archive.STANDING, expires_at__gt=database_now())


def _over(now: datetime) -> None:
    Archive.objects.filter(state__in=Archive.STANDING, expires_at__lte=now).update(state=State.GONE)


def _give_up(archive: Archive) -> None:
    archive.state = State.GONE
    archive.save(update_fields=["state"])
    DueWork.objects.filter(**_work(archive)).delete()


def _work(archive: Archive) -> dict[str, str]:
    return {"schema_name": current_schema(), "kind": KIND, "object_id": str(archive.pk)}
