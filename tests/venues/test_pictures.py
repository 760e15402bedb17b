"""Pictures that owners bring: drawn anew, kept once, served by digest (T15, T48)."""

import io
import struct
import zlib
from datetime import timedelta

import pytest
from django.test import Client
from django_tenants.utils import tenant_context
from PIL import Image, PngImagePlugin

from kernel.errors import Invalid, NotFound, Refused
from schemas.clock import database_now
from tenants import brands
from tests.worlds import World
from venues import pictures
from venues.encoding import Use, draw, widths_of
from venues.models import Picture, PictureFile, Resource, ShownPicture, Venue

SCRIPT = b"<script>alert(1)</script>"
COORDINATES = "48.1372 N canarygps"


def made(kind: str, size: tuple[int, int] = (800, 600), mode: str = "RGB", **options: object) -> bytes:
    """A picture as a file: a red field with a blue corner at the top left."""
    image = Image.new(mode, size, (200, 30, 30, 255)[: len(mode)])
    image.paste((20, 40, 220, 255)[: len(mode)], (0, 0, size[0] // 4, size[1] // 4))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def announced(width: int, height: int) -> bytes:
    """A PNG that says how large it is and has next to nothing in it."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_size_is_webp_and_none_is_larger_than_what_was_brought(kind: str) -> None:
    drawn = draw(made(kind, (1300, 650)), Use.PLACE)
    assert (drawn.width, drawn.height) == (1300, 650)
    assert {name: opened(content).size for name, content in drawn.files.items()} == {
        "320.webp": (320, 160),
        "640.webp": (640, 320),
        "1280.webp": (1280, 640),
        "1300.webp": (1300, 650),
        "card.jpg": (1200, 630),
    }
    assert opened(drawn.files["card.jpg"]).format == "JPEG"
    assert {opened(content).format for name, content in drawn.files.items() if name != "card.jpg"} == {"WEBP"}


def test_picture_of_a_phone_comes_out_upright_small_and_without_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = COORDINATES
    drawn = draw(made("JPEG", (4000, 3000), exif=exif.tobytes(), comment=SCRIPT), Use.PLACE)
    assert (drawn.width, drawn.height) == (1440, 1920)
    red, _green, blue = opened(drawn.files["320.webp"]).convert("RGB").getpixel((300, 20))  # type: ignore[misc]
    assert blue > red, "the corner is at the top right now"
    for content in drawn.files.values():
        assert COORDINATES.encode() not in content
        assert SCRIPT not in content
        assert not opened(content).getexif()


def test_logo_on_a_black_ground_keeps_its_ground() -> None:
    """Nothing of it is clear, so nothing of it is cut off."""
    image = Image.new("RGB", (400, 200))
    image.paste((200, 30, 30), (100, 50, 300, 150))
    out = io.BytesIO()
    image.save(out, "PNG")
    drawn = draw(out.getvalue(), Use.LOGO)
    assert (drawn.width, drawn.height) == (400, 200)


def scanned(more: int, between: bytes = b"") -> bytes:
    """A progressive JPEG whose last scan is there so many times more."""
    whole = made("JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    scan = whole[last:-2]
    return whole[:-2] + (between + scan) * more + whole[-2:]


def test_jpeg_that_goes_over_its_pixels_again_and_again_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each scan of a few bytes costs as much as the picture has pixels: 8 MB of them took hours."""
    usual = made("JPEG", progressive=True).count(b"\xff\xda")
    assert draw(scanned(50 - usual), Use.PLACE).width == 800
    assert draw(scanned(0) + b"\xff\xda" * 100, Use.PLACE).width == 800, "what phones write behind it is no scan"
    monkeypatch.setattr("PIL.Image.Image.draft", None)  # nothing of it is read
    monkeypatch.setattr("venues.encoding._plain", None)
    for bomb in (scanned(51 - usual), scanned(51 - usual, between=b"\xff\x01"), scanned(51 - usual, b"\xff\xff")):
        with pytest.raises(Invalid) as refused:
            draw(bomb, Use.PLACE)
        assert refused.value.code == "picture_too_large"


def test_icon_of_a_long_strip_needs_no_memory_for_the_square_of_its_length() -> None:
    strip = io.BytesIO()
    Image.new("L", (128, 190_000)).save(strip, "PNG")
    drawn = draw(strip.getvalue(), Use.ICON)
    assert {opened(drawn.files[f"{side}.png"]).size for side in (32, 180, 192, 512)} == {
        (32, 32),
        (180, 180),
        (192, 192),
        (512, 512),
    }


def test_clear_logo_stays_clear_and_is_cropped_to_what_is_seen() -> None:
    image = Image.new("RGBA", (1000, 1000))
    image.paste((10, 120, 90, 255), (200, 400, 800, 600))
    out = io.BytesIO()
    image.save(out, "PNG")
    drawn = draw(out.getvalue(), Use.LOGO)
    assert (drawn.width, drawn.height) == (600, 200)
    assert sorted(drawn.files) == ["320.webp", "600.webp", "letter.png"]
    assert opened(drawn.files["letter.png"]).size == (336, 112)
    assert opened(drawn.files["600.webp"]).mode in {"RGB", "RGBA"}


def test_icon_is_there_in_every_size_that_systems_ask_for() -> None:
    drawn = draw(made("PNG", (300, 200), "RGBA"), Use.ICON)
    sizes = {name: opened(content).size for name, content in drawn.files.items() if name.endswith(".png")}
    assert sizes == {
        "32.png": (32, 32),
        "180.png": (180, 180),
        "192.png": (192, 192),
        "512.png": (512, 512),
        "maskable.png": (512, 512),
    }
    assert (drawn.width, drawn.height) == (300, 300)


def test_cover_has_a_card_for_social_networks() -> None:
    card = opened(draw(made("WEBP", (900, 900), "RGBA"), Use.COVER).files["card.jpg"])
    assert (card.format, card.size) == ("JPEG", (1200, 630))


def test_widths_end_with_the_picture_itself() -> None:
    assert [widths_of(width) for width in (100, 320, 1280, 1920)] == [
        (100,),
        (320,),
        (320, 640, 1280),
        (320, 640, 1280, 1920),
    ]


def animated_bomb() -> bytes:
    frames = [Image.new("P", (3000, 3000), n) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


REFUSED = {
    "SVG with a script": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT, "picture_svg"),
    "SVG with another beginning": (b"\xef\xbb\xbf<!-- x --><SVG onload=alert(1)>", "picture_svg"),
    "HTML called a picture": (b"<html>" + SCRIPT + b"</html>", "picture_format"),
    "a PDF": (b"%PDF-1.7\n" + SCRIPT, "picture_format"),
    "nothing": (b"", "picture_format"),
    "a ZIP": (b"PK\x03\x04" + b"\0" * 60, "picture_format"),
    "BMP, which is not on the list": (made("BMP", (300, 300)), "picture_format"),
    "TIFF, which is not on the list": (made("TIFF", (300, 300)), "picture_format"),
    "PostScript, which runs programs": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "picture_format"),
    "PNG of four thousand million pixels": (announced(65_000, 65_000), "picture_too_large"),
    "PNG of 26 megapixels": (announced(5_200, 5_000), "picture_too_large"),
    "PNG with less than it announces": (announced(4_000, 4_000), "picture_broken"),
    "JPEG that ends early": (made("JPEG", (900, 900))[:3000], "picture_broken"),
    "PNG that ends early": (made("PNG", (900, 900))[:120], "picture_broken"),
    "WebP that ends early": (made("WEBP", (900, 900))[:100], "picture_format"),
    "more than 8 MB": (made("PNG") + b"\0" * 8_000_000, "picture_too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_good_picture_is_refused(name: str) -> None:
    """T15, T48: whatever it is called."""
    upload, code = REFUSED[name]
    with pytest.raises(Invalid) as refused:
        draw(upload, Use.PLACE)
    assert refused.value.code == code


def with_text(text: str) -> PngImagePlugin.PngInfo:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", text)
    return told


CLEANED = {
    "GIF that is JavaScript, too": made("GIF").replace(b"GIF87a", b"GIF89a") + b"/*" + SCRIPT + b"*/=1;alert(1)//",
    "PNG with a page behind it": made("PNG") + b"<!doctype html>" + SCRIPT,
    "JPEG with a ZIP behind it": made("JPEG") + b"PK\x03\x04" + SCRIPT,
    "JPEG with a script as a remark": made("JPEG", comment=SCRIPT),
    "PNG with a script as a text": made("PNG", pnginfo=with_text(SCRIPT.decode())),
    "GIF with many large frames": animated_bomb() + SCRIPT,
}


@pytest.mark.parametrize("name", CLEANED)
def test_what_is_two_things_at_once_comes_out_as_a_picture_alone(name: str) -> None:
    """T15, T48."""
    for content in draw(CLEANED[name], Use.COVER).files.values():
        assert SCRIPT not in content
        assert b"PK\x03\x04" not in content
        assert getattr(opened(content), "n_frames", 1) == 1


def test_icon_that_is_too_small_and_logo_without_anything_are_refused() -> None:
    for size, use, code in (((100, 300), Use.ICON, "picture_too_small"), ((300, 300), Use.LOGO, "picture_empty")):
        out = io.BytesIO()
        Image.new("RGBA", size).save(out, "PNG")
        with pytest.raises(Invalid) as refused:
            draw(out.getvalue(), use)
        assert refused.value.code == code


def test_what_is_brought_twice_is_kept_once(in_alpha: World) -> None:
    first, again = pictures.take(made("PNG")), pictures.take(made("PNG"))
    assert first.pk == again.pk
    assert Picture.objects.count() == 1
    assert PictureFile.objects.count() == 4


def test_places_show_twelve_pictures_in_an_order(in_alpha: World) -> None:
    venue = Venue.objects.get(pk=in_alpha.venue)
    picture = pictures.take(made("PNG"))
    rows = [pictures.show(picture, venue, f" A  hall {number} ") for number in range(12)]
    with pytest.raises(Refused, match="too_many_pictures"):
        pictures.show(picture, venue, "one more")
    assert [row.description for row in pictures.shown().filter(venue=venue)] == [f"A hall {n}" for n in range(12)]
    pictures.arrange(venue, [rows[11].pk, rows[3].pk, 0])
    assert [row.pk for row in venue.pictures.all()[:3]] == [rows[11].pk, rows[3].pk, rows[0].pk]
    court = Resource.objects.get(pk=in_alpha.court_1)
    with pytest.raises(NotFound):
        pictures.take_down(court, rows[0].pk)
    pictures.take_down(venue, rows[0].pk)
    assert ShownPicture.objects.count() == 11


def test_tenant_has_five_hundred_pictures(in_alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_OF_A_TENANT", 1)
    pictures.take(made("PNG"))
    pictures.take(made("PNG"))  # the same
    with pytest.raises(Refused, match="too_many_pictures"):
        pictures.take(made("PNG", (400, 400)))
    assert Picture.objects.count() == 1


def test_what_nobody_shows_is_swept_a_day_later(in_alpha: World) -> None:
    shown, kept, young, old = (pictures.take(made("PNG", (size, 200))) for size in (200, 210, 220, 230))
    pictures.show(shown, Venue.objects.get(pk=in_alpha.venue), "")
    Picture.objects.exclude(pk=young.pk).update(taken_at=database_now() - timedelta(days=2))
    brands.change(in_alpha.tenant, {"card": kept.digest})
    assert pictures.sweep() == 1
    assert set(Picture.objects.values_list("pk", flat=True)) == {shown.pk, kept.pk, young.pk}
    assert not PictureFile.objects.filter(picture_id=old.pk)


def test_picture_is_served_for_ever_and_can_do_nothing(alpha: World, beta: World) -> None:
    """T15; I10: the neighbour has no such picture."""
    with tenant_context(alpha.tenant):
        digest = pictures.take(made("PNG")).digest
    address = f"/pictures/{digest}/320.webp"
    answer = Client(headers={"host": alpha.host}).get(address)
    assert opened(answer.content).size == (320, 240)
    told = {
        "Content-Type": "image/webp",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": 'inline; filename="320.webp"',
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    assert {name: answer[name] for name in told} == told
    assert "Set-Cookie" not in answer
    again = Client(headers={"host": alpha.host, "if-none-match": answer["ETag"]}).get(address)
    assert (again.status_code, again.content) == (304, b"")
    assert Client(headers={"host": beta.host}).get(address).status_code == 404
    for odd in (
        f"{digest}/321.webp",
        f"{digest}/x.svg",
        f"{digest}/..%2f320.webp",
        f"{'g' * 64}/320.webp",
        "1/320.webp",
    ):
        assert Client(headers={"host": alpha.host}).get(f"/pictures/{odd}").status_code == 404
