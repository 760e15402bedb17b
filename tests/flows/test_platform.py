"""The platform's host: its home, the operators' list, and what it does not show to others."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from billing.subscriptions.models import Plan, StripeAccount, Subscription
from schemas.clock import database_now
from tenants import hosts
from tenants.models import Tenant
from tests.flows.pages import Visitor
from tests.worlds import PASSWORD, World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PLATFORM = "localhost"


@pytest.fixture
def operator(alpha: World) -> Iterator[Visitor]:
    """Somebody who runs the platform, signed in."""
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    User.objects.create_user("olaf@forecourt.example", PASSWORD, role=Role.OPERATOR)
    someone = Visitor(PLATFORM)
    assert someone.sign_in("olaf@forecourt.example", PASSWORD).path == "/operators/"
    yield someone
    hosts.forget()


def test_home_is_open_and_the_list_is_not() -> None:
    someone = Visitor(PLATFORM)
    assert someone.open("/").status == 200
    assert someone.open("/operators/").path == "/login/?next=%2Foperators%2F"


def test_people_of_a_tenant_do_not_exist_at_the_platform(alpha: World) -> None:
    page = Visitor(PLATFORM).sign_in(f"owner@{alpha.canary}.example", PASSWORD)
    assert page.path == "/login/"


def test_only_operators_sign_in(alpha: World) -> None:
    connection.set_schema_to_public()  # type: ignore[attr-defined]
    User.objects.create_user("clerk@forecourt.example", PASSWORD, role=Role.CUSTOMER)
    page = Visitor(PLATFORM).sign_in("clerk@forecourt.example", PASSWORD)
    assert "Only operators sign in here." in page.text
    assert page.path == "/login/"


@pytest.mark.parametrize("path", ["/operators/", "/operators/1/suspend/"])
def test_operators_pages_do_not_exist_at_a_tenant(visitor: Come, path: str) -> None:
    """T18"""
    assert visitor("owner").open(path).status == 404


@pytest.mark.parametrize("path", ["/desk/", "/bookings/", "/venues/main/"])
def test_tenants_pages_do_not_exist_at_the_platform(operator: Visitor, path: str) -> None:
    assert operator.open(path).status == 404


def test_operator_finds_suspends_and_resumes_a_tenant(alpha: World, beta: World, operator: Visitor) -> None:
    everything = operator.open("/operators/")
    assert alpha.host in everything.text
    assert beta.host in everything.text
    page = operator.open("/operators/?q=alpha")
    assert beta.host not in page.text
    after = operator.send(page, page.form("/suspend/"), reason="Unpaid since May")
    assert "is suspended." in after.text
    assert "Unpaid since May" in after.text
    closed = Visitor(alpha.host).open("/")
    assert (closed.status, "not taking visits" in closed.text) == (403, True)
    assert Visitor(beta.host).open("/").status == 200
    operator.send(after, after.form("/resume/"))
    assert Visitor(alpha.host).open("/").status == 200


def test_list_says_how_tenants_stand_with_plan_and_stripe(alpha: World, operator: Visitor) -> None:
    now = database_now()
    plan = Plan.objects.create(code="slow-lane", name="Slow lane", fee=250)
    Subscription.objects.filter(tenant=alpha.tenant).delete()
    row = Subscription.objects.create(tenant=alpha.tenant, plan=plan, status="past_due", updated_at=now)
    page = operator.open("/operators/?q=alpha")
    assert "Slow lane · past due · 2.5 % fee" in page.text
    assert "Stripe: Not connected · takes no money online" in page.text
    day = datetime(2026, 12, 24, 12, tzinfo=UTC)
    said = {
        "blocked_at": "not paid, customers cannot book since Dec 24, 2026",
        "grace_until": "not paid, everything works until Dec 24, 2026",
    }
    for column, words in said.items():
        Subscription.objects.filter(pk=row.pk).update(**{"blocked_at": None, "grace_until": None, column: day})
        assert words in operator.open("/operators/?q=alpha").text
    StripeAccount.objects.create(
        tenant=alpha.tenant, account_id="acct_gone", country="DE", connected_at=now, disconnected_at=now
    )
    StripeAccount.objects.create(
        tenant=alpha.tenant, account_id="acct_here", country="DE", connected_at=now, card_payments="active",
        has_submitted=True, currently_due=["representative.first_name", "external_account"], due_by=day,
    )  # fmt: skip
    page = operator.open("/operators/?q=alpha")
    assert "Ready, and Stripe asks for more · takes money acct_here" in page.text
    assert "Stripe asks for : The people behind the business, A bank account for payouts" in page.text.replace(
        "for:", "for :"
    )
    assert "acct_gone" not in page.text


def test_list_of_a_page_of_tenants_takes_as_many_queries_as_of_two(
    alpha: World, beta: World, operator: Visitor
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert operator.open("/operators/").status == 200
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
    assert asked() == few
    assert "Page 1 of 3" in operator.open("/operators/").text


def test_suspending_takes_a_reason(alpha: World, operator: Visitor) -> None:
    page = operator.open("/operators/?q=alpha")
    after = operator.send(page, page.form("/suspend/"), reason="   ")
    assert "Say why" in after.text
    assert Tenant.objects.get(pk=alpha.tenant.pk).state == "ready"


def test_unknown_host_is_a_kind_404() -> None:
    page = Visitor("nobody.localhost").open("/")
    assert page.status == 404
    assert "There is nothing at this address." in page.text
