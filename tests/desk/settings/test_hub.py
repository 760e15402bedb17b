"""The overview of settings: each card says how things stand, and leads where it may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bookings.models import Booking, Connection, WebhookEndpoint
from schemas.clock import database_now
from tenants import limits
from tenants.mail import house_language
from tenants.models import Tenant
from tests.flows.pages import Visitor
from tests.isolation.scene import furnish_bookings
from tests.worlds import World
from venues.models import Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
HUB = "/desk/settings/"
OWNERS = {
    *(
        "/desk/brand/",
        "/desk/settings/business/",
        "/desk/money/business/",
        "/desk/settings/languages/",
        "/desk/domains/",
    ),
    *("/desk/messages/rules/", "/desk/messages/templates/", "/desk/website/", "/desk/calendars/", "/desk/webhooks/"),
    *("/desk/api/", "/desk/money/", "/desk/money/plan/", "/desk/imports/", "/desk/exports/"),
    "/desk/settings/everything/",
    "/desk/settings/retention/",
    "/desk/settings/agreement/",
    "/desk/settings/processing/",
    "/desk/settings/close/",
}


def cards(page: Any) -> set[str]:
    """Where the cards lead."""
    return {given["href"] for tag, given in page.elements if tag == "a" and "after:inset-0" in given.get("class", "")}


def connect(world: World, name: str, **fields: Any) -> Connection:
    with tenant_context(world.tenant):
        now = database_now()
        given = {"provider": "ics", "pulls": True, "created_at": now, "synced_at": now, **fields}
        return Connection.objects.create(name=name, venue=Venue.objects.get(slug="main"), **given)


def test_the_owner_finds_every_setting_and_others_what_is_theirs(visitor: Come) -> None:
    owners = cards(visitor("owner").open(HUB))
    assert owners == OWNERS
    managers = cards(visitor("manager").open(HUB))
    assert managers < owners
    assert not managers & {"/desk/settings/business/", "/desk/api/", "/desk/settings/languages/"}
    assert cards(visitor("accountant").open(HUB)) == {"/desk/money/", "/desk/money/plan/", "/desk/exports/"}
    assert visitor("front_desk").open(HUB).status == 403
    assert visitor("guest").open(HUB).status == 403


def test_every_card_leads_somewhere(visitor: Come) -> None:
    for who in ("owner", "manager", "accountant"):
        someone = visitor(who)
        for path in cards(someone.open(HUB)):
            assert someone.open(path).status == 200, (who, path)


@pytest.mark.parametrize(
    ("minutes", "said"), [(4, "Hall diary: last in step 4\xa0minutes ago"), (0, "Hall diary: last in step 0")]
)
def test_calendar_says_how_fresh_it_is(alpha: World, visitor: Come, minutes: int, said: str) -> None:
    connect(alpha, "Hall diary", synced_at=database_now() - timedelta(minutes=minutes))
    assert said in visitor("owner").open(HUB).html


def test_calendar_that_fails_is_named(alpha: World, visitor: Come) -> None:
    connect(alpha, "Hall diary")
    connect(alpha, "Old diary", state=Connection.State.DEAD)
    assert "Old diary does not work any more" in visitor("owner").open(HUB).text


def test_webhooks_are_counted_by_what_is_the_matter(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        for state in ("active", "active", "paused"):
            WebhookEndpoint.objects.create(
                url="https://hooks.example/", sealed="-", state=state, created_at=database_now()
            )
    assert "2 of 3 webhooks deliver, 1 is paused" in visitor("owner").open(HUB).text
    assert "No other system is told of bookings" in visitor("manager").open(HUB).text


def test_plan_says_how_much_of_it_is_used(alpha: World, visitor: Come) -> None:
    Tenant.objects.filter(pk=alpha.tenant.pk).update(most_bookings=100)
    furnish_bookings(alpha)
    with tenant_context(alpha.tenant):
        used = limits.used(limits.Thing.BOOKINGS)
    assert f"{used} of 100 bookings this month" in visitor("accountant").open(HUB).text


def test_the_page_asks_as_much_whatever_there_is(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    owner.open(HUB)
    with CaptureQueriesContext(connection) as before:
        owner.open(HUB)
    for number in range(7):
        connect(alpha, f"Diary {number}")
        with tenant_context(alpha.tenant):
            WebhookEndpoint.objects.create(url="https://hooks.example/", sealed="-", created_at=database_now())
    with CaptureQueriesContext(connection) as after:
        owner.open(HUB)
    assert len(after) == len(before)


def test_the_business_is_named_anew(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/settings/business/")
    saved = owner.send(
        page, page.form_with("time_zone"), name=" Alpha Courts ", time_zone="Europe/Vienna", currency="CHF"
    )
    assert "Saved." in saved.text
    found = Tenant.objects.get(pk=alpha.tenant.pk)
    assert (found.name, found.time_zone, found.currency) == ("Alpha Courts", "Europe/Vienna", "CHF")
    with tenant_context(alpha.tenant):
        assert set(Venue.objects.values_list("time_zone", "currency")) == {("Europe/Berlin", "EUR")}


def test_with_bookings_the_currency_stays(alpha: World, visitor: Come) -> None:
    furnish_bookings(alpha)
    with tenant_context(alpha.tenant):
        assert Booking.objects.exists()
    owner = visitor("owner")
    page = owner.open("/desk/settings/business/")
    refused = owner.send(page, page.form_with("time_zone"), name="Other", currency="CHF")
    assert refused.status == 400
    found = Tenant.objects.get(pk=alpha.tenant.pk)
    assert (found.name, found.currency) == (alpha.tenant.name, "EUR")


@pytest.mark.parametrize("typed", [{"name": ""}, {"name": "x" * 121}, {"time_zone": "Mars/Base"}])
def test_what_cannot_be_is_refused_and_nothing_is_lost(alpha: World, visitor: Come, typed: dict[str, str]) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/settings/business/")
    refused = owner.send(page, page.form_with("time_zone"), **{"name": "Other", **typed})
    assert refused.status == 400
    assert Tenant.objects.get(pk=alpha.tenant.pk).name == alpha.tenant.name


def test_the_house_writes_in_another_language(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/settings/languages/")
    asking = [form for form in page.forms if set(form.fields) == {"csrfmiddlewaretoken", "before", "language"}]
    assert "Saved." in owner.send(page, asking[0], language="de").text
    with tenant_context(alpha.tenant):
        assert house_language() == "de"
