"""The plain race: rounds of all clients at once, twenty of them for each slot."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from tests.races.crowd import Answer, Client, together
from tests.races.ground import BOOKINGS

EACH = 20
LOST = frozenset({"booked", "held", "held_by_you", "buffer"})


@dataclass
class Contest:
    """Who got what. `by_slot` has the answers for each slot, in the order of the slots."""

    by_slot: dict[int, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    seconds: float = 0.0

    @property
    def answers(self) -> list[Answer]:
        """All of them."""
        return [answer for answers in self.by_slot.values() for answer in answers]

    @property
    def winners(self) -> Counter[int]:
        """How many slots have how many winners."""
        return Counter(sum(answer.status == 201 for answer in answers) for answers in self.by_slot.values())

    @property
    def outcomes(self) -> str:
        """`201: 100, 400 booked: 1900`."""
        return outcomes(self.answers)

    @property
    def odd(self) -> list[Answer]:
        """What is neither a booking nor a proper refusal."""
        return [a for a in self.answers if a.status != 201 and not (a.status == 400 and a.code in LOST)]


def contest(clients: list[Client], bodies: Iterable[dict[str, Any]], attempts: int) -> Contest:
    """Attempt number n is for slot n // 20; each round has as many attempts as there are clients."""
    wanted = list(islice(bodies, attempts // EACH))
    assert len(wanted) == attempts // EACH, "more attempts than there are slots in a year"
    found = Contest()
    began = time.monotonic()
    for first in range(0, attempts, len(clients)):
        numbers = range(first, min(first + len(clients), attempts))
        calls = [
            partial(client.post, BOOKINGS, wanted[number // EACH])
            for client, number in zip(clients, numbers, strict=False)
        ]
        for number, answer in zip(numbers, together(calls), strict=True):
            found.by_slot[number // EACH].append(answer)
    found.seconds = time.monotonic() - began
    return found


def outcomes(answers: Iterable[Answer]) -> str:
    """How often each status and code came, for a report."""
    counted = Counter((answer.status, answer.code) for answer in answers)
    return ", ".join(f"{status} {code}".strip() + f": {count}" for (status, code), count in sorted(counted.items()))
