"""Pages know a beginning and an end, no left and no right: some people read from the other side."""

import re

import pytest

from tests.databases import ROOT
from tests.guards.sources import files

CLASSES = re.compile(r'class="([^"]*)"')
FIXED = re.compile(
    r"(?<![\w-])(?:[a-z0-9\[\]]+:)*-?(?:(?:ml|mr|pl|pr|left|right)-[\w\[(]|(?:text|float)-(?:left|right)\b"
    r"|(?:border|rounded)-(?:l|r|tl|tr|bl|br)(?![\w])|scroll-(?:ml|mr|pl|pr)-)"
)
SIDES = re.compile(
    r"(?:^|[;{\s])(?:(?:margin|padding|border|inset)-(?:left|right)\b|(?:left|right)\s*:|text-align:\s*(?:left|right))"
)
TURNED = {"static_src/booking.css: border-right: 2px solid currentcolor;"}
"""Two edges of a square that is turned to point down: it has no beginning."""
INSTEAD = "Use ms- me- ps- pe- start- end- text-start text-end border-s border-e rounded-s rounded-e."


def fixed(text: str) -> list[str]:
    """The classes of a template that name a side."""
    return [word for value in CLASSES.findall(text) for word in FIXED.findall(value)]


def test_templates_name_no_side() -> None:
    found = [
        f"{path}:{number}: {word}"
        for path in files("templates/**/*.html")
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        for word in fixed(line)
    ]
    assert not found, "\n".join([INSTEAD, *found])


def test_style_sheets_name_no_side() -> None:
    found = [
        f"{path}: {line.strip()}"
        for path in files("static_src/**/*.css", "static/**/*.css")
        for line in (ROOT / path).read_text().splitlines()
        if SIDES.search(line)
    ]
    assert set(found) >= TURNED
    found = [each for each in found if each not in TURNED]
    assert not found, "\n".join(["Use inset-inline-start, margin-inline-end and their like.", *found])


@pytest.mark.parametrize(
    "bad", ["ml-2", "sm:-mr-4", "left-2", "text-right", "border-l-4", "rounded-r", "focus:right-0", "lg:pl-[3rem]"]
)
def test_rule_fires(bad: str) -> None:
    assert fixed(f'<p class="grid {bad} gap-2">') != []


@pytest.mark.parametrize(
    "good", ["ms-2", "text-end", "items-center", "border-s-4", "mark-left-over", "place-items-end"]
)
def test_rule_lets_the_rest_be(good: str) -> None:
    assert fixed(f'<p class="grid {good} gap-2">') == []
