"""The desk's webhooks: made, their secret seen once, their log read, messages sent again."""

import re
from collections.abc import Callable

import pytest
from django_tenants.utils import tenant_context

from bookings.hooks import lanes, sending
from bookings.models import WebhookDelivery, WebhookEndpoint
from schemas.transactions import transact
from tests.bookings.hooks.told import tell
from tests.bookings.scenes import held, slot
from tests.flows.pages import Visitor
from tests.receiver import Reply, receiver
from tests.worlds import World

Come = Callable[..., Visitor]
LIST = "/desk/webhooks/"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{20,}")


def made(alpha: World, owner: Visitor, url: str) -> tuple[str, str]:
    """A new webhook by way of the pages: where it is, and the secret that the page shows."""
    page = owner.open(f"{LIST}new/")
    told = {"types": "booking.created", "venues": str(alpha.venue)}
    done = owner.send(page, page.form_with("url"), url=url, description="Door", **told)
    assert done.status == 200, done.text
    [secret] = SECRET.findall(done.text)
    with tenant_context(alpha.tenant):
        return f"{LIST}{WebhookEndpoint.objects.latest('pk').pk}/", secret


def test_owner_makes_one_and_sees_its_secret_once(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    assert "Nobody is told anything yet." in owner.open(LIST).text
    where, _secret = made(alpha, owner, "https://hooks.example.com/")
    assert "https://hooks.example.com/" in owner.open(LIST).text
    page = owner.open(where)
    assert SECRET.findall(page.text) == []
    assert "Nothing was told yet." in page.text
    again = owner.send(page, page.form("/secret/"))
    assert len(SECRET.findall(again.text)) == 1
    assert SECRET.findall(owner.open(where).text) == []


@pytest.mark.parametrize("url", ["http://hooks.example.com/", "https://10.0.0.1/", "", "gopher://x/"])
def test_address_that_will_not_do_is_sent_back(alpha: World, visitor: Come, settings: object, url: str) -> None:
    settings.OUTSIDE_ALLOWS_LOOPBACK = False  # type: ignore[attr-defined]
    owner = visitor("owner")
    page = owner.open(f"{LIST}new/")
    refused = owner.send(page, page.form_with("url"), url=url)
    assert refused.status == 400
    with tenant_context(alpha.tenant):
        assert not WebhookEndpoint.objects.exists()


def test_log_says_in_words_why_there_was_no_answer(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with receiver() as taker:
        where, _secret = made(alpha, owner, taker.url)
    with tenant_context(alpha.tenant):
        held(alpha.court_1, slot(10))
        transact(tell)
        for lane in range(lanes.LANES):
            sending.send(f"{WebhookEndpoint.objects.get().pk}:{lane}")
    page = owner.open(where).text
    assert ("Nobody can be reached there." in page, "no_connection" in page) == (True, False)


def test_log_tells_what_came_of_it_and_sends_again(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    with receiver() as taker:
        where, _secret = made(alpha, owner, taker.url)

        def send() -> None:
            with tenant_context(alpha.tenant):
                for lane in range(lanes.LANES):
                    sending.send(f"{WebhookEndpoint.objects.get().pk}:{lane}")

        with tenant_context(alpha.tenant):
            held(alpha.court_1, slot(10))
            transact(tell)
        taker.usual = Reply(500, b"<b>out of order</b>")
        send()
        page = owner.open(where)
        assert "booking.created" in page.text
        assert "500" in page.text
        assert "<b>out of order</b>" in page.text  # as text: it was escaped
        with tenant_context(alpha.tenant):
            WebhookDelivery.objects.update(state="failed")
        done = owner.send(page, owner.open(where).form("/replay/"))
        assert "1 message is sent again." in done.text
        taker.usual = Reply(200)
        send()
        assert len(set(taker.ids())) == 1
        page = owner.open(f"{where}?state=delivered")
        assert "booking.created" in page.text
        assert "Nothing of that kind." in owner.open(f"{where}?state=failed").text


def test_pause_enable_test_and_remove(alpha: World, visitor: Come) -> None:
    owner = visitor("owner")
    where, _secret = made(alpha, owner, "https://hooks.example.com/")
    page = owner.open(where)
    page = owner.send(page, page.form("/pause/"))
    assert "Paused. What happens waits until you enable it." in page.text
    page = owner.send(page, page.form("/enable/"))
    page = owner.send(page, page.form("/test/"))
    assert "endpoint.test" in page.text
    page = owner.send(page, page.form("/remove/"))
    assert "Nobody is told anything yet." in page.text


@pytest.mark.parametrize("who", ["front_desk", "accountant"])
def test_who_does_not_run_the_tenant_has_no_webhooks(visitor: Come, who: str) -> None:
    assert visitor(who).open(LIST).status == 403
