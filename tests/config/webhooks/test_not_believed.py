"""Events that are signed by Stripe and still not true for us: nothing moves, and somebody hears (T34, R26)."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django_tenants.utils import tenant_context

from billing.gateway.trouble import ProviderTrouble
from bookings import checkout
from bookings.models import Booking
from tenants import inbox
from tenants.models import DueWork, InboxEvent
from tests.bookings.paying.scenes import PRICE, money, room
from tests.bookings.scenes import digest
from tests.config.webhooks.arriving import Json, made_at_stripe, told, worked_off
from tests.config.webhooks.letters import event
from tests.till import Till, connect
from tests.worlds import World

PAID = "payment_intent.succeeded"
Metadata = dict[str, str]


def named(world: World, booking: Booking, payment: object = None) -> Metadata:
    """What our own objects carry."""
    return {
        "forecourt_tenant": world.tenant.schema_name,
        "forecourt_booking": str(booking.pk),
        "forecourt_payment": str(payment or uuid4()),
    }


def forged(till: Till, account: str, metadata: Metadata, currency: str = "eur", amount: int = PRICE) -> Json:
    """Money that somebody took on an account of theirs, with metadata of their choice; the event about it."""
    on: Any = {"stripe_account": account} if account else {}
    intent = till.client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": currency,
            "metadata": metadata,
            "confirm": True,
            "payment_method": "pm_card_visa",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        },
        on,
    )
    assert intent.status == "succeeded"
    told_of = till.server.look("state")[account or "acct_1SandboxPlatform"]["event"]
    [found] = [each for each in told_of if each["type"] == PAID and each["data"]["object"]["id"] == intent.id]
    return found


def standing() -> list[object]:
    """Every row that a booking may touch; the books are read on whatever is believed."""
    DueWork.objects.filter(kind="books").delete()
    return digest()


@pytest.fixture
def open_attempt(stripe: Till, in_alpha: World) -> tuple[Booking, Metadata]:
    """Alpha's guest has an attempt to pay that is open, and what its intent carries."""
    booking = room(in_alpha)
    opened = checkout.start(booking.pk)
    return booking, dict(opened.intent.metadata)


def test_another_venue_cannot_confirm_our_booking(
    stripe: Till, beta: World, open_attempt: tuple[Booking, Metadata], caplog: pytest.LogCaptureFixture
) -> None:
    """T34: metadata of tenant Alpha on the account of tenant Beta."""
    booking, metadata = open_attempt
    theirs = connect(stripe.server, beta.tenant)
    rows = standing()
    outcome = told(forged(stripe, theirs.account_id, metadata, "usd"))
    assert outcome[PAID] == ("rejected", "names a payment that is not of this account")
    assert standing() == rows
    assert money(booking) == ("held", "unpaid", 0)
    assert "tenant mismatch" in caplog.text
    with tenant_context(beta.tenant):
        assert not Booking.objects.exists()


def test_account_of_nobody_cannot_either(
    stripe: Till, open_attempt: tuple[Booking, Metadata], caplog: pytest.LogCaptureFixture
) -> None:
    booking, metadata = open_attempt
    stranger = stripe.client.v1.accounts.create(
        {"country": "DE", "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}}}
    )
    rows = standing()
    outcome = told(forged(stripe, stranger.id, metadata))
    assert outcome[PAID] == ("rejected", "unknown account")
    assert (standing(), money(booking)) == (rows, ("held", "unpaid", 0))
    assert "rejected: unknown account" in caplog.text


@pytest.mark.parametrize("name", ["forecourt_tenant", "forecourt_booking", "forecourt_payment"])
@pytest.mark.parametrize("value", ["public", "t_999999", "00000000-0000-0000-0000-000000000001", "", "'; --"])
@pytest.mark.parametrize("where", ["direct", "destination"])
def test_metadata_that_does_not_agree_confirms_nothing(
    stripe: Till, in_alpha: World, open_attempt: tuple[Booking, Metadata], name: str, value: str, where: str
) -> None:
    """R26: on the venue's account, or on the platform's."""
    booking, metadata = open_attempt
    rows = standing()
    outcome = told(forged(stripe, stripe.scope if where == "direct" else "", {**metadata, name: value}))
    # Stripe does not keep an empty value: an object without the payment's name is none of ours, but in the books.
    nameless = "done" if where == "direct" else "ignored"
    assert outcome[PAID][0] == (nameless if (name, value) == ("forecourt_payment", "") else "rejected")
    assert (standing(), money(booking)) == (rows, ("held", "unpaid", 0))


def test_intent_on_the_platforms_account_is_not_a_direct_charge(
    stripe: Till, open_attempt: tuple[Booking, Metadata]
) -> None:
    """R26: the right metadata on the wrong account."""
    booking, metadata = open_attempt
    assert told(forged(stripe, "", metadata))[PAID] == ("rejected", "names a payment that is not of this account")
    assert money(booking) == ("held", "unpaid", 0)


def test_second_intent_with_the_names_of_the_first_confirms_nothing(
    stripe: Till, open_attempt: tuple[Booking, Metadata]
) -> None:
    """Made by the venue itself at Stripe's dashboard: our attempt is asked about, and it is not paid."""
    booking, metadata = open_attempt
    told(forged(stripe, stripe.scope, metadata, amount=50))
    assert money(booking) == ("held", "unpaid", 0)


def test_money_of_the_venues_own_is_for_its_books_alone(stripe: Till, in_alpha: World) -> None:
    """Taken at the dashboard, without any booking of ours."""
    booking = room(in_alpha)
    assert told(forged(stripe, stripe.scope, {}))[PAID] == ("done", "")
    assert list(DueWork.objects.filter(kind="books").values_list("schema_name", "object_id")) == [
        (in_alpha.tenant.schema_name, stripe.account.account_id)
    ]
    assert money(booking) == ("held", "unpaid", 0)


def test_object_that_is_gone_at_stripe_is_ignored(stripe: Till) -> None:
    gone = {"id": "pi_1Gone", "object": "payment_intent"}
    for kind in ("payment_intent.canceled", "checkout.session.expired"):
        about = event(
            kind, id=f"evt_{kind.replace('.', '_')}", account=stripe.account.account_id, data={"object": gone}
        )
        assert told(about)[kind] == ("ignored", "gone at Stripe")


def test_event_while_stripe_is_down_is_tried_again(
    stripe: Till, open_attempt: tuple[Booking, Metadata], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, nothing is guessed."""
    monkeypatch.setattr(connections["default"], "close_if_unusable_or_obsolete", lambda: None)  # the test's own
    booking, _metadata = open_attempt
    intent = stripe.intents()[0].id
    assert stripe.pay(intent) == "succeeded"
    [about] = made_at_stripe(stripe, PAID)
    stripe.faults({"path": ".*payment_intents.*", "times": 9, "do": "status", "status": 500})
    with pytest.raises(ProviderTrouble):
        told(about)
    kept = InboxEvent.objects.get()
    assert (kept.state, kept.attempts, kept.note) == ("waiting", 1, "ProviderTrouble")
    assert money(booking) == ("held", "unpaid", 0)
    stripe.faults()
    inbox.replay(kept)
    assert worked_off()[PAID] == ("done", "")
    assert money(booking) == ("confirmed", "paid", PRICE)
