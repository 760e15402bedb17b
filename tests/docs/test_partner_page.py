"""docs/partner.md: its table has every call of the partner dialect with its scope, its statuses are the product's."""

import re
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from bookings.projection import PARTNER_STATUSES
from rest.document import PARTNER_SETTINGS
from rest.scopes import PARTNER, needs_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/partner.md").read_text()
ROWS = [line.split("|")[1:4] for line in PAGE.splitlines() if re.match(r"\| `(GET|POST|PATCH|DELETE) ", line)]
CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) /([^`]*)`")
CODE = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")


@pytest.fixture(scope="module")
def calls() -> set[tuple[str, str]]:
    """Methods and paths of the document."""
    with patched_settings(PARTNER_SETTINGS):
        schema = SchemaGenerator().get_schema(request=None, public=True)
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{id}", path).removeprefix(f"/{PARTNER}"))
        for path, methods in schema["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }


def test_every_call_is_named_once_and_no_other(calls: set[tuple[str, str]]) -> None:
    named = [call for cell, _scope, _what in ROWS for call in CALL.findall(cell)]
    assert len(named) == len(set(named))
    assert set(named) == calls


def test_every_call_has_its_scope() -> None:
    for cell, scope, _what in ROWS:
        for method, path in CALL.findall(cell):
            needs = needs_of(PARTNER + path)
            assert needs is not None
            wanted = needs.read if method == "GET" else needs.write
            assert f"`{wanted}`" in scope, path


def test_every_status_is_explained_once() -> None:
    part = PAGE.partition("## Statuses")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `([A-Z0-9_]+)` \|", part, re.MULTILINE)) == PARTNER_STATUSES


def test_every_code_that_it_names_is_in_the_product() -> None:
    source = "\n".join(path.read_text() for app in ("bookings", "platform") for path in (ROOT / app).rglob("*.py"))
    words = set(CODE.findall(PAGE))
    assert {"hold_expired", "payment_required", "held_by_you"} <= words
    assert {word for word in words if not re.search(rf"\b{word}\b", source)} == set()
