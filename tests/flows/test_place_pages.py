"""The desk writes what customers read of venues and resources, and hangs up their pictures."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.models import model_to_dict
from django_tenants.utils import tenant_context
from PIL import Image

from tests.flows.pages import COURT, Page, Visitor
from tests.worlds import World
from venues.models import Resource, ShownPicture, Venue
from venues.pictures import MOST_OF_A_PLACE

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
TEXTS = {
    "description": "Three courts under one roof.",
    "notice": "Closed for repairs in the first week of May.",
    "amenities": "Showers,  Parking, showers, Parking,",
    "house_rules": "No boots.",
}


def upload(name: str = "court.png", colour: str = "red") -> SimpleUploadedFile:
    """A picture as a browser sends it."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def bring(someone: Visitor, page: Page, **typed: Any) -> Page:
    """Fill in the form for a picture."""
    form = page.form("/pictures/")
    return someone.send(page, form, **{"file": upload(), "is_decorative": "", **typed})


def hung(world: World, **place: int) -> list[str]:
    """What the pictures of a place show, in order."""
    with tenant_context(world.tenant):
        return list(ShownPicture.objects.filter(**place).order_by("position").values_list("description", flat=True))


@pytest.mark.parametrize(
    ("who", "main", "annex"),
    [
        ("owner", 200, 200),
        ("manager", 200, 404),
        ("front_desk", 403, 403),
        ("accountant", 403, 403),
        ("guest", 403, 403),
    ],
)
def test_owners_and_managers_write_the_pages_of_their_venues(
    alpha: World, visitor: Come, who: str, main: int, annex: int
) -> None:
    someone = visitor(who)
    assert someone.open("/desk/venues/").status == min(main, 403)
    assert someone.open(f"/desk/venues/{alpha.venue}/page/").status == main
    assert someone.open(f"/desk/resources/{alpha.court_1}/page/").status == main
    assert someone.open(f"/desk/venues/{alpha.annex}/page/").status == annex
    assert someone.open(f"/desk/resources/{alpha.annex_room}/page/").status == annex


def test_nobody_in_particular_is_led_to_the_sign_in(alpha: World, visitor: Come) -> None:
    assert visitor("owner").open("/desk/venues/").headers["X-Robots-Tag"] == "noindex"
    assert visitor().open(f"/desk/venues/{alpha.venue}/page/").path.startswith("/login/")


def test_the_list_names_what_one_may_write_about(alpha: World, visitor: Come) -> None:
    owner = visitor("owner").open("/desk/venues/")
    assert owner.link(f"/desk/venues/{alpha.annex}/page/")
    manager = visitor("manager").open("/desk/venues/")
    assert f"Annex {alpha.canary}" not in manager.text
    assert manager.link(f"/desk/resources/{alpha.court_1}/settings/")
    assert visitor("front_desk").open("/desk/").text.count("Venue pages") == 0


def test_what_is_written_is_what_customers_read(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/page/")
    typed = {**TEXTS, "latitude": "48.137154", "longitude": "11.576124", "directions": "Tram 16", "country": "DE"}
    done = owner.send(page, page.form("/page/"), **typed)
    assert "Customers see it from now on" in done.text
    shown = visitor().open(page.link("/venues/main/"))
    for said in ("Three courts under one roof.", "Closed for repairs", "Tram 16", "No boots.", "Parking"):
        assert said in shown.text
    with tenant_context(alpha.tenant):
        venue = Venue.objects.get(pk=alpha.venue)
    assert venue.amenities == ["Showers", "Parking", "showers"]
    assert (str(venue.latitude), str(venue.longitude)) == ("48.137154", "11.576124")


def test_a_resource_has_a_page_of_its_own(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open(f"/desk/resources/{alpha.court_1}/page/")
    manager.send(page, page.form("/page/"), **TEXTS)
    shown = visitor().open(COURT)
    for said in ("Three courts under one roof.", "Closed for repairs", "No boots.", "Parking"):
        assert said in shown.text
    assert "Closed for repairs" not in visitor().open("/venues/main/court-2/").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"latitude": "91", "longitude": "11"}, "less than or equal to 90"),
        ({"latitude": "48.1", "longitude": ""}, "Give both latitude and longitude"),
        ({"country": "Germany"}, "Select a valid choice"),
        ({"amenities": "x" * 41}, "at most 40 characters"),
        ({"amenities": ",".join(f"thing {number}" for number in range(31))}, "At most 30."),
        ({"email": "nonsense"}, "valid email"),
        ({"notice": "x" * 301}, "at most 300 characters"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(
    alpha: World, visitor: Come, typed: dict[str, str], said: str
) -> None:
    with tenant_context(alpha.tenant):
        before = model_to_dict(Venue.objects.get(pk=alpha.venue))
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/page/")
    refused = owner.send(page, page.form("/page/"), **{**TEXTS, **typed})
    assert refused.status == 400
    assert said in refused.text
    with tenant_context(alpha.tenant):
        assert model_to_dict(Venue.objects.get(pk=alpha.venue)) == before


def test_a_foreign_page_is_not_written(alpha: World, visitor: Come) -> None:
    manager = visitor("manager")
    page = manager.open(f"/desk/venues/{alpha.venue}/page/")
    form = page.form("/page/")
    form.action = f"/desk/resources/{alpha.annex_room}/page/"
    assert manager.send(page, form, **TEXTS).status == 404
    form.action = f"/desk/venues/{alpha.annex}/pictures/"
    assert manager.send(page, form, file=upload(), description="x").status == 404
    assert hung(alpha, venue=alpha.annex) == []
    with tenant_context(alpha.tenant):
        assert Resource.objects.get(pk=alpha.annex_room).notice == ""


def test_pictures_are_hung_moved_described_and_taken_down(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/venues/{alpha.venue}/page/")
    start = hung(alpha, venue=alpha.venue)
    for words, colour in (("The courts", "red"), ("The café", "blue"), ("", "green")):
        page = bring(owner, page, file=upload(colour=colour), description=words, is_decorative="" if words else "on")
        assert "The picture is on the page." in page.text
    assert hung(alpha, venue=alpha.venue) == [*start, "The courts", "The café", ""]
    shown = visitor().open("/venues/main/")
    pictures = [given for tag, given in shown.elements if tag == "img" and "/pictures/" in given["src"]]
    assert [given["alt"] for given in pictures] == [*start, "The courts", "The café", ""]
    assert all(given["width"] and given["height"] for given in pictures)
    (card,) = [given["content"] for _tag, given in shown.elements if given.get("property") == "og:image"]
    assert f'"image":"{card}"' in shown.html, "and search engines read it, too"
    sent = visitor().client.get(card.removeprefix(f"http://{alpha.host}"))
    assert (sent["Content-Type"], Image.open(io.BytesIO(sent.content)).size) == ("image/jpeg", (1200, 630))

    def press(words: str, act: str, **typed: str) -> None:
        form = next(form for form in owner_page().forms if form.fields.get("description") == words and form.buttons)
        owner.send(owner_page(), form, act, **typed)

    def owner_page() -> Page:
        return owner.open(f"/desk/venues/{alpha.venue}/page/")

    press("The café", "earlier")
    assert hung(alpha, venue=alpha.venue) == [*start, "The café", "The courts", ""]
    press("The café", "later")
    assert hung(alpha, venue=alpha.venue) == [*start, "The courts", "The café", ""]
    press("The courts", "describe", description="Two courts from above")
    press("The café", "remove")
    assert hung(alpha, venue=alpha.venue) == [*start, "Two courts from above", ""]


def test_a_picture_says_what_it_shows_or_that_it_is_decoration(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/resources/{alpha.court_1}/page/")
    refused = bring(owner, page, description=" ")
    assert refused.status == 400
    assert "Say what it shows, or that it is decoration." in refused.text
    broken = bring(owner, page, file=SimpleUploadedFile("x.png", b"<html>", "image/png"), description="x")
    assert broken.status == 400
    assert hung(alpha, resource=alpha.court_1) == []


def test_no_more_pictures_than_a_place_may_have(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/resources/{alpha.court_1}/page/")
    first = bring(owner, page, description="first")
    with tenant_context(alpha.tenant):
        picture = ShownPicture.objects.get(resource=alpha.court_1).picture
        ShownPicture.objects.bulk_create(
            ShownPicture(picture=picture, resource_id=alpha.court_1, position=number, description=str(number))
            for number in range(1, MOST_OF_A_PLACE)
        )
    full = owner.open(first.path)
    assert "no room for more" in full.text
    assert not list(full.forms_to("/pictures/"))
    refused = bring(owner, page, description="one too many")
    assert refused.status == 400
    assert len(hung(alpha, resource=alpha.court_1)) == MOST_OF_A_PLACE


def test_a_picture_of_another_place_is_unknown(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/resources/{alpha.court_1}/page/")
    page = bring(owner, page, description="mine")
    form = next(form for form in page.forms if form.fields.get("description") == "mine")
    form.action = form.action.replace(f"/resources/{alpha.court_1}/", f"/resources/{alpha.court_2}/")
    assert owner.send(page, form, "remove").status == 404
    form.action = form.action.replace(f"/resources/{alpha.court_2}/", f"/resources/{alpha.court_1}/")
    assert owner.send(page, form, act="burn").status == 400
    assert hung(alpha, resource=alpha.court_1) == ["mine"]


def test_the_desk_says_whether_customers_read_why_it_is_closed(alpha: World, visitor: Come, next_week: object) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/?venue=main&day={next_week}")
    form = page.form("/closures/")
    day = str(next_week)
    owner.send(page, form, first_day=day, last_day=day, reason="New floor", is_public="on")
    assert "New floor" in visitor().open("/venues/main/").text
