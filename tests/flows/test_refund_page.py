"""Staff give money back on a booking's page: what can be, how much and why, once; and again where it has failed."""

from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from accounts.models import User
from billing.payments.models import Payment, Refund
from bookings import returns
from bookings.models import Booking
from schemas.clock import database_now
from tests.bookings.returning.scene import Card, mails, money, paid, refunds_of, work_off
from tests.flows.pages import Page, Visitor
from tests.till import Till
from tests.worlds import World

Come = Callable[..., Visitor]


@pytest.fixture
def sold(stripe: Till, alpha: World) -> tuple[Booking, Payment]:
    """The guest's booking of 25.00, paid by card; 2.50 of it are the platform's."""
    with tenant_context(alpha.tenant):
        return paid(stripe, alpha, User.objects.get(pk=alpha.users["guest"]))


def page_of(someone: Visitor, booking: Booking) -> Page:
    """The page."""
    return someone.open(f"/desk/bookings/{booking.pk}/refund/")


def give(someone: Visitor, page: Page, amount: str, note: str = "They waited") -> Page:
    """Fill it in and send it."""
    return someone.send(page, page.form("/refund/"), amount=amount, note=note)


def test_staff_give_back_a_part_and_see_what_became_of_it(alpha: World, visitor: Come, sold: tuple) -> None:
    booking, _payment = sold
    owner = visitor("owner")
    page = page_of(owner, booking)
    assert "Can be given back €25.00" in page.text
    assert "Platform fee that comes back to you with all of it €2.50" in page.text
    done = give(owner, page, "5.00")
    assert "It goes back." in done.text
    assert "Can be given back €20.00" in done.text
    assert "On its way back €5.00" in done.text
    assert "They waited" in done.text
    with tenant_context(alpha.tenant):
        work_off()
        assert refunds_of(booking) == [(500, 50, "by_hand", "succeeded")]
    assert "Platform fee that comes back to you with all of it €2.00" in page_of(owner, booking).text


def test_sent_twice_it_goes_back_once(alpha: World, visitor: Come, sold: tuple) -> None:
    booking, _payment = sold
    owner = visitor("owner")
    page = page_of(owner, booking)
    give(owner, page, "5.00")
    second = give(owner, page, "5.00")
    assert "This booking has been changed meanwhile." in second.text
    assert "On its way back €5.00" in second.text
    with tenant_context(alpha.tenant):
        assert refunds_of(booking) == [(500, 0, "by_hand", "wanted")]


@pytest.mark.parametrize(
    ("who", "amount", "note", "told"),
    [
        ("owner", "25.01", "", "more than was paid"),
        ("owner", "0", "", "Say how much"),
        ("owner", "-1", "", "greater than or equal to 0"),
        ("owner", "1.001", "", "This is no amount of EUR."),
        ("owner", "NaN", "", "Enter a number"),
        ("owner", "", "", "required"),
        ("front_desk", "5.00", " ", "Say why, for the record."),
    ],
)
def test_what_makes_no_sense_gives_nothing_back(
    alpha: World, visitor: Come, sold: tuple, who: str, amount: str, note: str, told: str
) -> None:
    booking, _payment = sold
    someone = visitor(who)
    page = give(someone, page_of(someone, booking), amount, note)
    assert page.status == 400
    assert told in page.text
    with tenant_context(alpha.tenant):
        assert (refunds_of(booking), money(booking)) == ([], ("paid", 2500, 0, 0))


@pytest.mark.parametrize(
    ("who", "status"), [("accountant", 403), ("manager", 404), ("guest", 403), ("front_desk", 200)]
)
def test_who_does_not_run_the_venue_gives_nothing_back(visitor: Come, sold: tuple, who: str, status: int) -> None:
    """The booking is at the annex, which the manager does not look after."""
    assert page_of(visitor(who), sold[0]).status == status


def test_money_that_came_too_late_and_whose_refund_failed_is_sent_again(
    alpha: World, stripe: Till, visitor: Come
) -> None:
    """refund.failed for money that was never the booking's: owner and customer hear of it, and staff try again."""
    with tenant_context(alpha.tenant):
        guest = User.objects.get(pk=alpha.users["guest"])
        booking, payment = paid(stripe, alpha, guest, Card(card="pm_card_refundFail", applied=False))
        returns.return_whole(payment, Refund.Reason.TOO_LATE, database_now())
        work_off()
        stripe.server.control("clock", advance=3 * 86400)
        returns.look(payment.pk)
        assert [to for _key, to in mails("refund-back:")] == [guest.email]
        assert len(mails("refund-failed:")) == 1
    owner = visitor("owner")
    page = page_of(owner, booking)
    assert "came too late, twice or wrong is still here" in page.text
    done = owner.send(page, page.form("/again/"))
    assert "It is tried again." in done.text
    assert "There is nothing to be tried again." in owner.send(page, page.form("/again/")).text
    with tenant_context(alpha.tenant):
        assert [row[2:] for row in refunds_of(booking)] == [("too_late", "failed"), ("too_late", "wanted")]
        assert work_off() == ["refund"]
        assert [row[3] for row in refunds_of(booking)] == ["failed", "succeeded"]
