"""The data map: where every field lies, whose it is, what for and what ends it. Derived from the lists of the house.

A column can name somebody if it holds words, bytes, JSON or a network address; numbers of people lead to an account,
which names nobody once it is erased. All other columns are times, amounts and choices, and say nothing of anybody
without the row that they stand in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, CharField, Field, GenericIPAddressField, JSONField, Model, TextField

from accounts.models import User
from bookings.own import tables as own
from desk.everything import tables as archive
from desk.privacy import columns
from desk.privacy.tables import MIRROR, PURPOSES, Kind, Whose, kind_of

LEADS = "a number: the account that it leads to names nobody once it is erased"
WITH_BUSINESS = "with the business: 30 days after the account was closed"
OF_MIRROR = "law: what belongs to invoices of the platform is kept as tax law asks"


@dataclass(frozen=True, slots=True)
class Column:
    """One field. `personal`: `yes`, `number` (leads to a person), `no`, or empty where nobody has decided."""

    table: str
    name: str
    kind: str
    personal: str
    ends: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its columns; `places` are the schemas that it lies in, `archive` the file that owners take."""

    label: str
    database_name: str
    places: str
    kind: Kind
    archive: str
    columns: tuple[Column, ...]

    @property
    def purpose(self) -> str:
        """What it is for, in words."""
        return PURPOSES[self.kind.purpose]


def drawn() -> tuple[Table, ...]:
    """The whole map, tables in order of their names."""
    known = [(model, kind_of(model._meta.label)) for model in _models()]
    return tuple(
        sorted((_table(model, kind) for model, kind in known if kind is not None), key=lambda table: table.label)
    )


def unnamed() -> list[str]:
    """Tables without a purpose, and columns that could name somebody and of which nobody has said whether they do."""
    tables = [model._meta.label for model in _models() if kind_of(model._meta.label) is None]
    return [*tables, *(f"{each.table}.{each.name}" for table in drawn() for each in table.columns if not each.personal)]


def could_name(field: "Field[Any, Any]") -> bool:
    """Whether a column could hold what names somebody, by its type."""
    if isinstance(field, ArrayField):
        return could_name(field.base_field)
    words = isinstance(field, CharField | TextField) and not field.choices
    return words or isinstance(field, JSONField | BinaryField | GenericIPAddressField)


def places_of(model: type[Model]) -> str:
    """In which schemas a table lies."""
    name = apps.get_app_config(model._meta.app_label).name
    found = [*(["public"] if name in settings.SHARED_APPS else [])]
    found += ["each tenant's schema"] if name in settings.TENANT_APPS else []
    return " and ".join(found)


def _models() -> list[type[Model]]:
    """All that have a table somewhere."""
    return [model for model in apps.get_models(include_auto_created=True) if places_of(model)]


def _table(model: type[Model], kind: Kind) -> Table:
    label = model._meta.label
    fields: list[Field[Any, Any]] = list(model._meta.concrete_fields)
    return Table(
        label,
        model._meta.db_table,
        places_of(model),
        kind,
        _archived(label),
        tuple(Column(label, field.attname, field.get_internal_type(), *_said(label, field, kind)) for field in fields),
    )


def _said(label: str, field: "Field[Any, Any]", kind: Kind) -> tuple[str, str]:
    """Whether a column is about a person, and what ends it."""
    name = f"{label}.{field.name}"
    if ends := next(_ends(name), ""):
        return "yes", ends
    if label.partition(".")[0] == MIRROR:
        return ("yes" if could_name(field) and not field.primary_key else "no"), OF_MIRROR
    if name in columns.NUMBERS or (field.related_model is User and kind.whose != Whose.NOBODY):
        return "number", LEADS
    if field.related_model is not None or not could_name(field) or _is_nobodys(label, name):
        return "no", WITH_BUSINESS if "tenant" in places_of(apps.get_model(label)) else ""
    return "", ""


def _ends(name: str) -> Iterator[str]:
    """What ends a column that names somebody, in the words of the list that knows it."""
    lists = (("erasure", own.GOES), ("passes", own.PASSES), ("kept by law or need", own.STAYS))
    yield from (f"{how}: {found[name]}" for how, found in lists if name in found)
    if name in columns.ENDS:
        yield columns.ENDS[name]


def _is_nobodys(label: str, name: str) -> bool:
    return bool({label, name} & (own.NOBODYS | columns.NOBODYS))


def _archived(label: str) -> str:
    if label in archive.TABLES:
        return archive.TABLES[label].name
    return archive.PLATFORM[label][0].name if label in archive.PLATFORM else ""
