"""Several at once, with real commits: one purchase, given once, taken back or used, never both (R22, I4).

The negative control of the first: without locks the same news gives twice.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from billing.payments.models import Payment
from bookings import buying, checkout, deskselling, following
from bookings.models import HoursAccount, Purchase
from bookings.requests import Payment as Means
from kernel import failpoints
from kernel.errors import Refused
from tests.bookings.buying.scene import begun, bought, days_of, minutes_of, money, paid, refunds_of
from tests.bookings.scenes import held, slot
from tests.threads import at_once, errors
from tests.till import Till, connect, point_settings_at
from tests.worlds import ALPHA, World, world_of
from venues.models import CustomerGroup, MembershipPlan, Pack


@pytest.fixture
def world(scratch: str) -> World:
    """Alpha, in a database of the test's own."""
    return world_of(ALPHA)


@pytest.fixture
def till(stripe_server, world: World, settings) -> Till:
    """Alpha connected to the sandbox."""
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    return Till(stripe_server, world.tenant, connect(stripe_server, world.tenant))


def within(world: World, work: Callable[[], Any]) -> Callable[[], Any]:
    """The work, in Alpha's schema, in whichever thread."""

    def run() -> Any:
        with tenant_context(world.tenant):
            return work()

    return run


def test_purchases_are_given_once_and_taken_back_or_used(
    world: World, till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole story in one database: two tabs, all who bring the news, refund against use, and the control."""
    with tenant_context(world.tenant):
        guest = User.objects.get(pk=world.users["guest"])
        pack = Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR")
        group = CustomerGroup.objects.create(name="Club", percent_off=1000)
        club = MembershipPlan.objects.create(name="Month", group=group, days=30, price_minor=3000, currency="EUR")
        _two_tabs_buy(world, guest, pack)
        _all_bring_the_news(world, till, guest, club)
        _refund_against_use(world, till, guest, pack)
        monkeypatch.setattr(failpoints, "_folder", tmp_path)
        for name, command in (
            ("purchases.locked", "skip"),
            ("attempts.locked", "skip"),
            ("checkout.applying", "meet 2"),
        ):
            (tmp_path / name).write_text(command)
        _control(world, till, guest, club)


def _two_tabs_buy(world: World, guest: User, pack: Pack) -> None:
    """I4: one purchase, one attempt, one intent."""

    def buys() -> checkout.Opened:
        return checkout.start(buying.begin(guest, pack_id=pack.pk).pk, ask=buying.ask)

    opened = at_once(*[within(world, buys)] * 6)
    assert errors(opened) == []
    assert len({each.intent.id for each in opened}) == Purchase.objects.count() == Payment.objects.count() == 1


def _all_bring_the_news(world: World, till: Till, guest: User, club: MembershipPlan) -> None:
    """R22: the event, the page that people come back to and the clock, at the same moment."""
    purchase = begun(guest, club)
    attempt = paid(till, purchase)
    news = [within(world, partial(checkout.look, attempt.pk)), within(world, partial(following.follow, attempt.pk))]
    assert errors(at_once(*news * 4)) == []
    assert (money(purchase), days_of(guest), refunds_of(purchase)) == (("paid", 3000), [(0, 29)], [])


def _refund_against_use(world: World, till: Till, guest: User, pack: Pack) -> None:
    """Whoever comes first: the hours are used and the money stays, or they are gone and the money goes back."""
    desk = User.objects.get(pk=world.users["front_desk"])
    for hour in (8, 9, 10):
        purchase = bought(till, guest, pack)
        account = HoursAccount.objects.get(purchase=purchase)

        def uses(hour: int = hour, account: HoursAccount = account) -> Any:
            return held(world.court_1, slot(hour), customer=guest, payment=Means(hours_account=account.pk))

        takes = within(world, partial(deskselling.take_back, purchase.pk, desk))
        taken, _used = at_once(takes, within(world, uses))
        if isinstance(taken, Refused):
            assert taken.code == "purchase_used"
            assert (money(purchase), minutes_of(guest)[-1], refunds_of(purchase)) == (("paid", 20_000), 540, [])
        else:
            assert (money(purchase), minutes_of(guest)[-1]) == (("returned", 20_000), 0)
            assert refunds_of(purchase) == [(20_000, "by_hand", "wanted")]


def _control(world: World, till: Till, guest: User, club: MembershipPlan) -> None:
    """Two who bring the same news and lock nothing give sixty days for thirty."""
    attempt = paid(till, begun(guest, club))
    assert errors(at_once(*[within(world, partial(checkout.look, attempt.pk))] * 2)) == []
    assert days_of(guest) == [(0, 29 + 60)]
