"""What an event leads to does not depend on when it comes, how often, or after which others (R20, R24, R25)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from billing.payments.models import Dispute, Payment, Refund
from bookings import cancelling, checkout, tasks  # noqa: F401 - registers what the clock does
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingEvent
from bookings.records import SYSTEM
from tenants.models import InboxEvent, OutgoingMail
from tests.bookings.paying.scenes import money, paid, perform, room
from tests.bookings.scenes import digest
from tests.config.webhooks.arriving import Json, arrive, made_at_stripe, told
from tests.till import Till
from tests.worlds import World

Life = Callable[[Till, Booking, Callable[[], None]], None]


@pytest.fixture(params=["direct", "destination"])
def till(request: pytest.FixtureRequest, stripe: Till, in_alpha: World) -> Till:
    """Alpha at the sandbox, charging in one way or the other."""
    if request.param == "destination":
        stripe.reconnect("destination")
    return stripe


@contextmanager
def undone() -> Iterator[None]:
    """Everything that the block writes is taken back; not a nested transaction, in which nobody may use the network."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


def end(booking: Booking) -> dict[str, Any]:
    """How things stand: what the order of events must not change."""
    now = Booking.objects.get(pk=booking.pk)
    return {
        "booking": (now.state, now.payment_state, now.paid_minor, now.refund_due_minor, now.refunding_minor),
        "payments": list(
            Payment.objects.order_by("number").values_list("state", "amount_minor", "refunded_minor", "charge_id")
        ),
        "is counted": [bool(payment.applied_at) for payment in Payment.objects.order_by("number")],
        "refunds": sorted(Refund.objects.values_list("amount_minor", "reason", "state", "refund_id")),
        "disputes": list(Dispute.objects.values_list("dispute_id", "status", "withdrawn_minor")),
        "paid": BookingEvent.objects.filter(booking=booking, act="paid").count(),
        "confirmed": BookingEvent.objects.filter(booking=booking, to_state="confirmed", act="moved").count(),
        "letters": sorted(OutgoingMail.objects.values_list("key", flat=True)),
    }


def challenged_paid_and_returned(till: Till, booking: Booking, tell: Callable[[], None]) -> None:
    """A declined card, then one with a question by the bank, then a part goes back from the dashboard."""
    opened = checkout.start(booking.pk)
    assert till.pay(opened.intent.id, "pm_card_visa_chargeDeclined") == "generic_decline"
    tell()
    assert till.pay(opened.intent.id, "pm_card_authenticationRequired") == "requires_action"
    tell()
    till.authenticate(opened.intent.id)
    tell()
    till.client.v1.refunds.create({"payment_intent": opened.intent.id, "amount": 1000}, till.on)
    tell()


def paid_and_disputed(till: Till, booking: Booking, tell: Callable[[], None]) -> None:
    """A card whose owner's bank takes the money back at once, and loses."""
    payment = paid(till, booking)
    tell()
    opened = till.server.outside("dispute", payment_intent=payment.intent_id)
    tell()
    till.server.outside("close_dispute", dispute=opened["id"], outcome="won")
    tell()


LIVES: dict[str, tuple[Life, tuple[str, ...]]] = {
    "challenged, paid, returned": (
        challenged_paid_and_returned,
        (
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "payment_intent.succeeded",
            "refund.created",
            "charge.refunded",
        ),
    ),
    "paid, disputed, won": (
        paid_and_disputed,
        (
            "payment_intent.succeeded",
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.closed",
        ),
    ),
}


@pytest.mark.parametrize("life", LIVES)
def test_every_order_of_a_payments_events_ends_alike(till: Till, in_alpha: World, life: str) -> None:
    """R24. Told each time as it happens, or all of it afterwards in any order: the same end, and each effect once.

    All orders, 120 for five events: wherever two of them have told the same events, they must stand alike, and the
    way on from there is gone once.
    """
    live, kinds = LIVES[life]
    booking = room(in_alpha)
    seen: list[str] = []

    def tell() -> None:
        for event in made_at_stripe(till, *kinds):
            if event["id"] not in seen:
                seen.append(event["id"])
                told(event)

    with undone():
        live(till, booking, tell)
        expected = end(booking)
    till.server.reset()
    till.reconnect(till.account.charge_type)
    live(till, booking, lambda: None)
    events = made_at_stripe(till, *kinds)
    assert sorted(event["type"] for event in events) == sorted(kinds)
    ends: dict[frozenset[str], dict[str, Any]] = {}

    def tell_the_rest(left: list[Json]) -> None:
        names = frozenset(event["type"] for event in left)
        here = comparable(end(booking))
        if names in ends:
            assert here == ends[names], f"another order led elsewhere; left are {sorted(names)}"
            return
        ends[names] = here
        for event in left:
            with undone():
                assert told(event)[event["type"]] == ("done", "")
                tell_the_rest([other for other in left if other is not event])

    tell_the_rest(events)
    assert len(ends) == 2 ** len(kinds)
    assert ends[frozenset()] == comparable(expected)


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Without Stripe's ids, which are others in another life, and letters about what is over when it is told."""
    bare = {**found}
    bare["payments"] = [row[:-1] for row in found["payments"]]
    bare["refunds"] = [row[:-1] for row in found["refunds"]]
    bare["disputes"] = [row[1:] for row in found["disputes"]]
    names = [key.partition(":")[0] for key in found["letters"]]
    bare["letters"] = [name for name in names if name != "dispute-opened"]
    return bare


def test_event_that_is_faster_than_stripes_answer_finds_its_booking(till: Till, in_alpha: World) -> None:
    """R20: nobody has written the intent's id down yet; tenant, booking and payment stand in its metadata."""
    booking = room(in_alpha)
    payment = paid(till, booking)
    Payment.objects.filter(pk=payment.pk).update(intent_id="", state="created", method="")
    [event] = made_at_stripe(till, "payment_intent.succeeded")
    assert told(event) == {"payment_intent.succeeded": ("done", "")}
    assert money(booking) == ("confirmed", "paid", 2500)


def test_the_same_event_again_and_long_after_changes_nothing(till: Till, in_alpha: World) -> None:
    """R22, R25: by its id while we know it, and by its effect when it is done again."""
    booking = room(in_alpha)
    paid(till, booking)
    [event] = made_at_stripe(till, "payment_intent.succeeded")
    told(event)
    cancelling.cancel(booking, SYSTEM, Cancellation())
    perform("pay_back", "refund")
    rows = digest()
    assert [arrive(event) for _time in range(8)] == [False] * 8
    assert digest() == rows
    before = end(booking)
    InboxEvent.objects.all().delete()
    told(event)
    assert end(booking) == before
    assert before["paid"] == 1


def test_success_that_is_told_after_the_booking_was_cancelled_goes_back(till: Till, in_alpha: World) -> None:
    """R27."""
    booking = room(in_alpha)
    paid(till, booking)
    [event] = made_at_stripe(till, "payment_intent.succeeded")
    cancelling.cancel(booking, SYSTEM, Cancellation())
    told(event)
    perform("pay_back", "refund")
    assert [refund.amount for refund in till.refunds()] == [2500]
    assert Payment.objects.get().refunded_minor == 2500
