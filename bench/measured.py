"""What came out of a run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """Pieces of work per second, and latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    count: int

    @classmethod
    def of(cls, latencies: Sequence[float], seconds: float) -> "Measured":
        """From every single latency. Raises ValueError where there is none."""
        if not latencies:
            raise ValueError("nothing was done in the whole run")
        ordered = sorted(latencies)
        return cls(
            per_second=len(ordered) / seconds,
            p50=ordered[len(ordered) // 2],
            p99=ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
            count=len(ordered),
        )
