"""Reading strangers' iCalendar text in a process of its own, within limits of memory and time (T23)."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bookings.calendars.providers import Busy, Rejected
from bookings.calendars.providers.window import Window

READER = Path(__file__).with_name("ics_child.py")
MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 5
"""5,000 events take 2.3 s and 83 MB (measured on two cores)."""
WALL_SECONDS = 60
"""On a machine where nothing else can be had for a while; the CPU is limited by itself."""
MOST_EVENTS = 5000


@dataclass(frozen=True)
class Read:
    """Busy times of each document, in its order; `refresh` is the duration that the first asks for, or empty."""

    documents: Sequence[Sequence[dict[str, Any]]]
    refresh: str


def read(documents: Sequence[str], window: Window) -> Read:
    """The busy times in calendars' texts. Raises `Rejected`, with a code of `bookings.calendars.wording`."""
    asked = {
        "zone": window.zone,
        "first": window.first.isoformat(),
        "last": window.last.isoformat(),
        "most": MOST_EVENTS,
        "documents": list(documents),
    }
    try:
        # Isolated: no PYTHONPATH, no user's packages, and none of our settings or secrets in its environment.
        done = subprocess.run(
            [sys.executable, "-I", str(READER), str(MEMORY), str(CPU_SECONDS)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            env={},
            check=False,
        )
        said = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise Rejected("too_much") from error  # it was ended by its own limits before it said anything
    if "refused" in said:
        raise Rejected(said["refused"])
    return Read(said["documents"], said["refresh"])


def busy(row: dict[str, Any], remote_id: str) -> Busy:
    """What was read, of an event that its calendar calls `remote_id`."""
    return Busy(
        key=f"{remote_id}\n{row['uid']}\n{row['occurrence']}",
        remote_id=remote_id,
        uid=row["uid"],
        start=datetime.fromisoformat(row["start"]),
        end=datetime.fromisoformat(row["end"]),
        title=row["title"],
    )
