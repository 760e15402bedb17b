"""When people come: the chance that a start on the grid is taken, by kind of crowd, weekday and hour. Pure."""

import math
from enum import Enum

WEEKEND = 5
"""The first weekday number that is not a working day."""

# 24 hours from midnight, in tenths of the busiest hour there could be.
_HOURS = {
    "sport": ("000000023211123224689971", "000000013567776556654310"),
    "office": ("000000024678546786420000", "000000000111111110000000"),
    "studio": ("000000001355665677655320", "000000002577778888776420"),
    "late": ("643100000000112234689998", "764200000012346667788998"),
    "outdoor": ("000000001111111233210000", "000000013568888764210000"),
}

AHEAD_DAYS = 16
"""Every so many days further ahead, interest halves."""

LEAST_INTEREST = 0.12


class Crowd(Enum):
    """Kinds of customers, by when they come."""

    SPORT = "sport"
    OFFICE = "office"
    STUDIO = "studio"
    LATE = "late"
    OUTDOOR = "outdoor"

    def chance(self, weekday: int, hour: int) -> float:
        """From 0 to 0.9: how likely somebody wants a start in this local hour."""
        return int(_HOURS[self.value][weekday >= WEEKEND][hour]) / 10


def interest(days_ahead: int) -> float:
    """1 for the past and today, less and less the further ahead: most people book late."""
    return max(LEAST_INTEREST, math.pow(0.5, max(days_ahead, 0) / AHEAD_DAYS))
