"""The example of docs/money.md, computed by the product: a figure that is changed there fails here."""

import re
from collections import defaultdict
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from billing.gateway.lists import Movement
from billing.payments import attempts, books
from billing.payments.models import Entry
from billing.subscriptions.catalogue import FREE, PLANS
from bookings import moves, terms
from bookings.models import Booking
from bookings.states import PaymentState, State
from bookings.terms import Step
from kernel.money import as_text, from_text, rounded
from venues.models import Resource, Venue

DOCUMENT = (Path(__file__).parents[2] / "docs/money.md").read_text()
NOW = datetime(2030, 6, 15, 10, tzinfo=UTC)
WAYS = {"direct": "### Direct", "destination": "### Destination"}
STORY, MOVEMENTS = "after | state", "movement | amount"
PRICE, RETURNED = 80_00, 40_00
STRIPES = rounded(Fraction(PRICE * 150, 10_000)) + 25
FEE = attempts.fee_of(PRICE, next(plan.fee for plan in PLANS if plan.code == FREE), "EUR")
FEE_BACK = rounded(Fraction(FEE * RETURNED, PRICE))


def table(text, heading):
    """The rows under a heading, as lists of cells; the heading comes first."""
    lines = text[text.index(f"| {heading}") :].split("\n\n")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [rows[0], *rows[2:]]


def minor(text):
    """`-1.45` is -145."""
    return from_text(text, "EUR")


def movement(kind, amount, stripes, platforms):
    """A balance transaction of Stripe's: what it is worth, and who takes how much of it."""
    fees = tuple((name, fee) for name, fee in (("stripe_fee", stripes), ("application_fee", platforms)) if fee)
    return Movement("txn_1", kind, "", "EUR", amount, amount - stripes - platforms, fees, NOW, NOW)


def written(way):
    """The rows of a way's table: the movements as Stripe tells them, with the entries that stand there; the sums."""
    head, *rows, last = table(DOCUMENT[DOCUMENT.index(WAYS[way]) :], MOVEMENTS)
    found = []
    for kind, *cells in rows:
        amount, stripes, platforms, *entries = map(minor, cells)
        named = {Entry.Account(name): entry for name, entry in zip(head[4:], entries, strict=True)}
        found.append((movement(kind, amount, stripes, platforms), named))
    sums = {Entry.Account(name): minor(cell) for name, cell in zip(head[4:], last[4:], strict=True)}
    return found, sums


@pytest.mark.parametrize("way", WAYS)
def test_each_movement_is_posted_as_the_document_says(way):
    rows, sums = written(way)
    added = defaultdict(int)
    for told, entries in rows:
        assert books.entries_of(told) == {account: amount for account, amount in entries.items() if amount}
        assert sum(entries.values()) == 0
        for account, amount in entries.items():
            added[account] += amount
    assert added == sums
    assert sums[Entry.Account.BALANCE] == 0


def test_amounts_and_fees_are_those_of_the_story():
    direct, destination = ([told for told, _entries in written(way)[0]] for way in WAYS)
    left = PRICE - STRIPES - FEE - RETURNED + FEE_BACK
    assert direct == [
        movement("charge", PRICE, STRIPES, FEE),
        movement("refund", -RETURNED, 0, -FEE_BACK),
        movement("payout", -left, 0, 0),
    ]
    assert destination == [
        movement("payment", PRICE, 0, FEE),
        movement("payment_refund", -RETURNED, 0, -FEE_BACK),
        movement("payout", -(left + STRIPES), 0, 0),
    ]
    assert f"It is left with {as_text(FEE - FEE_BACK - STRIPES, 'EUR')}:" in DOCUMENT


def all_movements():
    """Everything that is tested of the movements' tables."""
    test_amounts_and_fees_are_those_of_the_story()
    for way in WAYS:
        test_each_movement_is_posted_as_the_document_says(way)


def test_booking_says_what_the_document_says():
    venue = Venue(name="Venue", time_zone="Europe/Berlin", currency="EUR")
    booking = Booking(
        resource=Resource(venue=venue, name="Court"), state=State.CONFIRMED, start=NOW, total_minor=PRICE, fee_minor=0
    )
    rows = {row[0]: row[1:] for row in table(DOCUMENT, STORY)[1:]}
    found = {}

    def note(step):
        figures = (booking.paid_minor, booking.returnable_minor, booking.refunding_minor)
        found[step] = [booking.state, booking.payment_state, *(as_text(each, "EUR") for each in figures)]

    booking.paid_minor = PRICE
    moves.settle(booking, NOW)
    note("the payment")
    done = terms.settlement(booking, terms.charged(Step(0, percent=5000), booking))
    booking.state, booking.fee_minor = State.CANCELLED, done.fee_minor
    assert done.refund_minor == booking.returnable_minor == RETURNED
    note("cancelling")
    booking.refunding_minor = RETURNED
    note("planning the refund")
    booking.paid_minor, booking.refunding_minor = PRICE - RETURNED, 0
    moves.settle_returned(booking, RETURNED)
    note("Stripe has taken it")
    assert found == rows


def test_every_payment_state_is_explained_once():
    listed = [row[0].strip("`") for row in table(DOCUMENT, "`payment_state` | means")[1:]]
    assert sorted(listed) == sorted(PaymentState.values)


def test_a_changed_figure_is_noticed(monkeypatch):
    """The guard itself: no digit of the movements' tables can be another one."""
    start = DOCUMENT.index(WAYS["direct"])
    figures = [match for match in re.finditer(r"\d(?=[\d.]* \|)", DOCUMENT) if match.start() > start]
    assert len(figures) > 100
    for match in figures:
        digit = str((int(match.group()) + 1) % 10)
        monkeypatch.setitem(globals(), "DOCUMENT", DOCUMENT[: match.start()] + digit + DOCUMENT[match.end() :])
        with pytest.raises(AssertionError):
            all_movements()
        monkeypatch.undo()
