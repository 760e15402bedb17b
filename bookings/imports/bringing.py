"""Bringing a file, saying yes to it, stopping it; who sees whose; and how long it is kept.

| what | kept |
|---|---|
| what a row says (sealed) | until it is imported; else `KEPT` from the day it was brought |
| the report: row numbers, what became of them, why | `KEPT` |
| digests of what was imported, so that it is not imported twice | for good |
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings.imports import keys, season, working
from bookings.imports.kinds import COLUMNS
from bookings.imports.reading import Line, Table, table
from bookings.models import Import, ImportRow
from kernel.errors import Forbidden, Invalid, NotFound, Refused
from outside import vault
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import cleaning, due, gate
from venues.access import check_manager, resources_managed_by
from venues.models import Resource

KEPT = timedelta(days=30)
MOST_WAITING = 5
"""So many imports of a tenant may be at work at once."""
State = Import.State


@dataclass(frozen=True)
class Wish:
    """A file, and what is to be done with it. `contact`, `resource_id` and `becoming` are a season's."""

    kind: str
    content: bytes
    file_name: str = ""
    is_trial: bool = True
    notifies: bool = False
    overrules: tuple[str, ...] = ()
    resource_id: int | None = None
    becoming: str = Import.Becoming.BOOKINGS
    contact: Mapping[str, str] = field(default_factory=dict)


def imports_seen_by(user: User) -> QuerySet[Import]:
    """All for the owner, their own for managers; `Forbidden` for everybody else."""
    check_manager(user)
    rows = Import.objects.all()
    return rows if user.role == Role.OWNER else rows.filter(created_by_id=user.pk)


def one(user: User, import_id: int) -> Import:
    """One of them; `NotFound`."""
    found = imports_seen_by(user).select_related("resource__venue").filter(pk=import_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such import."))
    return found


def bring(user: User, wish: Wish) -> Import:
    """Take a file in: read as a whole, and its rows queued to be tried, or done. Call it outside of transactions.

    Raises `Invalid` for a file that cannot be read (`bookings.imports.reading`), and `Refused("too_many_imports")`.
    """
    check_manager(user)
    resource = _resource(user, wish)
    if resource is not None:
        lines = season.lines_of(wish.content, resource, database_now())
        read = Table(lines, [])
        found = [season.key_of(line, resource, wish.becoming) for line in lines]
    else:
        columns = COLUMNS[wish.kind]
        read = table(wish.content, columns.known, columns.required)
        found = keys.keys_of(wish.kind, read.lines)
    rows = [_row(line, key) for line, key in zip(read.lines, found, strict=True)]
    return transact(lambda: _kept(user, wish, read, rows))


def _resource(user: User, wish: Wish) -> Resource | None:
    if wish.kind != Import.Kind.SEASON:
        return None
    if wish.resource_id is None:
        raise Invalid("resource_required", _("Say for which resource this calendar is."))
    found = resources_managed_by(user).select_related("venue").filter(pk=wish.resource_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such resource."))
    return found


def _kept(user: User, wish: Wish, read: Table, rows: list[ImportRow]) -> Import:
    now = gate.open_now(alone="imports")
    if Import.objects.filter(state__in=Import.WORKED_ON).count() >= MOST_WAITING:
        raise Refused("too_many_imports", _("Other files are being imported. Wait until they are done."))
    source = Import.objects.create(
        kind=wish.kind,
        state=State.CHECKING if wish.is_trial else State.RUNNING,
        file_name=wish.file_name[:120],
        ignored=read.ignored,
        total=len(read.lines),
        notifies=wish.notifies,
        overrules=list(wish.overrules),
        becoming=wish.becoming,
        resource_id=wish.resource_id if wish.kind == Import.Kind.SEASON else None,
        created_by_id=user.pk,
        created_at=now,
        **wish.contact,
    )
    for row in rows:
        row.pk, row.source = None, source  # it may be the second try
    ImportRow.objects.bulk_create(rows, batch_size=500)
    due.schedule(working.KIND, source.pk, now)
    return source


def _row(line: Line, key: str) -> ImportRow:
    sealed = vault.seal(json.dumps(line.cells, ensure_ascii=False))
    return ImportRow(number=line.number, at=line.at, sealed=sealed, key=key)


def go(user: User, import_id: int) -> Import:
    """Do what was tried. Twice is once. `Refused("wrong_state")` while it is being tried, or once it was stopped."""

    def act() -> Import:
        source = _locked(user, import_id)
        if source.state in {State.RUNNING, State.DONE}:
            return source
        if source.state != State.CHECKED:
            raise Refused("wrong_state", _("This file has not been checked."))
        source.state, source.ended_at = State.RUNNING, None
        source.save()
        source.rows.update(state=ImportRow.State.WAITING, code="", detail="", made="", takes=[])
        due.schedule(working.KIND, source.pk, gate.open_now())
        return source

    return transact(act)


def stop(user: User, import_id: int) -> Import:
    """Do no more rows; what was imported stays. Twice is once. `Refused("wrong_state")` for one that is done."""

    def act() -> Import:
        source = _locked(user, import_id)
        if source.state == State.CANCELLED:
            return source
        if source.state == State.DONE:
            raise Refused("wrong_state", _("This file has been imported."))
        source.state, source.ended_at = State.CANCELLED, database_now()
        source.save()
        source.rows.update(sealed="", takes=[])
        return source

    return transact(act)


def _locked(user: User, import_id: int) -> Import:
    one(user, import_id)
    found = imports_seen_by(user).select_for_update().filter(pk=import_id).first()
    if found is None:
        raise Forbidden("permission_denied", _("This is not your import."))
    return found


def counts(sources: Iterable[Import]) -> dict[int, dict[str, int]]:
    """How many rows of each are in each state, in one query."""
    found = {source.pk: dict.fromkeys(ImportRow.State.values, 0) for source in sources}
    rows = ImportRow.objects.filter(source__in=found).order_by().values_list("source", "state")
    for source, state, count in rows.annotate(count=Count("pk")):
        found[source][state] = count
    return found


@cleaning.of_tenants("imports")
def sweep() -> int:
    """Delete what was brought `KEPT` ago."""
    return cleaning.sweep(Import.objects.filter(created_at__lt=Now() - KEPT))
