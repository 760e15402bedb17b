"""Bookings as calendars elsewhere read them: RFC 5545 and 7986, for feeds, mails and calendars that we write to.

A booking is one event for ever: its UID never changes, whatever host or name the tenant has, and its SEQUENCE counts
what a calendar shows of it. Times stand on the clock of the booking's zone, with the part of that zone's history
that is needed. Bookings of a series are single events, because each can be moved, paid and cancelled by itself.
"""

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar, Event, vCalAddress, vText

from bookings import zonerules
from bookings.access import link_token
from bookings.models import Booking, BookingChange, BookingEvent
from bookings.states import State
from schemas.current import current_schema
from tenants.addresses import address, unframed
from tenants.envelopes import one_line
from tenants.models import Tenant
from tenants.zones import zone as zone_of

PRODUCT = "-//Forecourt//Bookings//EN"
SHOWN = ("start", "end", "resource", "participants", "notes")
"""What `BookingChange` calls the things that an event shows."""
GONE = frozenset({State.CANCELLED, State.EXPIRED})
MOVED = (
    Q(to_state__in=(State.PENDING, State.CONFIRMED, *GONE))
    & ~Q(from_state__in=("", State.COMPLETED, State.NO_SHOW))
    & ~Q(from_state=F("to_state"))
)
"""Moves that a calendar shows: how a visit ended is none, and neither is that it is told of for the first time."""
SAFE_IN_ADDRESS = "@+-_.~!$'*="
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
DURATIONS = frozenset({"refresh-interval"})
FOOT = b"END:VCALENDAR\r\n"


class Method(StrEnum):
    """What the receiver is to do with it (RFC 5546, 3.2)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


class Shows(StrEnum):
    """Whom an event is made for: the customer, the staff with names, or anybody, who reads no more than "Booked"."""

    OWN = "own"
    NAMES = "names"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class House:
    """The tenant, as events name it: asked for once by whoever writes many. `base` is such as `https://a.example`."""

    name: str
    base: str

    @classmethod
    def here(cls) -> "House":
        """The one whose schema is current; two queries."""
        tenant = Tenant.objects.get(schema_name=current_schema())
        return cls(tenant.name, address(tenant, ""))

    def link(self, name: str, *parts: object) -> str:
        """The full address of a page."""
        return self.base + unframed(reverse(name, args=parts, urlconf=settings.ROOT_URLCONF))


def uid_of(booking: Booking) -> str:
    """The booking's name in calendars, for ever: no host is in it, which may change (RFC 7986, 5.3)."""
    return f"{booking.pk}@{_realm()}"


def is_ours(uid: str) -> bool:
    """Whether an event is a booking of this tenant that has come back; another tenant's booking is not."""
    name, _at, realm = uid.strip().partition("@")
    try:
        return realm == _realm() and str(UUID(name)) == name
    except ValueError:
        return False


def with_sequence(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Bookings that know their SEQUENCE, so that `event` asks nothing for each."""
    counted = _shown_events(OuterRef("pk")).values("booking").annotate(times=Count("pk")).values("times")
    return bookings.annotate(calendar_sequence=Coalesce(Subquery(counted, output_field=IntegerField()), 0))


def sequence_of(booking: Booking) -> int:
    """How often what a calendar shows was changed; it never falls."""
    known: int | None = booking.__dict__.get("calendar_sequence")
    return _shown_events(booking.pk).count() if known is None else known


def event(
    booking: Booking, *, zone: str, method: Method, shows: Shows = Shows.OWN, house: House | None = None
) -> Event:
    """The booking as an event in the language that is active. `zone` is an IANA name, the booking's own as a rule.

    With REQUEST and CANCEL the customer is invited by the platform's address, from which our mails come: an
    invitation whose organizer is not its sender is taken for a forgery, and answers to it bother nobody.
    """
    house, in_zone = house or House.here(), zone_of(zone)
    made = Event()
    made.add("uid", uid_of(booking))
    made.add("dtstamp", booking.updated_at.astimezone(UTC))
    made.add("created", booking.created_at.astimezone(UTC))
    made.add("last-modified", booking.updated_at.astimezone(UTC))
    made.add("sequence", sequence_of(booking))
    made.add("dtstart", booking.start.astimezone(in_zone))
    made.add("dtend", booking.end.astimezone(in_zone))
    is_gone = method == Method.CANCEL or booking.state in GONE
    made.add("status", _status(booking, is_gone))
    made.add("transp", "TRANSPARENT" if is_gone else "OPAQUE")
    for name, text in _words(booking, shows, house).items():
        made.add(name, text)
    if shows == Shows.NAMES:
        made.add("class", "PRIVATE")
    if method != Method.PUBLISH:
        _invite(made, booking, house)
    return made


def calendar(events: Iterable[Event], *, name: str, method: Method | None = None) -> bytes:
    """A whole calendar object. `method` is for what is mailed; what is stored or subscribed to has none."""
    events = list(events)
    ends = [made.decoded(which) for made in events for which in ("dtstart", "dtend")]
    span = (min(ends), max(ends)) if ends else None
    about = {"name": name, "x-wr-calname": name} if name else {}
    return b"".join((head(about, {str(end.tzinfo) for end in ends}, span, method), *map(Event.to_ical, events), FOOT))


def head(
    about: Mapping[str, str],
    zones: Iterable[str],
    span: tuple[datetime, datetime] | None,
    method: Method | None = None,
) -> bytes:
    """How a calendar begins, up to its first event, which `FOOT` follows after the last.

    `about` are properties by name. Of the zones it has what `span` needs, between which events lie.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    if method:
        made.add("method", method.value)
    for name, text in about.items():
        made.add(name, vText(plain(text)), parameters={"VALUE": "DURATION"} if name in DURATIONS else {})
    for zone in sorted(set(zones) - {"UTC"}) if span else ():
        assert span is not None
        made.add_component(zonerules.component(zone, *span))
    begun: bytes = made.to_ical()
    return begun.removesuffix(FOOT)


def plain(text: str) -> str:
    """A text without what could end a line or turn it round: control characters, and marks of direction (T24)."""
    if text.isascii() and text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(char for char in lines if char == "\n" or _is_harmless(char))


def _is_harmless(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs"} and char not in DIRECTIONS


def _realm() -> str:
    return f"{hashlib.sha256(current_schema().encode()).hexdigest()[:16]}.forecourt"


def _shown_events(booking_id: UUID | OuterRef) -> QuerySet[BookingEvent]:
    changes = BookingChange.objects.filter(event=OuterRef("pk"), field__in=SHOWN).order_by()
    return BookingEvent.objects.filter(booking=booking_id).filter(MOVED | Exists(changes)).order_by()


def _status(booking: Booking, is_gone: bool) -> str:
    if is_gone:
        return "CANCELLED"
    return "TENTATIVE" if booking.state in {State.HELD, State.PENDING} else "CONFIRMED"


def _words(booking: Booking, shows: Shows, house: House) -> dict[str, str]:
    """Property names with texts; what is empty is left out."""
    place = booking.resource.name
    if shows == Shows.BUSY:
        return _filled(summary=_("Booked: %(what)s") % {"what": place}, location=booking.resource.venue.name)
    what = f"{booking.product.name}, {place}" if booking.product else place
    link = _link(booking, shows, house)
    person = _person(booking)
    for_staff = shows == Shows.NAMES
    people = ngettext("%(count)d person", "%(count)d people", booking.participants)
    code = _("Reference code")
    facts = [
        *([person, booking.phone, booking.email] if for_staff else []),
        f"{code}: {booking.reference_code}",
        people % {"count": booking.participants},
        booking.notes if for_staff else "",
        link,
    ]
    venue = booking.resource.venue
    return _filled(
        summary=f"{person or booking.reference_code} · {what}" if for_staff else f"{what}, {venue.name}",
        location=", ".join(part for part in (place, venue.name, " ".join(venue.address.split())) if part),
        description="\n".join(fact for fact in facts if fact),
        url=link,
    )


def _filled(**texts: str) -> dict[str, str]:
    return {name: plain(text) for name, text in texts.items() if text}


def _person(booking: Booking) -> str:
    return one_line(booking.name or (booking.customer.name if booking.customer else ""))


def _link(booking: Booking, shows: Shows, house: House) -> str:
    if shows == Shows.OWN:
        return house.link("booking", booking.pk, link_token(booking))
    day = booking.start.astimezone(zone_of(booking.time_zone)).date()
    return f"{house.link('desk')}?{urlencode({'venue': booking.resource.venue.slug, 'day': day.isoformat()})}"


def _invite(made: Event, booking: Booking, house: House) -> None:
    made.add("organizer", _address(settings.DEFAULT_FROM_EMAIL, house.name, {}), encode=False)
    to = booking.email or (booking.customer.mailbox if booking.customer else "")
    if to:
        taking_part = {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE", "CUTYPE": "INDIVIDUAL"}
        made.add("attendee", _address(to, _person(booking) or to, taking_part), encode=False)


def _address(email: str, name: str, more: Mapping[str, str]) -> vCalAddress:
    made = vCalAddress(f"mailto:{quote(email, safe=SAFE_IN_ADDRESS)}")
    # No program for mail knows RFC 6868, by which a parameter could have quotes.
    made.params["CN"] = one_line(plain(name).translate({ord('"'): "'", ord("^"): " "}))
    for key, value in more.items():
        made.params[key] = value
    return made
