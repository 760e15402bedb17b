"""Addresses of businesses as the live check and the form know them (T19): the same answers, and none is a schema."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rest.counters import Counters
from schemas.clock import database_now
from tenants.closings import GivenUpName
from tenants.models import Tenant
from tenants.slugs import skeleton
from tests.flows.pages import Visitor
from tests.website.applying import PLATFORM, applied, apply, press
from tests.worlds import World
from website import naming
from website.models import SignUp
from website.naming import Answer, Standing

pytestmark = pytest.mark.usefixtures("platform")
RESERVED = [
    "www", "admin", "api", "public", "information-schema", "static", "mail", "adm1n", "w-w-w", "pub1ic", "xn--caf-dma",
]  # fmt: skip
MALFORMED = [
    "pg_catalog", "information_schema", "pаdel", "ｐａｄｅｌ", "pade\u0131", "padel.nord", "-padel", "padel-", "pa",
    "padel nord", "padel/../x", "t_0123456789abcdef", "padel\u200bnord", "padel%2e",
]  # fmt: skip


def checked(slug: str, name: str = "", **headers: Any) -> str:
    """What the live check says."""
    answer = Client(HTTP_HOST=PLATFORM, **headers).get("/sign-up/address/", {"slug": slug, "name": name})
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.parametrize("slug", RESERVED)
def test_reserved_addresses_and_those_that_read_like_them_are_refused(slug: str) -> None:
    """T19."""
    assert checked(slug).startswith("This address is reserved.")
    page = apply(Visitor(PLATFORM), slug=slug)
    assert (page.status, "This address is reserved." in page.text) == (400, True)
    assert not SignUp.objects.exists()


@pytest.mark.parametrize("slug", MALFORMED)
def test_look_alikes_of_other_alphabets_and_whatever_is_no_host_are_refused(slug: str) -> None:
    """T19: Cyrillic, full-width, dotless i, a space of no width, and what would be a schema."""
    assert checked(slug).startswith("Use 3 to 63 small letters (a-z), digits and hyphens")
    page = apply(Visitor(PLATFORM), slug=slug)
    assert (page.status, "Use 3 to 63 small letters" in page.text) == (400, True)
    assert not SignUp.objects.exists()


def test_capitals_are_small_letters_and_the_schema_is_no_ones_text() -> None:
    """T19: case collisions; the schema's name is generated."""
    _row, path = applied(slug="Padel-NORD")
    assert press(Visitor(PLATFORM), path).status_code == 302
    assert checked("PADEL-nord").startswith("This address is taken.")
    assert re.fullmatch(r"t_[0-9a-f]{16}", Tenant.objects.get(slug="padel-nord").schema_name)


def test_what_reads_like_a_business_is_taken_and_another_one_is_offered(alpha: World) -> None:
    assert naming.answer("alpha-sports") == Answer("alpha-sports", Standing.TAKEN, "alpha-sports-venue")
    assert naming.answer("a1pha-5ports") == Answer("a1pha-5ports", Standing.TAKEN, "a1pha-5ports-venue")
    assert checked("alpha-sports").startswith("This address is taken. How about alpha-sports-venue?")
    assert checked("alpha-sport") == "This address is free."


def test_name_of_a_business_that_is_gone_rests() -> None:
    GivenUpName.objects.create(slug="gone-club", slug_skeleton=skeleton("gone-club"), gone_at=database_now())
    assert naming.standing_of("gone-club") == Standing.TAKEN
    assert apply(Visitor(PLATFORM), slug="gone-club").status == 400


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Tennisclub Grünwald e.V.", "tennisclub-gruenwald-e-v"),
        ("O'Neill's Squash & Fitness", "oneills-squash-fitness"),
        ("Łódź Sport", "lodz-sport"),
        ("Club de Pádel Málaga", "club-de-padel-malaga"),
        ("  42  ", "42-venue"),
        ("Admin", "admin-venue"),
        ("東京テニス", ""),
        ("The very long name of a sports club that goes on and on", "the-very-long-name-of-a-sports-club-that"),
    ],
)
def test_address_is_made_of_the_name(name: str, slug: str) -> None:
    said = checked("", name)
    assert said == (f"Your address will be {slug}.localhost." if slug else "")


def test_look_at_an_address_costs_three_queries_at_most(alpha: World) -> None:
    with CaptureQueriesContext(connection) as queries:
        naming.answer("alpha-sports")
    assert len(queries) <= 4


def test_too_many_looks_leave_the_page_as_it_is(settings: Any) -> None:
    """429 would have the browser leave the page, with everything that was typed on it."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "search.address": "2/60"}
    said = [checked("padel-nord") for _look in range(3)]
    Counters.forget()
    assert said[:2] == ["This address is free."] * 2
    assert said[2].startswith("We cannot look at the moment.")


def test_looks_in_german() -> None:
    answer = Client(HTTP_HOST=PLATFORM).get("/sign-up/address/", {"slug": "padel-nord", "lang": "de"})
    assert answer["Content-Language"] == "de"
