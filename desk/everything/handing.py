"""The archive for an owner who leaves and asks an operator for it: the same one, into a file, without a letter.

It is an archive of the first owner, as if they had asked themselves, and is deleted once the file is whole.
"""

from collections.abc import Callable

from accounts.models import Role, User
from desk.everything import shelf, working
from desk.models import Archive
from kernel.errors import Conflict, Refused
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants.backups import files
from tenants.models import DueWork, Tenant


def write(tenant: Tenant, to: str, tell: Callable[[str], object]) -> int:
    """Write everything that the tenant has, in its schema; answers the bytes. Nothing has the name before it is whole.

    Raises `Conflict`: `archive_under_way`, `archive_ready`; and `Refused("no_owner")`.
    """
    with files.whole(to) as out:
        archive = transact(_begin)
        while archive.state == Archive.State.WORKING:
            working.advance_quietly(archive)
            archive = Archive.objects.select_related("asked_by").get(pk=archive.pk)
            tell(f"{archive.done} of about {archive.expected} rows and files")
        try:
            for piece in shelf.content(tenant, archive):
                out.write(piece)
        finally:
            shelf.drop(archive)  # a disk that is full must not leave it with the owner, who did not ask for it
    return int(archive.written)


def _begin() -> Archive:
    """A new one, or the one that an interrupted command has left: nobody else works on what no clock has."""
    owner = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()
    if owner is None:
        raise Refused("no_owner", "It has no owner who can sign in.")
    now = database_now()
    standing = Archive.objects.filter(state__in=Archive.STANDING, expires_at__gt=now).select_related("asked_by")
    for archive in standing.order_by("pk"):
        if archive.state == Archive.State.WORKING and not _is_planned(archive):
            return archive
        if archive.state == Archive.State.WORKING:
            raise Conflict("archive_under_way", "An owner's archive is being put together: try again when it is done.")
        if archive.asked_by_id == owner.pk:
            text = f"{owner.email} has an archive that is ready since {archive.ready_at:%Y-%m-%d %H:%M} UTC."
            raise Conflict("archive_ready", f"{text} They can fetch it; --anew deletes it and makes another.")
    shelf.sweep()
    return Archive.objects.create(asked_by=owner, asked_at=now, expires_at=now + shelf.KEPT)


def _is_planned(archive: Archive) -> bool:
    mine = DueWork.objects.filter(schema_name=current_schema(), kind=shelf.KIND, object_id=str(archive.pk))
    return bool(mine.exists())


def give_up() -> None:
    """Delete the first owner's archive, in its schema."""
    owner = User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk").first()
    if owner is not None:
        shelf.delete(owner)
