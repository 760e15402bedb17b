"""Events out of order, long after, and such as contradict what we know (R24-R26, T34)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.races.ground import BOOKINGS
from tests.races.money.shop import ADMIN, PRICE, Shop

DECLINED, SCA = "pm_card_chargeDeclined", "pm_card_authenticationRequired"
KINDS = (
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
    "payment_intent.succeeded",
    "refund.created",
    "charge.refunded",
)
ORDERS = ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (3, 0, 4, 1, 2))
END = (
    "SELECT state, payment_state, paid_minor, total_minor, refund_due_minor, refunding_minor FROM bookings_booking"
    " WHERE id = %s"
)
DAYS_AGO = (
    "UPDATE public.tenants_inboxevent SET made_at = made_at - make_interval(days => %s),"
    " received_at = received_at - make_interval(days => %s) WHERE event_id = %s"
)


def test_whatever_the_order_of_five_events_the_end_is_the_same(shop: Shop) -> None:
    """R24: declined, challenged, paid, a part returned in the dashboard; told after it all, in three orders."""
    court = shop.court("any-order")
    shop.webhooks(held=True)
    bookings = [shop.hold(court, hour) for hour, _order in enumerate(ORDERS, 8)]
    for booking, order in zip(bookings, ORDERS, strict=True):
        intent = shop.open(booking)
        assert shop.till.pay(intent, DECLINED) == "generic_decline"
        assert shop.till.pay(intent, SCA) == "requires_action"
        shop.till.authenticate(intent)
        shop.till.client.v1.refunds.create({"payment_intent": intent, "amount": 1000}, shop.till.on)
        events = shop.events(*KINDS, about=intent)
        assert len(events) == len(KINDS)
        shop.told(*(events[number] for number in order))
    shop.webhooks()
    shop.stripe.control("release")
    shop.house.rest()
    ends = [
        (shop.sql(END, booking)[0], shop.refunds(booking), shop.papers(booking), shop.acts(booking, "paid"))
        for booking in bookings
    ]
    assert ends[0][0] == ("confirmed", "partially_refunded", PRICE - 1000, PRICE - 1000, 0, 0)
    assert ends[0][1] == [(1000, "elsewhere", "succeeded")]
    assert [end for end in ends if end != ends[0]] == []


def test_old_events_again_change_nothing(either: Shop) -> None:
    """R25: three days later the event is known; thirty days later it is forgotten, and finds its effect done."""
    booking, intent = either.paid(either.court("replayed"))
    either.policy(booking, 4000)
    assert either.client("guest").post(f"{BOOKINGS}{booking}/cancel/").status == 200
    either.house.rest()
    [event] = either.events("payment_intent.succeeded", about=intent)
    before = either.rows()
    either.sql(DAYS_AGO, 3, 3, event)
    either.stripe.control("deliver", events=[event], copies=3)
    either.house.rest()
    assert either.rows() == before
    either.sql("DELETE FROM public.tenants_inboxevent WHERE event_id = %s", event)
    either.told(event)
    either.house.rest()
    assert either.rows() == before
    assert either.money(booking)[:3] == ("cancelled", "partially_refunded", 1000)


def test_another_amount_or_currency_confirms_nothing_and_goes_back_whole(shop: Shop) -> None:
    """R26: the intent was changed in the dashboard before it was paid; the owners are told."""
    court = shop.court("tampered")
    for hour, change, came in ((8, {"amount": 100}, 100), (10, {"currency": "usd"}, PRICE)):
        booking = shop.hold(court, hour)
        intent = shop.open(booking)
        order: Any = {**change, "application_fee_amount": 10}
        shop.till.client.v1.payment_intents.update(intent, order, shop.till.on)
        assert shop.till.pay(intent) == "succeeded"
        shop.house.rest()
        assert shop.money(booking) == ("held", "unpaid", 0, 0, 0)
        assert shop.refunds(booking) == [(came, "mismatch", "succeeded")]
        assert shop.charge(intent).amount_refunded == came
        [(payment,)] = shop.sql("SELECT id::text FROM payments_payment WHERE booking_id = %s", booking)
        assert len(shop.letters(f"mismatch:{payment}")) == 1


def test_metadata_of_another_booking_or_tenant_confirms_nothing(shop: Shop) -> None:
    """R26, T34: an event says what is not so: no booking changes, the alarm is in the log, the event is over."""
    court = shop.court("misnamed")
    booking, other = shop.hold(court, 8), shop.hold(court, 10)
    intent = shop.open(booking)
    beta = shop.house.ground.beta.tenant.schema_name
    whose = shop.till.intent(intent).metadata.to_dict()
    for wrong in ({"forecourt_booking": other}, {"forecourt_tenant": beta}):
        shop.till.client.v1.payment_intents.update(intent, {"metadata": {**whose, **wrong}}, shop.till.on)
        if shop.till.intent(intent).status != "succeeded":
            assert shop.till.pay(intent) == "succeeded"
        shop.house.rest()
        [event] = shop.events("payment_intent.succeeded", about=intent)
        shop.sql("DELETE FROM public.tenants_inboxevent WHERE event_id = %s", event)
        shop.told(event)
        assert {shop.money(pk) for pk in (booking, other)} == {("held", "unpaid", 0, 0, 0)}
    assert "tenant mismatch" in shop.house.worker.said()
    shop.till.client.v1.payment_intents.update(intent, {"metadata": whose}, shop.till.on)
    shop.sql("DELETE FROM public.tenants_inboxevent WHERE event_id = %s", event)
    shop.told(event)
    shop.becomes(booking, "confirmed", "paid", PRICE)
    assert shop.client("owner").get(f"{ADMIN}{other}/").body["status"] == "pending"


def test_forged_money_that_comes_before_our_own_answer_is_not_the_attempts(either: Shop) -> None:
    """R20, T34: somebody writes the attempt's names on money of theirs while we wait for Stripe; ours is paid then."""
    booking = either.hold(either.court("forged"))
    guest = either.client("guest")
    either.rigging.set("checkout.created", "wait")
    with ThreadPoolExecutor(1) as threads:
        opening = threads.submit(guest.post, f"{BOOKINGS}{booking}/create-payment-intent/")
        either.rigging.wait_until_reached("checkout.created")
        [own] = [each for each in either.till.intents() if each.metadata.to_dict().get("forecourt_booking") == booking]
        passed_on = {} if either.till.scope else {"transfer_data": {"destination": either.till.account.account_id}}
        order: Any = {"amount": PRICE, "currency": own.currency, "metadata": own.metadata.to_dict(), **passed_on}
        foreign = either.till.client.v1.payment_intents.create(order, either.till.on)
        assert either.till.pay(foreign.id) == "succeeded"
        either.house.rest()
        assert either.money(booking) == ("held", "unpaid", 0, 0, 0)
        either.rigging.release("checkout.created")
        assert opening.result().body["payment_intent_id"] == own.id
    assert "did not make it" in either.house.worker.said()
    assert either.till.pay(own.id) == "succeeded"
    either.becomes(booking, "confirmed", "paid", PRICE)
    assert either.sql("SELECT intent_id FROM payments_payment WHERE booking_id = %s", booking) == [(own.id,)]
    back: Any = {"payment_intent": foreign.id}
    either.till.client.v1.refunds.create(back, either.till.on)  # its maker gives it back: nothing of ours knows it
