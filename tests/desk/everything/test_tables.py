"""Every table and every column that could be a secret is decided on, by name, or the build is red."""

from django.apps import apps
from django.conf import settings
from django.db.models import BinaryField, Model

from desk.everything.files import SOURCES
from desk.everything.sources import columns_of, tables
from desk.everything.tables import EXCUSED, FOLDERS, HARMLESS, LEFT_OUT, OTHERS, PLATFORM, SHEETS, SMELLS, TABLES
from tests.worlds import World

MODELS = apps.get_models(include_auto_created=True)


def is_tenants(model: type[Model]) -> bool:
    """Whether its table lies in the tenants' schemas."""
    return apps.get_app_config(model._meta.app_label).name in settings.TENANT_APPS


def names_a_tenant(model: type[Model]) -> bool:
    """Whether it is the platform's and its rows are about a tenant."""
    return not is_tenants(model) and bool(
        {field.attname for field in model._meta.concrete_fields} & {"tenant_id", "schema_name"}
    )


def test_every_table_of_a_tenant_is_in_the_archive_or_excused() -> None:
    known = {model._meta.label for model in MODELS if is_tenants(model)}
    unnamed = known - TABLES.keys() - EXCUSED.keys()
    assert not unnamed, f"Say in desk/everything/tables.py what it is, or why it stays behind: {unnamed}"
    assert not TABLES.keys() & EXCUSED.keys()
    assert not TABLES.keys() - known


def test_every_table_of_the_platform_about_a_tenant_is_in_the_archive_or_excused() -> None:
    known = {model._meta.label for model in MODELS if names_a_tenant(model)} | {"tenants.Tenant"}
    unnamed = known - PLATFORM.keys() - EXCUSED.keys()
    assert not unnamed, f"Say in desk/everything/tables.py what it is, or why it stays behind: {unnamed}"
    assert not PLATFORM.keys() & EXCUSED.keys()
    assert not PLATFORM.keys() - known
    assert not EXCUSED.keys() - {model._meta.label for model in MODELS}


def test_every_column_that_smells_of_a_secret_is_left_out_or_said_to_be_harmless() -> None:
    smelling, columns = set(), set()
    for label in (*TABLES, *PLATFORM):
        for field in apps.get_model(label)._meta.concrete_fields:
            columns.add(f"{label}.{field.attname}")
            if SMELLS.search(field.attname) or isinstance(field, BinaryField):
                smelling.add(f"{label}.{field.attname}")
    undecided = smelling - LEFT_OUT.keys() - HARMLESS.keys()
    assert not undecided, f"Say in LEFT_OUT or HARMLESS of desk/everything/tables.py: {undecided}"
    assert not LEFT_OUT.keys() & HARMLESS.keys()
    assert not (LEFT_OUT.keys() | HARMLESS.keys()) - columns
    assert not HARMLESS.keys() - smelling


def test_what_is_left_out_is_in_no_file() -> None:
    for label in (*TABLES, *PLATFORM):
        model = apps.get_model(label)
        assert not {f"{label}.{column}" for column in columns_of(model)} & LEFT_OUT.keys()


def test_every_source_has_a_name_of_its_own_and_words(in_alpha: World) -> None:
    names = [source.name for source in (*tables(), *SOURCES)]
    assert len(names) == len(set(names)) == len(TABLES) + len(PLATFORM) + len(SOURCES)
    assert {source.name for source in SOURCES} == FOLDERS.keys() | SHEETS.keys() | OTHERS.keys()
