"""The weather: everything outdoors of a day, or of some hours of it, is cancelled in one go.

One transaction: whoever looks sees the whole day played or none of it. Repeating it finds nothing left to
cancel. The locks of a single cancellation are taken for all bookings at once, in the same order.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from bookings import cancelling, claims, waitlist
from bookings.cancelling import Cancellation
from bookings.models import Booking, BookingResource, HoursEntry
from bookings.records import Actor
from bookings.states import LIVE, WAITING, CancelReason
from bookings.terms import Settlement
from kernel.errors import Invalid
from kernel.periods import Period, first_instant, last_instant, local_day
from schemas.clock import database_now
from schemas.transactions import Again, transact
from tenants.zones import zone
from venues.models import Resource, Venue


@dataclass(frozen=True, slots=True)
class BadWeather:
    """Where and when it was: `resources` narrows it to some of those outdoors, by id."""

    venue: Venue
    period: Period
    resources: frozenset[int] = frozenset()
    notes: str = ""

    @property
    def why(self) -> Cancellation:
        """What each booking is cancelled for."""
        return Cancellation(CancelReason.WEATHER, self.notes)


@dataclass(frozen=True)
class RainedOff:
    """One booking of the day, and what comes back of it; `minutes_back` are prepaid minutes."""

    booking: Booking
    settlement: Settlement
    minutes_back: int


def hours_of(venue: Venue, day: date, first: time | None, last: time | None) -> Period:
    """A local day at a venue, or some hours of it on the wall. `Invalid` where they run backwards."""
    in_zone = zone(venue.time_zone)
    whole = local_day(day, in_zone)
    start = first_instant(datetime.combine(day, first), in_zone) if first else whole.start
    end = last_instant(datetime.combine(day, last), in_zone) if last else whole.end
    if start >= end:
        raise Invalid("invalid", _("The end must lie after the start."))
    return Period(start, end)


def foretell(weather: BadWeather, actor: Actor) -> list[RainedOff]:
    """What `call_off` would do at this moment; changes nothing."""
    outdoors = _outdoors(weather)
    now = database_now()
    return _settled(_whole(_live(outdoors, weather.period, now)), weather, actor, now)


def call_off(weather: BadWeather, actor: Actor) -> list[RainedOff]:
    """Cancel every live booking outdoors that has time in the period, for the weather; by start.

    What is over already, or cancelled by somebody else a moment ago, is left alone.
    """

    def act() -> list[RainedOff]:
        outdoors = _outdoors(weather)
        found = set(_live(outdoors, weather.period, database_now()).values_list("pk", flat=True))
        known = {*outdoors, *claims.resources_of(found)}
        claims.lock(sorted(known))
        now = database_now()
        locked = _locked(_live(outdoors, weather.period, now))
        if not known.issuperset(claims.resources_of([booking.pk for booking in locked])):
            raise Again  # one that came meanwhile takes time elsewhere too
        gone = _settled(locked, weather, actor, now)
        cancelling.give_up_all([one.booking for one in gone], actor, weather.why, now)
        waitlist.later(sorted(known - outdoors), now)  # indoors somebody may want what is free now
        return gone

    return transact(act)


def _outdoors(weather: BadWeather) -> set[int]:
    rows = Resource.objects.filter(venue=weather.venue, is_outdoor=True)
    outdoors = set(rows.values_list("pk", flat=True))
    strange = sorted(weather.resources - outdoors)
    if strange:
        raise Invalid("not_outdoors", _("This is not outdoors at this venue."), {"resource": strange[0]})
    return set(weather.resources) or outdoors


def _live(outdoors: Collection[int], period: Period, now: datetime) -> QuerySet[Booking]:
    beside = BookingResource.objects.filter(resource__in=outdoors).values("booking")
    rows = Booking.objects.filter(
        Q(resource__in=outdoors) | Q(pk__in=beside),
        state__in=LIVE,
        start__lt=period.end,
        end__gt=max(period.start, now),
    )
    return rows.exclude(state__in=WAITING, hold_expires_at__lte=now)


def _locked(rows: QuerySet[Booking]) -> list[Booking]:
    ids = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    return _whole(Booking.objects.filter(pk__in=ids, state__in=LIVE))


def _whole(rows: QuerySet[Booking]) -> list[Booking]:
    """Bookings with all that a settlement needs, in three queries."""
    return list(rows.select_related("resource__venue", "policy").prefetch_related("policy__steps").order_by("pk"))


def _settled(rows: list[Booking], weather: BadWeather, actor: Actor, now: datetime) -> list[RainedOff]:
    used = prepaid(rows)
    found = []
    for booking in rows:
        done = cancelling.preview(booking, actor, weather.why, now)
        back = sum(cancelling.minutes_back(minutes, done.hours_kept) for minutes in used.get(booking.pk, ()))
        found.append(RainedOff(booking, done, back))
    return sorted(found, key=lambda one: (one.booking.start, one.booking.pk))


def prepaid(rows: Collection[Booking]) -> dict[UUID, list[int]]:
    """Prepaid minutes in use, one number for each account, by booking."""
    entries = HoursEntry.objects.filter(booking__in=rows).values_list("booking_id", "account_id")
    found: dict[UUID, list[int]] = {}
    for booking_id, _account, used in entries.annotate(used=-Sum("minutes")):
        if booking_id is not None:
            found.setdefault(booking_id, []).append(used)
    return found
