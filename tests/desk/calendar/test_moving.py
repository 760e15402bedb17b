"""Moving a booking in the calendar: what is shown is what is done, for those who may, and back again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django_tenants.utils import tenant_context

from bookings import lifecycle
from bookings.lifecycle import Taking
from bookings.models import Booking, BookingChange, BookingEvent, Occupancy
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.records import SYSTEM
from bookings.requests import HoldRequest
from kernel.periods import Period
from tests.bookings.scenes import Place, slot
from tests.desk.calendar.scenes import GINA, PART, booked, day_of
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Rate, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def path(booking: Booking | UUID) -> str:
    """Its page in the calendar."""
    return f"/desk/calendar/bookings/{booking.pk if isinstance(booking, Booking) else booking}/"


def looked(someone: Visitor, booking: Booking, **wanted: Any) -> Page:
    """The page after choosing another place and asking what that changes."""
    page = someone.open(path(booking))
    form = page.form_with("version")
    values = {name: value for name, value in form.fields.items() if name not in {"csrfmiddlewaretoken", "keep_price"}}
    return Page(page.path, someone.client.get(path(booking), {**values, **wanted}))


def confirmed(someone: Visitor, page: Page, **typed: Any) -> Page:
    """The form of a preview is sent as it is."""
    form = page.form_with("version")
    form.fields.pop("keep_price", None)
    if "overrule" in form.fields and "because" not in form.fields:
        del form.fields["overrule"]  # a box that nobody has ticked
    return someone.send(page, form, **typed)


def place_of(world: World, booking: Booking) -> tuple[int, datetime, datetime, int]:
    """Where it is, and its price."""
    with tenant_context(world.tenant):
        found = Booking.objects.get(pk=booking.pk)
        return found.resource_id, found.start, found.end, found.total_minor


def test_a_paid_booking_moves_to_a_cheaper_time_and_back(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Rate.objects.create(resource_id=alpha.court_2, amount_minor=1000, from_time=time(20), until_time=time(22))
        made = booked(alpha.court_1, slot(10))
        lifecycle.pay_on_site(made, Taking(2500), SYSTEM)
    owner = visitor("owner")
    page = looked(owner, made, resource=alpha.court_2, time="20:00")
    assert "€25.00 €10.00 (€15.00 less)" in page.text
    assert "€15.00 are to be handed back at the desk" in page.text
    assert "Gina Guest is told by e-mail." in page.text
    assert place_of(alpha, made) == (alpha.court_1, slot(10).start, slot(10).end, 2500)
    done = confirmed(owner, page)
    assert f"{made.reference_code} is now at" in done.text
    assert place_of(alpha, made) == (alpha.court_2, slot(20).start, slot(20).end, 1000)
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=made.pk).refund_due_minor == 1500
        assert list(Occupancy.objects.values_list("resource_id", flat=True)) == [alpha.court_2]
    back = owner.send(done, done.form_with("undo"))
    assert f"{made.reference_code} is back at" in back.text
    assert place_of(alpha, made) == (alpha.court_1, slot(10).start, slot(10).end, 2500)
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(pk=made.pk).refund_due_minor == 0
        changes = BookingEvent.objects.filter(booking=made, act=BookingEvent.Act.CHANGED)
        assert [each.actor_kind for each in changes] == ["staff", "staff"]


def test_longer_is_dearer_and_what_is_owed_is_said(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    answer = owner.client.get(path(made), {"until": f"{day_of(slot(10))}T11:30"})
    page = Page(path(made), answer)
    assert "€25.00 €37.50 (€12.50 more)" in page.text
    assert "Still to be paid €37.50" in page.text
    assert page.form_with("version").fields["minutes"] == "90"
    confirmed(owner, page)
    assert place_of(alpha, made) == (alpha.court_1, slot(10).start, slot(10, minutes=90).end, 3750)


def test_the_price_may_stay(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    page = looked(owner, made, minutes="90", keep_price="on")
    assert "stays at €25.00" in page.text
    owner.send(page, page.form_with("version"), keep_price="on")
    assert place_of(alpha, made)[2:] == (slot(10, minutes=90).end, 2500)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"time": "14:00"}, "Somebody else has booked this time."),
        ({"time": "06:00"}, "The venue is closed at that time."),
        ({"time": "10:10"}, "Bookings cannot start at that minute."),
        ({"minutes": "300"}, "Bookings of that length are not possible."),
    ],
)
def test_what_is_in_the_way_is_said_and_nothing_changes(
    alpha: World, visitor: Come, wanted: dict[str, str], why: str
) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
        booked(alpha.court_1, slot(14))
    owner = visitor("owner")
    page = looked(owner, made, **wanted)
    assert why in page.text
    assert "Yes, do that" not in page.text
    assert why in confirmed(owner, page, **wanted, shown="").text
    assert place_of(alpha, made) == (alpha.court_1, slot(10).start, slot(10).end, 2500)


def test_staff_set_a_rule_aside_but_never_somebody_elses_time(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    assert "Set this rule aside" in looked(owner, made, time="06:00").text
    page = looked(owner, made, time="06:00", overrule="closed")
    assert "This is what changes" in page.text
    refused = confirmed(owner, page)
    assert (refused.status, place_of(alpha, made)[1]) == (400, slot(10).start)
    assert "Say why, for the record." in refused.text
    confirmed(owner, refused, because="The team trains early")
    assert place_of(alpha, made)[1] == slot(6).start
    with tenant_context(alpha.tenant):
        kept = BookingChange.objects.filter(event__booking=made, field__startswith="overruled").order_by("field")
        assert list(kept.values_list("field", "after")) == [
            ("overruled", "closed"),
            ("overruled_because", "The team trains early"),
        ]


def test_a_whole_waits_for_its_parts(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.hall, slot(10))
        booked(alpha.half_a, slot(14))
    page = looked(visitor("owner"), made, time="14:00")
    assert "Somebody else has booked this time." in page.text


def test_while_it_is_dragged_one_line_says_what_it_would_come_to(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
        booked(alpha.court_2, slot(10))
    owner, day = visitor("owner"), day_of(slot(10))

    def hint(**query: Any) -> dict[str, object]:
        return owner.client.get(path(made), query, HTTP_X_PART="hint").json()

    assert hint(resource=alpha.court_2) == {"fits": False, "says": "Somebody else has booked this time."}
    assert hint(day=day, time="11:00")["fits"] is True
    assert str(hint(until=f"{day}T12:00")["says"]).endswith("€50.00 · €25.00 more")


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    page = looked(owner, made, time="15:00")
    with tenant_context(alpha.tenant):
        lifecycle.pay_on_site(Booking.objects.get(pk=made.pk), Taking(500), SYSTEM)
    refused = confirmed(owner, page)
    assert (refused.status, place_of(alpha, made)[1]) == (412, slot(10).start)
    assert "This booking has been changed meanwhile." in refused.text
    assert place_of(alpha, made)[1] == slot(10).start
    confirmed(owner, refused)
    assert place_of(alpha, made)[1] == slot(15).start


def test_another_price_than_was_shown_changes_nothing(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    page = looked(owner, made, time="15:00")
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=alpha.court_1).update(amount_minor=3000)
    refused = confirmed(owner, page)
    assert refused.status == 409
    assert "What this costs has changed since you looked." in refused.text
    assert place_of(alpha, made) == (alpha.court_1, slot(10).start, slot(10).end, 2500)


def test_a_move_is_not_taken_back_once_somebody_else_has_the_time(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    done = confirmed(owner, looked(owner, made, time="15:00"))
    with tenant_context(alpha.tenant):
        booked(alpha.court_1, slot(10))
    refused = owner.send(done, done.form_with("undo"))
    assert "This cannot be taken back. Somebody else has booked this time." in refused.text
    assert place_of(alpha, made)[1] == slot(15).start


def test_a_made_up_undo_is_none(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    done = confirmed(owner, looked(owner, made, time="15:00"))
    refused = owner.send(done, done.form_with("undo"), undo="nonsense")
    assert "It is too late to take this back." in refused.text
    assert place_of(alpha, made)[1] == slot(15).start


@pytest.mark.parametrize(("who", "main", "annex"), [("manager", 200, 404), ("front_desk", 200, 200)])
def test_whose_bookings_one_may_move(alpha: World, visitor: Come, who: str, main: int, annex: int) -> None:
    with tenant_context(alpha.tenant):
        here, there = booked(alpha.court_1, slot(10)), booked(alpha.annex_room, slot(10))
    someone = visitor(who)
    assert (someone.open(path(here)).status, someone.open(path(there)).status) == (main, annex)
    confirmed(someone, looked(someone, here, time="15:00"))
    assert place_of(alpha, here)[1] == slot(15).start


def test_accountants_look_and_the_server_refuses_the_rest(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    accountant = visitor("accountant")
    page = accountant.open(path(made))
    assert (page.status, [form for form in page.forms if "version" in form.fields]) == (200, [])
    token = accountant.client.cookies["csrftoken"].value
    sent = {"resource": alpha.court_1, "day": day_of(slot(10)), "time": "15:00", "minutes": 60}
    answer = accountant.client.post(path(made), {**sent, "csrfmiddlewaretoken": token})
    assert answer.status_code == 404
    assert place_of(alpha, made)[1] == slot(10).start


def test_bookings_of_another_tenant_are_not_there(alpha: World, beta: World, visitor: Come) -> None:
    with tenant_context(beta.tenant):
        made = booked(beta.court_1, slot(20))
    assert visitor("owner").open(path(made)).status == 404


def test_another_venues_resource_cannot_be_chosen(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    refused = confirmed(owner, looked(owner, made, time="15:00"), resource=str(alpha.annex_room))
    assert refused.status == 400
    assert place_of(alpha, made)[0] == alpha.court_1


def test_the_script_is_given_the_inside_and_a_way_back(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = booked(alpha.court_1, slot(10))
    owner = visitor("owner")
    part = owner.client.get(path(made), {"time": "15:00", "day": day_of(slot(10))}, **PART)
    assert part["X-Part"] == "1"
    page = Page(path(made), part)
    assert "<html" not in page.html
    form = page.form_with("version")
    form.fields.pop("keep_price")
    answer = owner.client.post(path(made), form.fields, **PART).json()
    assert answer["done"] is True
    token = owner.client.cookies["csrftoken"].value
    back = owner.client.post(
        "/desk/calendar/undo/", {"undo": answer["undo"], "csrfmiddlewaretoken": token}, **PART
    ).json()
    assert (back["done"], place_of(alpha, made)[1]) == (True, slot(10).start)


BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


def by_night(world: World, start: datetime, minutes: int) -> Booking:
    """A booking in a place that is booked at any time."""
    with tenant_context(world.tenant):
        place = Place(spans=(), fields={"grid_minutes": 30, "min_minutes": 30, "max_minutes": 600}).make("night")
        end = datetime.fromtimestamp(start.timestamp() + minutes * 60, BERLIN)
        wish = HoldRequest(period=Period(start, end), resource_id=place.pk, contact=GINA)
        return lifecycle.book_for(wish, SYSTEM, STAFF_MAY_OVERRULE)


def test_nobody_moves_into_the_hour_that_is_left_out(alpha: World, visitor: Come) -> None:
    made = by_night(alpha, datetime.combine(SPRING, time(4), BERLIN), 60)
    page = looked(visitor("owner"), made, time="02:30", overrule="closed")
    assert "There is no 2:30 AM on that day: the clocks go forward." in page.text.replace("\xa0", " ")
    owner = visitor("owner")
    confirmed(owner, looked(owner, made, time="01:30", overrule="closed"), because="Night training")
    start, end = (datetime.combine(SPRING, at, BERLIN) for at in (time(1, 30), time(3, 30)))
    assert place_of(alpha, made)[1:3] == (start, end)  # an hour of real time


def test_of_an_hour_that_comes_twice_one_says_which(alpha: World, visitor: Come) -> None:
    made = by_night(alpha, datetime.combine(AUTUMN, time(5), BERLIN), 60)
    owner = visitor("owner")
    first, second = (datetime.combine(AUTUMN, time(2, 30, fold=fold), BERLIN).astimezone(UTC) for fold in (0, 1))
    page = looked(owner, made, time="02:30", overrule="closed")
    assert "The second of the two: the clocks show this time twice" in page.text
    form = page.form_with("version")
    del form.fields["keep_price"], form.fields["later"]
    owner.send(page, form, because="Night training")
    assert place_of(alpha, made)[1] == first
    page = looked(owner, made, time="02:30", later="on", overrule="closed")
    confirmed(owner, page, later="on", because="Night training")
    assert place_of(alpha, made)[1] == second
    # Only the end is dragged: the start stays the second one, and an hour more is an hour more.
    answer = owner.client.get(path(made), {"until": f"{AUTUMN}T04:30", "overrule": "closed"})
    longer = Page(path(made), answer)
    confirmed(owner, longer, later="on", because="Night training")
    assert place_of(alpha, made)[1:3] == (second, datetime.combine(AUTUMN, time(4, 30), BERLIN))


def test_units_of_a_pool_that_are_not_there_are_refused_in_words(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.kayaks).update(capacity=3, is_shared=True)
        made = booked(alpha.kayaks, slot(10), participants=2)
        booked(alpha.kayaks, slot(12), participants=2)
    page = looked(visitor("owner"), made, time="12:00")
    assert "That is more people than there is room for." in page.text
