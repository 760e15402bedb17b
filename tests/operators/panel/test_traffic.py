"""Events, messages and due work as operators read them, and have them done again."""

from datetime import timedelta

import pytest
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.subscriptions.models import StripeAccount
from operators import machines
from operators.models import OperatorAct
from operators.panel import filters, traffic
from schemas.clock import database_now
from tenants.models import DueWork, InboxEvent, OutboxMessage
from tests.flows.pages import Visitor
from tests.operators.panel.conftest import Enter, forged
from tests.worlds import World

pytestmark = pytest.mark.django_db
EVENTS, OUTBOX, DUE = (f"/operators/tenants/{name}/" for name in ("inboxevent", "outboxmessage", "duework"))
ACCOUNT = "acct_alpha"


def event(number: int = 1, state: str = "dead", **more: object) -> InboxEvent:
    """An event at Alpha's account."""
    now = database_now()
    known = {"kind": "payout.paid", "account_id": ACCOUNT, "object_id": f"po_{number}", "attempts": 12, "note": "Busy"}
    return InboxEvent.objects.create(
        provider="stripe", event_id=f"evt_{number}", endpoint="connect", is_live=False, made_at=now, received_at=now,
        due_at=now, state=state, **{**known, **more},
    )  # fmt: skip


def message(world: World, *, is_dead: bool = True, topic: str = "booking") -> OutboxMessage:
    return OutboxMessage.objects.create(
        schema_name=world.tenant.schema_name, topic=topic, order_key="booking:1", reference="7", is_dead=is_dead,
        attempts=12, last_error="Busy",
    )  # fmt: skip


def work(world: World, number: int = 1, *, is_dead: bool = True, kind: str = "mail") -> DueWork:
    return DueWork.objects.create(
        schema_name=world.tenant.schema_name, kind=kind, object_id=str(number), is_dead=is_dead, tries=12,
        due_at=database_now() - timedelta(hours=2), last_error="Busy",
    )  # fmt: skip


@pytest.fixture
def account(alpha: World) -> StripeAccount:
    return StripeAccount.objects.create(
        tenant=alpha.tenant, account_id=ACCOUNT, country="DE", connected_at=database_now()
    )


def dead() -> tuple[int, int, int]:
    """How much is given up: events, messages, work."""
    return (
        InboxEvent.objects.filter(state="dead").count(),
        OutboxMessage.objects.filter(is_dead=True).count(),
        DueWork.objects.filter(is_dead=True).count(),
    )


def test_events_say_whose_they_are_and_are_found_by_ids(alpha: World, account: StripeAccount, admin: Visitor) -> None:
    event()
    event(2, "done", kind="invoice.paid", account_id="", object_id="in_2")
    everything = admin.open(EVENTS).text
    assert alpha.tenant.name in everything
    for words in ("?q=evt_1", f"?q={ACCOUNT}", "?q=po_1", "?of=payout.paid", "?state__exact=dead"):
        text = admin.open(f"{EVENTS}{words}").text
        assert ("Busy" in text, "1 result" in text or "invoice.paid" not in text.replace("By kind", "")) == (True, True)
    assert "Busy" not in admin.open(f"{EVENTS}?q=evt").text


def test_page_of_an_event_has_all_that_is_kept_and_a_way_to_stripe(
    alpha: World, account: StripeAccount, admin: Visitor
) -> None:
    row = event()
    page = admin.open(f"{EVENTS}{row.pk}/")
    for words in ("evt_1", "po_1", ACCOUNT, alpha.tenant.name, "payout.paid", "Busy", "12", "connect"):
        assert words in page.text, words
    assert page.link("dashboard.stripe.com") == f"https://dashboard.stripe.com/{ACCOUNT}/test/events/evt_1"
    assert traffic.at_stripe("events/evt_2", is_live=True) == "https://dashboard.stripe.com/events/evt_2"


@pytest.mark.parametrize("state", ["dead", "done", "ignored", "rejected"])
def test_an_event_is_done_again_whatever_became_of_it(admin: Visitor, state: str) -> None:
    row = event(state=state)
    page = admin.open(f"{EVENTS}{row.pk}/")
    after = admin.send(page, page.form_with("what"))
    row.refresh_from_db()
    assert (after.path, row.state, row.attempts) == (f"{EVENTS}{row.pk}/", "waiting", 0)
    assert OperatorAct.objects.values_list("kind", "about").get() == ("replay", f"inbox:{row.pk}: 1")


def test_an_event_that_waits_is_left_alone(admin: Visitor) -> None:
    row = event(state="waiting", attempts=3)
    assert not list(admin.open(f"{EVENTS}{row.pk}/").forms_to("/replay/"))
    forged(admin, "/operators/clock/replay/", {"what": f"inbox:{row.pk}", "then": "event"})
    row.refresh_from_db()
    assert (row.attempts, OperatorAct.objects.count()) == (3, 0)


def test_messages_and_work_have_pages_and_filters(alpha: World, beta: World, admin: Visitor) -> None:
    told, done = message(alpha), work(alpha)
    work(beta, is_dead=False)
    assert "booking:1" in admin.open(f"{OUTBOX}{told.pk}/").text
    assert "Busy" in admin.open(f"{DUE}{done.pk}/").text
    for where, path in ((OUTBOX, "?is=dead"), (DUE, f"?schema_name__exact={alpha.tenant.schema_name}")):
        text = admin.open(f"{where}{path}").text
        assert (alpha.tenant.name in text, beta.tenant.name in text) == (True, False)
    assert beta.tenant.name in admin.open(f"{DUE}?is=failed").text
    assert beta.tenant.name in admin.open(f"{DUE}?is=due&q={beta.tenant.schema_name}").text


def test_the_ticked_ones_are_done_again_and_no_others(alpha: World, admin: Visitor) -> None:
    first, told = work(alpha), message(alpha)
    work(alpha, 2)
    event()
    forged(admin, "/operators/clock/replay/", {"what": [f"due:{first.pk}", f"outbox:{told.pk}", "", "due:x"]})
    assert dead() == (1, 0, 1)
    assert OperatorAct.objects.get().about == f"due:{first.pk}, outbox:{told.pk}, due:x: 2"


def test_everything_of_a_tenant_is_done_again_its_events_too(
    alpha: World, beta: World, account: StripeAccount, admin: Visitor
) -> None:
    work(alpha), message(alpha), event(), work(beta), event(2, account_id="acct_other")
    page = admin.open(f"/operators/clock/?schema={alpha.tenant.schema_name}")
    assert ("evt_1" in page.text, "evt_2" in page.text) == (True, False)
    admin.send(page, page.form_with("schema"))
    assert dead() == (1, 0, 1)
    assert OperatorAct.objects.values_list("schema_name", "about").get() == (alpha.tenant.schema_name, "everything: 3")


def test_a_kind_of_a_tenant_is_done_again(alpha: World, beta: World, admin: Visitor) -> None:
    work(alpha), work(alpha, 2, kind="figures"), work(beta)
    page = admin.open(f"/operators/clock/?kind=mail&schema={alpha.tenant.schema_name}")
    admin.send(page, page.form_with("schema"))
    assert dead() == (0, 0, 2)


@pytest.mark.parametrize("rank", ["", "reader"])
def test_who_only_reads_sees_all_and_replays_nothing(alpha: World, enter: Enter, rank: str) -> None:
    someone, row, piece = enter(rank), event(), work(alpha)
    for path in (EVENTS, OUTBOX, DUE, f"{EVENTS}{row.pk}/", f"{DUE}{piece.pk}/", "/operators/clock/"):
        page = someone.open(path)
        assert (page.status, list(page.forms_to("/replay/"))) == (200, []), path
    for sent in ({"what": f"inbox:{row.pk}", "then": "event"}, {"what": "mail"}, {"schema": alpha.tenant.schema_name}):
        assert forged(someone, "/operators/clock/replay/", sent).status_code == 403
    assert dead() == (1, 0, 1)
    assert not OperatorAct.objects.exists()


@pytest.mark.parametrize("rank", ["support", "finance"])
def test_support_and_finance_replay(alpha: World, enter: Enter, rank: str) -> None:
    someone = enter(rank)
    row = work(alpha)
    forged(someone, "/operators/clock/replay/", {"what": f"due:{row.pk}"})
    assert dead() == (0, 0, 0)


@pytest.mark.parametrize("where", [EVENTS, OUTBOX, DUE])
def test_lists_ask_as_much_for_many_as_for_few(alpha: World, admin: Visitor, where: str) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            assert admin.open(where).status == 200
        return [query["sql"] for query in queries]

    event(), message(alpha), work(alpha)
    few = asked()
    for number in range(2, 62):
        event(number), message(alpha), work(alpha, number)
    many = asked()
    assert len(many) == len(few)
    assert not any("COUNT(" in sql and "inboxevent" in sql for sql in many)
    assert "50" in admin.open(f"{where}?p=2").text


def test_pages_end_where_they_would_cost(alpha: World, admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "MOST", 60)
    for number in range(130):
        work(alpha, number)
    assert admin.open(f"{DUE}?p=2").status == 200
    assert admin.open(f"{DUE}?p=3").path != f"{DUE}?p=3" or "mail" not in admin.open(f"{DUE}?p=3").text


def test_queues_are_counted_and_a_broker_that_is_gone_is_said(admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [name for name, _length in machines.queues() or []] == ["celery", "money", "mail", "sync", "bulk"]
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(current_app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    assert machines.queues() is None
    assert "Redis does not answer." in admin.open("/operators/clock/").text


def test_workers_are_asked_on_demand_only(admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "PATIENCE", 0.05)
    assert "No worker answers." not in admin.open("/operators/clock/").text
    assert "No worker answers." in admin.open("/operators/clock/?workers=1").text
