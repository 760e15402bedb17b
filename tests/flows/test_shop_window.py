"""Home, venue and resource pages: what they say, to people and to search engines."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.utils import translation
from django_tenants.utils import tenant_context

from bookings.views import crawlers
from schemas.clock import database_now
from tenants import speech
from tests.flows.pages import COURT, Page, Visitor
from tests.worlds import World
from venues.models import (
    CancellationPolicy,
    CancellationStep,
    Closure,
    ExtraOffer,
    OpeningHours,
    Pack,
    Product,
    Rate,
    Resource,
    Venue,
)

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
HOSTILE = "</script><script>alert(1)</script><!--"


class Blocks(HTMLParser):
    """The data blocks of a page, and how many scripts it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data: list[str] = []
        self.scripts: list[str] = []
        self._is_data = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script":
            self._is_data = given.get("type") == "application/ld+json"
            self.scripts.append(given.get("src") or "")

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False

    def handle_data(self, data: str) -> None:
        if self._is_data:
            self.data.append(data)


def nodes(page: Page) -> dict[str, dict[str, object]]:
    """The nodes of a page's JSON-LD by their type."""
    (block,) = Blocks(page.html).data
    found = json.loads(block)
    assert found["@context"] == "https://schema.org"
    return {node["@type"]: node for node in found["@graph"]}


def meta(page: Page, name: str) -> list[str]:
    """What the head says by a name or a property."""
    tags = [given for tag, given in page.elements if tag == "meta"]
    return [given["content"] for given in tags if name in (given.get("name"), given.get("property"))]


def canonical(page: Page) -> list[str]:
    return [given["href"] for tag, given in page.elements if tag == "link" and given.get("rel") == "canonical"]


def test_home_names_venues_with_what_there_is_and_from_what_price(alpha: World, visitor: Come) -> None:
    page = visitor().open("/")
    assert f"Main {alpha.canary}" in page.text
    assert f"Annex {alpha.canary}" in page.text
    # Two courts, a hall, two halves and kayaks are of one kind in this world.
    assert page.link("/venues/main/?kind") == "/venues/main/?kind=other#offer"
    assert "Other 6 €25.00 per hour" in page.text


@pytest.fixture
def kinds(alpha: World) -> World:
    """Alpha with kinds: two courts, a hall with halves, kayaks; the second court is dearer in the evening."""
    with tenant_context(alpha.tenant):
        Resource.objects.filter(slug__startswith="court").update(kind="court")
        Resource.objects.filter(slug__in=["hall", "half-a", "half-b"]).update(kind="hall")
        Resource.objects.filter(slug="kayaks").update(kind="equipment")
        Rate.objects.create(
            resource_id=alpha.court_2, amount_minor=3600, weekdays=[0, 1, 2, 3, 4], from_time=time(17),
            until_time=time(22), priority=1, name="Prime time",
        )  # fmt: skip
    return alpha


def test_kinds_are_counted_with_the_least_price(kinds: World, visitor: Come) -> None:
    page = visitor().open("/")
    assert "Court 2 from €25.00 per hour" in page.text
    assert "Hall 3 €25.00 per hour" in page.text
    narrowed = visitor().open("/venues/main/?kind=court")
    cards = [href for href, _given in narrowed.links if href.startswith("/venues/main/court")]
    assert cards == ["/venues/main/court-1/", "/venues/main/court-2/"]
    assert not [href for href, _given in narrowed.links if href == "/venues/main/hall/"]


def test_one_venue_goes_deep_at_once(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.filter(slug="annex").update(is_active=False)
    page = visitor().open("/")
    assert page.link(COURT) == COURT
    assert "Opening hours" in page.text
    assert not [href for href, _given in page.links if href == "/venues/main/"]


def test_a_tenant_without_venues_says_so(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Venue.objects.update(is_active=False)
    page = visitor().open("/")
    assert page.status == 200
    assert "Nothing can be booked here yet" in page.text


def test_a_venue_with_nothing_to_book_says_so(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(venue=alpha.annex).update(is_active=False)
    page = visitor().open("/venues/annex/")
    assert page.status == 200
    assert "Nothing can be booked here at the moment." in page.text
    assert "What cancelling costs" not in page.text


def test_packs_are_offered_where_some_are_sold(alpha: World, visitor: Come) -> None:
    assert "Packs and memberships" not in visitor().open("/").text
    with tenant_context(alpha.tenant):
        Pack.objects.create(name="Ten hours", minutes=600, price_minor=20000, currency="EUR")
    assert "Packs and memberships" in visitor().open("/").text


def test_the_search_box_leads_to_the_search(alpha: World, visitor: Come) -> None:
    form = visitor().open("/").form("/search/")
    today = database_now().date()
    assert form.method == "get"
    assert set(form.fields) == {"kind", "venue", "day", "from", "minutes", "people"}
    assert abs(date.fromisoformat(form.fields["day"]) - today) <= timedelta(days=1)
    here = visitor().open("/venues/main/").form("/search/")
    assert here.fields["venue"] == "main"


@pytest.fixture
def described(alpha: World) -> World:
    """Alpha with all that a venue can say."""
    with tenant_context(alpha.tenant):
        Venue.objects.filter(slug="main").update(
            notice="The lift is out of order.", house_rules="Light soles only.\n\nNo food.", country="DE",
            directions="Tram 16 to the door.", amenities=["Showers", "Parking"], latitude="48.137154",
            longitude="11.576124", phone="+49 89 555", email="hello@alpha.example",
        )  # fmt: skip
        Resource.objects.filter(pk=alpha.court_1).update(notice="New nets!", house_rules="Brush the lines.")
    return alpha


def test_a_venue_says_what_people_ask(described: World, visitor: Come) -> None:
    page = visitor().open("/venues/main/")
    for said in (
        "The lift is out of order.", "Light soles only.", "No food.", "Tram 16 to the door.", "Showers", "Parking",
        "Monday – Sunday", "7:00 AM – 11:00 PM", "You pay at the venue.", "Until 1 day before the start free of charge",
        "Later the whole price", f"Tennis {described.canary}",
    ):  # fmt: skip
        assert said in page.text
    assert page.link("tel:") == "tel:+49 89 555"
    assert (
        page.link("openstreetmap")
        == "https://www.openstreetmap.org/?mlat=48.137154&mlon=11.576124#map=17/48.137154/11.576124"
    )
    assert page.link("google") == "https://www.google.com/maps/search/?api=1&query=48.137154%2C11.576124"
    assert page.link("service:") == "/search/?kind=service:tennis&venue=main"


def test_nothing_is_fetched_from_maps_or_anybody_else(described: World, visitor: Come) -> None:
    page = visitor().open("/venues/main/")
    fetched = [
        given.get("src") or given.get("href", "")
        for tag, given in page.elements
        if tag in {"script", "img", "iframe", "source", "video"}
        or (tag == "link" and given.get("rel") not in {"canonical", "alternate"})
    ]
    assert {address for address in fetched if not address.startswith("/")} <= {""}
    maps = [given for href, given in page.links if href.startswith("https://")]
    assert [given.get("referrerpolicy") for given in maps] == ["no-referrer"] * 3


def test_without_coordinates_maps_look_for_the_address(alpha: World, visitor: Come) -> None:
    page = visitor().open("/venues/main/")
    wanted = f"Main+{alpha.canary}%2C+Street+{alpha.canary}+1%2C+80000+Town"
    assert page.link("openstreetmap") == f"https://www.openstreetmap.org/search?query={wanted}"
    assert not [href for href, _given in visitor().open("/venues/annex/").links if "openstreetmap" in href]


def test_the_reason_of_a_closure_is_told_where_it_is_public(alpha: World, visitor: Come) -> None:
    now = database_now()
    with tenant_context(alpha.tenant):
        for days, reason, is_public in ((3, "Staff day", True), (5, "Wedding of the Millers", False)):
            start = (now + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)
            Closure.objects.create(
                venue_id=alpha.venue, start=start, end=start + timedelta(hours=3), reason=reason, is_public=is_public,
                created_at=now,
            )  # fmt: skip
    page = visitor().open("/venues/main/")
    assert "Staff day" in page.text
    assert "Miller" not in page.html
    (table,) = [piece for piece in page.html.split("<table")[1:] if "Days with other opening hours" in piece]
    assert table.count("<tr") == 2


def test_the_note_of_a_day_with_other_hours_is_told(alpha: World, visitor: Come, next_week: date) -> None:
    with tenant_context(alpha.tenant):
        OpeningHours.objects.create(venue_id=alpha.venue, date=next_week, note="Founders' day")
    page = visitor().open("/venues/main/")
    assert "Founders' day closed" in page.text


def test_a_card_says_the_first_time_that_its_own_page_offers(alpha: World, visitor: Come) -> None:
    page = visitor().open("/venues/annex/room/")
    _name, start = page.form("/hold/").buttons[0]
    said = speech.clock(datetime.fromisoformat(start), ZoneInfo(alpha.tenant.time_zone))
    assert f" at {said}</time></dd>" in visitor().open("/venues/annex/").html


def test_a_resource_shows_its_rates_with_marks(kinds: World, visitor: Come) -> None:
    page = visitor().open("/venues/main/court-2/")
    assert "Usual price always €25.00 per hour" in page.text
    assert "Prime time peak Mon – Fri · 5:00 PM – 10:00 PM €36.00 per hour" in page.text
    assert "Prices by day and time" not in visitor().open(COURT).text  # one price needs no table


def test_rates_that_are_over_are_not_shown(kinds: World, visitor: Come, next_week: date) -> None:
    with tenant_context(kinds.tenant):
        over = next_week - timedelta(days=20)
        Rate.objects.create(resource_id=kinds.court_2, amount_minor=100, valid_until=over, name="Last summer")
    page = visitor().open("/venues/main/court-2/")
    assert "Last summer" not in page.text
    assert "from €25.00 per hour" in page.text


def test_a_resource_shows_extras_rules_and_terms(described: World, visitor: Come) -> None:
    with tenant_context(described.tenant):
        racket = Product.objects.create(name="Racket", slug="racket", kind=Product.Kind.EXTRA, description="Strung")
        Rate.objects.create(product=racket, unit="booking", amount_minor=500)
        ExtraOffer.objects.create(extra=racket, resource_id=described.court_1)
        policy = CancellationPolicy.objects.create(name="Half", grace_minutes=15, no_show_percent=5000)
        CancellationStep.objects.create(policy=policy, minutes_before=2880)
        CancellationStep.objects.create(policy=policy, minutes_before=120, percent=5000, fee_minor=300)
        Resource.objects.filter(pk=described.court_1).update(cancellation_policy=policy)
    page = visitor().open(COURT)
    for said in (
        "New nets!", "Brush the lines.", "Light soles only.", "Racket Strung €5.00 per booking",
        "Until 2 days before the start free of charge",
        "Until 2 h before the start 50% of the price plus €3.00", "Later the whole price",
        "Within 15 min of booking, cancelling costs nothing", "Whoever does not come pays 50% of the price.",
        "confirms each booking",
    ):  # fmt: skip
        assert said in page.text


def test_parts_wholes_and_things_alike_are_linked(kinds: World, visitor: Come) -> None:
    hall = visitor().open("/venues/main/hall/")
    assert [href for href, _given in hall.links if "half" in href] == ["/venues/main/half-a/", "/venues/main/half-b/"]
    half = visitor().open("/venues/main/half-a/")
    assert half.link("/venues/main/hall/") == "/venues/main/hall/"
    assert half.link("/venues/main/half-b/") == "/venues/main/half-b/"
    assert not [href for href, _given in half.links if href == "/venues/main/half-a/"]
    assert visitor().open(COURT).link("court-2") == "/venues/main/court-2/"


def test_each_page_has_one_address_and_says_what_it_is(described: World, visitor: Come) -> None:
    origin = f"http://{described.host}"
    for path in ("/", "/venues/main/", COURT):
        page = visitor().open(path)
        assert canonical(page) == meta(page, "og:url")
        assert [address.removeprefix(origin).split("/", 1)[-1] for address in canonical(page)] != [""] or path == "/"
        assert len(meta(page, "description")) == len(meta(page, "og:title")) == 1
        assert meta(page, "robots") == []
        assert set(page.headers["Cache-Control"].split(", ")) == {"private", "no-cache"}
        assert {"Cookie", "Accept-Language"} <= set(page.headers["Vary"].split(", "))
    for path in ("/search/", "/venues/main/day/", "/packs/"):
        assert set(visitor().open(path).headers["Cache-Control"].split(", ")) == {"private", "no-cache"}, path
    for variant in ("/venues/main/?kind=court", "/?x=1", f"{COURT}?people=2"):
        page = visitor().open(variant)
        assert meta(page, "robots") == ["noindex,follow"]
        assert canonical(page)[0].endswith(variant.partition("?")[0])


def test_programs_read_where_it_is_and_when_it_is_open(described: World, visitor: Come) -> None:
    found = nodes(visitor().open("/venues/main/"))
    place = found["LocalBusiness"]
    assert place["address"] == {
        "@type": "PostalAddress", "streetAddress": f"Street {described.canary} 1", "postalCode": "80000",
        "addressLocality": "Town", "addressCountry": "DE",
    }  # fmt: skip
    assert place["geo"] == {"@type": "GeoCoordinates", "latitude": "48.137154", "longitude": "11.576124"}
    spans = place["openingHoursSpecification"]
    assert isinstance(spans, list)
    assert [(each["opens"], each["closes"], len(each["dayOfWeek"])) for each in spans] == [("07:00", "23:00", 7)]
    assert "image" not in place
    assert [step["position"] for step in found["BreadcrumbList"]["itemListElement"]] == [1, 2]  # type: ignore[attr-defined]


def test_programs_read_the_price(kinds: World, visitor: Come) -> None:
    plain = nodes(visitor().open(COURT))["Product"]["offers"]
    assert (plain["@type"], plain["price"], plain["priceCurrency"]) == ("Offer", "25.00", "EUR")  # type: ignore[index]
    dearer = nodes(visitor().open("/venues/main/court-2/"))["Product"]["offers"]
    assert (dearer["@type"], dearer["lowPrice"]) == ("AggregateOffer", "25.00")  # type: ignore[index]
    assert "SportsActivityLocation" in nodes(visitor().open("/venues/main/"))


def test_what_owners_type_stays_text_in_data_blocks(alpha: World, visitor: Come) -> None:
    """T15: no text ends the block, and programs read it as it was typed."""
    before = [len(Blocks(visitor().open(path).html).scripts) for path in ("/", "/venues/main/", COURT)]
    with tenant_context(alpha.tenant):
        Venue.objects.update(name=HOSTILE, description=HOSTILE, city=HOSTILE, amenities=[HOSTILE])
        Resource.objects.update(name=HOSTILE, description=HOSTILE, notice=HOSTILE, house_rules=HOSTILE)
    pages = [visitor().open(path) for path in ("/", "/venues/main/", COURT)]
    assert [len(Blocks(page.html).scripts) for page in pages] == before
    assert nodes(pages[1])["LocalBusiness"]["name"] == HOSTILE
    assert nodes(pages[2])["Product"]["name"] == HOSTILE


def test_the_sitemap_lists_what_customers_may_see_and_nobody_elses(alpha: World, beta: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.half_a).update(is_active=False)
        Rate.objects.filter(resource=alpha.half_b).delete()
    with tenant_context(beta.tenant):
        Resource.objects.filter(pk=beta.court_1).update(slug="only-beta")
    page = visitor().open("/sitemap.xml")
    origin = visitor().open("/robots.txt").html.split("Sitemap: ")[1].removesuffix("/sitemap.xml\n")
    paths = [piece.split("</loc>")[0].removeprefix(origin) for piece in page.html.split("<loc>")[1:]]
    assert paths == [
        "/", "/venues/main/", "/venues/annex/",
        *(f"/venues/main/{slug}/" for slug in ("court-1", "court-2", "hall", "kayaks")), "/venues/annex/room/",
    ]  # fmt: skip
    assert beta.host not in page.html
    assert page.headers["Content-Type"] == "application/xml; charset=utf-8"


def test_a_large_sitemap_is_an_index_of_files(alpha: World, visitor: Come, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawlers, "MOST_IN_A_FILE", 4)
    index = visitor().open("/sitemap.xml")
    assert index.html.count("<sitemap>") == 3
    counts = [visitor().open(f"/sitemap.xml?page={number}").html.count("<url>") for number in (1, 2, 3)]
    assert counts == [4, 4, 2]
    assert visitor().open("/sitemap.xml?page=4").status == 404


def test_robots_leave_private_pages_alone(visitor: Come) -> None:
    lines = visitor().open("/robots.txt").html.splitlines()
    assert lines[0] == "User-agent: *"
    for path in ("/desk/", "/bookings/", "/account/", "/api/", "/search/"):
        assert f"Disallow: {path}" in lines


def test_a_long_list_comes_in_pages(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        made = Resource.objects.bulk_create(
            Resource(venue_id=alpha.venue, name=f"Room {n:03}", slug=f"room-{n}", position=n + 1) for n in range(60)
        )
        Rate.objects.bulk_create(Rate(resource=resource, amount_minor=900) for resource in made)
        Resource.objects.filter(pk=alpha.kayaks).update(position=F("position"))
    first, last = visitor().open("/venues/main/"), visitor().open("/venues/main/?page=3")
    assert "Page 1 of 3" in first.text
    assert "Room 059" in last.text
    assert "Room 059" not in first.text


def test_german_pages_speak_german_formats(kinds: World, visitor: Come) -> None:
    page = visitor(HTTP_ACCEPT_LANGUAGE="de").open("/venues/main/court-2/")
    assert "25,00\u00a0€" in page.html or "25,00 €" in page.html
    assert "17:00 – 22:00" in page.text
    with translation.override("de"):
        assert speech.percent(1250) == "12,5\u00a0%"
    home = visitor(HTTP_ACCEPT_LANGUAGE="de").open("/venues/main/").text
    assert "Uhr frei" in home, "times of day have their word"
