"""Two tenants full of equal ids, each text of one carrying its canary, and every way to knock at their doors."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler
from django_tenants.utils import tenant_context
from pypdf import PdfReader

from accounts.models import Session, User
from accounts.sessions import SessionStore
from bookings.access import link_token
from bookings.models import (
    Answer,
    Booking,
    BookingChange,
    BookingEvent,
    BookingFile,
    BookingLine,
    BookingMessage,
    Consent,
    Look,
    Merge,
    Occupancy,
    Participant,
    Series,
    SeriesDate,
    ShownText,
    StaffNote,
    VoucherUse,
    WaitlistEntry,
    WayBack,
)
from desk.models import LookedIn
from desk.privacy.models import ProcessingContact, ProcessingLine
from rest.models import IdempotencyRecord
from schemas.clock import database_now
from tests.isolation.allowed import CLIENT, PERSONAL, bearer_of, furnish_clients
from tests.isolation.brought import BROUGHT, furnish_imports
from tests.isolation.claimed import claim_of, furnish_claim
from tests.isolation.cleared import CLEARED, furnish_clearing
from tests.isolation.entered import INVITED, PASSKEY, furnish_ways_in
from tests.isolation.filed import NUMBER, furnish_documents
from tests.isolation.linked import LINKED, furnish_connection
from tests.isolation.listed import LISTED, furnish_lists
from tests.isolation.noticed import NOTICE, furnish_messages
from tests.isolation.offer import OTHERWISE, furnish_offer, ids_of_offer
from tests.isolation.pictured import DIGEST as PICTURE
from tests.isolation.pictured import FILE as PICTURE_FILE
from tests.isolation.pictured import furnish_pictures
from tests.isolation.returned import DISPUTE, furnish_returns
from tests.isolation.statement import PAYOUT, furnish_statement
from tests.isolation.subscribed import SHARED, furnish_feed, secret_of
from tests.isolation.told import HOOK, PARTNERS_HOOK, furnish_hooks
from tests.routes import Route
from tests.worlds import CAST, World
from venues.models import Closure, CustomField, OpeningHours, Product, Resource, Venue, Voucher

GUESTS, STRANGERS, ANNEXES, HELD = (UUID(int=number) for number in range(1, 5))
CLOSURE, ANNEX_CLOSURE = 1_000_001, 1_000_002
SERIES = 1_000_001
WAITING = 1_000_001
LOOKED_IN = 1_000_001
RECORDED = 1_000_001
FILES = 1_000_000
HOLDER = "0" * 32


def furnish_bookings(world: World) -> None:
    """Bookings, closures and texts in a world of tests/worlds.py; ids are the same in every world."""
    with tenant_context(world.tenant):
        noon = database_now().replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=7)
        guest, stranger = User.objects.get(pk=world.users["guest"]), User.objects.get(pk=world.users["stranger"])
        _booking(world, GUESTS, guest, world.court_1, noon)
        _booking(world, STRANGERS, stranger, world.court_2, noon)
        _booking(world, ANNEXES, stranger, world.annex_room, noon)
        held = _booking(world, HELD, guest, world.court_1, noon + timedelta(hours=3))
        Booking.objects.filter(pk=held.pk).update(
            state="held", pending_reason="", hold_expires_at=noon, reference_code=f"H{world.canary}"
        )
        _closure(world, CLOSURE, world.court_2, noon + timedelta(days=1))
        _closure(world, ANNEX_CLOSURE, world.annex_room, noon + timedelta(days=1))
        WaitlistEntry.objects.create(
            id=WAITING,
            resource_id=world.court_2,
            earliest=noon,
            latest=noon + timedelta(hours=1),
            minutes=60,
            customer=guest,
            created_at=noon,
        )
        _series(world, guest, noon)
        furnish_clearing(world, GUESTS, noon)
        furnish_offer(world)
        furnish_returns(world, GUESTS, noon)
        furnish_documents(world, GUESTS, noon)
        furnish_statement(world, noon)
        furnish_hooks(world, GUESTS, noon)
        furnish_connection(world, GUESTS, noon)
        furnish_feed(world, noon)
        furnish_clients(world)
        furnish_ways_in(world)
        _partner(world)
        furnish_imports(world, noon)
        furnish_claim(world, noon)
        furnish_messages(world, GUESTS, noon)
        furnish_lists(world, GUESTS, noon)
        _agreed(world)
        _known(world, noon)
        furnish_pictures(world)
        _texts(world)
        _sessions(world)


def _booking(world: World, booking_id: UUID, customer: User, resource_id: int, start: datetime) -> Booking:
    end = start + timedelta(hours=1)
    booking = Booking.objects.create(
        id=booking_id,
        reference_code=f"{booking_id.int}{world.canary}",
        resource_id=resource_id,
        start=start,
        end=end,
        notes=world.canary,
        customer=customer,
        holder=HOLDER,
        name=f"{customer.name} {world.canary}",
        email=customer.email,
        phone=world.canary,
        state="pending",
        payment_state="unpaid",
        pending_reason="approval",
        price_per_unit_minor=2500,
        pricing_unit="hour",
        total_minor=2500,
        currency=world.tenant.currency,
        time_zone=world.tenant.time_zone,
        cancel_notes=world.canary,
        created_at=start,
        updated_at=start,
    )
    during = DateTimeTZRange(start, end, "[)")
    Occupancy.objects.create(resource_id=resource_id, during=during, kind="booking", booking=booking)
    happened = BookingEvent.objects.create(
        booking=booking, at=start, actor_kind="guest", to_state="pending", why=world.canary
    )
    BookingChange.objects.create(event=happened, field="notes", before=world.canary, after=world.canary)
    Participant.objects.create(booking=booking, name=world.canary, email=f"friend@{world.canary}.example")
    StaffNote.objects.create(booking=booking, text=world.canary, at=start)
    Consent.objects.create(at=start, what="mail", is_given=False, whose="0" * 64)
    BookingMessage.objects.create(booking=booking, side="customer", text=world.canary, at=start)
    kept = {"name": f"{world.canary}.txt", "kind": "txt", "content": world.canary.encode(), "size": len(world.canary)}
    BookingFile.objects.create(id=FILES + booking_id.int, booking=booking, at=start, **kept)
    return booking


def _agreed(world: World) -> None:
    """What the guest's booking costs, an answer, and how another one was made cheaper."""
    Booking.objects.update(origin=world.canary)
    BookingLine.objects.create(booking_id=GUESTS, position=1, kind="rate", label=world.canary, amount_minor=2500)
    field = CustomField.objects.order_by("pk").first()
    voucher = Voucher.objects.order_by("pk").first()
    if field:
        Answer.objects.create(booking_id=GUESTS, field=field, value=world.canary)
    if voucher:
        email = f"guest@{world.canary}.example"
        VoucherUse.objects.create(booking_id=ANNEXES, voucher=voucher, email=email, amount_minor=0)


def _known(world: World, noon: datetime) -> None:
    """Who looked at a guest's data, and who was another one before."""
    address, owner = f"someone@{world.canary}.example", world.users["owner"]
    Look.objects.create(viewer_id=owner, email=address, what="page", hour=noon, at=noon)
    LookedIn.objects.create(
        id=LOOKED_IN,
        operator=world.canary,
        user_id=owner,
        role="owner",
        reason=world.canary,
        may_change=False,
        begun_at=noon,
        until=noon,
    )
    shown = ShownText.objects.create(digest=f"{noon:%Y}" * 16, language="en", text=world.canary, kept_at=noon)
    Consent.objects.create(at=noon, what="house_rules", is_given=True, booking_id=GUESTS, text=shown)
    ProcessingContact.objects.create(controller=world.canary, representative=world.canary, officer=world.canary)
    said = ("name", "what_for", "persons", "which_data", "recipients", "abroad", "until", "basis")
    ProcessingLine.objects.create(pk=RECORDED, **dict.fromkeys(said, world.canary))
    Merge.objects.create(kept_id=world.users["guest"], email=address, by_id=owner, bookings=1, at=noon)


def _closure(world: World, closure_id: int, resource_id: int, start: datetime) -> None:
    end = start + timedelta(hours=1)
    venue_id = Resource.objects.get(pk=resource_id).venue_id
    closure = Closure.objects.create(
        id=closure_id,
        venue_id=venue_id,
        resource_id=resource_id,
        start=start,
        end=end,
        reason=world.canary,
        created_at=start,
    )
    during = DateTimeTZRange(start, end, "[)")
    Occupancy.objects.create(resource_id=resource_id, during=during, kind="closure", closure=closure)


def _series(world: World, customer: User, noon: datetime) -> None:
    """A series of one date, which is the guest's booking, and one that was skipped."""
    wall, later = f"{noon:%Y-%m-%dT%H:%M}", f"{noon + timedelta(days=7):%Y-%m-%dT%H:%M}"
    series = Series.objects.create(
        id=SERIES,
        resource_id=world.court_1,
        customer=customer,
        rule="FREQ=WEEKLY;COUNT=2",
        first=wall,
        minutes=60,
        time_zone=world.tenant.time_zone,
        created_at=noon,
    )
    SeriesDate.objects.create(series=series, wall=wall, booking_id=GUESTS)
    SeriesDate.objects.create(series=series, wall=later, skipped="booked")
    Booking.objects.filter(pk=GUESTS).update(series=series)


def _partner(world: World) -> None:
    """The guest's booking was made by the client, and partners know everything by the same ids in all worlds."""
    Booking.objects.filter(pk=GUESTS).update(agent=f"client:{CLIENT}")
    address = f"https://{world.canary}.example/"
    WayBack.objects.create(booking_id=GUESTS, success_url=address, cancel_url=address)
    for model in (Product, Resource):
        for pk in model.objects.values_list("pk", flat=True):
            model.objects.filter(pk=pk).update(public_id=known_as(pk))


def known_as(pk: int) -> UUID:
    """The id by which partners know a product or a resource."""
    return UUID(int=10_000 + pk)


def _texts(world: World) -> None:
    """Every text that people write carries the canary; addresses and codes that have a form stay as they are."""
    email, canary = f"venue@{world.canary}.example", world.canary
    Venue.objects.update(description=canary, street=canary, postal_code=canary, city=canary, email=email, phone=canary)
    Venue.objects.update(notice=canary, house_rules=canary, directions=canary, amenities=[canary])
    Resource.objects.update(description=canary, notice=canary, house_rules=canary, amenities=[canary])
    Product.objects.update(description=canary)
    OpeningHours.objects.update(note=canary)
    User.objects.update(phone=canary)
    User.objects.get(pk=world.users["guest"]).access_tokens.update(name=canary)
    IdempotencyRecord.objects.create(
        principal=f"user:{world.users['guest']}",
        method="POST",
        path="/api/v1/bookings/",
        key=canary,
        body_digest=canary,
        status=201,
        body=f'{{"canary": "{canary}"}}',
        location=canary,
        created_at=database_now(),
    )


def kept_session(world: World, who: str) -> str:
    """The cookie that somebody has since the world was furnished with bookings. Known beforehand, like tokens."""
    return hashlib.sha256(f"session {who} {world.canary}".encode()).hexdigest()[:32]


def session_of(world: World, who: str) -> str:
    """The cookie of somebody who signs in at the world's host now."""
    with tenant_context(world.tenant):
        session = SessionStore()
        session.update(_signed_in(world, who))
        session.create()
    return str(session.session_key)


def _signed_in(world: World, who: str) -> dict[str, str]:
    user = User.objects.get(pk=world.users[who])
    return {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
        "holder": HOLDER,
    }


def _sessions(world: World) -> None:
    """Everybody has been signed in since yesterday."""
    for who in CAST:
        Session.objects.create(
            session_key=kept_session(world, who),
            session_data=SessionStore().encode(_signed_in(world, who)),
            user_id=world.users[who],
            agent=world.canary,
            expire_date=database_now() + timedelta(days=13),
        )


@dataclass(frozen=True)
class Caller:
    """Somebody at a host, with the credentials of somebody in some world."""

    host: str
    token: str = ""
    session: str = ""
    bearer: str = ""

    @property
    def client(self) -> Client:
        """A fresh browser with these credentials."""
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        headers |= {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        client = Client(headers={"Host": self.host, **headers})
        client.handler = _handler()
        if self.session:
            client.cookies["sessionid"] = self.session
        return client


@cache
def _handler() -> ClientHandler:
    """The middleware of all callers, loaded once as a server does."""
    return ClientHandler(enforce_csrf_checks=False)


def visits(route: Route, world: World, links_of: World) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, body) of all requests worth trying at a route; links are those of `links_of`."""
    path, fields, today = address(route, world, links_of), body(world), day(world)
    found: list[tuple[str, str, dict[str, Any]]] = []
    for method in route.methods:
        found.append((method, path, {} if method == "get" else fields))
        if method == "get":
            queries = QUERIES.get(route.path, [])
            court = world.court_1
            found += [(method, path + q.format(court=court, day=today, month=today[:7]), {}) for q in queries]
    return found


QUERIES = {
    "/api/v1/availability/": [
        "?resource={court}&date={day}&reasons=1",
        "?service_id=1&from={day}&days=7",
        "?resource=999&date={day}",
    ],
    "/api/v1/availability/calendar/": ["?venue=1&month={month}", "?resource={court}&month={month}"],
    "/api/v1/bookings/": ["?status=pending", "?resource={court}"],
    "/api/v1/admin/exports/bookings/": ["?format=jsonl", "?format=csv"],
    "/api/v1/admin/exports/payments/": ["?format=jsonl"],
    "/api/v1/admin/bookings/": ["?from={day}T00:00:00Z"],
    "/api/partner/v1/slots": [f"?productId={UUID(int=10_001)}&from={{day}}&to=2"],
    **{
        f"/api/v1/admin/reports/{kind}/": ["?from={day}&to={day}&by=resource"]
        for kind in ("occupancy", "bookings", "cancellations", "revenue")
    },
    "/api/v1/admin/reports/customers/": ["?from={day}&to={day}"],
    "/api/v1/admin/occupancy/": ["?from={day}&to={day}"],
    "/desk/": ["?venue=main&day={day}", "?venue=annex&day={day}"],
    "/venues/<slug:venue>/": ["?kind=other", "?page=2"],
    "/venues/<slug:venue>/<slug:resource>/": ["?day={day}"],
}


def day(world: World) -> str:
    """The day of the bookings."""
    with tenant_context(world.tenant):
        return f"{Booking.objects.get(pk=GUESTS).start:%F}"


def address(route: Route, world: World, links_of: World) -> str:
    """The path with a value for each parameter; `KeyError` names one that has none."""
    return route.filled(values(world, links_of) | OTHERWISE.get(route.path, {}))


def values(world: World, links_of: World) -> dict[str, object]:
    """A value for every parameter that routes have."""
    with tenant_context(links_of.tenant):
        token = link_token(Booking(pk=GUESTS))
    return {
        "booking_id": GUESTS,
        "file_id": FILES + GUESTS.int,
        "venue_id": world.venue,
        "resource_id": world.court_1,
        "closure_id": CLOSURE,
        "clearing_id": CLEARED,
        "entry_id": WAITING,
        "series_id": SERIES,
        "number": NUMBER,
        "payout_id": PAYOUT,
        "dispute_id": DISPUTE,
        **dict.fromkeys(("endpoint_id", "delivery_id"), HOOK),
        **dict.fromkeys(("hook_id", "told_id"), PARTNERS_HOOK),
        **dict.fromkeys(("connection_id", "conflict_id"), LINKED),
        "feed_id": SHARED,
        "import_id": BROUGHT,
        "claim_id": claim_of(world),
        **LISTED,
        "client_pk": CLIENT,
        "token_id": PERSONAL,
        "passkey_id": PASSKEY,
        "session": "0" * 32,
        "invitation_id": INVITED,
        "member_id": world.users["front_desk"],
        "look_in_id": LOOKED_IN,
        "line_id": RECORDED,
        "secret": secret_of(links_of),
        "provider": "google",
        "card_id": "pm_1",
        **{"kind": "reminder", "channel": "mail", "language": "en", "whose": "0" * 64},
        "notice_id": NOTICE,
        "digest": PICTURE,
        "tag": "0",
        "part": "logo",
        "file": PICTURE_FILE,
        **ids_of_offer(world),
        "tenant_id": world.tenant.pk,
        **{"venue": "main", "resource": "court-1", "shown_id": 1},
        "token": token,
    }


def body(world: World) -> dict[str, Any]:
    """Fields of all forms and calls at once: each takes the ones it knows."""
    today = day(world)
    start = f"{today}T18:00:00+00:00"
    return {
        "resource": world.court_1,
        "venue": world.venue,
        "start_datetime": start,
        "end_datetime": f"{today}T19:00:00+00:00",
        "start": start,
        "productId": str(known_as(world.tennis)),
        "spaceId": str(known_as(world.court_1)),
        "minutes": 60,
        "people": 1,
        "first_day": today,
        "last_day": today,
        "reason": "other",
        "notes": "",
        "name": "Visitor",
        "email": "visitor@example.org",
        "holder": HOLDER,
        "language": "en",
    }


def send(caller: Caller, route: Route, method: str, path: str, body: dict[str, Any]) -> HttpResponse:
    """Make the request the way that a client of this route would."""
    kind = {"content_type": "application/json"} if route.is_api and method != "get" else {}
    response: Any = getattr(caller.client, method)(path, body or None, **kind)
    return response


def shown(response: HttpResponse) -> str:
    """All that a response tells: body, headers and cookies."""
    told = [_text(response), *(f"{name}: {value}" for name, value in response.items())]
    return "\n".join([*told, response.cookies.output()])


def _text(response: HttpResponse) -> str:
    if response.streaming:
        return b"".join(response).decode()
    if response.get("Content-Type") != "application/pdf":
        return response.content.decode()
    pdf = PdfReader(io.BytesIO(response.content))
    return "\n".join([str(pdf.metadata), *(page.extract_text() for page in pdf.pages)])


def credentials(world: World, host: str, route: Route) -> Iterator[tuple[str, Caller]]:
    """Everybody of a furnished world's cast, at a host, in the way in which a route knows people.

    The API by token, a page by session; in the other way come those two who differ most, for which of the two it was
    is over when a view begins.
    """
    usual, other = ("token", "session") if route.is_api else ("session", "token")
    for who in CAST:
        for way in (usual, other) if who in {"owner", "guest"} else (usual,):
            secret = world.tokens[who] if way == "token" else kept_session(world, who)
            yield f"{who}'s {way}", Caller(host, **{way: secret})
    if route.is_api:
        yield "an app of the owner's", Caller(host, bearer=bearer_of(world, "owner"))
    if route.path.startswith("/api/partner/"):
        yield "an app itself", Caller(host, bearer=bearer_of(world, "app"))
