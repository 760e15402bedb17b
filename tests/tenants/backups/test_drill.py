"""The drill: one of twenty tenants is damaged and put back; it is what it was, and nobody else has noticed (T32)."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from accounts.models import Session, User
from billing.payments.models import DocumentCounter, Payment, Refund
from bookings import checkout
from bookings.models import Booking, Notice, WebhookDelivery, WebhookEndpoint, WebhookMessage
from config.reconciling import rounds
from schemas.clock import database_now
from schemas.keys import media_path
from tenants import due, hosts, outbox, provisioning
from tenants.backups import kept, restoring, taking
from tenants.backups.fates import PUBLIC
from tenants.claims import DomainClaim
from tenants.models import Domain, DueWork, OutgoingMail, Restoration, Tenant
from tests.bookings import series_scenes
from tests.bookings.paying.scenes import paid, room
from tests.bookings.scenes import let_lapse, slot
from tests.conftest import Caller
from tests.sandbox import Sandbox
from tests.tenants.applications import application
from tests.tenants.backups.test_taking import facts
from tests.till import Till, connect, point_settings_at
from tests.worlds import ALPHA, BETA, World, world_of

DOMAIN = "courts.club.com"
MOVED = {
    *("bookings_booking", "bookings_bookingevent", "bookings_bookingchange", "bookings_occupancy"),
    *("bookings_notice", "bookings_webhookdelivery"),
    *("payments_payment", "payments_refund", "payments_documentcounter", "payments_posting", "payments_entry"),
    *("payments_reconciliation", "desk_change"),
}
"""Tables whose rows differ from the backup's afterwards."""
MONEY = ("receipt", "books", "refund", "credit_note", "pay_back")


@pytest.fixture
def till(scratch: str, stripe_server: Sandbox, settings: Any) -> Till:
    """Stripe's sandbox, with Alpha of a database of its own connected to it."""
    stripe_server.reset()
    point_settings_at(stripe_server, settings)
    tenant = Tenant.objects.get(slug=ALPHA["slug"])
    return Till(stripe_server, tenant, connect(stripe_server, tenant))


@pytest.fixture
def alpha(till: Till, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Alpha with bookings, money, reminders, a series, a domain, webhooks and a file; and eighteen more tenants."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(restoring, "HEARD_AFTER", 0.0)
    world = world_of(ALPHA)
    with tenant_context(world.tenant):
        guest = User.objects.get(pk=world.users["guest"])
        series_scenes.made(series_scenes.asked(series_scenes.court(slug="weekly"), guest))
        checkout.look(paid(till, room(world, hour=9)).pk)
        lapsed = room(world, hour=11)
        let_lapse(lapsed)
        DueWork.objects.filter(kind="booking_clock", object_id=str(lapsed.pk)).update(due_at=database_now())
        file = Path(settings.MEDIA_ROOT) / media_path("plan.pdf")
        file.parent.mkdir(parents=True)
        file.write_bytes(b"%PDF")
        _webhook()
    told()
    with tenant_context(world.tenant):
        performed(*MONEY)
    now = database_now()
    claim = DomainClaim(tenant=world.tenant, domain=DOMAIN, token="t" * 32, asked_at=now, proven_at=now)
    claim.save()
    Domain.objects.create(tenant=world.tenant, domain=DOMAIN, is_primary=False)
    for number in range(18):
        provisioning.create(application(f"hall-{number}"))
    return world


def _webhook() -> None:
    """A delivery that waits at the time of the backup."""
    now = database_now()
    endpoint = WebhookEndpoint.objects.create(url="https://example.org/hook", sealed="x", created_at=now)
    message = WebhookMessage.objects.create(
        message_id="msg_1", type="booking.confirmed", data={}, happened_at=now, created_at=now
    )
    WebhookDelivery.objects.create(endpoint=endpoint, message=message, next_at=now, since=now, created_at=now)


def performed(*kinds: str) -> None:
    """What is due of these kinds is done, in the current schema."""
    for _round in range(4):
        for work in DueWork.objects.filter(kind__in=kinds, due_at__lte=database_now()).order_by("due_at", "pk"):
            due._handlers[work.kind](work.object_id)
            DueWork.objects.filter(pk=work.pk, due_at=work.due_at).delete()


def told() -> None:
    """The outbox is handed on."""
    with schema_context("public"):
        outbox.pump()


def others() -> dict[str, object]:
    """Everything of every tenant but Alpha: rows, DDL, counters, and what the platform has about them."""
    found: dict[str, object] = {}
    for tenant in Tenant.objects.exclude(slug=ALPHA["slug"]).exclude(schema_name="public").order_by("pk"):
        public = {label: list(taking.public_lines(label, tenant)) for label in PUBLIC}
        found[tenant.slug] = (facts(tenant.schema_name), public)
    return found


def reminders() -> dict[str, tuple[Notice, str]]:
    """One whose time has come before the restore, and one whose time has not; both planned."""
    found = list(Notice.objects.filter(kind="reminder", state="planned").order_by("send_at", "pk"))
    past, future = found[0], found[-1]
    due_at = database_now() - timedelta(hours=1)
    Notice.objects.filter(pk=past.pk).update(send_at=due_at)
    DueWork.objects.filter(kind="notice", object_id=str(past.pk)).update(due_at=due_at)
    return {"past": (past, f"notice:{past.pk}"), "future": (future, f"notice:{future.pk}")}


def damage() -> None:
    """What a bug or a hand may do: every booking gone, and the constraint that no two overlap."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bookings_booking CASCADE")
        cursor.execute("ALTER TABLE bookings_occupancy DROP CONSTRAINT occupancy_no_overlap")


def sent(key: str) -> int:
    """How many letters there are under a key."""
    return OutgoingMail.objects.filter(schema_name=str(connection.schema_name), key=key).count()  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Afterwards:
    """What happens to Alpha after the backup: money for a booking that it has, and for one that it has not."""

    known: Payment
    lost: Payment
    numbers: dict[str, int]


def goes_on(till: Till, alpha: World, open_hold: Booking) -> Afterwards:
    """Money comes, papers are numbered, people sign in, a domain goes to somebody else; then all of it is damaged."""
    with tenant_context(alpha.tenant):
        known = paid(till, open_hold)
        checkout.look(known.pk)
        lost = paid(till, room(alpha, hour=16))
        checkout.look(lost.pk)
        performed(*MONEY)
        numbers = dict(DocumentCounter.objects.values_list("series", "last"))
        Session.objects.create(session_key="k" * 32, session_data="", expire_date=database_now() + timedelta(days=1))
        damage()
    schema, now = str(alpha.tenant.schema_name), database_now()
    Domain.objects.filter(domain=DOMAIN).delete()
    Domain.objects.create(tenant=Tenant.objects.get(slug=BETA["slug"]), domain=DOMAIN, is_primary=False)
    Tenant.objects.filter(pk=alpha.tenant.pk).update(name="Renamed since", most_venues=7)
    DueWork.objects.create(schema_name=schema, kind="notice", object_id="999999", due_at=now)
    waiting = {"language": "en", "subject": "s", "created_at": now, "to": "gina@example.org"}
    OutgoingMail.objects.create(schema_name=schema, key="of-what-is-lost", **waiting)
    return Afterwards(known, lost, numbers)


def test_one_of_twenty_is_put_back_and_nobody_else_notices(
    alpha: World, till: Till, tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    path, schema = tmp_path / "alpha.tar.gz", str(alpha.tenant.schema_name)
    with tenant_context(alpha.tenant):
        notices = reminders()
        lapsed = Booking.objects.get(state="held")
        open_hold = room(alpha, hour=14)
    call_command("backup_tenant", "alpha-sports", "--to", str(path))
    rows, ddl, counters, migrations = facts(schema)
    since = goes_on(till, alpha, open_hold)
    before, live_counters = others(), facts(schema)[2]
    assert len(before) == 19

    call_command("restore_tenant", str(path), "--yes")
    out = capsys.readouterr().out
    for payment in (since.known, since.lost):
        assert f"payment {payment.intent_id}: succeeded at Stripe, unknown here (healed)" in out

    # Nobody else: rows, DDL, counters, due work, domains.
    assert others() == before
    # The tables are those of the backup, and no number is given out twice.
    after, ddl_now, counters_now, migrations_now = facts(schema)
    assert (ddl_now, migrations_now) == (ddl, migrations)
    assert all(counters_now[name] >= max(counters[name], live_counters[name]) for name in counters)
    # Rows: those of the backup, but where time, money and the restore itself have gone on.
    assert {name for name in rows if after[name] != rows[name]} == MOVED
    with tenant_context(alpha.tenant):
        assert Booking.objects.count() == rows["bookings_booking"][0]
        assert Booking.objects.get(pk=lapsed.pk).state == "expired"
        assert not Session.objects.exists()
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"cancelled"}
        _money_is_where_it_belongs(till, since)
        _reminders_go_once(notices)
        performed(*MONEY)
    told()
    tenant = Tenant.objects.get(pk=alpha.tenant.pk)
    assert (tenant.state, tenant.name, tenant.most_venues) == ("ready", alpha.tenant.name, 7)
    assert (reading_file(settings, schema), Domain.objects.get(domain=DOMAIN).tenant.slug) == (b"%PDF", BETA["slug"])
    done = Restoration.objects.get()
    assert [done.swapped_at, done.opened_at, done.reconciled_at].count(None) == 0
    # Stripe: the second run finds nothing.
    rest = [list(found) for _round in range(2) for _tenant, found in rounds.of_tenants([tenant])]
    assert rest[-1] == []
    _still_refuses_doubles(alpha, schema)
    # What was there is kept until somebody drops it.
    assert [each.name for each in kept.of(schema)] == [done.kept_schema]
    call_command("restore_tenant", "--drop-old", "alpha-sports", "--yes")
    assert kept.of(schema) == []


def _money_is_where_it_belongs(till: Till, since: Afterwards) -> None:
    """Counted where its booking is; back, as a whole, where it is not. No invoice's number is given out twice."""
    assert Booking.objects.get(pk=since.known.booking_id).paid_minor == 2500
    assert not Booking.objects.filter(pk=since.lost.booking_id).exists()
    again = Payment.objects.get(intent_id=since.lost.intent_id)
    assert (again.pk, again.state, again.returned_at is not None) == (since.lost.pk, "succeeded", True)
    assert list(Refund.objects.values_list("payment", "amount_minor", "state")) == [(again.pk, 2500, "succeeded")]
    assert [(each.payment_intent, each.amount) for each in till.refunds()] == [(since.lost.intent_id, 2500)]
    assert dict(DocumentCounter.objects.values_list("series", "last")) == since.numbers
    assert sent(f"lost:{again.pk}:{User.objects.get(role='owner').pk}") == 1


def _reminders_go_once(notices: dict[str, tuple[Notice, str]]) -> None:
    """What is over is not sent, what is ahead is sent once; nothing of what is lost goes."""
    assert Notice.objects.get(pk=notices["past"][0].pk).why == "restored"
    future, key = notices["future"]
    assert DueWork.objects.filter(kind="notice", object_id=str(future.pk)).count() == 1
    past = database_now() - timedelta(seconds=1)
    Notice.objects.filter(pk=future.pk).update(send_at=past)
    DueWork.objects.filter(kind="notice").update(due_at=past)
    performed("notice")
    performed("notice")
    assert (sent(key), sent(notices["past"][1]), sent("of-what-is-lost")) == (1, 0, 0)


def reading_file(settings: Any, schema: str) -> bytes:
    """The tenant's file."""
    return (Path(settings.MEDIA_ROOT) / schema / "plan.pdf").read_bytes()


def _still_refuses_doubles(alpha: World, schema: str) -> None:
    """Over HTTP, and by PostgreSQL itself."""
    hosts.forget()
    caller = Caller(alpha)
    period = slot(20)
    body = {
        "resource": alpha.court_1,
        "start_datetime": period.start.isoformat(),
        "end_datetime": period.end.isoformat(),
    }
    first = caller("guest").post("/api/v1/bookings/", body)
    assert first.status_code == 201, first.content
    second = caller("stranger").post("/api/v1/bookings/", body)
    assert (second.status_code, second.json()["code"]) == (400, "booked")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE connamespace = %s::regnamespace AND contype = 'x'", [schema]
        )
        assert cursor.fetchone() == (1,)
