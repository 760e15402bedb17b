"""Payments that take their time: 3-D Secure across the end of a hold, and debits that take days (R18, R19)."""

from datetime import timedelta

import pytest

from tests.billing.debits import debit
from tests.races.money.shop import PRICE, Shop

SCA = "pm_card_authenticationRequired"
HELD = "SELECT hold_expires_at - created_at FROM bookings_booking WHERE id = %s"


def age(shop: Shop, booking: str, minutes: int) -> None:
    """As if it had been held so long ago."""
    shop.sql(
        "UPDATE bookings_booking SET created_at = created_at - make_interval(mins => %s),"
        " hold_expires_at = hold_expires_at - make_interval(mins => %s) WHERE id = %s",
        minutes,
        minutes,
        booking,
    )


def test_bank_that_asks_for_long_extends_the_hold_once_and_then_it_is_paid(either: Shop) -> None:
    """R18: asked in minute 10, answered in minute 20, though the hold was for 15; the cap is half an hour."""
    booking = either.hold(either.court("asked"))
    intent = either.open(booking)
    age(either, booking, 10)
    assert either.till.pay(intent, SCA) == "requires_action"
    either.becomes(booking, "held", "processing")
    either.house.rest()
    [(lasts,)] = either.sql(HELD, booking)
    assert timedelta(minutes=25) <= lasts <= timedelta(minutes=26)
    age(either, booking, 10)
    [event] = either.events("payment_intent.requires_action", about=intent)
    either.sql("DELETE FROM public.tenants_inboxevent WHERE event_id = %s", event)
    either.told(event)
    assert either.sql(HELD, booking) == [(lasts,)]
    assert either.acts(booking, "hold_extended") == 1
    either.till.authenticate(intent)
    either.becomes(booking, "confirmed", "paid", PRICE)
    assert either.acts(booking, "paid") == 1


def test_bank_that_asks_beyond_the_end_is_answered_too_late(shop: Shop) -> None:
    """R18: the clock has closed the attempt, and the slot is somebody else's: nothing can be taken any more."""
    court = shop.court("too-long")
    booking = shop.hold(court)
    intent = shop.open(booking)
    assert shop.till.pay(intent, SCA) == "requires_action"
    shop.becomes(booking, "held", "processing")
    shop.ends(booking)
    shop.becomes(booking, "expired")
    other = shop.hold(court, who="stranger")
    assert shop.till.intent(intent).status == "canceled"
    with pytest.raises(AssertionError):
        shop.till.authenticate(intent)
    shop.house.rest()
    assert (shop.money(booking)[:3], shop.money(other)[0]) == (("expired", "unpaid", 0), "held")
    assert shop.refunds(booking) == []


def test_debit_that_takes_days_keeps_the_slot_then_confirms_or_goes_back(shop: Shop) -> None:
    """R19: three bookings; one debit succeeds in time, one after its slot was sold to another, one fails."""
    court = shop.court("debited")
    good, late, bad = (shop.hold(court, hour) for hour in (8, 10, 12))
    intents = {booking: shop.open(booking) for booking in (good, late, bad)}
    for intent in intents.values():
        assert debit(shop.till, intent) == "processing"
    for booking in intents:
        shop.becomes(booking, "pending", "processing", 0)
    shop.ends(late)
    shop.becomes(late, "expired")
    shop.hold(court, 10, who="stranger")
    for booking, outcome in ((good, "succeeds"), (late, "succeeds"), (bad, "fails")):
        shop.stripe.outside("debit", payment_intent=intents[booking], outcome=outcome)
    shop.house.rest()
    assert shop.money(good) == ("confirmed", "paid", PRICE, 0, 0)
    assert (shop.money(late)[0], shop.refunds(late)) == ("expired", [(PRICE, "too_late", "succeeded")])
    assert shop.money(bad)[:3] == ("pending", "failed", 0)
    assert shop.open(bad) == intents[bad]
    assert shop.till.pay(intents[bad]) == "succeeded"
    shop.becomes(bad, "confirmed", "paid", PRICE)
