"""R40: a worker dies by itself around a refund, a credit note and an invoice; each is made once, under one number."""

from typing import Any

import pytest

from tests.races.ground import BOOKINGS
from tests.races.money.shop import ADMIN, PRICE, Shop

GONE = ("cancelled", "refunded", 0, 0, 0)


def die_at(shop: Shop, *points: str) -> None:
    """From now on the first worker that comes to each of these ends at once."""
    for point in points:
        shop.rigging.set(point, "exit")


def died_at(shop: Shop, *points: str) -> None:
    """Return when one has died at each, and everything is done after all."""
    for point in points:
        shop.rigging.wait_until_reached(point)
    shop.house.rest()


def numbers(shop: Shop, booking: str) -> list[str]:
    """The numbers of a booking's documents."""
    query = "SELECT number FROM payments_document WHERE booking_id = %s ORDER BY id"
    return [number for (number,) in shop.sql(query, booking)]


def series(shop: Shop) -> list[tuple[Any, ...]]:
    """Each series of numbers: how far it has got, and how many documents there are of it."""
    return shop.sql(
        "SELECT c.series, c.last, (SELECT count(*) FROM payments_document d WHERE starts_with(d.number, c.series))"
        " FROM payments_documentcounter c ORDER BY c.series"
    )


@pytest.mark.parametrize("point", ["refund.made", "due.done.refund"])
def test_worker_that_dies_around_a_refund_makes_one(shop: Shop, point: str) -> None:
    """Between Stripe's answer and our books, and between our books and the acknowledgement."""
    booking, intent = shop.paid(shop.court("dies"))
    shop.house.rest()
    die_at(shop, point)
    assert shop.client("guest").post(f"{BOOKINGS}{booking}/cancel/").status == 200
    died_at(shop, point)
    shop.becomes(booking, *GONE)
    assert shop.refunds(booking) == [(PRICE, "cancelled", "succeeded")]
    assert shop.back(intent) == (PRICE, PRICE // 10)
    assert [refund.amount for refund in shop.till.refunds() if refund.payment_intent == intent] == [PRICE]
    assert shop.acts(booking, "refunded") == 1
    assert shop.papers(booking) == [("receipt", PRICE), ("credit_note", -PRICE)]


def test_worker_that_dies_around_a_number_gives_it_once(shop: Shop) -> None:
    """A receipt, a credit note and the correction of an invoice: before the commit, and before the acknowledgement."""
    court = shop.court("numbered")
    die_at(shop, "numbering.read", "due.done.receipt")
    paid, _intent = shop.paid(court)
    died_at(shop, "numbering.read", "due.done.receipt")
    shop.rigging.clear()

    die_at(shop, "numbering.read", "due.done.credit_note")
    assert shop.client("guest").post(f"{BOOKINGS}{paid}/cancel/").status == 200
    died_at(shop, "numbering.read", "due.done.credit_note")
    shop.rigging.clear()
    assert shop.papers(paid) == [("receipt", PRICE), ("credit_note", -PRICE)]

    invoiced = shop.hold(court, 12)
    answer = shop.client("owner").post(f"{ADMIN}{invoiced}/invoice/", {"buyer": "Acme"})
    assert answer.status == 201, answer.raw
    shop.house.rest()
    die_at(shop, "numbering.read", "due.done.invoice")
    assert shop.client("guest").post(f"{BOOKINGS}{invoiced}/cancel/").status == 200
    died_at(shop, "numbering.read", "due.done.invoice")
    assert shop.papers(invoiced) == [("invoice", PRICE), ("credit_note", -PRICE)]
    for booking in (paid, invoiced):
        assert [len(shop.letters(f"document:{number}")) for number in numbers(shop, booking)] == [1, 1]
    assert {last - count for _series, last, count in series(shop)} == {0}
