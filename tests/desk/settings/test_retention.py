"""The owner says how long customers' data is kept: what it comes to is shown first, and nothing goes at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from bookings.models import Booking, RetentionRule
from desk.models import Change
from schemas.clock import database_now
from tests.bookings.own.retaining import DAY, customer, visit
from tests.flows.pages import Page, Visitor
from tests.worlds import World

pytestmark = pytest.mark.django_db
Come = Callable[..., Visitor]
PAGE = "/desk/settings/retention/"
MONTH = timedelta(days=31)


def rules(world: World) -> list[tuple[int, int, int]]:
    """What is saved."""
    with tenant_context(world.tenant):
        return list(RetentionRule.objects.values_list("account_months", "guest_months", "word_months"))


def test_page_says_what_holds_and_what_it_comes_to(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    page = owner.open(PAGE)
    assert page.link("?count") == "?count=1#today"
    page = owner.open(f"{PAGE}?count=1")
    assert "Nobody is over the time today, and nobody will be within 30 days." in page.text
    with tenant_context(alpha.tenant):
        customer("vera")
        customer("otto", 36 * timedelta(days=30.4) - 20 * DAY)
        visit(alpha, email="gina@example.org")
        visit(alpha)
        owing = visit(alpha, user=customer("debt"))
        Booking.objects.filter(pk=owing.pk).update(paid_minor=0, notes="left-handed")
        Booking.objects.filter(email="gina@example.org").update(notes="left-handed")
    page = owner.open(f"{PAGE}?count=1")
    assert (
        "3 people are over their time today (1 with an account, 2 without). 1 more will be within 30 days." in page.text
    )
    assert "1 booking loses what was written about it." in page.text
    assert "1 account is over its time and stays, because something is open." in page.text


def save(owner: Visitor, **typed: str) -> Page:
    """Choose on a fresh page and save."""
    page = owner.open(PAGE)
    return owner.send(page, page.form_with("account_months"), **typed)


def test_shorter_is_shown_first_and_saved_on_a_second_press(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with tenant_context(alpha.tenant):
        customer("vera", 13 * MONTH)
    page = save(owner, account_months="12")
    assert "Less time than before: is that right?" in page.text
    assert "1 person is over the time today (1 with an account, 0 without)." in page.text
    assert rules(alpha) == []
    page = owner.send(page, page.form_with("account_months"), account_months="6")
    assert "Less time than before" in page.text, "yes was said to another time"
    assert rules(alpha) == []
    before = database_now()
    page = owner.send(page, page.form_with("account_months"), account_months="12", sure="12-36-24")
    assert "Saved." in page.text
    assert "The time was made shorter lately: nothing goes before" in page.text
    assert rules(alpha) == [(12, 36, 24)]
    with tenant_context(alpha.tenant):
        not_before = RetentionRule.objects.get().not_before
        assert not_before is not None
        assert timedelta(0) <= not_before - before - 30 * DAY < timedelta(minutes=1)
        change = Change.objects.filter(thing="bookings_retentionrule").first()
    assert change is not None
    assert (change.act, change.actor_id) == ("update", alpha.users["owner"])
    assert (change.before["account_months"], change.after["account_months"]) == (36, 12)


def test_longer_is_saved_at_once(alpha: World, visitor: Come) -> None:
    assert "Saved." in save(visitor("owner"), guest_months="120").text
    assert rules(alpha) == [(36, 120, 24)]


@pytest.mark.parametrize("months", ["0", "7", "1200", "x", ""])
def test_other_times_are_refused(alpha: World, visitor: Come, months: str) -> None:
    assert save(visitor("owner"), account_months=months).status == 400
    assert rules(alpha) == []


def test_somebody_who_saved_meanwhile_is_not_overwritten(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    before = owner.open(PAGE)
    save(owner, guest_months="72")
    page = owner.send(before, before.form_with("account_months"), guest_months="120")
    assert page.status == 400
    assert "Somebody has changed this meanwhile" in page.text
    assert rules(alpha) == [(36, 72, 24)]


def test_customers_read_it(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    save(owner, account_months="72", guest_months="72")
    page = Visitor(alpha.host).open("/data/")
    assert "An account: 6 years after you last booked, paid or signed in." in page.text
    assert "who came along: 2 years after the booking." in page.text
    assert "An account: 6 years" in visitor("guest").open("/account/data/").text


def test_figures_take_the_same_queries_however_many_people_there_are(alpha: World, visitor: Come) -> None:
    owner, counts = visitor("owner"), []
    owner.open(f"{PAGE}?count=1")
    for number in (1, 6):
        with tenant_context(alpha.tenant):
            for each in range(number):
                customer(f"vera{number}-{each}")
                visit(alpha, email=f"gina{number}-{each}@example.org")
        with CaptureQueriesContext(connection) as queries:
            owner.open(f"{PAGE}?count=1")
        counts.append(len(queries))
    assert counts[0] == counts[1]
