"""Every text column of a tenant is in the list of what names people (bookings.own.tables), or the build is red."""

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Field, JSONField, TextField

from bookings.own.tables import GOES, NOBODYS, PASSES, STAYS, is_named


def columns() -> list[str]:
    """`app.Model.column` of everything that could hold a name: texts, lists of texts and JSON."""
    return [
        f"{model._meta.label}.{field.name}"
        for config in apps.get_app_configs()
        if config.name in settings.TENANT_APPS
        for model in config.get_models()
        for field in model._meta.concrete_fields
        if _holds_words(field)
    ]


def _holds_words(field: Field) -> bool:
    if isinstance(field, ArrayField):
        return isinstance(field.base_field, CharField | TextField)
    return isinstance(field, CharField | TextField | JSONField) and not field.choices


def test_every_column_that_could_name_somebody_is_in_the_list() -> None:
    unnamed = [label for label in columns() if not is_named(label)]
    assert not unnamed, f"Say in bookings/own/tables.py what becomes of it when its person is erased: {unnamed}"


def test_every_entry_of_the_list_is_a_column_or_a_model_and_stands_there_once() -> None:
    known = set(columns())
    models = {label.rpartition(".")[0] for label in known}
    assert (set(GOES) | set(PASSES) | set(STAYS)) - known == set()
    assert NOBODYS - known - models == set()
    assert not set(GOES) & set(PASSES) | set(GOES) & set(STAYS) | set(PASSES) & set(STAYS)
    assert not NOBODYS & (set(GOES) | set(PASSES) | set(STAYS))
