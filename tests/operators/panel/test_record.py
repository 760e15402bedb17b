"""An act and its line in the record are there together, or neither is: a process may die between them."""

from collections.abc import Callable

import pytest

from billing.subscriptions import agreed
from kernel.errors import Busy
from operators import record
from operators.models import OperatorAct
from schemas.clock import database_now
from tenants.limits import Thing
from tenants.models import DueWork, Tenant
from tests.flows.pages import Visitor
from tests.operators.panel.conftest import forged
from tests.worlds import World

pytestmark = pytest.mark.django_db
ACTS: dict[str, dict[str, str]] = {
    "suspend": {},
    "canary": {"to": "yes"},
    "switch": {"feature": "webhooks", "to": "off"},
    "fee": {"fee": "1.5"},
    "limits": {**dict.fromkeys(map(str, Thing), "plan"), "venues": "number", "most_venues": "77"},
}


@pytest.fixture
def without_record(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Does something while nothing can be written down."""

    def stumble(*_args: object, **_kwargs: object) -> None:
        raise Busy

    def do(act: Callable[[], object]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(record, "note", stumble)
            act()

    return do


def standing(tenant: Tenant) -> list[object]:
    """What these acts change."""
    row, found = Tenant.objects.get(pk=tenant.pk), agreed.of(tenant)
    return [row.state, row.state_reason, row.is_canary, row.switched_off, row.most_venues, found.fee, found.limits]


@pytest.mark.parametrize("name", ACTS)
def test_an_act_that_cannot_be_recorded_is_not_done(
    alpha: World, admin: Visitor, without_record: Callable[[Callable[[], object]], None], name: str
) -> None:
    tenant, before = alpha.tenant, standing(alpha.tenant)

    def act() -> None:
        path = f"/operators/tenants/{tenant.pk}/{name}/"
        forged(admin, path, {"reason": "Ticket 4711", **ACTS[name]})

    without_record(act)
    assert standing(tenant) == before
    assert not OperatorAct.objects.exists()
    act()
    assert standing(tenant) != before
    assert OperatorAct.objects.get().kind == name


def test_a_switch_for_everybody_that_cannot_be_recorded_is_not_thrown(
    alpha: World, admin: Visitor, without_record: Callable[[Callable[[], object]], None]
) -> None:
    def act() -> None:
        forged(admin, "/operators/switches/", {"feature": "webhooks", "to": "off", "reason": "Provider down"})

    without_record(act)
    assert Tenant.objects.get(pk=alpha.tenant.pk).switched_off == []
    act()
    assert Tenant.objects.get(pk=alpha.tenant.pk).switched_off == ["webhooks"]


def test_a_replay_that_cannot_be_recorded_leaves_what_was_given_up(
    alpha: World, admin: Visitor, without_record: Callable[[Callable[[], object]], None]
) -> None:
    schema = alpha.tenant.schema_name
    row = DueWork.objects.create(
        schema_name=schema, kind="mail", object_id="1", due_at=database_now(), is_dead=True, attempts=9
    )

    def act() -> bool:
        forged(admin, "/operators/clock/replay/", {"what": f"due:{row.pk}"})
        row.refresh_from_db()
        return row.is_dead

    without_record(act)
    row.refresh_from_db()
    assert (row.is_dead, row.attempts) == (True, 9)
    assert act() is False
