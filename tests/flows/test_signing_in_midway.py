"""A guest who signs in before the booking is finished goes on with what they chose, in their own name."""

from collections.abc import Callable
from datetime import date
from urllib.parse import quote

import pytest
from django.test import RequestFactory
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking
from bookings.views.taking_over import in_own_name
from tests.flows.pages import Visitor
from tests.flows.test_booking_without_script import at, choose
from tests.worlds import PASSWORD, World
from venues.models import ExtraOffer, Product, Rate, Resource, Voucher

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@pytest.fixture
def racket(alpha: World) -> Product:
    """To borrow with Court 1 for three euros; and a voucher of ten percent that each may use once."""
    with tenant_context(alpha.tenant):
        extra = Product.objects.create(name="Racket", slug="racket", kind="extra")
        Rate.objects.create(product=extra, unit="booking", amount_minor=300)
        ExtraOffer.objects.create(extra=extra, resource=Resource.objects.get(slug="court-1"), most=5)
        Voucher.objects.create(code="TENTH", percent_off=1000, most_uses_each=1)
        return extra


def email(world: World, who: str) -> str:
    """The address of somebody of Alpha's."""
    return f"{who}@{world.canary}.example"


def test_hold_of_a_guest_who_signs_in_becomes_theirs(
    alpha: World, visitor: Come, next_week: date, racket: Product
) -> None:
    someone = visitor()
    page = choose(someone, next_week, 10)
    priced = someone.send(page, page.form("/details/"), "1", **{f"extra_{racket.pk}": "1"})
    refused = someone.send(priced, priced.form("/details/"), voucher="TENTH")
    assert "Sign in to use this voucher." in refused.text
    assert refused.link("/login/?next=") == f"/login/?next={quote(page.path, safe='')}"
    assert someone.sign_in(email(alpha, "guest"), PASSWORD).status == 200
    own = someone.open(page.path)
    assert (own.status, own.path == page.path) == (200, False)
    assert someone.open(page.path).path == own.path, "the old address leads to what it has become"
    form = own.form("/details/")
    assert (form.fields["email"], form.fields[f"extra_{racket.pk}"]) == (email(alpha, "guest"), "1")
    cheaper = someone.send(own, form, "1", voucher="TENTH")
    assert "€25.20" in cheaper.text
    with tenant_context(alpha.tenant):
        [held] = Booking.objects.filter(state="held")
        assert (held.customer_id, held.total_minor) == (alpha.users["guest"], 2520)
        assert Booking.objects.filter(state="expired", customer=None).count() == 1


def test_two_tabs_take_over_the_same_hold(alpha: World, visitor: Come, next_week: date) -> None:
    """The second has read the guest's hold before the first made it anew."""
    someone = visitor()
    page = choose(someone, next_week, 10)
    someone.sign_in(email(alpha, "guest"), PASSWORD)
    with tenant_context(alpha.tenant):
        read = Booking.objects.select_related("resource__venue").get(state="held")
    first = someone.open(page.path)
    request = RequestFactory().get(page.path)
    request.session = someone.client.session
    with tenant_context(alpha.tenant):
        request.user = User.objects.get(pk=alpha.users["guest"])
        assert in_own_name(request, read) == Booking.objects.get(state="held")
    assert someone.open(page.path).path == first.path


def test_own_hold_from_before_signing_in_is_not_in_the_way(alpha: World, visitor: Come, next_week: date) -> None:
    """R12"""
    someone = visitor()
    choose(someone, next_week, 10)
    someone.sign_in(email(alpha, "guest"), PASSWORD)
    again = choose(someone, next_week, 10, minutes="120")
    assert "Nearly done" in again.text
    with tenant_context(alpha.tenant):
        [held] = Booking.objects.filter(state="held")
        assert (held.customer_id, held.start.isoformat()) == (alpha.users["guest"], at(next_week, 10))


def test_hold_of_another_browser_stays_theirs(alpha: World, visitor: Come, next_week: date) -> None:
    page = choose(visitor(), next_week, 10)
    assert visitor("guest").client.get(page.path).status_code == 404
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().customer_id is None


def test_staff_who_sign_in_leave_it_the_guests(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor()
    page = choose(someone, next_week, 10)
    someone.sign_in(email(alpha, "owner"), PASSWORD)
    assert someone.open(page.path).path == page.path
    with tenant_context(alpha.tenant):
        assert Booking.objects.get().customer_id is None
