"""A slot is offered if and only if it can be booked, and a refusal says what the list said (I16).

Random resources, hours, bookings, holds and closures, on plain days and on
days with a clock change: 100 examples in `make test`, `EXAMPLES` of them in
`make test-deep`, each of them undone. Real time runs on between the list and
the hold, so the list is read before and after: a hold must agree with one of
the two.
"""

import os
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings import availability, lifecycle
from bookings.closures import ClosureRequest, block_out
from bookings.facts import Facts, Window, Wish
from bookings.models import Occupancy
from bookings.records import SYSTEM
from bookings.requests import HoldRequest
from kernel.errors import Refused
from kernel.periods import Period
from schemas.clock import database_now
from tests.bookings.scenes import Place, let_lapse, resource_in
from tests.bookings.undone import undone
from tests.busy import taken_elsewhere
from venues.models import Resource

EXAMPLES = int(os.environ.get("EXAMPLES", "100"))
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Asia/Kolkata"]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
RULES = st.fixed_dictionaries(
    {
        "grid_minutes": st.sampled_from([15, 30, 60]),
        "min_minutes": st.sampled_from([30, 30, 60, 60, 1440]),
        "max_minutes": st.sampled_from([1440, 1500, 4320]),
        "buffer_before_minutes": st.sampled_from([0, 0, 15]),
        "buffer_after_minutes": st.sampled_from([0, 0, 30]),
        "lead_minutes": st.sampled_from([0, 0, 0, 90, 1440]),
        "horizon_days": st.sampled_from([2, 1096, 1096, 1096, 1096]),
        "capacity": st.integers(1, 4),
    }
)
SPANS = st.one_of(st.just([(time(0), time(0))]), st.lists(st.tuples(QUARTERS, QUARTERS), min_size=1, max_size=2))
SHAPES = st.sampled_from(["single", "pool", "whole", "half", "quarter"])
EVENTS = st.tuples(
    st.sampled_from(["hold", "booking", "lapsed", "closure", "external"]),
    st.sampled_from(["asked", "whole", "half", "quarter"]),
    st.integers(0, 24).map(lambda hour: 4 * hour),
    st.integers(1, 24),
)
PROBES = st.tuples(st.integers(0, 100), st.integers(-1, 3), st.integers(0, 5), st.booleans())


@cache
def days_of_change(zone: str, today: date) -> list[date]:
    """The days of the next year on which the clocks change."""
    at_noon = [datetime.combine(today + n * DAY, time(12), ZoneInfo(zone)).utcoffset() for n in range(400)]
    return [today + n * DAY for n in range(2, 400) if at_noon[n] != at_noon[n - 1]]


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    zone=st.sampled_from(ZONES),
    ahead=st.sampled_from([0, 1, 2, 3, 5, -1, -2]),
    spans=SPANS,
    rules=RULES,
    shape=SHAPES,
    events=st.lists(EVENTS, min_size=2, max_size=6),
    probes=st.lists(PROBES, min_size=4, max_size=8),
)
def test_a_slot_is_offered_if_and_only_if_it_can_be_booked(in_alpha, zone, ahead, spans, rules, shape, events, probes):
    """I16

    Asked for in cal.diy#14868, #5754: what is offered and what is accepted cannot disagree.
    """
    today = database_now().astimezone(ZoneInfo(zone)).date()
    changes = days_of_change(zone, today)
    day = today + ahead * DAY if ahead >= 0 or not changes else changes[ahead % len(changes)]
    with undone():
        family = _family(zone, spans, rules, shape)
        for kind, whose, quarter, length in events:
            _happen(kind, family[whose], _period(day, zone, 15 * quarter, 15 * length, family[whose]))
        asked = family["asked"]
        _probe(asked, day, [_wish(asked, day, zone, probe) for probe in probes])


def _family(zone: str, spans: list[tuple[time, time]], rules: dict[str, object], shape: str) -> dict[str, Resource]:
    """The resource that is asked for, and its relatives."""
    if shape in {"single", "pool"}:
        single = Place(zone, spans, {**rules, "units": 3 if shape == "pool" else 1}).make()
        return dict.fromkeys(("asked", "whole", "half", "quarter"), single)
    whole = Place(zone, spans, rules).make()
    half = resource_in(whole.venue, "half", parent=whole, **rules)
    quarter = resource_in(whole.venue, "quarter", parent=half, **rules)
    found = {"whole": whole, "half": half, "quarter": quarter}
    return {**found, "asked": found[shape]}


def _period(day: date, zone: str, offset: int, length: int, resource: Resource) -> Period:
    start = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) + offset * MINUTE
    return Period(start, start + max(length, resource.min_minutes) * MINUTE)


def _happen(kind: str, resource: Resource, period: Period) -> None:
    """Something takes time, if it can be had."""
    try:
        if kind in {"hold", "booking", "lapsed"}:
            booking = lifecycle.hold(HoldRequest(period, resource.pk))
            if kind == "lapsed":
                let_lapse(booking)
            if kind == "booking":
                lifecycle.confirm(booking, SYSTEM)
        elif kind == "closure":
            block_out(ClosureRequest(resource.venue, period, resource.pk))
        elif not Occupancy.objects.filter(resource=resource, unit=0, during__overlap=_range(period)).exists():
            taken_elsewhere(resource.pk, period.start, period.end)
    except Refused:
        pass


def _range(period: Period) -> tuple[datetime, datetime]:
    return period.start, period.end


def _wish(resource: Resource, day: date, zone: str, probe: tuple[int, int, int, bool]) -> Wish:
    quarter, steps, people, odd = probe
    minutes = max(5, resource.min_minutes + steps * resource.grid_minutes)
    period = _period(day, zone, 15 * quarter + (7 if odd and quarter % 5 == 0 else 0), 0, resource)
    return Wish(Period(period.start, period.start + minutes * MINUTE), people if odd else 1)


def _probe(resource: Resource, day: date, wishes: list[Wish]) -> None:
    before = _known(resource, day)
    shown = list(before.wishes(resource.min_minutes))[:: max(1, len(before.starts) // 4)]
    on_the_day = [wish for wish in wishes if before.local_date(wish.period.start) == day]
    outcomes = [(wish, _outcome(resource, wish)) for wish in [*shown, *on_the_day]]
    after = _known(resource, day)
    lists = [{free.period.start for free in facts.free(resource.min_minutes)} for facts in (before, after)]
    for number, (wish, outcome) in enumerate(outcomes):
        assert outcome in {before.reason(wish), after.reason(wish)}
        if number < len(shown):
            assert (outcome is None) in {wish.period.start in offered for offered in lists}


def _known(resource: Resource, day: date) -> Facts:
    return availability.read([resource.pk], Window(day, day), database_now())[resource.pk]


def _outcome(resource: Resource, wish: Wish) -> str | None:
    """None if it could be held, else the code; nothing of it stays."""
    with undone():
        try:
            booking = lifecycle.hold(HoldRequest(wish.period, resource.pk, participants=wish.participants))
        except Refused as refusal:
            return refusal.code
        assert (booking.start, booking.end) == (wish.period.start, wish.period.end)
        return None
