"""The archive as a file: whole, told of in its manifest, and the same however often its making was broken off."""

import hashlib
import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import Role, User
from desk.everything import files, shelf, sources, working
from desk.everything.tables import PLATFORM, TABLES
from desk.models import Archive, ArchiveChunk, ArchiveEntry
from kernel import failpoints
from tenants.models import DueWork, OutgoingMail
from tests.desk.everything.scenes import made, opened, rows
from tests.isolation.scene import furnish_bookings
from tests.worlds import World
from venues.models import Venue

Stumble = Callable[[str], None]
STEPS = ("archive.read", "archive.written", "archive.committed")


@pytest.fixture
def furnished(in_alpha: World) -> World:
    """Alpha with something of everything."""
    furnish_bookings(in_alpha)
    return in_alpha


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step for every two rows."""
    for module in (sources, files):
        monkeypatch.setattr(module, "TOGETHER", 2)
    monkeypatch.setattr(working, "MOST_RAW", 1)


@pytest.fixture
def stumbles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stumble:
    """Have whoever comes to a place next fail there."""
    monkeypatch.setattr(failpoints, "_folder", tmp_path)

    def at(name: str) -> None:
        (tmp_path / name).write_text("raise")

    return at


def lines_of(file: ZipFile) -> dict[str, Counter[str]]:
    """All lines of all tables, by table, however many files they have."""
    found: dict[str, Counter[str]] = {}
    for name in file.namelist():
        if name.endswith(".jsonl"):
            told = found.setdefault(name.removesuffix(".jsonl").partition("-0")[0], Counter())
            told.update(file.read(name).decode().splitlines())
    return found


def check_complete(file: ZipFile, world: World) -> None:
    """Every row of every table of the tenant is there, and once."""
    told = lines_of(file)
    for label, table in TABLES.items():
        lines, there = told.get(table.name, Counter()), apps.get_model(label)._base_manager.all()
        if label == "desk.Change":
            # That it is ready, and that it is gone, was recorded behind it.
            there = there.exclude(thing="desk_archive", act__in=("update", "delete"))
        assert lines.total() == there.count(), label
        assert set(lines.values()) <= {1}, label
    pictures = [name for name in file.namelist() if name.startswith("pictures/")]
    assert len(pictures) == apps.get_model("venues.PictureFile")._base_manager.count() > 0
    assert len([name for name in file.namelist() if name.startswith("documents/")]) == told["documents"].total() > 0
    assert world.tenant.slug == rows(file, f"{PLATFORM['tenants.Tenant'][0].name}.jsonl")[0]["slug"]


def test_archive_is_a_whole_zip_file_that_tells_of_itself(furnished: World) -> None:
    archive = made(furnished)
    assert archive.state == Archive.State.READY
    with opened(archive) as file:
        assert file.testzip() is None
        check_complete(file, furnished)
        assert file.namelist()[-2:] == ["README.txt", "manifest.json"]
        told = json.loads(file.read("manifest.json"))
        assert (told["format"], told["business"]) == (1, "alpha-sports")
        assert [each["name"] for each in told["files"]] == file.namelist()[:-1]
        for each in told["files"]:
            content = file.read(each["name"])
            assert (each["bytes"], each["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        by_name = {each["name"]: each["rows"] for each in told["files"]}
        for name in ("bookings.jsonl", "customers.csv", "venues.jsonl"):
            lines = file.read(name).decode().splitlines()
            assert by_name[name] == len(lines) - name.endswith(".csv") > 0
        venues = rows(file, "venues.jsonl")
        assert [row["name"] for row in venues] == list(Venue.objects.order_by("pk").values_list("name", flat=True))
        readme = file.read("README.txt").decode()
        assert f"venues.jsonl: your venues ({len(venues)} rows)\r\n" in readme
        assert "documents/: documents as PDF (" in readme
        assert all(file.read(name).startswith(b"%PDF-") for name in file.namelist() if name.startswith("documents/"))
        assert file.read("bookings.csv").decode("utf-8-sig").startswith("id,reference_code,venue,resource,")


def test_chunks_are_as_long_as_is_said(furnished: World) -> None:
    archive = made(furnished)
    lengths = [len(each) for each in ArchiveChunk.objects.order_by("number").values_list("content", flat=True)]
    assert sum(lengths) == archive.written
    assert len(lengths) == archive.chunks
    assert max(lengths) <= 1 << 20


def test_many_small_steps_make_the_same_rows(furnished: World, in_small_steps: None) -> None:
    archive = made(furnished)
    assert archive.step > len(TABLES)
    with opened(archive) as file:
        assert file.testzip() is None
        assert "people-0002.jsonl" in file.namelist()
        check_complete(file, furnished)


@pytest.mark.parametrize("place", STEPS)
def test_worker_that_dies_anywhere_leaves_no_row_out_and_writes_none_twice(
    furnished: World, in_small_steps: None, stumbles: Stumble, place: str
) -> None:
    archive = shelf.ask(User.objects.get(pk=furnished.users["owner"]))
    died = 0
    while Archive.objects.get(pk=archive.pk).state == Archive.State.WORKING:
        if died < 25:
            stumbles(place)
        try:
            working.work(str(archive.pk))
        except failpoints.Stumbled:
            died += 1
    assert died == 25
    with opened(archive) as file:
        assert file.testzip() is None
        check_complete(file, furnished)
    assert OutgoingMail.objects.filter(key=f"archive:{archive.pk}").count() == 1


def test_second_worker_at_the_same_step_reads_in_vain(
    furnished: World, in_small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = shelf.ask(User.objects.get(pk=furnished.users["owner"]))
    came: list[str] = []

    def overtaken(name: str) -> bool:
        if name == "archive.read":
            came.append(name)
            if len(came) == 3:
                working.work(str(archive.pk))
        return False

    monkeypatch.setattr(failpoints, "hit", overtaken)
    working.work(str(archive.pk))
    archive.refresh_from_db()
    assert len(came) == archive.step + 1
    with opened(archive) as file:
        assert file.testzip() is None
        check_complete(file, furnished)
    assert OutgoingMail.objects.filter(key=f"archive:{archive.pk}").count() == 1


def test_stretch_that_is_over_is_due_work_anew(
    furnished: World, in_small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "STRETCH", -1.0)
    archive = shelf.ask(User.objects.get(pk=furnished.users["owner"]))
    DueWork.objects.filter(kind=shelf.KIND).delete()
    working.work(str(archive.pk))
    archive.refresh_from_db()
    assert (archive.state, archive.step) == (Archive.State.WORKING, 1)
    assert DueWork.objects.filter(kind=shelf.KIND, object_id=str(archive.pk)).count() == 1


def test_archive_that_is_given_up_while_it_is_read_stays_gone(
    furnished: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = User.objects.get(pk=furnished.users["owner"])
    archive = shelf.ask(owner)

    def given_up(name: str) -> bool:
        if name == "archive.read":
            assert shelf.delete(owner)
        return False

    monkeypatch.setattr(failpoints, "hit", given_up)
    working.work(str(archive.pk))
    assert not Archive.objects.exists()
    assert not ArchiveChunk.objects.exists()
    assert not ArchiveEntry.objects.exists()
    assert not DueWork.objects.filter(kind=shelf.KIND).exists()
    assert not OutgoingMail.objects.filter(key=f"archive:{archive.pk}").exists()


def test_owner_who_is_none_any_more_gets_nothing(furnished: World) -> None:
    archive = shelf.ask(User.objects.get(pk=furnished.users["owner"]))
    User.objects.filter(pk=furnished.users["owner"]).update(role=Role.FRONT_DESK)
    working.work(str(archive.pk))
    assert not Archive.objects.exists()
    assert not OutgoingMail.objects.filter(key=f"archive:{archive.pk}").exists()


@pytest.fixture
def traced() -> Iterator[None]:
    """Memory is counted."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


def peak_with(world: World, number: int) -> tuple[int, int]:
    """Make an archive with so many more rows of the record: its length, and the bytes of memory at most meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO desk_change (at, actor_kind, thing, thing_id, act, label, before, after)"
            " SELECT now(), 'clock', 'venues_venue', '1', 'update', '', '{}',"
            " jsonb_build_object('name', (SELECT string_agg(md5((n * m)::text), '') FROM generate_series(1, 40) AS m))"
            " FROM generate_series(1, %s) AS n",
            [number],
        )
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    archive = made(world)
    peak = tracemalloc.get_traced_memory()[1] - before
    assert shelf.delete(archive.asked_by)
    return archive.written, peak


def test_memory_does_not_grow_with_the_archive(in_alpha: World, traced: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "MOST_PACKED", 1_000_000)
    peak_with(in_alpha, 1)  # what is loaded once
    short, peak = peak_with(in_alpha, 4_000)
    long, peak_of_long = peak_with(in_alpha, 4_000)
    assert short > 2 * working.MOST_PACKED
    assert long - short > 2_000_000
    assert peak_of_long - peak < 500_000
