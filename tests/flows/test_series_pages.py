"""A series by links and forms: previewed, booked as previewed, moved, cancelled, and dates tried again."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking, Series
from kernel.periods import Period
from tenants.zones import zone
from tests.bookings.changing import beside
from tests.bookings.scenes import held
from tests.bookings.series_scenes import asked, at_six, court, dates_of, made, rows, soon
from tests.flows.pages import Page, Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World
from venues.models import CustomField, Rate, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
NEW = "/venues/scene/scene/series/"
BERLIN = zone("Europe/Berlin")
HOUR = timedelta(hours=1)


@pytest.fixture
def place(alpha: World) -> Resource:
    """A court at 25.00 an hour that is open day and night."""
    with tenant_context(alpha.tenant):
        return court()


def preview(someone: Visitor, **typed: object) -> Page:
    """Fill in the form: four Mondays at six, unless said."""
    page = someone.open(NEW)
    values = {"first": soon().isoformat(), "time": "18:00", "times": "4", **typed}
    return someone.send(page, page.form_with("every"), **values)


def book(someone: Visitor, page: Page, **typed: object) -> Page:
    """Book what is previewed."""
    return someone.send(page, page.form_with("shown"), **typed)


def take(alpha: World, place: Resource, day: date) -> None:
    """Somebody else takes six in the evening of a day."""
    with tenant_context(alpha.tenant):
        held(place.pk, Period(at_six(day, BERLIN), at_six(day, BERLIN) + HOUR))


def listed(alpha: World) -> list[tuple[str, str, str]]:
    """The dates of the only series."""
    with tenant_context(alpha.tenant):
        return dates_of(Series.objects.get())


def everything(alpha: World) -> list[object]:
    """Every row that a series may touch."""
    with tenant_context(alpha.tenant):
        return rows()


def test_what_was_chosen_goes_along_to_the_series(alpha: World, place: Resource, visitor: Come) -> None:
    guest = visitor("guest")
    court = guest.open(f"/venues/scene/scene/?day={soon().isoformat()}&minutes=120&people=1")
    form = guest.open(court.link("/series/").replace("&amp;", "&")).form_with("every")
    assert (form.fields["first"], form.fields["minutes"]) == (soon().isoformat(), "120")


def test_series_is_booked_as_previewed(alpha: World, place: Resource, visitor: Come) -> None:
    someone = visitor("guest")
    page = preview(someone)
    before = everything(alpha)
    assert "4 can be booked" in page.text
    assert "Together €100.00." in page.text
    assert everything(alpha) == before
    done = book(someone, page, notes="Training")
    assert "4 dates are yours." in done.text
    with tenant_context(alpha.tenant):
        found = Booking.objects.filter(series=Series.objects.get())
        assert sorted(found.values_list("state", "total_minor", "notes")) == [("confirmed", 2500, "Training")] * 4


@pytest.mark.parametrize("units", [1, 2])
def test_form_that_is_sent_twice_books_one_series(alpha: World, place: Resource, visitor: Come, units: int) -> None:
    """Also where there is room for both; what is asked for anew is another series."""
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=place.pk).update(units=units)
    someone = visitor("guest")
    page = preview(someone)
    first, second = book(someone, page), book(someone, page)
    assert (first.status, second.status, second.path) == (200, 200, first.path)
    with tenant_context(alpha.tenant):
        assert (Series.objects.count(), Booking.objects.count()) == (1, 4)
    assert "Nothing was booked." not in second.text
    book(someone, preview(someone))
    with tenant_context(alpha.tenant):
        assert Series.objects.count() == units


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ({"every": "2", "times": "3"}, [0, 14, 28]),
        ({"every": "daily", "times": "3"}, [0, 1, 2]),
        ({"ends": "until"}, [0, 7, 14]),
    ],
)
def test_how_often_and_until_when(
    alpha: World, place: Resource, visitor: Come, typed: dict[str, str], days: list[int]
) -> None:
    someone = visitor("guest")
    book(someone, preview(someone, **{"until": (soon() + timedelta(days=15)).isoformat(), **typed}))
    assert [day for day, _why, _state in listed(alpha)] == [f"{soon() + timedelta(days=each)}" for each in days]


def test_monthly_keeps_which_weekday_of_the_month_it_is(alpha: World, place: Resource, visitor: Come) -> None:
    someone = visitor("guest")
    book(someone, preview(someone, every="month", times="3"))
    found = [date.fromisoformat(day) for day, _why, _state in listed(alpha)]
    assert {day.weekday() for day in found} == {0}
    assert len({(day.day - 1) // 7 for day in found} - {3, 4}) <= 1
    assert len({(day.year, day.month) for day in found}) == 3


def test_date_in_the_way_is_left_out_or_taken_elsewhere(alpha: World, place: Resource, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        other = beside(place, "second", 3000)
    take(alpha, place, soon() + timedelta(days=7))
    take(alpha, place, soon() + timedelta(days=14))
    someone = visitor("guest")
    page = preview(someone)
    assert "Somebody else is booking this time just now." in page.text
    assert "2 cannot" in page.text
    choices = [given["value"] for tag, given in page.elements if given.get("name") == "take"]
    done = book(someone, page, take=choices[0])
    assert "3 dates are yours." in done.text
    assert [(why, state) for _day, why, state in listed(alpha)] == [
        ("", "confirmed"),
        ("", "confirmed"),
        ("held", ""),
        ("", "confirmed"),
    ]
    with tenant_context(alpha.tenant):
        assert Booking.objects.get(resource=other, series__isnull=False).total_minor == 3000


def test_another_time_of_the_day_instead_counts_as_moved_by_itself(
    alpha: World, place: Resource, visitor: Come
) -> None:
    take(alpha, place, soon())
    someone = visitor("guest")
    page = preview(someone, times="2")
    choice = next(given["value"] for tag, given in page.elements if given.get("name") == "take")
    done = book(someone, page, take=choice)
    assert "2 dates are yours." in done.text
    assert "moved by itself" in done.text


@pytest.mark.parametrize("meanwhile", ["taken", "dearer"])
def test_what_changed_meanwhile_is_shown_anew_and_nothing_is_booked(
    alpha: World, place: Resource, visitor: Come, meanwhile: str
) -> None:
    someone = visitor("guest")
    page = preview(someone)
    if meanwhile == "taken":
        take(alpha, place, soon())
    else:
        with tenant_context(alpha.tenant):
            Rate.objects.filter(resource=place).update(amount_minor=3000)
    before = everything(alpha)
    anew = book(someone, page)
    assert anew.status == 409
    assert "Nothing was booked." in anew.text
    assert ("1 cannot" in anew.text) == (meanwhile == "taken")
    assert everything(alpha) == before
    assert "are yours." in book(someone, anew).text


def test_required_answer_is_asked_for_once(alpha: World, place: Resource, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        field = CustomField.objects.create(resource=place, label="Team", kind="text", is_required=True)
    someone = visitor("guest")
    before = everything(alpha)
    wrong = book(someone, preview(someone))
    assert (wrong.status, "This field is required." in wrong.text) == (400, True)
    assert everything(alpha) == before
    assert "4 dates are yours." in book(someone, wrong, **{f"answer_{field.pk}": "Reds"}).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first": "nonsense"}, "Enter a valid date."),
        ({"times": ""}, "Say how many times."),
        ({"ends": "until"}, "Say until which day."),
        ({"ends": "until", "until": "2001-01-01"}, "There is no such date."),
        ({"times": "105"}, "less than or equal to 104"),
    ],
)
def test_mistakes_in_the_form_are_said(
    alpha: World, place: Resource, visitor: Come, typed: dict[str, str], said: str
) -> None:
    page = preview(visitor("guest"), **typed)
    assert (page.status, said in page.text) == (400, True)


@pytest.fixture
def mondays(alpha: World, place: Resource) -> str:
    """The page of the guest's series of four Mondays."""
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
        return f"/bookings/series/{made(asked(place, guest)).series.pk}/"


def test_dates_from_one_on_are_cancelled_as_shown(alpha: World, mondays: str, visitor: Come) -> None:
    someone = visitor("guest")
    page = someone.open(mondays)
    third = soon() + timedelta(days=14)
    page = someone.open(page.link(f"cancel/?scope=following&from={third}"))
    before = everything(alpha)
    assert "2 to be cancelled. Cancelling now costs nothing." in page.text
    assert everything(alpha) == before
    done = someone.send(page, page.form("/cancel/"))
    assert "2 dates are cancelled." in done.text
    assert [state for _day, _why, state in listed(alpha)] == ["confirmed", "confirmed", "cancelled", "cancelled"]
    before = everything(alpha)
    again = someone.send(page, page.form("/cancel/"))
    assert (again.status, again.path) == (200, mondays), "a second click is led to what the first has done"
    assert everything(alpha) == before


def test_fee_that_began_meanwhile_is_shown_before_anything_is_cancelled(
    alpha: World, mondays: str, visitor: Come
) -> None:
    someone = visitor("guest")
    page = someone.open(f"{mondays}cancel/?scope=all")
    with tenant_context(alpha.tenant):
        first = Booking.objects.order_by("start")[0]
        Booking.objects.filter(pk=first.pk).update(cancel_from=first.created_at + HOUR)
    before = everything(alpha)
    anew = someone.send(page, page.form("/cancel/"))
    assert (anew.status, "Cancelling now costs €25.00." in anew.text) == (409, True)
    assert everything(alpha) == before


def test_all_dates_move_to_another_time_as_shown(alpha: World, mondays: str, visitor: Come) -> None:
    someone = visitor("guest")
    page = someone.open(f"{mondays}move/?scope=all")
    page = someone.send(page, page.form_with("time"), time="20:00")
    before = everything(alpha)
    assert "The price stays the same." in page.text
    assert everything(alpha) == before
    done = someone.send(page, page.form_with("shown"))
    assert "4 dates are moved." in done.text
    with tenant_context(alpha.tenant):
        starts = Booking.objects.filter(series__isnull=False).values_list("start", flat=True)
        assert {start.astimezone(BERLIN).hour for start in starts} == {20}


def test_slot_that_is_taken_while_a_series_moves_changes_nothing(
    alpha: World, place: Resource, mondays: str, visitor: Come
) -> None:
    someone = visitor("guest")
    page = someone.open(f"{mondays}move/?scope=all&time=19:00&from=&resource=")
    with tenant_context(alpha.tenant):
        start = at_six(soon(), BERLIN) + HOUR
        held(place.pk, Period(start, start + HOUR))
    before = everything(alpha)
    anew = someone.send(page, page.form_with("shown"))
    assert anew.status == 409
    assert everything(alpha) == before
    assert "What cannot be moved stays where it is." in anew.text
    assert "3 dates are moved." in someone.send(anew, anew.form_with("shown")).text


def test_cancelled_date_is_tried_again_at_the_price_that_is_shown(
    alpha: World, place: Resource, mondays: str, visitor: Come
) -> None:
    someone = visitor("guest")
    page = someone.open(f"{mondays}cancel/?scope=this&from={soon()}")
    page = someone.send(page, page.form("/cancel/"))
    page = someone.open(page.link(f"dates/?day={soon()}"))
    with tenant_context(alpha.tenant):
        Rate.objects.filter(resource=place).update(amount_minor=3000)
    before = everything(alpha)
    anew = someone.send(page, page.form_with("shown"))
    assert (anew.status, "Book for €30.00" in anew.text) == (409, True)
    assert everything(alpha) == before
    done, again = (someone.send(anew, anew.form_with("shown")) for _click in range(2))
    assert "The date is booked." in done.text
    assert (again.status, again.path) == (200, mondays)
    assert [state for _day, _why, state in listed(alpha)] == ["confirmed"] * 4


@pytest.mark.parametrize("tail", ["", "cancel/", "move/", "dates/"])
def test_series_of_somebody_else_is_not_there(alpha: World, mondays: str, visitor: Come, tail: str) -> None:
    assert visitor("stranger").open(mondays + tail).status == 404
    assert visitor().open(mondays + tail).path.startswith("/login/")


def test_pages_of_a_long_series_take_few_queries(alpha: World, place: Resource, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
        found = made(asked(place, guest, "FREQ=WEEKLY;COUNT=52")).series
    someone = visitor("guest")
    taken = []
    for path in (f"/bookings/series/{found.pk}/", f"/bookings/series/{found.pk}/cancel/?scope=all"):
        with counted() as queries:
            page = someone.open(path)
        assert page.status == 200
        taken.append(len(queries))
    with counted() as queries:
        preview(someone, times="52", first=(soon() + timedelta(days=1)).isoformat())
    assert [*taken, len(queries)] == [5, 5, 15]
