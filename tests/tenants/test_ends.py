"""What names somebody outside of bookings and accounts has an end too: reports, look-ins, schemas of restores."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from accounts.models import User
from bookings.models import Notice
from bookings.notices import pruning
from operators.models import LookIn
from operators.tasks import old_look_ins
from schemas.clock import database_now
from tenants import cleaning, erasures
from tenants.backups import kept
from tenants.models import AbuseReport, Erasure, Restoration
from tests.worlds import World

DAY = timedelta(days=1)


def report(judged: int | None) -> AbuseReport:
    """A report that was judged so many days ago, or not yet."""
    now = database_now()
    return AbuseReport.objects.create(
        schema_name="t_x", tenant_name="X", page="/", kind="fraud", text="x", email="anna@example.org",
        reported_at=now - 2000 * DAY, judged_at=None if judged is None else now - judged * DAY,
    )  # fmt: skip


@pytest.mark.django_db
def test_reporter_is_forgotten_half_a_year_after_the_verdict_and_the_report_after_three_years() -> None:
    rows = {judged: report(judged).pk for judged in (None, 182, 184, 1094, 1096)}
    cleaning.clean_platform()
    left = dict(AbuseReport.objects.values_list("pk", "email"))
    anna = "anna@example.org"
    assert left == {rows[None]: anna, rows[182]: anna, rows[184]: "", rows[1094]: ""}


@pytest.mark.django_db
def test_look_ins_go_after_three_years() -> None:
    now = database_now()
    user = User.objects.create_user("op@example.org")
    for days in (1094, 1096):
        LookIn.objects.create(
            operator=user, email=user.email, name="Op", schema_name="t_x", user_id=1, role="owner", reason="r",
            digest=str(days), link_until=now, started_at=now - days * DAY, expires_at=now,
        )  # fmt: skip
    assert old_look_ins() == 1
    assert LookIn.objects.get().digest == "1094"


@pytest.mark.django_db
def test_erasures_are_remembered_as_long_as_backups_are_kept(settings: Any) -> None:
    settings.BACKUPS_KEPT = 100
    now = database_now()
    rows = [Erasure(schema_name="t_x", table="accounts.User", row=str(days), at=now - days * DAY) for days in (99, 101)]
    erasures.write(rows)
    cleaning.clean_platform()
    assert Erasure.objects.get().row == "99"
    erasures.write([Erasure(schema_name="t_x", table="accounts.User", row="99", at=now)])
    assert Erasure.objects.get().at == now, "once more is known since then"


@pytest.mark.django_db
def test_messages_to_the_team_go_after_four_hundred_days(in_alpha: World) -> None:
    now = database_now()
    for days in (399, 401):
        Notice.objects.create(
            kind="summary", channel="mail", to="owner@example.org", language="en", due_at=now - days * DAY,
            send_at=now, created_at=now, updated_at=now, state="sent",
        )  # fmt: skip
    assert pruning.old_notices() == 1
    assert Notice.objects.get().due_at == now - 399 * DAY


@pytest.mark.django_db
def test_schema_of_before_a_restore_goes_after_ninety_days(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    now = database_now()
    for days in (89, 91):
        name = kept.name_of("t_ends", now - days * DAY)
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA "{name}"')
        Restoration.objects.create(
            schema_name="t_ends", backup=str(days), made_at=now, began_at=now, state_before="ready",
            kept_schema=name, swapped_at=now - days * DAY, opened_at=now,
        )  # fmt: skip
    with schema_context("public"):
        assert kept.old_schemas() == 1
        assert kept.old_schemas() == 0
    assert [each.name for each in kept.of("t_ends")] == [kept.name_of("t_ends", now - 89 * DAY)]
    assert dict(Restoration.objects.values_list("backup", "kept_schema")) == {
        "89": kept.name_of("t_ends", now - 89 * DAY),
        "91": "",
    }
