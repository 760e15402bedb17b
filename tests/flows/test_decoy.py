"""Programs that fill in every field are refused, and people never see the field."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.flows.pages import COURT, Visitor
from tests.flows.test_booking_without_script import at, counts
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]


def test_hidden_field_that_is_filled_in_holds_nothing(alpha: World, visitor: Come, next_week: date) -> None:
    robot = visitor()
    page = robot.open(f"{COURT}?day={next_week}")
    refused = robot.send(page, page.form_with("start"), at(next_week, 10), website="https://spam.example")
    assert refused.status == 400
    assert "A hidden field was filled in, so nothing was done." in refused.text
    assert counts(alpha) == (0, 0, 0)
    taken = robot.send(page, page.form_with("start"), at(next_week, 10))
    assert taken.path.endswith("/details/")


def test_field_is_out_of_the_way_of_people(visitor: Come, next_week: date) -> None:
    page = visitor().open(f"{COURT}?day={next_week}")
    fields = [given for tag, given in page.elements if tag == "input" and given.get("name") == "website"]
    assert len(fields) == 1
    assert (fields[0]["tabindex"], fields[0]["autocomplete"], fields[0]["value"]) == ("-1", "off", "")
    covers = [given for _tag, given in page.elements if given.get("class") == "decoy"]
    assert [given["aria-hidden"] for given in covers] == ["true"]
