"""`/venues/`, `/resources/`, `/products/`, `/services/` and the published schema."""

import re
from typing import Any

import pytest
import yaml
from django_tenants.utils import tenant_context
from drf_spectacular.generators import SchemaGenerator

from rest.document import DocumentView
from tests.conftest import Caller
from tests.worlds import World
from venues.models import Rate, Resource, Venue


def test_venues_are_a_bare_array_in_the_owners_order(api: Caller, alpha: World) -> None:
    answer = api("guest").get("/api/v1/venues/")
    assert [(row["id"], row["slug"], row["currency"]) for row in answer.json()] == [
        (alpha.venue, "main", "EUR"),
        (alpha.annex, "annex", "EUR"),
    ]
    assert answer["X-Total-Count"] == "2"
    one = api("guest").get(f"/api/v1/venues/{alpha.venue}/").json()
    assert one == answer.json()[0]
    assert one["address"] == f"Street {alpha.canary} 1, 80000 Town"


def test_resources_carry_price_venue_and_parts(api: Caller, alpha: World) -> None:
    rows = {row["slug"]: row for row in api("guest").get("/api/v1/resources/").json()}
    assert len(rows) == 7
    court = rows["court-1"]
    assert (court["price_per_unit"], court["pricing_unit"], court["currency"]) == ("25.00", "hour", "EUR")
    assert (rows["half-a"]["part_of"], rows["kayaks"]["units"]) == (alpha.hall, 3)
    narrowed = api("guest").get("/api/v1/resources/", {"venue": alpha.annex}).json()
    assert [row["id"] for row in narrowed] == [alpha.annex_room]
    assert api("guest").get(f"/api/v1/resources/{alpha.court_1}/").json() == court


def test_what_cannot_be_booked_is_not_listed(api: Caller, alpha: World) -> None:
    with tenant_context(alpha.tenant):
        Resource.objects.filter(pk=alpha.court_1).update(is_active=False)
        Rate.objects.filter(resource=alpha.court_2).delete()
        Venue.objects.filter(pk=alpha.annex).update(is_active=False)
    listed = {row["id"] for row in api("guest").get("/api/v1/resources/").json()}
    assert listed == {alpha.hall, alpha.half_a, alpha.half_b, alpha.kayaks}
    for resource in (alpha.court_1, alpha.court_2, alpha.annex_room, 999_999, 2**70):
        assert api("guest").get(f"/api/v1/resources/{resource}/").status_code == 404


def test_products_and_services_name_their_resources(api: Caller, alpha: World) -> None:
    products = api("guest").get("/api/v1/products/").json()
    assert products == api("guest").get("/api/v1/services/").json()
    assert products[0]["resources"] == [alpha.court_1, alpha.court_2]
    assert (products[0]["kind"], products[0]["duration_minutes"]) == ("booking", 60)


def test_lists_cost_the_same_however_long_they_are(
    api: Caller, alpha: World, django_assert_num_queries: object
) -> None:
    """Search path, token, count, rows: no query a row."""
    for path, queries in (("venues", 4), ("resources", 4), ("products", 5)):
        api("guest").get(f"/api/v1/{path}/")  # the host is known from here on
        with django_assert_num_queries(queries):  # type: ignore[operator]
            api("guest").get(f"/api/v1/{path}/")


def test_schema_is_openapi_3_1_and_names_every_v1_path(api: Caller, alpha: World) -> None:
    answer = api(None).get("/api/schema/")
    schema = yaml.safe_load(answer.content)
    assert (answer.status_code, schema["openapi"]) == (200, "3.1.0")
    assert "/api/v1/bookings/{booking_id}/cancel/" in schema["paths"]
    assert all(path.startswith("/api/") for path in schema["paths"])
    assert schema["components"]["securitySchemes"]["tokenAuth"]["name"] == "Authorization"


def test_schema_is_made_once_in_each_language_and_format(
    api: Caller, alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody may ask for it, and it takes a second to make."""
    made: list[object] = []
    make = SchemaGenerator.get_schema

    def noted(*asked: Any, **how: Any) -> Any:
        made.append(how)
        return make(*asked, **how)

    monkeypatch.setattr(SchemaGenerator, "get_schema", noted)
    monkeypatch.setattr(DocumentView, "made", {})
    told = {}
    for accepted in ("application/vnd.oai.openapi", "application/vnd.oai.openapi+json"):
        paths = ("/api/schema/", "/api/schema/?version=2&x=1")
        answers = [api(None, HTTP_ACCEPT=accepted).get(path) for path in paths]
        for answer in answers:
            assert answer.headers.pop("X-Request-ID")  # each has its own
        told[accepted] = [(answer.status_code, dict(answer.headers), answer.content) for answer in answers]
    assert [first == second for first, second in told.values()] == [True, True]
    assert {first[1]["Content-Type"].partition(";")[0] for first, _second in told.values()} == told.keys()
    assert len(made) == 2


@pytest.mark.parametrize(("path", "schema"), [("", ""), ("core/", "core/"), ("partner/", "partner/")])
def test_docs_are_a_page_without_inline_script_or_style(api: Caller, alpha: World, path: str, schema: str) -> None:
    """It has the ways to the other dialects, and is itself told by its script which description to show."""
    page = api(None).get(f"/api/docs/{path}", HTTP_ACCEPT="text/html")
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<style" not in page.content
    assert page.content.count(b"<script src=") == page.content.count(b"<script") == 4
    links = re.findall(r'<a href="([^"]+)"( aria-current="page")?', page.content.decode())
    ways = ("/api/docs/", "/api/docs/core/", "/api/docs/partner/")
    here = ' aria-current="page"'
    assert links == [
        *((way, here if way == f"/api/docs/{path}" else "") for way in ways),
        (f"/api/schema/{schema}", ""),
    ]
    script = api(None).get(f"/api/docs/{path}?script=", HTTP_ACCEPT="*/*")
    assert f'url: "/api/schema/{schema}"'.encode() in script.content.replace(b"\\u002D", b"-")


def test_an_unknown_path_or_method_is_told_in_json(api: Caller, alpha: World) -> None:
    wrong_method = api("guest").delete("/api/v1/bookings/")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, "method_not_allowed")
    for path in ("/api/v1/nope/", "/api/v1/bookings/x/", "/api/nope"):
        unknown = api("guest").get(path)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
