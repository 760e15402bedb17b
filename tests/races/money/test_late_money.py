"""The end of a hold and money that comes there: confirmed, or all of it back; never paid and lost (R13-R17)."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.races.conftest import Figures
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, wait_for_lock_waiters
from tests.races.money.shop import PRICE, Shop, released
from tests.sandbox import wait_for
from tests.threads import at_once, errors

WHOLE = [(PRICE, "too_late", "succeeded")]
CAME, WENT = ("confirmed", "paid", PRICE, 0, 0), ("expired", "unpaid", 0, 0, 0)


def outcome(shop: Shop, booking: str) -> str:
    """Which of the two allowed ends a paid booking has come to."""
    shop.house.rest()
    if shop.money(booking) == CAME:
        assert shop.refunds(booking) == []
        return "confirmed"
    assert (shop.money(booking), shop.refunds(booking)) == (WENT, WHOLE)
    return "returned"


def test_hold_that_ends_around_the_payment_is_confirmed_or_returned(shop: Shop, record_property: Figures) -> None:
    """R13: told from 1 s before the end to 0.4 s after it, with a rival for the slot at the end itself."""
    court = shop.court("on-the-edge")
    hours = range(8, 13)
    bookings = {hour: shop.hold(court, hour) for hour in hours}
    intents = {hour: shop.open(booking) for hour, booking in bookings.items()}
    shop.webhooks(held=True)
    for intent in intents.values():
        assert shop.till.pay(intent) == "succeeded"
    rivals = [shop.client("stranger") for _hour in hours]
    events = {hour: shop.events("payment_intent.succeeded", about=intents[hour]) for hour in hours}
    soon = time.monotonic() + 1.5
    for booking in bookings.values():
        shop.ends(booking, soon - time.monotonic())
    calls = [
        released(soon, partial(rival.post, BOOKINGS, shop.wish(court, hour)))
        for rival, hour in zip(rivals, hours, strict=True)
    ]
    tell = [partial(_tell_at, shop, soon - 1.0 + 0.35 * number, events[hour]) for number, hour in enumerate(hours)]
    with ThreadPoolExecutor(1) as threads:
        telling = threads.submit(at_once, *tell)
        answers = together(calls)
        assert errors(telling.result()) == []
    shop.webhooks()
    shop.stripe.control("release")
    ends = {hour: outcome(shop, booking) for hour, booking in bookings.items()}
    record_property("ends", ", ".join(ends.values()))
    for hour, answer in zip(hours, answers, strict=True):
        assert answer.status == (400 if ends[hour] == "confirmed" else 201), answer.raw


def _tell_at(shop: Shop, moment: float, events: list[str]) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
    shop.stripe.control("deliver", events=events)


def test_money_for_a_slot_that_somebody_else_has_goes_back_with_the_fee(either: Shop) -> None:
    """R14: expired, taken, then the success is told: all of it, the fee too, one letter, the event is over."""
    court = either.court("taken")
    booking = either.hold(court)
    intent = either.open(booking)
    either.webhooks(held=True)
    assert either.till.pay(intent) == "succeeded"
    either.sql("UPDATE bookings_booking SET hold_expires_at = clock_timestamp() WHERE id = %s", booking)
    other = either.hold(court, who="stranger")
    assert either.money(booking)[0] == "expired"
    either.webhooks()
    either.stripe.control("release")
    assert outcome(either, booking) == "returned"
    assert either.back(intent) == (PRICE, PRICE // 10)
    assert either.money(other)[0] == "held"
    [(refund,)] = either.sql("SELECT id::text FROM payments_refund WHERE booking_id = %s", booking)
    assert either.letters(f"refund:{refund}") == [f"refund:{refund}"]
    [event] = either.events("payment_intent.succeeded", about=intent)
    assert either.sql("SELECT state FROM public.tenants_inboxevent WHERE event_id = %s", event) == [("done",)]


def test_money_for_a_slot_that_is_still_free_takes_it_again(either: Shop) -> None:
    """R15: the clock, which could not ask Stripe for eleven minutes, has expired it before the success is told."""
    court = either.court("still-free")
    booking = either.hold(court)
    intent = either.open(booking)
    either.webhooks(held=True)
    either.till.faults({"method": "GET", "path": "payment_intents", "do": "status", "status": 500})
    assert either.till.pay(intent) == "succeeded"
    either.ends(booking, -660)
    either.becomes(booking, "expired")
    assert either.sql("SELECT count(*) FROM bookings_occupancy WHERE booking_id = %s", booking) == [(0,)]
    either.till.faults()
    either.webhooks()
    either.stripe.control("release")
    assert outcome(either, booking) == "confirmed"
    assert either.sql("SELECT count(*) FROM bookings_occupancy WHERE booking_id = %s", booking) == [(1,)]


def test_payment_that_came_first_beats_the_sweeper_and_a_rival(shop: Shop) -> None:
    """R16: the money is being counted when time runs out; who sweeps and who wants the slot wait, and find it taken."""
    court = shop.court("counted-first")
    booking = shop.hold(court)
    intent = shop.open(booking)
    rival = shop.client("stranger")
    shop.ends(booking, 1.0)
    shop.rigging.set("checkout.applying", "wait")
    assert shop.till.pay(intent) == "succeeded"
    shop.rigging.wait_until_reached("checkout.applying")
    over = "SELECT hold_expires_at <= clock_timestamp() FROM bookings_booking WHERE id = %s"
    with ThreadPoolExecutor(1) as threads:
        wait_for(lambda: shop.sql(over, booking)[0][0], 5)
        taking = threads.submit(rival.post, BOOKINGS, shop.wish(court, 10))
        wait_for_lock_waiters(shop.house.ground, 2)
        shop.rigging.release("checkout.applying")
        assert (taking.result().status, taking.result().code) == (400, "booked")
    assert outcome(shop, booking) == "confirmed"
    assert shop.acts(booking, "moved", "confirmed") == 1


def test_rival_that_came_first_beats_the_payment(shop: Shop) -> None:
    """R16, the other order: a rival's request is expiring the hold when the money is told."""
    court = shop.court("swept-first")
    booking = shop.hold(court)
    intent = shop.open(booking)
    rival = shop.client("stranger")
    shop.webhooks(held=True)
    assert shop.till.pay(intent) == "succeeded"
    shop.rigging.set("release.read", "wait")
    shop.sql("UPDATE bookings_booking SET hold_expires_at = clock_timestamp() WHERE id = %s", booking)
    with ThreadPoolExecutor(1) as threads:
        taking = threads.submit(rival.post, BOOKINGS, shop.wish(court, 10))
        shop.rigging.wait_until_reached("release.read")
        shop.webhooks()
        shop.stripe.control("release")
        wait_for_lock_waiters(shop.house.ground, 1)
        shop.rigging.release("release.read")
        assert taking.result().status == 201
    assert outcome(shop, booking) == "returned"
    assert shop.money(taking.result().body["id"])[0] == "held"


@pytest.mark.parametrize("taken", [False, True], ids=["free", "taken"])
def test_paid_while_it_was_being_closed(shop: Shop, taken: bool) -> None:
    """R17: the clock is about to cancel the intent when the customer confirms it: Stripe says unexpected state."""
    court = shop.court("closing")
    booking = shop.hold(court)
    intent = shop.open(booking)
    shop.webhooks(held=True)
    shop.rigging.set("checkout.stopping", "wait")
    shop.ends(booking, 0)
    shop.rigging.wait_until_reached("checkout.stopping")
    if taken:
        shop.hold(court, who="stranger")
    assert shop.till.pay(intent) == "succeeded"
    shop.rigging.release("checkout.stopping")
    shop.becomes(booking, "expired" if taken else "confirmed")
    shop.webhooks()
    shop.stripe.control("release")
    assert outcome(shop, booking) == ("returned" if taken else "confirmed")


def test_what_nobody_paid_cannot_be_paid_after_the_hold(shop: Shop) -> None:
    """R17: the intent is cancelled, and Checkout's page, which Stripe keeps for half an hour, is expired."""
    court = shop.court("unpaid")
    first, second = shop.hold(court, 10), shop.hold(court, 12)
    intent = shop.open(first)
    page = shop.client("guest").post(f"{BOOKINGS}{second}/checkout-session/").body["url"]
    shop.ends(first)
    shop.ends(second)
    for booking in (first, second):
        shop.becomes(booking, *WENT)
    assert shop.till.intent(intent).status == "canceled"
    assert shop.till.pay_page(page) == 410
