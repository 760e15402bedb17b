"""Closing over bookings by the desk's pages: decide, see what it comes to, do it; the money is right to the cent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking, Displacement
from bookings.records import Actor
from tests.bookings.scenes import at, confirmed, slot
from tests.flows.pages import Page, Visitor
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import Closure, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
NEW = "/desk/closures/new/?venue=main"


def booked(world: World, hour: int, paid: int = 0) -> Booking:
    """A booking of Court 1 in a week, perhaps paid."""
    with tenant_context(world.tenant):
        Resource.objects.filter(pk__in=[world.court_1, world.court_2]).update(kind="court")
        booking = confirmed(world.court_1, slot(hour), Actor.of(User.objects.get(pk=world.users["owner"])))
        if paid:
            Booking.objects.filter(pk=booking.pk).update(paid_minor=paid, payment_state="paid")
        return booking


def ask(someone: Visitor, world: World, **typed: object) -> Page:
    """Fill in the form for Court 1, from eight to two."""
    page = someone.open(NEW)
    day = f"{at(12):%Y-%m-%d}"
    wanted = {
        "resources": [str(world.court_1)], "first_day": day, "last_day": day, "first_time": "08:00",
        "last_time": "14:00", "reason": "Burst pipe", **typed,
    }  # fmt: skip
    form = page.form_with("first_day")
    form.fields.pop("is_public", None)
    return someone.send(page, form, **wanted)


def closures(world: World) -> list[tuple[int | None, str, str, str]]:
    """What is closed."""
    with tenant_context(world.tenant):
        rows = Closure.objects.order_by("start", "pk")
        return [(row.resource_id, f"{row.start:%F %R}", f"{row.end:%F %R}", row.reason) for row in rows]


def test_nothing_in_the_way_is_closed_at_once(alpha: World, visitor: Come) -> None:
    page = ask(visitor("manager"), alpha)
    assert "The time is closed." in page.text
    assert closures(alpha) == [(alpha.court_1, f"{at(8):%F %R}", f"{at(14):%F %R}", "Burst pipe")]


def test_every_week_until_a_date(alpha: World, visitor: Come) -> None:
    until = at(12) + timedelta(days=15)
    ask(visitor("owner"), alpha, repeat_until=f"{until:%Y-%m-%d}", resources=[str(alpha.court_1), str(alpha.court_2)])
    found = [(resource, start[:10]) for resource, start, _end, _reason in closures(alpha)]
    days = [f"{at(12) + timedelta(days=7 * week):%Y-%m-%d}" for week in range(3)]
    assert found == [(court, day) for day in days for court in (alpha.court_1, alpha.court_2)]


def test_bookings_in_the_way_are_settled_and_the_money_goes_back(alpha: World, visitor: Come) -> None:
    one, two, three = booked(alpha, 9, 2500), booked(alpha, 11), booked(alpha, 12)
    owner = visitor("owner")
    page = ask(owner, alpha)
    assert (page.status, closures(alpha)) == (409, [])
    assert "3 bookings stand in the way" in page.text
    form = page.form_with(f"fate-{one.pk}")
    before = contents(alpha)
    missing = owner.send(page, form, **{f"fate-{one.pk}": "cancel"})
    assert ("Please decide on every booking." in missing.text, contents(alpha) == before) == (True, True)
    move = f"move:{alpha.court_2}:{two.start.isoformat()}"
    fates = {f"fate-{one.pk}": "cancel", f"fate-{two.pk}": move, f"fate-{three.pk}": "keep"}
    sure = owner.send(page, form, **fates)
    assert ("1 booking is cancelled. €25.00 goes back." in sure.text, contents(alpha) == before) == (True, True)
    done = owner.send(sure, sure.form_with("seen"), "do")
    assert "every booking is settled" in done.text
    with tenant_context(alpha.tenant):
        rows = {row.pk: row for row in Booking.objects.all()}
        states = list(Displacement.objects.order_by("pk").values_list("way", "state"))
    assert states == [("cancel", "done"), ("move", "done"), ("keep", "done")]
    assert (rows[one.pk].state, rows[one.pk].refund_due_minor, rows[one.pk].fee_minor) == ("cancelled", 2500, 0)
    assert (rows[two.pk].resource_id, rows[two.pk].start, rows[two.pk].total_minor) == (alpha.court_2, two.start, 2500)
    assert (rows[three.pk].state, rows[three.pk].resource_id) == ("confirmed", alpha.court_1)
    assert "Burst pipe" in owner.open("/desk/closures/").text


def test_all_at_once_and_whoever_booked_meanwhile(alpha: World, visitor: Come) -> None:
    one = booked(alpha, 9)
    owner = visitor("owner")
    page = ask(owner, alpha)
    sure = owner.send(page, page.form_with(f"fate-{one.pk}"), "cancel")
    two = booked(alpha, 11)  # meanwhile
    before = contents(alpha)
    again = owner.send(sure, sure.form_with("seen"), "do")
    assert ("2 bookings stand in the way" in again.text, two.reference_code in again.text) == (True, True)
    assert contents(alpha) == before


def test_moving_all_stays_on_the_day_and_says_plainly_where_only_another_is_left(alpha: World, visitor: Come) -> None:
    """At the end of the day the next morning is nearer than its own: the day counts for more."""
    owner, one = visitor("owner"), booked(alpha, 22)
    with tenant_context(alpha.tenant):
        Resource.objects.filter(kind="court").exclude(pk=alpha.court_1).update(is_active=False)
    first, following = (f"{at(12, ahead=day):%b} {at(12, ahead=day).day}, {at(12, ahead=day).year}" for day in (7, 8))

    def sure(opens: str) -> Page:
        page = ask(owner, alpha, first_time=opens, last_time="23:00")
        return owner.send(page, page.form_with(f"fate-{one.pk}"), "move")

    before = contents(alpha)
    same = sure("09:00").text.replace("\xa0", " ")
    assert f"to Court 1 {alpha.canary}, {first}, 8:00 AM" in same
    assert "another day" not in same
    page = sure("07:00")
    told = page.text.replace("\xa0", " ")
    assert "1 booking is moved, at the price that was agreed. 1 goes to another day than was booked" in told
    assert f"to Court 1 {alpha.canary}, {following}, 7:00 AM another day" in told
    assert contents(alpha) == before
    done = owner.send(page, page.form_with("seen"), "do")
    assert "every booking is settled" in done.text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=one.pk).start == at(7, ahead=8)


def test_closures_of_other_venues_are_unknown(alpha: World, visitor: Come) -> None:
    owner, manager = visitor("owner"), visitor("manager")
    ask(owner, alpha)
    with tenant_context(alpha.tenant):
        Closure.objects.update(venue=alpha.annex)
        closure = Closure.objects.get()
    page = manager.open("/desk/closures/")
    assert "Burst pipe" not in page.text
    token = manager.open(NEW).form_with("first_day").fields["csrfmiddlewaretoken"]
    gone = manager.client.post(f"/desk/closures/{closure.pk}/remove/", {"csrfmiddlewaretoken": token})
    assert (gone.status_code, len(closures(alpha))) == (404, 1)


def test_time_is_opened_again(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    ask(manager, alpha)
    page = manager.open("/desk/closures/")
    assert "The time is open again." in manager.send(page, page.form("/remove/")).text
    assert closures(alpha) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"last_time": "07:00"}, "The end must lie after the start."),
        ({"first_day": ""}, "This field is required."),
        ({"repeat_until": "2020-01-01"}, "The last day is not before the first."),
        ({"repeat_until": "2199-01-01"}, "That is too much for one closure."),
    ],
)
def test_nonsense_is_told_and_nothing_is_closed(alpha: World, visitor: Come, typed: dict[str, str], told: str) -> None:
    owner, before = visitor("owner"), contents(alpha)
    page = ask(owner, alpha, **typed)
    assert (page.status, told in page.text, closures(alpha)) == (400, True, [])
    assert contents(alpha).keys() == before.keys()
