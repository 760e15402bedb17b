"""The inbox: what arrives is kept once, worked on once at a time, and ends (I6, R22, R25)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from kernel import failpoints
from schemas.clock import database_now
from tenants import inbox
from tenants.due import LEASE, MOST_ATTEMPTS
from tenants.inbox import Arrival, Ignored, Rejected
from tenants.models import InboxEvent
from tests.conftest import own_database
from tests.threads import at_once
from tests.worlds import ALPHA, world_of

KIND = "thing.happened"
ARRIVAL = Arrival("stripe", "evt_1", KIND, "connect", "acct_1", "pi_1", False, datetime(2026, 3, 1, 9, tzinfo=UTC))
State = InboxEvent.State


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any, template: str) -> Iterator[str]:
    """A database where commits are real."""
    with own_database(template, django_db_blocker) as name:
        yield name


@pytest.fixture(autouse=True)
def empty(committed: str) -> None:
    """Nothing has arrived."""
    InboxEvent.objects.all().delete()


@pytest.fixture
def done() -> list[str]:
    """Ids of the events that were handled, in order."""
    return []


@pytest.fixture
def handlers(done: list[str]) -> dict[str, inbox.Handler]:
    """One kind is listened to."""
    return {KIND: lambda event: done.append(event.event_id)}


def only() -> InboxEvent:
    """The one row of the table."""
    return InboxEvent.objects.get()


def test_an_arrival_is_kept_with_the_databases_time(done: list[str]) -> None:
    before = database_now()
    assert inbox.put(ARRIVAL) is True
    event = only()
    assert (event.provider, event.event_id, event.kind, event.endpoint) == ("stripe", "evt_1", KIND, "connect")
    assert (event.account_id, event.object_id, event.is_live) == ("acct_1", "pi_1", False)
    assert (event.made_at, event.state, event.attempts, event.note) == (ARRIVAL.made_at, "waiting", 0, "")
    assert before <= event.received_at <= event.due_at <= database_now()


def test_second_arrival_under_an_id_changes_nothing() -> None:
    """The first one counts, whatever the second one says (R25)."""
    inbox.put(ARRIVAL)
    assert inbox.put(replace(ARRIVAL, kind="other", endpoint="platform", object_id="pi_2")) is False
    event = only()
    assert (event.kind, event.endpoint, event.object_id) == (KIND, "connect", "pi_1")


def test_same_id_of_another_provider_is_another_event() -> None:
    assert inbox.put(ARRIVAL)
    assert inbox.put(replace(ARRIVAL, provider="other"))
    assert InboxEvent.objects.count() == 2


def test_of_eight_at_once_one_is_new() -> None:
    """R22."""
    answers = at_once(*[lambda: inbox.put(ARRIVAL)] * 8)
    assert sorted(answers) == [False] * 7 + [True]
    assert InboxEvent.objects.count() == 1


def test_it_is_written_to_public_from_within_a_tenant(committed: str) -> None:
    with tenant_context(world_of(ALPHA).tenant):
        inbox.put(ARRIVAL)
    assert only().event_id == "evt_1"


def test_claimed_event_is_handled_once_and_done(done: list[str], handlers: dict[str, inbox.Handler]) -> None:
    inbox.put(ARRIVAL)
    [event] = inbox.claim()
    assert event.attempts == 1
    inbox.work(event.pk, event.attempts, handlers)
    inbox.work(event.pk, event.attempts, handlers)
    assert done == ["evt_1"]
    assert (only().state, only().note) == (State.DONE, "")
    assert only().ended_at is not None
    assert inbox.claim() == []


def test_claim_is_a_lease_and_comes_due_again_after_it() -> None:
    inbox.put(ARRIVAL)
    before = database_now()
    inbox.claim()
    assert inbox.claim() == []
    assert before + LEASE <= only().due_at <= database_now() + LEASE
    InboxEvent.objects.update(due_at=before)
    [event] = inbox.claim()
    assert event.attempts == 2


def test_two_claimers_at_once_share_what_waits() -> None:
    for number in range(10):
        inbox.put(replace(ARRIVAL, event_id=f"evt_{number}"))
    shares = at_once(*[lambda: inbox.claim(limit=5)] * 2)
    taken = [event.event_id for share in shares for event in share]
    assert sorted(taken) == [f"evt_{number}" for number in range(10)]


def test_a_worker_of_an_earlier_claim_finds_nothing(done: list[str], handlers: dict[str, inbox.Handler]) -> None:
    """Its lease is over, and somebody else is at it."""
    inbox.put(ARRIVAL)
    inbox.claim()
    InboxEvent.objects.update(due_at=database_now())
    inbox.claim()
    inbox.work(only().pk, 1, handlers)
    assert done == []
    inbox.work(only().pk, 2, handlers)
    assert done == ["evt_1"]


def test_worker_that_dies_between_effect_and_mark_leaves_it_to_the_next(
    done: list[str], handlers: dict[str, inbox.Handler], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The effect is asked for again, so effects are idempotent; the event ends once (I6)."""
    monkeypatch.setattr(failpoints, "_folder", tmp_path)
    (tmp_path / "inbox.done").write_text("raise")
    inbox.put(ARRIVAL)
    [event] = inbox.claim()
    with pytest.raises(failpoints.Stumbled):
        inbox.work(event.pk, event.attempts, handlers)
    assert only().state == State.WAITING
    InboxEvent.objects.update(due_at=database_now())
    [event] = inbox.claim()
    inbox.work(event.pk, event.attempts, handlers)
    assert done == ["evt_1", "evt_1"]
    assert only().state == State.DONE


def test_event_that_kills_its_worker_is_dead_after_twelve_attempts(done: list[str]) -> None:
    """It never comes to say that it failed: what was begun counts, and what the broker brings again at once too."""

    def die(event: InboxEvent) -> None:
        done.append(event.event_id)
        raise SystemExit

    inbox.put(ARRIVAL)
    for attempts in range(1, MOST_ATTEMPTS, 2):
        [event] = inbox.claim()
        for counted in (attempts, attempts + 1):
            with pytest.raises(SystemExit):
                inbox.work(event.pk, event.attempts, {KIND: die})
            assert (only().attempts, only().note) == (counted, f"begun, attempt {counted}")
        inbox.work(event.pk, event.attempts, {KIND: die})
        InboxEvent.objects.update(due_at=database_now())
    [event] = inbox.claim()
    inbox.work(event.pk, event.attempts, {KIND: die})
    assert len(done) == MOST_ATTEMPTS
    assert (only().state, only().attempts, only().note) == (State.DEAD, MOST_ATTEMPTS, "WorkerLost")
    assert inbox.claim() == []


def test_kind_without_a_handler_is_ignored() -> None:
    inbox.put(replace(ARRIVAL, kind="never.heard.of"))
    [event] = inbox.claim()
    inbox.work(event.pk, event.attempts, {})
    assert (only().state, only().note) == (State.IGNORED, "nobody listens to this kind")


@pytest.mark.parametrize(("error", "state"), [(Ignored("not ours"), State.IGNORED), (Rejected("lies"), State.REJECTED)])
def test_handler_can_end_an_event_with_a_note(error: Exception, state: State, caplog: pytest.LogCaptureFixture) -> None:
    def handle(event: InboxEvent) -> None:
        raise error

    inbox.put(ARRIVAL)
    [event] = inbox.claim()
    inbox.work(event.pk, event.attempts, {KIND: handle})
    assert (only().state, only().note) == (state, str(error))
    alerts = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert alerts == ([f"stripe event evt_1 {KIND} rejected: lies"] if state == State.REJECTED else [])


def broken(event: InboxEvent) -> None:
    """A handler that fails, and quotes somebody."""
    raise ZeroDivisionError("anna@example.com")


def test_failed_event_comes_again_after_a_growing_pause() -> None:
    inbox.put(ARRIVAL)
    waits = []
    for attempt in (1, 2, 3):
        [event] = inbox.claim()
        before = database_now()
        with pytest.raises(ZeroDivisionError):
            inbox.work(event.pk, event.attempts, {KIND: broken})
        assert (only().state, only().note, only().attempts) == (State.WAITING, "ZeroDivisionError", attempt)
        waits.append(round((only().due_at - before).total_seconds()))
        InboxEvent.objects.update(due_at=before)
    assert waits == [10, 20, 40]


def test_event_is_dead_after_twelve_attempts_and_somebody_hears_of_it(caplog: pytest.LogCaptureFixture) -> None:
    """I13."""
    inbox.put(ARRIVAL)
    InboxEvent.objects.update(attempts=MOST_ATTEMPTS - 1)
    [event] = inbox.claim()
    with pytest.raises(ZeroDivisionError):
        inbox.work(event.pk, event.attempts, {KIND: broken})
    assert (only().state, only().attempts, only().note) == (State.DEAD, 12, "ZeroDivisionError")
    InboxEvent.objects.update(due_at=database_now() - timedelta(days=1))
    assert inbox.claim() == []
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "anna@example.com" not in caplog.text


@pytest.mark.parametrize("state", [State.DONE, State.IGNORED, State.REJECTED, State.DEAD])
def test_what_has_ended_can_be_replayed(state: State, done: list[str], handlers: dict[str, inbox.Handler]) -> None:
    inbox.put(ARRIVAL)
    InboxEvent.objects.update(state=state, attempts=12, note="so it was", ended_at=database_now())
    inbox.replay(only())
    assert (only().state, only().attempts, only().note, only().ended_at) == (State.WAITING, 0, "", None)
    [event] = inbox.claim()
    inbox.work(event.pk, event.attempts, handlers)
    assert done == ["evt_1"]
    assert only().state == State.DONE


def test_late_worker_does_not_end_what_was_replayed_meanwhile(done: list[str]) -> None:
    inbox.put(ARRIVAL)
    [event] = inbox.claim()

    def handle(handled: InboxEvent) -> None:
        inbox.replay(handled)
        inbox.claim()

    inbox.work(event.pk, event.attempts, {KIND: handle})
    assert (only().state, only().attempts) == (State.WAITING, 1)


def test_claim_takes_two_queries_however_much_waits(django_assert_num_queries: Any) -> None:
    for number in range(3):
        inbox.put(replace(ARRIVAL, event_id=f"evt_{number}"))
    with django_assert_num_queries(4, connection=connection):  # BEGIN and COMMIT are counted
        assert len(inbox.claim()) == 3


@pytest.mark.parametrize("state", list(State))
def test_what_was_over_ninety_days_ago_is_deleted_and_what_was_given_up_stays(state: State, monkeypatch: Any) -> None:
    monkeypatch.setattr(inbox, "PRUNED_AT_ONCE", 2)
    now = database_now()
    ended = {"old": now - inbox.KEPT - timedelta(minutes=1), "new": now - inbox.KEPT + timedelta(minutes=1)}
    for name in ("old-1", "old-2", "old-3", "new-1"):
        inbox.put(replace(ARRIVAL, event_id=name))
        over = None if state == State.WAITING else ended[name[:3]]
        InboxEvent.objects.filter(event_id=name).update(state=state, ended_at=over)
    goes = state in {State.DONE, State.IGNORED, State.REJECTED}
    assert [inbox.prune(), inbox.prune()] == [3 if goes else 0, 0]
    left = set(InboxEvent.objects.values_list("event_id", flat=True))
    assert left == ({"new-1"} if goes else {"old-1", "old-2", "old-3", "new-1"})
