"""Who was erased since a backup is erased again when it is put back, before it opens; nobody else is touched."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import lifecycle
from bookings.models import Booking, CustomerFile, Participant, StaffNote
from bookings.own import erasing
from bookings.own.wiping import Whose
from bookings.records import Actor
from bookings.requests import Contact
from schemas.clock import database_now
from tenants.backups import restoring
from tenants.erasures import Erasure
from tenants.models import Tenant
from tests.bookings.own.test_erasing import over
from tests.bookings.scenes import held, slot
from tests.worlds import ALPHA, BETA, World, world_of

DAY = timedelta(days=1)
CANARY = "personq7x"


@pytest.fixture
def alpha(scratch: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Alpha of a database of its own, with people and a backup at `tmp_path`."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STRIPE_SECRET_KEY = ""
    monkeypatch.setattr(restoring, "HEARD_AFTER", 0.0)
    world = world_of(ALPHA)
    with tenant_context(world.tenant):
        for name in ("vera", "otto"):
            user = User.objects.create_user(
                f"{name}@{CANARY}.example", "correct-horse-battery", name=f"{name} {CANARY}"
            )
            User.objects.filter(pk=user.pk).update(verified_at=database_now())
            visited(world, user.email, user)
            CustomerFile.objects.create(customer=user, email=user.email, notes=f"{name} {CANARY}")
        for name in ("gina", "gina", "gerd"):
            visited(world, f"{name}@{CANARY}.example", None)
        listed = visited(world, "list@example.org", None)
        Participant.objects.create(booking=listed, name=CANARY, email=f"friend@{CANARY}.example")
        CustomerFile.objects.create(email=f"filed@{CANARY}.example", notes=CANARY)
    call_command("backup_tenant", "alpha-sports", "--to", str(tmp_path / "alpha.tar.gz"))
    return world


def visited(world: World, email: str, user: User | None) -> Booking:
    """A visit of last month, with a note of the team."""
    number = Booking.objects.count()
    made = held(world.court_1, slot(8 + number, ahead=7), customer=user)
    booking = lifecycle.submit(made, Contact(f"{email.partition('@')[0]} {CANARY}", email, CANARY), Actor.of(user))
    over(booking.pk)
    StaffNote.objects.create(booking=booking, text=CANARY, at=database_now())
    return booking


def erase(*names: str) -> None:
    """As they have themselves erased."""
    for name in names:
        email = f"{name}@{CANARY}.example"
        erasing.erase(Whose(email, User.objects.filter(email=email).first()))


def left(world: World) -> dict[str, list[str]]:
    """Who is named in Alpha, by what."""
    with tenant_context(world.tenant):
        return {
            "accounts": sorted(User.objects.filter(name__contains=CANARY).values_list("name", flat=True)),
            "bookings": sorted(Booking.objects.filter(name__contains=CANARY).values_list("email", flat=True)),
            "notes": sorted(set(StaffNote.objects.values_list("booking__name", flat=True))),
            "files": sorted(CustomerFile.objects.values_list("email", flat=True)),
            "lists": sorted(Participant.objects.values_list("name", flat=True)),
        }


def test_erased_since_is_erased_again_and_the_others_are_back(alpha: World, tmp_path: Path) -> None:
    whole = left(alpha)
    with tenant_context(alpha.tenant):
        erase("vera", "gina", "friend", "filed")
        numbers = dict(User.objects.values_list("pk", "email"))
    after = left(alpha)
    with tenant_context(alpha.tenant):
        User.objects.filter(name__contains="otto").update(name="somebody else")
        Booking.objects.filter(email__startswith="gerd").update(name="", email="")
    call_command("restore_tenant", str(tmp_path / "alpha.tar.gz"), "--yes", stdout=io.StringIO())
    assert left(alpha) == after != whole
    assert after["accounts"] == [f"otto {CANARY}"]
    assert after["bookings"] == [f"gerd@{CANARY}.example", "list@example.org", f"otto@{CANARY}.example"]
    assert after["files"] == [f"otto@{CANARY}.example"]
    assert after["lists"] == ["–"]
    with tenant_context(alpha.tenant):
        assert dict(User.objects.values_list("pk", "email")) == numbers
        gone = User.objects.get(email__startswith="erased-")
        assert (gone.is_active, gone.has_usable_password()) == (False, False)


def test_interrupted_after_the_swap_nobody_sees_them_and_the_next_call_erases(
    alpha: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant_context(alpha.tenant):
        erase("vera")
    after = left(alpha)
    path = str(tmp_path / "alpha.tar.gz")

    def stumble(name: str) -> bool:
        if name == "restore.swapped":
            raise KeyboardInterrupt
        return False

    with monkeypatch.context() as patch:
        patch.setattr("tenants.backups.swapping.failpoints.hit", stumble)
        with pytest.raises(KeyboardInterrupt):
            call_command("restore_tenant", path, "--yes", stdout=io.StringIO())
    assert Tenant.objects.get(slug=ALPHA["slug"]).state == "restoring", "its pages answer 503"
    assert len(left(alpha)["accounts"]) == 2
    call_command("restore_tenant", path, "--yes", stdout=io.StringIO())
    assert left(alpha) == after
    assert Tenant.objects.get(slug=ALPHA["slug"]).state == "ready"


def test_of_a_tenant_that_is_gone_too(alpha: World, tmp_path: Path) -> None:
    with tenant_context(alpha.tenant):
        erase("vera")
    after = left(alpha)
    call_command("delete_tenant", "alpha-sports", "--yes", stdout=io.StringIO())
    assert Erasure.objects.count() > 0
    call_command("restore_tenant", str(tmp_path / "alpha.tar.gz"), "--yes", stdout=io.StringIO())
    revived = Tenant.objects.get(slug=ALPHA["slug"])
    with tenant_context(revived):
        assert sorted(User.objects.filter(name__contains=CANARY).values_list("name", flat=True)) == after["accounts"]


def test_without_the_ledger_they_come_back(alpha: World, tmp_path: Path) -> None:
    """The negative control."""
    with tenant_context(alpha.tenant):
        erase("vera")
    Erasure.objects.all().delete()
    call_command("restore_tenant", str(tmp_path / "alpha.tar.gz"), "--yes", stdout=io.StringIO())
    assert len(left(alpha)["accounts"]) == 2


def test_same_numbers_of_another_tenant_are_not_theirs(alpha: World, tmp_path: Path) -> None:
    beta = Tenant.objects.get(slug=BETA["slug"])
    with tenant_context(alpha.tenant):
        vera = User.objects.get(name__startswith="vera")
    at = database_now() + DAY
    Erasure.objects.create(schema_name=beta.schema_name, table="accounts.User", row=str(vera.pk), at=at)
    call_command("restore_tenant", str(tmp_path / "alpha.tar.gz"), "--yes", stdout=io.StringIO())
    assert len(left(alpha)["accounts"]) == 2


def test_who_booked_again_with_a_shared_address_keeps_it(alpha: World, tmp_path: Path) -> None:
    """The desk had put a booking right that had another guest's address: erasing its guest is not erasing them."""
    with tenant_context(alpha.tenant):
        wrong = Booking.objects.filter(email__startswith="gina").order_by("start").first()
        assert wrong
        Booking.objects.filter(pk=wrong.pk).update(email=f"right@{CANARY}.example")
        erase("right")
    call_command("restore_tenant", str(tmp_path / "alpha.tar.gz"), "--yes", stdout=io.StringIO())
    with tenant_context(alpha.tenant):
        assert list(Booking.objects.filter(email__startswith="gina").values_list("name", flat=True)) == [
            f"gina {CANARY}"
        ]
        assert Booking.objects.get(pk=wrong.pk).name == ""


def test_booking_ahead_of_somebody_erased_is_named_for_the_desk(
    alpha: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenant_context(alpha.tenant):
        vera = User.objects.get(name__startswith="vera")
        ahead = lifecycle.submit(
            held(alpha.court_2, slot(9), customer=vera), Contact(f"vera {CANARY}", vera.email, ""), Actor.of(vera)
        )
    path = tmp_path / "later.tar.gz"
    call_command("backup_tenant", "alpha-sports", "--to", str(path))
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=ahead.pk).update(state="cancelled", pending_reason="")
        erase("vera")
    capsys.readouterr()
    call_command("restore_tenant", str(path), "--yes")
    assert f"1 booking ahead without a name: {ahead.reference_code}" in capsys.readouterr().out
    with tenant_context(alpha.tenant):
        row = Booking.objects.get(pk=ahead.pk)
        assert (row.state in {"pending", "confirmed"}, row.name) == (True, "")


def test_carried_over_to_a_cluster_of_an_earlier_moment(alpha: World, tmp_path: Path) -> None:
    """A physical restore: the ledger went back as well; a file from before brings what is missing."""
    out, file, began = io.StringIO(), tmp_path / "erasures.jsonl", database_now()
    with tenant_context(alpha.tenant):
        erase("vera", "gina")
    after = left(alpha)
    call_command("erasures", "--since", began.isoformat(), stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {each["schema"] for each in lines} == {alpha.tenant.schema_name}
    assert {each["table"] for each in lines} == {"accounts.User", "bookings.Booking", "bookings.CustomerFile"}
    assert CANARY not in out.getvalue()
    file.write_text(out.getvalue() + json.dumps({**lines[0], "schema": "t_of_before"}) + "\n")
    Erasure.objects.all().delete()
    call_command("restore_tenant", str(tmp_path / "alpha.tar.gz"), "--yes", stdout=io.StringIO())
    assert len(left(alpha)["accounts"]) == 2

    said = io.StringIO()
    call_command("erasures", "--again", str(file), stdout=said)
    assert left(alpha) == after
    assert "alpha-sports: 1 account and 2 bookings erased again." in said.getvalue()
    assert "t_of_before: no such tenant; remembered." in said.getvalue()
    assert Erasure.objects.filter(schema_name="t_of_before").count() == 1
    again = io.StringIO()
    call_command("erasures", "--again", str(file), stdout=again)
    assert "alpha-sports: 0 accounts and 0 bookings erased again." in again.getvalue()


def test_number_that_is_somebody_elses_by_now_is_left_alone(alpha: World, tmp_path: Path) -> None:
    """After a physical restore numbers of accounts are given out a second time: who came later was not meant."""
    with tenant_context(alpha.tenant):
        vera = User.objects.get(name__startswith="vera")
    line = {"schema": alpha.tenant.schema_name, "table": "accounts.User", "row": str(vera.pk)}
    file = tmp_path / "erasures.jsonl"
    file.write_text(json.dumps({**line, "at": (vera.created_at - DAY).isoformat()}) + "\n")
    call_command("erasures", "--again", str(file), stdout=io.StringIO())
    assert len(left(alpha)["accounts"]) == 2


@pytest.mark.parametrize("text", ["nonsense", '{"schema": 1}', '{"schema": "t", "table": "a", "row": "1", "at": "x"}'])
def test_file_that_makes_no_sense_changes_nothing(alpha: World, tmp_path: Path, text: str) -> None:
    file = tmp_path / "erasures.jsonl"
    good = {"schema": alpha.tenant.schema_name, "table": "accounts.User", "row": "1", "at": database_now().isoformat()}
    file.write_text(json.dumps(good) + "\n" + text + "\n")
    with pytest.raises(CommandError, match="line 2"):
        call_command("erasures", "--again", str(file), stdout=io.StringIO())
    assert not Erasure.objects.exists()
