"""Short transactions that may be repeated: what is repeated, what is not, and how long anybody waits."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django_tenants.utils import tenant_context

from kernel.errors import Busy, Conflict, Refused
from schemas.transactions import MOST_TRIES, Again, after_commit, sqlstate, transact
from tests.conftest import own_database
from tests.databases import url_of
from tests.threads import at_once
from tests.worlds import ALPHA, World, world_of
from venues.models import Venue


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[World]:
    """Alpha in a database where commits are real."""
    with own_database(template, django_db_blocker):
        yield world_of(ALPHA)


@pytest.fixture
def alpha(committed: World) -> Iterator[World]:
    """Alpha's schema is entered, and its venue has its name."""
    with tenant_context(committed.tenant):
        rename(committed, "before")
        yield committed


def rename(world: World, name: str) -> None:
    """Change something that one can look for afterwards."""
    Venue.objects.filter(pk=world.venue).update(name=name)


def name_of(world: World) -> str:
    """What became of it, as another connection sees it."""
    with psycopg.connect(url_of(connection.settings_dict["NAME"])) as other:
        query = psycopg.sql.SQL("SELECT name FROM {}.venues_venue WHERE id = %s")
        row = other.execute(query.format(psycopg.sql.Identifier(world.tenant.schema_name)), [world.venue]).fetchone()
    assert row
    return str(row[0])


def failing(world: World, times: int, fail: Callable[[], object]) -> tuple[Callable[[], int], list[int]]:
    """Work that changes something and then fails so many times; and the list of its runs."""
    runs: list[int] = []

    def work() -> int:
        runs.append(len(runs) + 1)
        rename(world, f"run {len(runs)}")
        if len(runs) <= times:
            fail()
        return len(runs)

    return work, runs


def raise_in_database(code: str) -> Callable[[], None]:
    """PostgreSQL itself raises the error."""

    def fail() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = '{code}'; END $$")

    return fail


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_deadlock_and_serialization_failure_are_repeated(alpha: World, code: str) -> None:
    work, runs = failing(alpha, 2, raise_in_database(code))
    assert transact(work) == 3
    assert runs == [1, 2, 3]
    assert name_of(alpha) == "run 3"


@pytest.mark.parametrize("code", ["40P01", "40001"])
def test_what_fails_every_time_is_busy_and_changes_nothing(alpha: World, code: str) -> None:
    before = name_of(alpha)
    work, runs = failing(alpha, 99, raise_in_database(code))
    with pytest.raises(Busy):
        transact(work)
    assert len(runs) == MOST_TRIES == 4
    assert name_of(alpha) == before


def test_two_that_deadlock_both_get_through(alpha: World) -> None:
    """R06: PostgreSQL shoots one of them, and that one comes again."""
    met = threading.Barrier(2)
    runs: list[int] = []

    def work(first: int, second: int) -> int:
        def act() -> int:
            runs.append(first)
            Venue.objects.select_for_update().get(pk=first)
            if len(runs) <= 2:
                met.wait(10)
            Venue.objects.select_for_update().get(pk=second)
            Venue.objects.filter(pk=second).update(position=first)
            return first

        with tenant_context(alpha.tenant):
            return transact(act)

    results = at_once(lambda: work(alpha.venue, alpha.annex), lambda: work(alpha.annex, alpha.venue))
    assert results == [alpha.venue, alpha.annex]
    assert len(runs) == 3


def test_lost_connection_is_repeated_on_another_and_in_the_same_schema(alpha: World) -> None:
    """R44: the server ends the session in the middle of a transaction."""
    backends = []

    def end_session() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backends.append(cursor.fetchone()[0])
        with psycopg.connect(url_of(connection.settings_dict["NAME"]), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [backends[-1]])
        rename(alpha, "through a dead connection")

    work, runs = failing(alpha, 1, end_session)
    assert transact(work) == 2
    assert runs == [1, 2]
    assert name_of(alpha) == "run 2"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_schema()")
        backend, schema = cursor.fetchone()
    assert backend not in backends
    assert schema == alpha.tenant.schema_name


def test_lock_that_cannot_be_had_is_busy_within_3_seconds(alpha: World) -> None:
    """R45: said once and not repeated, for a second wait would be as long as the first."""
    query = psycopg.sql.SQL("SELECT 1 FROM {}.venues_venue WHERE id = %s FOR UPDATE")
    runs = []

    def work() -> None:
        runs.append(1)
        rename(alpha, "never")

    with psycopg.connect(url_of(connection.settings_dict["NAME"])) as other:
        other.execute(query.format(psycopg.sql.Identifier(alpha.tenant.schema_name)), [alpha.venue])
        begun = time.monotonic()
        with pytest.raises(Busy) as busy:
            transact(work)
        waited = time.monotonic() - begun
    assert 2 < waited < 3
    assert runs == [1]
    assert busy.value.__cause__ is not None
    assert sqlstate(busy.value.__cause__) in {"55P03", "57014"}  # the lock's limit and the statement's are equal
    assert name_of(alpha) != "never"


def test_again_is_run_again_in_a_new_transaction(alpha: World) -> None:
    transactions = []

    def work() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text")
            transactions.append(cursor.fetchone()[0])
        rename(alpha, f"run {len(transactions)}")
        if len(transactions) < 3:
            raise Again
        return "done"

    assert transact(work) == "done"
    assert len(set(transactions)) == 3
    assert name_of(alpha) == "run 3"


def test_again_for_ever_is_busy(alpha: World) -> None:
    before = name_of(alpha)

    def again() -> None:
        raise Again

    work, runs = failing(alpha, 99, again)
    with pytest.raises(Busy):
        transact(work)
    assert len(runs) == MOST_TRIES
    assert name_of(alpha) == before


@pytest.mark.parametrize("refusal", [Refused("slot_taken", "No."), Conflict("busy_key", "No."), Busy()])
def test_refusal_is_never_repeated_and_takes_everything_back(alpha: World, refusal: Refused) -> None:
    before = name_of(alpha)

    def refuse() -> None:
        raise refusal

    work, runs = failing(alpha, 99, refuse)
    with pytest.raises(type(refusal)) as raised:
        transact(work)
    assert raised.value is refusal
    assert runs == [1]
    assert name_of(alpha) == before


@pytest.mark.parametrize("error", [IntegrityError("constraint"), ValueError("ours"), KeyError("ours")])
def test_mistake_is_never_repeated(alpha: World, error: Exception) -> None:
    before = name_of(alpha)

    def fail() -> None:
        raise error

    work, runs = failing(alpha, 99, fail)
    with pytest.raises(type(error)):
        transact(work)
    assert runs == [1]
    assert name_of(alpha) == before


def test_nested_act_joins_the_outer_transaction(alpha: World) -> None:
    """What the inner one has done goes back with the outer one, and is not there before."""
    before = name_of(alpha)

    def outer() -> None:
        transact(lambda: rename(alpha, "inner"))
        assert Venue.objects.get(pk=alpha.venue).name == "inner"
        assert name_of(alpha) == before
        raise Refused("no", "After all.")

    with pytest.raises(Refused):
        transact(outer)
    assert name_of(alpha) == before
    transact(lambda: transact(lambda: rename(alpha, "both")))
    assert name_of(alpha) == "both"


def test_failure_inside_a_nested_act_repeats_the_whole(alpha: World) -> None:
    outers: list[int] = []
    inner, runs = failing(alpha, 1, raise_in_database("40001"))

    def outer() -> int:
        outers.append(1)
        return transact(inner)

    assert transact(outer) == 2
    assert (len(outers), runs) == (2, [1, 2])


def test_next_act_after_a_failed_one_is_a_transaction_of_its_own(alpha: World) -> None:
    def refuse() -> None:
        raise Refused("no", "No.")

    with pytest.raises(Refused):
        transact(refuse)
    transact(lambda: rename(alpha, "after"))
    assert name_of(alpha) == "after"


def test_act_is_durable(alpha: World) -> None:
    """Inside somebody's `atomic` a commit would be a promise that is not kept."""
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        transact(lambda: rename(alpha, "never"))
    assert name_of(alpha) != "never"


def test_limits_of_time_end_with_the_transaction(alpha: World) -> None:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")

    def limits() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(name) FROM unnest(%s::text[]) name", [list(names)])
            return [value for (value,) in cursor.fetchall()]

    outside = limits()
    lock, statement, idle = transact(limits)
    assert (statement, idle) == (lock, "10s")
    assert 2000 < int(lock.removesuffix("ms")) <= 2500
    assert limits() == outside


def test_hooks_of_a_try_that_failed_do_not_fire(alpha: World) -> None:
    """T04: a task that was queued by the first try is not sent by the second."""
    sent = []

    class Task:
        """Notes what is sent."""

        def apply_async(self, args: tuple[int, ...], **_options: object) -> None:
            """Queue."""
            sent.append(args)

    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        after_commit(Task(), len(runs))
        if len(runs) == 1:
            raise_in_database("40P01")()
        assert sent == []

    transact(work)
    assert sent == [(2,)]
