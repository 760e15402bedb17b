"""Everything outside a tenant's schema that is about the tenant has a fate, by name, and the guide says the same."""

import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import Model

from tenants import due
from tenants.backups.fates import KINDS, LEFT_ALONE, PUBLIC, SETTINGS, STANDS, Fate
from tenants.models import Tenant

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "operations" / "restore.md"


def names_a_tenant(model: type[Model]) -> bool:
    """Whether it is the platform's and its rows are about a tenant."""
    is_tenants = apps.get_app_config(model._meta.app_label).name in settings.TENANT_APPS
    columns = {field.attname for field in model._meta.concrete_fields}
    return not is_tenants and bool(columns & {"tenant_id", "schema_name"})


def test_every_table_of_the_platform_about_a_tenant_has_a_fate() -> None:
    known = {model._meta.label for model in apps.get_models(include_auto_created=True) if names_a_tenant(model)}
    unnamed = known - PUBLIC.keys() - LEFT_ALONE.keys()
    assert not unnamed, f"Say in tenants/backups/fates.py what becomes of them when a tenant is restored: {unnamed}"
    assert PUBLIC.keys() | LEFT_ALONE.keys() == known
    assert not PUBLIC.keys() & LEFT_ALONE.keys()
    for label, rows in PUBLIC.items():
        columns = {field.attname for field in apps.get_model(label)._meta.concrete_fields}
        assert rows.column in columns, label


def test_every_column_of_the_tenants_own_row_has_a_fate() -> None:
    columns = {field.attname for field in Tenant._meta.concrete_fields}
    assert columns == {*SETTINGS, *STANDS}, "Say in tenants/backups/fates.py whether it goes back"
    assert not set(SETTINGS) & set(STANDS)


def test_every_kind_of_due_work_has_a_fate() -> None:
    due._find_kinds()
    ours = {kind for kind, handler in due._handlers.items() if not handler.__module__.startswith("tests.")}
    assert KINDS.keys() == ours, "Say in tenants/backups/fates.py what becomes of it when a tenant is restored"


def test_the_guide_says_the_same() -> None:
    said = {}
    for line in GUIDE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"`\w+\.\w+`", cells[0]) and len(cells) == 4:
            said[cells[0].strip("`")] = (cells[1], cells[2])
    words = {Fate.STAYS: "as it is now", Fate.BACK: "as in the backup"}
    assert said == {label: (words[rows.there], words[rows.gone]) for label, rows in PUBLIC.items()}
