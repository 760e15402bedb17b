"""The desk sees to a booking's money on its page: notes what was taken or handed back, and mails a link."""

from collections.abc import Callable
from datetime import date

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, OnSitePayment
from schemas.clock import database_now
from tenants.models import OutgoingMail
from tests.flows.pages import Page, Visitor
from tests.flows.test_booking_without_script import booked
from tests.till import Till
from tests.worlds import World
from venues.models import Resource

Come = Callable[..., Visitor]


@pytest.fixture
def unpaid(alpha: World, visitor: Come, next_week: date) -> Booking:
    """A guest's confirmed booking that is paid at the venue."""
    booked(visitor(), next_week, 10)
    with tenant_context(alpha.tenant):
        Booking.objects.update(state="confirmed", pending_reason="", payment_way="on_site", confirmed_at=database_now())
        return Booking.objects.get()


def open_page(someone: Visitor, booking: Booking) -> Page:
    """The booking at the desk."""
    return someone.open(f"/desk/bookings/{booking.pk}/")


def noted(world: World) -> tuple[int, list[tuple[int, str]]]:
    """What is paid, and what was noted."""
    with tenant_context(world.tenant):
        paid = Booking.objects.get().paid_minor
        return paid, list(OnSitePayment.objects.order_by("pk").values_list("amount_minor", "way"))


def amount(minor: int) -> str:
    """As people type it."""
    return f"{minor // 100}.{minor % 100:02d}"


def test_front_desk_notes_what_it_took_in_parts_and_sees_who_did(alpha: World, visitor: Come, unpaid: Booking) -> None:
    desk, price = visitor("front_desk"), unpaid.total_minor
    page = open_page(desk, unpaid)
    form = page.form("/taken/")
    part = desk.send(page, form, **{"taken-amount": "5.00", "taken-way": "card"})
    assert "€5.00 are noted as paid." in part.text
    again = desk.send(page, form, **{"taken-amount": "5.00", "taken-way": "card"})
    assert "Other money of this booking was noted meanwhile." in again.text
    assert noted(alpha) == (500, [(500, "card")])
    rest = desk.send(again, again.form("/taken/"), **{"taken-amount": amount(price - 500), "taken-way": "transfer"})
    assert "Note a payment" not in rest.text
    assert "Bank transfer" in rest.text
    assert noted(alpha) == (price, [(500, "card"), (price - 500, "transfer")])


@pytest.mark.parametrize(
    ("typed", "told"),
    [("9999", "That is more than is due."), ("0", "That is less than is due now."), ("x", "Enter a number"),
     ("1.001", "This is no amount of EUR.")],
)  # fmt: skip
def test_what_makes_no_sense_is_not_noted(alpha: World, visitor: Come, unpaid: Booking, typed: str, told: str) -> None:
    desk = visitor("front_desk")
    page = open_page(desk, unpaid)
    answer = desk.send(page, page.form("/taken/"), **{"taken-amount": typed, "taken-way": "cash"})
    assert told in answer.text
    assert noted(alpha) == (0, [])


def test_what_is_owed_to_the_customer_is_noted_as_handed_back(alpha: World, visitor: Come, unpaid: Booking) -> None:
    desk, price = visitor("front_desk"), unpaid.total_minor
    page = open_page(desk, unpaid)
    desk.send(page, page.form("/taken/"), **{"taken-amount": amount(price), "taken-way": "cash"})
    with tenant_context(alpha.tenant):
        Booking.objects.update(refund_due_minor=500, total_minor=price - 500)
    page = open_page(desk, unpaid)
    form = page.form("/handed-out/")
    done = desk.send(page, form, **{"handed-amount": "5.00", "handed-way": "cash"})
    assert "€5.00 are noted as handed back." in done.text
    assert "Note money handed back" not in done.text
    desk.send(page, form, **{"handed-amount": "5.00", "handed-way": "cash"})
    assert noted(alpha) == (price - 500, [(price, "cash"), (-500, "cash")])


def test_link_to_pay_is_mailed_by_a_button(stripe: Till, alpha: World, visitor: Come, unpaid: Booking) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=unpaid.resource_id).update(pays_online=True)
    desk = visitor("front_desk")
    page = open_page(desk, unpaid)
    assert "The link to pay goes to" in desk.send(page, page.form("/pay-link/")).text
    letter = OutgoingMail.objects.get(key__startswith=f"pay-link:{unpaid.pk}")
    assert f"/bookings/{unpaid.pk}/" in letter.text


def test_accountant_reads_and_notes_nothing(alpha: World, visitor: Come, unpaid: Booking) -> None:
    reader = visitor("accountant")
    page = open_page(reader, unpaid)
    assert [button in page.text for button in ("Note a payment", "Mail a link to pay")] == [False, False]
    form = open_page(visitor("owner"), unpaid).form("/taken/")
    form.fields["csrfmiddlewaretoken"] = page.form("/logout/").fields["csrfmiddlewaretoken"]
    refused = reader.send(page, form, **{"taken-amount": "5.00", "taken-way": "cash"})
    assert (refused.status, "You do not look after this venue." in refused.text) == (403, True)
    assert noted(alpha) == (0, [])
