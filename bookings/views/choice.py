"""What a visitor has chosen so far, read from the address. Nonsense in it falls back to what makes sense."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from venues.models import Resource

MOST_LENGTHS = 96


@dataclass(frozen=True, slots=True)
class Choice:
    """Day and month are the venue's; None where the visitor has not said."""

    minutes: int
    people: int
    day: date | None = None
    month: date | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], resource: Resource) -> "Choice":
        """The choice that a query string or a form means."""
        minutes = number(query.get("minutes", ""))
        people = number(query.get("people", "")) or 1
        day = date_of(query.get("day", ""))
        month = date_of(query.get("month", "") + "-01")
        return cls(
            minutes=minutes if minutes in lengths(resource) else resource.min_minutes,
            people=min(max(people, 1), resource.capacity),
            day=day,
            month=day.replace(day=1) if day else month,
        )


def lengths(resource: Resource) -> list[int]:
    """Minutes that a booking of the resource may last, shortest first; a list that a person can choose from."""
    return list(range(resource.min_minutes, resource.max_minutes + 1, resource.grid_minutes))[:MOST_LENGTHS]


def number(text: str) -> int | None:
    """A number of six digits at most; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None  # noqa: PLR2004 - six digits


def date_of(text: str) -> date | None:
    """`2026-11-28`; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
