"""Owners draft a look, see it, publish it and take it back; visitors see what is published."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_tenants.utils import tenant_context
from PIL import Image

from tenants import brands, hosts
from tenants.looks import Brand, BrandDraft, BrandEdition
from tests.flows.pages import Page, Visitor
from tests.worlds import World
from venues.models import Picture, ShownPicture

Come = Callable[..., Visitor]
BRAND = "/desk/brand/"
pytestmark = pytest.mark.django_db


def drawn(size: tuple[int, int] = (600, 400), color: str = "#be185d") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "PNG")
    return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")


def filled_in(visitor: Visitor, **typed: Any) -> Page:
    page = visitor.open(BRAND)
    form = page.form_with("headline")
    if "has_second_color" not in typed:
        form.fields.pop("has_second_color")
    return visitor.send(page, form, **typed)


def pressed(visitor: Visitor, action: str) -> Page:
    page = visitor.open(BRAND)
    return visitor.send(page, page.form(action))


def brought(visitor: Visitor, part: str, file: SimpleUploadedFile) -> Page:
    page = visitor.open(BRAND)
    return visitor.send(page, page.form(f"/{part}/bring/"), file=file)


def test_draft_is_seen_by_staff_until_it_is_published(alpha: World, visitor: Come) -> None:
    owner, guest = visitor("owner"), visitor()
    page = filled_in(owner, color="#be185d", headline="Play tonight", footer="Alpha Ltd.", mode="dark", corners="none")
    assert "Saved as a draft." in page.text
    assert "#0f766e → #be185d" in page.text
    assert "Play tonight" not in guest.open("/?preview=brand").html
    home = guest.open("/")
    assert "Alpha Ltd." not in home.text
    seen = owner.open("/?preview=brand")
    assert "Alpha Ltd." in seen.text
    assert '<html lang="en" data-theme="forecourt-dark">' in seen.html
    assert seen.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in seen.headers["Content-Security-Policy"]
    assert seen.headers["Cache-Control"] == "no-store"
    sheet = next(given["href"] for _tag, given in seen.elements if given.get("href", "").endswith("style.css"))
    assert "--radius-box:0" in owner.open(sheet).html
    assert owner.open(sheet).headers["Cache-Control"] == "no-store"
    assert "Published." in pressed(owner, "/publish/").text
    now = guest.open("/")
    assert "Alpha Ltd." in now.text
    assert sheet in now.html
    assert now.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in now.headers["Content-Security-Policy"]
    assert BrandDraft.objects.count() == 0
    last = brands.editions(alpha.tenant)[0]
    assert (last.headline, last.published_by) == ("Play tonight", alpha.users["owner"])
    assert f"Olga Owner {alpha.canary}" in owner.open(BRAND).text


def test_last_publishing_is_taken_back_and_is_a_draft_again(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    filled_in(owner, color="#be185d")
    pressed(owner, "/publish/")
    assert "Visitors see again what was published before." in pressed(owner, "/undo/").text
    assert Brand.objects.get(tenant=alpha.tenant).color == "#0f766e"
    assert BrandDraft.objects.get(tenant=alpha.tenant).color == "#be185d"
    page = owner.open(BRAND)
    assert "taken back" in page.text
    assert list(page.forms_to("/undo/")) == []
    before = list(BrandEdition.objects.order_by("pk").values())
    owner.client.post("/desk/brand/undo/")
    assert list(BrandEdition.objects.order_by("pk").values()) == before
    assert "The draft is gone." in pressed(owner, "/discard/").text
    assert BrandDraft.objects.count() == 0


def test_saving_what_is_there_is_no_draft(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    filled_in(owner, footer="Alpha Ltd.\r\nStreet 1")
    pressed(owner, "/publish/")
    assert Brand.objects.get(tenant=alpha.tenant).footer == "Alpha Ltd.\nStreet 1"
    assert "Everything is published" in filled_in(owner, footer="Alpha Ltd.\r\nStreet 1").text
    assert BrandDraft.objects.count() == 0


def test_publishing_without_a_draft_changes_nothing(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(BRAND)
    assert "Everything is published" in page.text
    form = page.form(BRAND)
    form.action = "/desk/brand/publish/"
    assert "Nothing was changed since the last publishing." in owner.send(page, form).text
    assert BrandEdition.objects.filter(tenant=alpha.tenant).count() == 1


def test_logo_icon_and_cover_are_brought_shown_and_removed(alpha: World, visitor: Come) -> None:
    owner, guest = visitor("owner"), visitor()
    for part in ("logo", "icon", "cover"):
        assert "The picture is in your draft." in brought(owner, part, drawn()).text
    with tenant_context(alpha.tenant):
        assert Picture.objects.count() == 3
    told = owner.open(BRAND).text
    assert "Cover new picture" in told
    assert "Cover width" not in told, "what is measured is nobody's choice"
    pressed(owner, "/publish/")
    hosts.forget()
    home = guest.open("/")
    look = Brand.objects.get(tenant=alpha.tenant)
    sources = {given.get("src", given.get("href", "")) for _tag, given in home.elements}
    assert f"/pictures/{look.logo}/320.webp" in sources
    assert f"/pictures/{look.icon}/32.png" in sources
    assert f"/pictures/{look.icon}/180.png" in sources
    cards = [given["content"] for _tag, given in home.elements if given.get("property") == "og:image"]
    assert cards == [f"http://{alpha.host}/pictures/{look.cover}/card.jpg"]
    with tenant_context(alpha.tenant):
        other = Picture.objects.get(digest=look.icon)
        ShownPicture.objects.create(venue_id=alpha.venue, picture=other, description="The hall", position=0)
    assert f'<meta property="og:image" content="{cards[0]}">' in guest.open("/").html, "the owner's own choice first"
    assert f"/pictures/{look.icon}/card.jpg" in guest.open("/venues/main/").html
    for address in (cards[0].removeprefix(f"http://{alpha.host}"), f"/pictures/{look.icon}/180.png"):
        assert guest.client.get(address).status_code == 200
    manifest = guest.client.get("/manifest.webmanifest").json()
    assert [icon["src"] for icon in manifest["icons"]] == [
        f"/pictures/{look.icon}/{name}.png" for name in ("192", "512", "maskable")
    ]
    assert (manifest["display"], manifest["start_url"], manifest["lang"]) == ("standalone", "/", "en")
    page = owner.open(BRAND)
    assert "gone from your draft" in owner.send(page, page.form("/logo/remove/")).text
    assert BrandDraft.objects.get(tenant=alpha.tenant).logo == ""
    assert Brand.objects.get(tenant=alpha.tenant).logo == look.logo


def test_page_that_is_not_there_is_still_in_the_owners_house(alpha: World, visitor: Come) -> None:
    guest = visitor()
    tag = Brand.objects.get(tenant=alpha.tenant).tag
    missing = guest.client.get("/no-such-page/")
    assert missing.status_code == 404
    assert f'href="/brand/{tag}/style.css"' in missing.content.decode()
    assert alpha.tenant.name in missing.content.decode()
    assert 'href="/favicon.ico"' in missing.content.decode(), "the owner's icon, not ours"
    elsewhere = guest.client.get("/no-such-page/", headers={"Host": "localhost"})
    assert (elsewhere.status_code, b"/brand/" in elsewhere.content) == (404, False)


def test_what_an_owner_may_set_is_told_in_their_language(alpha: World, visitor: Come) -> None:
    page = visitor("owner", HTTP_ACCEPT_LANGUAGE="de-DE").open(BRAND)
    assert "Eine je Zeile, zum Beispiel --page: #faf7f2. Namen: --page, " in page.text


def test_without_an_icon_the_first_letter_is_drawn(alpha: World, visitor: Come) -> None:
    guest = visitor()
    tag = Brand.objects.get(tenant=alpha.tenant).tag
    for name, size in (("32.png", 32), ("180.png", 180), ("512.png", 512), ("maskable.png", 512)):
        answer = guest.client.get(f"/brand/{tag}/{name}")
        assert Image.open(io.BytesIO(answer.content)).size == (size, size)
    for path, name in (("/favicon.ico", "32.png"), ("/apple-touch-icon.png", "180.png")):
        assert guest.client.get(path).headers["Location"] == f"/brand/{tag}/{name}"
    svg = guest.client.get(f"/brand/{tag}/icon.svg")
    assert b">A</text>" in svg.content
    assert svg["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for odd in ("64.png", "x.svg", "style.css.map"):
        assert guest.client.get(f"/brand/{tag}/{odd}").status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg onload=alert(1)>", "SVG files can carry programs."),
        (b"<html>", "This is no picture that we know."),
        (b"\x89PNG" + b"0" * 8_000_000, "This picture is too large."),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(alpha: World, visitor: Come, content: bytes, said: str) -> None:
    owner = visitor("owner")
    page = brought(owner, "logo", SimpleUploadedFile("logo.png", content, "image/png"))
    assert (page.status, said in page.text) == (400, True)
    assert BrandDraft.objects.count() == 0


def test_more_than_sixteen_megabytes_are_not_even_read(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = brought(owner, "logo", SimpleUploadedFile("logo.png", b"0" * 16_100_000, "image/png"))
    assert page.status == 400
    assert BrandDraft.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"color": "red"}, "Use a colour such as #0f766e."),
        ({"imprint_url": "javascript:alert(1)"}, "https://"),
        ({"imprint_url": "http://alpha.example/"}, "https://"),
        ({"font": "Comic Sans"}, "Select a valid choice."),
        ({"variables": "--page: url(//x)"}, "Line 1: write a colour such as #0f766e."),
        ({"variables": "--border: 2px\n--evil: 1px"}, "Line 2: write one of these names"),
        ({"headline": "x" * 121}, "120"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(
    alpha: World, visitor: Come, typed: dict[str, str], said: str
) -> None:
    page = filled_in(visitor("owner"), **typed)
    assert (page.status, said in page.text) == (400, True), page.text
    assert BrandDraft.objects.count() == 0


def test_owner_is_told_which_colours_are_corrected(alpha: World, visitor: Come) -> None:
    page = filled_in(visitor("owner"), color="#ffff00", has_second_color="on", second_color="#000000")
    assert "Your colour #ffff00 cannot be read on light pages;" in page.text
    assert "Your second colour #000000 cannot be read on dark pages;" in page.text
    assert "Your colour #ffff00 cannot be read on dark pages;" not in page.text


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 200), ("front_desk", 403), ("accountant", 403), ("guest", 403)]
)
def test_owner_and_managers_alone_work_on_the_look(alpha: World, visitor: Come, who: str, status: int) -> None:
    someone = visitor(who)
    assert someone.open(BRAND).status == status
    assert someone.open("/desk/brand/preview/").status == status
    if status == 403:
        brands.change(alpha.tenant, {"footer": "Not yet for all."})
        assert "Not yet for all." not in someone.open("/?preview=brand").text
        someone.client.handler.enforce_csrf_checks = False
        for act in ("publish", "discard", "undo", "logo/bring", "logo/remove"):
            assert someone.client.post(f"/desk/brand/{act}/").status_code == 403
        assert BrandDraft.objects.get(tenant=alpha.tenant).footer == "Not yet for all."


def test_preview_shows_real_pages_on_a_phone_and_on_a_desktop(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    filled_in(owner, footer="Only drafted.")
    for page, address in (
        ("home", "/"),
        ("venue", "/venues/main/"),
        ("resource", "/venues/main/"),
        ("own", "/bookings/"),
    ):
        shown = owner.open(f"/desk/brand/preview/?page={page}&width=desktop")
        framed = next(given["src"] for tag, given in shown.elements if tag == "iframe")
        assert framed.startswith(address)
        assert "Only drafted." in owner.open(framed).text


def test_visitors_choose_light_or_dark_where_the_owner_leaves_it_open(alpha: World, visitor: Come) -> None:
    guest = visitor()
    home = guest.open("/")
    dark = guest.send(home, home.form("/appearance/"), "dark")
    assert 'data-theme="forecourt-dark"' in dark.html
    assert '<meta name="color-scheme" content="dark">' in dark.html
    again = guest.send(dark, dark.form("/appearance/"), "")
    assert "data-theme" not in again.html
    assert '<meta name="color-scheme" content="light dark">' in again.html
    sent = {"next": "//evil.example/", "appearance": "dark"}
    assert guest.client.post("/appearance/", sent, headers={"Origin": "https://evil.example"}).status_code == 403
    assert guest.client.post("/appearance/", sent).headers["Location"] == "/"
    guest.send(held := guest.open("/"), held.form("/appearance/"), "")
    brands.change(alpha.tenant, {"mode": "light"})
    brands.publish(alpha.tenant, None)
    held = guest.open("/")
    assert '<html lang="en" data-theme="forecourt">' in held.html
    assert list(held.forms_to("/appearance/")) == []
