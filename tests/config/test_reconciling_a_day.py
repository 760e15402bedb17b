"""A day of mixed work of which webhooks were dropped: all is found and healed, and what cannot be says what to do.

RELIABILITY.md, 9 and R21: the first run differs and fails, the second is empty and does not.
"""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_tenants.utils import tenant_context

from accounts.models import User
from billing.payments import tasks  # noqa: F401 - registers what the clock does
from billing.payments.models import Payment, Refund
from billing.subscriptions.models import StripeAccount
from bookings import cancelling, checkout, goodwill, returns
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import SYSTEM, Actor
from config.reconciling import money, rounds
from config.reconciling.findings import PlatformRecords, Round
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork, InboxEvent
from tests.bookings.paying.scenes import again, paid, room
from tests.bookings.returning.scene import Card, mails, work_off
from tests.bookings.returning.scene import paid as paid_and_counted
from tests.config.webhooks.arriving import arrive, worked_off
from tests.till import Till, connect
from tests.worlds import World

PAPERS_AND_BOOKS = ("books", "receipt", "credit_note", "pay_back", "refund", "disputes", "dispute_transfer")


def reconcile(capsys: Any, *options: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and what the command prints for machines."""
    capsys.readouterr()
    code = 0
    try:
        call_command("reconcile", "--json", *options)
    except CommandError as failed:
        code = failed.returncode
    return code, json.loads(capsys.readouterr().out)["differences"]


def settle() -> None:
    """Everything that is due is done, but for what waits for a day to come."""
    for _round in range(6):
        worked_off()
        for work in DueWork.objects.filter(kind__in=PAPERS_AND_BOOKS).order_by("due_at", "pk"):
            due._handlers[work.kind](work.object_id)
            DueWork.objects.filter(pk=work.pk, due_at=work.due_at).delete()


def a_day(till: Till, world: World) -> dict[str, Booking]:
    """Paid, refunded by hand, at the dashboard and by cancelling, disputed and lost, disputed and won, paid out."""
    names = ["paid", "by-hand", "dashboard", "cancelled", "lost", "won"]
    rows = {name: room(world, hour=8 + number) for number, name in enumerate(names)}
    intents = {name: paid(till, row).intent_id for name, row in rows.items()}
    for row in rows.values():
        checkout.look(Payment.objects.get(booking_id=row.pk).pk)
    staff = Actor.of(User.objects.get(pk=world.users["owner"]))
    goodwill.give_back(again(rows["by-hand"]), 700, "sorry", staff)
    cancelling.cancel(again(rows["cancelled"]), SYSTEM, Cancellation())
    order: Any = {"payment_intent": intents["dashboard"], "amount": 900}
    if not till.scope:
        order["reverse_transfer"] = True
    till.client.v1.refunds.create(order, till.on)
    for name in ("lost", "won"):
        told = till.server.outside("dispute", payment_intent=intents[name])
        till.server.outside("close_dispute", dispute=told["id"], outcome=name)
    work_off()
    till.server.outside("payout", account=till.account.account_id, include_pending=True)
    return rows


@pytest.mark.parametrize(
    ("charge_type", "dropped"),
    [("direct", 1), ("destination", 1), ("destination", 5)],
    ids=["all", "all", "every fifth"],
)
def test_a_day_of_which_webhooks_were_dropped_is_healed_by_one_run(
    stripe: Till, in_alpha: World, charge_type: str, dropped: int, capsys: Any
) -> None:
    if charge_type == "destination":
        stripe.reconnect("destination")
        StripeAccount.objects.filter(disconnected_at__isnull=False).delete()
    rows = a_day(stripe, in_alpha)
    state = stripe.server.look("state?kinds=event")
    events = [event for scope in state for event in state[scope].get("event", [])]
    heard = [event for number, event in enumerate(events) if number % dropped]
    for event in heard:
        arrive(event)
    settle()
    code, found = reconcile(capsys)
    assert code == 1
    assert {each["subject"] for each in found} >= {"event"}
    assert {each["is_healed"] for each in found} == {True}
    assert ({"dispute", "refund", "books", "payouts"} <= {each["subject"] for each in found}) == (dropped == 1)
    settle()
    assert reconcile(capsys) == (0, [])
    figures = {name: (row.paid_minor, row.payment_state) for name, row in ((n, again(r)) for n, r in rows.items())}
    assert figures == {
        "paid": (2500, "paid"),
        "by-hand": (1800, "partially_refunded"),
        "dashboard": (1600, "partially_refunded"),
        "cancelled": (0, "refunded"),
        "lost": (0, "unpaid"),
        "won": (2500, "paid"),
    }
    assert not InboxEvent.objects.filter(state__in=["waiting", "dead"]).exists()


def test_a_refund_that_failed_stays_a_difference_until_it_is_sent_again(
    stripe: Till, in_alpha: World, capsys: Any
) -> None:
    """refund.failed: it says what to do, and is silent once somebody has done it."""
    guest = User.objects.get(pk=in_alpha.users["guest"])
    booking, payment = paid_and_counted(stripe, in_alpha, guest, Card(card="pm_card_refundFail"))
    cancelling.cancel(booking, Actor.of(guest), Cancellation())
    work_off()
    stripe.server.control("clock", advance=3 * 86400)
    returns.look(payment.pk)
    settle()
    reconcile(capsys)
    settle()
    for _night in range(2):
        code, found = reconcile(capsys)
        assert (code, [(each["subject"], each["what"]) for each in found]) == (
            1, [("refund", "failed, and the money is still owed")],
        )  # fmt: skip
        assert "Give money back" in found[0]["advice"]
    assert [to for _key, to in mails("refund-failed:")]
    staff = Actor.of(User.objects.get(pk=in_alpha.users["owner"]))
    goodwill.give_back(again(booking), 2500, "once more", staff)
    settle()
    assert [row.state for row in Refund.objects.order_by("created_at")] == ["failed", "succeeded"]
    reconcile(capsys)
    settle()
    assert reconcile(capsys) == (0, [])


def test_one_tenant_s_failure_does_not_stop_the_others(
    stripe: Till, alpha: World, beta: World, monkeypatch: Any, capsys: Any
) -> None:
    connect(stripe.server, beta.tenant)
    asked: list[str] = []

    def step(turn: Any) -> None:
        asked.append(turn.tenant.slug)
        if turn.tenant.pk == alpha.tenant.pk:
            raise ZeroDivisionError

    monkeypatch.setattr(rounds, "STEPS", (step,))
    InboxEvent.objects.update(state="done")
    code, found = reconcile(capsys)
    assert sorted(asked) == sorted([alpha.tenant.slug, beta.tenant.slug])
    assert code == 1
    broken = [each for each in found if each["subject"] == "error"]
    assert [(each["tenant"], each["what"], each["is_healed"]) for each in broken] == [
        (alpha.tenant.slug, "broke off: ZeroDivisionError", False)
    ]
    assert broken[0]["advice"]


def test_a_page_of_payments_takes_the_same_queries_as_one(
    stripe: Till, in_alpha: World, django_assert_max_num_queries: Any
) -> None:
    """However many payments there are, they are compared in pages."""
    for hour in (8, 9, 10):
        checkout.look(paid(stripe, room(in_alpha, hour=hour)).pk)
    now = database_now()
    turn = Round(stripe.tenant, stripe.account, now - rounds.WINDOW, now, PlatformRecords(now))
    with tenant_context(stripe.tenant), django_assert_max_num_queries(3):
        money.payments(turn)
    assert turn.found == []
