"""`paymentEnabled`, `successUrl`, `cancelUrl`: to our page, to Stripe, and back to the app (API.md, partner; T28)."""

import re

import pytest
from django.db import connection

from billing.payments.models import Payment
from bookings import checkout
from bookings.models import Booking, WayBack
from tests.bookings.api.desk import AtHome
from tests.bookings.api.partner.kit import DONE, GINA, NOT_DONE, SHOP, Partner
from tests.bookings.scenes import digest, let_lapse
from tests.oauth.asking import browser
from venues.models import Resource

WAYS = {"successUrl": DONE, "cancelUrl": NOT_DONE}


def paying(online: Partner, hour: int = 10, **changes: object):
    """A booking with its details in, to be paid at `Location`."""
    booking = online.reserved(hour)
    answer = online.patch(
        f"bookings/{booking}", {**GINA, "status": "CONFIRMED", "paymentEnabled": True, **WAYS, **changes}
    )
    assert answer.status_code == 200, answer.json()
    return booking, answer


def visited(online: Partner, url: str):
    """The answer to Gina, who opens a page of ours; her browser exchanges the link's token for its session."""
    path = url.removeprefix(f"http://{online.world.host}")
    clean = re.sub(r"(/bookings/[^/]+/)[\w-]{43}/", r"\1", path)
    try:
        answer = online.gina.get(path)
        return online.gina.get(clean) if path != clean and answer["Location"] == clean else answer
    finally:
        connection.set_tenant(online.world.tenant)  # type: ignore[attr-defined]


def test_payment_is_pending_until_it_is_paid_on_the_page_in_location(online, stripe):
    booking, answer = paying(online)
    page = answer["Location"]
    assert (answer.json()["status"], answer.json()["paymentUrl"]) == ("PENDING", page)
    assert page.startswith(f"http://{online.world.host}/bookings/{booking}/")
    assert page.endswith("/pay/")
    assert answer.json()["expiresAt"] is not None
    shown = visited(online, page)
    assert (shown.status_code, f'href="{NOT_DONE}"' in shown.content.decode()) == (200, True)
    assert "Back to shop.example" in shown.content.decode()
    assert stripe.pay(checkout.start(Booking.objects.get().pk).intent.id) == "succeeded"
    back = visited(online, page.removesuffix("pay/") + "paid/")
    assert (back.status_code, back["Location"]) == (302, DONE)
    told = online.get(f"bookings/{booking}").json()
    assert (told["status"], told["paid"], told["expiresAt"], told["paymentUrl"]) == ("PAID", "25.00", None, None)
    assert told["paidAt"] == told["confirmedAt"] == f"{Booking.objects.get().paid_at:%FT%TZ}"
    later = visited(online, page)
    assert later.status_code == 302
    assert f'href="{DONE}"' in visited(online, later["Location"]).content.decode()


def test_stripes_own_page_leads_back_to_the_app_as_well(online, stripe):
    booking, answer = paying(online)
    opened = checkout.start_session(Booking.objects.get().pk)
    assert stripe.pay_page(opened.url) == 303
    back = visited(online, answer["Location"].removesuffix("pay/") + "paid/")
    assert (back.status_code, back["Location"], online.status(booking)) == (302, DONE, "PAID")


def test_who_was_refused_stays_on_our_page(online, stripe):
    booking, answer = paying(online)
    stripe.pay(checkout.start(Booking.objects.get().pk).intent.id, "pm_card_chargeDeclinedInsufficientFunds")
    checkout.look(Payment.objects.get().pk)
    back = visited(online, answer["Location"].removesuffix("pay/") + "paid/")
    assert back["Location"].startswith("/bookings/")
    assert online.status(booking) == "PENDING"


def test_hold_that_ran_out_leads_back_to_the_app(online):
    _booking, answer = paying(online)
    let_lapse(Booking.objects.get())
    over = visited(online, answer["Location"])
    assert (over.status_code, f'href="{NOT_DONE}"' in over.content.decode()) == (410, True)


def test_said_again_it_is_the_same_page_and_the_last_return_holds(online):
    booking, first = paying(online)
    again = online.patch(f"bookings/{booking}", {**GINA, "paymentEnabled": True, "successUrl": f"{SHOP}/other"})
    assert (again.status_code, again["Location"]) == (200, first["Location"])
    assert WayBack.objects.values_list("success_url", "cancel_url").get() == (f"{SHOP}/other", "")


def test_without_addresses_people_stay_with_the_venue(online, stripe):
    _booking, answer = paying(online, successUrl="", cancelUrl="")
    stripe.pay(checkout.start(Booking.objects.get().pk).intent.id)
    back = visited(online, answer["Location"].removesuffix("pay/") + "paid/")
    assert back["Location"].startswith("/bookings/")


def test_same_key_answers_with_the_same_location(online):
    booking = online.reserved()
    body = {**GINA, "paymentEnabled": True, **WAYS}
    first, second = (online.patch(f"bookings/{booking}", body, key="once") for _ in range(2))
    assert second["Idempotency-Replayed"] == "true"
    assert (first["Location"], first.json()) == (second["Location"], second.json())


ELSEWHERE = [
    "http://shop.example/thanks",
    "//shop.example/thanks",
    "/thanks",
    "https:shop.example",
    "https:///shop.example",
    "https://evil.example/",
    "https://shop.example.evil.example/",
    "https://evilshop.example/",
    "https://pay.shop.example/",
    "https://example/",
    "https://shop.example:8443/",
    "https://shop.example@evil.example/",
    "https://user:secret@shop.example/",
    "https://shop.example\\@evil.example/",
    "https:\\\\shop.example/",
    "https://evil.example\\.shop.example/",
    "https://shop.example//evil.example",
    "https://shop.example%2eevil.example/",
    "https://shop.example./",
    "https://shop.example:443:80/",
    "https://shop.example:x/",
    "https://[::1/",
    "https://shop.example/#@evil.example",
    "https://ѕhop.example/",
    "https://shop.example/\nLocation: https://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://shop.example/",
    "https://shop.example/" + "x" * 300,
]


@pytest.mark.parametrize("field", ["successUrl", "cancelUrl"])
def test_nobody_is_sent_anywhere_else(online, field):
    """T28"""
    booking = online.reserved()
    before = digest(), WayBack.objects.count()
    for url in ELSEWHERE:
        answer = online.patch(f"bookings/{booking}", {**GINA, "paymentEnabled": True, **WAYS, field: url})
        assert (answer.status_code, answer.json()["errors"].keys()) == (400, {field}), url
        assert answer.json()["code"] in {"bad_return_url", "invalid"}
    assert (digest(), WayBack.objects.count()) == before


@pytest.mark.parametrize(
    "url", [DONE, "https://SHOP.example:443/x", "https://app.example/back?next=https://a.example//"]
)
def test_registered_hosts_are_those_of_return_addresses_and_origins(online, url):
    _booking, answer = paying(online, successUrl=url)
    assert (answer.json()["status"], WayBack.objects.get().success_url) == ("PENDING", url)


def test_app_that_is_changed_or_removed_sends_nobody_anywhere(online, stripe):
    """T28: looked at again when somebody returns."""
    home = AtHome(online.world)
    _booking, answer = paying(online)
    client = f"/api/v1/oauth-clients/{online.app.pk}/"
    assert home("owner").patch(client, {"allowed_origins": ["https://new.example"]}).status_code == 200
    assert NOT_DONE not in visited(online, answer["Location"]).content.decode()
    stripe.pay(checkout.start(Booking.objects.get().pk).intent.id)
    assert home("owner").delete(client).status_code == 204
    assert visited(online, answer["Location"].removesuffix("pay/") + "paid/")["Location"].startswith("/bookings/")


def test_nothing_in_an_address_sends_people_elsewhere(online, stripe):
    _booking, answer = paying(online)
    stripe.pay(checkout.start(Booking.objects.get().pk).intent.id)
    page = answer["Location"].removesuffix("pay/") + "paid/"
    for name in ("successUrl", "success_url", "next"):
        assert visited(online, f"{page}?{name}=https://evil.example/")["Location"] == DONE


def test_what_waits_for_a_yes_is_paid_after_it(online, stripe):
    Resource.objects.filter(pk=online.world.court_1).update(needs_approval=True, pays_on_site=True)
    booking, answer = paying(online)
    assert (answer.json()["status"], answer.json()["paymentUrl"], "Location" in answer) == ("PENDING", None, False)
    AtHome(online.world)("owner").post(f"/api/v1/admin/bookings/{booking}/confirm/")
    told = online.get(f"bookings/{booking}").json()
    assert told["status"] == "PENDING"
    assert stripe.pay(checkout.start(Booking.objects.get().pk).intent.id) == "succeeded"
    back = visited(online, told["paymentUrl"].removesuffix("pay/") + "paid/")
    assert (back["Location"], online.status(booking)) == (DONE, "PAID")


def test_paid_on_site_at_first_it_can_still_be_paid_online(online):
    Resource.objects.filter(pk=online.world.court_1).update(pays_on_site=True)
    booking = online.confirmed()
    answer = online.patch(f"bookings/{booking}", {**GINA, "paymentEnabled": True, **WAYS})
    assert (answer.status_code, answer.json()["status"]) == (200, "CONFIRMED")
    assert answer["Location"] == answer.json()["paymentUrl"]


def test_what_nobody_could_pay_is_400(online, settings):
    settings.STRIPE_SECRET_KEY = ""
    booking = online.reserved()
    before = digest()
    answer = online.patch(f"bookings/{booking}", {**GINA, "paymentEnabled": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "payment_unavailable")
    assert digest() == before


def test_refunded_booking_is_called_so(online, stripe):
    booking, _answer = paying(online)
    stripe.pay(checkout.start(Booking.objects.get().pk).intent.id)
    checkout.look(Payment.objects.get().pk)
    assert online.delete(f"bookings/{booking}").json()["status"] == "CANCEL"
    Booking.objects.update(payment_state="refunded")
    assert online.status(booking) == "REFUNDED"
    assert online.delete(f"bookings/{booking}").json()["status"] == "REFUNDED"


def test_desk_says_which_app_made_it(online):
    booking = online.reserved()
    shown = browser(online.world, "owner").get(f"/desk/bookings/{booking}/")
    assert (shown.status_code, "Made by the app Kiosk" in shown.content.decode()) == (200, True)
