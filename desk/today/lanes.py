"""The day by resource: a bar of what takes its time, who is there and comes, and what is free next."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.core.paginator import Page, Paginator

from bookings.claims import range_of
from bookings.facts import has_lapsed
from bookings.models import Occupancy
from desk.today.board import Board
from desk.today.free import FEW, Place, Places, named
from desk.today.rows import Row
from kernel.periods import elapsed_minutes
from venues.models import Resource

LINE_EVERY = 180
SHOWN, PER_PAGE = 3, 50


@dataclass(frozen=True, slots=True)
class Bar:
    """Minutes from midnight and length, cut to the day: where it is drawn."""

    tone: str
    offset: int
    width: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One resource; `rows` are the next of all that still come, `further` is how many there are beside them."""

    resource: Resource
    bars: list[Bar]
    rows: list[Row]
    further: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Lanes:
    """`length` are the minutes of the day, `lines` those at which a line is drawn, `now` the present one, if it is.

    `page` is the one of the resources in whose name `find` stands.
    """

    lanes: list[Lane]
    length: int
    lines: list[int]
    labels: list[str]
    now: int | None
    page: Page[Resource]
    find: str

    @property
    def are_many(self) -> bool:
        """Whether a name is quicker than looking through them."""
        return bool(self.find) or self.page.paginator.count > FEW


def lanes_of(board: Board, places: Places | None, find: str) -> Lanes:
    """A page of the lanes of a day; a query beside the board's."""
    scope = board.scope
    page = Paginator(named(scope.resources, find), PER_PAGE).get_page(board.asked.page)
    period = scope.period
    bars = defaultdict(list)
    for taken in _taken(page, board):
        bars[taken.resource_id].append(_bar(taken, board))
    placed = places.by_resource if places else {}
    lines = list(range(LINE_EVERY, period.minutes, LINE_EVERY))
    ends = [period.start + timedelta(minutes=at) for at in (0, *lines, period.minutes)]
    return Lanes(
        lanes=[_lane(resource, bars[resource.pk], board, placed.get(resource.pk)) for resource in page],
        length=period.minutes,
        lines=lines,
        labels=[f"{instant.astimezone(scope.zone):%H}" for instant in ends],
        now=elapsed_minutes(period.start, scope.now) if scope.is_today else None,
        page=page,
        find=find,
    )


def _lane(resource: Resource, bars: list[Bar], board: Board, place: Place | None) -> Lane:
    rows = board.by_resource.get(resource.pk, [])
    return Lane(resource, bars, rows[:SHOWN], max(0, len(rows) - SHOWN), place)


def _taken(resources: Iterable[Resource], board: Board) -> Iterator[Occupancy]:
    ids = [resource.pk for resource in resources]
    during = range_of(board.scope.period)
    rows = Occupancy.objects.filter(resource__in=ids, during__overlap=during).select_related("booking")
    for row in rows.order_by("during", "unit"):
        booking = row.booking
        if booking is None or not has_lapsed(booking.state, booking.hold_expires_at, board.scope.now):
            yield row


def _bar(taken: Occupancy, board: Board) -> Bar:
    period, booking = board.scope.period, taken.booking
    start, end = (booking.start, booking.end) if booking else (taken.during.lower, taken.during.upper)
    offset = max(0, elapsed_minutes(period.start, start))
    width = max(1, min(elapsed_minutes(period.start, end), period.minutes) - offset)
    tone = "closed" if booking is None else "waiting" if booking.state in {"held", "pending"} else "sure"
    return Bar(tone, offset, width)
