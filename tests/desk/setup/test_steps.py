"""The first steps: progress is told by what there is, each step writes its rows, and a refusal keeps what was typed."""

from collections.abc import Callable, Iterator
from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from desk.setup import guessing
from tenants import hosts, provisioning
from tenants.models import Tenant
from tests.flows.pages import Page, Visitor
from tests.worlds import PASSWORD, World
from venues.models import OpeningHours, Rate, Resource, Venue, VenueAssignment

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
STEPS = ("venue", "hours", "resources", "prices", "brand", "payment", "team", "open")
WORK, WEEKEND = [0, 1, 2, 3, 4], [5, 6]


@pytest.fixture
def empty(alpha: World) -> Iterator[Tenant]:
    """A business that was made just now."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    yield provisioning.create(
        provisioning.Application(
            name="Padel Nord",
            slug="padel-nord",
            time_zone="Europe/Vienna",
            currency="EUR",
            owner_email="olga@padel.example",
            owner_name="Olga",
            owner_password=PASSWORD,
        )
    )
    hosts.forget()


@pytest.fixture
def owner(empty: Tenant, visitor: Come) -> Visitor:
    """Its owner."""
    visitor()
    someone = Visitor("padel-nord.localhost")
    assert someone.sign_in("olga@padel.example", PASSWORD).status == 200
    return someone


def save(owner: Visitor, code: str, **typed: str) -> Page:
    page = owner.open(f"/desk/setup/{code}/")
    form = page.form_with("go")
    for box in ("sat_open", "sun_open", "work_open", "is_active"):
        if box in form.fields and box not in typed:
            form.fields.pop(box)
    return owner.send(page, form, "next", **typed)


WEEK = {"work_open": "on", "work_opens": "07:30", "work_closes": "23:00", "sat_open": "on", "sat_opens": "09:00", "sat_closes": "20:00", "sun_opens": "", "sun_closes": ""}  # fmt: skip  # noqa: E501


def all_the_way(owner: Visitor) -> Page:
    save(owner, "venue", name="Padel Nord", city="Wien")
    save(owner, "hours", **WEEK)
    save(owner, "resources", template="padel", names="Court 1-3")
    save(owner, "prices", amount="30", unit="hour", peak="", evening="17:00")
    return save(owner, "open", is_active="on")


def test_owner_of_an_empty_business_is_led_to_the_steps(owner: Visitor) -> None:
    desk = owner.open("/desk/")
    assert desk.link("/desk/setup/") == "/desk/setup/"
    assert "Set it up in five minutes" in desk.text
    first = owner.open("/desk/setup/")
    assert "0 of 5 needed steps are done" in first.text
    assert [href for href, _given in first.links if href.startswith("/desk/setup/") and href.count("/") == 4] == [
        "/desk/setup/venue/",
        *(f"/desk/setup/{code}/" for code in STEPS),
        "/desk/setup/samples/",
    ]


def test_guesses_are_those_of_the_zone_and_the_name(owner: Visitor) -> None:
    form = owner.open("/desk/setup/venue/").form_with("go")
    assert (form.fields["name"], form.fields["country"], form.fields["time_zone"], form.fields["currency"]) == (
        "Padel Nord",
        "AT",
        "Europe/Vienna",
        "EUR",
    )
    save(owner, "venue", name="Padel Nord")
    page = owner.open("/desk/setup/resources/")
    chosen = [given["value"] for tag, given in page.elements if given.get("name") == "template" and "checked" in given]
    assert chosen == ["padel"]
    assert [guessing.country_of(zone) for zone in ("America/New_York", "Asia/Tokyo", "UTC")] == ["US", "JP", ""]
    assert [guessing.template_of(name) for name in ("Yoga Loft", "TC Tennis", "Squash", "Xyz")] == [
        "class",
        "tennis",
        "squash",
        "tennis",
    ]


def test_each_step_writes_its_rows(empty: Tenant, owner: Visitor) -> None:
    assert save(owner, "venue", name="Padel Nord", street="Ring 1", city="Wien").path == "/desk/setup/hours/"
    with tenant_context(empty):
        venue = Venue.objects.get()
    assert (venue.name, venue.street, venue.city, venue.country, venue.time_zone, venue.currency, venue.is_active) == (
        "Padel Nord",
        "Ring 1",
        "Wien",
        "AT",
        "Europe/Vienna",
        "EUR",
        False,
    )
    assert save(owner, "hours", **WEEK).path == "/desk/setup/resources/"
    with tenant_context(empty):
        hours = list(OpeningHours.objects.order_by("weekday").values_list("weekday", "opens", "closes"))
    assert hours == [*((day, time(7, 30), time(23)) for day in range(5)), (5, time(9), time(20))]
    assert save(owner, "resources", template="padel", names="Court 1-3").path == "/desk/setup/prices/"
    with tenant_context(empty):
        made = list(Resource.objects.order_by("position").values_list("name", "slug", "kind", "max_minutes"))
        assert Rate.objects.count() == 0
    assert made == [(f"Court {n}", f"court-{n}", "court", 120) for n in (1, 2, 3)]
    assert save(owner, "prices", amount="30", unit="hour", peak="40", evening="18:00").path == "/desk/setup/brand/"
    with tenant_context(empty):
        rows = Rate.objects.filter(resource__slug="court-2").order_by("pk")
        rates = list(rows.values_list("amount_minor", "unit", "weekdays", "from_time", "until_time", "priority"))
        assert Rate.objects.count() == 9
    assert rates == [
        (3000, "hour", [], None, None, 0),
        (4000, "hour", WORK, time(18), time(0), 1),
        (4000, "hour", WEEKEND, None, None, 1),
    ]
    assert "4 of 5 needed steps are done" in owner.open("/desk/setup/").text
    assert Visitor("padel-nord.localhost").open("/venues/padel-nord/").status == 404
    done = save(owner, "open", is_active="on")
    assert done.path == "/desk/setup/ready/"
    assert done.link("/venues/padel-nord/court-1/") == "/venues/padel-nord/court-1/"
    assert Visitor("padel-nord.localhost").open("/venues/padel-nord/").status == 200
    assert Tenant.objects.get(pk=empty.pk).set_up_at is not None


def test_price_is_changed_and_its_surcharge_taken_off(empty: Tenant, owner: Visitor) -> None:
    all_the_way(owner)
    save(owner, "prices", amount="30", unit="hour", peak="40", evening="18:00")
    form = owner.open("/desk/setup/prices/").form_with("go")
    assert (form.fields["amount"], form.fields["peak"], form.fields["evening"]) == ("30.00", "40.00", "18:00")
    save(owner, "prices", amount="30", unit="hour", peak="42", evening="17:00")
    with tenant_context(empty):
        rows = Rate.objects.filter(resource__slug="court-1").order_by("amount_minor", "from_time")
        assert list(rows.values_list("amount_minor", "from_time")) == [(3000, None), (4200, time(17)), (4200, None)]
    save(owner, "prices", amount="28", unit="hour", peak="", evening="17:00")
    with tenant_context(empty):
        assert list(Rate.objects.values_list("amount_minor", "weekdays")) == [(2800, [])] * 3


def test_what_is_finer_than_the_steps_is_left_alone(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with tenant_context(alpha.tenant):
        OpeningHours.objects.filter(venue=alpha.venue, weekday=2).update(closes=time(12))
        Rate.objects.filter(resource=alpha.court_2).update(amount_minor=1)
        before = list(Rate.objects.order_by("pk").values()), list(OpeningHours.objects.order_by("pk").values())
    for code, told in (("hours", "Your hours are finer"), ("prices", "Your prices are finer")):
        page = owner.open(f"/desk/setup/{code}/")
        assert told in page.text
        owner.send(page, page.form_with("go"), "next", amount="1", unit="hour", work_open="on")
    with tenant_context(alpha.tenant):
        after = list(Rate.objects.order_by("pk").values()), list(OpeningHours.objects.order_by("pk").values())
    assert after == before


def test_single_days_and_seasons_outlive_the_simple_week(empty: Tenant, owner: Visitor) -> None:
    save(owner, "venue", name="Nord")
    with tenant_context(empty):
        OpeningHours.objects.create(venue=Venue.objects.get(), date="2027-12-24", note="Eve")
    save(owner, "hours", **WEEK)
    with tenant_context(empty):
        assert list(OpeningHours.objects.filter(weekday=None).values_list("note", flat=True)) == ["Eve"]
        assert OpeningHours.objects.count() == 7


@pytest.mark.parametrize(
    ("code", "typed", "told"),
    [
        ("venue", {"name": "", "city": "Wien"}, "This field is required."),
        ("hours", {**WEEK, "work_closes": ""}, "Give both times"),
        ("hours", {"work_opens": "08:00", "work_closes": "20:00"}, "one day at least"),
        ("resources", {"template": "padel", "names": "Court 1-99"}, "Give one to 30 names."),
        ("prices", {"amount": "lots", "unit": "hour", "peak": "", "evening": ""}, "Enter a number."),
        ("prices", {"amount": "10", "unit": "hour", "peak": "12", "evening": ""}, "Say when the evening begins"),
    ],
)
def test_refusal_keeps_what_was_typed_and_changes_nothing(
    empty: Tenant, owner: Visitor, code: str, typed: dict[str, str], told: str
) -> None:
    if code != "venue":
        save(owner, "venue", name="Nord")
    if code == "prices":
        save(owner, "resources", template="padel", names="Court 1")
    before = counted(empty)
    page = save(owner, code, **typed)
    assert (page.status, told in page.text) == (400, True)
    kept = page.form_with("go").fields
    written = {name: value for name, value in typed.items() if value not in {"", "on"} and name != "template"}
    assert {name: kept[name] for name in written} == written
    assert counted(empty) == before


def counted(tenant: Tenant) -> list[list[Any]]:
    with tenant_context(tenant):
        return [list(model.objects.order_by("pk").values()) for model in (Venue, OpeningHours, Resource, Rate)]


def test_back_keeps_what_was_typed_and_writes_nothing(empty: Tenant, owner: Visitor) -> None:
    page = owner.open("/desk/setup/venue/")
    gone = owner.send(page, page.form_with("go"), "back", name="", city="Wels")
    assert gone.path == "/desk/setup/"
    assert counted(empty) == [[], [], [], []]
    again = owner.open("/desk/setup/venue/").form_with("go")
    assert (again.fields["name"], again.fields["city"]) == ("", "Wels")
    save(owner, "venue", name="Nord")
    assert owner.open("/desk/setup/venue/").form_with("go").fields["city"] == "Wels"
    with tenant_context(empty):
        assert Venue.objects.get().city == "Wels"


def test_steps_need_a_venue_first(owner: Visitor) -> None:
    for code in ("hours", "resources", "prices", "open"):
        assert owner.open(f"/desk/setup/{code}/").path == "/desk/setup/venue/"
    assert owner.open("/desk/setup/ready/").path == "/desk/setup/"


def test_steps_are_first_until_they_are_put_away(empty: Tenant, owner: Visitor) -> None:
    def first(page: Page) -> str:
        return next(href for href, given in page.links if given.get("class") == "desk-section")

    assert first(owner.open("/desk/")) == "/desk/setup/"
    page = owner.open("/desk/setup/")
    away = owner.send(page, page.form("/away/"), "yes")
    assert "put away" in away.text
    assert first(away) == "/desk/"
    page = owner.open("/desk/setup/")
    assert page.link("/desk/brand/") == "/desk/brand/"
    owner.send(page, page.form("/away/"), "no")
    assert Tenant.objects.get(pk=empty.pk).set_up_at is None
    assert first(owner.open("/desk/")) == "/desk/setup/"


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("manager", 200), ("front_desk", 403), ("accountant", 403)]
)
def test_who_takes_the_steps(alpha: World, visitor: Come, who: str, status: int) -> None:
    someone = visitor(who)
    codes = [code for code in STEPS if code != "payment"]
    paths = ["/desk/setup/", *(f"/desk/setup/{code}/" for code in codes), "/desk/setup/ready/"]
    assert {someone.open(path).status for path in paths} == {status}
    assert someone.open("/desk/setup/payment/").status == {"owner": 200, "manager": 404}.get(who, 403)


def test_manager_without_a_venue_is_told_who_can_help(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        VenueAssignment.objects.all().delete()
    manager = visitor("manager")
    assert "The owner can give you one." in manager.open("/desk/setup/").text
    assert manager.open("/desk/setup/venue/").path == "/desk/setup/"


def test_nobody_but_managers_puts_them_away(alpha: World, visitor: Come) -> None:
    for who in ("front_desk", "accountant"):
        someone = visitor(who)
        page = someone.open("/desk/")
        token = next(given["value"] for tag, given in page.elements if given.get("name") == "csrfmiddlewaretoken")
        sent = someone.client.post("/desk/setup/away/", {"csrfmiddlewaretoken": token, "away": "yes"})
        assert sent.status_code == 403
    assert Tenant.objects.get(pk=alpha.tenant.pk).set_up_at is None


def test_overview_costs_the_same_however_much_there_is(empty: Tenant, owner: Visitor) -> None:
    all_the_way(owner)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            owner.open("/desk/setup/")
        return len(seen)

    asked()
    before = asked()
    with tenant_context(empty):
        User.objects.create_user("m@padel.example", PASSWORD, role=Role.MANAGER)
    save(owner, "resources", template="padel", names="More 1-20")
    assert asked() == before


@pytest.mark.parametrize("path", ["", "calendar/", "closures/new/", "prices/test/", "bookings/new/"])
def test_pages_that_need_a_venue_say_so_and_lead_to_the_first_steps(owner: Visitor, path: str) -> None:
    page = owner.open(f"/desk/{path}")
    assert page.status == 200
    assert "Everything here begins with a venue" in page.text
    assert "/desk/setup/" in {href for href, _given in page.links}


def test_owner_may_add_a_customer_before_there_is_a_venue(owner: Visitor) -> None:
    assert owner.open("/desk/customers/new/").status == 200
