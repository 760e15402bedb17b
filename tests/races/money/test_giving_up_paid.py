"""Paid bookings that are given up by many at once: one end, one refund of the right amount, one letter (R27-R31)."""

from functools import partial

import pytest

from tests.races.crowd import together
from tests.races.ground import BOOKINGS
from tests.races.money.shop import ADMIN, PRICE, Shop
from tests.races.test_giving_up import ENDS
from tests.threads import at_once, errors

GONE = ("cancelled", "refunded", 0, 0, 0)
KEPT = 1000
"""40 % of the price."""


def papers_and_letters(shop: Shop, booking: str) -> tuple[list[tuple[str, int]], int]:
    """What was written about its money: documents, and letters with a credit note."""
    shop.house.rest()
    query = "SELECT number FROM payments_document WHERE booking_id = %s AND kind = 'credit_note'"
    numbers = [number for (number,) in shop.sql(query, booking)]
    return shop.papers(booking), sum(len(shop.letters(f"document:{number}")) for number in numbers)


@pytest.mark.parametrize("first", ["cancel", "money", "neither"])
def test_cancelled_while_the_payment_comes_nothing_is_kept(either: Shop, first: str) -> None:
    """R27: in both orders, and a millisecond apart: never cancelled and charged without a refund."""
    court = either.court(f"crossing-{first}")
    either.webhooks(held=True)
    bookings = [either.hold(court, hour) for hour in range(8, 9 if first != "neither" else 11)]
    intents = {booking: either.open(booking) for booking in bookings}
    for booking, intent in intents.items():
        guest = either.client("guest")
        assert either.till.pay(intent) == "succeeded"
        events = either.events("payment_intent.succeeded", about=intent)
        cancel = partial(guest.post, f"{BOOKINGS}{booking}/cancel/")
        if first == "cancel":
            assert cancel().status == 200
            either.told(*events)
        elif first == "money":
            either.told(*events)
            assert either.money(booking)[:3] == ("confirmed", "paid", PRICE)
            assert cancel().status == 200
        else:
            deliver = partial(either.stripe.control, "deliver", events=events)
            assert errors(at_once(cancel, deliver)) == []
    either.webhooks()
    either.stripe.control("release")
    either.house.rest()
    for booking, intent in intents.items():
        assert either.money(booking)[0] == "cancelled"
        assert either.money(booking)[2:] == (0, 0, 0)
        assert either.refunds(booking) == [(PRICE, "cancelled", "succeeded")]
        assert either.back(intent) == (PRICE, PRICE // 10)


def test_customer_owner_and_no_show_end_a_paid_booking_once(shop: Shop) -> None:
    """R28: around the start; one of them ends it, and Stripe returns once what that one says."""
    court = shop.court("three-ends")
    for number in range(3):
        booking, intent = shop.paid(court, 8 + number)
        shop.policy(booking, 4000)
        guest, owner, desk = (shop.client(who) for who in ("guest", "owner", "front_desk"))
        [times] = shop.sql('SELECT start, "end" FROM bookings_booking WHERE id = %s', booking)
        shop.sql(
            "UPDATE bookings_booking SET start = clock_timestamp() + make_interval(secs => %s),"
            " \"end\" = clock_timestamp() + interval '1 hour' WHERE id = %s",
            0.03 * number,
            booking,
        )
        answers = together(
            [
                partial(guest.post, f"{BOOKINGS}{booking}/cancel/"),
                partial(owner.post, f"{ADMIN}{booking}/cancel/", {"reason": "other"}),
                partial(desk.post, f"{ADMIN}{booking}/no-show/"),
            ]
        )
        assert {answer.status for answer in answers} <= {200, 400}
        shop.sql('UPDATE bookings_booking SET start = %s, "end" = %s WHERE id = %s', *times, booking)
        shop.house.rest()
        [(_to, _who)] = shop.sql(ENDS, booking)[1:]
        [(state, fee)] = shop.sql("SELECT state, fee_minor FROM bookings_booking WHERE id = %s", booking)
        assert (state, fee) in {("cancelled", 0), ("cancelled", KEPT), ("no_show", PRICE)}
        assert [amount for amount, _why, _state in shop.refunds(booking)] == ([PRICE - fee] if fee < PRICE else [])
        assert shop.back(intent) == (PRICE - fee, (PRICE - fee) // 10)
        papers, letters = papers_and_letters(shop, booking)
        assert sorted(papers) == sorted([("receipt", PRICE)] + ([("credit_note", fee - PRICE)] if fee < PRICE else []))
        assert letters <= 1


def test_ten_cancellations_at_once_return_the_part_that_the_policy_leaves_once(either: Shop) -> None:
    """R29: 40 % are kept: 15.00 go back, 1.50 of the fee with it, one credit note."""
    booking, intent = either.paid(either.court("ten-times"))
    either.policy(booking, 4000)
    clients = [either.client("guest") for _ in range(10)]
    answers = together([partial(client.post, f"{BOOKINGS}{booking}/cancel/") for client in clients])
    assert {(answer.status, answer.raw) for answer in answers} == {(200, answers[0].raw)}
    either.becomes(booking, "cancelled", "partially_refunded", KEPT, 0, 0)
    assert either.refunds(booking) == [(PRICE - KEPT, "cancelled", "succeeded")]
    assert either.back(intent) == (PRICE - KEPT, (PRICE - KEPT) // 10)
    papers, _letters = papers_and_letters(either, booking)
    assert papers == [("receipt", PRICE), ("credit_note", KEPT - PRICE)]


def test_refund_whose_answer_is_cut_off_is_made_once(either: Shop) -> None:
    """R30: after Stripe has made it: the same key again, one refund, counted once."""
    booking, intent = either.paid(either.court("cut"))
    either.till.faults({"method": "POST", "path": "/v1/refunds$", "do": "timeout_after", "times": 1})
    assert either.client("guest").post(f"{BOOKINGS}{booking}/cancel/").status == 200
    either.house.hurry("refund")
    either.becomes(booking, *GONE)
    either.house.rest()
    assert either.refunds(booking) == [(PRICE, "cancelled", "succeeded")]
    assert either.back(intent) == (PRICE, PRICE // 10)
    assert either.acts(booking, "refunded") == 1


def test_refund_first_and_dispute_then_return_no_more_than_was_paid(either: Shop) -> None:
    """R31: the bank takes what is left; staff cannot refund meanwhile; it is lost."""
    booking, intent = either.paid(either.court("disputed-then"))
    owner = either.client("owner")
    assert owner.post(f"{ADMIN}{booking}/refunds/", {"amount": "10.00"}).status == 201
    either.becomes(booking, "confirmed", "partially_refunded", PRICE - KEPT, 0, 0)
    dispute = either.stripe.outside("dispute", payment_intent=intent)
    either.becomes(booking, "confirmed", "disputed")
    refused = owner.post(f"{ADMIN}{booking}/refunds/", {"amount": "1.00"})
    assert (refused.status, refused.code) == (400, "dispute_open")
    either.stripe.outside("close_dispute", dispute=dispute["id"], outcome="lost")
    either.house.rest()
    assert either.money(booking)[2] == 0
    assert either.back(intent)[0] + dispute["amount"] == PRICE


def test_dispute_first_and_refund_then_waits_for_the_bank(either: Shop) -> None:
    """R31, the other order: cancelled while the bank has it; what is owed goes out once the dispute is won."""
    booking, intent = either.paid(either.court("disputed-first"))
    dispute = either.stripe.outside("dispute", payment_intent=intent)["id"]
    either.becomes(booking, "confirmed", "disputed")
    assert either.client("guest").post(f"{BOOKINGS}{booking}/cancel/").status == 200
    either.house.rest()
    assert either.money(booking) == ("cancelled", "disputed", PRICE, PRICE, 0)
    assert either.back(intent) == (0, 0)
    either.stripe.outside("close_dispute", dispute=dispute, outcome="won")
    either.becomes(booking, *GONE)
    either.house.rest()
    assert either.back(intent) == (PRICE, PRICE // 10)


def test_refund_and_dispute_at_once_return_it_once(shop: Shop) -> None:
    """R31: whoever is first at Stripe; at the end no more than was paid is away."""
    for hour in range(8, 10):
        booking, intent = shop.paid(shop.court("crossing-bank"), hour)
        guest = shop.client("guest")
        cancel = partial(guest.post, f"{BOOKINGS}{booking}/cancel/")
        shop.webhooks(delayed=0.02 * (hour - 8))
        found = at_once(cancel, partial(_disputed, shop, intent))
        shop.house.rest()
        charge = shop.charge(intent)
        if charge.disputed and not errors(found):
            shop.stripe.outside("close_dispute", dispute=found[1]["id"], outcome="won")
            shop.house.rest()
        assert shop.back(intent)[0] == PRICE
        assert shop.money(booking) == GONE
    shop.webhooks()


def _disputed(shop: Shop, intent: str):
    return shop.stripe.outside("dispute", payment_intent=intent)
