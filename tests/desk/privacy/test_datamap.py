"""Every field of every table is in the data map, and docs/privacy/data.md is what the command writes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from desk.privacy import columns, datamap, drawing, tables
from desk.privacy.tables import MIRROR, PURPOSES, TABLES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "privacy" / "data.md"
AGAIN = "Run `manage.py data_map > docs/privacy/data.md` and look at what has changed."


def written(form: str = "markdown") -> str:
    out = io.StringIO()
    call_command("data_map", format=form, stdout=out)
    return out.getvalue()


def test_every_table_and_every_field_that_could_name_somebody_is_decided_on() -> None:
    missing = datamap.unnamed()
    assert not missing, f"Say in desk/privacy/tables.py what a table is for, in columns.py what ends a field: {missing}"


def test_every_field_of_every_model_is_in_the_map_once() -> None:
    models = [model for model in apps.get_models(include_auto_created=True) if datamap.places_of(model)]
    known = sorted((model._meta.label, field.attname) for model in models for field in model._meta.concrete_fields)
    assert sorted((row[0], row[1]) for row in drawing.rows()) == known


def test_every_line_of_the_lists_is_a_table_or_a_field_and_stands_there_once() -> None:
    models = {model._meta.label: model for model in apps.get_models(include_auto_created=True)}
    fields = {f"{label}.{field.name}" for label, model in models.items() for field in model._meta.concrete_fields}
    assert TABLES.keys() - models.keys() == set()
    assert columns.ENDS.keys() - fields == set()
    assert columns.NUMBERS - fields == set()
    assert columns.NOBODYS - fields - models.keys() == set()
    assert not columns.ENDS.keys() & columns.NOBODYS
    assert {kind.purpose for kind in TABLES.values()} <= PURPOSES.keys()
    assert sum(len(labels.split()) for labels in tables._NAMED.values()) == len(TABLES)


def test_what_is_personal_says_what_ends_it_and_whose_it_is() -> None:
    for table in datamap.drawn():
        for column in table.columns:
            assert column.personal in {"yes", "number", "no"}
            if column.personal != "no":
                assert column.ends, f"{column.table}.{column.name}"


@pytest.mark.parametrize(
    ("name", "places", "personal", "ends"),
    [
        ("bookings.Booking.email", "each tenant's schema", "yes", "erasure: emptied"),
        ("bookings.Booking.start", "each tenant's schema", "no", datamap.WITH_BUSINESS),
        ("bookings.Booking.customer_id", "each tenant's schema", "number", datamap.LEADS),
        ("bookings.BookingFile.content", "each tenant's schema", "yes", "erasure: deleted"),
        ("accounts.User.email", "public and each tenant's schema", "yes", None),
        ("axes.AccessAttempt.ip_address", "public and each tenant's schema", "yes", None),
        ("website.SignUp.email", "public", "yes", "retention: 30 days after it was typed"),
        ("operators.OperatorAct.email", "public", "yes", columns.FOR_GOOD),
        ("payments.Document.buyer", "each tenant's schema", "yes", None),
    ],
)
def test_map_says_of_a_field(name: str, places: str, personal: str, ends: str | None) -> None:
    found = {f"{row[0]}.{row[1]}": row for row in drawing.rows()}[name]
    assert (found[3], found[4]) == (places, personal)
    if ends is not None:
        assert found[7] == ends


def test_a_field_that_nobody_has_named_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard's own control: take a line away, and it is red, and the command refuses."""
    monkeypatch.setattr(columns, "ENDS", {k: v for k, v in columns.ENDS.items() if k != "website.SignUp.email"})
    monkeypatch.setattr(tables, "TABLES", {k: v for k, v in TABLES.items() if k != "desk.Archive"})
    assert datamap.unnamed() == ["desk.Archive", "website.SignUp.email"]
    with pytest.raises(CommandError, match=r"desk\.Archive, website\.SignUp\.email"):
        written()


def test_page_is_what_the_command_writes(settings: Any) -> None:
    settings.DATA_LOCATION = ""
    assert PAGE.read_text() == written(), AGAIN


def test_command_says_where_data_at_rest_lie(settings: Any) -> None:
    settings.DATA_LOCATION = "Frankfurt am Main, Germany"
    assert "in Frankfurt am Main, Germany.\nTables of a tenant" in written()
    assert json.loads(written("json"))["data_location"] == "Frankfurt am Main, Germany"


def test_csv_and_json_have_a_row_for_each_field() -> None:
    found = list(csv.DictReader(io.StringIO(written("csv"))))
    assert [tuple(row.values()) for row in found] == drawing.rows()
    told = json.loads(written("json"))
    assert [tuple(row.values()) for row in told["fields"]] == drawing.rows()
    assert told["purposes"] == dict(PURPOSES)


def test_mirror_of_stripe_is_one_line_a_table() -> None:
    mirrored = {table.label for table in datamap.drawn() if table.label.startswith(f"{MIRROR}.")}
    page = written()
    for label in mirrored:
        assert page.count(f"| `{label}` |") == 1
