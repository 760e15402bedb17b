"""docs/api.md: it names every call of v1 and no other, and codes that the product has."""

import re
from pathlib import Path

from drf_spectacular.generators import SchemaGenerator

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/api.md").read_text()
CALL = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`")
TABLES = "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
CODE = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
PROSE = "\n".join(line for line in PAGE.splitlines() if not line.startswith("|"))


def test_every_call_is_named_once_and_no_other() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    calls = {
        (method.upper(), re.sub(r"\{\w+\}", "{id}", path).removeprefix("/api/v1"))
        for path, methods in schema["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }
    named = CALL.findall(TABLES)
    assert len(named) == len(set(named))
    assert set(named) == calls


def test_every_code_and_field_that_it_names_is_in_the_product() -> None:
    source = "\n".join(
        path.read_text()
        for app in ("billing", "bookings", "desk", "venues", "platform")
        for path in (ROOT / app).rglob("*.py")
    )
    words = set(CODE.findall(PROSE))
    assert {"price_changed", "extra_sold_out", "resources_twice"} <= words
    assert {word for word in words if not re.search(rf"\b{word}\b", source)} == set()
