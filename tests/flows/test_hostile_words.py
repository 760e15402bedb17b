"""Whatever a tenant writes anywhere, pages and letters show it as words: no element, no attribute more (T15).

The same pages are read with harmless words first; what is on them afterwards may have no other shape.
"""

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from django_tenants.utils import tenant_context

from tenants import brands, hosts, letterhead
from tenants.letterhead import Sheet
from tenants.looks import Brand, BrandDraft, Look
from tenants.models import Tenant
from tests.flows.pages import COURT, Page, Visitor
from tests.flows.vectors import MARK, VECTORS
from tests.worlds import World
from venues.models import CustomField, Product, Resource
from venues.views.brand_forms import LookForm

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
Shapes = set[tuple[str, frozenset[str]]]
PAGES = ("/", "/venues/main/", COURT, "/search/")
ADDRESSES = ("href", "src", "action", "formaction", "data", "poster", "srcset", "style", "http-equiv")
BAD = ("javascript:", "vbscript:", "data:", "//xq7")
HARMLESS = "Plain words.\n\nAnd\nmore of them."
ROUNDS = 4
AT_ONCE = -(-len(VECTORS) // ROUNDS)


class Data(HTMLParser):
    """What a page has for machines."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._is_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_data = tag == "script" and dict(attrs).get("type") == "application/ld+json"

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.blocks.append(data)


def shapes(page: Page) -> Shapes:
    """Every element of a page, with the names of its attributes."""
    return {(tag, frozenset(given)) for tag, given in page.elements}


def check(page: Page, usual: Shapes) -> None:
    """Nothing of the page has a shape that it did not have before, nor an address that runs."""
    assert shapes(page) - usual == set(), page.path
    for tag, given in page.elements:
        for name in ADDRESSES:
            value = "".join(given.get(name, "").split()).lower()
            assert not value.startswith(BAD), (page.path, tag, name, value)
    for block in Data(page.html).blocks:
        json.loads(block)


class Words:
    """Puts words into every field that a tenant has, by its API and its forms."""

    def __init__(self, world: World, owner: Visitor) -> None:
        self.world, self.owner = world, owner
        self.headers = {"authorization": f"Token {world.tokens['owner']}"}
        with tenant_context(world.tenant):
            self.products = list(Product.objects.order_by("pk").values_list("pk", flat=True))
        self.question = 0

    def put(self, path: str, body: dict[str, Any]) -> None:
        answer = self.owner.client.patch(f"/api/v1/admin/{path}/", body, "application/json", headers=self.headers)
        assert answer.status_code == 200, (path, answer.content)

    def ask(self) -> None:
        """A question at the court, which the rounds rename."""
        with tenant_context(self.world.tenant):
            self.question = CustomField.objects.create(resource_id=self.world.court_1, label="Why?", kind="text").pk

    def write(self, long: str, short: Iterator[str]) -> None:
        """`long` wherever there is room for it, another one of `short` in each of the small fields."""
        texts = {"description": long, "house_rules": long}
        here = {"notice": next(short), "name": next(short)[:120], "amenities": [next(short)[:40]]}
        self.put(f"venues/{self.world.venue}", {**texts, **here, "directions": long[:1900]})
        here = {"notice": next(short), "name": next(short)[:120], "amenities": [next(short)[:40]]}
        self.put(f"resources/{self.world.court_1}", {**texts, **here})
        with tenant_context(self.world.tenant):  # what the API did once, so that each takes as many as it can
            rows = list(Resource.objects.exclude(pk=self.world.court_1))
            for row in rows:
                row.name, row.notice, row.amenities = next(short)[:120], next(short), [next(short)[:40]]
            Resource.objects.bulk_update(rows, ["name", "notice", "amenities"])
        for pk in self.products:
            self.put(f"products/{pk}", {"name": next(short)[:120], "description": long})
        self.put(f"custom-fields/{self.question}", {"label": next(short)[:120]})
        page = self.owner.open("/desk/brand/")
        form = page.form_with("headline")
        form.fields.pop("has_second_color")
        given = {"headline": next(short)[:120], "intro": long[:590], "footer": long[-590:]}
        assert self.owner.send(page, form, **given).status == 200
        brands.publish(self.world.tenant, None)
        Tenant.objects.filter(pk=self.world.tenant.pk).update(name=next(short)[:120])
        hosts.forget()


def batched(words: list[str], size: int) -> Iterator[list[str]]:
    for begin in range(0, len(words), size):
        yield words[begin : begin + size]


def forever(words: list[str]) -> Iterator[str]:
    while True:
        yield from words


def test_corpus_is_large() -> None:
    """T15 asks for two hundred."""
    assert len(VECTORS) >= 200
    assert all(MARK in vector for vector in VECTORS if "base64" not in vector)


def test_words_of_tenants_are_words_on_every_page(alpha: World, visitor: Come) -> None:
    """T15."""
    owner, guest = visitor("owner"), visitor()
    words = Words(alpha, owner)
    words.ask()
    words.write(HARMLESS, forever(["Plain words."]))
    desk = ("/desk/brand/", "/desk/", "/?preview=brand")
    policies, usual = {}, {}
    for path in PAGES:
        page = guest.open(path)
        usual[path], policies[path] = shapes(page), page.headers["Content-Security-Policy"]
    for path in desk:
        usual[path] = shapes(owner.open(path))
    short = forever(VECTORS)
    for batch in batched(VECTORS, AT_ONCE):
        words.write("\n".join(batch)[:3900], short)
        for path in PAGES:
            page = guest.open(path)
            check(page, usual[path])
            assert page.headers["Content-Security-Policy"] == policies[path]
            assert MARK in page.html, "they were to be read here"
        for path in desk:
            check(owner.open(path), usual[path])
        assert MARK in guest.client.get("/manifest.webmanifest").json()["name"]
        tag = Brand.objects.get(tenant=alpha.tenant).tag
        picture = ElementTree.fromstring(guest.client.get(f"/brand/{tag}/icon.svg").content)
        assert {each.tag.rpartition("}")[2] for each in picture.iter()} == {"svg", "rect", "text"}


def letter(tenant: Tenant, words: str) -> Page:
    facts = ((words[:60], words), ("Where", words))
    sheet = Sheet(words, words, facts, (words[:60], "https://x.example/"), words, (words[:40], "https://x.example/off"))

    class Answer:
        status_code, headers, content = 200, {}, letterhead.html_of(sheet, tenant, "en").encode()  # type: ignore[var-annotated]

    return Page("letter", Answer())


def test_words_of_tenants_are_words_in_letters(alpha: World) -> None:
    """T15: names, texts, facts, buttons and the foot of letters."""
    tenant = alpha.tenant
    brands.change(tenant, {"footer": HARMLESS, "imprint_url": "https://x.example/"})
    brands.publish(tenant, None)
    usual = shapes(letter(Tenant.objects.get(pk=tenant.pk), f"{HARMLESS}\n\n**bold**\n\nhttps://x.example/\n"))
    for batch in batched(VECTORS, 12):
        words = "\n".join(batch)
        brands.change(tenant, {"footer": words[:600]})
        brands.publish(tenant, None)
        Tenant.objects.filter(pk=tenant.pk).update(name=batch[0][:120])
        page = letter(Tenant.objects.get(pk=tenant.pk), words)
        check(page, usual)
        assert MARK in page.text


def test_words_for_messages_are_words_in_their_preview(alpha: World, visitor: Come) -> None:
    """T15: what owners write in place of ours; what the template language cannot read is refused."""
    owner = visitor("owner")
    one = "/desk/messages/templates/confirmation/mail/en/"
    page = owner.open(one)
    form = page.form("confirmation/mail/en/")
    form.action = f"{one}preview/"
    usual = shapes(owner.send(page, form, subject="Plain", body=f"{HARMLESS}\n\nhttps://x.example/\n"))
    plain = [vector for vector in VECTORS if "{{" not in vector and "{%" not in vector]
    for batch in batched(plain, 20):
        shown = owner.send(page, form, subject=batch[0][:120].replace("\r\n", " "), body="\n".join(batch))
        assert shown.status == 200, shown.text
        check(shown, usual)


def test_colours_links_and_settings_take_none_of_them() -> None:
    """T15: what is a colour, a choice, a setting or an address is never any of the vectors."""
    strict = {*Look.STYLE, *Look.LINKS}
    for vector in VECTORS:
        form = LookForm(dict.fromkeys((*strict, *Look.TEXTS), vector), instance=BrandDraft())
        assert strict <= set(form.errors), (vector, strict - set(form.errors))
