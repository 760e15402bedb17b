"""Calendars elsewhere as a test sees them, whoever keeps them: connected, looked into, and changed behind our back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bookings.calendars import PUSH, connecting, finding, pushing
from bookings.calendars.connecting import Wish
from bookings.calendars.providers.oauth import Tokens
from bookings.models import Booking, BookingEvent
from bookings.models.calendars import Connection
from tenants.models import DueWork, OutgoingMail
from tests.doubles import google, microsoft
from tests.doubles.google import Google
from tests.doubles.microsoft import Microsoft
from tests.radicale import PEOPLE, Radicale
from venues.models import Resource, Venue

LASTING = "2100-01-01T00:00:00+00:00"
TOKENS = Tokens("access-1", "refresh-1", LASTING)


@dataclass
class Elsewhere:
    """One calendar that somebody keeps. `titles` are of the events in it; `close` takes our access away."""

    connect: Callable[..., Connection]
    titles: Callable[[], list[str]]
    close: Callable[[], None]
    wipe: Callable[[], None]
    edit: Callable[[], None]
    asked: Callable[[], int]
    extra: dict[str, Any] = field(default_factory=dict)


def wish(resource: int | None = None, venue: int | None = None, *, pulls: bool = False) -> Wish:
    """Bookings of a resource, or of a venue, are written."""
    return Wish(
        Venue.objects.get(pk=venue) if venue else None,
        Resource.objects.get(pk=resource) if resource else None,
        pushes=True,
        pulls=pulls,
    )


def at_google(double: Google) -> Elsewhere:
    """A calendar at the double of Google."""

    def connect(user: int, **where: Any) -> Connection:
        found = finding.calendars_of("google", TOKENS.sealed())
        return connecting.connect(found, google.CALENDAR, wish(**where), user)

    def close() -> None:
        double.is_granted = False
        double.good_tokens.clear()

    def edit() -> None:
        for event in double.live():
            event.update(summary="Edited by hand", etag='"by hand"')

    return Elsewhere(
        connect=connect,
        titles=lambda: [event["summary"] for event in double.live()],
        close=close,
        wipe=double.events.clear,
        edit=edit,
        asked=lambda: len(double.asked),
    )


def at_microsoft(double: Microsoft) -> Elsewhere:
    """A calendar at the double of Microsoft."""

    def connect(user: int, **where: Any) -> Connection:
        found = finding.calendars_of("microsoft", TOKENS.sealed())
        return connecting.connect(found, microsoft.CALENDAR, wish(**where), user)

    def close() -> None:
        double.is_granted = False
        double.good_tokens.clear()

    def edit() -> None:
        for event in double.live():
            event.update({"subject": "Edited by hand", "@odata.etag": 'W/"by hand"'})

    return Elsewhere(
        connect=connect,
        titles=lambda: [event["subject"] for event in double.live()],
        close=close,
        wipe=double.events.clear,
        edit=edit,
        asked=lambda: len(double.asked),
    )


def at_radicale(server: Radicale) -> Elsewhere:
    """A new calendar at a real CalDAV server."""
    calendar = server.calendar()
    people = server.folder / "people"

    def connect(user: int, **where: Any) -> Connection:
        found = finding.discover(server.url, "olga", PEOPLE["olga"])
        return connecting.connect(found, calendar, wish(**where), user)

    def titles() -> list[str]:
        lines = [line for body in server.files(calendar).values() for line in unfolded(body)]
        return [line.partition(":")[2].replace("\\,", ",") for line in lines if line.startswith("SUMMARY")]

    def close() -> None:
        people.write_text("nobody:at-all-1\n")

    def wipe() -> None:
        for name in server.files(calendar):
            server.ask("DELETE", f"{calendar}{name}")

    def edit() -> None:
        for name, body in server.files(calendar).items():
            changed = "\r\n".join(
                "SUMMARY:Edited by hand" if line.startswith("SUMMARY") else line for line in unfolded(body)
            )
            status, _headers, said = server.ask("PUT", f"{calendar}{name}", f"{changed}\r\n".encode())
            assert status in {201, 204}, said

    return Elsewhere(connect, titles, close, wipe, edit, lambda: 0, {"calendar": calendar, "server": server})


def unfolded(body: bytes) -> list[str]:
    """The lines of a calendar object."""
    return body.decode().replace("\r\n ", "").splitlines()


def happened(booking: Booking) -> None:
    """The outbox hands on the latest event of a booking; what is due then is done, as a worker would."""
    event = BookingEvent.objects.select_related("booking__resource__venue").filter(booking=booking).latest("pk")
    pushing.on_event(event)
    work()


def work() -> int:
    """Do what is to be pushed, whenever it is due; how many pieces that were."""
    waiting = list(DueWork.objects.filter(kind=PUSH))
    for each in waiting:
        DueWork.objects.filter(pk=each.pk).delete()
        pushing.push(each.object_id)
    return len(waiting)


def waits() -> int:
    """So many bookings are to be pushed."""
    return DueWork.objects.filter(kind=PUSH).count()


def letters() -> list[str]:
    """The subjects of letters to owners about calendars."""
    return list(OutgoingMail.objects.filter(key__startswith="calendar:").values_list("subject", flat=True))
