"""How much one customer may have: what the venue's quotas say, and what the customer has already.

A booking counts in the local day, ISO week or month of its start on the venue's clocks; `active` is all that is
still to come. Holds that are over, expired and cancelled bookings do not count. Counted under the customer's
lock (`limits.customer_key`): there the lock is the only guard, no constraint can count.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject

from bookings import barred, refusals
from bookings.models import Booking, BookingResource
from bookings.plans import Plan
from bookings.requests import Contact
from bookings.states import LIVE, WAITING, State
from kernel.errors import Refused
from kernel.periods import Period, days, first_instant, last_instant, midnight
from tenants.zones import zone as zone_of
from venues.models import Quota, Resource

GONE = frozenset({State.CANCELLED, State.EXPIRED})
LONGEST_SPAN = timedelta(days=32)
"""No week and no month reaches further from a day that lies in it."""


@dataclass(frozen=True, slots=True)
class Use:
    """A booking as quotas see it: when, and which resources of which kinds. `is_active`: still to come."""

    period: Period
    resources: frozenset[int]
    kinds: frozenset[str]
    is_active: bool = True

    @classmethod
    def of(cls, period: Period, resources: Iterable[Resource]) -> "Use":
        """A booking that is wanted."""
        found = tuple(resources)
        return cls(period, frozenset(each.pk for each in found), frozenset(each.kind for each in found))


def bucket(span: str, day: date) -> tuple[int, ...]:
    """What a local day is counted with: two days with the same bucket share a quota of this span."""
    if span == Quota.Span.DAY:
        return (day.toordinal(),)
    if span == Quota.Span.WEEK:
        return day.isocalendar()[:2]
    if span == Quota.Span.MONTH:
        return (day.year, day.month)
    return ()


def has_peak(quota: Quota) -> bool:
    """Whether only some hours or weekdays count."""
    return bool(quota.weekdays or quota.from_time)


def peak_hours(quota: Quota, period: Period, zone: ZoneInfo) -> Iterator[Period]:
    """The parts of a period that count, on the wall of a zone: all of it where there are no peak hours."""
    if not has_peak(quota):
        yield period
        return
    first, last = (instant.astimezone(zone).date() for instant in (period.start, period.end))
    for day in days(first, (last - first).days + 1):
        if quota.weekdays and day.weekday() not in quota.weekdays:
            continue
        start, end = _peak_of(quota, day, zone)
        start, end = max(start, period.start), min(end, period.end)
        if start < end:
            yield Period(start, end)


def _peak_of(quota: Quota, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if quota.from_time is None or quota.until_time is None:
        return midnight(day, zone), midnight(day + timedelta(days=1), zone)
    start = first_instant(datetime.combine(day, quota.from_time), zone)
    return start, last_instant(datetime.combine(day, quota.until_time), zone)


def amount(quota: Quota, use: Use, zone: ZoneInfo) -> int:
    """What one booking takes of a quota: 0 or 1, or minutes of real time."""
    if quota.resource_id is not None and quota.resource_id not in use.resources:
        return 0
    if quota.kind and quota.kind not in use.kinds:
        return 0
    minutes = sum(part.minutes for part in peak_hours(quota, use.period, zone))
    return minutes if quota.measure == Quota.Measure.MINUTES else int(minutes > 0)


def in_force(quotas: Iterable[Quota], groups: Collection[int]) -> list[Quota]:
    """The quotas that bind a customer in these groups.

    A group's quota replaces those for everybody of the same measure, span and place, peak hours and all hours
    apart; of several groups' the most generous one counts.
    """
    drawers: dict[tuple[object, ...], list[Quota]] = {}
    for quota in quotas:
        what = (quota.measure, quota.span, quota.resource_id, quota.kind, has_peak(quota))
        drawers.setdefault(what, []).append(quota)
    found: list[Quota] = []
    for drawer in drawers.values():
        own = [quota for quota in drawer if quota.group_id in groups]
        found += [max(own, key=lambda quota: quota.most)] if own else [q for q in drawer if q.group_id is None]
    return found


class Allowance:
    """The quotas of a venue and what somebody has there: says whether one more booking is too much."""

    def __init__(self, quotas: Sequence[Quota], had: Iterable[Use], zone: ZoneInfo) -> None:
        self.quotas, self.zone = quotas, zone
        self._had = list(had)

    def add(self, use: Use) -> None:
        """Count a booking in: the next of the same transaction comes on top."""
        self._had.append(use)

    def refusal(self, use: Use, groups: Collection[int]) -> Refused | None:
        """Why one more booking is too much for somebody in these groups, or None."""
        day = use.period.start.astimezone(self.zone).date()
        for quota in in_force(self.quotas, groups):
            own = amount(quota, use, self.zone)
            if not own:
                continue
            used = sum(amount(quota, had, self.zone) for had in self._had if self._counts(quota, had, day))
            if used + own > quota.most:
                return refusals.quota_used_up(quota, used)
        return None

    def _counts(self, quota: Quota, had: Use, day: date) -> bool:
        if quota.span == Quota.Span.ACTIVE:
            return had.is_active
        return bucket(quota.span, had.period.start.astimezone(self.zone).date()) == bucket(quota.span, day)


@dataclass(frozen=True)
class Asking:
    """Whose bookings count, at which moment; those in `ignoring` are given up for what is asked."""

    who: Q
    now: datetime
    ignoring: Collection[UUID] = ()


def read(venue_id: int, zone: ZoneInfo, starts: Collection[datetime], asking: Asking) -> Allowance | None:
    """What somebody may have at a venue around these starts; None where the venue has no quotas. Two queries."""
    quotas = list(Quota.objects.filter(venue=venue_id))
    if not quotas:
        return None
    nearby = Q(start__gte=min(starts) - LONGEST_SPAN, start__lt=max(starts) + LONGEST_SPAN)
    to_come = Q(end__gt=asking.now, state__in=LIVE)
    further = BookingResource.objects.filter(booking=OuterRef("pk")).order_by()
    rows = (
        Booking.objects.filter(asking.who, nearby | to_come, resource__venue=venue_id)
        .exclude(state__in=GONE)
        .exclude(state__in=WAITING, hold_expires_at__lte=asking.now)
        .exclude(pk__in=asking.ignoring)
        .order_by()
        .annotate(beside=ArraySubquery(further.values(row=JSONObject(pk="resource_id", kind="resource__kind"))))
        .values_list("start", "end", "state", "resource_id", "resource__kind", "beside")
    )
    had = [
        Use(
            Period(start, end),
            frozenset([resource_id, *(each["pk"] for each in beside)]),
            frozenset([kind, *(each["kind"] for each in beside)]),
            is_active=state in LIVE and end > asking.now,
        )
        for start, end, state, resource_id, kind, beside in rows
    ]
    return Allowance(quotas, had, zone)


def allowance(plans: Sequence[Plan], now: datetime, ignoring: Collection[UUID] = ()) -> Allowance | None:
    """What the customer of these plans, which lie in one venue, may have; None where nothing limits it.

    Costs no query in a venue without quotas, nor for somebody without an account.
    """
    main = plans[0].basket.main
    customer_id = plans[0].request.customer_id
    if customer_id is None or not main.has_quotas:  # type: ignore[attr-defined]
        return None
    starts = [plan.request.period.start for plan in plans]
    return read(main.venue_id, plans[0].basket.zone, starts, Asking(Q(customer=customer_id), now, ignoring))


def use_of(plan: Plan) -> Use:
    """A plan as quotas see it."""
    return Use.of(plan.request.period, plan.basket.resources)


def check(plan: Plan, now: datetime, ignoring: Collection[UUID] = ()) -> None:
    """Raise `Refused("quota")` where the customer would have too much; call it under the customer's lock.

    Bookings in `ignoring` do not count: those that this one replaces, or the one that is being changed. Staff
    who book for somebody do not ask. Several at once: `allowance`, with `add` after each.
    """
    known = allowance([plan], now, ignoring)
    refusal = known.refusal(use_of(plan), plan.basket.groups) if known else None
    if refusal:
        raise refusal


def guest_key(booking: Booking, contact: Contact) -> str:
    """Whom a booking without an account counts for once there is an e-mail address; empty for an account's."""
    return barred.email_key(contact.email) if booking.customer_id is None and contact.email else ""


def check_guest(booking: Booking, contact: Contact, now: datetime) -> None:
    """As `check`, for somebody without an account who has given an e-mail address, under the lock of `guest_key`.

    `Forbidden("customer_blocked")` for an address that may not book at all.
    """
    if not guest_key(booking, contact):
        return
    barred.check_guest(contact.email)
    if not booking.has_quotas:  # type: ignore[attr-defined]
        return
    asking = Asking(Q(customer=None, email__iexact=contact.email), now, [booking.pk])
    known = read(booking.resource.venue_id, zone_of(booking.time_zone), [booking.start], asking)
    resources = [booking.resource, *Resource.objects.filter(further_bookings__booking=booking)]
    refusal = known.refusal(Use.of(Period(booking.start, booking.end), resources), ()) if known else None
    if refusal:
        raise refusal
