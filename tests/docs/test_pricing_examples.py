"""The worked examples of docs/pricing.md, computed by the product: a figure that is changed there fails here."""

import re
import shlex
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookings.baskets import Basket, Extra, Means
from bookings.prices import Price, priced
from kernel.money import as_text, exact_text, from_text, percent_text
from kernel.periods import Period
from venues.models import Product, Resource, Venue, Voucher
from venues.pricelists import Standing
from venues.pricing import NoPrice

DOCUMENT = Path(__file__).parents[2] / "docs/pricing.md"
EXAMPLES = re.findall(r"^### (.+?)\n.*?^```price\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
GROUPS = {"Club": 1, "Students": 2}


class Example:
    """What stands above the line of an example."""

    def __init__(self, text: str) -> None:
        self.venue = Venue(name="Venue", time_zone="Europe/Berlin", currency="EUR")
        self.places = [self._place("Court")]
        self.service: Product | None = None
        self.seller: Resource | Product = self.places[0]
        self.extras: list[Extra] = []
        self.standings: list[Standing] = []
        self.people = 1
        self.means: dict[str, Any] = {}
        for line in text.strip().splitlines():
            word, *rest = shlex.split(line)
            getattr(self, f"do_{word}")(*rest)

    def _place(self, name: str) -> Resource:
        place = Resource(pk=len(getattr(self, "places", [])) + 1, venue=self.venue, name=name)
        self._rated(place)
        return place

    def _rated(self, thing: Resource | Product) -> None:
        # As `venues.pricelists.with_prices` hangs them on a row.
        self.rates: list[dict[str, Any]] = []
        vars(thing).update(rate_rows=self.rates, group_rows=[])

    def minor(self, text: str) -> int:
        """An amount in the venue's currency."""
        return from_text(text, self.venue.currency)

    def do_venue(self, zone: str, currency: str, *rest: str) -> None:
        self.venue.time_zone, self.venue.currency = zone, currency
        options = dict(zip(rest[::2], rest[1::2], strict=True))
        self.venue.vat = basis_points(options.get("vat", "0%"))
        self.venue.rounding_minor = self.minor(options.get("coin", as_text(1, currency)))

    def do_also(self, name: str) -> None:
        self.places.append(self._place(name))
        self.seller = self.places[-1]

    def do_service(self, name: str, *rest: str) -> None:
        self.service = self._product(name, Product.Kind.BOOKING, rest)

    def _product(self, name: str, kind: str, rest: tuple[str, ...]) -> Product:
        options = dict(zip(rest[::2], rest[1::2], strict=True))
        vat = basis_points(options["vat"]) if "vat" in options else None
        self.seller = Product(pk=len(self.extras) + 90, name=name, kind=kind, vat=vat)
        self._rated(self.seller)
        return self.seller

    def do_extra(self, count: str, name: str, *rest: str) -> None:
        self.extras.append(Extra(self._product(name, Product.Kind.EXTRA, rest), int(count)))

    def do_rate(self, amount: str, *rest: str) -> None:
        options = dict(zip(rest[::2], rest[1::2], strict=True))
        first, last = options.get("at", "-").split("-")
        row = {
            "id": len(self.rates) + 1,
            "unit": options["per"],
            "amount_minor": self.minor(amount),
            "name": options.get("called", ""),
            "valid_from": options.get("from"),
            "valid_until": options.get("until"),
            "weekdays": [WEEKDAYS.index(day) for day in options.get("on", "").split(",") if day],
            "from_time": time.fromisoformat(first).isoformat() if first else None,
            "until_time": time.fromisoformat(last).isoformat() if last else None,
            "group_id": GROUPS[options["for"]] if "for" in options else None,
            "priority": int(options.get("priority", "0")),
        }
        self.rates.append(row)

    def do_minimum(self, amount: str) -> None:
        self.seller.minimum_minor = self.minor(amount)

    def do_deposit(self, text: str, *rest: str) -> None:
        place = self.places[0]
        if text.endswith("%"):
            place.deposit_percent = basis_points(text)
        else:
            place.deposit_minor = self.minor(text)
        if rest:
            place.balance_days_before = int(rest[1])

    def do_member(self, group: str, percent: str = "0%", until: str = "") -> None:
        last = date.fromisoformat(until) if until else None
        self.standings.append(Standing(GROUPS[group], group, basis_points(percent), None, last))

    def do_book(self, start: str, end: str, *rest: str) -> None:
        zone = ZoneInfo(self.venue.time_zone)
        at = [datetime.fromisoformat(text) for text in (start, end)]
        self.period = Period(*(found if found.tzinfo else found.replace(tzinfo=zone) for found in at))
        options = dict(zip(rest[::2], rest[1::2], strict=True))
        self.people = int(options.get("people", "1"))

    def do_voucher(self, text: str) -> None:
        if text.endswith("%"):
            self.means["voucher"] = Voucher(code="CODE", percent_off=basis_points(text))
        else:
            self.means["voucher"] = Voucher(code="CODE", amount_minor=self.minor(text), currency=self.venue.currency)

    def do_prepaid(self, minutes: str) -> None:
        self.means["pack_minutes"] = int(minutes)

    def do_credit(self, amount: str) -> None:
        self.means["credit_minor"] = self.minor(amount)

    def do_agreed(self, amount: str) -> None:
        self.means["agreed_minor"] = self.minor(amount)

    def price(self) -> Price:
        """By the product's code."""
        basket = Basket(
            resources=tuple(self.places),
            period=self.period,
            zone=ZoneInfo(self.venue.time_zone),
            participants=self.people,
            product=self.service,
            extras=tuple(self.extras),
            standings=tuple(self.standings),
        )
        return priced(basket, Means(**self.means))


def basis_points(text: str) -> int:
    """`12.5%` is 1250."""
    return from_text(text.removesuffix("%"), "EUR")


def told(example: Example) -> list[str]:
    """Price lines and all sums, as the document writes them."""
    try:
        price = example.price()
    except NoPrice:
        return ["no price"]
    lines = []
    for line in price.lines:
        amount = as_text(line.amount_minor, price.currency)
        if line.quantity is None or line.unit_price_minor is None:
            lines.append(f"{line.kind} {amount}")
        else:
            unit = as_text(line.unit_price_minor, price.currency)
            lines.append(f"{line.kind} {exact_text(line.quantity)} x {unit} = {amount}")
    sums = {
        "total": price.total_minor,
        "tax": price.tax_minor,
        "net": price.total_minor - price.tax_minor,
        "deposit": price.deposit_minor,
        "credit": price.credit_minor,
        "due": price.due_minor,
        "due now": price.due_now_minor,
        "due later": price.due_minor - price.due_now_minor,
    }
    sums |= {f"tax at {percent_text(tax.vat)}%": tax.tax_minor for tax in price.taxes}
    return lines + [f"{name} {as_text(minor, price.currency)}" for name, minor in sums.items()]


SUMS = re.compile(r"(total|tax|net|deposit|credit|due|no price)\b")


@pytest.mark.parametrize(("title", "text"), EXAMPLES, ids=[title for title, _text in EXAMPLES])
def test_example_says_what_the_product_computes(title, text):
    given, _line, expected = text.partition("---\n")
    written = [" ".join(line.split()) for line in expected.strip().splitlines()]
    computed = told(Example(given))
    assert [line for line in written if not SUMS.match(line)] == [line for line in computed if not SUMS.match(line)]
    sums = [line for line in written if SUMS.match(line)]
    assert sums, "an example says what it comes to"
    assert set(sums) <= set(computed)


def test_there_are_at_least_ten_examples():
    assert len(EXAMPLES) >= 10
    assert DOCUMENT.read_text().count("```price") == len(EXAMPLES)


def test_a_changed_figure_is_noticed():
    """The guard itself: any other digit in the figures of an example is another price."""
    noticed = 0
    for _title, text in EXAMPLES:
        given, _line, expected = text.partition("---\n")
        for match in re.finditer(r"\d", expected):
            digit = str((int(match.group()) + 1) % 10)
            changed = f"{given}---\n{expected[: match.start()]}{digit}{expected[match.end() :]}"
            with pytest.raises(AssertionError):
                test_example_says_what_the_product_computes("", changed)
            noticed += 1
    assert noticed > 100
