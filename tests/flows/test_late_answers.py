"""Requests side by side: an answer that comes late, of before somebody signed in, takes nothing from them."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import Session
from accounts.sessions import LINGERS
from bookings.models import Booking
from tests.flows.pages import COURT, Visitor
from tests.flows.test_booking_without_script import choose
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def late(someone: Visitor) -> Client:
    """The same browser, as a request that it has sent by now is going to see it."""
    other = Client(HTTP_HOST=someone.client.defaults["HTTP_HOST"])
    other.cookies.load({name: cookie.value for name, cookie in someone.client.cookies.items()})
    return other


def test_answer_of_before_the_sign_in_leaves_the_cookies_of_after_it_alone(alpha: World, visitor: Come) -> None:
    someone = visitor()
    someone.client.get("/login/")
    session = someone.client.session  # as a browser has one that has held a slot
    session["holder"] = "0" * 32
    session.save()
    before = late(someone)
    assert before.cookies["sessionid"].value == session.session_key
    someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    assert someone.client.cookies["sessionid"].value != session.session_key
    for path in ("/", COURT, "/account/", "/no-such-page/", "/login/"):
        assert not before.get(path).cookies, path


def test_pages_send_the_token_of_forms_once(visitor: Come) -> None:
    someone = visitor()
    assert "csrftoken" in someone.client.get("/login/").cookies
    assert not someone.client.get("/login/").cookies
    someone.client.cookies["csrftoken"] = "not a token"
    assert someone.client.get("/login/").cookies["csrftoken"].value not in {"", "not a token"}


def test_session_that_ends_takes_its_cookie_along(alpha: World, visitor: Come) -> None:
    guest = visitor("guest")
    elsewhere = visitor("guest")
    page = guest.open("/account/")
    answer = guest.client.post("/logout/", {"csrfmiddlewaretoken": page.form("/logout/").fields["csrfmiddlewaretoken"]})
    assert answer.cookies["sessionid"]["max-age"] == 0
    token = elsewhere.open("/account/").form("/logout/").fields["csrfmiddlewaretoken"]
    other = late(elsewhere)
    elsewhere.client.post("/account/elsewhere/", {"csrfmiddlewaretoken": token})
    assert other.get("/account/").status_code == 302
    assert elsewhere.client.get("/account/").status_code == 200


def test_second_click_on_the_sign_in_has_what_was_held_before_it(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor()
    page = choose(someone, next_week, 10)
    someone.open("/login/")
    second = late(someone)
    told = {"username": f"guest@{alpha.canary}.example", "password": PASSWORD, "next": page.path}
    assert someone.sign_in(told["username"], PASSWORD).status == 200
    assert second.get("/account/").status_code == 302, "nobody is signed in by the cookie of before"
    assert second.post("/login/", told).headers["Location"] == page.path
    own = second.get(page.path, follow=True)
    assert own.status_code == 200
    with tenant_context(alpha.tenant):
        [held] = Booking.objects.filter(state="held")
        assert own.redirect_chain == [(f"/bookings/{held.pk}/details/", 302)]
        assert held.customer_id == alpha.users["guest"]


def test_session_of_before_the_sign_in_is_over_in_a_minute(alpha: World, visitor: Come, next_week: date) -> None:
    someone = visitor()
    page = choose(someone, next_week, 10)
    before = late(someone)
    someone.sign_in(f"guest@{alpha.canary}.example", PASSWORD)
    with tenant_context(alpha.tenant):
        key = before.cookies["sessionid"].value
        assert Session.objects.filter(pk=key, expire_date__lte=Now() + LINGERS).exists()
        Session.objects.filter(pk=key).update(expire_date=F("expire_date") - LINGERS)
    assert before.get(page.path).status_code == 404
