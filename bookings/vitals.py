"""The promises about bookings, as the status page measures them (`tenants.vitals`)."""

import time
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from bookings import availability
from bookings.calendars import CHECK, LEAVE, PULL, PUSH
from bookings.facts import Window
from bookings.models import Occupancy
from bookings.moves import CLOCK
from schemas.clock import database_now
from tenants import backlog, latencies, proofs, vitals
from tenants.vitals import COUNT, NOW, SECONDS, Measured, Vital, watches
from venues.models import Resource

AVAILABILITY = "availability"
LOOKS = frozenset(
    {
        "bookings.api.availability.AvailabilityView",
        "bookings.api.availability.CalendarView",
        "bookings.api.sites.views.StartsView",
        "venue-day",
    }
)
"""Routes that say what is free."""
MINUTES = 15
CLASHES = f"""
    SELECT count(*) FROM (
        SELECT lower(during) < max(upper(during)) OVER (
            PARTITION BY resource_id, unit ORDER BY lower(during), upper(during)
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS clashes FROM {Occupancy._meta.db_table} WHERE NOT isempty(during)
    ) AS walked WHERE clashes
"""  # noqa: S608 - a table's name of ours


@proofs.proves
def clashes() -> int:
    """How many pieces of time begin before an earlier one of their place is over; by a walk, not by the constraint."""
    with connection.cursor() as cursor:
        cursor.execute(CLASHES)
        return int(cursor.fetchone()[0])


@proofs.proves
def ask() -> int:
    """Ask what is free tomorrow, as visitors do, and note how long it takes; no fault of anybody's."""
    resource = Resource.objects.filter(is_active=True, venue__is_active=True).order_by("pk").first()
    if resource is not None:
        now = database_now()
        began = time.perf_counter()
        day = now.date() + timedelta(days=1)
        availability.read([resource.pk], Window(day, day), now)[resource.pk].free(resource.min_minutes, 1)
        latencies.here.note(AVAILABILITY, time.perf_counter() - began)
        backlog.beat(AVAILABILITY)
    return 0


def _proofs(now: datetime) -> Measured:
    found = proofs.proven()
    return Measured(float(found.faults), found.oldest, is_used=bool(found.tenants))


def _availability(now: datetime) -> Measured:
    value = latencies.percentile(AVAILABILITY, 0.95, MINUTES)
    return Measured(value, now, is_used=value is not None or backlog.has_beaten(AVAILABILITY))


watches(
    Vital(
        "overlaps",
        _("No time sold twice"),
        _("Every place's calendar is walked through, of one business after the other."),
        COUNT,
        0.0,
        timedelta(hours=2),
        _proofs,
    )
)
watches(
    Vital(
        "hold_expiry",
        _("Holds that end"),
        _("A time that somebody did not take is tidied up."),
        SECONDS,
        60.0,
        NOW,
        vitals.late([CLOCK]),
    )
)
watches(
    Vital(
        "availability",
        _("What is free"),
        _("19 of 20 answers to what is free came within this, over the last quarter of an hour."),
        SECONDS,
        0.3,
        NOW,
        _availability,
    )
)
watches(
    Vital(
        "sync_lag",
        _("Calendars elsewhere"),
        _("Google, Outlook and other calendars are brought up to date."),
        SECONDS,
        900.0,
        NOW,
        vitals.late([PULL, PUSH, CHECK, LEAVE]),
    )
)
