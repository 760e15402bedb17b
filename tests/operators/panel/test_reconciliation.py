"""Each run leaves what it found for operators, also one that broke off; what still differs comes first."""

from datetime import timedelta

import pytest

from config.reconciling import rounds
from config.reconciling.findings import Difference
from operators.models import Reconciled
from schemas.clock import database_now
from tests.flows.pages import Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db


def test_a_run_leaves_a_trace_which_the_next_one_replaces(
    alpha: World, beta: World, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Difference("alpha", "payment", "pi_1", "succeeded at Stripe, created here", is_healed=False)
    healed = Difference("alpha", "fee", "fee_1", "other at Stripe", is_healed=True)
    monkeypatch.setattr(rounds, "_of_tenant", lambda *_args: [left, healed])
    list(rounds.of_tenants([alpha.tenant]))
    row = Reconciled.objects.get()
    assert (row.schema_name, row.found, row.healed) == (alpha.tenant.schema_name, 2, 1)
    assert row.left == ["payment pi_1: succeeded at Stripe, created here"]
    Reconciled.objects.create(schema_name="", at=database_now() - timedelta(days=2), found=0, healed=0)
    page = " ".join(admin.open("/operators/reconciliation/").text.split())
    assert page.index("2 found, 1 still there") < page.index("The platform itself") < page.index("No difference")
    monkeypatch.setattr(rounds, "_of_tenant", lambda *_args: [])
    list(rounds.of_tenants([alpha.tenant]))
    assert list(Reconciled.objects.exclude(schema_name="").values_list("found", "left")) == [(0, [])]


def test_a_run_that_breaks_off_is_seen(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> list[Difference]:
        raise ZeroDivisionError

    monkeypatch.setattr(rounds, "_of_tenant", broken)
    list(rounds.of_tenants([alpha.tenant]))
    assert Reconciled.objects.get().left == ["error : broke off: ZeroDivisionError"]


def test_a_tenant_that_is_gone_is_not_on_the_page(admin: Visitor) -> None:
    Reconciled.objects.create(schema_name="t_gone", at=database_now(), found=1, healed=0, left=["payment pi_9: lost"])
    page = admin.open("/operators/reconciliation/").text
    assert ("pi_9" in page, "It has not run yet." in page) == (False, True)
