"""What the choosing part of a resource page says besides free starts: marks, how prices come about, what is yours."""

from collections.abc import Callable
from datetime import date, time, timedelta
from urllib.parse import urljoin

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.bookings.scenes import last_of_next_month
from tests.flows.pages import COURT, Visitor
from tests.flows.test_booking_without_script import at, booked, choose, counts
from tests.worlds import World
from venues.models import ExtraOffer, Product, Rate

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def evening(world: World, amount: int) -> None:
    """Another price from six to ten."""
    with tenant_context(world.tenant):
        Rate.objects.create(
            resource_id=world.court_1,
            name="Evening",
            amount_minor=amount,
            from_time=time(18),
            until_time=time(22),
            priority=1,
        )


@pytest.mark.parametrize(("amount", "word"), [(3600, "peak"), (1800, "off-peak"), (2500, "")])
def test_price_other_than_usual_has_a_word(
    alpha: World, visitor: Come, next_week: date, amount: int, word: str
) -> None:
    evening(alpha, amount)
    page = visitor().open(f"{COURT}?day={next_week}&minutes=60")
    form = page.html[page.html.index(f'value="{at(next_week, 17)}"') :]
    before, _start, after = form.partition(f'value="{at(next_week, 18)}"')
    button = after[: after.index("</button>")]
    assert 'class="mark' not in before[: before.index("</button>")]
    assert ('class="mark' in button) is bool(word)
    assert f">{word}<" in button or not word


def test_how_prices_come_about_is_unfolded_line_by_line(alpha: World, visitor: Come, next_week: date) -> None:
    evening(alpha, 3600)
    with tenant_context(alpha.tenant):
        balls = Product.objects.create(name="Balls", slug="balls", kind=Product.Kind.EXTRA)
        Rate.objects.create(product=balls, amount_minor=300, unit=Rate.Unit.BOOKING)
        ExtraOffer.objects.create(resource_id=alpha.court_1, extra=balls, is_required=True)
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}&minutes=120")
    lines = page.html[page.html.index('id="price-lines"') :].partition("</details>")[0]
    assert "2 × €25.00 per hour" in lines
    assert "Evening" in lines
    assert lines.count("Balls") == lines.count("Total") == 5  # 50, 55.50, 61, 66.50 and 72 euros of time
    assert "€75.00" in lines
    guest.send(page, page.form_with("start"), at(next_week, 19))
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().total_minor == 7500


def test_own_hold_is_told_with_the_way_on(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    held = choose(guest, next_week, 10)
    page = guest.open(f"{COURT}?day={next_week + timedelta(days=1)}")
    assert "is held for you until" in page.text
    assert guest.open(page.link("/details/")).path == held.path
    assert "is held for you until" not in visitor().open(COURT).text


def test_taken_slot_leads_to_other_days_other_courts_and_the_waiting_list(
    alpha: World, visitor: Come, next_week: date
) -> None:
    guest = visitor()
    page = guest.open(f"{COURT}?day={next_week}")
    booked(visitor(), next_week, 10)
    before = counts(alpha)
    refused = guest.send(page, page.form_with("start"), at(next_week, 10))
    offered = [value for form in refused.forms_to("court-1/hold/") for _name, value in form.buttons][4:8]
    assert refused.status == 409
    assert at(next_week + timedelta(days=1), 10) in offered
    assert at(next_week - timedelta(days=1), 10) in offered
    assert "Join the waiting list for this time" in refused.text
    assert guest.open(refused.link("/search/?")).status == 200
    # The answer has the address of the form; what it links to from there is the resource's page on another day.
    days = [urljoin(refused.path, href) for href, _given in refused.links if href.startswith("?")]
    assert {guest.open(day).path.partition("?")[0] for day in days} == {COURT}
    assert guest.open(refused.path).path == COURT
    assert counts(alpha) == before


def test_what_lies_near_the_end_of_a_month_is_offered_from_both_sides_of_it(
    alpha: World, visitor: Come, next_week: date
) -> None:
    last = last_of_next_month(next_week)
    guest = visitor()
    page = guest.open(f"{COURT}?day={last}")
    booked(visitor(), last, 19)
    before = counts(alpha)
    refused = guest.send(page, page.form_with("start"), at(last, 19))
    offered = [value for form in refused.forms_to("court-1/hold/") for _name, value in form.buttons]
    assert refused.status == 409
    nearby = [at(last + timedelta(days=days), 19) for days in (-2, -1, 1, 2)]
    assert offered[4:8] == nearby
    assert counts(alpha) == before


def test_full_day_can_be_looked_at_and_waited_for(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=alpha.court_1).update(from_time=time(10), until_time=time(11))
    booked(visitor(), next_week, 10)
    page = visitor().open(f"{COURT}?day={next_week}")
    assert [given["aria-current"] for _href, given in page.links if given.get("class", "").startswith("full-day")] == [
        "date"
    ]
    assert "Tell me when something comes free on this day" in page.text
