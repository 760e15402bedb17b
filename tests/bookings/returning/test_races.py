"""Many at once, at service level: one cancellation, one plan, one refund (R27-R29)."""

from datetime import timedelta

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import User
from billing.payments.models import Refund
from bookings import cancelling, goodwill, returns, visits
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import Actor
from kernel import failpoints
from kernel.errors import Refused
from tests.bookings.api.desk import starts_in, under
from tests.bookings.returning.scene import at_stripe, money, paid, refunds_of, work_off
from tests.conftest import own_database
from tests.threads import at_once, errors
from tests.till import Till, connect, point_settings_at
from tests.worlds import ALPHA, world_of


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker, template):
    """A database with real commits, for all of this file: bookings have hours of their own."""
    with own_database(template, django_db_blocker):
        yield world_of(ALPHA)


@pytest.fixture
def real(house, stripe_server, settings):
    """The sandbox, and the world."""
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    world = house
    return Till(stripe_server, world.tenant, connect(stripe_server, world.tenant)), world


def in_tenant(world, work):
    """Work for a thread of its own."""

    def run():
        with tenant_context(world.tenant):
            return work()

    return run


def test_ten_cancel_at_once_and_the_clock_ticks_ten_times(real):
    """R28, R29: the customer and the owner, with a fee: one refund of the right amount."""
    till, world = real
    with tenant_context(world.tenant):
        guest, owner = (User.objects.get(pk=world.users[name]) for name in ("guest", "owner"))
        booking, payment = paid(till, world, guest, hour=10)
        under(booking.pk, {"minutes_before": 0, "percent": 4000})
        actor = Actor.of(guest)
    done = at_once(*[in_tenant(world, lambda: cancelling.cancel(booking, actor, Cancellation())) for _ in range(10)])
    assert {(row.state, row.fee_minor) for row in done} == {("cancelled", 1000)}
    assert errors(at_once(*[in_tenant(world, lambda: returns.pay_back(booking.pk)) for _ in range(10)])) == []
    with tenant_context(world.tenant):
        [refund] = Refund.objects.filter(booking_id=booking.pk)
    assert errors(at_once(*[in_tenant(world, lambda: returns.carry_out(refund.pk)) for _ in range(6)])) == []
    with tenant_context(world.tenant):
        assert owner.is_staff_member
        work_off()
        assert money(booking) == ("partially_refunded", 1000, 0, 0)
        assert refunds_of(booking) == [(1500, 150, "cancelled", "succeeded")]
    assert at_stripe(till, payment)[:2] == (1500, 150)
    assert len(till.refunds()) == 1


def test_customer_owner_and_no_show_at_once(real):
    """R28: one of them ends it, and what comes back is what that one says."""
    till, world = real
    with tenant_context(world.tenant):
        guest, owner = (User.objects.get(pk=world.users[name]) for name in ("guest", "owner"))
        booking, payment = paid(till, world, guest, hour=12)
        under(booking.pk, {"minutes_before": 0, "percent": 4000}, no_show=6000)
        starts_in(str(booking.pk), -timedelta(minutes=5))
        booking = Booking.objects.get(pk=booking.pk)
    staff = Actor.of(owner)
    acts = [
        lambda: cancelling.cancel(booking, Actor.of(guest), Cancellation()),
        lambda: cancelling.cancel(booking, staff, Cancellation()),
        lambda: visits.mark_no_show(booking, staff),
    ]
    done = at_once(*[in_tenant(world, act) for act in acts])
    assert all(isinstance(each, Booking | Refused) for each in done), done
    with tenant_context(world.tenant):
        work_off()
        row = Booking.objects.get(pk=booking.pk)
        back = 2500 - row.fee_minor
        assert (row.state, row.fee_minor) in {("cancelled", 1000), ("no_show", 1500)}
        assert [amount for amount, *_rest in refunds_of(booking)] == [back]
        assert row.paid_minor == row.fee_minor
    assert at_stripe(till, payment)[0] == back


def test_by_hand_and_by_the_clock_at_once_never_return_more_than_was_paid(real):
    till, world = real
    with tenant_context(world.tenant):
        guest, owner = (User.objects.get(pk=world.users[name]) for name in ("guest", "owner"))
        booking, payment = paid(till, world, guest, hour=14)
    staff = Actor.of(owner)
    acts = [lambda: goodwill.give_back(booking, 1000, "waited", staff)] * 4
    acts += [lambda: cancelling.cancel(booking, staff, Cancellation()), lambda: returns.pay_back(booking.pk)]
    done = at_once(*[in_tenant(world, act) for act in acts])
    refused = errors(done)
    assert {getattr(error, "code", repr(error)) for error in refused} <= {"amount_too_high"}
    with tenant_context(world.tenant):
        work_off()
        assert money(booking) == ("refunded", 0, 0, 0)
        assert sum(amount for amount, *_rest in refunds_of(booking)) == 2500
    assert at_stripe(till, payment)[:2] == (2500, 250)
    connection.set_schema_to_public()


def test_without_the_lock_more_is_planned_than_is_owed(real, tmp_path, monkeypatch):
    """The negative control: two ticks that read before either has written."""
    till, world = real
    with tenant_context(world.tenant):
        guest = User.objects.get(pk=world.users["guest"])
        booking, _payment = paid(till, world, guest, hour=16)
        under(booking.pk, {"minutes_before": 0, "percent": 4000})
        cancelling.cancel(booking, Actor.of(guest), Cancellation())
    (tmp_path / "moves.locked").write_text("skip")
    (tmp_path / "returns.read").write_text("meet 2")
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    assert errors(at_once(*[in_tenant(world, lambda: returns.pay_back(booking.pk)) for _ in range(2)])) == []
    with tenant_context(world.tenant):
        assert sum(amount for amount, *_rest in refunds_of(booking)) == 2500  # of 15.00 that are owed
