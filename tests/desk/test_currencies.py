"""Yen have no decimals and dinars three: typed, shown, stored, given back and exported exactly, on all of the desk."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import moves
from bookings.imports import values
from bookings.models import Booking, GiftCredit, OnSitePayment
from bookings.views.amounts import MoneyField
from desk.places.rows import MoneyTextField
from kernel.errors import Invalid
from kernel.money import round_sum
from schemas.clock import database_now
from tenants.models import Tenant
from tests.bookings.paying.scenes import perform
from tests.bookings.returning.scene import paid, refunds_of, work_off
from tests.desk.bookings.scenes import choose, worked
from tests.flows.pages import Form, Page, Visitor
from tests.isolation.contents import contents
from tests.till import Till
from tests.worlds import World
from venues.models import CancellationStep, Pack, Rate, Resource, Venue, Voucher

Come = Callable[..., Visitor]


@dataclass(frozen=True)
class Coin:
    """A currency: how a field is to ask for it, and amounts of it as one types, reads, keeps and files them.

    `price` is what everything costs here, `part` is given back of it, `fine` has more decimals than there are.
    """

    code: str
    country: str
    keyboard: str
    in_field: str
    on_pages: str
    typed: tuple[str, int]
    price: tuple[str, int, str]
    part: tuple[str, int, str]
    step: tuple[str, int]
    fine: str


YEN = Coin(
    "JPY", "JP", "numeric", r"\d*", r"[¥￥]\d{1,3}(?:,\d{3})*(?![\d.,]*\d)",
    ("1,234", 1234), ("3001", 3001, "¥3,001"), ("1001", 1001, "¥1,001"), ("10", 10), "12.0",
)  # fmt: skip
DINAR = Coin(
    "KWD", "US", "decimal", r"|\d+\.\d{3}", r"KWD\d{1,3}(?:,\d{3})*\.\d{3}(?!\d)",
    ("1,234.5", 1_234_500), ("7.330", 7330, "KWD7.330"), ("2.010", 2010, "KWD2.010"), ("0.050", 50), "1.2340",
)  # fmt: skip
EACH = pytest.mark.parametrize("coin", [YEN, DINAR], ids=["JPY", "KWD"])
AMOUNTS = {"amount", "amount_minor", "minimum_minor", "minimum", "deposit", "price", "fee", "total", "paid", "rounding"}


@pytest.fixture
def world(alpha: World, coin: Coin, stripe: Till) -> World:
    """Alpha in another currency."""
    Tenant.objects.filter(pk=alpha.tenant.pk).update(currency=coin.code)
    alpha.tenant.refresh_from_db()
    stripe.reconnect("direct", coin.country)
    with tenant_context(alpha.tenant):
        Venue.objects.update(currency=coin.code)
        Rate.objects.update(amount_minor=coin.price[1])
        Resource.objects.update(needs_approval=False)
    return alpha


@pytest.fixture
def sold(world: World, stripe: Till) -> Booking:
    """The guest's booking of the annex's room, paid by card."""
    with tenant_context(world.tenant):
        return paid(stripe, world, User.objects.get(pk=world.users["guest"]))[0]


def plain(page: Page) -> str:
    """Its text, without the space that does not break."""
    return page.text.replace("\u00a0", "")


def strange(page: Page, coin: Coin) -> list[str]:
    """Amounts on a page that are not written as this currency is, or are of another one."""
    return re.findall(r"(?:[¥￥]|KWD)-?[\d.,]*\d|[€$]\S+", re.sub(coin.on_pages, "", plain(page)))


def pages(world: World, booking: Booking) -> list[str]:
    """Where the desk speaks of money, or asks for it."""
    one, court, guest = f"/desk/bookings/{booking.pk}/", world.court_1, world.users["guest"]
    return [
        "/desk/prices/", f"/desk/prices/resources/{court}/", "/desk/prices/test/", "/desk/prices/change/",
        "/desk/vouchers/", "/desk/vouchers/new/", "/desk/vouchers/many/", "/desk/gift-credit/", "/desk/policies/",
        "/desk/policies/new/", "/desk/packs-on-sale/", "/desk/packs-on-sale/new/", "/desk/packs/",
        "/desk/setup/prices/", f"/desk/venues/{world.venue}/settings/", f"/desk/resources/{court}/settings/",
        f"/desk/venues/{world.venue}/new/?template=tennis", f"/desk/customers/{guest}/", "/desk/customers/",
        f"/desk/customers/{guest}/credit/", f"/desk/bookings/new/?resource={court}", "/desk/money/takings/",
        "/desk/money/open/?show=ahead", "/desk/money/refunds/", "/desk/money/disputes/", "/desk/money/payouts/",
        "/desk/money/statement/", "/desk/money/taxes/", "/desk/reports/?held=1", "/desk/reports/revenue/",
        "/desk/reports/bookings/", "/desk/reports/customers/", "/desk/", "/desk/bookings/?when=all", one,
        one + "refund/", one + "cancellation/", one + "change/", one + "invoice/",
    ]  # fmt: skip


@EACH
def test_every_page_writes_the_currency_as_it_is_and_asks_for_it_so(
    world: World, coin: Coin, visitor: Come, sold: Booking
) -> None:
    with tenant_context(world.tenant):
        Voucher.objects.create(code="OFF", amount_minor=coin.part[1], currency=coin.code)
        Pack.objects.create(name="Ten", minutes=600, price_minor=coin.part[1], currency=coin.code)
    owner, asked = visitor("owner"), set()
    for path in pages(world, sold):
        page = owner.open(path)
        assert (path, page.status, strange(page, coin)) == (path, 200, [])
        for tag, given in page.elements:
            name = given.get("name", "").rpartition("-")[2]
            if tag == "input" and name in AMOUNTS and given.get("type") == "text":
                found = (path, name, given.get("inputmode"), given.get("step"))
                assert found == (path, name, coin.keyboard, None)
                assert re.fullmatch(coin.in_field, given.get("value", "")), (path, name, given["value"])
                asked.add(name)
    assert asked == AMOUNTS
    assert f"Can be given back {coin.price[2]}" in plain(owner.open(f"/desk/bookings/{sold.pk}/refund/"))


@dataclass(frozen=True)
class Typing:
    """Where an amount is typed: the page, the field, what is kept of it, and what else is filled in."""

    path: str
    name: str
    kept: Callable[[World], list[Any]]
    more: dict[str, Any] = field(default_factory=dict)


def _credit(_world: World) -> list[Any]:
    return list(GiftCredit.objects.values_list("balance_minor", flat=True))


def _court(column: str) -> Callable[[World], list[Any]]:
    return lambda world: list(Resource.objects.filter(pk=world.court_1).values_list(column, flat=True))


COURT = {"is_shared": "", "is_outdoor": "", "pays_on_site": "on", "is_active": "on"}
TYPINGS = [
    Typing("/desk/vouchers/new/", "amount_minor",
           lambda _world: list(Voucher.objects.values_list("amount_minor", flat=True)), {"resources": []}),
    Typing("/desk/gift-credit/", "amount", _credit),
    Typing("/desk/customers/{guest}/credit/", "amount", _credit),
    Typing("/desk/packs-on-sale/new/", "price", lambda _world: list(Pack.objects.values_list("price_minor", flat=True)),
           {"name": "Ten", "hours": "10", "resources": []}),
    Typing("/desk/policies/new/", "step-0-fee",
           lambda _world: list(CancellationStep.objects.exclude(fee_minor=0).values_list("fee_minor", flat=True)),
           {"name": "Strict", "act": "save"}),
    Typing("/desk/resources/{court}/settings/", "minimum", _court("minimum_minor"), COURT),
    Typing("/desk/resources/{court}/settings/", "deposit", _court("deposit_minor"), COURT),
    Typing("/desk/venues/{venue}/settings/", "rounding",
           lambda world: [Venue.objects.get(pk=world.venue).rounding_minor], {"is_active": "on"}),
    Typing("/desk/venues/{venue}/new/?template=tennis", "price",
           lambda _world: list(Rate.objects.filter(resource__name="New").values_list("amount_minor", flat=True)),
           {"names": "New"}),
]  # fmt: skip
WHERE = pytest.mark.parametrize("typing", TYPINGS, ids=[f"{each.path} {each.name}" for each in TYPINGS])


def typed(someone: Visitor, world: World, typing: Typing, amount: str) -> Page:
    """The page after an amount was sent."""
    page = someone.open(
        typing.path.format(guest=world.users["guest"], court=world.court_1, venue=world.venue, annex=world.annex)
    )
    form: Form = page.form_with(typing.name)
    return someone.send(page, form, **{**typing.more, typing.name: amount})


@EACH
@WHERE
def test_what_is_typed_is_kept_exactly(world: World, coin: Coin, visitor: Come, typing: Typing) -> None:
    amount, minor = coin.step if typing.name == "rounding" else coin.typed
    page = typed(visitor("owner"), world, typing, amount)
    assert page.status == 200, page.text
    with tenant_context(world.tenant):
        assert typing.kept(world) == [minor]


@EACH
@WHERE
def test_nonsense_is_said_and_changes_nothing(world: World, coin: Coin, visitor: Come, typing: Typing) -> None:
    owner, before = visitor("owner"), contents(world)
    for amount in (coin.fine, "1e3", "NaN", "1_000", "1,00,0", "one", "-5", "9" * 19, "9" * 400):
        page = typed(owner, world, typing, amount)
        assert (page.status, page.form_with(typing.name).fields[typing.name]) == (400, amount)
        assert any(given.get("aria-invalid") == "true" for _tag, given in page.elements), amount
    assert contents(world) == before


@EACH
def test_an_evening_has_its_price(world: World, coin: Coin, visitor: Come, next_week: date) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/prices/resources/{world.court_1}/")
    evening = {"from_time": "18:00", "until_time": "22:00", "valid_from": next_week.isoformat(), "weekdays": []}
    shown = owner.send(page, page.form("/set/"), **evening, amount=coin.part[0])
    assert strange(shown, coin) == []
    assert coin.part[2] in plain(shown)
    owner.send(shown, shown.form_with("seen"), weekdays=[])
    with tenant_context(world.tenant):
        rates = Rate.objects.filter(resource=world.court_1).order_by("pk").values_list("amount_minor", flat=True)
        assert list(rates) == [coin.price[1], coin.part[1]]


@EACH
def test_a_part_goes_back_exactly_and_stands_in_the_files(
    world: World, coin: Coin, visitor: Come, sold: Booking
) -> None:
    owner = visitor("owner")
    text, minor, shown = coin.part
    left = coin.price[1] - minor
    page = owner.open(f"/desk/bookings/{sold.pk}/refund/")
    too_fine = owner.send(page, page.form("/refund/"), amount=coin.fine, note="Rain")
    assert (too_fine.status, f"This is no amount of {coin.code}." in too_fine.text) == (400, True)
    done = owner.send(page, page.form("/refund/"), amount=text, note="Rain")
    assert f"On its way back {shown}" in plain(done)
    with tenant_context(world.tenant):
        work_off()
        assert [row[0] for row in refunds_of(sold)] == [minor]
        now = Booking.objects.get(pk=sold.pk)
        assert (now.total_minor, now.refund_due_minor, now.refunding_minor) == (left, 0, 0)
    assert shown in plain(owner.open("/desk/money/refunds/"))
    kept = str(left) if coin is YEN else f"{left // 1000}.{left % 1000:03}"
    year = database_now().year
    days = f"first={year}-01-01&last={year}-12-31"
    takings = owner.client.get(f"/desk/money/takings/?{days}&format=csv").content.decode()
    assert f",{coin.code},{kept},{kept}\r\n" in takings
    bookings = b"".join(owner.client.get("/desk/bookings/export.csv?when=all")).decode()
    assert f",{kept}," in bookings


@EACH
def test_booked_for_somebody_at_an_agreed_price_and_paid_in_parts(
    world: World, coin: Coin, visitor: Come, next_week: date
) -> None:
    owner = visitor("owner")
    text, minor, shown = coin.part
    path = f"/desk/bookings/new/?resource={world.court_1}&day={next_week}"

    def sent(page: Page, *button: str, **more: str) -> Page:
        form = page.form_with("minutes")
        for name in ("aside", "later"):
            form.fields.pop(name, None)
        form.buttons = [pair for pair in form.buttons if pair[0] == "do"]
        return owner.send(page, form, *button, time="10:00", name="Ken", **more)

    page = owner.open(path)
    assert coin.price[2] in plain(sent(page))
    for wrong in (coin.fine, "1e3", "-1"):
        refused = sent(page, "book", price=wrong)
        assert refused.form_with("minutes").fields["price"] == wrong
        with tenant_context(world.tenant):
            assert Booking.objects.count() == 0
    sure = sent(page, price=text)
    assert f"Book for {shown}" in plain(sure)
    made = sent(sure, "book", price=text)
    assert strange(made, coin) == []
    assert made.form("/taken/").fields["taken-amount"] == text
    form = made.form("/taken/")
    refused = owner.send(made, form, **{"taken-amount": coin.fine, "taken-way": "cash"})
    assert f"This is no amount of {coin.code}." in refused.text
    first, rest = ("1", "1000") if coin is YEN else ("0.005", "2.005")
    after = owner.send(made, form, **{"taken-amount": first, "taken-way": "cash"})
    assert strange(after, coin) == []
    form = after.form("/taken/")
    assert form.fields["taken-amount"] == rest
    assert strange(owner.send(after, form, **{"taken-way": "card"}), coin) == []
    with tenant_context(world.tenant):
        booking = Booking.objects.get()
        assert (booking.total_minor, booking.paid_minor, booking.payment_state) == (minor, minor, "paid")
        amounts = [1, 1000] if coin is YEN else [5, 2005]
        assert list(OnSitePayment.objects.order_by("pk").values_list("amount_minor", flat=True)) == amounts
        perform(moves.DESK_PAPER)
    year = database_now().year
    file = f"/desk/money/books/file/?first={year}-01-01&last={year}-12-31"
    books = owner.client.get(file).content.decode().split("\r\n")[1:-1]
    assert sorted(line.split(",")[1:3] for line in books) == [[coin.code, first], [coin.code, rest]]
    datev = owner.client.get(f"{file}&format=datev").content.decode("cp1252").split("\r\n")[2:-1]
    found = sorted(line.split(";")[:3:2] for line in datev)
    assert found == [[each.replace(".", ","), f'"{coin.code}"'] for each in (first, rest)]


@EACH
def test_many_are_cancelled_and_what_is_said_goes_back(world: World, coin: Coin, visitor: Come, sold: Booking) -> None:
    owner = visitor("owner")
    page = choose(owner, "cancel", sold)
    assert f"{coin.price[2]} go back to customers." in plain(page)
    assert strange(page, coin) == []
    page = owner.send(page, page.form_with("reason"), reason="operator")
    owner.send(page, page.form("/go/"))
    worked(world)
    assert strange(owner.open(page.path), coin) == []
    with tenant_context(world.tenant):
        work_off()
        assert [row[0] for row in refunds_of(sold)] == [coin.price[1]]


@pytest.mark.parametrize(
    ("language", "currency", "typed", "minor"),
    [
        ("en", "EUR", "1,000", 100_000), ("en", "EUR", "1,234.50", 123_450), ("en", "EUR", "12,50", 1250),
        ("en", "EUR", " 12.5 ", 1250), ("en", "EUR", "25.", 2500), ("en", "KWD", "1.234", 1234),
        ("en", "KWD", "1,234", 1_234_000), ("en", "JPY", "12,345", 12_345),
        ("de", "EUR", "1.000", 100_000), ("de", "EUR", "1.234,50", 123_450), ("de", "EUR", "12.50", 1250),
        ("de", "KWD", "1,234", 1234), ("de", "KWD", "1.234", 1_234_000), ("de", "JPY", "12.345", 12_345),
    ],
)  # fmt: skip
def test_amounts_are_read_as_pages_write_them(language: str, currency: str, typed: str, minor: int) -> None:
    field = MoneyField()
    field.in_(currency)
    with translation.override(language):
        assert field.clean(typed) == minor


@pytest.mark.parametrize(
    ("language", "currency", "typed"),
    [("en", "EUR", "1.000"), ("de", "EUR", "1,000"), ("en", "JPY", "1.0"), ("en", "EUR", "1,0,0"),
     ("en", "EUR", "1,00.0")],
)  # fmt: skip
def test_a_thousand_in_the_other_language_is_not_taken_for_one(language: str, currency: str, typed: str) -> None:
    field, text = MoneyField(), MoneyTextField()
    field.in_(currency)
    text.in_(currency)
    with translation.override(language):
        for each in (field, text):
            with pytest.raises(ValidationError):
                each.clean(typed)


@pytest.mark.parametrize(
    ("currency", "cell", "minor"),
    [("EUR", "20,00", 2000), ("EUR", "20.5", 2050), ("JPY", "2000", 2000), ("KWD", "1,005", 1005),
     ("EUR", "1,000", None), ("EUR", "1.000", None), ("JPY", "1,000", None), ("JPY", "20.0", None)],
)  # fmt: skip
def test_a_thousand_in_a_file_is_not_taken_for_one(currency: str, cell: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(Invalid):
            values.amount({"price": cell}, "price", currency)
    else:
        assert values.amount({"price": cell}, "price", currency) == minor


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 2500), ("KWD", 25_000), ("JPY", 2500)])
def test_a_price_to_begin_with_is_worth_something(currency: str, minor: int) -> None:
    assert round_sum(25, currency) == minor
