"""PostgreSQL is the schedule: what is due is claimed once, done, and tried again."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context, tenant_context

from schemas.clock import database_now
from tenants import due, tasks
from tenants.due import LEASE, MOST_ATTEMPTS, Queue
from tenants.models import DueWork, Tenant
from tests.conftest import own_database
from tests.threads import at_once
from tests.worlds import ALPHA, BETA, World, world_of

KIND = "tidy"
PAST = datetime(2020, 1, 1, tzinfo=UTC)
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[tuple[World, World]]:
    """Alpha and Beta in a database where commits are real: what fails here closes its connection."""
    with own_database(template, django_db_blocker):
        yield world_of(ALPHA), world_of(BETA)


@pytest.fixture
def alpha(committed: tuple[World, World]) -> World:
    """Alpha, open, and nothing is due for anybody."""
    DueWork.objects.all().delete()
    Tenant.objects.filter(slug__startswith="tenant-").delete()
    Tenant.objects.update(state="ready")
    return committed[0]


@pytest.fixture
def beta(alpha: World, committed: tuple[World, World]) -> World:
    """Beta beside it."""
    return committed[1]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the objects for which the work was done, in order."""
    ids: list[str] = []
    monkeypatch.setitem(due._handlers, KIND, ids.append)
    return ids


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work cannot be done."""

    def fail(object_id: str) -> None:
        raise ZeroDivisionError(f"personal data of {object_id}")

    monkeypatch.setitem(due._handlers, KIND, fail)


def schedule(world: World, object_id: object = 1, at: datetime = PAST) -> None:
    """Schedule work in the world's schema."""
    with tenant_context(world.tenant):
        due.schedule(KIND, object_id, at)


def perform(work: DueWork) -> None:
    """Do claimed work the way that its task does."""
    with schema_context(work.schema_name):
        due.perform(work.pk, work.attempts)


def only() -> DueWork:
    """The one row of the table."""
    return DueWork.objects.get()


def test_work_is_claimed_when_it_is_due_and_done_once(alpha: World, done: list[str]) -> None:
    schedule(alpha, 7)
    [work] = due.claim()
    assert (work.schema_name, work.kind, work.object_id, work.attempts) == (alpha.tenant.schema_name, KIND, "7", 1)
    perform(work)
    assert done == ["7"]
    assert not DueWork.objects.exists()
    perform(work)
    assert done == ["7"]


def test_work_that_is_not_due_is_left_alone(alpha: World) -> None:
    schedule(alpha, at=FUTURE)
    assert due.claim() == []
    assert (only().attempts, only().due_at) == (0, FUTURE)


def test_second_schedule_moves_the_first(alpha: World) -> None:
    """One row for a tenant, kind and object, whatever was tried before."""
    schedule(alpha, at=PAST)
    DueWork.objects.update(attempts=5, tries=4, is_dead=True, last_error="ZeroDivisionError")
    schedule(alpha, at=FUTURE)
    work = only()
    assert (work.due_at, work.attempts, work.tries, work.is_dead, work.last_error) == (FUTURE, 0, 0, False, "")


def test_equal_objects_of_two_tenants_are_two_pieces(alpha: World, beta: World, done: list[str]) -> None:
    schedule(alpha, 1)
    schedule(beta, 1)
    claimed = due.claim()
    assert {work.schema_name for work in claimed} == {alpha.tenant.schema_name, beta.tenant.schema_name}


def test_work_is_not_done_in_another_tenants_schema(alpha: World, beta: World, done: list[str]) -> None:
    """T05: a message with the wrong header finds nothing."""
    schedule(alpha)
    [work] = due.claim()
    for schema in (beta.tenant.schema_name, "public"):
        with schema_context(schema):
            due.perform(work.pk, work.attempts)
    assert done == []
    assert only().attempts == 1


def test_the_longest_overdue_comes_first_and_no_more_than_the_limit(alpha: World) -> None:
    for number in range(5):
        schedule(alpha, number, PAST + timedelta(days=5 - number))
    assert [work.object_id for work in due.claim(limit=2)] == ["4", "3"]
    assert sorted(work.object_id for work in due.claim(limit=9)) == ["0", "1", "2"]


def test_work_of_a_suspended_tenant_goes_on(alpha: World) -> None:
    """Refunds always work: what was agreed before is settled, though nothing new is taken."""
    schedule(alpha)
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state="suspended")
    assert [work.schema_name for work in due.claim()] == [alpha.tenant.schema_name]


@pytest.mark.parametrize("state", ["creating", "leaving"])
def test_tenant_that_is_not_open_is_skipped_until_it_is(alpha: World, beta: World, state: str) -> None:
    schedule(alpha)
    schedule(beta)
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state=state)
    assert [work.schema_name for work in due.claim()] == [beta.tenant.schema_name]
    assert DueWork.objects.get(schema_name=alpha.tenant.schema_name).attempts == 0
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state="ready")
    assert [work.schema_name for work in due.claim()] == [alpha.tenant.schema_name]


def test_claimed_work_is_leased(alpha: World) -> None:
    """Nobody else takes it for two minutes."""
    schedule(alpha)
    now = database_now()
    due.claim()
    assert due.claim() == []
    assert LEASE <= only().due_at - now < LEASE + timedelta(seconds=5)


def test_work_of_a_worker_that_died_comes_due_again(
    alpha: World, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R28: the second attempt does it; the first, should it wake up after all, does nothing."""
    monkeypatch.setattr(due, "LEASE", timedelta(0))
    schedule(alpha)
    [first] = due.claim()
    [second] = due.claim()
    assert (first.attempts, second.attempts) == (1, 2)
    perform(first)
    assert done == []
    perform(second)
    assert done == ["1"]
    assert not DueWork.objects.exists()


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 20), (5, 160), (9, 2560), (10, 3600), (11, 3600)])
@pytest.mark.usefixtures("broken")
def test_failure_backs_off(alpha: World, tries: int, seconds: int) -> None:
    """Twice as long each time, at most an hour; the error is kept without what it says."""
    schedule(alpha)
    DueWork.objects.update(tries=tries - 1)
    [work] = due.claim()
    now = database_now()
    with pytest.raises(ZeroDivisionError):
        perform(work)
    after = only()
    assert (after.tries, after.is_dead, after.last_error) == (tries, False, "ZeroDivisionError")
    assert timedelta(seconds=seconds) <= after.due_at - now < timedelta(seconds=seconds + 5)


@pytest.mark.usefixtures("broken")
def test_twelfth_failure_is_the_last(alpha: World) -> None:
    """What is dead is kept for people to see, and never claimed."""
    schedule(alpha)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        DueWork.objects.update(due_at=PAST)
        [work] = due.claim()
        assert work.attempts == attempt
        with pytest.raises(ZeroDivisionError):
            perform(work)
    assert MOST_ATTEMPTS == 12
    assert only().is_dead
    DueWork.objects.update(due_at=PAST)
    assert due.claim() == []


def test_work_that_waits_in_a_queue_is_not_tired_by_it(
    alpha: World, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that is full for an hour: the lease ends again and again, and nothing was tried."""
    schedule(alpha)
    with monkeypatch.context() as hurried:
        hurried.setattr(due, "LEASE", timedelta(0))
        claims = [due.claim() for _ in range(40)]
    assert [len(each) for each in claims] == [1] * 40
    assert (only().attempts, only().tries, only().is_dead) == (40, 0, False)
    perform(claims[-1][0])
    assert done == ["1"]
    assert not DueWork.objects.exists()


def test_work_that_kills_its_worker_is_given_up_after_twelve_tries(
    alpha: World, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never comes to say that it failed: what was begun counts."""

    def die(object_id: str) -> None:
        done.append(object_id)
        raise SystemExit

    monkeypatch.setitem(due._handlers, KIND, die)
    schedule(alpha)
    [work] = due.claim()
    for _ in range(MOST_ATTEMPTS):  # the broker brings the message again
        with pytest.raises(SystemExit):
            perform(work)
    assert not only().is_dead
    perform(work)
    assert len(done) == MOST_ATTEMPTS
    assert (only().is_dead, only().last_error, only().tries) == (True, "WorkerLost", MOST_ATTEMPTS)
    perform(work)
    assert len(done) == MOST_ATTEMPTS


def test_work_begins_with_a_whole_lease(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it lay in a queue; and it is ended before its lease is."""
    seen: list[timedelta] = []
    monkeypatch.setitem(due._handlers, KIND, lambda _id: seen.append(only().due_at - database_now()))
    schedule(alpha)
    [work] = due.claim()
    DueWork.objects.update(due_at=database_now() + timedelta(seconds=1))
    perform(work)
    [left] = seen
    assert tasks.perform.time_limit == 110
    assert timedelta(seconds=110) < left <= LEASE


def test_flood_of_one_queue_leaves_the_others_their_share(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """5,000 pieces of bulk that are years late: one tick still takes the money that fell due just now."""
    for queue in Queue:
        monkeypatch.setitem(due._queues, f"of {queue}", queue)
    with tenant_context(alpha.tenant):
        due.schedule_all("of bulk", [(number, PAST) for number in range(5000)])
        for queue in (Queue.MONEY, Queue.MAIL, Queue.SYNC):
            due.schedule(f"of {queue}", 1, database_now())
    claimed = due.claim()
    assert Counter(work.kind for work in claimed) == {"of money": 1, "of mail": 1, "of sync": 1, "of bulk": due.SHARE}
    assert [work.kind for work in claimed][:3] == ["of money", "of mail", "of sync"]


@pytest.fixture
def flooded(alpha: World, beta: World, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """10,000 letters of Alpha's that are years late, and two of Beta's that are due now; both schemas."""
    monkeypatch.setitem(due._queues, KIND, Queue.MAIL)
    with tenant_context(alpha.tenant):
        due.schedule_all(KIND, [(number, PAST + timedelta(seconds=number)) for number in range(10_000)])
    schedule(beta, 1, database_now())
    schedule(beta, 2, database_now())
    return str(alpha.tenant.schema_name), str(beta.tenant.schema_name)


def test_flood_of_one_tenant_does_not_make_another_wait_behind_it(flooded: tuple[str, str]) -> None:
    """They take turns, each in its own order, and no tenant has more than its share of a tick."""
    ours, theirs = flooded
    claimed = [(work.schema_name, work.object_id) for work in due.claim()]
    assert claimed[:5] == [(ours, "0"), (theirs, "1"), (ours, "1"), (theirs, "2"), (ours, "2")]
    assert claimed[5:] == [(ours, str(number)) for number in range(3, due.SHARE)]
    assert [work.object_id for work in due.claim()] == [str(number) for number in range(due.SHARE, 2 * due.SHARE)]


def test_control_where_tenants_take_no_turns_one_waits_for_ten_thousand(
    flooded: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""

    def longest_due_first(queue: Queue, most: int) -> list[int]:
        waiting = DueWork.objects.filter(due.in_queue(queue), due_at__lte=database_now())
        return list(waiting.order_by("due_at").values_list("pk", flat=True)[:most])

    monkeypatch.setattr(due, "_turns", longest_due_first)
    assert {work.schema_name for _tick in range(5) for work in due.claim()} == {flooded[0]}


def test_dead_work_lives_again_when_it_is_scheduled(alpha: World, done: list[str]) -> None:
    schedule(alpha)
    DueWork.objects.update(is_dead=True, attempts=12, tries=12)
    schedule(alpha)
    [work] = due.claim()
    perform(work)
    assert done == ["1"]


def test_work_of_a_kind_that_nobody_does_fails_like_any_other(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        due.schedule("unheard of", 1, PAST)
    [work] = due.claim()
    with pytest.raises(KeyError):
        perform(work)
    assert only().last_error == "KeyError"


def test_work_that_was_rescheduled_meanwhile_is_kept(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The booking was moved while its old reminder was being sent."""
    monkeypatch.setitem(due._handlers, KIND, lambda _id: schedule(alpha, at=FUTURE))
    schedule(alpha)
    [work] = due.claim()
    perform(work)
    assert (only().due_at, only().attempts) == (FUTURE, 0)


def test_work_that_was_rescheduled_and_claimed_again_meanwhile_is_kept(
    alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new claim has the number of the old one, and is still another."""

    def moved(_id: str) -> None:
        schedule(alpha)
        assert [work.attempts for work in due.claim()] == [1]

    monkeypatch.setitem(due._handlers, KIND, moved)
    schedule(alpha)
    [work] = due.claim()
    perform(work)
    assert only().attempts == 1


def test_failure_of_work_that_was_rescheduled_meanwhile_changes_nothing(
    alpha: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved_and_failed(_id: str) -> None:
        schedule(alpha, at=FUTURE)
        raise ZeroDivisionError

    monkeypatch.setitem(due._handlers, KIND, moved_and_failed)
    schedule(alpha)
    [work] = due.claim()
    with pytest.raises(ZeroDivisionError):
        perform(work)
    assert (only().due_at, only().attempts, only().last_error) == (FUTURE, 0, "")


def test_work_scheduled_in_a_transaction_that_fails_is_not_there(alpha: World) -> None:
    with transaction.atomic():
        schedule(alpha)
        transaction.set_rollback(True)
    assert not DueWork.objects.exists()


def test_two_ticks_at_once_share_the_work_and_wait_for_nobody(alpha: World) -> None:
    """The first keeps its transaction open until the second is through: SKIP LOCKED, on two connections."""
    for number in range(100):
        schedule(alpha, number)
    first_has_claimed, second_is_through = threading.Event(), threading.Event()

    def first() -> set[str]:
        with transaction.atomic():
            claimed = {work.object_id for work in due.claim(limit=60)}
            first_has_claimed.set()
            assert second_is_through.wait(20)
        return claimed

    def second() -> set[str]:
        assert first_has_claimed.wait(20)
        try:
            return {work.object_id for work in due.claim(limit=60)}
        finally:
            second_is_through.set()

    ours, theirs = at_once(first, second)
    assert (len(ours), len(theirs)) == (60, 40)
    assert ours | theirs == {str(number) for number in range(100)}
    assert set(DueWork.objects.values_list("attempts", flat=True)) == {1}


def test_many_ticks_at_once_claim_everything_once(alpha: World) -> None:
    for number in range(60):
        schedule(alpha, number)
    claimed = [work.object_id for works in at_once(*[lambda: due.claim(limit=7)] * 12) for work in works]
    claimed += [work.object_id for work in due.claim()]
    assert sorted(claimed, key=int) == [str(number) for number in range(60)]


def plant(tenants: int, pieces: int) -> None:
    """So many more tenants, each with so much work that is not due."""
    made = Tenant.objects.bulk_create(
        [
            Tenant(
                schema_name=f"t_{number}",
                slug=f"tenant-{number}",
                slug_skeleton=f"tenant-{number}",
                name=f"Tenant {number}",
                state=Tenant.State.READY,
                time_zone="UTC",
                currency="EUR",
            )
            for number in range(1000 * tenants, 1000 * tenants + tenants)
        ]
    )
    DueWork.objects.bulk_create(
        [
            DueWork(schema_name=tenant.schema_name, kind=KIND, object_id=str(number), due_at=FUTURE)
            for tenant in made
            for number in range(pieces)
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE tenants_tenant, tenants_duework")


def cost_of_a_tick() -> tuple[int, int, str]:
    """Statements, pages that the claims' look-ups touch, and the plans of those that find something."""
    with CaptureQueriesContext(connection) as queries:
        assert len(due.claim()) == 1
    look_ups = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    DueWork.objects.filter(attempts=1).update(attempts=0, due_at=PAST)
    pages, plans = 0, []
    with transaction.atomic(), connection.cursor() as cursor:
        for look_up in look_ups:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + look_up)
            [[[plan]]] = [cursor.fetchone()]
            pages += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
            plans.append(plan)
    statements = [query for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT", "SET"))]
    return len(statements), pages, json.dumps(plans)


def test_cost_of_a_tick_does_not_grow_with_the_number_of_tenants(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 3 tenants and with 300, who wait for 14,850 pieces: six statements, and what is due comes from an index."""
    for queue in Queue:
        monkeypatch.setitem(due._queues, f"of {queue}", queue)
    schedule(alpha)
    plant(1, 1)
    cost_of_a_tick()
    statements, pages, _plan = cost_of_a_tick()
    assert statements == len(Queue) + 2
    plant(297, 50)
    statements_of_many, pages_of_many, plan_of_many = cost_of_a_tick()
    assert statements_of_many == len(Queue) + 2
    assert "duework_due" in plan_of_many
    levels = 3 * len(due._queues)  # an index that is deeper costs so much for each kind, and no more
    assert pages_of_many <= pages + levels, (pages, pages_of_many)


def test_handlers_are_registered_by_kind() -> None:
    def handler(_id: str) -> None:
        """Nothing."""

    register: Callable[[due.Handler], due.Handler] = due.handles("registered in a test", queue=Queue.MAIL)
    assert register(handler) is handler
    assert due._handlers.pop("registered in a test") is handler
    assert due.queue_of("registered in a test") == due._queues.pop("registered in a test") == Queue.MAIL
    assert due.queue_of("unheard of") == Queue.BULK
