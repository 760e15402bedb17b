"""Where money is raced: servers that know a sandbox, the sandbox that delivers to them, and a tenant's side of it."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
from django_tenants.utils import tenant_context
from psycopg import sql

from schemas.clock import database_now
from tests.races import checker as bookings_checker
from tests.races import sessions
from tests.races.crowd import Answer, Client
from tests.races.ground import BOOKINGS, Ground, slot
from tests.races.money import checker
from tests.races.rigging import Rigging
from tests.sandbox import Sandbox, wait_for
from tests.servers import Process, Server
from tests.till import Till
from tests.worlds import World
from venues.models import Rate, Resource, Venue

ADMIN = "/api/v1/admin/bookings/"
PRICE = 2500
FEE = 1000
"""Basis points of what is paid that the platform takes."""
WITHIN = 60.0
AT_ONCE = [
    "pay_back", "refund", "disputes", "dispute_transfer", "books", "receipt", "credit_note", "desk_paper", "redeemed",
    "mail", "invoice",
]  # fmt: skip
"""Due work that nobody plans for later: while there is any, money is still on its way."""
UNDONE = """
SELECT kind, object_id, attempts, last_error, due_at - clock_timestamp() FROM public.tenants_duework
WHERE NOT is_dead AND (kind = ANY(%s) OR due_at <= clock_timestamp() OR attempts > 0)
"""
MONEY = "SELECT state, payment_state, paid_minor, refund_due_minor, refunding_minor FROM bookings_booking WHERE id = %s"
ROWS = (
    "bookings_booking", "bookings_bookingevent", "bookings_occupancy", "payments_payment", "payments_refund",
    "payments_dispute", "payments_document", "payments_entry", "public.tenants_outgoingmail",
)  # fmt: skip


@dataclass
class House:
    """The servers, the sandbox and the people. Both tenants are connected: Alpha is charged direct, Beta for."""

    ground: Ground
    server: Server
    worker: Process
    stripe: Sandbox
    rigging: Rigging
    tills: dict[str, Till] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def worlds(self) -> tuple[World, World]:
        """Alpha and Beta."""
        return self.ground.alpha, self.ground.beta

    def ask(self, world: World) -> checker.Ask:
        """Runs SQL in a tenant's schema, committed at once."""

        def run(statement: str) -> list[tuple[Any, ...]]:
            return sessions.ask(self.ground.database_url, world.tenant.schema_name, statement)

        return run

    def spoilt(self, world: World, spoil: str, state: checker.State | None) -> list[str]:
        """What the checker says after a statement that is taken back; without a state it looks for I4 alone."""
        with psycopg.connect(self.ground.database_url) as connection:
            name = sql.Identifier(world.tenant.schema_name)
            connection.execute(sql.SQL("SET search_path = {}, public").format(name))
            connection.execute("SET LOCAL session_replication_role = replica")  # no append-only triggers
            assert connection.execute(spoil.encode()).rowcount

            def ask(statement: str) -> list[tuple[Any, ...]]:
                return connection.execute(statement.encode()).fetchall()

            found = checker.doubles(ask) if state is None else checker.violations(ask, world.tenant.schema_name, state)
            connection.rollback()
        return found

    def undone(self) -> list[object]:
        """What is still on its way: due work, deliveries, events."""
        work = self.ground.sql(UNDONE, AT_ONCE)
        if work:
            return list(work)
        deliveries = self.stripe.look("deliveries")
        if not deliveries["idle"]:
            return [each["type"] for each in deliveries["deliveries"] if each["fate"] == "waiting"]
        waiting = self.ground.sql("SELECT kind, note FROM public.tenants_inboxevent WHERE state = 'waiting'")
        return list(waiting) or list(self.ground.sql(UNDONE, AT_ONCE))

    def rest(self, within: float = WITHIN) -> None:
        """Return when all that was told and planned is done; AssertionError with what is not."""
        left: list[object] = []

        def done() -> bool:
            left[:] = self.undone()
            return not left

        with suppress(TimeoutError):
            wait_for(done, within)
        # Not looked at once more: of many attempts that are open, another one falls due every few seconds.
        assert not left, left

    def hurry(self, kind: str) -> None:
        """Work of this kind that has failed is tried again now, not after a pause."""
        failed = "SELECT count(*) FROM public.tenants_duework WHERE kind = %s AND last_error <> ''"
        wait_for(lambda: self.ground.sql(failed, kind)[0][0] > 0, WITHIN)
        self.ground.sql("UPDATE public.tenants_duework SET due_at = clock_timestamp() WHERE kind = %s", kind)

    def violations(self) -> list[str]:
        """The broken promises about money and bookings, of both tenants."""
        state = self.stripe.look(f"state?kinds={checker.KINDS}")
        found = checker.inbox(self.ask(self.ground.alpha), self.stripe.look("deliveries")["deliveries"])
        for world in self.worlds:
            ask, schema = self.ask(world), world.tenant.schema_name
            found += [*checker.violations(ask, schema, state), *checker.doubles(ask)]
            found += bookings_checker.violations(self.ground.database_url, schema)
        return found


@dataclass
class Shop:
    """One tenant of the house, as its customers, its team, its bank and Stripe see it."""

    house: House
    world: World
    till: Till

    @property
    def schema(self) -> str:
        """The tenant's."""
        return str(self.world.tenant.schema_name)

    @property
    def stripe(self) -> Sandbox:
        """The sandbox."""
        return self.house.stripe

    @property
    def rigging(self) -> Rigging:
        """The failpoints of web server and worker."""
        return self.house.rigging

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of one statement in the tenant's schema, committed at once."""
        return sessions.ask(self.house.ground.database_url, self.schema, statement, values)

    def court(self, slug: str, **fields: Any) -> int:
        """A resource that is paid online, or on site; its id."""
        with tenant_context(self.world.tenant):
            venue = Venue.objects.get(pk=self.world.annex)
            settings = {"horizon_days": 365, "capacity": 4, "pays_online": True, "pays_on_site": True, **fields}
            number = Resource.objects.count()
            court = Resource.objects.create(venue=venue, name=slug.title(), slug=f"{slug}-{number}", **settings)
            Rate.objects.create(resource=court, amount_minor=PRICE)
        return court.pk

    def client(self, who: str) -> Client:
        """Somebody of the cast, connected."""
        return self.house.ground.connected(self.house.server, self.world, self.world.tokens[who])

    def wish(self, court: int, hour: int) -> dict[str, Any]:
        """The body of a booking of an hour, a week ahead."""
        day = database_now().date() + timedelta(days=7)
        return slot(court, self.world.tenant.time_zone, day, hour)

    def hold(self, court: int, hour: int = 10, who: str = "guest") -> str:
        """The id of a new hold, by HTTP."""
        answer = self.client(who).post(BOOKINGS, self.wish(court, hour))
        assert answer.status == 201, answer.raw
        return str(answer.body["id"])

    def open(self, booking: str) -> str:
        """The id of the intent that pays it, by HTTP."""
        answer = self.client("guest").post(f"{BOOKINGS}{booking}/create-payment-intent/")
        assert answer.status == 200, answer.raw
        return str(answer.body["payment_intent_id"])

    def paid(self, court: int, hour: int = 10) -> tuple[str, str]:
        """A booking that was paid by card and is confirmed by the webhook; its id and the intent's."""
        booking = self.hold(court, hour)
        intent = self.open(booking)
        assert self.till.pay(intent) == "succeeded"
        self.becomes(booking, "confirmed", "paid", PRICE)
        return booking, intent

    def money(self, booking: str) -> tuple[str, str, int, int, int]:
        """State, payment state, paid, owed, under way back."""
        [row] = self.sql(MONEY, booking)
        return row[0], row[1], row[2], row[3], row[4]

    def becomes(self, booking: str, *expected: object) -> None:
        """Wait until `money` begins with these; AssertionError with what it says instead."""
        with suppress(TimeoutError):
            wait_for(lambda: self.money(booking)[: len(expected)] == expected, WITHIN)
        found = self.money(booking)
        assert found[: len(expected)] == expected, found

    def ends(self, booking: str, seconds: float = 0.0) -> None:
        """Let its hold end so many seconds from now, and the clock come then."""
        statement = (
            "UPDATE bookings_booking SET hold_expires_at = clock_timestamp() + make_interval(secs => %s)"
            " WHERE id = %s RETURNING hold_expires_at"
        )
        [(over,)] = self.sql(statement, seconds, booking)
        self.sql(
            "UPDATE public.tenants_duework SET due_at = %s WHERE schema_name = %s AND object_id = %s"
            " AND kind = 'booking_clock'",
            over,
            self.schema,
            booking,
        )

    def policy(self, booking: str, percent: int) -> None:
        """Put a booking under a policy that keeps so many basis points."""
        [(made,)] = self.sql(
            "INSERT INTO venues_cancellationpolicy (name, grace_minutes, no_show_percent) VALUES ('Race', 0, 10000)"
            " RETURNING id"
        )
        self.sql(
            "INSERT INTO venues_cancellationstep (policy_id, minutes_before, percent, fee_minor, keeps_deposit, reason)"
            " VALUES (%s, 0, %s, 0, false, '')",
            made,
            percent,
        )
        self.sql("UPDATE bookings_booking SET policy_id = %s WHERE id = %s", made, booking)

    def webhooks(self, **modes: Any) -> None:
        """How the sandbox delivers from now on."""
        self.stripe.control("webhooks", **modes)

    def charge(self, intent: str) -> Any:
        """The charge behind an intent, as it is at Stripe."""
        return self.till.intent(intent).latest_charge

    def back(self, intent: str) -> tuple[int, int]:
        """What went back of an intent's charge, and of the platform's fee on it."""
        state = self.stripe.look(f"state?kinds={checker.KINDS}")
        charge = self.charge(intent)
        books = checker.Books(self.schema, state, {}, [], [], {})
        fee = books.fee_of({"id": charge.id})
        return charge.amount_refunded, fee["amount_refunded"] if fee else 0

    def refunds(self, booking: str) -> list[tuple[int, str, str]]:
        """Amount, reason and state of its refunds."""
        query = "SELECT amount_minor, reason, state FROM payments_refund WHERE booking_id = %s ORDER BY created_at, id"
        return [(row[0], row[1], row[2]) for row in self.sql(query, booking)]

    def acts(self, booking: str, act: str, to_state: str = "") -> int:
        """How often something was recorded of a booking."""
        query = "SELECT count(*) FROM bookings_bookingevent WHERE booking_id = %s AND act = %s"
        query += " AND to_state = %s" if to_state else ""
        return int(self.sql(query, booking, act, *([to_state] if to_state else []))[0][0])

    def letters(self, prefix: str) -> list[str]:
        """The keys of letters that begin so."""
        query = (
            "SELECT key FROM public.tenants_outgoingmail WHERE schema_name = %s AND starts_with(key, %s) ORDER BY id"
        )
        return [key for (key,) in self.sql(query, self.schema, prefix)]

    def papers(self, booking: str) -> list[tuple[str, int]]:
        """Kind and total of its documents."""
        query = "SELECT kind, total_minor FROM payments_document WHERE booking_id = %s ORDER BY id"
        return [(row[0], row[1]) for row in self.sql(query, booking)]

    def events(self, *kinds: str, about: str) -> list[str]:
        """Ids of the events of these kinds about an intent, in the order they happened."""
        found = []
        for store in self.stripe.look("state?kinds=event").values():
            for event in store.get("event", []):
                thing = event["data"]["object"]
                if event["type"] in kinds and about in {thing["id"], thing.get("payment_intent")}:
                    found.append(event["id"])
        return found

    def told(self, *events: str) -> None:
        """Have events delivered, each of them when the one before it has been worked on."""
        for event in events:
            self.stripe.control("deliver", events=[event])
            wait_for(partial(self._is_over, event), WITHIN)

    def _is_over(self, event: str) -> bool:
        query = "SELECT state <> 'waiting' FROM public.tenants_inboxevent WHERE event_id = %s"
        return self.sql(query, event) == [(True,)]

    def rows(self) -> str:
        """A digest of every row that money may touch."""
        found = []
        for table in ROWS:
            query = f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"
            found.append(self.sql(query)[0][0])
        return json.dumps(found)


def released(moment: float, call: Callable[[], Answer]) -> Callable[[], Answer]:
    """The call, made at a moment of the monotonic clock."""

    def wait() -> Answer:
        time.sleep(max(0.0, moment - time.monotonic()))
        return call()

    return wait
