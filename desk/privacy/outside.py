"""Where data lie or go besides the tables: what of them, whose, what for, and what ends it. For the data map."""

from collections.abc import Iterator
from dataclasses import dataclass

from desk.privacy.tables import Whose


@dataclass(frozen=True, slots=True)
class Place:
    """A place outside the tables. `when` says under which condition anything is there."""

    name: str
    what: str
    whose: Whose
    purpose: str
    ends: str
    when: str = "always"


PLACES: tuple[Place, ...] = (
    Place(
        "Redis, broker (REDIS_URL)",
        "names of tasks with numbers of tenants, bookings and letters; nothing that names people",
        Whose.NOBODY,
        "running",
        "passes: as soon as a worker has taken it",
    ),
    Place(
        "Redis, cache (CACHE_URL)",
        "digests of network addresses and of e-mail addresses, counted against abuse",
        Whose.EVERYBODY,
        "account",
        "passes: within a day",
    ),
    Place(
        "Redis, cache (CACHE_URL), widget",
        "what was typed into a booking page inside another site, under a random number",
        Whose.GUEST,
        "booking",
        "passes: two hours",
        "where the page is inside another site",
    ),
    Place(
        "memory of the processes",
        "which host is which tenant, templates, settings; nothing that names people",
        Whose.NOBODY,
        "running",
        "passes: within a minute",
    ),
    Place(
        "files and media",
        "none: pictures, documents and files of bookings are rows of the tenant's schema",
        Whose.NOBODY,
        "offer",
        "with their rows",
    ),
    Place(
        "Stripe",
        "name, e-mail address, amounts, card and booking's reference of whoever pays online; details of the business",
        Whose.GUEST,
        "payment",
        "erasure: the person and all cards are deleted there, too; payments stay, as law asks",
        "where the business has connected Stripe",
    ),
    Place(
        "carrier of mail (MAIL_PROVIDER)",
        "address, subject and text of each letter",
        Whose.EVERYBODY,
        "message",
        "as the carrier keeps it",
        "where one is set up",
    ),
    Place(
        "Twilio",
        "telephone number and text of each short message",
        Whose.GUEST,
        "message",
        "as Twilio keeps it",
        "where it is set up and the business sends short messages",
    ),
    Place(
        "calendars elsewhere (Google, Microsoft, CalDAV)",
        "what, when and where of bookings, with the name of who booked where the business has chosen so",
        Whose.GUEST,
        "calendar",
        "taken away there when the booking is, or when the connection ends",
        "where somebody has connected one",
    ),
    Place(
        "programs that read a calendar feed",
        "bookings of the feed, as long as its secret address is good",
        Whose.GUEST,
        "calendar",
        "as the program keeps it; the address ends with the feed",
        "where somebody has made a feed",
    ),
    Place(
        "systems told by webhooks",
        "bookings as the API shows them, name, e-mail address and telephone number among them",
        Whose.GUEST,
        "program",
        "as the system keeps it",
        "where the business has set one up",
    ),
    Place(
        "apps of the API",
        "what their scopes let them read",
        Whose.EVERYBODY,
        "program",
        "as the app keeps it; what opens the API ends with the app",
        "where the business or a person has let one in",
    ),
    Place(
        "error tracker (SENTRY_DSN)",
        "errors with numbers of requests, tenants and bookings; bodies, addresses and names are taken out before",
        Whose.NOBODY,
        "running",
        "as the tracker keeps it",
        "where SENTRY_DSN is set",
    ),
    Place(
        "traces (OTEL_EXPORTER_OTLP_ENDPOINT)",
        "routes and times with numbers of tenants; nothing that names people",
        Whose.NOBODY,
        "running",
        "as the collector keeps it",
        "where it is set",
    ),
    Place(
        "logs (standard output)",
        "route, status, numbers of request, tenant and booking; no addresses, no names",
        Whose.NOBODY,
        "running",
        "as whatever collects them keeps them",
    ),
    Place(
        "backups",
        "everything that lies in the tables",
        Whose.EVERYBODY,
        "running",
        "until they are overwritten; a restore erases again who was erased since: docs/operations/restore.md",
        "where they are made: docs/operations/backup.md",
    ),
)


def lines() -> Iterator[tuple[str, ...]]:
    """Each as cells of a table."""
    for each in PLACES:
        yield each.name, each.what, each.whose.value, each.purpose, each.ends, each.when
