"""The data map as people and programs read it: Markdown, CSV, JSON. The same rows each time, in the same order."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from desk.privacy import datamap, outside
from desk.privacy.datamap import Table
from desk.privacy.tables import PURPOSES
from tenants import processors

NAMES = ("table", "column", "type", "lies in", "personal", "whose", "purpose", "what ends it", "in the archive")
HEAD = """# Data map

Made by `manage.py data_map > docs/privacy/data.md` of what the code says: `bookings/own/tables.py` (what erasure does),
`desk/everything/tables.py` (the archive), `desk/privacy/tables.py` (what for, and whom about) and
`desk/privacy/columns.py` (tables of the platform). A test holds that each field of each table is here, and that this
page is what the command writes. `--format csv` and `--format json` have a row for each field.

**Data at rest** lie in PostgreSQL and its backups, in {location}.
Tables of a tenant lie in a schema of its own, those of the platform in `public`; accounts, sessions and guards of the
sign-in are in both: at the platform they are operators'.
The record of processing: [record.md](record.md). Who agreed to what: [consent.md](consent.md).
"""
ABOUT = """`{table.database_name}` in {table.places}. For {table.kind.purpose}, about {table.kind.whose.value}; in the
archive: {archived}.
"""
MIRRORED = """In public. For plan, about the business and its owner; in the archive: left out. Copies without a key
([decision 23](../decisions/0023-dj-stripe-is-a-mirror.md)): plans, subscriptions and invoices of businesses, never
payments of their customers. Texts and JSON count as personal and are kept as tax law asks, with the invoices that they
belong to.
"""
PLACES = ("where", "what", "whose", "purpose", "what ends it", "when")
NOWHERE = "the place that the setting `DATA_LOCATION` names"


def markdown(location: str = "") -> str:
    """The page."""
    tables = datamap.drawn()
    head = HEAD.format(location=location or NOWHERE)
    parts = [head, "## What for\n", _grid(("key", "purpose"), PURPOSES.items()), "## Besides the tables\n"]
    parts.append(_grid(PLACES, outside.lines()))
    parts.append("## The tables\n")
    parts += [_of_table(table) for table in tables if table.label.partition(".")[0] != "djstripe"]
    parts.append(_of_mirror([table for table in tables if table.label.partition(".")[0] == "djstripe"]))
    return "\n".join(parts)


def rows() -> list[tuple[str, ...]]:
    """A row for each field, with the cells of `NAMES`."""
    return [
        (
            table.label,
            column.name,
            column.kind,
            table.places,
            column.personal,
            table.kind.whose.value,
            table.kind.purpose,
            column.ends,
            table.archive,
        )
        for table in datamap.drawn()
        for column in table.columns
    ]


def as_csv(_location: str = "") -> str:
    """As RFC 4180 has it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(NAMES)
    writer.writerows(rows())
    return text.getvalue()


def as_json(location: str = "") -> str:
    """Fields, purposes and places besides the tables."""
    told: dict[str, Any] = {
        "data_location": location,
        "purposes": dict(PURPOSES),
        "fields": [dict(zip(NAMES, row, strict=True)) for row in rows()],
        "places": [
            dict(zip(("where", "what", "whose", "purpose", "ends", "when"), line, strict=True))
            for line in outside.lines()
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


FORMATS: Mapping[str, Callable[[str], str]] = {"markdown": markdown, "csv": as_csv, "json": as_json}


def written(form: str) -> str:
    """The map in a format of `FORMATS`, as this house is set up."""
    return FORMATS[form](processors.data_location())


def _of_table(table: Table) -> str:
    archived = f"`{table.archive}`" if table.archive else "left out"
    lines = [
        f"### {table.label}\n",
        ABOUT.format(table=table, archived=archived),
    ]
    named = [column for column in table.columns if column.personal == "yes"]
    numbers = [column for column in table.columns if column.personal == "number"]
    others = [column for column in table.columns if column.personal == "no"]
    if named:
        lines.append(_grid(("field", "what ends it"), ((f"`{each.name}`", each.ends) for each in named)))
    if numbers:
        lines.append(f"Leads to a person by number: {_names(numbers)}.\n")
    if others:
        lines.append(f"Names nobody: {_names(others)}.\n")
    return "\n".join(lines)


def _of_mirror(tables: Sequence[Table]) -> str:
    """All of dj-stripe's at once: they are alike, and no field of them is ours."""
    lines = [
        "### djstripe: what Stripe says of businesses that have a plan\n",
        MIRRORED,
        _grid(
            ("table", "could name somebody", "names nobody"),
            (
                (
                    f"`{table.label}`",
                    _names([column for column in table.columns if column.personal == "yes"]) or "-",
                    _names([column for column in table.columns if column.personal != "yes"]) or "-",
                )
                for table in tables
            ),
        ),
    ]
    return "\n".join(lines)


def _names(columns: Iterable[datamap.Column]) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)


def _grid(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    found = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    found += [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join(found) + "\n"
