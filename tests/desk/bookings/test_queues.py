"""Requests to answer, series and the waiting list, as the team sees them."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from bookings import series as making
from bookings.joining import Want, join
from bookings.models import Booking, Series, WaitlistEntry
from bookings.series import Mode
from tests.bookings.scenes import slot
from tests.bookings.series_scenes import asked
from tests.bookings.waiting import cancel
from tests.desk.bookings.scenes import again, codes, make, outcome, person, place, worked
from tests.flows.pages import Visitor
from tests.flows.test_query_counts import counted
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
QUEUE, SERIES, WAITING = "/desk/approvals/", "/desk/series/", "/desk/waiting/"


def test_oldest_request_comes_first_and_is_answered_at_once(alpha: World, visitor: Come) -> None:
    where = place(alpha, needs_approval=True)
    later, sooner = make(alpha, where, 14, "pending", notes="Ground floor, please"), make(alpha, where, 10, "pending")
    owner = visitor("owner")
    page = owner.open(QUEUE)
    assert page.html.index(str(later.pk)) < page.html.index(str(sooner.pk))
    assert "Ground floor, please" in page.text
    page = owner.send(page, page.form(f"{later.pk}/confirm/"))
    assert f"{later.reference_code} is confirmed." in page.text
    page = owner.send(page, page.form(f"{sooner.pk}/decline/"), notes="Taken by a club")
    assert "Nobody waits for an answer." in page.text
    with tenant_context(alpha.tenant):
        yes, no = again(later), again(sooner)
    assert (yes.state, no.state, no.cancel_notes) == ("confirmed", "cancelled", "Taken by a club")


def test_many_requests_are_answered_by_way_of_a_draft(alpha: World, visitor: Come) -> None:
    where = place(alpha, needs_approval=True)
    both = [make(alpha, where, hour, "pending") for hour in (10, 12)]
    other = make(alpha, where, 14, "pending")
    owner = visitor("owner")
    page = owner.open(QUEUE)
    form = page.form("/desk/bookings/many/")
    sent = {**form.fields, "kind": "confirm", "booking": [str(each.pk) for each in both]}
    page = owner._follow(QUEUE, owner.client.post("/desk/bookings/many/", sent))
    assert "Accept 2 requests" in page.text
    with tenant_context(alpha.tenant):
        cancel(both[1])
    owner.send(page, page.form("/go/"))
    worked(alpha)
    assert outcome(alpha) == [("done", ""), ("refused", "wrong_state")]
    with tenant_context(alpha.tenant):
        assert [again(each).state for each in (*both, other)] == ["confirmed", "cancelled", "pending"]


def test_requests_of_other_venues_and_roles(alpha: World, visitor: Come) -> None:
    one = make(alpha, place(alpha, needs_approval=True), 10, "pending")
    manager = visitor("manager")
    assert codes(manager.open(QUEUE), one) == []
    for verb in ("accept", "decline"):
        answer = manager.client.post(f"{QUEUE}{one.pk}/{verb}/", {"csrfmiddlewaretoken": _token(manager)})
        assert answer.status_code == 404
    accountant = visitor("accountant").open(QUEUE)
    assert codes(accountant, one) == [one.reference_code]
    assert "Accept" not in accountant.text
    with tenant_context(alpha.tenant):
        assert again(one).state == "pending"


def _token(someone: Visitor) -> str:
    return someone.client.cookies["csrftoken"].value


def test_queue_costs_the_same_for_any_number(alpha: World, visitor: Come) -> None:
    where = place(alpha, needs_approval=True)
    make(alpha, where, 8, "pending")
    owner = visitor("owner")
    with counted() as few:
        owner.open(QUEUE)
    for hour in (10, 12, 14, 16):
        make(alpha, where, hour, "pending")
    with counted() as many:
        owner.open(QUEUE)
    assert len(many) == len(few)


@pytest.fixture
def series(alpha: World) -> Series:
    """The guest's four Mondays at six."""
    where = place(alpha, pays_online=False)
    with tenant_context(alpha.tenant):
        made = making.create(asked(where, person(alpha, "guest")), Mode.ATOMIC)
        return made.series


def test_series_stands_in_the_list_with_its_rhythm(alpha: World, visitor: Come, series: Series) -> None:
    owner = visitor("owner")
    page = owner.open(SERIES)
    assert "Every week on Monday, 6:00" in page.text
    assert "4 dates to come" in page.text
    assert f"/desk/series/{series.pk}/" in owner.open(f"{SERIES}?q=gin").html
    assert "No series fits that." in owner.open(f"{SERIES}?q=nobody").text
    assert f"/desk/series/{series.pk}/" not in visitor("manager").open(SERIES).html
    assert visitor("manager").open(f"/desk/series/{series.pk}/").status == 404


def test_series_of_nobody_with_an_account_stands_in_the_list(alpha: World, visitor: Come, series: Series) -> None:
    with tenant_context(alpha.tenant):
        Series.objects.update(customer=None)
        Booking.objects.update(customer=None, name="")
    page = visitor("owner").open(SERIES)
    assert page.status == 200
    assert "No name yet" in page.text


def test_following_dates_are_cancelled_and_the_rest_stay(alpha: World, visitor: Come, series: Series) -> None:
    with tenant_context(alpha.tenant):
        dates = list(series.dates.order_by("wall").values_list("wall", flat=True))
    owner = visitor("owner")
    page = owner.open(f"/desk/series/{series.pk}/")
    assert "4 dates to come" in page.text
    page = owner.open(f"/desk/series/{series.pk}/cancel/?scope=following&from={dates[2][:10]}")
    assert "2 dates to be cancelled" in page.text
    form = next(form for form in page.forms if form.method == "post" and form.action.endswith("/cancel/"))
    page = owner.send(page, form)
    assert "2 dates are cancelled." in page.text
    with tenant_context(alpha.tenant):
        rows = Booking.objects.filter(series=series).order_by("start")
        assert list(rows.values_list("state", "cancel_reason")) == [
            ("confirmed", ""), ("confirmed", ""), ("cancelled", "other"), ("cancelled", "other"),
        ]  # fmt: skip


def test_all_dates_move_by_what_was_shown(alpha: World, visitor: Come, series: Series) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/series/{series.pk}/move/?scope=all&time=19:00")
    form = next(form for form in page.forms if form.method == "post" and form.action.endswith("/move/"))
    page = owner.send(page, form)
    assert "4 dates are moved." in page.text
    assert "Every week on Monday, 7:00" in page.text
    assert visitor("accountant").open(f"/desk/series/{series.pk}/move/?scope=all").status == 403


def test_who_waits_is_offered_what_came_free_or_taken_off_the_list(alpha: World, visitor: Come) -> None:
    where = place(alpha)
    taken = make(alpha, where, 10, who="stranger")
    with tenant_context(alpha.tenant):
        entry, _new = join(Want(customer=person(alpha, "guest"), resource_id=where.pk, period=slot(10)))
    owner = visitor("owner")
    page = owner.open(WAITING)
    assert "First in line" in page.text
    page = owner.send(page, page.form(f"{entry.pk}/offer/"))
    assert "Nothing is free for that yet, or somebody else is first in line." in page.text
    with tenant_context(alpha.tenant):
        cancel(taken)
    page = owner.open(WAITING)
    assert "Offered, kept until" in page.text
    page = owner.send(page, page.form(f"{entry.pk}/remove/"))
    assert "Nobody waits." in page.text
    with tenant_context(alpha.tenant):
        assert list(WaitlistEntry.objects.values_list("state", flat=True)) == ["left"]
        assert not Booking.objects.filter(state="held").exists()


def test_other_venues_waiting_lists_are_not_ones_own(alpha: World, visitor: Come) -> None:
    where = place(alpha)
    make(alpha, where, 10, who="stranger")
    with tenant_context(alpha.tenant):
        entry, _new = join(Want(customer=person(alpha, "guest"), resource_id=where.pk, period=slot(10)))
    manager = visitor("manager")
    assert "Nobody waits." in manager.open(WAITING).text
    for verb in ("offer", "remove"):
        answer = manager.client.post(f"{WAITING}{entry.pk}/{verb}/", {"csrfmiddlewaretoken": _token(manager)})
        assert answer.status_code == 404
    with tenant_context(alpha.tenant):
        assert WaitlistEntry.objects.get().state == "waiting"
