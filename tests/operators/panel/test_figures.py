"""What the platform earns: days are written once, sums never mix currencies, and each table is a file, too."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from billing.payments.models import Payment
from billing.subscriptions import catalogue, conceding
from billing.subscriptions.models import Plan, PlatformFee, Subscription
from bookings.models import Booking
from operators import earnings, figures, tasks
from operators.models import TenantDay, TenantTakings
from schemas.clock import database_now
from tenants import due
from tenants.models import DueWork, Tenant
from tests.bookings.scenes import held, slot
from tests.flows.pages import Visitor
from tests.operators.panel.conftest import Enter
from tests.worlds import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def pays(tenant: Tenant, code: str, status: str = "active", **more: object) -> None:
    """The tenant has a plan."""
    plan = Plan.objects.get(code=code)
    made = {"plan": plan, "status": status, "updated_at": database_now(), **more}
    Subscription.objects.update_or_create(tenant=tenant, defaults=made)


def stood(world: World, day: date, mrr: int, currency: str = "EUR") -> None:
    """What was written of a day."""
    TenantDay.objects.create(
        schema_name=world.tenant.schema_name, day=day, standing="active", currency=currency, mrr_minor=mrr, bookings=0
    )


def took(world: World, day: date, minor: int, currency: str) -> None:
    """What was written of a day's payments."""
    TenantTakings.objects.create(
        schema_name=world.tenant.schema_name, day=day, currency=currency, payments=2, volume_minor=minor, fees_minor=1
    )


def payment(booking: Booking, at: datetime, minor: int, state: str = "succeeded", number: int = 1) -> None:
    Payment.objects.create(
        booking_id=booking.pk, number=number, purpose="booking", amount_minor=minor, fee_minor=minor // 50,
        currency="EUR", charge_type="direct", account_id="acct_1", is_live=False, state=state, created_at=at,
        updated_at=at, succeeded_at=at if state == "succeeded" else None,
    )  # fmt: skip


@pytest.fixture
def sold(db: None) -> None:
    catalogue.write()


def test_a_day_is_written_once_however_often_it_is_counted(in_alpha: World, sold: None) -> None:
    pays(in_alpha.tenant, "pro", is_yearly=True)
    booking, yesterday = held(in_alpha.court_1, slot(10)), NOW - DAY
    Tenant.objects.filter(pk=in_alpha.tenant.pk).update(created_at=NOW - 3 * DAY)
    in_alpha.tenant.refresh_from_db()
    Booking.objects.filter(pk=booking.pk).update(created_at=yesterday)
    payment(booking, yesterday.replace(hour=23, minute=59), 5_000)
    payment(booking, NOW, 900, number=2)
    payment(booking, yesterday, 700, "failed", number=3)
    for _time in range(2):
        figures.write(in_alpha.tenant, NOW)
    assert list(TenantDay.objects.order_by("day").values_list("day", "standing", "plan", "mrr_minor", "bookings")) == [
        (date(2026, 11, 17), "", "", None, 0),
        (date(2026, 11, 18), "", "", None, 0),
        (date(2026, 11, 19), "active", "pro", 6583, 1),
    ]
    assert TenantTakings.objects.values_list("day", "currency", "payments", "volume_minor", "fees_minor").get() == (
        date(2026, 11, 19), "EUR", 1, 5_000, 100,
    )  # fmt: skip


def test_the_clock_has_it_done_for_every_tenant_at_work(alpha: World, beta: World) -> None:
    Tenant.objects.filter(pk=beta.tenant.pk).update(state="leaving")
    assert tasks.plan_figures() == 1
    piece = DueWork.objects.get(kind=figures.KIND)
    assert (piece.schema_name, piece.object_id) == (alpha.tenant.schema_name, str(alpha.tenant.pk))
    assert due.queue_of(piece.kind) == due.Queue.BULK
    DueWork.objects.update(attempts=1)
    with tenant_context(alpha.tenant):
        due.perform(piece.pk, 1)
    assert not DueWork.objects.filter(kind=figures.KIND).exists()


def test_the_command_fills_days_and_leaves_what_is_known(alpha: World, beta: World) -> None:
    Tenant.objects.update(created_at=database_now() - 5 * DAY)
    today = database_now().astimezone(UTC).date()
    stood(alpha, today - DAY, 7_900)
    call_command("figures", since=today - 3 * DAY, stdout=StringIO(), stderr=StringIO())
    assert TenantDay.objects.filter(schema_name=alpha.tenant.schema_name).count() == 3
    assert TenantDay.objects.get(schema_name=alpha.tenant.schema_name, day=today - DAY).mrr_minor == 7_900
    assert TenantDay.objects.filter(schema_name=beta.tenant.schema_name, mrr_minor=None).count() == 3
    with pytest.raises(CommandError, match="is not over"):
        call_command("figures", since=today)
    with pytest.raises(CommandError, match="no such tenant"):
        call_command("figures", since=today - DAY, tenant="nobody")


def test_what_a_month_brought_and_took_by_currency(alpha: World, beta: World) -> None:
    july, august, september = date(2026, 7, 31), date(2026, 8, 31), date(2026, 9, 12)
    stood(alpha, july, 2_900)
    stood(beta, july, 7_900, "USD")
    stood(alpha, august, 7_900)
    stood(alpha, september, 2_900)
    stood(beta, september, 7_900, "USD")
    found = {(each.month, each.currency): each for each in earnings.moves(date(2026, 7, 1), date(2026, 10, 1))}
    assert not found[date(2026, 7, 1), "EUR"].is_compared
    grown = found[date(2026, 8, 1), "EUR"]
    assert (grown.mrr_minor, grown.new_minor, grown.more_minor, grown.lost_minor) == (7_900, 0, 5_000, 0)
    gone = found[date(2026, 8, 1), "USD"]
    assert (gone.mrr_minor, gone.lost_minor, gone.churn, gone.revenue_churn) == (0, 7_900, 100.0, 100.0)
    less = found[date(2026, 9, 1), "EUR"]
    assert (less.less_minor, less.churn, round(less.revenue_churn or 0, 1)) == (5_000, 0.0, 63.3)
    back = found[date(2026, 9, 1), "USD"]
    assert (back.new_minor, back.customers, back.churn) == (7_900, 1, None)
    assert (date(2026, 10, 1), "EUR") not in found


def test_trials_grants_and_who_is_late_are_told_apart(alpha: World, beta: World, sold: None) -> None:
    pays(alpha.tenant, "pro", is_yearly=True)
    pays(beta.tenant, "pro", "past_due")
    pro = next(each for each in earnings.by_plan() if each.plan == "Pro")
    assert (pro.paying, pro.mrr_minor, pro.late, pro.late_minor) == (2, 6_583 + 7_900, 1, 7_900)
    pays(beta.tenant, "pro", "trialing")
    pro = next(each for each in earnings.by_plan() if each.plan == "Pro")
    assert (pro.paying, pro.mrr_minor, pro.trying) == (1, 6_583, 1)
    assert earnings.mrr() == {"EUR": 6_583}


def test_volume_and_fees_by_month_with_what_went_back(alpha: World, beta: World) -> None:
    took(alpha, date(2026, 9, 3), 10_000, "EUR")
    took(alpha, date(2026, 9, 4), 5_000, "EUR")
    took(beta, date(2026, 9, 4), 900, "USD")
    for number, back in enumerate((0, 30)):
        PlatformFee.objects.create(
            fee_id=f"fee_{number}", tenant=alpha.tenant, account_id="acct_1", charge_id=f"ch_{number}",
            amount_minor=100, refunded_minor=back, currency="EUR", at=datetime(2026, 9, 3, tzinfo=UTC),
        )  # fmt: skip
    euro, dollar = earnings.takings(date(2026, 9, 1))
    assert (euro.currency, euro.tenants, euro.payments, euro.volume_minor, euro.average_minor) == (
        "EUR",
        1,
        4,
        15_000,
        15_000,
    )
    assert (euro.fees_minor, euro.returned_minor) == (200, 30)
    assert (dollar.currency, dollar.volume_minor, dollar.fees_minor) == ("USD", 900, 0)
    assert [(currency, [minor for _t, _s, minor in lines]) for currency, lines in earnings.top(date(2026, 9, 1))] == [
        ("EUR", [15_000]),
        ("USD", [900]),
    ]


def test_the_page_its_files_and_the_dashboard(alpha: World, beta: World, sold: None, admin: Visitor) -> None:
    today = database_now().astimezone(UTC).date()
    pays(alpha.tenant, "pro")
    stood(alpha, today, 7_900)
    took(alpha, today, 12_345, "EUR")
    took(beta, today, 900, "USD")
    page = admin.open("/operators/figures/")
    for words in ("€79.00", "€123.45", "$9.00", alpha.tenant.name, "How revenue moves"):
        assert words in page.text, words
    dashboard = admin.open("/operators/").text
    for words in ("MRR, EUR", "€79.00", "Paid in 30 days, USD", "$9.00", "Trials that end in 7 days"):
        assert words in dashboard, words
    lines = admin.client.get("/operators/figures/export/?what=payments").content.decode("utf-8-sig").splitlines()
    assert lines[0] == "month,currency,tenants,payments,volume,fees,fees_given_back"
    assert f"{today:%Y-%m},EUR,1,2,123.45,0.00,0.00" in lines
    for name in ("plans", "moves", "trials"):
        assert admin.client.get(f"/operators/figures/export/?what={name}").status_code == 200
    assert admin.client.get("/operators/figures/export/?what=secrets").status_code == 404
    tenant = admin.open(f"/operators/tenants/tenant/{alpha.tenant.pk}/?days=90").text
    assert ("Last 90 days" in tenant, "€123.45" in tenant) == (True, True)


def test_subscriptions_are_found_by_what_matters(alpha: World, beta: World, sold: None, admin: Visitor) -> None:
    where = "/operators/subscriptions/subscription/"
    pays(alpha.tenant, "pro", "past_due", stripe_customer="cus_1", stripe_subscription="sub_1")
    pays(beta.tenant, "starter", "trialing", trial_ends_at=database_now() + 2 * DAY)
    page = admin.open(where)
    assert page.link("dashboard.stripe.com").endswith("/test/subscriptions/sub_1")
    for words, whose in (
        ("?concern=late", alpha), ("?concern=trial", beta), ("?q=cus_1", alpha), ("?q=Beta", beta),
        ("?status__exact=trialing", beta),
    ):  # fmt: skip
        text = admin.open(f"{where}{words}").text
        assert (alpha.tenant.name in text, beta.tenant.name in text) == (whose is alpha, whose is beta), words
    conceding.set_fee(alpha.tenant, 0)
    row = Subscription.objects.get(tenant=alpha.tenant)
    assert admin.open(f"{where}{row.pk}/").path == f"/operators/tenants/tenant/{alpha.tenant.pk}/"


@pytest.mark.parametrize("where", ["/operators/subscriptions/subscription/", "/operators/figures/"])
def test_pages_ask_as_much_for_many_tenants(alpha: World, sold: None, admin: Visitor, where: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.open(where).status == 200
        return len(queries)

    pays(alpha.tenant, "pro")
    took(alpha, database_now().date(), 100, "EUR")
    few = asked()
    made = Tenant.objects.bulk_create(
        Tenant(
            schema_name=f"crowd_{number}", slug=f"crowd-{number}", slug_skeleton=f"crowd-{number}", name="Crowd",
            time_zone="Europe/Berlin", currency="EUR", state="ready",
        )
        for number in range(40)
    )  # fmt: skip
    for each in made:
        pays(each, "pro")
        TenantTakings.objects.create(
            schema_name=each.schema_name, day=database_now().date(), currency="EUR", payments=1, volume_minor=5,
            fees_minor=1,
        )  # fmt: skip
    assert asked() <= few + 1


@pytest.mark.parametrize("rank", ["", "reader", "support", "finance"])
def test_every_operator_reads_money(alpha: World, enter: Enter, rank: str) -> None:
    someone = enter(rank)
    for path in ("/operators/figures/", "/operators/subscriptions/subscription/", "/operators/reconciliation/"):
        assert someone.open(path).status == 200
    assert someone.client.get("/operators/figures/export/?what=plans").status_code == 200


def test_mrr_is_nothing_without_a_plan() -> None:
    assert figures.mrr_of(None) == 0
