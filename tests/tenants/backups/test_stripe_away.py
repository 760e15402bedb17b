"""A tenant is put back while Stripe cannot be reached: it is open all the same, and its money is settled later."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context

from billing.payments.models import Payment, Refund
from bookings import checkout
from bookings.models import Booking
from embedded.ports import HOST, any_free_port
from operators.models import OperatorAct
from schemas.clock import database_now
from tenants.backups import kept, restoring
from tenants.models import DueWork, Restoration, Tenant
from tests.bookings.paying.scenes import again, paid, room
from tests.bookings.scenes import let_lapse
from tests.sandbox import Sandbox
from tests.tenants.backups.test_taking import facts, house
from tests.till import Till, connect, point_settings_at
from tests.worlds import World

__all__ = ["house"]
PRICE = 2500


@pytest.fixture
def till(house: World, stripe_server: Sandbox, settings: Any) -> Till:
    """Stripe's sandbox, with the tenant of the backup connected to it."""
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    return Till(stripe_server, house.tenant, connect(stripe_server, house.tenant))


@pytest.fixture
def restored(house: World, till: Till, tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]) -> "Away":
    """Backed up with two holds. One is paid, so is a booking that is lost; Stripe is gone when it is put back."""
    path = tmp_path / "alpha.tar.gz"
    with tenant_context(house.tenant):
        bookings = room(house, hour=9), room(house, hour=11)
        checkout.start(bookings[1].pk)
    call_command("backup_tenant", "alpha-sports", "--to", str(path))
    before = facts(str(house.tenant.schema_name))
    with tenant_context(house.tenant):
        known = paid(till, bookings[0])
        checkout.look(known.pk)
        lost = paid(till, room(house, hour=16))
        checkout.look(lost.pk)
    settings.STRIPE_API_HOST = f"http://{HOST}:{any_free_port()}"
    capsys.readouterr()
    with pytest.raises(CommandError) as told:
        call_command("restore_tenant", str(path), "--yes")
    return Away(house, before, bookings, (known, lost), told.value, capsys.readouterr().out)


class Away:
    """What was, and what the operator was told."""

    def __init__(
        self,
        world: World,
        before: Any,
        bookings: tuple[Booking, Booking],
        payments: tuple[Payment, Payment],
        error: CommandError,
        out: str,
    ) -> None:
        self.world, self.before, self.bookings, self.payments = world, before, bookings, payments
        self.error, self.out = error, out


def test_the_operator_is_told_that_it_stands_and_what_is_left_to_do(restored: Away) -> None:
    again_later = "Repeat `manage.py reconcile --tenant alpha-sports` until it finds nothing."
    assert str(restored.error) == f"The restore stands. Stripe could not be asked about everything. {again_later}"
    assert restored.error.returncode == 1
    assert "alpha-sports is as of" in restored.out
    assert "(NOT HEALED:" in restored.out
    assert "is kept as" in restored.out


def test_nothing_is_half_done(restored: Away) -> None:
    """The rows are the backup's, the tenant is open, what was there is kept, and that Stripe is unasked is known."""
    schema = str(restored.world.tenant.schema_name)
    assert Tenant.objects.get(schema_name=schema).state == Tenant.State.READY
    after = facts(schema)
    for table in ("bookings_booking", "payments_payment", "payments_refund", "payments_entry", "accounts_user"):
        assert after[0][table] == restored.before[0][table], table
    assert after[1] == restored.before[1]
    done = Restoration.objects.get()
    assert (done.swapped_at is None, done.opened_at is None, done.reconciled_at) == (False, False, None)
    assert [each.name for each in kept.of(schema)] == [done.kept_schema]
    assert OperatorAct.objects.get(kind="restore_tenant").schema_name == schema
    with tenant_context(restored.world.tenant):
        assert not Payment.objects.filter(pk__in=[each.pk for each in restored.payments]).exists()
        assert not Refund.objects.exists()


def test_when_stripe_is_back_its_money_is_settled(
    restored: Away, till: Till, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was paid for a booking that is there counts; what was paid for one that is lost goes back."""
    point_settings_at(till.server, settings)
    with pytest.raises(CommandError, match="differences"):
        call_command("reconcile", "--tenant", "alpha-sports")
    assert capsys.readouterr().out.count("succeeded at Stripe, unknown here") == 2
    assert Restoration.objects.get().reconciled_at is not None
    known, lost = restored.payments
    with tenant_context(restored.world.tenant):
        assert again(restored.bookings[0]).paid_minor == PRICE
        assert Payment.objects.get(intent_id=lost.intent_id).returned_at is not None
        assert Payment.objects.get(intent_id=known.intent_id).returned_at is None
    call_command("reconcile", "--tenant", "alpha-sports")
    assert capsys.readouterr().out.strip().endswith("no difference.")


def test_a_hold_that_was_being_paid_is_left_to_the_clock(
    house: World, till: Till, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is over meanwhile, and only Stripe knows whether it was paid: nobody may say that it was not."""
    path = tmp_path / "alpha.tar.gz"
    with tenant_context(house.tenant):
        hold = room(house, hour=9)
        paid(till, hold)
        let_lapse(hold)
        DueWork.objects.filter(kind="booking_clock", object_id=str(hold.pk)).update(due_at=database_now())
    call_command("backup_tenant", "alpha-sports", "--to", str(path))
    settings.STRIPE_API_HOST = f"http://{HOST}:{any_free_port()}"
    with pytest.raises(CommandError, match="The restore stands"):
        call_command("restore_tenant", str(path), "--yes")
    with tenant_context(house.tenant):
        assert again(hold).state == "held"
        work = DueWork.objects.get(kind="booking_clock", object_id=str(hold.pk))
        assert work.due_at <= database_now() + timedelta(seconds=1)
        point_settings_at(till.server, settings)
        restoring._settlers[0](database_now(), database_now())
        assert again(hold).state == "held"  # the clock's: it was tried once
        from tenants import due

        due._handlers["booking_clock"](str(hold.pk))
        assert (again(hold).state, again(hold).paid_minor) == ("confirmed", PRICE)
