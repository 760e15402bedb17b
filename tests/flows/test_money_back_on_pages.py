"""What pages say comes back of a card payment is what Stripe gives back: cancelled, and shortened."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from billing.payments.models import Payment
from bookings.models import Booking
from tests.bookings.returning.scene import paid, refunds_of, work_off
from tests.flows.pages import Visitor
from tests.till import Till
from tests.worlds import World
from venues.models import Rate, Resource

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@pytest.fixture
def sold(stripe: Till, alpha: World) -> tuple[Booking, Payment]:
    """The guest's booking of 25.00, paid by card."""
    with tenant_context(alpha.tenant):
        return paid(stripe, alpha, User.objects.get(pk=alpha.users["guest"]))


def test_cancelling_gives_back_by_card_what_the_page_said(
    alpha: World, visitor: Come, sold: tuple[Booking, Payment]
) -> None:
    booking, _payment = sold
    guest = visitor("guest")
    page = guest.open(f"/bookings/{booking.pk}/cancel/")
    assert "You get €25.00 back." in page.text
    assert "€25.00 goes back the way you paid. Banks take up to ten days." in page.text
    gone = guest.send(page, page.form_with("reason"))
    assert "€25.00 goes back the way you paid." in gone.text
    with tenant_context(alpha.tenant):
        work_off()
        assert [minor for minor, *_more in refunds_of(booking)] == [2500]
        assert Booking.objects.get(pk=booking.pk).refund_due_minor == 0
    assert "€25.00" in guest.open(f"/bookings/{booking.pk}/").text


def test_a_cheaper_change_gives_back_by_card_what_the_page_said(
    alpha: World, visitor: Come, sold: tuple[Booking, Payment]
) -> None:
    booking, _payment = sold
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=booking.resource_id).update(capacity=4)
        Rate.objects.filter(resource=booking.resource_id).update(unit=Rate.Unit.PERSON, amount_minor=1000)
    guest = visitor("guest")
    page = guest.open(f"/bookings/{booking.pk}/people/?people=2")
    assert "It gets €5.00 cheaper." in page.text
    assert "€5.00 goes back the way you paid." in page.text
    done = guest.send(page, page.form_with("shown"))
    assert "€5.00 goes back the way you paid." in done.text, "before anything is on its way"
    with tenant_context(alpha.tenant):
        work_off()
        assert [minor for minor, *_more in refunds_of(booking)] == [500]
    later = guest.open(f"/bookings/{booking.pk}/").text
    assert "goes back the way you paid" not in later
    assert "€5.00 went back the way you paid." in later or "€5.00 is on its way back to you." in later


def test_a_dearer_change_leads_to_paying_the_difference_online(
    alpha: World, visitor: Come, sold: tuple[Booking, Payment]
) -> None:
    booking, _payment = sold
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=booking.resource_id).update(capacity=4)
        Rate.objects.filter(resource=booking.resource_id).update(unit=Rate.Unit.PERSON, amount_minor=2000)
        Resource.objects.filter(pk=booking.resource_id).update(pays_online=True)
        Booking.objects.filter(pk=booking.pk).update(payment_way="online")
    guest = visitor("guest")
    page = guest.open(f"/bookings/{booking.pk}/people/?people=2")
    assert "It gets €15.00 dearer." in page.text
    assert "You pay €15.00 online next." in page.text
    to_pay = guest.send(page, page.form_with("shown"))
    assert to_pay.path == f"/bookings/{booking.pk}/pay/"
    assert "€15.00" in to_pay.text
