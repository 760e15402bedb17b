"""What was not used is taken back, and its money goes the way it came; what was used is not. Desk, dashboard, banks."""

from typing import Any

import pytest

from accounts.models import User
from billing.payments.models import Payment
from bookings import checkout, contested, deskselling, returns
from bookings.models import HoursEntry
from bookings.moves import CREDIT_NOTE, DESK_PAPER, RECEIPT
from bookings.requests import Payment as Means
from config.reconciling import money as reconciling
from config.reconciling.findings import PlatformRecords, Round
from kernel.errors import Invalid, Refused
from schemas.clock import database_now
from tests.bookings.buying.scene import again, begun, bought, days_of, minutes_of, money, paid, papers_of, refunds_of
from tests.bookings.paying.scenes import perform
from tests.bookings.scenes import held, slot
from tests.till import Till
from venues.models import MembershipPlan, Pack


def differences(till: Till) -> list[tuple[str, str]]:
    """What a reconciliation of payments and sums finds."""
    turn = Round(till.tenant, till.account, database_now(), database_now(), PlatformRecords(database_now()))
    reconciling.not_arriving(turn)
    reconciling.adds_up(turn)
    return [(each.subject, each.what) for each in turn.found]


def return_at_stripe(till: Till, payment: Payment, **amount: int) -> None:
    """The owner returns a payment in the dashboard, whole or so much of it."""
    order: Any = {"payment_intent": payment.intent_id, **amount}
    if not till.scope:
        order["reverse_transfer"] = True
    till.client.v1.refunds.create(order, till.on)


def test_unused_pack_goes_back_with_its_money_and_a_credit_note(
    till: Till, guest: User, pack: Pack, desk: User
) -> None:
    purchase = bought(till, guest, pack)
    perform(RECEIPT)
    deskselling.take_back(purchase.pk, desk, "bought by mistake")
    assert (money(purchase), minutes_of(guest)) == (("returned", 20_000), [0])
    assert refunds_of(purchase) == [(20_000, "by_hand", "wanted")]
    perform("refund")
    perform(CREDIT_NOTE)
    assert (money(purchase), refunds_of(purchase)) == (("returned", 0), [(20_000, "by_hand", "succeeded")])
    assert papers_of(purchase) == [("receipt", 20_000, 3193), ("credit_note", -20_000, -3193)]
    assert differences(till) == []


def test_pack_that_was_used_stays_with_its_money(till: Till, in_alpha, guest: User, pack: Pack, desk: User) -> None:
    purchase = bought(till, guest, pack)
    held(in_alpha.court_1, slot(10), customer=guest, payment=Means(hours_account=purchase.account.pk))
    assert minutes_of(guest) == [540]
    with pytest.raises(Refused) as refused:
        deskselling.take_back(purchase.pk, desk)
    assert refused.value.code == "purchase_used"
    assert (money(purchase), minutes_of(guest), refunds_of(purchase)) == (("paid", 20_000), [540], [])
    assert not deskselling.is_returnable(again(purchase))


def test_membership_goes_back_to_what_it_was(till: Till, guest: User, club: MembershipPlan, desk: User) -> None:
    first, second = bought(till, guest, club), bought(till, guest, club)
    with pytest.raises(Refused) as refused:
        deskselling.take_back(first.pk, desk)
    assert (refused.value.code, days_of(guest)) == ("purchase_extended", [(0, 59)])
    deskselling.take_back(second.pk, desk)
    assert days_of(guest) == [(0, 29)]
    deskselling.take_back(first.pk, desk)
    assert days_of(guest) == []


def test_membership_that_a_booking_counts_stays(
    till: Till, in_alpha, guest: User, club: MembershipPlan, desk: User
) -> None:
    purchase = bought(till, guest, club)
    held(in_alpha.court_1, slot(10), customer=guest)
    with pytest.raises(Refused) as refused:
        deskselling.take_back(purchase.pk, desk)
    assert (refused.value.code, days_of(guest), refunds_of(purchase)) == ("purchase_used", [(0, 29)], [])


def test_desk_sells_for_cash_and_hands_it_back(till: Till, guest: User, pack: Pack, desk: User) -> None:
    purchase = deskselling.sell(pack, guest, "cash", desk)
    assert (money(purchase), minutes_of(guest)) == (("paid", 20_000), [600])
    deskselling.take_back(purchase.pk, desk)
    perform(DESK_PAPER)
    assert (money(purchase), minutes_of(guest)) == (("returned", 0), [0])
    assert papers_of(purchase) == [("receipt", 20_000, 3193), ("credit_note", -20_000, -3193)]
    assert list(again(purchase).on_site_payments.values_list("amount_minor", "way")) == [
        (20_000, "cash"),
        (-20_000, "cash"),
    ]
    assert differences(till) == []


@pytest.mark.parametrize("kind", ["pack", "club"])
def test_desk_sells_what_the_customer_has_begun_to_buy_online(
    till: Till, guest: User, desk: User, kind: str, request: pytest.FixtureRequest
) -> None:
    sold = request.getfixturevalue(kind)
    waiting = begun(guest, sold)
    purchase = deskselling.sell(sold, guest, "cash", desk)
    assert (money(purchase), money(waiting)) == (("paid", sold.price_minor), ("open", 0))
    checkout.look(paid(till, waiting).pk)
    assert money(waiting) == ("paid", sold.price_minor)
    assert differences(till) == []


def test_refund_at_stripes_dashboard_takes_back_what_is_left(till: Till, in_alpha, guest: User, pack: Pack) -> None:
    purchase = bought(till, guest, pack)
    held(in_alpha.court_1, slot(10), customer=guest, payment=Means(hours_account=purchase.account.pk))
    payment = Payment.objects.get(booking_id=purchase.pk)
    return_at_stripe(till, payment)
    for _time in range(2):
        returns.look(payment.pk)
    assert (money(purchase), minutes_of(guest)) == (("returned", 0), [0])
    assert list(HoursEntry.objects.order_by("pk").values_list("minutes", flat=True)) == [600, -60, -540]
    assert differences(till) == []


def test_part_that_is_returned_at_the_dashboard_leaves_the_pack(till: Till, guest: User, pack: Pack) -> None:
    purchase = bought(till, guest, pack)
    payment = Payment.objects.get(booking_id=purchase.pk)
    return_at_stripe(till, payment, amount=5000)
    returns.look(payment.pk)
    assert (money(purchase), minutes_of(guest)) == (("paid", 15_000), [600])
    assert differences(till) == []


@pytest.mark.parametrize(
    ("outcome", "state", "left"), [("lost", ("returned", 0), [0]), ("won", ("paid", 20_000), [600])]
)
def test_dispute_freezes_it_until_the_bank_has_decided(
    till: Till, guest: User, pack: Pack, desk: User, outcome: str, state: tuple[str, int], left: list[int]
) -> None:
    """R31"""
    purchase = bought(till, guest, pack)
    payment = Payment.objects.get(booking_id=purchase.pk)
    till.server.outside("dispute", payment_intent=payment.intent_id, reason="general")
    contested.look_at_disputes(payment.pk)
    with pytest.raises(Refused) as refused:
        deskselling.take_back(purchase.pk, desk)
    assert (refused.value.code, money(purchase)) == ("dispute_open", ("paid", 20_000))
    for dispute in till.client.v1.disputes.list(None, till.on).data:
        till.server.outside("close_dispute", dispute=dispute.id, outcome=outcome)
    contested.look_at_disputes(payment.pk)
    assert (money(purchase), minutes_of(guest)) == (state, left)
    assert differences(till) == []


def test_refund_that_fails_is_owed_until_it_is_handed_out(till: Till, guest: User, pack: Pack, desk: User) -> None:
    purchase = begun(guest, pack)
    checkout.look(paid(till, purchase, "pm_card_refundFail").pk)
    deskselling.take_back(purchase.pk, desk)
    perform("refund")
    till.server.control("clock", advance=3 * 86400)
    payment = Payment.objects.get(booking_id=purchase.pk)
    returns.look(payment.pk)
    assert (money(purchase), again(purchase).is_owed) == (("returned", 20_000), True)
    assert differences(till) == [("refund", "failed, and the money is still owed")]
    with pytest.raises(Invalid):
        deskselling.hand_out(purchase.pk, "cash", desk, seen_minor=1)
    deskselling.hand_out(purchase.pk, "cash", desk, seen_minor=20_000)
    with pytest.raises(Refused):
        deskselling.hand_out(purchase.pk, "cash", desk, seen_minor=20_000)
    assert (money(purchase), differences(till)) == (("returned", 0), [])
