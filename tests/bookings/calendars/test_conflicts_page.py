"""The desk's page of conflicts, and the addresses at which Google and Microsoft call."""

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.calendars import fitting
from bookings.models import BusyTime, CalendarConflict
from bookings.records import Actor
from schemas.clock import database_now
from tests.bookings.scenes import at, confirmed, slot
from tests.busy import elsewhere

PAGE = "/desk/calendars/conflicts/"


@pytest.fixture
def owner(alpha) -> Client:
    """Alpha's owner, signed in at Alpha's host."""
    client = Client(HTTP_HOST=alpha.host)
    with tenant_context(alpha.tenant):
        client.force_login(User.objects.get(pk=alpha.users["owner"]))
    return client


def test_empty_inbox_says_so(owner):
    assert b"No conflicts" in owner.get(PAGE).content


def test_five_hundred_conflicts_are_paged_and_one_is_put_aside(alpha, owner):
    with tenant_context(alpha.tenant):
        staff = Actor.of(User.objects.get(pk=alpha.users["front_desk"]))
        booking = confirmed(alpha.court_1, slot(11), staff)
        busy = elsewhere(alpha.court_1, at(10), at(13))
        fitting.fit(alpha.court_1)
        times = BusyTime.objects.bulk_create(
            BusyTime(
                connection=busy.connection,
                key=f"k{number}",
                remote_id=f"k{number}",
                start=at(11),
                end=at(12),
                seen_at=database_now(),
            )
            for number in range(500)
        )
        CalendarConflict.objects.bulk_create(
            CalendarConflict(busy=one, booking=booking, found_at=database_now()) for one in times
        )
        first = CalendarConflict.objects.get(busy=busy)
    page = owner.get(PAGE).content.decode()
    assert "501 conflicts" in page
    assert page.count("Keep both") == 50
    assert "Page 1 of 11" in page
    assert owner.get(f"{PAGE}?page=11").content.decode().count("Keep both") == 1
    assert owner.post(f"{PAGE}{first.pk}/dismiss/").status_code == 302
    assert "500 conflicts" in owner.get(PAGE).content.decode()
    assert owner.post(f"/desk/calendars/{busy.connection_id}/sync/").status_code == 302


def test_microsoft_gets_its_text_back_as_text_and_strangers_get_nothing(alpha):
    client = Client(HTTP_HOST=alpha.host)
    answer = client.post("/calendars/notices/microsoft/?validationToken=%3Cb%3Ehello%20you")
    assert (answer.status_code, answer.content) == (200, b"<b>hello you")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    notice = {"value": [{"subscriptionId": "nobody", "clientState": "x"}]}
    path = "/calendars/notices/microsoft/"
    assert client.post(path, notice, content_type="application/json").status_code == 404
    assert client.post(path, b"no JSON", content_type="application/json").status_code == 202
    assert client.post("/calendars/notices/google/").status_code == 404
