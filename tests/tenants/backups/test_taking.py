"""A backup and what it proves: the same rows and tables come back, and a file that was changed is refused."""

import gzip
import io
import json
import stat
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django_tenants.utils import schema_context, tenant_context

from accounts.models import User
from kernel.errors import Refused
from schemas.keys import media_path
from tenants import drift
from tenants.backups import digests, manifests, reading, restoring, taking
from tenants.models import Tenant
from tests.worlds import ALPHA, World, world_of

ODD = "tab\there\nline \\N \\. é 漢 \x7f ' \" "


@pytest.fixture
def house(scratch: str, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Alpha in a database of its own, with a file, and with texts that COPY has to escape."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(restoring, "HEARD_AFTER", 0.0)
    world = world_of(ALPHA)
    with tenant_context(world.tenant):
        User.objects.filter(pk=world.users["guest"]).update(name=ODD)
        file = settings.MEDIA_ROOT / media_path("deep/plan.pdf")
        file.parent.mkdir(parents=True)
        file.write_bytes(b"%PDF plan")
    return world


Facts = tuple[dict[str, tuple[int, str]], str, dict[str, tuple[int, bool]], list[tuple[str, str]]]


def facts(schema: str) -> Facts:
    """Everything that a schema is made of: rows by digest, DDL, counters, record of migrations."""
    with transaction.atomic(), connection.cursor() as cursor:
        digests.settle(cursor)
        rows = {}
        for table, columns in taking.columns_of(cursor, schema).items():
            found = digests.of_table(cursor, schema, table, columns)
            rows[table] = (found.rows, found.text())
        return (
            rows,
            drift.digests([schema])[schema],
            taking.counters_of(cursor, schema),
            taking.migrations_of(cursor, schema),
        )


def test_scratch_schema_is_the_tenants_to_the_last_row(house: World, tmp_path: Path) -> None:
    schema = house.tenant.schema_name
    path = tmp_path / "alpha.tar.gz"
    manifest = taking.take(house.tenant, str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["alpha.tar.gz"]
    assert reading.verify(path) == manifest
    assert (manifest.schema, manifest.slug, list(manifest.files)) == (schema, "alpha-sports", ["deep/plan.pdf"])
    before = facts(schema)
    scratch = reading.build(path, manifest)
    assert facts(scratch) == before
    assert (reading.folder_of(scratch) / "deep/plan.pdf").read_bytes() == b"%PDF plan"
    with schema_context(scratch):
        assert User.objects.get(pk=house.users["guest"]).name == ODD
    reading.clear(scratch)
    with connection.cursor() as cursor:
        assert taking.columns_of(cursor, scratch) == {}


def test_digest_does_not_depend_on_the_order_of_rows() -> None:
    one, other, twice = digests.Digest(), digests.Digest(), digests.Digest()
    one.add(b"1\ta\n2\tb\n")
    other.add(b"2\tb\n")
    other.add(b"1\ta\n")
    twice.add(b"1\ta\n2\tb\n2\tb\n")
    assert (one.rows, one.text()) == (other.rows, other.text()) == (2, one.text())
    assert twice.text() != one.text()


def changed(path: Path, name: str, data: bytes | None) -> Path:
    """A copy of a backup in which one member has other bytes, or is missing; whole in every other respect."""
    copy = path.with_name("changed.tar.gz")
    with (
        tarfile.open(path) as old,
        gzip.open(copy, "wb") as packed,
        tarfile.TarFile(fileobj=packed, mode="w") as new,
    ):
        for info in old:
            content = old.extractfile(info).read()  # type: ignore[union-attr]
            if info.name == name and data is None:
                continue
            content = data if info.name == name and data is not None else content
            info.size = len(content)
            new.addfile(info, io.BytesIO(content))
    return copy


def test_a_damaged_file_is_refused_and_nothing_changes(house: World, tmp_path: Path) -> None:
    path = tmp_path / "alpha.tar.gz"
    manifest = taking.take(house.tenant, str(path))
    before = facts(manifest.schema)
    whole = path.read_bytes()
    flipped, cut = tmp_path / "flipped", tmp_path / "cut"
    middle = len(whole) // 2
    flipped.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    for length in (len(whole) - 1, middle, 30, 0):
        cut.write_bytes(whole[:length])
        with pytest.raises(manifests.Damaged):
            restoring.restore(cut)
    with pytest.raises(manifests.Damaged):
        restoring.restore(flipped)
    for name in ("manifest.json", "rows/accounts_user/0", "script.json", "public/tenants.Tenant/0", "format.json"):
        with pytest.raises(manifests.Damaged):
            restoring.restore(changed(path, name, None))
    for name in ("rows/accounts_user/0", "script.json", "files/deep/plan.pdf", "public/tenants.Tenant/0"):
        with pytest.raises(manifests.Damaged):
            restoring.restore(changed(path, name, b"otherwise\n"))
    assert facts(manifest.schema) == before
    assert Tenant.objects.get(slug="alpha-sports").state == "ready"


def test_a_backup_of_another_format_or_a_newer_version_is_refused(house: World, tmp_path: Path) -> None:
    path = tmp_path / "alpha.tar.gz"
    manifest = taking.take(house.tenant, str(path))
    before = facts(manifest.schema)
    with pytest.raises(Refused) as refusal:
        restoring.restore(changed(path, "format.json", json.dumps({"format": 2}).encode()))
    assert refusal.value.code == "backup_format"
    manifest.migrations.append(("desk", "9999_of_tomorrow"))
    with pytest.raises(Refused) as refusal:
        restoring.restore(changed(path, "manifest.json", manifest.written()))
    assert refusal.value.code == "backup_newer"
    assert facts(manifest.schema) == before


def test_commands_write_and_verify(house: World, tmp_path: Path, capsys) -> None:
    call_command("backup_tenant", "--all", "--to", str(tmp_path / "all"))
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == ["1/2 alpha-sports", "2/2 beta-rooms"]
    files = sorted((tmp_path / "all").iterdir())
    assert [file.name.partition("-2")[0] for file in files] == ["alpha-sports", "beta-rooms"]
    call_command("backup_tenant", "--verify", str(files[0]))
    assert "all digests right" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no tenant"):
        call_command("backup_tenant", "nobody", "--to", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="No such file"):
        call_command("backup_tenant", "alpha-sports", "--to", str(tmp_path / "no" / "x"))
    assert not (tmp_path / "x").exists()
