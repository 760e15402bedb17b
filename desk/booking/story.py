"""Everything that happened around one booking, by time: acts with what they changed, money, messages, notes, files.

A fixed number of questions, however much there is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from billing.payments.models import Payment, Refund
from bookings import conversation, keeping, looks
from bookings.agents import client_of
from bookings.models import Booking, BookingEvent, Notice, StaffNote
from bookings.models.messages import Channel
from bookings.notices import log
from bookings.views.notices import TONES
from desk.booking import words
from tenants import speech

ACTS, MONEY, MESSAGES, TEAM = "acts", "money", "messages", "team"
MOST = 500
"""Of each kind; more than anybody reads."""
OF_MONEY = frozenset({BookingEvent.Act.PAID, BookingEvent.Act.REFUNDED, BookingEvent.Act.DISPUTED})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened; `who` may be empty, `details` are what was different, or what was said."""

    at: datetime
    kind: str
    title: str
    who: str = ""
    details: tuple[str, ...] = ()
    tone: str = ""
    order: int = field(default=0, compare=False)


def kinds() -> list[tuple[str, str]]:
    """What the story can be narrowed to, with the words for it."""
    return [("", _("All")), (ACTS, _("Changes")), (MONEY, _("Money")), (MESSAGES, _("Messages")), (TEAM, _("Team"))]


def story(booking: Booking) -> list[Line]:
    """All of it, the latest first."""
    events = list(booking.events.prefetch_related("changes").order_by("at", "pk")[:MOST])
    lines = [*_acts(booking, events), *_payments(booking), *_refunds(booking), *_told(booking), *_said(booking),
             *_noted(booking), *_kept(booking)]  # fmt: skip
    return sorted(lines, key=lambda line: (line.at, line.order), reverse=True)


def made_by(lines: list[Line]) -> Line | None:
    """How it began."""
    acts = [line for line in lines if line.kind == ACTS]
    return acts[-1] if acts else None


def _acts(booking: Booking, events: list[BookingEvent]) -> Iterator[Line]:
    names = _names(events)
    client = client_of(booking.agent) if booking.agent else None
    for number, event in enumerate(events):
        who = client.name if client and event.actor_kind == "app" else names.get(event.actor_id or 0, "")
        if (event.actor_id or 0) < 0:
            who = looks.PLATFORM
        changes = [words.change(change, booking) for change in event.changes.all()]
        yield Line(
            event.at,
            MONEY if event.act in OF_MONEY else ACTS,
            words.act(event),
            who or event.get_actor_kind_display(),
            tuple(line for line in (words.why(event), *changes) if line),
            order=number,
        )


def _names(events: list[BookingEvent]) -> dict[int, str]:
    people = {event.actor_id for event in events if event.actor_id and event.actor_kind != "app"}
    return dict(User.objects.filter(pk__in=people).values_list("pk", "name"))


def _payments(booking: Booking) -> Iterator[Line]:
    for row in Payment.objects.filter(booking_id=booking.pk).order_by("created_at")[:MOST]:
        amount = speech.money(row.amount_minor, row.currency)
        title = _("Online payment of %(amount)s: %(state)s") % {"amount": amount, "state": row.get_state_display()}
        yield Line(row.succeeded_at or row.updated_at, MONEY, title, "", (row.intent_id,) if row.intent_id else ())


def _refunds(booking: Booking) -> Iterator[Line]:
    for row in Refund.objects.filter(booking_id=booking.pk).select_related("payment").order_by("created_at")[:MOST]:
        amount = speech.money(row.amount_minor, row.payment.currency)
        title = _("Refund of %(amount)s: %(state)s") % {"amount": amount, "state": row.get_state_display()}
        details = tuple(part for part in (row.get_reason_display(), row.note, row.why) if part)
        yield Line(row.updated_at, MONEY, title, "", details, "error" if row.failure else "")


def _told(booking: Booking) -> Iterator[Line]:
    for row in Notice.objects.filter(booking=booking).order_by("pk")[:MOST]:
        title = f"{log.label(row.kind)}: {row.get_state_display()}"
        details = tuple(
            part for part in (Channel(row.channel).label, row.to, log.reason(row.why) if row.why else "") if part
        )
        yield Line(row.sent_at or row.send_at, MESSAGES, title, "", (" · ".join(map(str, details)),),
                   TONES.get(Notice.State(row.state), ""))  # fmt: skip


def _said(booking: Booking) -> Iterator[Line]:
    for row in conversation.thread(booking)[:MOST]:
        is_ours = row.side == conversation.Side.VENUE
        who = (row.author.name if row.author else _("Venue")) if is_ours else _("Customer")
        yield Line(
            row.at, MESSAGES, _("Written to the customer") if is_ours else _("The customer wrote"), who, (row.text,)
        )


def _noted(booking: Booking) -> Iterator[Line]:
    for row in StaffNote.objects.filter(booking=booking).select_related("author").order_by("pk")[:MOST]:
        yield Line(row.at, TEAM, _("Note"), row.author.name if row.author else "", (row.text,))


def _kept(booking: Booking) -> Iterator[Line]:
    for row in keeping.files_of(booking)[:MOST]:
        yield Line(row.at, TEAM, _("File added"), row.added_by.name if row.added_by else "", (row.name,))
