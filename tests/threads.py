"""Several connections at once: each piece of work in a thread of its own, all released together."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

LONGEST_SECONDS = 150.0


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each work returned, or the exception that it raised, in the order given. Needs real commits (`scratch`)."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        try:
            barrier.wait(LONGEST_SECONDS)
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_SECONDS)
        if thread.is_alive():
            raise TimeoutError("A piece of work did not come back: it waits for a lock, or for another piece.")
    return results


def errors(results: Sequence[Any]) -> list[Exception]:
    """The exceptions among the results."""
    return [result for result in results if isinstance(result, Exception)]
