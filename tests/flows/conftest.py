"""Visitors of Alpha, and days ahead."""

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection

from rest.counters import Counters
from schemas.clock import database_now
from tests.flows.pages import Visitor
from tests.worlds import PASSWORD, World

CHEAP = "/robots.txt"
"""Where those who sign in are led first: their home computes a whole page that no test looks at."""


@pytest.fixture
def visitor(alpha: World) -> Callable[..., Visitor]:
    """`visitor()` is nobody in particular, `visitor("guest")` is signed in by the sign-in page."""
    cache.clear()
    Counters.forget()  # what this process remembers to be full

    def come(who: str | None = None, **headers: str) -> Visitor:
        someone = Visitor(alpha.host, **headers)
        if who:
            page = someone.sign_in(f"{who}@{alpha.canary}.example", PASSWORD, then=CHEAP)
            assert (page.status, page.path) == (200, CHEAP), page.text
        return someone

    return come


@pytest.fixture
def next_week(alpha: World) -> date:
    """A day at the venue, seven days from now."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    return database_now().astimezone(ZoneInfo(alpha.tenant.time_zone)).date() + timedelta(days=7)
