"""What a booking's page offers beside the booking itself: calendars, the way there, people, extras, rules, history."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from bookings import ics, participants
from bookings.models import Booking, BookingEvent
from bookings.states import State
from bookings.views.maps import maps_of
from tenants import speech

COMPACT = "%Y%m%dT%H%M%SZ"
MOST_HAPPENINGS = 50
LIVE = frozenset({State.PENDING, State.CONFIRMED})
By = BookingEvent.ActorKind
OURS = frozenset({By.CUSTOMER, By.GUEST, By.APP})


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a booking's history, in words."""

    at: datetime
    text: str


def onward(booking: Booking) -> dict[str, object]:
    """What the template gets, in four queries."""
    venue = booking.resource.venue
    return {
        "calendars": calendars_of(booking) if booking.state in LIVE else [],
        "maps": maps_of(venue),
        "people": participants.people_of(booking),
        "extras": [(extra.product.name, extra.quantity) for extra in booking.extras.select_related("product")],
        "rules": [text for text in (venue.house_rules, booking.resource.house_rules) if text],
        "happenings": list(_happenings(booking)),
    }


def calendars_of(booking: Booking) -> list[tuple[str, str]]:
    """Names and addresses of calendars in the web that open with the booking filled in: what, when, where, no more."""
    venue = booking.resource.venue
    what = ics.plain(f"{booking.resource.name}, {venue.name}")
    where = ics.plain(", ".join(part for part in (venue.name, " ".join(venue.address.split())) if part))
    start, end = (instant.astimezone(UTC) for instant in (booking.start, booking.end))
    google = {
        "action": "TEMPLATE",
        "text": what,
        "dates": f"{start:{COMPACT}}/{end:{COMPACT}}",
        "ctz": booking.time_zone,
        "location": where,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": what,
        "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "location": where,
    }
    return [
        ("Google", f"https://calendar.google.com/calendar/render?{urlencode(google)}"),
        ("Outlook.com", f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}"),
        ("Microsoft 365", f"https://outlook.office.com/calendar/0/deeplink/compose?{urlencode(outlook)}"),
    ]


def _happenings(booking: Booking) -> Iterator[Happening]:
    """What has happened, the first first, told to the customer: of staff only that it was the venue."""
    events = booking.events.prefetch_related("changes").order_by("at", "pk")[:MOST_HAPPENINGS]
    last = ""
    for happened in events:
        text = _ACTS[BookingEvent.Act(happened.act)](booking, happened)
        if text and text != last:
            yield Happening(happened.at, text)
        last = text


def _moved(_booking: Booking, happened: BookingEvent) -> str:
    is_venues = happened.actor_kind == By.STAFF
    match happened.to_state:
        case State.HELD:
            return _("The time was kept.")
        case State.PENDING:
            return _("You asked the venue for it.") if happened.actor_kind in OURS else _("It waits to be confirmed.")
        case State.CONFIRMED:
            return _("The venue confirmed it.") if is_venues else _("It was confirmed.")
        case State.CANCELLED:
            return _("The venue cancelled it.") if is_venues else _("It was cancelled.")
        case State.EXPIRED:
            return _("The time to finish it was over.")
        case State.COMPLETED:
            return _("The visit was over.")
        case _:
            return _("The venue noted that nobody came.")


def _changed(_booking: Booking, happened: BookingEvent) -> str:
    fields = [change.field for change in happened.changes.all()]
    said = [(words(), found) for words, found in ((words, names & set(fields)) for names, words in _CHANGES) if found]
    by = _("The venue changed: %(what)s.") if happened.actor_kind == By.STAFF else _("Changed: %(what)s.")
    return by % {"what": ", ".join(words for words, _found in said)} if said else ""


_CHANGES: list[tuple[set[str], Callable[[], str]]] = [
    ({"start", "end"}, lambda: _("the time")),
    ({"resource", "with_resources"}, lambda: _("what is booked")),
    ({"participants"}, lambda: _("how many come")),
    ({"people"}, lambda: _("the names of those who come")),
    ({"extras"}, lambda: _("the extras")),
    ({"total_minor"}, lambda: _("the price")),
]


def _money(booking: Booking, happened: BookingEvent, field: str) -> str:
    """How much more or less it became by an event; empty where it does not say."""
    change = next((change for change in happened.changes.all() if change.field == field), None)
    if change is None:
        return ""
    try:
        return speech.money(abs(int(change.after) - int(change.before)), booking.currency)
    except (TypeError, ValueError):
        return ""


def _paid(booking: Booking, happened: BookingEvent) -> str:
    amount = _money(booking, happened, "paid_minor")
    return _("%(amount)s was paid.") % {"amount": amount} if amount else _("A payment was noted.")


def _refunded(booking: Booking, happened: BookingEvent) -> str:
    amount = _money(booking, happened, "paid_minor") or _money(booking, happened, "refund_due_minor")
    return _("%(amount)s went back.") % {"amount": amount} if amount else _("Money went back.")


_ACTS: dict[BookingEvent.Act, Callable[[Booking, BookingEvent], str]] = {
    BookingEvent.Act.MOVED: _moved,
    BookingEvent.Act.CHANGED: _changed,
    BookingEvent.Act.HOLD_EXTENDED: lambda _booking, _happened: _("You asked for more time to finish it."),
    BookingEvent.Act.CHECKED_IN: lambda _booking, _happened: _("You arrived."),
    BookingEvent.Act.PAID: _paid,
    BookingEvent.Act.REFUNDED: _refunded,
    BookingEvent.Act.DISPUTED: lambda _booking, _happened: _("The bank was asked to look at a payment."),
}
