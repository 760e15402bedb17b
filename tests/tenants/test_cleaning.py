"""What is over is deleted once a day, for the platform and for each tenant; what is not over stays."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Session
from rest.models import IdempotencyRecord
from schemas.clock import database_now
from tenants import cleaning, due, tasks
from tenants.models import DueWork, OutgoingMail, Tenant
from tests.worlds import World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def sow(world: World) -> None:
    """In the world's schema: one of each that is over, and one that is not."""
    now = database_now()
    with tenant_context(world.tenant):
        for name, age in (("old", DAY), ("new", -DAY)):
            Session.objects.create(session_key=name, session_data="", expire_date=now - age)
            fields = {"principal": "1", "method": "POST", "path": "/", "body_digest": "", "key": name}
            IdempotencyRecord.objects.create(**fields, created_at=now - DAY - age / 24)
        for table, given in ((AccessAttempt, {"failures_since_start": 1}), (AccessLog, {})):
            for name, days in (("old", 31), ("new", 29)):
                row = table.objects.create(username=name, **given)
                table.objects.filter(pk=row.pk).update(attempt_time=now - days * DAY)
        due.schedule(cleaning.KIND, cleaning.OBJECT, now)


def reaped(world: World) -> list[list[str]]:
    """What is left there."""
    with tenant_context(world.tenant):
        found: list[Any] = [
            Session.objects.filter(session_key__in=["old", "new"]).values_list("session_key", flat=True)
        ]
        found.append(IdempotencyRecord.objects.values_list("key", flat=True))
        found += [table.objects.values_list("username", flat=True) for table in (AccessAttempt, AccessLog)]
        return [sorted(each) for each in found]


def test_tenants_clean_up_takes_what_is_over_of_that_tenant_alone(alpha: World, beta: World) -> None:
    sow(alpha)
    sow(beta)
    work = DueWork.objects.get(schema_name=alpha.tenant.schema_name, kind=cleaning.KIND)
    with schema_context(work.schema_name):
        due.perform(work.pk, work.attempts)
    assert reaped(alpha) == [["new"]] * 4
    assert reaped(beta) == [["new", "old"]] * 4
    assert not DueWork.objects.filter(pk=work.pk).exists()


def test_every_tenant_at_work_has_its_turn_within_an_hour(alpha: World, beta: World) -> None:
    """Two beats, or one that comes while the last night's waits, plan nothing twice."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    Tenant.objects.filter(pk=beta.tenant.pk).update(state=Tenant.State.LEAVING)
    now = database_now()
    assert (tasks.clean_up(), tasks.clean_up()) == (1, 1)
    [work] = DueWork.objects.filter(kind=cleaning.KIND)
    assert (work.schema_name, due.queue_of(work.kind)) == (alpha.tenant.schema_name, due.Queue.BULK)
    assert now <= work.due_at < now + cleaning.SPREAD


@pytest.mark.parametrize(
    ("state", "days", "stays"),
    [("sent", 399, True), ("sent", 401, False), ("refused", 401, False), ("waiting", 401, True)],
)
def test_letters_stay_until_they_are_old_and_over(alpha: World, state: str, days: int, *, stays: bool) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    fields = {"schema_name": alpha.tenant.schema_name, "to": "a@example.org", "language": "en", "subject": "s"}
    OutgoingMail.objects.create(**fields, key="k", state=state, created_at=database_now() - days * DAY)
    assert cleaning.clean_platform() == (0 if stays else 1)
    assert OutgoingMail.objects.filter(key="k").exists() is stays


def test_many_rows_go_in_small_transactions(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "AT_ONCE", 3)
    now = database_now()
    with tenant_context(alpha.tenant):
        Session.objects.bulk_create(
            [Session(session_key=f"old-{each}", session_data="", expire_date=now - DAY) for each in range(10)]
        )
        assert cleaning.sessions() == 10
        assert cleaning.sessions() == 0
