"""The tables of docs/cancellation.md, worked out by the product: a figure that is changed there fails here."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bookings import terms
from bookings.models import Booking
from bookings.terms import STANDARD, Agreed, Outcome, Step
from kernel.money import from_text
from venues.models import Resource, Venue

DOCUMENT = (Path(__file__).parents[2] / "docs/cancellation.md").read_text()
GROUPS = {"-": None, "members": 1}
START = datetime(2030, 6, 15, 10, tzinfo=UTC)
STEPS, FEES, MONEY = "step | group | reason | costs", "before the start | group | reason | fee", "fee | paid"
COSTS = re.compile(r"(\d+)%(?: \+ (\d+\.\d\d))?(, at least the deposit)?")


def table(text, heading):
    """The rows under a heading, as lists of cells."""
    lines = text[text.index(f"| {heading}") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def time(text):
    """`23:59:59`, hours above 24 too."""
    hours, minutes, seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def a_step(before, group, reason, costs):
    """A row of a policy."""
    found = COSTS.fullmatch(costs)
    assert found, costs
    percent, amount, keeps = found.groups()
    return Step(
        minutes_before=time(before) // timedelta(minutes=1),
        percent=int(percent) * 100,
        fee_minor=from_text(amount or "0", "EUR"),
        keeps_deposit=bool(keeps),
        group_id=GROUPS[group],
        reason="" if reason == "-" else reason,
    )


def a_booking(**fields):
    """100.00, made a month before."""
    venue = Venue(name="Venue", time_zone="Europe/Berlin", currency="EUR")
    made = START - timedelta(days=30)
    return Booking(
        resource=Resource(venue=venue, name="Court"),
        start=START,
        created_at=made,
        total_minor=10_000,
        deposit_minor=3000,
        **fields,
    )


SECTIONS = {part.partition("\n")[0]: part for part in DOCUMENT.split("\n### ")[1:]}
EXAMPLES = [(title, *row) for title, part in SECTIONS.items() for row in table(part, FEES)]


@pytest.mark.parametrize(("title", "before", "group", "reason", "fee"), EXAMPLES)
def test_an_example_costs_what_the_document_says(title, before, group, reason, fee):
    agreed = Agreed(tuple(a_step(*row) for row in table(SECTIONS[title], STEPS)))
    booking = a_booking(groups=[GROUPS[group]] if GROUPS[group] else [])
    assert terms.outcome(agreed, booking, reason, START - time(before)).fee_minor == from_text(fee, "EUR")


def test_the_standard_terms_are_those_of_the_document():
    assert STANDARD.steps == tuple(a_step(*row) for row in table(SECTIONS["Standard terms"], STEPS))


@pytest.mark.parametrize(("fee", "paid", "credit", "refund", "back", "owed"), table(DOCUMENT, MONEY))
def test_the_money_goes_where_the_document_says(fee, paid, credit, refund, back, owed):
    fee, paid, credit, *expected = (from_text(text, "EUR") for text in (fee, paid, credit, refund, back, owed))
    done = terms.settlement(a_booking(paid_minor=paid, credit_minor=credit), Outcome(fee, 0))
    assert [done.refund_minor, done.credit_back_minor, done.owed_minor] == expected


def test_there_are_examples():
    assert len(EXAMPLES) == 17
