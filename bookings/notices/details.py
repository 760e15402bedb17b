"""What only the event knows that a message tells of: what is different, who cancelled, how much came, which dates."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from bookings.letters import settled
from bookings.letters.kinds import Kind
from bookings.letters.wording import Words
from bookings.models import Booking, BookingEvent, BookingMessage, Notice
from bookings.notices import meaning
from bookings.states import CancelReason, State
from kernel.money import as_text
from tenants import speech
from tenants.zones import zone

Act = BookingEvent.Act
ACTS = {Kind.CHANGE: (Act.CHANGED,), Kind.PAYMENT: (Act.PAID,)}
MOST_DATES = 60
Who = BookingEvent.ActorKind
OF_THE_CUSTOMER = frozenset({Who.CUSTOMER, Who.GUEST, Who.APP})


def extra_of(notice: Notice, booking: Booking) -> dict[str, str]:
    """The placeholders of the kind that the booking does not say, in the language of the notice."""
    if notice.kind == Kind.ANSWER:
        return {"message": said_at(notice)}
    if notice.kind == Kind.REQUEST_DECLINED:
        return {"message": settled.word(booking)}
    event = _event_of(notice)
    if event is None:
        return {}
    with override(notice.language):
        match notice.kind:
            case Kind.CHANGE:
                return {"changes": "\n".join(changes(event, booking))}
            case Kind.PAYMENT:
                return {"amount": speech.money(meaning.amount_of(event), booking.currency)}
            case Kind.CANCELLATION:
                return {"by": _by(event, booking), "dates": _dates(event), "message": settled.word(booking)}
            case Kind.CONFIRMATION | Kind.REQUEST:
                return {"dates": _dates(event)}
            case _:
                return {}


def said_at(notice: Notice) -> str:
    """What was written at the instant that a notice is about; nothing once it is erased."""
    rows = BookingMessage.objects.filter(booking=notice.booking_id, at=notice.due_at)
    return rows.values_list("text", flat=True).first() or ""


def question(notice: Notice, booking: Booking) -> Words:
    """What owners are told of a customer's word, in the language that is active: quoted, so that no line is a link."""
    words = {"code": booking.reference_code, "name": " ".join(booking.name.split()) or _("Somebody")}
    quoted = "\n".join(f"> {line}" for line in said_at(notice).splitlines())
    subject = _("A question about %(code)s") % words
    return Words(subject, _("%(name)s wrote about the booking %(code)s:") % words + f"\n\n{quoted}")


def _event_of(notice: Notice) -> BookingEvent | None:
    rows = BookingEvent.objects.filter(booking=notice.booking_id, at=notice.due_at).select_related("booking")
    acts = ACTS.get(Kind(notice.kind), (Act.MOVED, Act.CHANGED)) if notice.kind in set(Kind) else (Act.MOVED,)
    found = [row for row in rows.filter(act__in=acts).order_by("-pk") if notice.kind in meaning.told_by(row)]
    if not found and notice.kind == Kind.CANCELLATION:  # told once more, at another time
        return BookingEvent.objects.filter(booking=notice.booking_id, to_state=State.CANCELLED).last()
    return found[0] if found else None


def changes(event: BookingEvent, booking: Booking) -> list[str]:
    """What an act made different, a line each, in the language that is active."""
    told = {change.field: (change.before, change.after) for change in event.changes.all()}
    lines = []
    if "start" in told or "end" in told:
        start = told.get("start", (booking.start.isoformat(),) * 2)
        end = told.get("end", (booking.end.isoformat(),) * 2)
        lines.append(_line(_("When"), *(_when(start[side], end[side], booking) for side in (0, 1))))
    if "resource" in told:
        lines.append(_line(_("What"), *told["resource"]))
    if "participants" in told:
        lines.append(_line(_("People"), *told["participants"]))
    if "with_resources" in told:
        lines.append(_line(_("Together with"), *told["with_resources"]))
    if "extras" in told:
        lines.append(_line(_("Extras"), *told["extras"]))
    if "total_minor" in told:
        lines.append(_line(_("Price"), *(speech.money(int(minor), booking.currency) for minor in told["total_minor"])))
    return lines


def _line(label: str, before: str, after: str) -> str:
    words = {"label": label, "before": before or "–", "after": after or "–"}
    return _("%(label)s: %(after)s (was: %(before)s)") % words


def _when(start: str, end: str, booking: Booking) -> str:
    here = zone(booking.time_zone)
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return f"{speech.day(first, here, 'medium')}, {speech.span(first, last, here)}"


def _by(event: BookingEvent, booking: Booking) -> str:
    if event.actor_kind in OF_THE_CUSTOMER:
        return _("You have cancelled it yourself.")
    if booking.cancel_reason == CancelReason.WEATHER:
        return _("We had to cancel it because of the weather. We are sorry.")
    return _("It was cancelled by us, not by you.")


def _dates(event: BookingEvent) -> str:
    """All dates of a series that one act moved; nothing for a booking alone."""
    rows = [row.booking for row in meaning.together_with(event)]
    if len(rows) < 2:  # noqa: PLR2004 - one is alone
        return ""
    lines = [
        f"{speech.day(row.start, zone(row.time_zone), 'full')}, {speech.span(row.start, row.end, zone(row.time_zone))}"
        for row in rows[:MOST_DATES]
    ]
    if len(rows) > MOST_DATES:
        lines.append(_("and %(count)d more") % {"count": len(rows) - MOST_DATES})
    return "\n".join(lines)


def to_owner(notice: Notice, booking: Booking) -> tuple[str, str]:
    """Subject and text of what owners hear of a single booking, in the language that is active."""
    here = zone(booking.time_zone)
    words = {
        "code": booking.reference_code,
        "what": booking.resource.name,
        "venue": booking.resource.venue.name,
        "day": speech.day(booking.start, here),
        "time": speech.span(booking.start, booking.end, here),
        "name": " ".join(booking.name.split()) or _("no name"),
        "people": booking.participants,
        "total": f"{as_text(booking.total_minor, booking.currency)} {booking.currency}",
    }
    if notice.kind == "owner_cancelled":
        subject = _("Cancelled by the customer: %(what)s, %(day)s") % words
    else:
        subject = _("New booking: %(what)s, %(day)s") % words
    text = _("%(venue)s, %(what)s\n%(day)s, %(time)s\n%(name)s, %(people)d people, %(total)s\n%(code)s") % words
    return subject, text
