"""A list of schemas, worked through by several processes that are forked from this one.

What is thought through before the fork, all of them have. A process that dies leaves its schema undone and hinders
nobody; those whose parent is gone stop after the schema they are at.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from ctypes import Array, c_byte
from enum import IntEnum
from multiprocessing.sharedctypes import RawArray

from django.db import connection

FEW = 4
"""Not worth a process."""
LOOKS_EACH = 0.2
SAYS_EACH = 1.0


class Result(IntEnum):
    """What became of a schema. `left`: whoever took it died, or lost the database; the next round has it."""

    LEFT = 0
    TAKEN = 1
    DONE = 2
    FAILED = 3
    ANOTHERS = 4


Work = Callable[[str], Result]
Say = Callable[[str], None]


def work_through(names: Sequence[str], work: Work, workers: int, say: Say) -> list[Result]:
    """Do `work` on each name; what became of them, in their order."""
    results: Array[c_byte] = RawArray("b", len(names))
    progress = _Progress(results, say)
    if workers <= 1 or len(names) <= FEW:
        _walk(names, results, work, progress.told)
    else:
        _fork(names, results, work, min(workers, len(names)), progress)
    return [Result.LEFT if result == Result.TAKEN else Result(result) for result in results]


def _fork(names: Sequence[str], results: "Array[c_byte]", work: Work, workers: int, progress: "_Progress") -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    parent = os.getpid()

    def walk() -> None:
        with suppress(KeyboardInterrupt):
            _walk(names, results, work, lambda: os.getppid() == parent)

    children = [multiprocessing.get_context("fork").Process(target=walk, daemon=True) for _each in range(workers)]
    for child in children:
        child.start()
    while any(child.is_alive() for child in children):
        time.sleep(LOOKS_EACH)
        progress.tell()


def _walk(names: Sequence[str], results: "Array[c_byte]", work: Work, go_on: Callable[[], bool]) -> None:
    """Take what nobody has taken. Two who take the same at once find out when they claim it."""
    for place, name in enumerate(names):
        if results[place] == Result.LEFT:
            if not go_on():
                return
            results[place] = Result.TAKEN
            results[place] = work(name)


class _Progress:
    """One line a second: how many of how many, how fast, how long still."""

    def __init__(self, results: "Array[c_byte]", say: Say) -> None:
        self._results, self._say = results, say
        self._began = self._said = time.monotonic()

    def told(self) -> bool:
        """The same, for who is asked whether to go on."""
        self.tell()
        return True

    def tell(self) -> None:
        """Say how far it is, if it has not been said within a second."""
        now = time.monotonic()
        if now - self._said < SAYS_EACH:
            return
        self._said = now
        ended = [result for result in self._results if result > Result.TAKEN]
        rate = len(ended) / (now - self._began)
        left = f"{(len(self._results) - len(ended)) / rate:.0f} s left" if rate else "nothing done yet"
        failed = ended.count(Result.FAILED)
        self._say(f"  {len(ended)} of {len(self._results)}, {rate:.1f} a second, {left}, {failed} failed")
