"""The status page: green while promises are kept, red when one breaks or is not measured, green once mended."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bookings.models import Occupancy
from schemas.clock import database_now
from tenants import backlog, latencies, proofs, vitals
from tenants.models import DueWork, Heartbeat, InboxEvent, OutboxMessage, Proof, Tenant, VitalDay
from tests.busy import taken_elsewhere
from tests.worlds import World
from website import status

pytestmark = pytest.mark.django_db
DAY = datetime(2030, 5, 6, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = ["beat", "webhook_lag", "outbox", "overlaps", "hold_expiry", "availability", "sync_lag"]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is a new one."""
    monkeypatch.setattr(status, "_kept", status.Kept())
    monkeypatch.setattr(status, "SECONDS_KEPT", 0.0)
    monkeypatch.setattr(latencies, "here", latencies.Latencies())


@pytest.fixture
def at_work(alpha: World, beta: World) -> tuple[World, World]:
    """Both tenants, nothing that waits, and a clock that has just ticked."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    for model in (DueWork, OutboxMessage, InboxEvent, Proof, VitalDay):
        model.objects.all().delete()
    for name in backlog.BEATS:
        backlog.beat(name)
    assert vitals.take() == 2
    return alpha, beta


def standings() -> dict[str, str]:
    """What the page says to programs, by promise; people are told the same."""
    client = Client(HTTP_HOST="localhost")
    told = client.get("/status.json")
    page = client.get("/status/?lang=en")
    assert (told.status_code, page.status_code) == (200, 200)
    found = {name: each["standing"] for name, each in told.json()["vitals"].items()}
    is_red = bool({"broken", "stale"} & set(found.values()))
    assert told.json()["status"] == ("broken" if is_red else "ok")
    assert ("Something is not as it should be." in page.text) is is_red
    assert ("Everything is as it should be." in page.text) is not is_red
    assert page.text.count("badge-error") == sum(each in {"broken", "stale"} for each in found.values())
    return found


def red() -> list[str]:
    """The promises that are not kept."""
    return [name for name, standing in standings().items() if standing in {"broken", "stale"}]


def test_all_promises_are_kept_and_shown(at_work: tuple[World, World]) -> None:
    assert standings() == dict.fromkeys(["beat", "webhook_lag", "outbox", *NAMES[3:]], "kept")


def test_no_business_is_named(at_work: tuple[World, World]) -> None:
    client = Client(HTTP_HOST="localhost")
    for path in ("/status/", "/status.json"):
        text = client.get(path).text
        for world in at_work:
            assert world.canary not in text
            assert str(world.tenant.schema_name) not in text


def unkept(schema: str) -> None:
    """Have a tenant be the next that is proved."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    Proof.objects.filter(schema_name=schema).update(begun_at=datetime(2001, 1, 1, tzinfo=UTC))


def test_a_time_sold_twice_turns_it_red_until_it_is_mended(at_work: tuple[World, World]) -> None:
    """I1, with the constraint gone: the proof does not lean on it."""
    alpha, _beta = at_work
    with tenant_context(alpha.tenant), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bookings_occupancy DROP CONSTRAINT occupancy_no_overlap")
        taken_elsewhere(alpha.court_1, DAY, DAY + 4 * HOUR)
        second = taken_elsewhere(alpha.court_1, DAY + HOUR, DAY + 2 * HOUR)
        beside = taken_elsewhere(alpha.court_1, DAY + 4 * HOUR, DAY + 5 * HOUR)
        taken_elsewhere(alpha.court_2, DAY, DAY + HOUR)
    unkept(alpha.tenant.schema_name)
    assert vitals.take() == 1
    assert red() == ["overlaps"]
    assert Proof.objects.get(schema_name=alpha.tenant.schema_name).faults == 1
    with tenant_context(alpha.tenant):
        Occupancy.objects.filter(pk=second.pk).delete()
        assert Occupancy.objects.filter(pk=beside.pk).exists()
    unkept(alpha.tenant.schema_name)
    vitals.take()
    assert red() == []


def test_a_clock_that_stopped_turns_it_red(at_work: tuple[World, World]) -> None:
    """A minute without ticks."""
    Heartbeat.objects.filter(name="tick").update(at=database_now() - timedelta(seconds=61))
    assert red() == ["beat"]
    backlog.beat("tick")
    assert red() == []
    Heartbeat.objects.filter(name="pump").delete()
    assert standings()["beat"] == "stale"


def test_held_up_news_of_payments_turn_it_red(at_work: tuple[World, World]) -> None:
    now = database_now()
    made = {"provider": "stripe", "kind": "charge.refunded", "endpoint": "platform", "is_live": False, "made_at": now}
    event = InboxEvent.objects.create(
        **made, event_id="evt_late", received_at=now - timedelta(seconds=121), due_at=now - HOUR
    )
    assert red() == ["webhook_lag"]
    InboxEvent.objects.filter(pk=event.pk).update(state=InboxEvent.State.DONE)
    assert red() == []


@pytest.mark.parametrize(
    ("kind", "promise", "late"), [("booking_clock", "hold_expiry", 61), ("calendar_pull", "sync_lag", 901)]
)
def test_late_work_turns_it_red(at_work: tuple[World, World], kind: str, promise: str, late: int) -> None:
    alpha, _beta = at_work
    due_at = database_now() - timedelta(seconds=late)
    work = DueWork.objects.create(schema_name=alpha.tenant.schema_name, kind=kind, object_id="1", due_at=due_at)
    assert red() == [promise]
    work.delete()
    assert red() == []


def test_an_old_proof_is_no_proof(at_work: tuple[World, World]) -> None:
    alpha, _beta = at_work
    Proof.objects.filter(schema_name=alpha.tenant.schema_name).update(proved_at=database_now() - 3 * HOUR)
    assert standings()["overlaps"] == "stale"
    unkept(alpha.tenant.schema_name)
    vitals.take()
    assert standings()["overlaps"] == "kept"


def test_what_cannot_be_proved_grows_old_and_others_are_proved(at_work: tuple[World, World], caplog: Any) -> None:
    alpha, beta = at_work
    before = Proof.objects.get(schema_name=beta.tenant.schema_name).proved_at
    with tenant_context(beta.tenant), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bookings_occupancy RENAME TO bookings_gone")
    for world in at_work:
        unkept(world.tenant.schema_name)
    assert proofs.prove_some(20.0) == 1
    assert [record.getMessage() for record in caplog.records if record.name == "tenants.proofs"] == [
        f"proof of {beta.tenant.schema_name} failed: ProgrammingError"
    ]
    assert Proof.objects.get(schema_name=beta.tenant.schema_name).proved_at == before
    proved = Proof.objects.get(schema_name=alpha.tenant.schema_name).proved_at
    assert proved is not None
    assert before is not None
    assert proved > before


def test_nobody_is_proved_again_within_ten_minutes_and_who_left_is_forgotten(at_work: tuple[World, World]) -> None:
    alpha, beta = at_work
    assert proofs.prove_some(20.0) == 0
    Tenant.objects.filter(pk=beta.tenant.pk).update(state=Tenant.State.LEAVING)
    assert proofs.prove_some(20.0) == 0
    assert beta.tenant.schema_name not in set(Proof.objects.values_list("schema_name", flat=True))
    ten = timedelta(minutes=10, seconds=1)
    Proof.objects.filter(schema_name=alpha.tenant.schema_name).update(begun_at=database_now() - ten)
    assert proofs.prove_some(20.0) == 1


def test_slow_answers_turn_it_red_and_silence_too(at_work: tuple[World, World]) -> None:
    connection.cursor().execute("DELETE FROM public.tenants_latency")
    assert standings()["availability"] == "stale"
    for seconds in [0.01] * 93 + [0.9] * 7:
        latencies.here.note("availability", seconds)
    assert latencies.here.write() == 100
    assert standings()["availability"] == "broken"
    for _time in range(60):
        latencies.here.note("availability", 0.01)
    latencies.here.write()
    assert standings()["availability"] == "kept"


def test_percentile_is_exact_to_a_tenth(db: None) -> None:
    for thousandth in range(1, 1001):
        latencies.here.note("made up", thousandth / 1000)
    latencies.here.write()
    for share in (0.5, 0.95, 0.99):
        found = latencies.percentile("made up", share, 15)
        assert found is not None
        assert share <= found < share * latencies.GROWTH
    assert latencies.percentile("nothing", 0.5, 15) is None


def test_a_platform_without_businesses_has_nothing_to_measure(db: None) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    Tenant.objects.exclude(schema_name="public").update(state=Tenant.State.CREATING)
    Heartbeat.objects.filter(name="availability").delete()
    Tenant.objects.filter(schema_name="public").update(state=Tenant.State.CREATING)
    Proof.objects.all().delete()
    for name in backlog.BEATS:
        backlog.beat(name)
    found = {reading.vital.name: reading.standing for reading in vitals.read()}
    assert (found["overlaps"], found["availability"]) == ("unused", "unused")


def test_days_are_kept_for_three_months(at_work: tuple[World, World]) -> None:
    today = date.fromisoformat(json.loads(Client(HTTP_HOST="localhost").get("/status.json").text)["checked_at"][:10])
    VitalDay.objects.create(name="outbox", day=today - timedelta(days=91), looks=1, broken=0)
    VitalDay.objects.create(name="outbox", day=today - timedelta(days=89), looks=4, broken=1, worst=130.0)
    OutboxMessage.objects.create(
        schema_name=at_work[0].tenant.schema_name,
        topic="booking",
        order_key="x",
        reference="1",
        created_at=database_now() - HOUR,
    )
    vitals.take()
    kept = vitals.days(today)["outbox"]
    assert len(kept) == 90
    assert (kept[0].share, kept[0].worst) == (0.75, 130.0)
    assert (kept[1].share, kept[1].worst) == (None, None)
    assert kept[-1].share == 0.5
    assert VitalDay.objects.filter(name="outbox").count() == 2


def test_page_needs_neither_redis_nor_more_queries_for_more_businesses(
    at_work: tuple[World, World], settings: Any
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    caches.close_all()
    client = Client(HTTP_HOST="localhost")
    client.get("/status/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/status/").status_code == 200
    few = len(asked)
    Proof.objects.bulk_create(
        [Proof(schema_name=f"t_{n}", begun_at=DAY, since=database_now(), faults=0) for n in range(1000, 1100)]
    )
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/status/").status_code == 200
    assert len(asked) == few
    assert few < 20


def test_many_looks_are_one_question(at_work: tuple[World, World], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "SECONDS_KEPT", 60.0)
    client = Client(HTTP_HOST="localhost")
    client.get("/status/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/status/")
    assert [query["sql"] for query in asked if "tenants_proof" in query["sql"]] == []


def test_page_is_the_platforms_alone(alpha: World) -> None:
    assert Client(HTTP_HOST=alpha.host).get("/status/").status_code == 404
    assert Client(HTTP_HOST=alpha.host).get("/status.json").status_code == 404
