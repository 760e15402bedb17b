"""Leafing through a list without counting it: one row more than a page says whether there is another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from rest.fields import whole

PER_PAGE = 50
MOST_PAGES = 2000


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of rows; `before` and `after` are numbers of pages, or None. `query` leads there, filters and all."""

    rows: Sequence[Any]
    number: int
    after: int | None
    query: str

    @property
    def before(self) -> int | None:
        """The page before it."""
        return self.number - 1 if self.number > 1 else None


def leaf(request: HttpRequest, rows: QuerySet[Any, Any], size: int = PER_PAGE) -> Leaf:
    """The page that `page` of the address names, the first where it names none."""
    number = min(whole(request.GET.get("page", "")) or 1, MOST_PAGES)
    found = list(rows[(number - 1) * size : number * size + 1])
    others = request.GET.copy()
    others.pop("page", None)
    query = others.urlencode()
    after = number + 1 if len(found) > size and number < MOST_PAGES else None
    return Leaf(found[:size], number, after, f"{query}&" if query else "")
