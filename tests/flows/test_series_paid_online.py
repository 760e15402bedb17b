"""A series paid online: dates are kept and not yet somebody's, and each page leads to the next one to pay."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking
from bookings.states import PaymentWay, State
from tests.bookings.series_scenes import court
from tests.flows.pages import Visitor
from tests.flows.test_series_pages import book, preview
from tests.till import Till
from tests.worlds import World
from venues.models import Resource

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(alpha: World) -> Resource:
    """A court at 25.00 an hour that is open day and night, and paid online or at the desk."""
    with tenant_context(alpha.tenant):
        return court(pays_online=True, pays_on_site=True)


def test_dates_are_kept_and_paid_one_after_the_other(
    alpha: World, stripe: Till, place: Resource, visitor: Callable[..., Visitor]
) -> None:
    guest = visitor("guest")
    page = book(guest, preview(guest, times="2"), way=PaymentWay.ONLINE)
    assert "2 dates are kept for you." in page.text
    assert "are yours" not in page.text
    with tenant_context(alpha.tenant):
        first, second = Booking.objects.filter(series__isnull=False).order_by("start")
        assert (first.state, second.state) == ("held", "held")
        Booking.objects.filter(pk=first.pk).update(state=State.CONFIRMED, paid_minor=2500, hold_expires_at=None)
    shown = guest.open(f"/bookings/{first.pk}/")
    assert "Pay the next date, " in shown.text
    assert shown.link(f"/bookings/{second.pk}/pay/")
    assert shown.link(f"/bookings/series/{first.series_id}/")
    with tenant_context(alpha.tenant):
        Booking.objects.filter(pk=second.pk).update(state=State.CONFIRMED, paid_minor=2500, hold_expires_at=None)
    assert "Pay the next date" not in guest.open(f"/bookings/{first.pk}/").text


def test_choosing_another_time_keeps_dates_that_wait_for_their_payment(
    alpha: World, stripe: Till, place: Resource, visitor: Callable[..., Visitor]
) -> None:
    guest = visitor("guest")
    book(guest, preview(guest, times="2"), way=PaymentWay.ONLINE)
    page = guest.open(f"/venues/{place.venue.slug}/{place.slug}/")
    form = page.form_with("start")
    assert guest.send(page, form, start=form.buttons[0][1]).path.endswith("/details/")
    with tenant_context(alpha.tenant):
        assert list(Booking.objects.filter(series__isnull=False).values_list("state", flat=True)) == ["held", "held"]


def test_dates_that_are_paid_at_the_desk_are_theirs(
    alpha: World, place: Resource, visitor: Callable[..., Visitor]
) -> None:
    guest = visitor("guest")
    assert "2 dates are yours." in book(guest, preview(guest, times="2"), way=PaymentWay.ON_SITE).text
