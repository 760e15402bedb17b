"""So many per cent more from a day on: rounded, in one transaction, and nothing that is booked changes."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.bookings.scenes import held, slot
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Rate, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
Rows = Callable[[int], list[tuple[object, ...]]]


def test_five_per_cent_from_a_day_on(alpha: World, visitor: Come, today: date, rows: Rows) -> None:
    owner, day = visitor("owner"), today + timedelta(days=40)
    with tenant_context(alpha.tenant):
        Venue.objects.filter(pk=alpha.venue).update(rounding_minor=50)
        booking = held(alpha.court_2, slot(10, ahead=50))
        planned = Rate.objects.create(resource_id=alpha.court_1, amount_minor=3333, valid_from=day + timedelta(days=9))
    page = owner.open("/desk/prices/change/")
    chosen = [f"resources-{pk}" for pk in (alpha.court_1, alpha.court_2, alpha.annex_room)]
    typed = {"percent": "5", "day": day.isoformat(), "places": chosen}
    preview = owner.send(page, page.form_with("percent"), **typed)
    assert "+5% from" in preview.text
    assert "€25.00 per hour €26.50 per hour" in preview.text  # 26.25 in coins of 50 cents, halves up
    assert "€25.00 per hour €26.25 per hour" in preview.text
    assert len(rows(alpha.court_2)) == 1
    done = owner.send(preview, preview.form_with("seen"), places=chosen)
    assert done.path == "/desk/prices/"
    assert [(row[0], row[5]) for row in rows(alpha.court_1)] == [
        (2500, None), (3500, planned.valid_from), (2650, day),
    ]  # fmt: skip
    assert [(row[0], row[5]) for row in rows(alpha.court_2)] == [(2500, None), (2650, day)]
    assert [(row[0], row[5]) for row in rows(alpha.annex_room)] == [(2500, None), (2625, day)]
    assert [row[0] for row in rows(alpha.hall)] == [2500]
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=booking.pk).total_minor == 2500


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"percent": "0"}, "This must be more or less than nothing."),
        ({"percent": "-101"}, "greater than or equal to -100"),
        ({"day": "2020-01-01"}, "This day is over."),
        ({"places": []}, "This field is required."),
    ],
)
def test_nonsense_changes_nothing(
    alpha: World, visitor: Come, today: date, rows: Rows, typed: dict[str, object], said: str
) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/prices/change/")
    known = {"percent": "5", "day": today.isoformat(), "places": [f"resources-{alpha.court_1}"]}
    answer = owner.send(page, page.form_with("percent"), **{**known, **typed})
    assert answer.status == 400
    assert said in answer.text
    assert len(rows(alpha.court_1)) == 1


def test_a_manager_changes_the_prices_of_own_venues_only(alpha: World, visitor: Come, today: date, rows: Rows) -> None:
    manager = visitor("manager")
    page = manager.open("/desk/prices/change/")
    assert f"Room {alpha.canary}" not in page.text
    typed = {"percent": "5", "day": today.isoformat(), "places": [f"resources-{alpha.annex_room}"]}
    assert manager.send(page, page.form_with("percent"), **typed).status == 400
    assert len(rows(alpha.annex_room)) == 1
