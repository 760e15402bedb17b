"""A rule that one way of booking keeps and another forgets is no rule.

cal.diy#14868 (buffers bypassed by editing the URL), #693, #3662, #17414, #24253 (buffers not respected), #5754
(recurring bookings ignore the limits that single ones keep), PR 11774 (only the first dates are checked).
"""

from collections.abc import Callable
from typing import Any

import pytest

from bookings.models import Occupancy
from schemas.clock import database_now
from tests.bookings.api.desk import OWN, at_once, wish
from tests.bookings.complaints.ways import ALONE, BESIDE, Try, Way, series_moves, why
from tests.bookings.scenes import DAY, digest, slot
from tests.busy import taken_elsewhere
from tests.conftest import Caller
from tests.worlds import World
from venues.models import OpeningHours, Rate, Resource


def _settings(**fields: Any) -> Callable[[Try], None]:
    def set_them(t: Try) -> None:
        Resource.objects.filter(pk=t.world.court_1).update(**fields)

    return set_them


def _closed_that_day(t: Try) -> None:
    OpeningHours.objects.create(resource_id=t.world.court_1, date=t.local.date())


def _closure(t: Try) -> None:
    times = {name: t.body[name] for name in ("start_datetime", "end_datetime")}
    body = {"venue": t.world.venue, "resource": t.world.court_1, **times}
    assert t.post("/api/v1/admin/closures/", body, "owner").status_code == 201


def _booked(t: Try) -> None:
    assert t.post(OWN, {"resource": t.world.court_1, **t.body}, "stranger").json()["status"] == "confirmed"


def _held(t: Try) -> None:
    Resource.objects.filter(pk=t.world.court_1).update(pays_online=True)
    assert t.post(OWN, {"resource": t.world.court_1, **t.body}, "stranger").json()["status"] == "pending"


def _busy_elsewhere(t: Try) -> None:
    taken_elsewhere(t.world.court_1, t.period.start, t.period.end)


def _buffer_before_it(t: Try) -> None:
    _settings(buffer_after_minutes=45)(t)
    assert t.post(OWN, wish(t.world.court_1, 11), "stranger").status_code == 201


def _buffer_of_its_own(t: Try) -> None:
    assert t.post(OWN, wish(t.world.court_1, 13), "stranger").status_code == 201
    _settings(buffer_after_minutes=5)(t)


def _no_rate(t: Try) -> None:
    Rate.objects.filter(resource=t.world.court_1).update(valid_until=database_now().date() + 2 * DAY)


RULES: dict[str, tuple[str, Callable[[Try], None]]] = {
    "the buffer of what is before it": ("buffer", _buffer_before_it),
    "its own buffer reaches into what is after it": ("buffer", _buffer_of_its_own),
    "closed on that day": ("closed", _closed_that_day),
    "lead time": ("lead_time", _settings(lead_minutes=10 * 24 * 60)),
    "horizon": ("too_far", _settings(horizon_days=3)),
    "closure": ("closure", _closure),
    "booked": ("booked", _booked),
    "held": ("held", _held),
    "busy elsewhere": ("external_calendar", _busy_elsewhere),
    "no price": ("no_price", _no_rate),
}
SHAPES: dict[str, tuple[str, Callable[[Try], None]]] = {
    "grid": ("granularity", _settings(grid_minutes=45)),
    "shortest": ("duration", _settings(min_minutes=90, max_minutes=120)),
    "longest": ("duration", _settings(min_minutes=30, max_minutes=30)),
    "room": ("capacity", _settings(capacity=1)),
}
GRANTED = {("room", series_moves)}
"""Where a booking stays, as many people as it is for fit for good (docs/changing.md)."""
PAIRS = [
    *((rule, way) for rule in RULES for way in (*ALONE, *BESIDE)),
    *((rule, way) for rule in SHAPES for way in ALONE if (rule, way) not in GRANTED),
]


@pytest.fixture
def noon(home: Caller, in_alpha: World) -> Try:
    """Court 1 for two, from twelve to one, a week from now; everything is confirmed at once."""
    at_once(in_alpha.court_1, in_alpha.court_2)
    return Try(home, in_alpha, slot(12), people=2)


@pytest.mark.parametrize("way", [*ALONE, *BESIDE], ids=lambda way: way.__name__)
def test_every_way_leads_there_as_long_as_no_rule_forbids_it(noon: Try, way: Way) -> None:
    """Otherwise the refusals below would prove nothing."""
    answer = way(noon)()
    assert answer.status_code in {200, 201}, answer.json()
    rows = Occupancy.objects.filter(resource=noon.world.court_1, during__contains=noon.period.start)
    assert [(row.during.lower, row.during.upper) for row in rows] == [(noon.period.start, noon.period.end)]


@pytest.mark.parametrize(("rule", "way"), PAIRS, ids=lambda value: getattr(value, "__name__", value))
def test_no_way_leads_round_a_rule(noon: Try, rule: str, way: Way) -> None:
    """cal.diy#14868, #693, #3662, #17414, #24253 (buffers), #5754, PR 11774: the same no, whoever asks and however."""
    code, forbid = {**RULES, **SHAPES}[rule]
    call = way(noon)
    forbid(noon)
    before = digest()
    answer = call()
    assert (answer.status_code, why(answer, noon.day)) == (400, code), answer.json()
    assert digest() == before


@pytest.mark.parametrize("rule", [*RULES, *SHAPES])
def test_quote_and_slots_say_the_same_as_the_booking(noon: Try, rule: str) -> None:
    """cal.diy#14868, #5754: offered, priced and booked are one decision."""
    code, forbid = {**RULES, **SHAPES}[rule]
    forbid(noon)
    wanted = {"resource": noon.world.court_1, **noon.body}
    quoted = noon.post("/api/v1/quotes/", wanted)
    if code == "no_price":
        assert (quoted.status_code, quoted.json()["code"]) == (400, code)
    else:
        assert [quoted.json()[key] for key in ("available", "reason")] == [False, code]
    query: dict[str, Any] = {
        "resource": noon.world.court_1,
        "date": noon.day,
        "duration": 60,
        "participants": 2,
        "reasons": 1,
    }
    listed = noon.home("guest").get("/api/v1/availability/", query).json()
    starts = {slot["start_datetime"]: slot.get("reason") for slot in [*listed["slots"], *listed["refused"]]}
    here = noon.local.isoformat()
    assert starts.get(here, "not listed") == ("not listed" if code in {"closed", "granularity"} else code)


def test_staff_may_name_rules_that_they_set_aside_but_never_that_it_is_taken(noon: Try) -> None:
    """cal.diy#24253: who may break a buffer is said nowhere; here nobody may, and every other rule by its name only."""
    _buffer_before_it(noon)
    every = ["capacity", "closed", "duration", "granularity", "lead_time", "too_far"]
    body = {"customer": noon.world.users["guest"], "resource": noon.world.court_1, **noon.body, "overrule": every}
    before = digest()
    answer = noon.post("/api/v1/admin/bookings/", body, "owner")
    assert (answer.status_code, answer.json()["code"]) == (400, "buffer")
    asked = noon.post("/api/v1/admin/bookings/", {**body, "overrule": ["buffer"]}, "owner")
    assert (asked.status_code, asked.json()["code"]) == (400, "invalid")
    assert digest() == before
