"""The owner's plan: how it stands, choosing one on Stripe's page, changing, paying, and what the desk says."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests
from django_tenants.utils import tenant_context

from billing.subscriptions import acts
from billing.subscriptions.models import Subscription
from schemas.clock import database_now
from tenants import hosts
from tenants.models import Tenant
from tests.billing.subscriptions.subscriber import Subscriber
from tests.flows.pages import Visitor
from tests.till import Till

Come = Callable[..., Visitor]
PLAN = "/desk/money/plan/"
CARD = {"number": "4242424242424242", "expiry": "12 / 34", "cvc": "123"}


@pytest.fixture
def subscriber(stripe: Till) -> Subscriber:
    """Alpha on trial."""
    return Subscriber.of(stripe)


def changed(subscriber: Subscriber, **columns: object) -> None:
    """As if Stripe had said so."""
    Subscription.objects.filter(tenant=subscriber.tenant).update(**columns)


def test_owner_chooses_a_plan_on_stripe_s_page_and_comes_back(subscriber, visitor):
    owner = visitor("owner")
    page = owner.open(PLAN)
    assert "Trial: 14 days left" in page.text
    assert "7 of 60" in page.text
    stripes = owner.client.get(page.link("checkout/?plan=starter&interval=month"))["Location"]
    shown = requests.get(stripes, timeout=60)
    assert "Starter" in shown.text
    sent = requests.post(stripes, data=CARD | {"email": "o@example.org"}, allow_redirects=False, timeout=60)
    assert sent.headers["Location"] == f"http://alpha-sports.localhost{PLAN}return/"
    back = owner.open(f"{PLAN}return/")
    assert "You try Starter. Your card is charged when the trial ends, on" in back.text
    asked = owner.open(back.link("change/?plan=pro&interval=year"))
    assert "Nothing is charged now." in asked.text
    assert "The plan costs €790.00 a year, without VAT." in asked.text
    assert "credited" not in asked.text
    assert Subscription.objects.get(tenant=subscriber.tenant).plan.code == "starter"


def test_owner_sees_the_price_before_changing_and_the_invoices_after(subscriber, visitor):
    subscriber.subscribe("starter")
    subscriber.look()
    owner = visitor("owner")
    page = owner.open(PLAN)
    asked = owner.open(page.link("change/?plan=pro&interval=month"))
    assert "€50.00 are charged now" in asked.text
    done = owner.send(asked, asked.form_with("at"))
    assert "Your plan is changed." in done.text
    assert "€50.00" in done.text
    assert Subscription.objects.get(tenant=subscriber.tenant).plan.code == "pro"


def test_owner_reads_what_is_too_much_before_choosing_less(subscriber, visitor):
    """Seven resources and two venues: too much for the free plan, and Starter has one venue."""
    words = visitor("owner").open(PLAN).text
    assert words.count("You use more than this plan allows.") == 2
    assert words.count("7 of 3") == 1
    assert words.count("2 of 1") == 2


def test_owner_cancels_and_keeps_it_after_all(subscriber, visitor):
    subscriber.subscribe("starter")
    subscriber.look()
    owner = visitor("owner")
    page = owner.open(PLAN)
    gone = owner.send(page, page.form("/cancel/"))
    assert "Cancelled: it works until" in gone.text
    kept = owner.send(gone, gone.form("/resume/"))
    assert "It renews on" in kept.text


def test_vat_id_is_saved_and_nonsense_is_not(subscriber, visitor):
    owner = visitor("owner")
    page = owner.open(PLAN)
    assert "This is not a VAT id" in owner.send(page, page.form("/vat-id/"), vat_id="nonsense").text
    assert "Being verified." in owner.send(page, page.form("/vat-id/"), vat_id="DE 123 456 789").text


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"trial_ends_at": timedelta(days=3)}, "Trial: 3 days left"),
        ({"status": "past_due", "grace_until": timedelta(days=4)}, "Everything works for 4 more days."),
        ({"status": "unpaid", "blocked_at": timedelta(0)}, "Customers cannot book at the moment"),
        ({"trial_ends_at": timedelta(days=9)}, None),
    ],
)
def test_desk_says_what_is_urgent_to_those_who_see_money(subscriber, visitor, columns, says):
    now = database_now()
    changed(subscriber, **{n: now + v if isinstance(v, timedelta) else v for n, v in columns.items()})
    for who, sees in (("owner", True), ("front_desk", False)):
        page = visitor(who).open("/desk/")
        assert ("/desk/money/plan/" in [each.get("href") for _text, each in page.links]) is bool(sees and says)
        assert says is None or (says in page.text) is sees


def test_customers_of_a_venue_that_is_not_paid_for_are_told(subscriber, visitor):
    closed = "New bookings cannot be made here at the moment."
    assert closed not in visitor("guest").open("/").text
    Tenant.objects.filter(pk=subscriber.tenant.pk).update(takes_public_bookings=False)
    hosts.forget()
    assert closed in visitor("guest").open("/").text
    assert closed not in visitor("owner").open("/").text


@pytest.mark.parametrize(("who", "status"), [("manager", 200), ("accountant", 200), ("front_desk", 403)])
def test_only_the_owner_changes_the_plan(subscriber, visitor, who, status):
    other = visitor(who)
    assert other.client.get(PLAN).status_code == status
    for path in ("checkout/?plan=pro", "portal/", "return/", "change/?plan=pro"):
        assert other.client.get(PLAN + path).status_code == 403
    for path in ("change/", "cancel/", "resume/", "vat-id/"):
        assert other.client.post(PLAN + path).status_code == 403


def test_tenant_without_a_plan_is_told_that_nothing_is_limited(alpha, visitor):
    page = visitor("owner").open(PLAN)
    assert "Your business has no plan. You can use everything." in page.text


def test_calls_of_v1_say_the_same(subscriber, api):
    said = api("owner").get("/api/v1/admin/subscription/").json()
    assert (said["status"], said["plan"], said["interval"]) == ("trialing", "pro", None)
    assert said["usage"][1] == {"thing": "resources", "used": 7, "limit": 60}
    assert [(each["code"], each["monthly"], each["fee"]) for each in said["plans"]] == [
        ("free", "0.00", "2.00"),
        ("starter", "29.00", "1.00"),
        ("pro", "79.00", "0.50"),
        ("enterprise", "249.00", "0.00"),
    ]
    wanted = {"plan": "pro", "interval": "year"}
    assert "/c/pay/" in api("owner").post("/api/v1/admin/subscription/checkout/", wanted).json()["url"]
    assert api("owner").post("/api/v1/admin/subscription/portal/").status_code == 200
    assert api("manager").post("/api/v1/admin/subscription/portal/").status_code == 403
    assert api("front_desk").get("/api/v1/admin/subscription/").status_code == 403
    unknown = api("owner").post("/api/v1/admin/subscription/checkout/", {"plan": "gold"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "plan_unknown")
    subscriber.subscribe("pro")
    with tenant_context(subscriber.tenant):
        acts.refresh(subscriber.tenant.pk)
    again = api("owner").post("/api/v1/admin/subscription/checkout/", wanted)
    assert (again.status_code, again.json()["code"]) == (409, "subscribed")
