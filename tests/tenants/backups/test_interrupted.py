"""A restore that is cut off at any moment: the tenant is wholly the old one or wholly the new one, and it goes on."""

import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import User
from kernel.errors import Conflict, Refused
from kernel.failpoints import EXIT_CODE
from schemas.keys import lock_key
from tenants import hosts
from tenants.backups import kept, reading, restoring, taking
from tenants.models import Restoration, Tenant
from tests import databases, servers
from tests.tenants.backups.test_taking import Facts, facts, house
from tests.worlds import World

__all__ = ["house"]
BEFORE = ("restore.loaded", "restore.built", "restore.closed", "restore.swapping")
AFTER = ("restore.swapped", "restored.suppressed", "restore.settled")
GONE_WITHIN = 60.0
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
OLD, NEW = "as it is now", "as in the backup"


def named(world: World) -> str:
    """What the guest is called: by that one sees which schema it is."""
    with tenant_context(world.tenant):
        return User.objects.get(pk=world.users["guest"]).name


def rename(world: World, name: str) -> None:
    """Call the guest something."""
    with tenant_context(world.tenant):
        User.objects.filter(pk=world.users["guest"]).update(name=name)


def but_the_record(found: Facts) -> Facts:
    """Facts but for the record of changes and its counter: that the tenant was closed stands there."""
    rows, ddl, counters, migrations = found
    return (
        {name: each for name, each in rows.items() if name != "desk_change"},
        ddl,
        {name: each for name, each in counters.items() if name != "desk_change.id"},
        migrations,
    )


def killed(database: str, path: Path, rig: Path, point: str, settings: Any) -> None:
    """The command, which is ended at a failpoint as by kill -9."""
    (rig / point).write_text("exit")
    extra = {"FAILPOINTS": str(rig), "FORECOURT_VAR": str(Path(settings.MEDIA_ROOT).parent)}
    env = servers.environment(database, extra)
    command = [sys.executable, str(databases.ROOT / "manage.py"), "restore_tenant", str(path), "--yes"]
    done = subprocess.run(command, env=env, cwd=databases.ROOT, capture_output=True, timeout=120, check=False)
    assert done.returncode == EXIT_CODE, done.stderr.decode()[-2000:]
    with psycopg.connect(databases.url_of(database), autocommit=True) as other:
        deadline = monotonic() + GONE_WITHIN
        while other.execute(SESSIONS, [servers.SESSION_NAME]).fetchall() != [(0,)]:
            assert monotonic() < deadline, "PostgreSQL has not noticed that the process is gone"
            sleep(0.01)
    hosts.forget()


@pytest.mark.parametrize("point", [*BEFORE, *AFTER])
def test_killed_anywhere_it_is_the_old_one_or_the_new_one_and_goes_on(
    house: World, scratch: str, tmp_path: Path, settings: Any, point: str
) -> None:
    path, schema, rig = tmp_path / "alpha.tar.gz", str(house.tenant.schema_name), tmp_path / "rig"
    rig.mkdir()
    rename(house, NEW)
    taking.take(house.tenant, str(path))
    rename(house, OLD)
    old = facts(schema)

    killed(scratch, path, rig, point, settings)
    if point in BEFORE:
        assert but_the_record(facts(schema)) == but_the_record(old)
    else:
        assert named(house) == NEW
    state = Tenant.objects.get(pk=house.tenant.pk).state
    assert state == ("ready" if point in BEFORE[:2] else "restoring")

    restoring.restore(path)
    assert named(house) == NEW
    assert Tenant.objects.get(pk=house.tenant.pk).state == "ready"
    assert Restoration.objects.get().opened_at is not None
    assert len(kept.of(schema)) == 1
    with connection.cursor() as cursor:
        assert taking.columns_of(cursor, reading.scratch_of(schema)) == {}
    assert (reading.folder_of(schema) / "deep/plan.pdf").read_bytes() == b"%PDF plan"
    assert not reading.folder_of(reading.scratch_of(schema)).exists()


def test_what_fails_before_the_swap_opens_the_tenant_again(
    house: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody holds a table of it for longer than is waited for."""
    path, schema = tmp_path / "alpha.tar.gz", str(house.tenant.schema_name)
    taking.take(house.tenant, str(path))
    rename(house, OLD)
    monkeypatch.setattr("tenants.backups.swapping.PATIENCE", 0.2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (database,) = cursor.fetchone()
    with psycopg.connect(databases.url_of(database)) as other:
        other.execute(f'SELECT 1 FROM "{schema}".venues_venue LIMIT 1')
        with pytest.raises(Refused) as refusal:
            restoring.restore(path)
    assert refusal.value.code == "busy"
    assert (named(house), Tenant.objects.get(pk=house.tenant.pk).state) == (OLD, "ready")
    assert not Restoration.objects.exists()
    assert kept.of(schema) == []


def test_two_commands_do_not_restore_one_tenant_at_once(house: World, tmp_path: Path) -> None:
    path = tmp_path / "alpha.tar.gz"
    taking.take(house.tenant, str(path))
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (database,) = cursor.fetchone()
    with psycopg.connect(databases.url_of(database)) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock_key("restore", str(house.tenant.schema_name))])
        with pytest.raises(Conflict) as refusal:
            restoring.restore(path)
    assert refusal.value.code == "restore_running"
    assert Tenant.objects.get(pk=house.tenant.pk).state == "ready"
