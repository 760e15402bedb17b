"""What needs an answer from somebody of the team: requests, messages that did not arrive, calendars, money.

A fixed number of queries for whoever looks; each line leads to where it is seen to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.access import sees_money
from billing.payments.models import Dispute, Refund
from bookings import conversation
from bookings.access import bookings_for_staff
from bookings.calendars import conflicts
from bookings.models import Booking, Notice
from bookings.notices import log
from bookings.refund_letters import LATE
from bookings.states import PendingReason, State
from desk.navigation import manages
from tenants import speech
from tenants.zones import zone
from venues.access import Anyone, venues_run_by

SHOWN = 5
REQUESTS_SHOWN = 3
LATELY = timedelta(days=7)
"""Messages that failed longer ago are nobody's business any more."""
ASKED_BY_BANK = ("needs_response", "warning_needs_response")
LOST = (Notice.State.FAILED, Notice.State.BOUNCED)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that waits, in words, and where it is seen to."""

    text: str
    address: str
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A booking that waits for yes or no; `may_answer`: from whoever looks."""

    booking: Booking
    may_answer: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """`requests` are the first of `requests_count`."""

    requests: list[Request]
    requests_count: int
    lines: list[Line]

    @property
    def count(self) -> int:
        """How many things wait."""
        return self.requests_count + len(self.lines)

    @property
    def further(self) -> int:
        """How many requests there are beside those that are shown."""
        return self.requests_count - len(self.requests)


def needs_of(user: Anyone, now: datetime) -> Needs:
    """What waits at the venues that a member of staff sees."""
    asked = bookings_for_staff(user).filter(
        state=State.PENDING, pending_reason=PendingReason.APPROVAL, start__gt=now
    )  # fmt: skip
    runs = set(venues_run_by(user).values_list("pk", flat=True))
    first = asked.select_related("resource__venue").order_by("start", "pk")[:REQUESTS_SHOWN]
    return Needs(
        requests=[Request(booking, booking.resource.venue_id in runs) for booking in first],
        requests_count=asked.count(),
        lines=[*_money(user, now), *_asked(user), *_calendars(user), *_messages(user, now)],
    )


def _money(user: Anyone, now: datetime) -> Iterator[Line]:
    """Disputes by their deadline, and refunds that do not go through, for those who see money."""
    if not sees_money(user):
        return
    here = bookings_for_staff(user)
    disputes = list(
        Dispute.objects.filter(closed_at=None, status__in=ASKED_BY_BANK, booking_id__in=here.values("pk")).order_by(
            "evidence_due_at", "pk"
        )[:SHOWN]
    )
    late = Q(state=Refund.State.FAILED) | Q(state=Refund.State.WANTED, created_at__lt=now - LATE)
    owed = here.filter(Q(refund_due_minor__gt=0) | Q(refunding_minor__gt=0))
    refunds = Refund.objects.filter(late, booking_id__in=owed.values("pk")).order_by("booking_id")
    stuck = list(refunds.values_list("booking_id", flat=True).distinct()[:SHOWN])
    named = Booking.objects.in_bulk([*(row.booking_id for row in disputes), *stuck])
    yield from (_disputed(row, named[row.booking_id], now) for row in disputes)
    yield from (_stuck(named[pk]) for pk in stuck)


def _disputed(row: Dispute, booking: Booking, now: datetime) -> Line:
    words = {"code": booking.reference_code, "amount": speech.money(row.amount_minor, row.currency)}
    address = reverse("desk-booking", args=[booking.pk])
    due = row.evidence_due_at
    if due is None:
        return Line(_("The bank asks about %(amount)s of %(code)s") % words, address, is_urgent=True)
    words["day"] = speech.day(due, zone(booking.time_zone), "medium")
    if due <= now:
        return Line(_("%(amount)s of %(code)s are disputed: the time to answer was over on %(day)s") % words, address)
    return Line(_("%(amount)s of %(code)s are disputed: answer by %(day)s") % words, address, is_urgent=True)


def _stuck(booking: Booking) -> Line:
    said = _("The refund of %(code)s did not go through") % {"code": booking.reference_code}
    return Line(said, reverse("desk-booking", args=[booking.pk]), is_urgent=True)


def _asked(user: Anyone) -> Iterator[Line]:
    """Customers who wrote and have no answer yet; the first of them leads to its booking."""
    waiting = conversation.waiting_for(user).order_by("at", "pk")
    first, count = waiting.first(), waiting.count()
    if first is not None:
        said = ngettext(
            "%(count)d message of a customer waits for an answer",
            "%(count)d messages of customers wait for an answer",
            count,
        )
        yield Line(said % {"count": count}, reverse("desk-booking", args=[first.booking_id]), is_urgent=True)


def _calendars(user: Anyone) -> Iterator[Line]:
    if not manages(user):
        return
    count = conflicts.open_of(conflicts.seen_by(user)).count()
    if count:
        said = ngettext(
            "%(count)d booking collides with a calendar", "%(count)d bookings collide with a calendar", count
        )
        yield Line(said % {"count": count}, reverse("conflicts"))


def _messages(user: Anyone, now: datetime) -> Iterator[Line]:
    rows = log.seen_by(user).filter(state__in=LOST, due_at__gt=now - LATELY, due_at__lte=now).order_by()
    for state, count in sorted(rows.values_list("state").annotate(Count("pk"))):
        if state == Notice.State.BOUNCED:
            said = ngettext("%(count)d message came back this week", "%(count)d messages came back this week", count)
        else:
            said = ngettext("%(count)d message failed this week", "%(count)d messages failed this week", count)
        yield Line(said % {"count": count}, f"{reverse('notices')}?state={state}")
