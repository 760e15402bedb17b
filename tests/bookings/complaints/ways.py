"""Every way in which somebody can get at a time: what one of them refuses, all must refuse.

A way prepares what it needs (a booking to be moved, a series to be added to) and returns the call that matters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kernel.periods import Period
from tests.bookings.api.desk import ADMIN, OWN, wish
from tests.conftest import Caller
from tests.worlds import World

FAR = 20
"""Days ahead: where bookings lie that are moved, and the first dates of series."""
SERIES = "/api/v1/series/"


@dataclass(frozen=True)
class Try:
    """Court 1 at a time, for so many people, in Munich."""

    home: Caller
    world: World
    period: Period
    people: int = 1

    @property
    def body(self) -> dict[str, Any]:
        """Times and people."""
        return {
            "start_datetime": self.period.start.isoformat(),
            "end_datetime": self.period.end.isoformat(),
            "participant_count": self.people,
        }

    @property
    def local(self) -> datetime:
        """The start on the wall."""
        return self.period.start.astimezone(ZoneInfo("Europe/Berlin"))

    def post(self, path: str, body: dict[str, Any], who: str = "guest") -> Any:
        """Call the API."""
        return self.home(who).post(path, body)

    def made(self, path: str, body: dict[str, Any]) -> str:
        """The id of what the guest makes beforehand."""
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.json()
        return str(answer.json()["id"])

    def elsewhere(self, court: int) -> str:
        """A booking of one person that is to be moved."""
        return self.made(OWN, wish(court, 9, minutes=self.period.minutes, ahead=FAR))

    def dates(self, *days: str, **changes: Any) -> dict[str, Any]:
        """The body of a series."""
        wall = {"start_time": f"{self.local:%H:%M}", "duration_minutes": self.period.minutes}
        people = {"participant_count": self.people}
        return {"resource": self.world.court_1, "dates": list(days), **wall, **people, **changes}

    @property
    def day(self) -> str:
        """The local day."""
        return self.local.date().isoformat()

    @property
    def far_day(self) -> str:
        """Another one, on which nobody is in the way."""
        return wish(0, 9, ahead=FAR)["start_datetime"][:10]


Call = Callable[[], Any]


def book(t: Try) -> Call:
    """Name the court."""
    return lambda: t.post(OWN, {"resource": t.world.court_1, **t.body})


def book_service(t: Try) -> Call:
    """Name a service, and the court among its places."""
    return lambda: t.post(OWN, {"product": t.world.tennis, "resource": t.world.court_1, **t.body})


def book_for_somebody(t: Try) -> Call:
    """Staff book it for a customer."""
    body = {"customer": t.world.users["guest"], "resource": t.world.court_1, **t.body}
    return lambda: t.post(ADMIN, body, "front_desk")


def book_beside(t: Try) -> Call:
    """Take it along with another court."""
    return lambda: t.post(OWN, {"resource": t.world.court_2, "with_resources": [t.world.court_1], **t.body})


def add_beside(t: Try) -> Call:
    """Have another court at that time, and take this one along afterwards."""
    booking = t.made(OWN, {"resource": t.world.court_2, **t.body})
    return lambda: t.post(f"{OWN}{booking}/reschedule/", {"with_resources": [t.world.court_1]})


def move_in_time(t: Try) -> Call:
    """Have it at another time, and move."""
    booking = t.elsewhere(t.world.court_1)
    return lambda: t.post(f"{OWN}{booking}/reschedule/", t.body)


def move_in_place(t: Try) -> Call:
    """Have another court, and move."""
    booking = t.elsewhere(t.world.court_2)
    return lambda: t.post(f"{OWN}{booking}/reschedule/", {"resource": t.world.court_1, **t.body})


def move_for_somebody(t: Try) -> Call:
    """Staff move a customer's booking there."""
    booking = t.elsewhere(t.world.court_1)
    return lambda: t.post(f"{OWN}{booking}/reschedule/", t.body, "front_desk")


def series(t: Try) -> Call:
    """A date of a series, and not its first."""
    return lambda: t.post(SERIES, t.dates(t.day, wish(0, 9, ahead=1)["start_datetime"][:10]))


def series_grows(t: Try) -> Call:
    """Add that date to a series."""
    found = t.made(SERIES, t.dates(t.far_day))
    return lambda: t.post(f"{SERIES}{found}/dates/", {"dates": [t.day]})


def series_moves(t: Try) -> Call:
    """Move a date of a series to that time of its day."""
    found = t.made(SERIES, t.dates(t.far_day, t.day, start_time="20:00"))
    body = {"scope": "this", "from_date": t.day, "start_time": f"{t.local:%H:%M}"}
    return lambda: t.post(f"{SERIES}{found}/reschedule/", body)


def series_changes_place(t: Try) -> Call:
    """Move a date of a series to that court."""
    found = t.made(SERIES, t.dates(t.far_day, t.day, resource=t.world.court_2))
    body = {"scope": "this", "from_date": t.day, "resource": t.world.court_1}
    return lambda: t.post(f"{SERIES}{found}/reschedule/", body)


Way = Callable[[Try], Call]
BESIDE: tuple[Way, ...] = (book_beside, add_beside)
ALONE: tuple[Way, ...] = (
    book, book_service, book_for_somebody, move_in_time, move_in_place, move_for_somebody, series, series_grows,
    series_moves, series_changes_place,
)  # fmt: skip


def why(answer: Any, day: str) -> str:
    """The code of a refusal; of a series the reason of that day."""
    body = answer.json()
    for conflict in body.get("conflicts", ()):
        if conflict["date"] == day:
            return str(conflict.get("reason") or conflict.get("conflict"))
    return str(body.get("code"))
