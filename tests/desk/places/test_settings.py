"""Settings of venues and resources, new ones by template, parts, order, and what cannot go."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from django_tenants.utils import tenant_context

from desk.places.rows import CountryField, DecimalTextField, LengthField
from desk.places.templates import names_of
from desk.prices.fields import WeekdaysField
from kernel.errors import Invalid
from tests.flows.pages import COURT, Visitor
from tests.isolation.contents import contents
from tests.worlds import World
from venues.models import OpeningHours, Rate, Resource, Venue

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("90", 90), ("90 min", 90), ("1 h 30 min", 90), ("1:30", 90), ("1 h 30", 90), ("2 h", 120), ("2 Std.", 120),
        ("1 day", 1440), ("2 Tage", 2880), ("1 day 2 h", 1560), ("1 week", 10080), ("0", 0), ("none", 0),
    ],
)  # fmt: skip
def test_lengths_are_read_as_one_says_them(typed: str, minutes: int) -> None:
    assert LengthField().clean(typed) == minutes


@pytest.mark.parametrize("typed", ["soon", "1 x", "h", "1.5 h", "-5", "999999 d"])
def test_what_is_no_length_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        LengthField().clean(typed)


def test_forms_speak_the_readers_language() -> None:
    country: Any = CountryField()
    days: Any = WeekdaysField()
    with translation.override("de"):
        assert dict(days.choices)[0] == "Mo."
        assert DecimalTextField().prepare_value("0.05") == "0,05"
        assert dict(country.choices)["DE"] == "Deutschland"
    with translation.override("en"):
        assert dict(days.choices)[0] == "Mon"
        assert DecimalTextField().prepare_value("0.05") == "0.05"
        assert dict(country.choices)["DE"] == "Germany"


def test_country_that_stands_there_may_stay_and_no_other_that_is_unknown() -> None:
    country = CountryField()
    country.keep("ZZ")
    assert country.clean("ZZ") == "ZZ"
    for nonsense in ("XX", "de", "Germany"):
        with pytest.raises(ValidationError):
            country.clean(nonsense)


def test_names_are_counted_out() -> None:
    assert names_of("Court 1-3, Hall,  Hall") == ["Court 1", "Court 2", "Court 3", "Hall"]
    for text in ("", " , ", "Court 1-31", "x" * 121):
        with pytest.raises(Invalid):
            names_of(text)


def test_settings_of_a_resource_are_written_in_the_apis_units(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open(f"/desk/resources/{alpha.court_1}/settings/")
    form = page.form("/settings/")
    assert (form.fields["min_minutes"], form.fields["max_minutes"], form.fields["lead_minutes"]) == (
        "1 h",
        "2 h",
        "none",
    )
    for box in ("is_shared", "is_outdoor", "pays_online", "is_active", "needs_approval", "pays_on_site"):
        form.fields.pop(box)
    done = manager.send(
        page, form, name="Centre Court", is_active="on", pays_online="on", min_minutes="45 min", max_minutes="1:30",
        grid_minutes="15 min", lead_minutes="1 day", deposit_percent="12,5", minimum="5", vat="7", capacity="6",
        buffer_after_minutes="10",
    )  # fmt: skip
    assert "Saved" in done.text
    with tenant_context(alpha.tenant):
        row = Resource.objects.get(pk=alpha.court_1)
    assert (row.name, row.min_minutes, row.max_minutes, row.grid_minutes, row.lead_minutes, row.capacity) == (
        "Centre Court", 45, 90, 15, 1440, 6,
    )  # fmt: skip
    assert (row.deposit_percent, row.minimum_minor, row.vat, row.buffer_after_minutes, row.pays_online) == (
        1250, 500, 700, 10, True,
    )  # fmt: skip
    assert (row.pays_on_site, row.needs_approval, row.slug) == (False, False, "court-1")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"max_minutes": "30 min"}, "The longest booking cannot be shorter than the shortest."),
        ({"vat": "101"}, "from 0 to 100"),
        ({"min_minutes": "soon"}, "Say how long"),
        ({"name": ""}, "This field is required."),
        ({"deposit_percent": "10", "deposit": "5"}, "as a percentage or as an amount"),
    ],
)
def test_nonsense_is_told_and_changes_nothing(alpha: World, visitor: Come, typed: dict[str, str], told: str) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/resources/{alpha.court_1}/settings/")
    before = contents(alpha)
    again = owner.send(page, page.form("/settings/"), **{"is_shared": "", "pays_on_site": "on", **typed})
    assert (again.status, told in again.text) == (400, True)
    assert contents(alpha) == before


def test_venue_is_made_with_hours_and_then_courts(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/venues/new/")
    form = page.form_with("with_hours")
    done = owner.send(page, form, name="North", vat="19", with_hours="on")
    assert "What can be booked?" in done.text
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(name="North")
        assert (venue.vat, venue.currency, venue.slug) == (1900, "EUR", "north")
        assert OpeningHours.objects.filter(venue=venue).count() == 7
    page = owner.open(f"/desk/venues/{venue.pk}/new/?template=tennis")
    form = page.form_with("names")
    form.fields.pop("pays_online")
    owner.send(page, form, names="Court 1-6", price="22.50")
    with tenant_context(alpha.tenant):
        rows = list(Resource.objects.filter(venue=venue).order_by("position"))
        assert [(row.name, row.slug, row.kind, row.position) for row in rows] == [
            (f"Court {n}", f"court-{n}", "court", n - 1) for n in range(1, 7)
        ]
        assert {rate.amount_minor for rate in Rate.objects.filter(resource__in=rows)} == {2250}
    assert visitor().open(f"/venues/north/{rows[0].slug}/").status == 200


def test_hall_comes_with_its_halves_and_their_share(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/new/?template=hall")
    owner.send(page, page.form_with("names"), names="Big", price="51")
    with tenant_context(alpha.tenant):
        whole = Resource.objects.get(name="Big")
        halves = list(whole.parts.order_by("position"))
        prices = list(
            Rate.objects.filter(resource__in=[whole, *halves]).order_by("pk").values_list("amount_minor", flat=True)
        )
    assert ([half.name for half in halves], prices) == (["Big, Half A", "Big, Half B"], [5100, 2550, 2550])


def test_part_is_like_its_whole(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/resources/{alpha.half_a}/settings/")
    owner.send(page, page.form("/parts/"), name="Quarter", capacity="20")
    with tenant_context(alpha.tenant):
        part = Resource.objects.get(name="Quarter")
        rates = list(Rate.objects.filter(resource=part).values_list("amount_minor", flat=True))
    assert (part.parent_id, part.max_minutes, part.capacity, rates) == (alpha.half_a, 480, 20, [2500])


def test_order_is_changed_by_arrows_and_by_dragging(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open("/desk/venues/")
    ids = [alpha.court_1, alpha.court_2, alpha.hall, alpha.half_a, alpha.half_b, alpha.kayaks]
    form = next(page.forms_to(f"/desk/venues/{alpha.venue}/order/"))
    manager.send(page, form, resource=str(alpha.kayaks), step="up")
    with tenant_context(alpha.tenant):
        rows = Resource.objects.filter(venue=alpha.venue).order_by("position", "name")
        before = list(rows.values_list("pk", flat=True))
    wanted = [*reversed(ids)]
    assert len(before) == 6
    path = f"/desk/venues/{alpha.venue}/order/"
    page = manager.open("/desk/venues/")
    secret = next(page.forms_to(path)).fields["csrfmiddlewaretoken"]
    answer = manager.client.post(path, {"order": wanted, "csrfmiddlewaretoken": secret}, HTTP_ACCEPT="application/json")
    assert answer.status_code == 204
    with tenant_context(alpha.tenant):
        assert list(rows.values_list("pk", flat=True)) == wanted
    answer = manager.client.post(path, {"order": [alpha.annex_room], "csrfmiddlewaretoken": secret})
    assert answer.status_code == 400


def test_what_was_booked_or_has_resources_stays(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/settings/")
    assert "cannot be deleted" in page.text
    page = owner.open(f"/desk/resources/{alpha.kayaks}/settings/")
    owner.send(page, page.form("/remove/"))
    with tenant_context(alpha.tenant):
        assert not Resource.objects.filter(pk=alpha.kayaks).exists()


def test_page_of_500_resources_costs_no_more(
    alpha: World, visitor: Come, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
        Resource.objects.bulk_create(Resource(venue=venue, name=f"R{n:03}", slug=f"r-{n}") for n in range(500))
    owner = visitor("owner")
    with django_assert_max_num_queries(16):
        page = owner.open("/desk/venues/")
    assert (page.text.count("no price yet"), "Page 1 of 6" in page.text) == (94, True)
    assert visitor().open(COURT).status == 200
