"""The list of tenants, the page of one, and closing and opening its hosts."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from billing.subscriptions.models import Plan, StripeAccount, Subscription
from operators.models import OperatorAct
from schemas.clock import database_now
from tenants.models import DueWork, Tenant
from tests.flows.pages import Visitor
from tests.operators.panel.conftest import Enter, forged
from tests.worlds import World

pytestmark = pytest.mark.django_db
LIST = "/operators/tenants/tenant/"
PLANS = {"blocked_at": "customers cannot book since Dec 24, 2026", "grace_until": "everything works until Dec 24, 2026"}


def page_of(world: World) -> str:
    return f"{LIST}{world.tenant.pk}/"


def test_finds_a_tenant_by_name_and_host(alpha: World, beta: World, admin: Visitor) -> None:
    everything = admin.open(LIST)
    assert alpha.host in everything.text
    assert beta.host in everything.text
    for words in (alpha.tenant.name[:6], alpha.host, alpha.tenant.schema_name):
        page = admin.open(f"{LIST}?q={words}")
        assert (alpha.host in page.text, beta.host in page.text) == (True, False)


def test_suspends_for_a_reason_and_opens_again(alpha: World, beta: World, admin: Visitor) -> None:
    page = admin.open(page_of(alpha))
    form = admin.open(page.link("/suspend/"))
    assert "Nothing is lost" in form.text
    after = admin.send(form, form.form_with("reason"), reason="Unpaid since May")
    assert (after.path, "Unpaid since May" in after.text) == (page_of(alpha), True)
    closed = Visitor(alpha.host).open("/")
    assert (closed.status, "not taking visits" in closed.text) == (403, True)
    assert Visitor(beta.host).open("/").status == 200
    back = admin.open(after.link("/resume/"))
    admin.send(back, back.form_with("reason"), reason="Paid")
    assert Visitor(alpha.host).open("/").status == 200
    assert list(OperatorAct.objects.values_list("email", "kind", "schema_name", "reason")) == [
        ("admin@forecourt.example", "resume", alpha.tenant.schema_name, "Paid"),
        ("admin@forecourt.example", "suspend", alpha.tenant.schema_name, "Unpaid since May"),
    ]


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_is_done_without_a_reason(alpha: World, admin: Visitor, reason: str) -> None:
    form = admin.open(f"/operators/tenants/{alpha.tenant.pk}/suspend/")
    after = admin.send(form, form.form_with("reason"), reason=reason)
    assert "This field is required." in after.text
    assert Tenant.objects.get(pk=alpha.tenant.pk).state == "ready"
    assert not OperatorAct.objects.exists()


def test_an_act_that_is_refused_says_why_and_is_not_recorded(alpha: World, admin: Visitor) -> None:
    form = admin.open(f"/operators/tenants/{alpha.tenant.pk}/resume/")
    after = admin.send(form, form.form_with("reason"), reason="By mistake")
    assert "The tenant is not suspended." in after.text
    assert after.form_with("reason").fields["reason"] == "By mistake"
    assert not OperatorAct.objects.exists()


def test_page_says_how_the_tenant_stands(alpha: World, admin: Visitor) -> None:
    DueWork.objects.create(
        schema_name=alpha.tenant.schema_name, kind="mail", object_id="1", due_at=database_now(), is_dead=True
    )
    page = admin.open(page_of(alpha))
    for words in ("Usage", "Bookings made in 30 days", "Tables as they should be", "Work given up 1", alpha.host):
        assert words in " ".join(page.text.split()), words
    with tenant_context(alpha.tenant), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE venues_resource ADD COLUMN stray integer")
    assert "differ from the template" in admin.open(page_of(alpha)).text


@pytest.mark.parametrize(("column", "words"), PLANS.items())
def test_list_says_how_tenants_stand_with_plan_and_stripe(
    alpha: World, admin: Visitor, column: str, words: str
) -> None:
    now, day = database_now(), datetime(2026, 12, 24, 12, tzinfo=UTC)
    plan = Plan.objects.create(code="slow-lane", name="Slow lane", fee=250)
    Subscription.objects.filter(tenant=alpha.tenant).delete()
    Subscription.objects.create(tenant=alpha.tenant, plan=plan, status="past_due", updated_at=now, **{column: day})
    page = admin.open(f"{LIST}?q=alpha")
    assert "Slow lane · 2.5 % fee" in page.text
    assert words in page.text
    assert "Not connected" in page.text
    StripeAccount.objects.create(
        tenant=alpha.tenant, account_id="acct_gone", country="DE", connected_at=now, disconnected_at=now
    )
    StripeAccount.objects.create(
        tenant=alpha.tenant, account_id="acct_here", country="DE", connected_at=now, card_payments="active",
        has_submitted=True, currently_due=["representative.first_name", "external_account"], due_by=day,
    )  # fmt: skip
    assert "Ready, and Stripe asks for more" in admin.open(f"{LIST}?q=alpha").text
    one = admin.open(page_of(alpha)).text
    assert "The people behind the business, A bank account for payouts · Dec 24, 2026" in one
    assert ("acct_here" in one, "acct_gone" in one) == (True, False)


def test_a_page_of_tenants_takes_as_many_queries_as_two(alpha: World, beta: World, admin: Visitor) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.open(LIST).status == 200
        return len(queries)

    few = asked()
    now = database_now()
    plan = Plan.objects.create(code="crowd", name="Crowd")
    made = Tenant.objects.bulk_create(
        Tenant(
            schema_name=f"crowd_{number}", slug=f"crowd-{number}", slug_skeleton=f"crowd-{number}", name="Crowd",
            time_zone="Europe/Berlin", currency="EUR", state="ready",
        )
        for number in range(60)
    )  # fmt: skip
    Subscription.objects.bulk_create(Subscription(tenant=each, plan=plan, updated_at=now) for each in made)
    StripeAccount.objects.bulk_create(
        StripeAccount(tenant=each, account_id=f"acct_{each.pk}", country="DE", connected_at=now) for each in made
    )
    assert asked() <= few + 1
    assert "Crowd" in admin.open(f"{LIST}?p=2").text


@pytest.mark.parametrize(("rank", "may"), [("support", True), ("admin", True), ("reader", False), ("finance", False)])
def test_page_leads_to_looking_in(alpha: World, enter: Enter, rank: str, may: bool) -> None:
    someone = enter(rank)
    where = f"/operators/look-in/{alpha.tenant.pk}/"
    assert any(href == where for href, _given in someone.open(page_of(alpha)).links) is may
    assert someone.open(where).status == (200 if may else 403)


@pytest.mark.parametrize("rank", ["", "reader", "finance"])
def test_who_may_not_suspend_is_told_so(alpha: World, enter: Enter, rank: str) -> None:
    someone = enter(rank)
    assert "/suspend/" not in "".join(form.action for form in someone.open(page_of(alpha)).forms)
    path = f"/operators/tenants/{alpha.tenant.pk}/suspend/"
    assert someone.open(path).status == 403
    answer = forged(someone, path, {"reason": "Because I can"})
    assert answer.status_code == 403
    assert Tenant.objects.get(pk=alpha.tenant.pk).state == "ready"
    assert not OperatorAct.objects.exists()
