"""Trial, plan, fee and limits by an operator: forms that say what is now, and a line in the record."""

from datetime import UTC, datetime, timedelta

import pytest
from django_tenants.utils import tenant_context

from billing.plans import fee_of
from billing.subscriptions import acts, catalogue
from billing.subscriptions.models import Concession, Subscription
from operators.models import OperatorAct
from schemas.clock import database_now
from tenants.models import Tenant
from tests.flows.pages import Page, Visitor
from tests.operators.panel.conftest import Enter, forged
from tests.worlds import World

pytestmark = pytest.mark.django_db
ALLOWED = {
    "trial": {"support", "finance", "admin"},
    "plan": {"finance", "admin"},
    "fee": {"finance", "admin"},
    "limits": {"finance", "admin"},
}
SENT = {
    "trial": {"days": "7"},
    "plan": {"plan": "enterprise"},
    "fee": {"fee": "1.25"},
    "limits": {"venues": "number", "most_venues": "7", "resources": "plan", "staff": "none", "bookings": "plan"},
}
RANKS = ["", "reader", "support", "finance", "admin"]


@pytest.fixture
def alpha(alpha: World) -> World:
    """Alpha, on a trial of Pro."""
    catalogue.write()
    with tenant_context(alpha.tenant):
        acts.begin(alpha.tenant)
    alpha.tenant.refresh_from_db()
    return alpha


def state(world: World) -> tuple[object, ...]:
    """All that the acts change."""
    row = Subscription.objects.get(tenant=world.tenant)
    found = Concession.objects.filter(tenant=world.tenant).values_list("plan__code", "fee", "limits").first()
    tenant = Tenant.objects.get(pk=world.tenant.pk)
    return row.status, row.plan.code, row.trial_ends_at, tenant.most_venues, tenant.most_staff, found


def path_of(world: World, act: str) -> str:
    return f"/operators/tenants/{world.tenant.pk}/{act}/"


def do(someone: Visitor, world: World, act: str, **typed: str) -> Page:
    """Fill in the form of an act as it stands, and send it."""
    page = someone.open(path_of(world, act))
    return someone.send(page, page.form_with("reason"), reason="As agreed by phone", **typed)


@pytest.mark.parametrize("rank", RANKS)
@pytest.mark.parametrize("act", ALLOWED)
def test_who_may_and_who_changes_nothing(alpha: World, enter: Enter, act: str, rank: str) -> None:
    someone, before = enter(rank), state(alpha)
    shown = someone.open(path_of(alpha, act))
    sent = {**SENT[act], "reason": "As agreed by phone"}
    answer = forged(someone, path_of(alpha, act), sent)
    if rank in ALLOWED[act]:
        assert (shown.status, answer.status_code) == (200, 302)
        assert state(alpha) != before
        assert OperatorAct.objects.get().kind == act
    else:
        assert (shown.status, answer.status_code) == (403, 403)
        assert state(alpha) == before
        assert not OperatorAct.objects.exists()


def test_a_longer_trial_is_said_and_recorded(alpha: World, admin: Visitor) -> None:
    Subscription.objects.filter(tenant=alpha.tenant).update(trial_ends_at=database_now() + timedelta(days=1))
    assert "trial until" in admin.open(path_of(alpha, "trial")).text
    after = do(admin, alpha, "trial", days="7")
    assert "Done: Extend the trial · trial until" in after.text
    assert OperatorAct.objects.get().about.count("trial until") == 2
    ends = Subscription.objects.get(tenant=alpha.tenant).trial_ends_at
    assert ends is not None
    assert timedelta(days=7, hours=23) < ends - database_now() < timedelta(days=8, minutes=1)


def test_a_plan_is_granted_until_the_end_of_a_day_there_and_taken_back(alpha: World, admin: Visitor) -> None:
    do(admin, alpha, "plan", plan="enterprise", until="2099-12-24")
    assert Concession.objects.get().until == datetime(2099, 12, 24, 22, 59, 59, tzinfo=UTC)
    assert OperatorAct.objects.get().about == "Pro (trialing) → Enterprise without charge until Dec 24, 2099"
    form = admin.open(path_of(alpha, "plan"))
    assert "granted: Enterprise without charge until Dec 24, 2099" in form.text
    assert form.form_with("reason").fields["until"] == "2099-12-24"
    assert "without charge until Dec 24, 2099" in admin.open(f"/operators/tenants/tenant/{alpha.tenant.pk}/").text
    do(admin, alpha, "plan", plan="", until="")
    assert OperatorAct.objects.values_list("about", flat=True)[0] == "Enterprise → Pro (trialing)"
    assert Concession.objects.get().plan is None


def test_a_day_that_is_over_is_refused_and_nothing_typed_is_lost(alpha: World, admin: Visitor) -> None:
    before = state(alpha)
    after = do(admin, alpha, "plan", plan="starter", until="2020-01-01")
    assert "That day is over." in after.text
    assert after.form_with("reason").fields["until"] == "2020-01-01"
    assert (state(alpha), OperatorAct.objects.count()) == (before, 0)


def test_who_pays_through_stripe_is_left_to_their_owner(alpha: World, admin: Visitor) -> None:
    rows = Subscription.objects.filter(tenant=alpha.tenant)
    rows.update(status="active", stripe_subscription="sub_1", stripe_customer="cus_1")
    before = state(alpha)
    after = do(admin, alpha, "plan", plan="starter")
    assert "It pays for its plan through Stripe. Change or cancel that one" in after.text
    assert (state(alpha), OperatorAct.objects.count()) == (before, 0)
    assert "/trial/" not in str(admin.open(f"/operators/tenants/tenant/{alpha.tenant.pk}/").links)


def test_the_fee_is_percent_with_two_places_or_the_plans(alpha: World, admin: Visitor) -> None:
    assert "0.5 %, as in the plan" in admin.open(path_of(alpha, "fee")).text
    do(admin, alpha, "fee", fee="1.25")
    assert (fee_of(alpha.tenant), OperatorAct.objects.get().about) == (125, "0.5 %, as in the plan → 1.25 %")
    assert "1.25 % fee, agreed" in admin.open("/operators/tenants/tenant/").text
    for wrong in ("-1", "50.01", "1.255", "NaN", "much"):
        do(admin, alpha, "fee", fee=wrong)
        assert (fee_of(alpha.tenant), OperatorAct.objects.count()) == (125, 1)
    do(admin, alpha, "fee", fee="")
    assert fee_of(alpha.tenant) == 50


def test_limits_say_what_is_used_where_it_is_more(alpha: World, admin: Visitor) -> None:
    do(admin, alpha, "limits", venues="number", most_venues="1", staff="none")
    assert OperatorAct.objects.get().about == ("Venues 5 → 1 (more are there: 2), Staff 30 → any number")
    tenant = Tenant.objects.get(pk=alpha.tenant.pk)
    assert (tenant.most_venues, tenant.most_resources, tenant.most_staff) == (1, 60, None)
    form = admin.open(path_of(alpha, "limits")).form_with("reason").fields
    assert (form["venues"], form["most_venues"], form["staff"], form["bookings"]) == ("number", "1", "none", "plan")
    after = do(admin, alpha, "limits", resources="number", most_resources="")
    assert "Which number?" in after.text
    assert Tenant.objects.get(pk=alpha.tenant.pk).most_resources == 60


def test_the_owner_reads_what_was_agreed(alpha: World, admin: Visitor) -> None:
    do(admin, alpha, "fee", fee="1.25")
    do(admin, alpha, "plan", plan="enterprise")
    owner = Visitor(alpha.host)
    owner.sign_in(f"owner@{alpha.canary}.example", "correct-horse-battery")
    page = owner.open("/desk/money/plan/")
    assert "You have it without charge, as agreed with us." in page.text
    assert "Fee on online payments: 1.25 % in place of 0 %" in page.text
