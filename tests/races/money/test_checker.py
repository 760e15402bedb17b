"""Is the checker of money any good? A row or an object that is wrong, and it must say so; put right, it is silent."""

import copy
from typing import Any

import pytest

from tests.races.ground import BOOKINGS
from tests.races.money import checker
from tests.races.money.shop import Shop

SPOILT = {
    "counted for nothing": ("UPDATE payments_payment SET applied_at = NULL WHERE id = '{paid}'", "I3"),
    "counted and over": ("UPDATE payments_payment SET state = 'cancelled' WHERE id = '{paid}'", "I3"),
    "counted twice": ("UPDATE bookings_booking SET paid_minor = 5000 WHERE id = '{booking}'", "booking"),
    "never returned": ("UPDATE payments_refund SET state = 'wanted', refund_id = '' WHERE id = '{refund}'", "I5"),
    "returned twice": ("UPDATE payments_payment SET refunded_minor = 0 WHERE id = '{returned}'", "I5"),
    "another fee": ("UPDATE payments_refund SET fee_minor = 1 WHERE id = '{refund}'", "I5"),
    "still owed": ("UPDATE bookings_booking SET refund_due_minor = 5 WHERE id = '{booking}'", "booking"),
    "crooked books": ("UPDATE payments_entry SET amount_minor = amount_minor + 1 WHERE id = {entry}", "I14"),
    "unread books": ("DELETE FROM payments_entry WHERE posting_id = {posting}", "I14"),
    "never sent": ("UPDATE public.tenants_outgoingmail SET state = 'waiting' WHERE schema_name = '{schema}'", "letter"),
}
LOST = {
    "a charge that nobody knows": ("payment_intent", {"id": "pi_other"}, "I3"),
    "a refund that nobody knows": ("refund", {"id": "re_other"}, "I5"),
    "a movement that nobody posted": ("balance_transaction", {"id": "txn_other"}, "I14"),
}


@pytest.fixture
def done(shop: Shop) -> dict[str, Any]:
    """A booking that was paid, and one that was paid and given up; what has which id."""
    court = shop.court("checked")
    booking, intent = shop.paid(court, 10)
    other, _intent = shop.paid(court, 12)
    assert shop.client("guest").post(f"{BOOKINGS}{other}/cancel/").status == 200
    shop.house.rest()
    payment = "SELECT id FROM payments_payment WHERE booking_id = %s"
    [(entry, posting)] = shop.sql("SELECT id, posting_id FROM payments_entry ORDER BY id LIMIT 1")
    return {
        "schema": shop.schema,
        "booking": booking,
        "intent": intent,
        "paid": shop.sql(payment, booking)[0][0],
        "returned": shop.sql(payment, other)[0][0],
        "refund": shop.sql("SELECT id FROM payments_refund WHERE booking_id = %s", other)[0][0],
        "entry": entry,
        "posting": posting,
    }


def test_what_is_wrong_is_found(shop: Shop, done: dict[str, Any]) -> None:
    """The negative control: each wrong is done in a transaction that is rolled back."""
    state = shop.stripe.look(f"state?kinds={checker.KINDS}")
    assert checker.violations(shop.house.ask(shop.world), shop.schema, state) == []
    for name, (spoil, expected) in SPOILT.items():
        found = shop.house.spoilt(shop.world, spoil.format(**done), state)
        assert any(broken.startswith(expected) for broken in found), (name, found)
    for name, (kind, change, expected) in LOST.items():
        other = copy.deepcopy(state)
        things = other[shop.till.scope][kind]
        thing = next((each for each in things if done["intent"] == each["id"]), things[-1])
        things.append({**thing, **change})
        found = checker.violations(shop.house.ask(shop.world), shop.schema, other)
        assert any(broken.startswith(expected) for broken in found), (name, found)


def test_two_payments_for_one_purpose_and_an_event_that_is_stuck_are_found(shop: Shop, done: dict[str, Any]) -> None:
    """I4 and I6."""
    twice = "UPDATE payments_payment SET booking_id = '{booking}', number = 9 WHERE id = '{returned}'"
    assert shop.house.spoilt(shop.world, twice.format(**done), None) == [
        f"I4: booking {done['booking']} was paid 2 times: booking"
    ]
    ask, event = shop.house.ask(shop.world), {"event": "evt_unknown", "fate": "delivered"}
    assert checker.inbox(ask, [event]) == ["I6: event evt_unknown was answered 200 and is not known"]
