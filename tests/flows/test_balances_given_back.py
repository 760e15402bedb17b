"""A booking that was paid with prepaid hours or gift credit is given up: page and letter say what went back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import lifecycle
from bookings.letters import values
from bookings.lifecycle import Taking
from bookings.models import Booking, GiftCredit, HoursAccount
from bookings.records import Actor
from bookings.requests import Contact
from bookings.requests import Payment as Means
from schemas.clock import database_now
from tests.bookings.api.desk import under
from tests.bookings.scenes import held, let_lapse, slot
from tests.flows.pages import Visitor
from tests.worlds import World
from venues.models import Pack

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def made(alpha: World, means: Means, hour: int = 10) -> Booking:
    """The guest's hold of a court for an hour, with means to pay it."""
    customer = User.objects.get(pk=alpha.users["guest"])
    return held(alpha.court_1, slot(hour), customer=customer, payment=means)


def submitted(booking: Booking) -> Booking:
    """The same as a booking that stands."""
    done = lifecycle.submit(booking, Contact("Gina", "gina@example.org", ""), Actor.of(booking.customer))
    if done.state == "pending":
        owner = User.objects.get(role="owner")
        done = lifecycle.confirm(done, Actor.of(owner))
    return done


def hours(alpha: World) -> HoursAccount:
    """The guest's ten hours."""
    pack = Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR")
    guest = User.objects.get(pk=alpha.users["guest"])
    return HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=600, created_at=database_now())


def said(booking: Booking) -> list[tuple[str, str]]:
    """What the letter about it says of prepaid hours."""
    return [fact for fact in values.facts_of(booking, values.of_booking(booking)) if fact[0] == "Prepaid hours"]


def cancelled(guest: Visitor, booking: Booking) -> str:
    """Cancel it on its page; what the booking's page says then."""
    page = guest.open(f"/bookings/{booking.pk}/cancel/")
    return guest.send(page, page.form_with("reason")).text


def test_hours_went_back(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        account = hours(alpha)
        booking = submitted(made(alpha, Means(hours_account=account.pk)))
    text = cancelled(visitor("guest"), booking)
    assert "1 h went back to your prepaid hours." in text
    assert "did not come back" not in text
    with tenant_context(alpha.tenant):
        account.refresh_from_db()
        assert account.minutes_left == 600
        assert said(Booking.objects.get(pk=booking.pk)) == [("Prepaid hours", "1 h came back")]


def test_part_of_the_hours_is_lost(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        account = hours(alpha)
        booking = submitted(made(alpha, Means(hours_account=account.pk)))
        under(str(booking.pk), {"minutes_before": 0, "percent": 5000})
        Booking.objects.filter(pk=booking.pk).update(
            confirmed_at=Now() - timedelta(days=1), cancel_from=Now() + timedelta(hours=1)
        )
    text = cancelled(visitor("guest"), booking)
    assert "30 min went back to your prepaid hours." in text
    assert "30 min of your prepaid hours did not come back." in text
    with tenant_context(alpha.tenant):
        account.refresh_from_db()
        assert account.minutes_left == 570
        assert said(Booking.objects.get(pk=booking.pk)) == [
            ("Prepaid hours", "30 min came back\n30 min did not come back")
        ]


def test_gift_credit_went_back(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        gift = GiftCredit.objects.create(code="GIFT", currency="EUR", balance_minor=1000, created_at=database_now())
        booking = submitted(made(alpha, Means(credit="GIFT")))
        booking.refresh_from_db()
        assert booking.credit_minor == 1000
    text = cancelled(visitor("guest"), booking)
    assert "€10.00 went back to your gift credit." in text
    with tenant_context(alpha.tenant):
        gift.refresh_from_db()
        assert gift.balance_minor == 1000


def test_what_lapsed_unfinished_says_so_too(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        account = hours(alpha)
        booking = made(alpha, Means(hours_account=account.pk))
        let_lapse(booking)
        lifecycle.let_time_pass(booking.pk)
    text = visitor("guest").open(f"/bookings/{booking.pk}/").text
    assert "Nothing was booked and nothing is owed." in text
    assert "1 h went back to your prepaid hours." in text


def test_a_booking_that_stands_says_nothing_of_it(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        booking = submitted(made(alpha, Means(hours_account=hours(alpha).pk)))
    assert "went back" not in visitor("guest").open(f"/bookings/{booking.pk}/").text


def test_what_the_venue_handed_back_is_said(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        booking = submitted(made(alpha, Means()))
        staff = Actor.of(User.objects.get(role="owner"))
        lifecycle.pay_on_site(booking, Taking(2500), staff)
    guest = visitor("guest")
    assert "The venue pays €25.00 back to you." in cancelled(guest, booking)
    with tenant_context(alpha.tenant):
        lifecycle.pay_on_site(Booking.objects.get(pk=booking.pk), Taking(-2500), staff)
    assert "The venue gave €25.00 back to you." in guest.open(f"/bookings/{booking.pk}/").text
