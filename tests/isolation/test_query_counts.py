"""How many statements a reading call of the API takes, route by route: as many as are written down, whoever calls.

With four bookings, so that what is asked row by row shows: no statement is sent three times but for other values.
Growth is looked at where lists are long (`tests/bookings/test_query_counts.py`, `make bench`).
"""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import hosts
from tests.isolation.allowed import bearer_of
from tests.isolation.costs import COSTS
from tests.isolation.scene import Caller, send, visits
from tests.routes import Route, tenant_routes
from tests.worlds import World

READING = [route for route in tenant_routes() if route.is_api and "get" in route.methods]
LITERAL = re.compile(r"'(?:[^']|'')*'(?:::\w+(?:\[\])?)*|\b\d+\b")
MOST_ALIKE = 2


@pytest.mark.parametrize("route", READING, ids=str)
def test_a_call_takes_so_many_statements(worlds: tuple[World, World], route: Route) -> None:
    alpha, _beta = worlds
    taken, alike = cost(route, alpha)
    assert COSTS.get(route.path) == taken, f"Say in tests/isolation/costs.py what {route.path} costs: {taken}"
    assert max(alike.values(), default=0) <= MOST_ALIKE, alike.most_common(1)


def test_no_price_is_for_a_route_that_is_gone() -> None:
    assert set(COSTS) - {route.path for route in READING} == set()


def test_statements_that_differ_by_their_values_are_alike() -> None:
    """The negative control."""
    sent = ["SELECT a FROM b WHERE c = 'x'", "SELECT a FROM b WHERE c = 'y''z'::uuid", "SELECT a FROM b WHERE c = 3"]
    assert Counter(map(shape, sent)) == {"SELECT a FROM b WHERE c = ?": 3}


def cost(route: Route, world: World) -> tuple[int, Counter[str]]:
    """Statements of the dearest answer that succeeds, the owner's, a customer's or an app's, each counted."""
    found: list[Counter[str]] = [Counter()]
    callers = [Caller(world.host, token=world.tokens[who]) for who in ("owner", "guest")]
    if route.path.startswith("/api/partner/"):
        callers = [Caller(world.host, bearer=bearer_of(world, "app"))]
    for caller in callers:
        for method, path, body in visits(route, world, links_of=world):
            if method != "get":
                continue
            hosts.forget()
            with CaptureQueriesContext(connection) as queries:
                answer = send(caller, route, method, path, body)
            if answer.status_code == 200:
                found.append(Counter(shape(each["sql"]) for each in queries if "search_path" not in each["sql"]))
    dearest = max(found, key=lambda each: each.total())
    return dearest.total(), dearest


def shape(statement: str) -> str:
    """A statement without its values."""
    return LITERAL.sub("?", statement)
