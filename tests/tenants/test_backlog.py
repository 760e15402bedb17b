"""What waits and what was given up: read by the command, the page and the metrics, and done again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django_tenants.utils import tenant_context

from operators.panel import clock
from schemas.clock import database_now
from tenants import backlog, due, hosts
from tenants.backlog import Table
from tenants.models import DueWork, InboxEvent, OutboxMessage, Tenant
from tests.flows.pages import Visitor
from tests.operating import make_operator, sign_in
from tests.worlds import World

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def filled(alpha: World, beta: World) -> None:
    """Something late, something later and something dead in each table; Beta leaves: its work is no delay."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    now = database_now()
    for model in (DueWork, OutboxMessage, InboxEvent):
        model.objects.all().delete()
    with tenant_context(alpha.tenant):
        due.schedule("refund", 1, now - HOUR)
        due.schedule("refund", 2, now + HOUR)
        due.schedule("mail", 3, now - HOUR)
    with tenant_context(beta.tenant):
        due.schedule("refund", 4, now - 9 * HOUR)
    Tenant.objects.filter(pk=beta.tenant.pk).update(state=Tenant.State.LEAVING)
    DueWork.objects.filter(object_id="3").update(is_dead=True, tries=12, last_error="ZeroDivisionError")
    for number, age in enumerate((2 * HOUR, HOUR)):
        fields = {"schema_name": alpha.tenant.schema_name, "topic": "t", "order_key": f"k:{number}", "reference": "1"}
        OutboxMessage.objects.create(**fields, created_at=now - age, due_at=now - age)
    OutboxMessage.objects.create(**fields, is_dead=True, attempts=12, last_error="KeyError")
    for event_id, state in (("evt_1", "waiting"), ("evt_2", "dead"), ("evt_3", "done")):
        InboxEvent.objects.create(
            provider="stripe",
            event_id=event_id,
            kind="charge.refunded",
            endpoint="connect",
            is_live=False,
            made_at=now,
            received_at=now - 3 * HOUR,
            due_at=now - HOUR,
            state=state,
        )


def refs() -> list[str]:
    """The names of what was given up."""
    return [each.ref for each in backlog.dead(99)]


def test_each_kind_has_a_line_with_what_is_due_later_and_dead(filled: None) -> None:
    lines = {(each.table, each.kind): each for each in backlog.waiting()}
    counted = {key: (line.due, line.later, line.dead, line.queue) for key, line in lines.items()}
    assert counted == {
        (Table.OUTBOX, "t"): (2, 0, 1, "celery"),
        (Table.DUE, "mail"): (0, 0, 1, "mail"),
        (Table.DUE, "refund"): (1, 1, 0, "money"),
        (Table.INBOX, "charge.refunded"): (1, 0, 1, "money"),
    }
    ages = {key: round(line.oldest_seconds / 3600) for key, line in lines.items()}
    assert list(ages.values()) == [2, 0, 1, 3]


def test_what_was_given_up_is_done_again_by_its_name_or_kind(filled: None) -> None:
    message, work, event = refs()
    assert [each.tries for each in backlog.dead(99)][:2] == [12, 12]
    assert backlog.replay(work) == 1
    assert refs() == [message, event]
    again = DueWork.objects.get(object_id="3")
    assert (again.is_dead, again.tries, again.attempts, again.last_error) == (False, 0, 0, "")
    assert backlog.replay("t") == backlog.replay("charge.refunded") == 1
    assert refs() == []
    assert InboxEvent.objects.get(event_id="evt_3").state == "done"


@pytest.mark.parametrize("name", ["", "refund", "due:", "due:x", "due:²", "due:99999999999999999999", "other:1", ":"])
def test_what_is_not_dead_is_left_alone(filled: None, name: str) -> None:
    before = list(DueWork.objects.order_by("pk").values())
    assert backlog.replay(name) == 0
    assert list(DueWork.objects.order_by("pk").values()) == before
    assert len(refs()) == 3


def run(*arguments: str) -> str:
    """What `manage.py clock` prints."""
    out = StringIO()
    call_command("clock", *arguments, stdout=out)
    return out.getvalue()


def test_command_shows_what_waits_and_what_is_dead_by_kind_and_tenant(filled: None, alpha: World) -> None:
    backlog.beat("tick")
    backlog.beat("pump")
    lines = [line.split() for line in run().splitlines()]
    assert lines[:2] == [["tick:", "0", "s", "ago"], ["pump:", "0", "s", "ago"]]
    assert ["due", "refund", "money", "1", "1", "0", "3600", "s"] in lines
    assert ["due", "mail", alpha.tenant.schema_name, "1"] in lines
    told = json.loads(run("--json"))
    assert told.keys() == {"beats", "waiting", "dead"}
    assert [(each["ref"], each["error"]) for each in told["dead"]][1][1] == "ZeroDivisionError"
    assert run("--replay", "mail") == "1 of mail will be done again within seconds.\n"
    with pytest.raises(CommandError, match="Nothing of mail was given up"):
        run("--replay", "mail")


def test_command_fails_where_beat_does_not_run(filled: None) -> None:
    with pytest.raises(CommandError, match="Beat's tasks do not run"):
        run()


def read(headers: dict[str, str] | None = None, host: str = "localhost", address: str = "203.0.113.9") -> Any:
    """Ask for the metrics."""
    return Client(HTTP_HOST=host, REMOTE_ADDR=address).get("/metrics", headers=headers or {})


def figures(text: str) -> dict[str, float]:
    """Prometheus' text, without its comments."""
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_metrics_say_how_old_what_waits_is(filled: None, settings: Any) -> None:
    settings.METRICS_TOKEN = "a token"
    backlog.beat("tick")
    assert 'beat_age_seconds{task="pump"} +Inf' in read({"Authorization": "Bearer a token"}).content.decode()
    backlog.beat("pump")
    answer = read({"Authorization": "Bearer a token"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    told = figures(answer.content.decode())
    elsewhere = ("promise_", "tenants", "db_", "deadlock_", "webhook_")  # tests/deploy/test_watching.py
    found = {name: value for name, value in told.items() if not name.startswith(elsewhere)}
    assert round(told["webhook_lag_seconds"] / 3600) == 3
    assert {name: round(value / 3600) if "seconds" in name else value for name, value in found.items()} == {
        "outbox_oldest_seconds": 2,
        'due_oldest_seconds{queue="money"}': 1,
        'due_oldest_seconds{queue="mail"}': 0,
        'due_oldest_seconds{queue="sync"}': 0,
        'due_oldest_seconds{queue="bulk"}': 0,
        "hold_expiry_lag_seconds": 0,
        "inbox_unprocessed": 1,
        'dead{kind="mail",table="due"}': 1,
        'dead{kind="charge.refunded",table="inbox"}': 1,
        'dead{kind="t",table="outbox"}': 1,
        'beat_age_seconds{task="tick"}': 0,
        'beat_age_seconds{task="pump"}': 0,
    }


def test_metrics_are_there_for_the_token_and_the_networks_alone(alpha: World, settings: Any) -> None:
    assert read().status_code == 404
    assert read({"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "a token"
    assert [read({"Authorization": sent}).status_code for sent in ("Bearer a token", "Bearer b", "a token")] == [
        200,
        404,
        404,
    ]
    settings.METRICS_NETWORKS = ["10.0.0.0/8", "2001:db8::/32"]
    assert [read(address=each).status_code for each in ("10.1.2.3", "2001:db8::7", "11.0.0.1", "")] == [
        200,
        200,
        404,
        404,
    ]
    assert read({"X-Forwarded-For": "10.1.2.3"}).status_code == 404
    assert read({"Authorization": "Bearer a token"}, host=alpha.host).status_code == 404


@pytest.fixture
def operator(alpha: World) -> Iterator[Visitor]:
    """Somebody who runs the platform, signed in."""
    make_operator("olga@forecourt.example")
    someone = Visitor("localhost")
    sign_in(someone, "olga@forecourt.example")
    yield someone
    hosts.forget()


def test_operator_hears_of_what_a_long_list_does_not_show(
    filled: None, operator: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "more are shown" not in operator.open("/operators/clock/").text
    monkeypatch.setattr(clock, "MOST", 0)
    assert "3 more are shown once these are done." in operator.open("/operators/clock/").text
    assert "1 more are shown once these are done." in operator.open("/operators/clock/?kind=mail").text


def test_operator_sees_what_was_given_up_and_has_it_done_again(filled: None, alpha: World, operator: Visitor) -> None:
    page = operator.open("/operators/clock/")
    assert page.status == 200
    for text in ("Beat's tasks do not run.", alpha.tenant.name, "ZeroDivisionError after 12 tries", "1 due, 1 later"):
        assert text in page.text
    work = next(ref for ref in refs() if ref.startswith("due:"))
    page = operator.open("/operators/clock/?kind=mail")
    assert work in page.text
    assert "evt_2" not in page.text
    button = next(form for form in page.forms if form.fields.get("what") == work)
    assert "1 piece will be done again." in operator.send(page, button).text
    assert work not in refs()
    assert "That is not there any more." in operator.send(page, button).text
    page = operator.open("/operators/clock/?kind=charge.refunded")
    every = next(form for form in page.forms if form.fields.get("what") == "charge.refunded")
    assert "1 piece will be done again." in operator.send(page, every).text
    assert InboxEvent.objects.get(event_id="evt_2").state == "waiting"
