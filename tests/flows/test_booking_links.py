"""A booking's link is exchanged for the browser's session: what the address shows, and who comes without it (T09)."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from django.test import Client

from tests.flows.pages import Visitor
from tests.flows.test_booking_without_script import booked, link_of
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
TAILS = ["", "details/", "cancel/", "pay/", "paid/", "booking.ics"]
NEEDED = "Please open this page with the link from your confirmation, or sign in."


@pytest.mark.parametrize("tail", ["", "cancel/"])
def test_link_leads_to_the_same_page_without_its_token(alpha: World, visitor: Come, next_week: date, tail: str) -> None:
    booked(visitor(), next_week, 10)
    link = link_of(alpha)
    token = link.split("/")[3]
    page = visitor().open(f"{link}{tail}?from=letter")
    assert page.status == 200
    assert page.path == f"{link.replace(f'{token}/', '')}{tail}?from=letter"
    assert token not in page.html
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert '<meta name="robots" content="noindex">' in page.html


def test_answer_to_the_link_itself_is_not_stored_either(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    answer = Client(HTTP_HOST=alpha.host).get(link_of(alpha))
    assert (answer.status_code, "no-store" in answer.headers["Cache-Control"]) == (302, True)


@pytest.mark.parametrize("tail", TAILS)
def test_without_the_link_no_page_says_whether_there_is_a_booking(
    alpha: World, visitor: Come, next_week: date, tail: str
) -> None:
    done = booked(visitor(), next_week, 10)
    someone = visitor()
    known = someone.open(f"{done.path}{tail}")
    unknown = someone.open(f"/bookings/{UUID(int=0)}/{tail}")
    assert (known.status, unknown.status) == (404, 404)
    assert NEEDED in known.text
    assert known.link("/login/") == f"/login/?next={done.path}{tail}"
    assert known.text == unknown.text
    assert alpha.canary not in known.text.replace(alpha.tenant.name, "")


def test_signed_in_customer_needs_no_link_and_others_do(visitor: Come, next_week: date) -> None:
    guest = visitor("guest")
    path = booked(guest, next_week, 10).path
    again = visitor("guest")  # another device
    assert "Your request is in" in again.open(path).text
    stranger = visitor("stranger").open(path)
    assert (stranger.status, NEEDED in stranger.text) == (404, True)
    assert [href for href, _given in stranger.links if "/login/" in href] == []


def test_sign_in_leads_back_to_the_booking(visitor: Come, next_week: date, alpha: World) -> None:
    path = booked(visitor("guest"), next_week, 10).path
    someone = visitor()
    page = someone.open(someone.open(path).link("/login/"))
    form = page.form_with("password")
    back = someone.send(page, form, username=f"guest@{alpha.canary}.example", password=PASSWORD)
    assert back.path == path


def test_who_signs_out_has_opened_nothing(alpha: World, visitor: Come, next_week: date) -> None:
    booked(visitor(), next_week, 10)
    someone = visitor("stranger")
    page = someone.open(link_of(alpha))
    assert page.status == 200
    someone.send(page, page.form("/logout/"))
    assert someone.open(page.path).status == 404
