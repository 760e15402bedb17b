"""Counts that begin anew after their time: in Redis, for all processes together, or here while Redis is away.

Nobody waits for Redis longer than `PATIENCE`, and after a failure nobody asks it for `PAUSE`: what is counted here
meanwhile is counted by each process for itself. A count that is full is remembered here too, until it begins anew, so
that a flood costs neither Redis nor a database anything.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

PATIENCE = 0.2
"""Seconds."""
PAUSE = 5.0
"""Seconds."""
MOST_KEPT = 20_000
"""Of each kind, in the memory of a process."""

# All or nothing, in one step: who is refused by one count uses up none of the others.
TAKE = """
local counts, is_full = {}, false
for i, key in ipairs(KEYS) do
  counts[i] = tonumber(redis.call('GET', key) or '0')
  is_full = is_full or counts[i] >= tonumber(ARGV[3 * i - 2])
end
local answer = {}
for i, key in ipairs(KEYS) do
  local cost = tonumber(ARGV[3 * i])
  if cost > 0 and not is_full then
    counts[i] = redis.call('INCRBY', key, cost)
    if counts[i] == cost then redis.call('PEXPIRE', key, ARGV[3 * i - 1]) end
  end
  answer[2 * i - 1], answer[2 * i] = counts[i], redis.call('PTTL', key)
end
answer[#answer + 1] = is_full and 1 or 0
return answer
"""


class Count(NamedTuple):
    """Something of which `most` may happen in `seconds` from the first on. With a `cost` of 0 it is only looked at."""

    key: str
    most: int
    seconds: int
    cost: int = 1


class Standing(NamedTuple):
    """A count after it was asked: how many more may happen, and after how many seconds it begins anew."""

    most: int
    left: int
    seconds: float


class Taken(NamedTuple):
    """Whether it may happen, and how each count stands now."""

    is_allowed: bool
    standings: tuple[Standing, ...]


class Memory:
    """Counts of this process alone, at most `MOST_KEPT`: the oldest make way."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def take(self, counts: Sequence[Count]) -> Taken:
        """As Redis does it."""
        now = time.monotonic()
        with self._lock:
            found = [self._live(count.key, now) for count in counts]
            is_full = any(used >= count.most for count, (used, _end) in zip(counts, found, strict=True))
            standings = []
            for count, (used, end) in zip(counts, found, strict=True):
                after, ends = used, end
                if count.cost and not is_full:
                    after, ends = used + count.cost, end or now + count.seconds
                    self._put(count.key, (after, ends))
                standings.append(_standing(count, after, max(0.0, (ends or now + count.seconds) - now)))
        return Taken(not is_full, tuple(standings))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counts.clear()

    def _live(self, key: str, now: float) -> tuple[int, float]:
        used, end = self._counts.get(key, (0, 0.0))
        return (used, end) if end > now else (0, 0.0)

    def _put(self, key: str, value: tuple[int, float]) -> None:
        self._counts.pop(key, None)
        if len(self._counts) >= MOST_KEPT:
            del self._counts[next(iter(self._counts))]
        self._counts[key] = value


class Counters:
    """The counts of this process and of Redis. Keys carry the schema: whoever makes them sees to that (T29)."""

    here: ClassVar[Memory] = Memory()
    full: ClassVar[dict[str, float]] = {}
    """Keys that were full, with the moment of this process's clock at which they begin anew."""
    away_until: ClassVar[float] = 0.0
    _servers: ClassVar[dict[str, Any]] = {}

    @classmethod
    def forget(cls) -> None:
        """Forget what this process knows, and ask Redis again at once."""
        cls.here.clear()
        cls.full.clear()
        cls.away_until = 0.0


def take(counts: Sequence[Count]) -> Taken:
    """Count one more of each if all of them allow it; else none."""
    if refused := known_full(counts):
        return refused
    taken = _taken(counts)
    if not taken.is_allowed:
        _remember(counts, taken)
    return taken


def known_full(counts: Sequence[Count]) -> Taken | None:
    """The refusal of counts of which one is known to be full, without asking anybody; None where it is worth asking."""
    now = time.monotonic()
    for count in counts:
        until = Counters.full.get(count.key)
        if until is not None and until > now:
            return Taken(False, (Standing(count.most, 0, until - now),))
    return None


def _taken(counts: Sequence[Count]) -> Taken:
    now = time.monotonic()
    if Counters.away_until > now:
        return Counters.here.take(counts)
    if Counters.away_until:
        Counters.away_until = now + PAUSE  # one asks whether it is back; the others go on meanwhile
    try:
        taken = _from_redis(counts)
    except (RedisError, OSError) as error:
        log.warning("limits are counted by each process: %s", type(error).__name__)
        Counters.away_until = time.monotonic() + PAUSE
        return Counters.here.take(counts)
    Counters.away_until = 0.0
    return taken


def _from_redis(counts: Sequence[Count]) -> Taken:
    arguments: list[int] = []
    for count in counts:
        arguments += (count.most, count.seconds * 1000, count.cost)
    answer: list[int] = _script()(keys=[count.key for count in counts], args=arguments)
    standings = tuple(
        _standing(count, answer[2 * number], answer[2 * number + 1] / 1000 if answer[2 * number + 1] > 0 else None)
        for number, count in enumerate(counts)
    )
    return Taken(not answer[-1], standings)


def _standing(count: Count, used: int, seconds: float | None) -> Standing:
    return Standing(count.most, max(0, count.most - used), float(count.seconds) if seconds is None else seconds)


def _remember(counts: Sequence[Count], taken: Taken) -> None:
    now = time.monotonic()
    for count, standing in zip(counts, taken.standings, strict=True):
        if standing.left:
            continue
        if len(Counters.full) >= MOST_KEPT:
            Counters.full.clear()
        Counters.full[count.key] = now + standing.seconds


def _script() -> Any:
    url = str(settings.LIMITS_URL)
    if url not in Counters._servers:
        retry = Retry(NoBackoff(), 1, supported_errors=(NotConnected,))  # a connection of before its restart
        server = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=retry)
        Counters._servers[url] = server.register_script(TAKE)
    return Counters._servers[url]
