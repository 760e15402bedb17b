"""The outbox: every event of a booking is written down by PostgreSQL, and handed on once, in order, whoever dies."""

import json
import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context, tenant_context

from bookings.models import BookingEvent
from kernel import failpoints
from schemas.clock import database_now
from schemas.current import current_schema
from schemas.transactions import transact
from tenants import due, outbox
from tenants.models import OutboxMessage, Tenant
from tests.bookings.scenes import held, slot
from tests.conftest import leave_database, own_database
from tests.threads import at_once
from tests.worlds import ALPHA, BETA, World, world_of

TOPIC = "told"
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[tuple[World, World]]:
    """Alpha and Beta in a database where commits are real, with a table for effects that allows everything twice."""
    with own_database(template, django_db_blocker):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE public.effects (id bigserial, schema_name text, reference text)")
        yield world_of(ALPHA), world_of(BETA)


@pytest.fixture
def alpha(committed: tuple[World, World], monkeypatch: pytest.MonkeyPatch) -> World:
    """Alpha, nothing waits, nothing has happened, and a topic whose function writes down that it was called."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    OutboxMessage.objects.all().delete()
    Tenant.objects.filter(slug__startswith="tenant-").delete()
    Tenant.objects.update(state="ready")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE public.effects")
    monkeypatch.setitem(outbox._handlers, TOPIC, effect)
    return committed[0]


@pytest.fixture
def beta(alpha: World, committed: tuple[World, World]) -> World:
    """Beta beside it."""
    return committed[1]


def effect(reference: str) -> None:
    """What a topic's function does: write, in the tenant's schema."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO public.effects (schema_name, reference) VALUES (current_schema(), %s)", [reference])


def effects() -> list[tuple[str, str]]:
    """What was written, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT schema_name, reference FROM public.effects ORDER BY id")
        return [(schema, reference) for schema, reference in cursor.fetchall()]


def put(world: World, *references: str, key: str = "booking:1") -> None:
    """Messages of one thing, in order."""
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(schema_name=world.tenant.schema_name, topic=TOPIC, order_key=key, reference=each)
            for each in references
        ]
    )


def left() -> list[str]:
    """The references of what waits or is dead, in order."""
    return list(OutboxMessage.objects.order_by("pk").values_list("reference", flat=True))


def broken(reference: str) -> None:
    """A function that writes, and then cannot go on with `bad`."""
    effect(reference)
    if reference.startswith("bad"):
        raise ZeroDivisionError("personal data")


def test_every_event_is_a_message_of_the_same_transaction(alpha: World) -> None:
    """Whichever path writes the event: PostgreSQL writes the message, with the tenant, the booking and the number."""
    with tenant_context(alpha.tenant):
        booking = held(alpha.court_1, slot(10))
        numbers = list(BookingEvent.objects.filter(booking=booking).order_by("pk").values_list("pk", flat=True))
    seen = list(OutboxMessage.objects.values_list("schema_name", "topic", "order_key", "reference"))
    assert len(numbers) == 1
    assert seen == [(alpha.tenant.schema_name, "booking_event", f"booking:{booking.pk}", str(each)) for each in numbers]


def test_event_that_is_rolled_back_leaves_no_message(alpha: World) -> None:
    def act() -> None:
        held(alpha.court_1, slot(15))
        assert OutboxMessage.objects.count() == 1
        raise ZeroDivisionError

    with tenant_context(alpha.tenant), pytest.raises(ZeroDivisionError):
        transact(act)
    assert left() == []


def test_messages_are_handed_on_once_in_their_tenants_schema(alpha: World, beta: World) -> None:
    put(alpha, "1", "2")
    put(beta, "1")
    assert outbox.pump() == 3
    assert outbox.pump() == 0
    ours, theirs = alpha.tenant.schema_name, beta.tenant.schema_name
    assert sorted(effects()) == sorted([(ours, "1"), (ours, "2"), (theirs, "1")])
    assert left() == []
    assert current_schema() == "public"


def test_one_pump_drains_all_messages_of_one_booking_in_order(alpha: World) -> None:
    """No message waits for the next beat because another of its booking came before it."""
    references = [str(number) for number in range(60)]
    put(alpha, *references)
    assert outbox.pump() == 60
    assert [reference for _schema, reference in effects()] == references


def test_message_that_fails_takes_nothing_with_it_and_holds_up_its_booking_alone(
    alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote is gone, what others wrote is there; the error is kept without what it says."""
    monkeypatch.setitem(outbox._handlers, TOPIC, broken)
    put(alpha, "bad", "later")
    put(alpha, "good", "better", key="booking:2")
    now = database_now()
    outbox.pump()
    assert [reference for _schema, reference in effects()] == ["good", "better"]
    assert left() == ["bad", "later"]
    message = OutboxMessage.objects.get(reference="bad")
    assert (message.attempts, message.is_dead, message.last_error) == (1, False, "ZeroDivisionError")
    assert timedelta(seconds=10) <= message.due_at - now < timedelta(seconds=70)
    assert outbox.pump() == 0


def test_twelfth_failure_is_the_last_and_the_next_ones_go_on(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(outbox._handlers, TOPIC, broken)
    put(alpha, "bad", "later")
    for attempt in range(1, outbox.MOST_ATTEMPTS + 1):
        assert effects() == []
        OutboxMessage.objects.filter(reference="bad").update(due_at=PAST)
        outbox.pump()
        message = OutboxMessage.objects.get(reference="bad")
        assert (message.attempts, message.is_dead) == (attempt, attempt == 12)
    assert [reference for _schema, reference in effects()] == ["later"]
    assert left() == ["bad"]
    monkeypatch.setitem(outbox._handlers, TOPIC, effect)
    assert outbox.replay(OutboxMessage.objects.filter(is_dead=True)) == 1
    assert outbox.pump() == 1
    assert [reference for _schema, reference in effects()] == ["later", "bad"]


@pytest.mark.parametrize("tries", [2, 5, 10])
def test_failure_backs_off(alpha: World, tries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(outbox._handlers, TOPIC, broken)
    put(alpha, "bad")
    OutboxMessage.objects.update(attempts=tries - 1)
    now = database_now()
    outbox.pump()
    pause = OutboxMessage.objects.get().due_at - now
    assert due.pause(tries) <= pause < due.pause(tries) + timedelta(seconds=60)


def test_topic_that_nobody_listens_to_fails_like_any_other(alpha: World) -> None:
    put(alpha, "1")
    OutboxMessage.objects.update(topic="unheard of")
    put(alpha, "2", key="booking:2")
    outbox.pump()
    assert (left(), OutboxMessage.objects.get().last_error) == (["1"], "KeyError")


@pytest.mark.parametrize(
    ("state", "handed"), [("ready", 1), ("suspended", 1), ("creating", 0), ("leaving", 0)], ids=str
)
def test_messages_of_tenants_at_work_are_handed_on(alpha: World, beta: World, state: str, handed: int) -> None:
    """A suspended tenant's people still hear of what happened; one that leaves tells nothing any more."""
    put(alpha, "1")
    put(beta, "1")
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state=state)
    assert outbox.pump() == 1 + handed
    assert len(left()) == 1 - handed


@pytest.fixture
def rigged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Failpoints of this process."""
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    return tmp_path


def test_of_two_pumps_one_has_the_booking(alpha: World, rigged: Path) -> None:
    """Both have looked before either goes on: the first message is one's, and the second waits for its end."""
    put(alpha, "1", "2")
    (rigged / "outbox.taken").write_text("meet 2")
    assert sorted(at_once(lambda: outbox.pump(1), lambda: outbox.pump(1))) == [0, 1]
    assert [reference for _schema, reference in effects()] == ["1"]
    assert left() == ["2"]


def test_control_without_the_order_both_have_it(alpha: World, rigged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""

    def without_order() -> QuerySet[OutboxMessage]:
        return OutboxMessage.objects.filter(is_dead=False)

    monkeypatch.setattr(outbox, "_heads", without_order)
    put(alpha, "1", "2")
    (rigged / "outbox.taken").write_text("meet 2")
    assert at_once(lambda: outbox.pump(1), lambda: outbox.pump(1)) == [1, 1]


def test_many_pumps_at_once_hand_on_everything_once_and_in_order(alpha: World) -> None:
    """Two beats do no harm, and six neither."""
    for key in range(30):
        put(alpha, *[f"{key}/{number:02}" for number in range(10)], key=f"booking:{key}")
    while left():
        at_once(*[outbox.pump] * 6)
    told = [reference for _schema, reference in effects()]
    assert sorted(told) == sorted(f"{key}/{number:02}" for key in range(30) for number in range(10))
    for key in range(30):
        of_one = [reference for reference in told if reference.startswith(f"{key}/")]
        assert of_one == sorted(of_one)


def time_passes() -> None:
    """What was tried, by whoever, may be tried again."""
    OutboxMessage.objects.filter(is_dead=False).update(due_at=PAST)


def _meet_the_deadly() -> None:
    """In a process of its own: pump, with a function that `deadly` kills."""

    def deadly(reference: str) -> None:
        effect(reference)
        if reference == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)

    outbox._handlers[TOPIC] = deadly
    outbox.pump()


def killed() -> bool:
    """Whether such a process is killed."""
    leave_database()
    pump = multiprocessing.get_context("fork").Process(target=_meet_the_deadly)
    pump.start()
    pump.join(60)
    return pump.exitcode == -signal.SIGKILL


def test_message_that_kills_its_pump_is_given_up_after_twelve_and_the_others_go_on(alpha: World) -> None:
    """Twelve processes die of it, and no more; what was taken with it once is done at the next opportunity."""
    put(alpha, "deadly", "later")
    put(alpha, "good", key="booking:2")
    for attempt in range(1, outbox.MOST_ATTEMPTS + 1):
        now = database_now()
        assert killed()
        message = OutboxMessage.objects.get(reference="deadly")
        assert (message.attempts, message.is_dead) == (attempt, False)
        assert due.pause(attempt) <= message.due_at - now
        assert outbox.pump() == (1 if attempt == 2 else 0)
        assert [reference for _schema, reference in effects()] == (["good"] if attempt > 1 else [])
        time_passes()
    assert not killed()
    message = OutboxMessage.objects.get()
    assert (message.reference, message.attempts, message.is_dead, message.last_error) == ("deadly", 12, True, due.LOST)
    assert [reference for _schema, reference in effects()] == ["good", "later"]
    assert outbox.replay(OutboxMessage.objects.filter(is_dead=True)) == outbox.pump() == 1
    assert [reference for _schema, reference in effects()] == ["good", "later", "deadly"]


def test_control_where_taking_is_not_counted_it_kills_for_ever_and_nothing_goes_on(
    alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(outbox, "_take", lambda most: list(outbox._heads().order_by("due_at", "pk")[:most]))
    put(alpha, "deadly")
    put(alpha, "good", key="booking:2")
    assert [killed() for _ in range(outbox.MOST_ATTEMPTS + 1)] == [True] * 13
    assert (effects(), OutboxMessage.objects.get(reference="deadly").attempts) == ([], 0)


def _die_soon(calls: int, where: str) -> None:
    """In a process of its own: pump, and be killed at the so-manyth message, or before the commit of its batch."""
    done = [0]

    def deadly(reference: str) -> None:
        effect(reference)
        done[0] += 1
        if where == "handler" and done[0] == calls:
            os.kill(os.getpid(), signal.SIGKILL)

    def hit(name: str) -> bool:
        if name == where and done[0] >= calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    outbox._handlers[TOPIC] = deadly
    failpoints.hit = hit
    outbox.pump(10_000)


def test_pump_that_is_killed_20_times_during_2000_messages_has_2000_effects(alpha: World) -> None:
    """RELIABILITY.md 12: whether it dies in a function, or when all of a batch is written and not committed."""
    for key in range(100):
        put(alpha, *[f"{key}/{number:02}" for number in range(20)], key=f"booking:{key}")
    forked = multiprocessing.get_context("fork")
    survived = []
    for number in range(20):
        leave_database()
        where = ("handler", "outbox.handed")[number % 2]
        pump = forked.Process(target=_die_soon, args=(31 + 7 * number % 60, where))
        pump.start()
        pump.join(60)
        assert pump.exitcode == -signal.SIGKILL
        survived.append(len(effects()))
        assert survived[-1] + len(left()) == 2000
        time_passes()
    assert survived == sorted(survived)
    assert 0 < survived[0] < survived[-1] < 2000
    assert outbox.pump(10_000) == 2000 - survived[-1]
    told = [reference for _schema, reference in effects()]
    assert (len(told), len(set(told))) == (2000, 2000)
    for key in range(100):
        of_one = [reference for reference in told if reference.startswith(f"{key}/")]
        assert of_one == sorted(of_one)


def _cost() -> tuple[int, int, str]:
    """Statements of handing one message on, pages that looking for it touches, and the plan."""
    with CaptureQueriesContext(connection) as queries:
        assert outbox.pump(1) == 1
    [look_up] = [query["sql"] for query in queries if "SKIP LOCKED" in query["sql"]]
    with schema_context("public"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + look_up)
        [[[plan]]] = [cursor.fetchone()]
    return len(queries), plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"], json.dumps(plan)


def vacuum() -> None:
    """What other tests left in tables and indexes costs nothing."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE tenants_tenant, tenants_outboxmessage")


def test_cost_of_a_pump_follows_what_is_due_not_the_number_of_tenants(alpha: World) -> None:
    """With 2 tenants, and with 1,002 of whom each has five messages that wait for a later try."""
    vacuum()
    put(alpha, "1")
    _cost()
    put(alpha, "2")
    statements, pages, _plan = _cost()
    fields = {"state": Tenant.State.READY, "time_zone": "UTC", "currency": "EUR"}
    Tenant.objects.bulk_create(
        [
            Tenant(schema_name=f"t_{each}", slug=f"tenant-{each}", slug_skeleton=f"tenant-{each}", name="T", **fields)
            for each in range(1000)
        ]
    )
    later = database_now() + timedelta(hours=1)
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(schema_name=f"t_{each}", topic=TOPIC, order_key=f"k:{number}", reference="1", due_at=later)
            for each in range(1000)
            for number in range(5)
        ]
    )
    vacuum()
    put(alpha, "3")
    statements_of_many, pages_of_many, plan = _cost()
    assert statements_of_many == statements
    assert "outbox_due" in plan
    assert pages_of_many <= pages + 20, (pages, pages_of_many)
