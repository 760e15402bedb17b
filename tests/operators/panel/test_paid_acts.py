"""A paid plan changed, cancelled and renewed by an operator, at the Stripe sandbox."""

import pytest

from billing.subscriptions import choosing
from billing.subscriptions.models import Subscription
from operators.models import OperatorAct
from tests.billing.subscriptions.subscriber import Subscriber
from tests.flows.pages import Page, Visitor
from tests.operators.panel.conftest import Enter, forged
from tests.till import Till

pytestmark = pytest.mark.django_db
FAILS = "pm_card_chargeCustomerFail"


@pytest.fixture
def payer(stripe: Till) -> Subscriber:
    """Alpha, paying for Starter by the month."""
    owner = Subscriber.of(stripe)
    owner.subscribe("starter")
    assert owner.meaning() == ("active", "starter", True)
    return owner


def path_of(payer: Subscriber, act: str) -> str:
    return f"/operators/tenants/{payer.tenant.pk}/{act}/"


def send(someone: Visitor, page: Page, **typed: str) -> Page:
    return someone.send(page, page.form_with("reason"), reason="Ticket 4711", **typed)


def paid(payer: Subscriber) -> list[int]:
    return [each.total_minor for each in choosing.invoices(payer.tenant) if each.status == "paid"]


def records() -> list[tuple[str, str, str]]:
    return list(OperatorAct.objects.order_by("pk").values_list("kind", "about", "reason"))


def test_the_price_is_said_first_and_just_that_is_charged(payer: Subscriber, admin: Visitor) -> None:
    page = admin.open(path_of(payer, "paid"))
    assert "Starter (active)" in page.text
    asked = send(admin, page, plan="pro:month")
    assert "€50.00 are charged to its card now. Nothing was changed yet" in asked.text
    assert (payer.meaning(), paid(payer), records()) == (("active", "starter", True), [2900], [])
    assert asked.form_with("reason").fields["plan"] == "pro:month"
    done = send(admin, asked)
    assert "Done: Change the paid plan" in done.text
    assert (payer.meaning(), paid(payer)) == (("active", "pro", True), [5000, 2900])
    assert records() == [("paid", "Starter (active) → Pro (active)", "Ticket 4711")]
    assert payer.told() == ["We have changed your plan"]


def test_another_plan_chosen_after_the_price_was_seen_is_priced_anew(payer: Subscriber, admin: Visitor) -> None:
    asked = send(admin, admin.open(path_of(payer, "paid")), plan="pro:month")
    again = send(admin, asked, plan="enterprise:month")
    assert "€220.00 are charged to its card now." in again.text
    assert (payer.meaning(), paid(payer), records()) == (("active", "starter", True), [2900], [])


def test_less_is_credited(payer: Subscriber, admin: Visitor) -> None:
    send(admin, send(admin, admin.open(path_of(payer, "paid")), plan="pro:month"))
    asked = send(admin, admin.open(path_of(payer, "paid")), plan="starter:month")
    assert "€50.00 are credited to its next invoices." in asked.text
    send(admin, asked)
    assert (payer.meaning(), paid(payer)) == (("active", "starter", True), [-5000, 5000, 2900])


def test_a_card_that_refuses_changes_nothing(payer: Subscriber, admin: Visitor) -> None:
    payer.card(FAILS)
    asked = send(admin, admin.open(path_of(payer, "paid")), plan="pro:month")
    refused = send(admin, asked)
    assert "The payment was declined." in refused.text
    assert "Done:" not in refused.text
    assert (payer.meaning(), paid(payer), records()) == (("active", "starter", True), [2900], [])
    assert payer.told() == []


def test_it_is_cancelled_and_goes_on(payer: Subscriber, admin: Visitor) -> None:
    send(admin, admin.open(path_of(payer, "paid-end")))
    assert Subscription.objects.get(tenant=payer.tenant).ends_at is not None
    seen = str(admin.open(f"/operators/tenants/tenant/{payer.tenant.pk}/").links)
    assert ("/paid-on/" in seen, "/paid-end/" in seen) == (True, False)
    send(admin, admin.open(path_of(payer, "paid-on")))
    assert Subscription.objects.get(tenant=payer.tenant).ends_at is None
    assert [kind for kind, _about, _reason in records()] == ["paid-end", "paid-on"]
    assert payer.told() == ["We have changed your plan"] * 2


@pytest.mark.parametrize("act", ["paid", "paid-end", "paid-on"])
def test_who_has_no_right_to_it_changes_nothing(payer: Subscriber, enter: Enter, act: str) -> None:
    someone = enter("support")
    answer = forged(someone, path_of(payer, act), {"reason": "Because", "plan": "pro:month"})
    assert answer.status_code == 403
    assert (payer.meaning(), paid(payer), records()) == (("active", "starter", True), [2900], [])


def test_who_does_not_pay_is_not_offered_it_and_refused(stripe: Till, admin: Visitor) -> None:
    owner = Subscriber.of(stripe)
    seen = str(admin.open(f"/operators/tenants/tenant/{owner.tenant.pk}/").links)
    assert ("/trial/" in seen, "/paid/" in seen) == (True, False)
    asked = send(admin, admin.open(path_of(owner, "paid")), plan="pro:month")
    assert "You have no paid plan." in asked.text
    assert (owner.meaning()[0], records()) == ("trialing", [])
