"""The owners' daily summary: today's bookings of each venue, and what waits for a decision.

Due work that plans its next time: at `summary_at` on the tenant's wall, each day once, whatever the clocks do. A day
without bookings and without anything to decide brings no mail; nor does one whose hour was missed by six.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import Role, User
from billing.payments.models import Payout
from billing.payments.payouts import FAILED
from bookings.letters import composing
from bookings.letters.kinds import Kind
from bookings.models import Booking, CalendarConflict, Notice
from bookings.models.messages import Channel
from bookings.notices import hours, reminding, rules
from bookings.states import PendingReason, State
from kernel.periods import Period, local_day
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due, mail, speech
from tenants.due import Queue
from tenants.models import DueWork
from tenants.zones import zone

KIND, DAILY = "summary", "daily"
"""The kind of due work, and its one object in each tenant."""
LATEST = timedelta(hours=6)
LATELY = timedelta(days=3)
"""So long a failed payout is named."""
MOST_LINES = 100


def begin(now: datetime) -> None:
    """Have the summary come, where nothing is due for it yet; in the caller's transaction."""
    rows = DueWork.objects.filter(schema_name=current_schema(), kind=KIND, object_id=DAILY, is_dead=False)
    if not rows.exists():
        plan_next(now)


def plan_next(now: datetime) -> None:
    """Plan the next summary by the tenant's settings; none where it is switched off."""
    wall = rules.manners().summary_at
    if wall is not None:
        due.schedule(KIND, DAILY, hours.next_at(now, wall, rules.house_zone()))
    else:
        DueWork.objects.filter(schema_name=current_schema(), kind=KIND, object_id=DAILY).delete()


@due.handles(KIND, queue=Queue.MAIL)
def send(_daily: str) -> None:
    """Send today's summary, once, and plan the next; as often as it is called."""
    transact(_send)


def _send() -> None:
    now = database_now()
    wall = rules.manners().summary_at
    if wall is None:
        return
    here = rules.house_zone()
    today = now.astimezone(here).date()
    due_at = hours.instant(today, wall, here)
    plan_next(now)
    day = local_day(today, here)
    is_told = Notice.objects.filter(kind=Kind.SUMMARY, due_at__gte=day.start, due_at__lt=day.end).exists()
    if is_told or not due_at <= now < due_at + LATEST:
        return
    with override(mail.house_language()):
        bookings = _bookings(day)
        lines = [*_lines(bookings), *_undecided(now)]
        if lines:
            count = ngettext("%(count)d booking", "%(count)d bookings", len(bookings)) % {"count": len(bookings)}
            _post({"date": speech.day(today), "count": count, "list": "\n".join(lines)}, due_at, now)


def _post(extra: dict[str, str], due_at: datetime, now: datetime) -> None:
    language = mail.house_language()
    for owner in User.objects.filter(role=Role.OWNER, is_active=True).order_by("pk"):
        notice = Notice.objects.create(
            kind=Kind.SUMMARY,
            channel=Channel.MAIL,
            to=owner.email,
            language=language,
            due_at=due_at,
            send_at=due_at,
            state=Notice.State.SENDING,
            attempts=1,
            created_at=now,
            updated_at=now,
        )
        key = reminding.key_of(notice)
        letter = composing.letter(Kind.SUMMARY, None, key=key, to=owner.email, language=language, now=now, extra=extra)
        mail.post(letter, now)


def _bookings(day: Period) -> list[Booking]:
    rows = Booking.objects.filter(
        start__gte=day.start, start__lt=day.end, state__in=[State.CONFIRMED, State.PENDING, State.COMPLETED]
    )
    return list(rows.select_related("resource__venue").order_by("resource__venue__name", "start", "pk"))


def _lines(bookings: Sequence[Booking]) -> Iterator[str]:
    venue = None
    for booking in bookings[:MOST_LINES]:
        if booking.resource.venue_id != venue:
            venue = booking.resource.venue_id
            yield ""
            yield booking.resource.venue.name
        words = {
            "time": speech.span(booking.start, booking.end, zone(booking.time_zone)),
            "what": booking.resource.name,
            "name": " ".join(booking.name.split()) or _("no name"),
            "code": booking.reference_code,
        }
        line = _("%(time)s %(what)s, %(name)s (%(code)s)") % words
        yield line + (_(" – not confirmed yet") if booking.state == State.PENDING else "")
    if len(bookings) > MOST_LINES:
        yield _("and %(count)d more") % {"count": len(bookings) - MOST_LINES}


def _undecided(now: datetime) -> list[str]:
    """What waits for the owners, a line each; empty where nothing does."""
    waiting = Booking.objects.filter(state=State.PENDING, pending_reason=PendingReason.APPROVAL, start__gt=now).count()
    conflicts = CalendarConflict.objects.filter(settled_at=None).count()
    lost = Payout.objects.filter(status__in=FAILED, updated_at__gt=now - LATELY).count()
    lines = []
    if waiting:
        lines.append(
            ngettext("%(count)d request waits for your answer.", "%(count)d requests wait for your answer.", waiting)
            % {"count": waiting}
        )
    if conflicts:
        lines.append(
            ngettext(
                "%(count)d booking clashes with another calendar.",
                "%(count)d bookings clash with another calendar.",
                conflicts,
            )
            % {"count": conflicts}
        )
    if lost:
        lines.append(
            ngettext("%(count)d payout did not reach your bank.", "%(count)d payouts did not reach your bank.", lost)
            % {"count": lost}
        )
    return ["", _("To be decided"), *lines] if lines else []
