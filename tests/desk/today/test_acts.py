"""The desk: who sees what, the verbs on bookings, blocking out and opening again."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db.models import F
from django_tenants.utils import tenant_context

from bookings.models import Booking, BookingEvent, Occupancy
from tests.flows.pages import COURT, Page, Visitor
from tests.flows.test_booking_without_script import at, booked
from tests.worlds import World
from venues.models import Closure

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
STAFF = ["owner", "manager", "front_desk", "accountant"]


def desk(someone: Visitor, day: date, venue: str = "main") -> Page:
    """The desk's day."""
    return someone.open(f"/desk/?venue={venue}&day={day}")


def block(someone: Visitor, page: Page, **typed: str) -> Page:
    """Fill in the block-out form."""
    return someone.send(page, page.form("/closures/"), **typed)


def test_desk_is_for_staff(visitor: Come) -> None:
    assert visitor().open("/desk/").path == "/login/?next=%2Fdesk%2F"
    assert visitor("guest").open("/desk/").status == 403
    assert [visitor(who).open("/desk/").status for who in STAFF] == [200] * 4


@pytest.mark.parametrize("who", STAFF)
def test_staff_see_the_day_with_name_code_and_state(alpha: World, visitor: Come, next_week: date, who: str) -> None:
    done = booked(visitor(), next_week, 10)
    page = desk(visitor(who), next_week)
    with tenant_context(alpha.tenant):
        code = Booking.objects.get().reference_code
    assert code in done.text
    assert code in page.text
    assert "Gina Guest" in page.text
    assert "Requested" in page.text
    assert "Needs an answer 1" in page.text


def test_manager_sees_only_venues_looked_after(visitor: Come, next_week: date) -> None:
    manager = visitor("manager")
    assert desk(manager, next_week, "annex").status == 404
    assert "Annex" not in desk(manager, next_week).text
    assert desk(visitor("owner"), next_week, "annex").status == 200


def test_front_desk_confirms_a_request(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    done = booked(guest, next_week, 10)
    staff = visitor("front_desk")
    page = desk(staff, next_week)
    after = staff.send(page, page.form("/confirm/"))
    assert after.path == f"/desk/?venue=main&day={next_week}"
    assert "is confirmed." in after.text
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
        event = BookingEvent.objects.last()
        assert booking.state == "confirmed"
        assert event is not None
        assert (event.actor_kind, event.actor_id) == ("staff", alpha.users["front_desk"])
    assert "Your booking is confirmed" in guest.open(done.path).text


def test_staff_cancel_with_a_reason(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    staff = visitor("manager")
    page = desk(staff, next_week)
    page = staff.open(page.link("/cancellation/"))
    assert "It costs the customer nothing." in page.text
    after = staff.send(page, page.form_with("fee"), "cancel", reason="weather")
    assert "is cancelled." in after.text
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
        assert (booking.state, booking.cancel_reason, Occupancy.objects.count()) == ("cancelled", "weather", 0)


def test_no_show_only_once_it_has_begun(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    staff = visitor("front_desk")
    page = desk(staff, next_week)
    page = staff.send(page, page.form("/confirm/"))
    assert list(page.forms_to("/no-show/")) == []
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    form = page.form("/logout/")
    form.action = f"/desk/bookings/{booking.pk}/no-show/"
    early = staff.send(page, form)
    assert "The booking has not started yet." in early.text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "confirmed"
        days = timedelta(days=8)
        Booking.objects.update(start=F("start") - days, end=F("end") - days)
        row = Occupancy.objects.get()
        Occupancy.objects.update(during=type(row.during)(row.during.lower - days, row.during.upper - days))
    page = desk(staff, next_week - timedelta(days=8))
    after = staff.send(page, page.form("/no-show/"))
    assert "is marked as a no-show." in after.text
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "no_show"


def test_accountant_reads_and_changes_nothing(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    accountant = visitor("accountant")
    page = desk(accountant, next_week)
    assert [form.action for form in page.forms if "/desk/" in form.action and form.method == "post"] == []
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    form = page.form("/logout/")
    statuses = []
    verbs = [f"bookings/{booking.pk}/{verb}/" for verb in ("confirm", "cancellation", "no-show")]
    for path in [*verbs, f"venues/{alpha.venue}/closures/"]:
        form.action = f"/desk/{path}"
        statuses.append(accountant.send(page, form).status)
    assert statuses == [403, 403, 403, 404]
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "pending"
        assert Closure.objects.count() == 0


def test_customer_cannot_use_the_desks_verbs(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    guest = visitor("guest")
    page = guest.open("/bookings/")
    form = page.form("/logout/")
    with tenant_context(alpha.tenant):
        form.action = f"/desk/bookings/{Booking.objects.get().pk}/confirm/"
    assert guest.send(page, form).status == 403
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().state == "pending"


def test_day_is_blocked_out_and_opened_again(alpha: World, visitor: Come, next_week: date) -> None:
    staff = visitor("front_desk")
    page = desk(staff, next_week)
    after = block(staff, page, resource=str(alpha.court_1), reason="New floor")
    assert "The time is blocked out." in after.text
    assert ": New floor" in after.text
    shown = visitor().open(f"{COURT}?day={next_week}")
    assert "blocked" in shown.text
    assert [value for form in shown.forms_to("/hold/") for _name, value in form.buttons] == []
    opened = staff.send(after, after.form("/reopen/"))
    assert "The time is open again." in opened.text
    assert visitor().open(f"{COURT}?day={next_week}").form_with("start").buttons[0][1] == at(next_week, 7)


def test_span_is_blocked_out_in_the_venues_time(alpha: World, visitor: Come, next_week: date) -> None:
    staff = visitor("owner")
    block(staff, desk(staff, next_week), first_time="10:00", last_time="12:30")
    with tenant_context(alpha.tenant):
        closure = Closure.objects.get()
    assert (closure.start.isoformat(), closure.end.isoformat()) == (at(next_week, 10), at(next_week, 12, 30))
    assert (closure.resource_id, closure.created_by_id) == (None, alpha.users["owner"])


def test_block_out_over_a_booking_lists_it_and_changes_nothing(alpha: World, visitor: Come, next_week: date) -> None:
    """R32"""
    booked(visitor(), next_week, 10)
    staff = visitor("owner")
    refused = block(staff, desk(staff, next_week), reason="Party")
    with tenant_context(alpha.tenant):
        code = Booking.objects.get().reference_code
        assert Closure.objects.count() == 0
        assert Occupancy.objects.count() == 1
    assert refused.status == 409
    assert "There are bookings in this time. Nothing was changed." in refused.text
    assert f"{code} · Court 1" in refused.text
    assert refused.form("/closures/").fields["reason"] == "Party"


@pytest.mark.parametrize(
    "typed", [{"first_day": ""}, {"last_day": "2020-01-01"}, {"last_day": "9999-12-31"}, {"first_time": "25:00"}]
)
def test_nonsense_in_a_block_out_is_400_and_keeps_the_form(
    alpha: World, visitor: Come, next_week: date, typed: dict[str, str]
) -> None:
    staff = visitor("owner")
    refused = block(staff, desk(staff, next_week), reason="Party", **typed)
    assert refused.status == 400
    assert refused.form("/closures/").fields["reason"] == "Party"
    with tenant_context(alpha.tenant):
        assert Closure.objects.count() == 0


def test_closure_of_another_venue_is_not_found(alpha: World, visitor: Come, next_week: date) -> None:
    owner = visitor("owner")
    block(owner, desk(owner, next_week, "annex"))
    manager = visitor("manager")
    page = desk(manager, next_week)
    form = page.form("/closures/")
    with tenant_context(alpha.tenant):
        form.action = f"/desk/closures/{Closure.objects.get().pk}/reopen/"
    assert manager.send(page, form).status == 404
    form.action = f"/desk/venues/{alpha.annex}/closures/"
    assert manager.send(page, form).status == 404
    with tenant_context(alpha.tenant):
        assert Closure.objects.count() == 1
