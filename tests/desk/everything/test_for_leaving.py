"""`manage.py export_tenant`: an operator hands an owner who leaves everything, and nothing of anybody else."""

import io
import json
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context

from accounts.models import User
from desk.everything import shelf
from desk.models import Archive, ArchiveChunk
from operators.models import OperatorAct
from tenants.models import DueWork, OutgoingMail
from tests.desk.everything.scenes import made, rows
from tests.desk.everything.test_making import check_complete, in_small_steps
from tests.isolation.scene import furnish_bookings
from tests.worlds import World

__all__ = ["in_small_steps"]


class Interrupted(io.StringIO):
    """Whoever reads along presses Ctrl-C at the third line."""

    def write(self, text: str) -> int:
        """Take a line."""
        if self.getvalue().count("\n") > 1:
            raise KeyboardInterrupt
        return super().write(text)


@pytest.fixture
def club(in_alpha: World, beta: World) -> World:
    """Alpha with something of everything; Beta has rows under the same ids."""
    furnish_bookings(in_alpha)
    with tenant_context(beta.tenant):
        furnish_bookings(beta)
    return in_alpha


def exported(path: Path, *options: str) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command("export_tenant", "alpha-sports", "--to", str(path), *options, stdout=said)
    return said.getvalue()


def refused(path: Path, *arguments: str) -> str:
    """What it says where it does not; there is no file then, nor a part of one, and nothing is on record."""
    with pytest.raises(CommandError) as refusal:
        call_command("export_tenant", *(arguments or ("alpha-sports",)), "--to", str(path), stdout=io.StringIO())
    assert list(path.parent.iterdir()) == []
    assert not OperatorAct.objects.filter(kind="export_tenant").exists()
    return str(refusal.value)


def test_everything_is_in_the_file_and_readable(club: World, tmp_path: Path) -> None:
    """Every row of every table once, with pictures and documents, behind a manifest that is right."""
    path = tmp_path / "alpha.zip"
    said = exported(path)
    assert said.splitlines()[-1] == f"{path}: {path.stat().st_size / 1e6:.1f} MB, everything of {club.tenant.name}."
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with ZipFile(path) as file:
        assert file.testzip() is None
        manifest = json.loads(file.read("manifest.json"))
        assert [each["name"] for each in manifest["files"]] == file.namelist()[:-1]
        check_complete(file, club)
        emails = {each["email"] for each in rows(file, "people.jsonl")}
    assert emails == set(User.objects.values_list("email", flat=True))


def test_nothing_of_another_tenant_is_in_it(club: World, beta: World, tmp_path: Path) -> None:
    """Beta's canary is in each of its texts."""
    path = tmp_path / "alpha.zip"
    exported(path)
    with ZipFile(path) as file:
        told = b"".join(file.read(name) for name in file.namelist())
    assert club.canary.encode() in told
    assert beta.canary.encode() not in told
    assert str(beta.tenant.schema_name).encode() not in told


def test_nobody_is_written_to_and_nothing_stays_behind(club: World, tmp_path: Path) -> None:
    """The owner's shelf is as it was; that an operator did it is on record."""
    letters = OutgoingMail.objects.count()
    exported(tmp_path / "alpha.zip")
    assert OutgoingMail.objects.count() == letters
    assert not Archive.objects.exists()
    assert not ArchiveChunk.objects.exists()
    assert not DueWork.objects.filter(kind=shelf.KIND).exists()
    assert OperatorAct.objects.get(kind="export_tenant").schema_name == club.tenant.schema_name


@pytest.mark.usefixtures("in_small_steps")
def test_interrupted_it_goes_on(club: World, tmp_path: Path) -> None:
    """What was made before is not made again, and no part of a file has the name."""
    path = tmp_path / "alpha.zip"
    with pytest.raises(KeyboardInterrupt):
        call_command("export_tenant", "alpha-sports", "--to", str(path), stdout=Interrupted())
    assert list(tmp_path.iterdir()) == []
    begun = Archive.objects.get()
    assert (begun.state, begun.done > 0) == (Archive.State.WORKING, True)
    first = exported(path).splitlines()[0]
    assert int(first.split()[0]) > begun.done
    assert not Archive.objects.exists()
    with ZipFile(path) as file:
        check_complete(file, club)


def test_an_archive_that_the_owner_can_fetch_is_kept_unless_told(club: World, tmp_path: Path) -> None:
    """`--anew` takes it away, as nothing else does."""
    ready = made(club)
    path = tmp_path / "out" / "alpha.zip"
    path.parent.mkdir()
    assert "has an archive that is ready since" in refused(path)
    ready.refresh_from_db()
    assert ready.state == Archive.State.READY
    exported(path, "--anew")
    assert not Archive.objects.filter(pk=ready.pk).exists()
    with ZipFile(path) as file:
        assert file.testzip() is None


def test_one_that_is_being_made_is_waited_for(club: World, tmp_path: Path) -> None:
    shelf.ask(User.objects.get(pk=club.users["owner"]))
    said = refused(tmp_path / "alpha.zip")
    assert said == "An owner's archive is being put together: try again when it is done."
    assert Archive.objects.get().state == Archive.State.WORKING


def test_without_an_owner_there_is_nobody_to_make_it_for(club: World, tmp_path: Path) -> None:
    User.objects.filter(role="owner").update(is_active=False)
    assert refused(tmp_path / "alpha.zip") == "It has no owner who can sign in."
    assert not Archive.objects.exists()


@pytest.mark.parametrize("slug", ["nobody", "public", ""])
def test_who_is_no_tenant_has_nothing(db: None, tmp_path: Path, slug: str) -> None:
    assert refused(tmp_path / "none.zip", slug) == f"There is no tenant {slug}."


def test_a_folder_that_is_not_there_is_named(club: World, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "alpha.zip"
    with pytest.raises(CommandError, match="No such file or directory"):
        exported(path)
    assert not path.parent.exists()
    path.parent.mkdir()
    exported(path)  # and what was made by then is not lost, nor in the way
    assert not Archive.objects.exists()
