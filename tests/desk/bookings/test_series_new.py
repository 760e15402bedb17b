"""A series that the team makes for somebody: shown first, booked once, confirmed at once, and nothing typed is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, Series
from tests.bookings.scenes import at, digest
from tests.desk.bookings.scenes import beside, make, place
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
NEW = "/desk/series/new/"


@pytest.fixture
def where(alpha: World) -> Resource:
    """A court that asks for approval and is paid online, neither of which keeps the team from booking."""
    return place(alpha, needs_approval=True)


def ask(someone: Visitor, where: Resource, *button: str, page: Any = None, **typed: Any) -> Page:
    """Fill in the form for three weeks at ten, a week ahead; with a button of a page that shows the dates."""
    page = page or someone.open(f"{NEW}?resource={where.pk}")
    first = f"{at(10) + timedelta(days=0):%Y-%m-%d}"
    usual = {"first": first, "time": "10:00", "minutes": "60", "every": "1", "ends": "times", "times": "3"}
    return someone.send(page, page.form_with("every"), *button, **{**usual, "name": "FC Alpha", **typed})


def made(world: World) -> list[tuple[str, str, str, int | None, str]]:
    """Every booking, by start."""
    with tenant_context(world.tenant):
        rows = Booking.objects.order_by("start")
        return [(row.name, row.email, row.state, row.customer_id, row.payment_way) for row in rows]


def test_dates_are_shown_then_booked_once(alpha: World, visitor: Come, where: Resource) -> None:
    someone = visitor("front_desk")
    page = ask(someone, where, email="fc@alpha.example")
    assert ("3 dates" in page.text, "Together €75.00." in page.text, made(alpha)) == (True, True, [])
    done = ask(someone, where, "book", page=page, email="fc@alpha.example")
    assert "3 dates are booked." in done.text
    assert made(alpha) == [("FC Alpha", "fc@alpha.example", "confirmed", None, "on_site")] * 3
    again = ask(someone, where, "book", page=page, email="fc@alpha.example")
    assert (again.path, len(made(alpha))) == (done.path, 3)
    with tenant_context(alpha.tenant):
        assert Series.objects.get().bookings.count() == 3


def test_a_date_that_is_taken_is_left_out(alpha: World, visitor: Come, where: Resource) -> None:
    make(alpha, where, 10, ahead=14)
    someone = visitor("owner")
    page = ask(someone, where, customer=str(alpha.users["guest"]), name="")
    assert "2 can be booked, 1 cannot" in page.text
    ask(someone, where, "book", page=page, name="", take="")
    own = [row for row in made(alpha) if row[4] == "on_site" and row[3] == alpha.users["guest"]]
    assert (len(made(alpha)), len([row for row in own if row[2] == "confirmed"])) == (3, 3)


def boxes(page: Page) -> list[dict[str, str]]:
    """The alternatives that are offered."""
    return [given for _tag, given in page.elements if given.get("name") == "take"]


def test_in_place_of_a_taken_date_another_is_offered_and_booked_along(
    alpha: World, visitor: Come, where: Resource
) -> None:
    make(alpha, where, 10, ahead=14)
    with tenant_context(alpha.tenant):
        other = beside(where, "other", needs_approval=True)
    someone = visitor("front_desk")
    page = ask(someone, where)
    (box,) = boxes(page)
    day = f"{at(10, ahead=14):%Y-%m-%d}"
    assert (box["value"], "checked" in box) == (f"{day}||{other.pk}|25.00", False)
    assert "Instead: other, 10:00 – 11:00 AM for €25.00" in page.text.replace("\xa0", " ")
    kept = ask(someone, where, page=page, take=box["value"], notes="Nets")
    assert ["checked" in each for each in boxes(kept)] == [True]
    done = ask(someone, where, "book", page=kept, take=box["value"])
    assert "3 dates are booked." in done.text
    with tenant_context(alpha.tenant):
        rows = Booking.objects.filter(series__isnull=False).order_by("start")
        found = [(row.start, row.resource_id, row.state, row.payment_way, row.name) for row in rows]
    paid = ("confirmed", "on_site", "FC Alpha")
    assert found == [
        (at(10), where.pk, *paid),
        (at(10, ahead=14), other.pk, *paid),
        (at(10, ahead=21), where.pk, *paid),
    ]
    again = ask(someone, where, "book", page=kept, take=box["value"])
    with tenant_context(alpha.tenant):
        assert (again.path, Booking.objects.filter(series__isnull=False).count()) == (done.path, 3)


def test_an_alternative_that_is_gone_is_said_and_what_was_not_offered_is_not_booked(
    alpha: World, visitor: Come, where: Resource
) -> None:
    make(alpha, where, 10, ahead=14)
    with tenant_context(alpha.tenant):
        other = beside(where, "other")
    someone = visitor("front_desk")
    page = ask(someone, where)
    (box,) = boxes(page)
    make(alpha, other, 10, ahead=14)
    strange = f"{at(10, ahead=15):%Y-%m-%d}||{where.pk}|25.00"
    done = ask(someone, where, "book", page=page, take=[box["value"], strange])
    assert "2 dates are booked." in done.text
    assert "1 alternative was gone by then, and that date is left out." in done.text
    with tenant_context(alpha.tenant):
        starts = list(Booking.objects.filter(series__isnull=False).order_by("start").values_list("start", flat=True))
    assert starts == [at(10), at(10, ahead=21)]


def test_what_was_taken_meanwhile_is_shown_before_anything_is_booked(
    alpha: World, visitor: Come, where: Resource
) -> None:
    someone = visitor("front_desk")
    page = ask(someone, where)
    make(alpha, where, 10, ahead=14)
    with tenant_context(alpha.tenant):
        before = digest()
    answer = ask(someone, where, "book", page=page, notes="Nets, please")
    assert (answer.status, "Nothing was booked" in answer.text) == (409, True)
    assert answer.form_with("every").fields["notes"] == "Nets, please"
    with tenant_context(alpha.tenant):
        assert digest() == before


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": " "}, "Say for whom it is."),
        ({"time": ""}, "This field is required."),
        ({"email": "no"}, "Enter a valid email address."),
    ],
)
def test_nonsense_is_told_at_the_field(
    alpha: World, visitor: Come, where: Resource, typed: dict[str, str], told: str
) -> None:
    page = ask(visitor("front_desk"), where, **{"notes": "Keep me", **typed})
    assert (page.status, told in page.text, made(alpha)) == (400, True, [])
    assert page.form_with("every").fields["notes"] == "Keep me"


def test_the_booking_page_hands_on_what_was_typed(alpha: World, visitor: Come, where: Resource) -> None:
    someone = visitor("owner")
    page = someone.open(f"/desk/bookings/new/?resource={where.pk}")
    form = page.form_with("minutes")
    form.action = NEW
    for name in ("aside", "later"):
        form.fields.pop(name, None)
    fields = someone.send(page, form, name="Nora", time="10:00", people="2").form_with("every").fields
    found = [fields[name] for name in ("resource", "name", "time", "people")]
    assert found == [str(where.pk), "Nora", "10:00", "2"]
    assert "/desk/series/new/" in someone.open("/desk/series/").html
