"""What the overview of settings says: one card for each page, with how things stand in a few words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Card:
    """A page by the name of its route, and how things stand there. `tone`: `warning`, `error`, or nothing to do."""

    route: str
    label: str | Promise
    says: str | Promise
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Cards that belong together."""

    name: str
    label: str | Promise
    cards: Sequence[Card]
