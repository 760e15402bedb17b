"""What would it cost: the same answer that a customer gets, with the reason for every line."""

from collections.abc import Callable
from datetime import date, time, timedelta
from urllib.parse import urlencode

import pytest
from django_tenants.utils import tenant_context

from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import CustomerGroup, ExtraOffer, Product, Rate, Resource, Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@pytest.fixture
def asked(alpha: World, visitor: Come, today: date) -> Callable[..., Page]:
    """The answer to a question about Court 1, a week from now at 17:00 for two hours."""
    someone = visitor("front_desk")

    def ask(**typed: object) -> Page:
        known = {
            "what": f"resource-{alpha.court_1}",
            "day": (today + timedelta(days=7)).isoformat(),
            "time": "17:00",
            "minutes": "120",
            "people": "2",
        }
        return someone.open(f"/desk/prices/test/?{urlencode({**known, **typed})}")

    return ask


@pytest.fixture
def shop(alpha: World) -> World:
    """An evening price, an extra, a group, a voucher, and a deposit."""
    with tenant_context(alpha.tenant):
        evening = {"from_time": time(18), "until_time": time(22), "priority": 1, "name": "Evening"}
        Rate.objects.create(resource_id=alpha.court_1, amount_minor=4000, **evening)
        racket = Product.objects.create(name="Racket", slug="racket", kind="extra")
        Rate.objects.create(product=racket, unit="booking", amount_minor=300)
        ExtraOffer.objects.create(extra=racket, resource_id=alpha.court_1)
        CustomerGroup.objects.create(name="Students", percent_off=1000)
        Voucher.objects.create(code="SPRING", percent_off=1000)
        Resource.objects.filter(pk=alpha.court_1).update(deposit_percent=5000, balance_days_before=2)
    return alpha


def test_the_answer_is_that_of_a_quote_and_says_why(
    shop: World, asked: Callable[..., Page], api: Caller, today: date
) -> None:
    with tenant_context(shop.tenant):
        racket = Product.objects.get(slug="racket").pk
    page = asked(**{f"extra_{racket}": 2, "voucher": "spring"})
    period = slot(17, minutes=120)
    quote = api("guest").post(
        "/api/v1/quotes/",
        {
            "resource": shop.court_1,
            "start_datetime": period.start.isoformat(),
            "end_datetime": period.end.isoformat(),
            "participant_count": 2,
            "extras": [{"product": racket, "quantity": 2}],
            "voucher": "SPRING",
        },
    )
    said = quote.json()
    assert (said["total_price"], said["due_now"], said["due_later"]) == ("63.90", "31.95", "31.95")
    text = page.text.replace("\xa0", " ")
    for amount in (said["total_price"], said["due_now"], said["due_later"]):
        assert f"€{amount}" in page.text
    assert "It can be booked like that." in page.text
    assert "1 × €40.00 per hour 6:00 PM – 10:00 PM · it comes first where several prices fit; 1 other" in text
    assert "1 × €25.00 per hour at all times · the only price for that time" in page.text
    assert "2 × €3.00 per booking" in page.text
    assert "the voucher, off everything above -€7.10" in page.text
    due = today + timedelta(days=5)
    assert f"until {due:%b} {due.day}, {due.year}" in page.text


def test_as_somebody_in_a_group_or_as_a_customer(shop: World, asked: Callable[..., Page]) -> None:
    with tenant_context(shop.tenant):
        group = CustomerGroup.objects.get()
    page = asked(group=group.pk)
    assert "Students the percentage of the customer's group, off the time -€6.50" in page.text.replace("’", "'")
    assert "€58.50" in page.text
    assert "€65.00" in asked(customer=f"guest@{shop.canary}.example").text
    assert "Nobody here has an account like that." in asked(customer="nobody@example.com").text


def test_what_cannot_be_booked_says_why_and_what_it_would_cost(shop: World, asked: Callable[..., Page]) -> None:
    with tenant_context(shop.tenant):
        held(shop.court_1, slot(18))
    page = asked()
    assert "It cannot be booked like that: Somebody else is booking this time just now." in page.text
    assert "€65.00" in page.text
    assert "The venue is closed at that time." in asked(time="03:00").text
    assert "The voucher does not count: There is no such voucher." in asked(voucher="NONE").text


def test_without_a_price_there_is_none(alpha: World, asked: Callable[..., Page]) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=alpha.court_1).update(from_time=time(8), until_time=time(12))
    assert "There is no price: There is no price for that time." in asked().text


def test_a_service_has_its_own_length(alpha: World, asked: Callable[..., Page]) -> None:
    page = asked(what=f"service-{alpha.tennis}", minutes="")
    assert "It can be booked like that." in page.text
    assert "1 × €25.00 per hour" in page.text


def test_a_time_that_the_clocks_skip_is_told(alpha: World, asked: Callable[..., Page]) -> None:
    assert "The clocks skip this time on that day." in asked(day="2027-03-28", time="02:30").text
