"""Which rank may call what of the panel: every route, every act, every rank. A new one has to be decided here."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Role, User
from billing.subscriptions.models import Plan, Subscription
from operators.access import RIGHTS, Right
from operators.models import Operator, OperatorAct, Rank
from operators.panel import acts
from schemas.clock import database_now
from tenants.models import AbuseReport, Announcement, DueWork, InboxEvent, OutboxMessage, Tenant
from tests.isolation.test_platform_host import VALUES
from tests.operating import make_operator, session_of
from tests.routes import Route, public_routes
from tests.worlds import World

pytestmark = pytest.mark.django_db
PANEL = [route for route in public_routes() if route.path.startswith("/operators/")]
EVERYBODY = Right.SEE
# What sending a form to a route takes; reading takes EVERYBODY, but for forms that somebody may not send anyhow.
SENDING = {
    "/operators/look-in/<int:tenant_id>/": Right.LOOK_IN,
    "/operators/look-in/<int:look_in_id>/end/": Right.LOOK_IN,
    "/operators/clock/replay/": Right.REPLAY,
    "/operators/switches/": Right.SWITCH,
    "/operators/tenants/announcement/add/": Right.ANNOUNCE,
    "/operators/tenants/announcement/<int:object_id>/": Right.ANNOUNCE,
    "/operators/tenants/abusereport/<int:object_id>/": Right.ABUSE,
    "/operators/operators/operator/<int:object_id>/": Right.OPERATORS,
}
FORMS = {
    "/operators/tenants/announcement/add/": Right.ANNOUNCE,
    "/operators/look-in/<int:tenant_id>/": Right.LOOK_IN,
}
"""Pages that are nothing but a form."""
ELSE = {
    "/operators/look-in/<int:look_in_id>/end/": 405,
    "/operators/clock/replay/": 405,
    "/operators/logout/": 405,
    "/operators/apps/<slug:app_label>/": 302,
    "/operators/figures/export/": 404,
    "/operators/subscriptions/subscription/<int:object_id>/": 302,
}
"""What reading answers where it is not 200."""
ACTS = {
    "suspend": Right.SUSPEND,
    "resume": Right.SUSPEND,
    "switch": Right.SWITCH,
    "canary": Right.SWITCH,
    "trial": Right.TRIAL,
    "plan": Right.PLAN,
    "fee": Right.PLAN,
    "limits": Right.PLAN,
    "paid": Right.PLAN,
    "paid-end": Right.PLAN,
    "paid-on": Right.PLAN,
}
ACT = "/operators/tenants/<int:tenant_id>/<slug:name>/"
ROW = 777


def client_of(rank: str) -> Client:
    """Somebody of a rank who has proved both factors."""
    client = Client(headers={"Host": "localhost"})
    client.cookies["sessionid"] = session_of(make_operator(f"{rank}@forecourt.example", rank))
    return client


@pytest.fixture
def rows(alpha: World) -> dict[str, object]:
    """Values for the parameters of a route, each of a row that is there."""
    now = database_now()
    Announcement.objects.create(
        pk=ROW, text_en="A", text_de="B", starts_at=now, ends_at=now + timedelta(days=1), schema_name="t_nobody"
    )
    AbuseReport.objects.create(
        pk=ROW, schema_name="t_1", tenant_name="One", page="/", kind="other", text="x", reported_at=now
    )
    Operator.objects.create(user=User.objects.create(pk=ROW, email="row@forecourt.example", role=Role.OPERATOR))
    OperatorAct.objects.create(pk=ROW, kind="row")
    InboxEvent.objects.create(
        pk=ROW, provider="stripe", event_id="evt_1", kind="payout.paid", endpoint="connect", is_live=False, made_at=now,
        received_at=now, due_at=now,
    )  # fmt: skip
    OutboxMessage.objects.create(pk=ROW, schema_name="t_1", topic="booking", order_key="booking:1", reference="1")
    DueWork.objects.create(pk=ROW, schema_name="t_1", kind="mail", object_id="1", due_at=now)
    plan = Plan.objects.create(code="any", name="Any")
    Subscription.objects.create(pk=ROW, tenant=alpha.tenant, plan=plan, updated_at=now)
    return {**VALUES, "tenant_id": alpha.tenant.pk, "object_id": ROW}


def test_ranks_have_the_rights_that_are_written_down() -> None:
    see = {Right.SEE}
    expected = {
        "reader": see,
        "support": see | {Right.REPLAY, Right.SUSPEND, Right.TRIAL, Right.LOOK_IN, Right.ABUSE, Right.ANNOUNCE},
        "finance": see | {Right.REPLAY, Right.TRIAL, Right.PLAN},
        "admin": set(Right),
    }
    assert expected == RIGHTS


def test_every_act_is_decided() -> None:
    assert {name: each.right for name, each in acts._acts.items()} == ACTS


@pytest.mark.parametrize("rank", Rank.values)
@pytest.mark.parametrize("route", [route for route in PANEL if route.path != ACT], ids=str)
def test_route_takes_the_right_that_is_written_down(
    alpha: World, rows: dict[str, object], route: Route, rank: str
) -> None:
    client = client_of(rank)
    where = alpha.tenant.pk if route.path.startswith("/operators/tenants/tenant/") else ROW
    path = route.filled({**rows, "object_id": where})
    seen = client.get(path).status_code
    assert seen == (403 if FORMS.get(route.path, EVERYBODY) not in RIGHTS[rank] else ELSE.get(route.path, 200))
    if route.path in SENDING:
        sent = client.post(path, {}).status_code
        assert (sent == 403) == (SENDING[route.path] not in RIGHTS[rank]), sent
        assert sent < 500
    assert Tenant.objects.get(pk=alpha.tenant.pk).switched_off == []
    assert list(OperatorAct.objects.values_list("pk", flat=True)) == [ROW]


@pytest.mark.parametrize("rank", Rank.values)
@pytest.mark.parametrize("name", ACTS)
def test_act_takes_the_right_that_is_written_down(alpha: World, name: str, rank: str) -> None:
    client = client_of(rank)
    path = f"/operators/tenants/{alpha.tenant.pk}/{name}/"
    may = ACTS[name] in RIGHTS[rank]
    assert (client.get(path).status_code, client.post(path, {}).status_code) == ((200, 200) if may else (403, 403))
    assert f"/{name}/" not in client.get(f"/operators/tenants/tenant/{alpha.tenant.pk}/").content.decode() or may
    assert Tenant.objects.get(pk=alpha.tenant.pk).state == "ready"
    assert not OperatorAct.objects.exists()


def test_an_act_that_does_not_exist_is_404(alpha: World) -> None:
    assert client_of("admin").get(f"/operators/tenants/{alpha.tenant.pk}/no-such-act/").status_code == 404
