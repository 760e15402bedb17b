"""Pages that are read from the right: nothing sticks out, and nothing is set to a fixed side (tests/guards)."""

import pytest

from tests.browser.conftest import Open
from tests.browser.steps import choose_a_slot

PAGES = ["/", "/venues/main/", "/venues/main/court-1/", "/venues/main/day/", "/search/", "/login/"]
TURN = """() => { document.documentElement.dir = "rtl"; return document.documentElement.scrollWidth; }"""
SIDES = """() => [...document.querySelectorAll("main *")]
  .filter((each) => ["right", "left"].includes(getComputedStyle(each).textAlign) && !each.closest("svg"))
  .map((each) => each.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_scrolls_sideways_from_right_to_left(browse: Open, width: int) -> None:
    page = browse(width)
    found = {}
    for path in PAGES:
        page.goto(path)
        found[path] = page.evaluate(TURN)
        assert page.evaluate(SIDES) == []
    choose_a_slot(page)
    found["details"] = page.evaluate(TURN)
    assert found == dict.fromkeys([*PAGES, "details"], width)


def test_nothing_moves_for_whoever_asks_for_less_motion(browse: Open) -> None:
    page = browse(390, reduced_motion="reduce")
    page.goto("/venues/main/court-1/")
    longest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll("*")].flatMap((each) => {
          const style = getComputedStyle(each);
          return [...style.transitionDuration.split(","), ...style.animationDuration.split(",")].map(parseFloat);
        }))"""
    )
    assert longest <= 0.00001
