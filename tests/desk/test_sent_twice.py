"""A form that is sent twice, by a finger or by a line that stalls, does what it does once; also where there is room."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
from django_tenants.utils import tenant_context

from bookings.models import Booking, GiftCredit, HoursAccount, OnSitePayment
from kernel import failpoints
from rest.models import IdempotencyRecord
from rest.once import once
from tests.desk.calendar.test_adding import priced
from tests.desk.today.scene import at_noon
from tests.flows.pages import Form, Page, Visitor
from tests.threads import at_once
from tests.worlds import ALPHA, PASSWORD, World, world_of
from venues.models import ExtraOffer, Pack, Product, Resource, Voucher

Come = Callable[..., Visitor]
SAID = "This was sent twice, and is done once."


def twice(someone: Visitor, page: Page, form: Form, *button: str, **typed: Any) -> Page:
    """The answer to the second of two."""
    someone.send(page, form, *button, **typed)
    return someone.send(page, form, *button, **typed)


def test_credit_is_given_once(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/customers/{alpha.users['guest']}/credit/")
    after = twice(owner, page, page.form_with("amount"), amount="12.50")
    assert SAID in after.text
    with tenant_context(alpha.tenant):
        assert list(GiftCredit.objects.values_list("balance_minor", flat=True)) == [1250]


def test_credit_on_a_code_is_given_once(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/gift-credit/")
    after = twice(owner, page, page.form_with("amount"), amount="12.50")
    assert SAID in after.text
    with tenant_context(alpha.tenant):
        assert list(GiftCredit.objects.values_list("balance_minor", flat=True)) == [1250]


def test_another_form_gives_another_credit(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    for _number in range(2):
        page = owner.open(f"/desk/customers/{alpha.users['guest']}/credit/")
        owner.send(page, page.form_with("amount"), amount="12.50")
    with tenant_context(alpha.tenant):
        assert list(GiftCredit.objects.values_list("balance_minor", flat=True)) == [1250, 1250]


def test_what_was_refused_may_be_sent_again(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(f"/desk/customers/{alpha.users['guest']}/credit/")
    wrong = owner.send(page, page.form_with("amount"), amount="0")
    assert wrong.status == 400
    after = owner.send(wrong, wrong.form_with("amount"), amount="12.50")
    assert SAID not in after.text
    with tenant_context(alpha.tenant):
        assert list(GiftCredit.objects.values_list("balance_minor", flat=True)) == [1250]


def test_a_pack_is_given_once(alpha: World, visitor: Come) -> None:
    with tenant_context(alpha.tenant):
        Pack.objects.create(name="Ten hours", minutes=600, price_minor=10_000, currency="EUR")
    owner = visitor("owner")
    page = owner.open(f"/desk/customers/{alpha.users['guest']}/pack/")
    assert SAID in twice(owner, page, page.form_with("pack")).text
    with tenant_context(alpha.tenant):
        assert list(HoursAccount.objects.values_list("minutes_left", flat=True)) == [600]


def test_vouchers_are_made_once(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/vouchers/many/")
    twice(owner, page, page.form_with("count"), count="3", name="Summer", percent_off="10")
    page = owner.open("/desk/vouchers/new/")
    after = twice(owner, page, page.form_with("code"), name="Single", percent_off="10")
    assert SAID in after.text
    with tenant_context(alpha.tenant):
        assert Voucher.objects.filter(name="Summer").count() == 3
        assert Voucher.objects.filter(name="Single").count() == 1


def test_an_extra_is_made_once(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open("/desk/extras/new/")
    after = twice(owner, page, page.form_with("name"), name="Towel")
    assert (after.status, SAID in after.text) == (400, True)
    with tenant_context(alpha.tenant):
        assert Product.objects.filter(name="Towel").count() == 1


@pytest.fixture
def pool(alpha: World) -> World:
    """Court 1 is three alike, and it is noon."""
    at_noon(alpha)
    with tenant_context(alpha.tenant):
        ExtraOffer.objects.filter(resource=alpha.court_1).delete()
        Resource.objects.filter(pk=alpha.court_1).update(units=3)
    return alpha


def test_a_walk_in_is_booked_and_paid_once_where_three_would_fit(pool: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    page = desk.open(f"/desk/walk-in/?resource={pool.court_1}")
    after = twice(desk, page, page.form_with("way"), "cash")
    assert SAID in after.text
    with tenant_context(pool.tenant):
        assert Booking.objects.count() == 1
        assert OnSitePayment.objects.count() == 1


def test_the_number_outlives_another_length(pool: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    page = desk.open(f"/desk/walk-in/?resource={pool.court_1}")
    number = page.form_with("way").fields["number"]
    longer = desk.open(f"/desk/walk-in/?resource={pool.court_1}&minutes=120&people=1&name=&number={number}")
    assert longer.form_with("way").fields["number"] == number


def test_the_calendar_books_once_where_three_would_fit(pool: World, visitor: Come) -> None:
    desk = visitor("front_desk")
    path = f"/desk/calendar/venues/{pool.venue}/book/"
    form = priced(desk, pool).form_with("quote")
    answers = [desk.client.post(urljoin(path, form.action), form.fields, headers={"X-Part": "1"}) for _ in range(2)]
    assert [answer.json()["done"] for answer in answers] == [True, True]
    assert answers[1].json()["said"] == SAID
    with tenant_context(pool.tenant):
        assert Booking.objects.count() == 1


def test_a_number_is_its_users_own(alpha: World) -> None:
    with tenant_context(alpha.tenant):
        assert [once(user, "a", lambda: "done") for user in (1, 2, 1)] == ["done", "done", None]
        assert once(1, "", lambda: "done") == once(1, "", lambda: "done") == "done"
        assert IdempotencyRecord.objects.filter(method="FORM").count() == 2


def test_an_act_that_fails_leaves_its_number_free(alpha: World) -> None:
    def fails() -> str:
        raise ValueError

    with tenant_context(alpha.tenant):
        with pytest.raises(ValueError):
            once(1, "a", fails)
        assert once(1, "a", lambda: "done") == "done"


def _credits_of_two(scratch: str) -> int:
    """How many credits two make who send the same form at the same moment."""
    alpha = world_of(ALPHA)
    owner = Visitor(alpha.host)
    owner.sign_in(f"owner@{alpha.canary}.example", PASSWORD)
    path = f"/desk/customers/{alpha.users['guest']}/credit/"
    form = owner.open(path).form_with("amount")
    other = Visitor(alpha.host)
    other.client.cookies = owner.client.cookies
    sent = {**form.fields, "amount": "12.50"}
    answers = at_once(*(lambda who=who: who.client.post(path, sent).status_code for who in (owner, other)))
    assert answers == [302, 302]
    with tenant_context(alpha.tenant):
        return GiftCredit.objects.count()


def test_two_at_the_same_moment_give_one_credit(scratch: str) -> None:
    assert _credits_of_two(scratch) == 1


def test_without_the_number_two_are_given(scratch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    monkeypatch.setattr(failpoints, "hit", lambda name: name == "once.claimed")
    assert _credits_of_two(scratch) == 2
