"""The pages of packs and memberships: bought, shown, used as the way to pay, sold and taken back at the desk."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings.models import Booking, HoursAccount, OnSitePayment, Purchase
from bookings.records import Actor
from bookings.views.options import OptionsForm
from tests.bookings.scenes import held, slot
from tests.till import Till
from tests.worlds import World
from venues.models import CustomerGroup, MembershipPlan, Pack


@pytest.fixture
def pack(alpha: World) -> Pack:
    """Ten hours for 200.00."""
    with tenant_context(alpha.tenant):
        return Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR", valid_days=365)


def browser(alpha: World, who: str) -> Client:
    """Somebody of Alpha who is signed in."""
    client = Client(HTTP_HOST=alpha.host)
    with tenant_context(alpha.tenant):
        client.force_login(User.objects.get(pk=alpha.users[who]))
    return client


def text(answer: Any) -> str:
    """A page as text."""
    return answer.content.decode()


def test_pack_is_seen_bought_and_found_in_the_account(alpha: World, stripe: Till, pack: Pack) -> None:
    nobody = Client(HTTP_HOST=alpha.host)
    page = text(nobody.get("/packs/"))
    assert all(each in page for each in ("Ten hours", "€200.00", "€20.00 an hour", "Sign in to buy"))
    guest = browser(alpha, "guest")
    to_pay = guest.post("/packs/buy/", {"pack": str(pack.pk)})
    assert to_pay.status_code == 302
    assert "Pay €200.00" in text(guest.get(to_pay["Location"]))
    opened = guest.post(f"{to_pay['Location']}intent/").json()
    assert stripe.pay(opened["client_secret"].split("_secret_")[0]) == "succeeded"
    paid = guest.get(to_pay["Location"].replace("/pay/", "/paid/"))
    assert "Ten hours is yours" in text(paid)
    assert "10 h left" in text(guest.get("/account/packs/"))
    again = guest.get(to_pay["Location"])
    assert (again.status_code, again["Location"]) == (302, to_pay["Location"].replace("/pay/", "/paid/"))


def test_others_see_and_pay_nothing_of_it(alpha: World, stripe: Till, pack: Pack) -> None:
    location = browser(alpha, "guest").post("/packs/buy/", {"pack": str(pack.pk)})["Location"]
    stranger = browser(alpha, "stranger")
    for answer in (stranger.get(location), stranger.post(f"{location}intent/"), stranger.post(f"{location}elsewhere/")):
        assert answer.status_code == 403
    nobody = Client(HTTP_HOST=alpha.host).get(location)
    assert (nobody.status_code, nobody["Location"].split("?")[0]) == (302, "/login/")
    assert browser(alpha, "guest").post("/packs/buy/", {"pack": "999"}).status_code == 404
    assert browser(alpha, "guest").post("/packs/buy/", {"pack": str(pack.pk), "plan": "1"}).status_code == 404


def with_ten_hours(alpha: World, pack: Pack) -> tuple[User, HoursAccount, Booking]:
    """The guest, their account of the pack, and an hour at ten that they hold."""
    guest = User.objects.get(pk=alpha.users["guest"])
    account = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=600, created_at="2026-01-01T00:00Z")
    return guest, account, held(alpha.court_1, slot(10), customer=guest)


def test_hours_pay_for_a_booking_on_its_page(alpha: World, pack: Pack) -> None:
    with tenant_context(alpha.tenant):
        guest, account, booking = with_ten_hours(alpha, pack)
        form = OptionsForm(booking)
        assert [choice[0] for choice in form.fields["hours"].widget.choices] == ["", account.pk]
        sent = OptionsForm(booking, {"hours": str(account.pk)})
        assert sent.is_valid()
        assert sent.apply(Actor.customer(guest))
        booking.refresh_from_db()
        account.refresh_from_db()
        assert (booking.total_minor, account.minutes_left) == (0, 540)
        repeated = OptionsForm(booking, {"hours": str(account.pk)})
        assert repeated.is_valid()
        assert repeated.change() is None
    page = text(browser(alpha, "guest").get(f"/bookings/{booking.pk}/"))
    assert "Your prepaid hours come back if you cancel" in page


def test_desk_defines_sells_and_takes_back(alpha: World) -> None:
    owner, desk = browser(alpha, "owner"), browser(alpha, "front_desk")
    made = owner.post(
        "/desk/packs-on-sale/new/",
        {"name": "Five hours", "hours": "5", "price": "90.00", "is_active": "on", "position": "0"},
    )
    assert (made.status_code, made["Location"]) == (302, "/desk/packs-on-sale/")
    with tenant_context(alpha.tenant):
        pack = Pack.objects.get(name="Five hours")
        group = CustomerGroup.objects.create(name="Club")
        guest = User.objects.get(pk=alpha.users["guest"])
        assert (pack.minutes, pack.price_minor, pack.currency) == (300, 9000, "EUR")
    plan = {"name": "Month", "group": str(group.pk), "days": "30", "price": "30.00", "is_active": "on", "position": "0"}
    assert owner.post("/desk/packs-on-sale/memberships/new/", plan).status_code == 302
    assert desk.post("/desk/packs-on-sale/new/", {"name": "No"}).status_code == 403
    sold = desk.post("/desk/packs/sell/", {"email": guest.email, "what": f"pack-{pack.pk}", "way": "cash"})
    assert sold.status_code == 302
    with tenant_context(alpha.tenant):
        purchase = Purchase.objects.get()
        assert (purchase.state, purchase.paid_minor) == ("paid", 9000)
        assert MembershipPlan.objects.get().price_minor == 3000
    page = sold["Location"]
    assert purchase.reference in text(desk.get("/desk/packs/"))
    assert "Take it back" in text(desk.get(page))
    desk.post(f"{page}take-back/")
    with tenant_context(alpha.tenant):
        assert Purchase.objects.get().state == "paid"  # the front desk says why
    desk.post(f"{page}take-back/", {"note": "by mistake"})
    with tenant_context(alpha.tenant):
        assert (Purchase.objects.get().state, HoursAccount.objects.get().minutes_left) == ("returned", 0)
    assert browser(alpha, "guest").get("/desk/packs/").status_code == 403


def test_form_of_the_desk_that_is_sent_twice_sells_once(alpha: World, pack: Pack) -> None:
    desk = browser(alpha, "front_desk")
    number = re.findall(r'name="number" value="([0-9a-f-]{36})"', desk.get("/desk/packs/sell/").content.decode())[0]
    with tenant_context(alpha.tenant):
        guest, stranger = (User.objects.get(pk=alpha.users[who]).email for who in ("guest", "stranger"))
    sent = {"email": guest, "what": f"pack-{pack.pk}", "way": "cash", "number": number}
    first, second = (desk.post("/desk/packs/sell/", sent) for _click in range(2))
    assert (first.status_code, second.status_code, first["Location"]) == (302, 302, second["Location"])
    other = desk.post("/desk/packs/sell/", {**sent, "email": stranger})
    assert other["Location"] != first["Location"], "somebody else, on the same page by the back button"
    with tenant_context(alpha.tenant):
        bought = [(each.customer.email, each.paid_minor) for each in Purchase.objects.order_by("created_at")]
        assert bought == [(guest, 20_000), (stranger, 20_000)]
        assert OnSitePayment.objects.count() == 2
    assert desk.post("/desk/packs/sell/", {**sent, "number": "no number"}).status_code == 400


def test_money_that_stripe_says_nothing_of_is_not_yet_a_purchase(alpha: World, stripe: Till, pack: Pack) -> None:
    guest = browser(alpha, "guest")
    location = guest.post("/packs/buy/", {"pack": str(pack.pk)})["Location"]
    opened = guest.post(f"{location}intent/").json()
    stripe.pay(opened["client_secret"].split("_secret_")[0], "pm_card_chargeDeclined")
    back = guest.get(location.replace("/pay/", "/paid/"))
    assert (back.status_code, back["Location"]) == (302, f"{location}?refused=1")
    assert "did not go through" in text(guest.get(back["Location"]))
    with tenant_context(alpha.tenant):
        assert (Purchase.objects.get().state, HoursAccount.objects.count()) == ("open", 0)


def test_card_form_of_a_pack_has_every_word_and_address_that_the_script_reads(
    alpha: World, stripe: Till, pack: Pack
) -> None:
    guest = browser(alpha, "guest")
    page = text(guest.get(guest.post("/packs/buy/", {"pack": str(pack.pk)})["Location"]))
    script = Path(str(finders.find("pay.js"))).read_text()
    [names] = re.findall(r"const \{ ([a-z, ]+) \} = form\.dataset", script)
    [form] = re.findall(r'<form id="pay"[^>]*>', page)
    assert all(re.search(rf' data-{name}="[^"]+"', form) for name in names.split(", ")), form
    assert 'data-again="Nothing was charged.' in form


def test_hours_that_were_chosen_by_mistake_are_given_back(alpha: World, pack: Pack) -> None:
    with tenant_context(alpha.tenant):
        guest, account, booking = with_ten_hours(alpha, pack)
        chosen = OptionsForm(booking, {"hours": str(account.pk)})
        assert chosen.is_valid()
        assert chosen.apply(Actor.customer(guest))
        booking.refresh_from_db()
        other_page = OptionsForm(booking, {"voucher": ""})  # a form without the field says nothing of it
        assert other_page.is_valid()
        assert other_page.change() is None
        again = OptionsForm(booking, {"hours": ""})
        assert again.is_valid()
        assert again.apply(Actor.customer(guest))
        booking.refresh_from_db()
        account.refresh_from_db()
        assert (booking.total_minor, account.minutes_left) == (2500, 600)
