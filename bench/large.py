"""A business with 100,000 bookings, and what each page of its desk takes: ``make bench ARGS=--desk`` is this alone.

The limit is that of the issue: half of the answers of each page within 150 ms, one client, server and database on one
machine. Half of the bookings lie behind, in every state; a third of what stands is not paid.
"""

import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django_tenants.utils import tenant_context

from accounts.models import Role, User
from accounts.sessions import SessionStore
from bench import ground, places
from bookings.models import Booking
from desk.navigation import GROUPS
from schemas.clock import database_now
from tenants import provisioning

BOOKINGS, RESOURCES, CUSTOMERS = 100_000, 40, 3_000
BEHIND, AHEAD = 230, 230
"""Days before and after today."""
LIMIT_MS = 150.0
WARM, TIMES = 16, 15
"""Requests before those that count, so that each of the server's threads has asked the same before; and these."""
MORE = (
    "/desk/bookings/?q=Graf",
    "/desk/bookings/?q=customer-7",
    "/desk/bookings/?state=cancelled",
    "/desk/customers/?q=Hahn",
    "/desk/money/open/?show=ahead",
)
MUCH = {"/desk/reports/?span=90": 400.0, "/desk/reports/?held=1": 300.0}
"""Figures of a fifth of all that there is, and what comes after the page: with limits of their own, in milliseconds."""
PAST = """
UPDATE bookings_booking SET
  state = (ARRAY['completed', 'completed', 'completed', 'cancelled', 'no_show'])[1 + abs(hashtext(reference_code)) % 5],
  cancelled_at = CASE WHEN abs(hashtext(reference_code)) % 5 = 3 THEN start - interval '2 days' END,
  cancel_reason = CASE WHEN abs(hashtext(reference_code)) % 5 = 3 THEN 'user_request' ELSE '' END
WHERE start < now()
"""
PAID = """
UPDATE bookings_booking SET paid_minor = total_minor, payment_state = 'paid' WHERE abs(hashtext(id::text)) % 3 > 0
"""
GONE = "DELETE FROM bookings_occupancy USING bookings_booking b WHERE booking_id = b.id AND b.state = 'cancelled'"


@dataclass(frozen=True)
class Large:
    """Its host, the owner's session, and one thing of each kind."""

    host: str
    session: str
    paths: tuple[str, ...]


def make() -> Large:
    """Fill it. Takes about two minutes."""
    tenant = provisioning.create(
        provisioning.Application(
            name="Large",
            slug="large",
            time_zone="UTC",
            currency="EUR",
            owner_email="owner@large.example",
            owner_password=uuid.uuid4().hex,
        )
    )
    now = database_now()
    with tenant_context(tenant):
        club = places.courts("club", RESOURCES, horizon_days=400)
        people = [User(email=f"customer-{number}@large.example", name=_name(number)) for number in range(CUSTOMERS)]
        customers = User.objects.bulk_create(people)
        ground.fill(club, BOOKINGS, customers, now, ground.Span(-BEHIND, BEHIND + AHEAD))
        with connection.cursor() as cursor:
            for statement in (PAST, PAID, GONE):
                cursor.execute(statement)
            cursor.execute("VACUUM ANALYZE")  # else PostgreSQL does it while the first pages are measured
        return Large(tenant.get_primary_domain().domain, _session(), tuple(_paths()))


def _name(number: int) -> str:
    return f"{ground.NAMES[number % len(ground.NAMES)]} {number}"


def _session() -> str:
    owner = User.objects.get(role=Role.OWNER)
    kept = SessionStore()
    kept[SESSION_KEY], kept[HASH_SESSION_KEY] = str(owner.pk), owner.get_session_auth_hash()
    kept[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    kept.create()
    return str(kept.session_key)


def _paths() -> Iterator[str]:
    yield from (page.path for group in GROUPS for section in group for page in section.pages)
    yield from (*MORE, *MUCH)
    some = Booking.objects.exclude(customer=None).order_by("-start").first()
    assert some is not None
    yield f"/desk/bookings/{some.pk}/"
    yield f"/desk/customers/{some.customer_id}/"


def medians(large: Large, port: int) -> dict[str, float]:
    """Milliseconds of half of the answers of each page, one client. Raises RuntimeError where one is not there."""
    found = {}
    client = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": large.host, "Cookie": f"sessionid={large.session}"}
    for path in large.paths:
        taken = []
        for _time in range(WARM + TIMES):
            began = time.perf_counter()
            client.request("GET", path, headers=headers)
            answer = client.getresponse()
            answer.read()
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:  # noqa: PLR2004
                raise RuntimeError(f"{path}: {answer.status}")
        found[path] = statistics.median(taken[WARM:])
    return found


def told(found: dict[str, float]) -> str:
    """The slowest first."""
    rows = sorted(found.items(), key=lambda each: -each[1])
    return "\n".join(f"{milliseconds:7.1f} ms  {path}" for path, milliseconds in rows)


def broken(found: dict[str, float]) -> list[str]:
    """A sentence for each page that is too slow."""
    limits = {path: MUCH.get(path, LIMIT_MS) for path in found}
    return [
        f"{path}: {found[path]:.0f} ms, limit {limit:.0f} ms" for path, limit in limits.items() if found[path] > limit
    ]


def say(text: str) -> None:
    """A line of progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
