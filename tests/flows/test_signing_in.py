"""Signing in and out, one's own bookings, and what a session opens."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db.models import F
from django_tenants.utils import tenant_context

from bookings.models import Booking
from tests.flows.pages import COURT, Visitor
from tests.flows.test_booking_without_script import at, choose
from tests.worlds import PASSWORD, World

CODES = re.compile(r"BK-\d{6}-\w{4}")

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@pytest.mark.parametrize(("who", "home"), [("guest", "/bookings/"), ("front_desk", "/desk/"), ("owner", "/desk/")])
def test_everybody_lands_where_they_belong(alpha: World, visitor: Come, who: str, home: str) -> None:
    someone = visitor()
    assert someone.sign_in(f"{who}@{alpha.canary}.example".upper(), PASSWORD).path == home


def test_wrong_password_says_no_more_than_that(alpha: World, visitor: Come) -> None:
    known = visitor().sign_in(f"guest@{alpha.canary}.example", "wrong-password")
    unknown = visitor().sign_in("nobody@example.org", "wrong-password")
    message = "That address and password do not fit together. Please try again."
    assert message in known.text
    assert message in unknown.text
    assert known.form_with("password").fields["username"] == f"guest@{alpha.canary}.example"
    assert known.form_with("password").fields["password"] == ""


def test_session_of_alpha_opens_nothing_in_beta(alpha: World, beta: World, visitor: Come) -> None:
    """T10"""
    guest = visitor("guest")
    elsewhere = Visitor(beta.host)
    elsewhere.client.cookies["sessionid"] = guest.client.cookies["sessionid"].value
    assert elsewhere.open("/bookings/").path.startswith("/login/")


@pytest.mark.parametrize(
    "bad", ["https://evil.example/", "//evil.example/", "https:///evil.example", "javascript:alert(1)"]
)
def test_sign_in_leads_to_this_host_only(alpha: World, visitor: Come, bad: str) -> None:
    """T28"""
    someone = visitor()
    page = someone.open("/login/")
    form = page.form_with("password")
    email = f"guest@{alpha.canary}.example"
    assert someone.send(page, form, username=email, password=PASSWORD, next=bad).path == "/bookings/"


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (f"{COURT}wait/?people=2", "You need an account to wait"),
        ("/bookings/", "The link in your confirmation leads to your booking."),
        ("/account/packs/", "Sign in to see your packs and memberships."),
        ("/desk/money/", "This page is for the people who work here."),
    ],
)
def test_sign_in_says_why_it_is_asked_for(alpha: World, visitor: Come, wanted: str, why: str) -> None:
    someone = visitor()
    page = someone.open(wanted)
    assert page.path.startswith("/login/?next=")
    assert why in page.text
    wrong = someone.send(page, page.form_with("password"), username="guest@example.org", password="wrong-password")
    assert why in wrong.text
    usual = "For your bookings, and for the people who work here."
    assert usual in someone.open("/login/").text
    assert usual in someone.open("/login/?next=/no-such-page/").text


def test_sign_in_leads_back_to_the_page_that_asked_for_it(alpha: World, visitor: Come) -> None:
    someone = visitor()
    page = someone.open("/bookings/?when=past")
    assert page.path == "/login/?next=%2Fbookings%2F%3Fwhen%3Dpast"
    email = f"guest@{alpha.canary}.example"
    done = someone.send(page, page.form_with("password"), username=email, password=PASSWORD)
    assert done.path == "/bookings/?when=past"


def test_five_wrong_passwords_close_the_door_for_a_while(alpha: World, visitor: Come) -> None:
    someone = visitor()
    name = f"guest@{alpha.canary}.example"
    spellings = [name, name.upper(), name.title(), f" {name} ", name]
    statuses = [someone.sign_in(spelling, "wrong-password").status for spelling in spellings]
    assert statuses == [200, 200, 200, 200, 429]
    locked = someone.sign_in(name, PASSWORD)
    assert locked.status == 429
    assert "Too many wrong passwords" in locked.text


def test_signing_out_ends_the_session(visitor: Come) -> None:
    guest = visitor("guest")
    page = guest.open("/bookings/")
    guest.send(page, page.form("/logout/"))
    assert guest.open("/bookings/").path.startswith("/login/")


def test_signing_out_takes_a_post(visitor: Come) -> None:
    guest = visitor("guest")
    assert guest.open("/logout/").status == 405
    assert guest.open("/bookings/").path == "/bookings/"


def test_signed_in_customer_is_known_and_owns_the_booking(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor("guest")
    page = choose(guest, next_week, 10)
    form = page.form("/details/")
    assert (form.fields["name"], form.fields["email"]) == (f"guest {alpha.canary}", f"guest@{alpha.canary}.example")
    guest.send(page, form)
    with tenant_context(alpha.tenant):
        booking = Booking.objects.get()
    assert (booking.customer_id, booking.state) == (alpha.users["guest"], "pending")
    mine = guest.open("/bookings/")
    assert booking.reference_code in mine.text
    assert booking.reference_code not in guest.open("/bookings/?when=past").text
    assert booking.reference_code not in visitor("stranger").open("/bookings/").text
    with tenant_context(alpha.tenant):
        Booking.objects.update(start=F("start") - timedelta(days=30), end=F("end") - timedelta(days=30))
    assert booking.reference_code in guest.open("/bookings/?when=past").text
    assert booking.reference_code not in guest.open("/bookings/").text


def test_hold_made_before_signing_in_is_still_ones_own(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor()
    first = choose(guest, next_week, 10)
    guest.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    page = guest.open("/venues/main/court-2/")
    form = page.form_with("start")
    form.action = f"{COURT}hold/"
    again = guest.send(page, form, start=at(next_week, 10), minutes="60")
    with tenant_context(alpha.tenant):
        [own] = Booking.objects.filter(state="held")  # made anew in the customer's name, in place of the guest's
    assert own.customer_id == alpha.users["guest"]
    assert again.path == f"/bookings/{own.pk}/details/" != first.path


def test_own_bookings_come_in_pages(alpha: World, visitor: Come, next_week: date) -> None:
    guest = visitor("guest")
    page = choose(guest, next_week, 10)
    guest.send(page, page.form("/details/"))
    with tenant_context(alpha.tenant):
        one = Booking.objects.get()
        Booking.objects.bulk_create(
            Booking(
                reference_code=f"BK-990101-{number:04}",
                state="cancelled",
                **{
                    field.attname: getattr(one, field.attname)
                    for field in Booking._meta.concrete_fields
                    if field.attname not in {"id", "reference_code", "state", "pending_reason"}
                },
            )
            for number in range(25)
        )
    first, second = guest.open("/bookings/"), guest.open("/bookings/?page=2")
    assert len({*CODES.findall(first.text)} & {*CODES.findall(second.text)}) == 0
    assert (len({*CODES.findall(first.text)}), len({*CODES.findall(second.text)})) == (20, 6)
    assert "Page 1 of 2" in first.text
