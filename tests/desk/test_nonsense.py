"""Numbers and days that no form of ours would send: told to be none, or taken for nothing said, and never an error."""

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from kernel.money import as_text
from rest.fields import BIGINT_MAX, whole
from tests.isolation.conftest import database, furnished, worlds
from tests.isolation.contents import contents
from tests.isolation.scene import GUESTS, Caller, kept_session
from tests.worlds import World
from venues.models import Resource

__all__ = ["database", "furnished", "worlds"]
LONG, SUPERSCRIPT, ARABIC = "9" * 5000, "²", "٣"
LATE, EARLY = "9999-12-31", "0001-01-01"
NUMBERS = [LONG, SUPERSCRIPT, ARABIC, "-1", str(BIGINT_MAX + 1), "1e3", ""]


@pytest.mark.parametrize("text", NUMBERS)
def test_what_is_no_number(text: str) -> None:
    assert whole(text) is None


def test_what_is_one() -> None:
    assert [whole("0"), whole("17"), whole("018"), whole(str(BIGINT_MAX))] == [0, 17, 18, BIGINT_MAX]
    assert (whole("9", 9), whole("10", 9)) == (9, None)


def owner(world: World) -> Client:
    return Caller(world.host, session=kept_session(world, "owner")).client


@pytest.mark.parametrize("number", NUMBERS[:5])
@pytest.mark.parametrize(
    ("path", "field", "more", "statuses"),
    [
        ("/desk/walk-in/", "resource", {}, {404}),
        ("/desk/calendar/venues/{venue}/book/", "customer", {"time": "10:00"}, {400}),
        ("/desk/calendar/venues/{venue}/book/", "resource", {"time": "10:00"}, {200, 400}),
        ("/desk/customers/{guest}/merge/", "with", {}, {404}),
        ("/desk/venues/{venue}/hours/", "from", {"act": "copy", "to": "all"}, {200}),
    ],
)
def test_numbers_in_forms(
    worlds: tuple[World, World], path: str, field: str, more: dict[str, str], statuses: set[int], number: str
) -> None:
    alpha, _beta = worlds
    before = contents(alpha)
    address = path.format(venue=alpha.venue, guest=alpha.users["guest"])
    assert owner(alpha).post(address, {**more, field: number}).status_code in statuses
    assert contents(alpha) == before


@pytest.mark.parametrize("number", NUMBERS[:5])
def test_numbers_in_an_order(worlds: tuple[World, World], number: str) -> None:
    alpha, _beta = worlds
    for sent in ({"step": "up", "resource": number}, {"order": number}):
        assert owner(alpha).post(f"/desk/venues/{alpha.venue}/order/", sent).status_code == 302
    with tenant_context(alpha.tenant):
        rows = Resource.objects.filter(venue=alpha.venue, stock_of=None).order_by("position", "pk")
        assert next(iter(rows)).pk == alpha.court_1


@pytest.mark.parametrize("number", NUMBERS[:5])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/desk/approvals/", "page"),
        ("/desk/bookings/", "page"),
        ("/desk/bookings/new/", "customer"),
        ("/desk/bookings/new/", "resource"),
        ("/desk/calendar/", "resource"),
        ("/desk/customers/", "page"),
        ("/desk/series/new/", "customer"),
        ("/desk/series/new/", "people"),
        ("/desk/team/record/", "who"),
    ],
)
def test_numbers_in_addresses(worlds: tuple[World, World], path: str, field: str, number: str) -> None:
    alpha, _beta = worlds
    assert owner(alpha).get(path, {field: number}, follow=True).status_code == 200


@pytest.mark.parametrize("day", [LATE, EARLY])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/desk/calendar/bookings/{booking}/", "until"),
        ("/desk/team/record/", "day"),
        ("/desk/walk-in/", "start"),
    ],
)
def test_days_in_addresses(worlds: tuple[World, World], path: str, field: str, day: str) -> None:
    alpha, _beta = worlds
    assert owner(alpha).get(path.format(booking=GUESTS), {field: day}).status_code == 200


@pytest.mark.parametrize("day", [LATE, EARLY])
@pytest.mark.parametrize("field", ["valid_from", "valid_until"])
def test_days_of_a_price(worlds: tuple[World, World], field: str, day: str) -> None:
    alpha, _beta = worlds
    sent = {"amount": as_text(2500, "EUR"), "unit": "hour", "priority": "0", field: day}
    answer = owner(alpha).post("/desk/prices/rates/1/", sent)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
