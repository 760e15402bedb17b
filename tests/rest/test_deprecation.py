"""A call that will end says so in every answer (RFC 9745, RFC 8594), and beside the links of a list."""

from datetime import UTC, datetime

import pytest

from bookings.api.bookings import BookingsView
from rest.deprecation import Deprecation
from tests.bookings.scenes import slot

GUIDE = "https://example.org/docs/next"


@pytest.fixture
def ending(monkeypatch):
    """The list of bookings will end."""
    told = Deprecation(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, 12, tzinfo=UTC), GUIDE)
    monkeypatch.setattr(BookingsView, "deprecated", told)


def told(answer):
    return answer.status_code, answer.get("Deprecation"), answer.get("Sunset"), answer.get("Link", "")


@pytest.mark.parametrize(
    ("method", "who", "status"), [("get", "guest", 200), ("post", "guest", 400), ("get", None, 401)]
)
def test_every_answer_of_it_says_when_and_where_to_go(ending, api, method, who, status):
    answer = getattr(api(who), method)("/api/v1/bookings/")
    link = f'<{GUIDE}>; rel="deprecation"'
    assert told(answer) == (status, "@1798761600", "Sat, 01 Jan 2028 12:00:00 GMT", link)


def test_links_to_other_pages_stay(ending, api, in_alpha):
    """Pages of one."""
    guest = api("guest")
    for hour in (10, 12):
        when = slot(hour)
        guest.post("/api/v1/bookings/", {"resource": in_alpha.court_1, **_period(when)})
    link = guest.get("/api/v1/bookings/?page_size=1")["Link"]
    assert 'rel="next"' in link
    assert link.endswith(f', <{GUIDE}>; rel="deprecation"')


def test_what_goes_on_says_nothing(api):
    assert told(api("guest").get("/api/v1/bookings/")) == (200, None, None, "")


def _period(when):
    return {"start_datetime": when.start.isoformat(), "end_datetime": when.end.isoformat()}
