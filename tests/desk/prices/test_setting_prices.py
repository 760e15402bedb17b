"""Setting, changing, ending, removing and copying prices: what was shown is written, and nothing else."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import CustomerGroup, Rate

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
Rows = Callable[[int], list[tuple[object, ...]]]
USUAL: tuple[object, ...] = (2500, "hour", [], None, None, None, 0, None)
EVENING = {"weekdays": ["0", "1"], "from_time": "18:00", "until_time": "22:00", "amount": "40", "unit": "hour",
           "group": "", "name": "Evening", "valid_until": ""}  # fmt: skip


def drawn(someone: Visitor, resource_id: int, **typed: Any) -> Page:
    """The preview of a price."""
    page = someone.open(f"/desk/prices/resources/{resource_id}/")
    return someone.send(page, page.form("/set/"), **{**EVENING, **typed})


def made(someone: Visitor, preview: Page, **typed: Any) -> Page:
    """Say yes to it."""
    return someone.send(preview, preview.form_with("seen"), **typed)


def test_an_evening_price_is_shown_first_and_then_writes_exactly_one_row(
    alpha: World, visitor: Come, today: date, rows: Rows
) -> None:
    owner = visitor("owner")
    preview = drawn(owner, alpha.court_1, valid_from=today.isoformat())
    assert preview.status == 200
    assert "Mon – Tue 6:00 PM – 10:00 PM" in preview.text.replace("\xa0", " ")
    assert "€25.00 per hour €40.00 per hour" in preview.text
    assert rows(alpha.court_1) == [USUAL]
    # Several boxes are several values: the form of the test sends the last only.
    done = made(owner, preview, weekdays=["0", "1"])
    assert done.path.startswith(f"/desk/prices/resources/{alpha.court_1}/?day=")
    assert "The price is set." in done.text
    assert rows(alpha.court_1) == [USUAL, (4000, "hour", [0, 1], time(18), time(22), today, 1, None)]
    assert rows(alpha.court_2) == [USUAL]


def test_what_is_planned_is_seen_in_its_week(alpha: World, visitor: Come, today: date) -> None:
    owner, later = visitor("owner"), today + timedelta(days=100)
    preview = drawn(owner, alpha.court_1, valid_from=later.isoformat(), weekdays=[], from_time="", until_time="")
    made(owner, preview, weekdays=[])
    page = owner.open(f"/desk/prices/resources/{alpha.court_1}/")
    assert "planned" in page.text
    assert "€40.00" not in page.html[page.html.index('id="rates"') : page.html.index("What the letters mean")]
    then = owner.open(f"/desk/prices/resources/{alpha.court_1}/?day={later}")
    grid = then.html[then.html.index('id="rates"') : then.html.index("What the letters mean")]
    assert "€40.00" in grid
    assert f"changes on {later:%b} {later.day}, {later.year}" in owner.open("/desk/prices/").text


def test_somebody_who_was_faster_has_it_shown_again(alpha: World, visitor: Come, today: date, rows: Rows) -> None:
    owner = visitor("owner")
    preview = drawn(owner, alpha.court_1, valid_from=today.isoformat())
    with tenant_context(alpha.tenant):
        Rate.objects.create(
            resource_id=alpha.court_1, amount_minor=1, from_time=time(17), until_time=time(20), priority=7
        )
    again = made(owner, preview, weekdays=["0", "1"])
    assert again.status == 409
    assert "Somebody has changed these prices meanwhile." in again.text
    assert len(rows(alpha.court_1)) == 2
    assert made(owner, again, weekdays=["0", "1"]).status == 200
    assert rows(alpha.court_1)[-1] == (4000, "hour", [0, 1], time(18), time(22), today, 8, None)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"amount": "1.005"}, "This is no amount of EUR."),
        ({"until_time": ""}, "Give both times, or neither for the whole day."),
        ({"valid_from": "2020-01-01"}, "This day is over."),
        ({"valid_from": ""}, "This field is required."),
        ({"unit": "fortnight"}, "Select a valid choice."),
    ],
)
def test_nonsense_is_refused_and_keeps_what_was_typed(
    alpha: World, visitor: Come, today: date, rows: Rows, typed: dict[str, str], said: str
) -> None:
    page = drawn(visitor("owner"), alpha.court_1, **{"valid_from": today.isoformat(), **typed})
    assert page.status == 400
    assert said in page.text
    assert page.form("/set/").fields["name"] == "Evening"
    assert rows(alpha.court_1) == [USUAL]


def test_members_are_told_that_their_price_ends_where_an_evening_comes_before_it(
    alpha: World, visitor: Come, today: date
) -> None:
    with tenant_context(alpha.tenant):
        members = CustomerGroup.objects.create(name="Members")
        Rate.objects.create(resource_id=alpha.court_1, amount_minor=2000, group=members)
    preview = drawn(visitor("owner"), alpha.court_1, valid_from=today.isoformat())
    assert "€20.00 per hour €40.00 per hour" in preview.text


def test_a_rate_is_changed_ended_and_removed(alpha: World, visitor: Come, today: date, rows: Rows) -> None:
    owner = visitor("owner")
    with tenant_context(alpha.tenant):
        rate = Rate.objects.get(resource=alpha.court_1)
    page = owner.open(f"/desk/prices/rates/{rate.pk}/")
    form = page.form_with("priority")
    preview = owner.send(page, form, weekdays=[], amount="27.50", valid_until=(today + timedelta(days=3)).isoformat())
    assert rows(alpha.court_1) == [USUAL]
    assert "no price, so no booking" in preview.text
    made(owner, preview, weekdays=[])
    with tenant_context(alpha.tenant):
        rate.refresh_from_db()
    assert (rate.amount_minor, rate.valid_until) == (2750, today + timedelta(days=3))
    page = owner.open(f"/desk/prices/resources/{alpha.court_1}/")
    preview = owner.send(page, page.form("/remove/"))
    assert len(rows(alpha.court_1)) == 1
    done = made(owner, preview)
    assert rows(alpha.court_1) == []
    assert "it cannot be booked" in done.text
    unpriced = owner.open("/desk/prices/")
    assert "Cannot be booked yet" in unpriced.text
    assert f"Set a price for Court 1 {alpha.canary}" in unpriced.text


def test_prices_are_copied_in_place_of_those_that_there_were(
    alpha: World, visitor: Come, today: date, rows: Rows
) -> None:
    owner = visitor("owner")
    made(owner, drawn(owner, alpha.court_1, valid_from=today.isoformat()), weekdays=["0", "1"])
    page = owner.open(f"/desk/prices/resources/{alpha.court_1}/copy/")
    chosen = [f"resources-{alpha.hall}", f"resources-{alpha.annex_room}"]
    preview = owner.send(page, page.form_with("places"), places=chosen)
    assert rows(alpha.hall) == [USUAL]
    made(owner, preview, places=chosen)
    assert rows(alpha.hall) == rows(alpha.annex_room) == rows(alpha.court_1)
    assert len(rows(alpha.hall)) == 2
    assert rows(alpha.court_2) == [USUAL]


def test_a_service_gets_a_price_of_its_own(alpha: World, visitor: Come, today: date) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/prices/services/{alpha.tennis}/")
    assert "It costs what its resources cost." in page.text
    typed = {**EVENING, "weekdays": [], "from_time": "", "until_time": "", "valid_from": today.isoformat()}
    made(owner, owner.send(page, page.form("/set/"), **typed), weekdays=[])
    with tenant_context(alpha.tenant):
        assert Rate.objects.get(product=alpha.tennis, resource=None).amount_minor == 4000
