"""What is in the archive, column by column: words of the business all are, secrets never, whatever they were."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, transaction
from django.db.models import (
    BinaryField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    EmailField,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    TextField,
    TimeField,
    UUIDField,
)
from django.db.models.functions import Now

from desk.everything.tables import EXCUSED, LEFT_OUT, PLATFORM, TABLES
from desk.models import Change
from tests.desk.everything.scenes import made, opened
from tests.isolation.scene import furnish_bookings
from tests.worlds import World

SHORTEST = 8
READ = {
    *("logo", "language", "time_zone", "schema_name", "currency", "country", "default_currency"),
}
"""Columns that the archive's own making reads, or its letter: what they say has to be a code, or a picture."""
EMPTY = {"bookings.RetentionRule", "subscriptions.Concession", "subscriptions.Subscription", "tenants.Closing"}
"""Tables of which the scene has no row, nor gets one: it sells no plans, nobody closes, or chooses how long."""
REFUSED = {"bookings.SeriesDate.skipped"}
"""Columns that take no other text than theirs: PostgreSQL says so."""


IN_THE_RECORD = {"accounts.AccessToken.name", "accounts.AccessToken.scopes"}
"""Columns of tables that stay behind of which the record tells: that there is a key, and what it may do."""


@pytest.fixture
def furnished(in_alpha: World) -> World:
    """Alpha with something of everything."""
    furnish_bookings(in_alpha)
    return in_alpha


def texts(model: type[Model]) -> Iterator[Any]:
    """Its columns that hold words or codes that nobody has listed."""
    for field in model._meta.concrete_fields:
        inner = field.base_field if isinstance(field, ArrayField) else field
        is_text = isinstance(inner, CharField | TextField | JSONField) and not isinstance(inner, UUIDField)
        is_long = (getattr(inner, "max_length", None) or SHORTEST) >= SHORTEST
        if is_text and is_long and not inner.choices and not field.primary_key:
            yield field


def plant(model: type[Model], field: Any, canary: str, of: dict[str, Any]) -> bool:
    """Write a canary into one row, past all triggers that keep rows as they are; False where PostgreSQL refuses."""
    row = model._base_manager.filter(**of).order_by("pk").values_list("pk", flat=True).first()
    value: Any = canary
    if isinstance(field, ArrayField):
        value = [canary]
    elif isinstance(field, JSONField):
        value = {"said": canary}
    elif isinstance(field, EmailField):
        value = f"{canary}@x.example"
    try:
        with transaction.atomic():
            model._base_manager.filter(pk=row).update(**{field.attname: value})
    except DatabaseError:
        return False
    return True


CODES = {"language": "en", "currency": "EUR", "default_currency": "EUR", "country": "DE", "time_zone": "UTC"}
VALUES: tuple[tuple[type, Any], ...] = (
    (BooleanField, False),
    (IntegerField, 1),
    (DateTimeField, Now()),
    (DateField, date(2027, 1, 1)),
    (TimeField, time(12)),
    (DecimalField, 0),
    (JSONField, {}),
    (ArrayField, []),
    (UUIDField, UUID(int=1)),
    (BinaryField, b"x"),
)


def fill(model: type[Model], of: dict[str, Any]) -> bool:
    """A row with something in every column, where the scene has none; False where PostgreSQL refuses it."""
    row: dict[str, Any] = dict(of)
    for field in model._meta.concrete_fields:
        if field.primary_key or field.attname in row:
            continue
        if isinstance(field, ForeignKey):
            related: Any = field.related_model
            row[field.attname] = related._base_manager.values_list("pk", flat=True).first()
        elif field.choices:
            row[field.attname] = field.flatchoices[0][0]
        elif field.attname in CODES:
            row[field.attname] = CODES[field.attname]
        else:
            row[field.attname] = next((value for kind, value in VALUES if isinstance(field, kind)), "x")
    try:
        with transaction.atomic():
            model._base_manager.bulk_create([model(**row)])
    except DatabaseError:
        return False
    return True


def everything(world: World) -> bytes:
    """All bytes of all files and their names."""
    with opened(made(world)) as file:
        assert file.testzip() is None
        return b"\n".join(
            [*(name.encode() for name in file.namelist()), *(file.read(each) for each in file.namelist())]
        )


def unguarded() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")


def guarded() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_every_text_that_is_no_secret_is_in_the_archive(furnished: World) -> None:
    unguarded()
    whose = {"pk": furnished.tenant.pk, "tenant_id": furnished.tenant.pk, "schema_name": furnished.tenant.schema_name}
    planted: dict[str, str] = {}
    empty, refused = set(), set()
    filters = {**{label: {} for label in TABLES}, **{label: {by: whose[by]} for label, (_t, by) in PLATFORM.items()}}
    for label, of in filters.items():
        model = apps.get_model(label)
        if not model._base_manager.filter(**of).exists() and not fill(model, of):
            empty.add(label)
            continue
        for field in texts(model):
            name = f"{label}.{field.attname}"
            if name in LEFT_OUT or field.attname in READ:
                continue
            canary = f"zq{len(planted):05}x"
            if plant(model, field, canary, of):
                planted[name] = canary
            else:
                refused.add(name)
    guarded()
    assert empty == EMPTY
    assert refused == REFUSED
    told = everything(furnished)
    missing = {name for name, canary in planted.items() if canary.encode() not in told}
    assert len(planted) > 150
    assert not missing


def test_no_secret_is_in_the_archive_nor_in_its_record(furnished: World) -> None:
    planted: dict[str, str] = {}
    secret = {name: name.rpartition(".") for name in LEFT_OUT}
    fields = [
        (apps.get_model(label), apps.get_model(label)._meta.get_field(column))
        for label, _dot, column in secret.values()
        if label != "tenants.Tenant"
    ]
    for label in EXCUSED:
        model = apps.get_model(label)
        fields += [(model, field) for field in texts(model)]
    for model, field in fields:
        if not isinstance(field, CharField | TextField | JSONField | ArrayField):
            continue
        canary = f"qz{len(planted):05}y"
        of = {"schema_name": furnished.tenant.schema_name} if model._meta.label == "tenants.OutgoingMail" else {}
        if model._base_manager.filter(**of).exists() and plant(model, field, canary, of):
            planted[f"{model._meta.label}.{field.attname}"] = canary
    for name in ("accounts.User.password", "bookings.Feed.sealed", "bookings.WebhookEndpoint.sealed"):
        assert name in planted
    assert "oauth.Application.client_secret" in planted
    told = everything(furnished)
    assert {name for name, canary in planted.items() if canary.encode() in told} == IN_THE_RECORD
    assert Change.objects.filter(after__client_secret="***").exists()
