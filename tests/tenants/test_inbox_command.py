"""`manage.py inbox`: what came from outside and needs a look."""

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants import inbox
from tenants.models import InboxEvent
from tests.tenants.test_inbox import ARRIVAL

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def called(*arguments: str) -> list[str]:
    """Lines that the command says."""
    said = StringIO()
    call_command("inbox", *arguments, stdout=said)
    return said.getvalue().splitlines()


@pytest.fixture
def five(db: None) -> None:
    """One event of each state, received in this order."""
    for state in InboxEvent.State.values:
        inbox.put(replace(ARRIVAL, event_id=f"evt_{state}"))
        InboxEvent.objects.filter(event_id=f"evt_{state}").update(state=state, received_at=RECEIVED, note="why")


def test_what_waits_is_dead_or_rejected_is_listed_and_the_rest_counted(five: None) -> None:
    headings, *rows, counts = called()
    assert headings.split() == ["EVENT", "KIND", "ACCOUNT", "STATE", "TRIES", "RECEIVED", "(UTC)", "NOTE"]
    assert [row.split() for row in rows] == [
        [f"evt_{state}", "thing.happened", "acct_1", state, "0", "2026-03-01", "09:30:00", "why"]
        for state in ("waiting", "rejected", "dead")
    ]
    assert counts == "waiting 1, done 1, ignored 1, rejected 1, dead 1"


def test_states_can_be_chosen(five: None) -> None:
    assert [row.split()[0] for row in called("--state", "done", "--state", "ignored")[1:-1]] == [
        "evt_done",
        "evt_ignored",
    ]


def test_nothing_has_come() -> None:
    assert called()[1:] == ["waiting 0, done 0, ignored 0, rejected 0, dead 0"]


def test_dead_event_is_replayed(five: None) -> None:
    assert called("--replay", "evt_dead") == ["thing.happened evt_dead was dead; it will be worked on within seconds."]
    assert {event.event_id for event in inbox.claim()} == {"evt_dead", "evt_waiting"}


def test_unknown_event_is_named(five: None) -> None:
    with pytest.raises(CommandError, match="There is no event evt_none"):
        called("--replay", "evt_none")
