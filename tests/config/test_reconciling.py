"""`manage.py reconcile`: what webhooks, crashes and hands have left different from Stripe is found and healed."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import tenant_context

from billing.gateway.trouble import ProviderTrouble
from billing.payments import books
from billing.payments.models import Payment, Payout, PayoutItem, Posting, Refund
from billing.subscriptions.models import StripeAccount
from bookings import cancelling, checkout, returns
from bookings.cancelling import Cancellation
from bookings.models import Booking
from bookings.records import SYSTEM
from config.reconciling import arrivals, rounds, shapes
from config.reconciling.findings import Difference
from schemas.clock import database_now
from tenants.models import DueWork, InboxEvent
from tests.bookings.paying.scenes import forge, room


@pytest.fixture(params=["direct", "destination"])
def till(request, stripe):
    """Alpha charging in either way; nothing that came to it was ever told to us."""
    if request.param == "destination":
        stripe.reconnect("destination")
        StripeAccount.objects.filter(disconnected_at__isnull=False).delete()
    return stripe


def differences(till):
    """What a round over Alpha finds, without the events that never arrived."""
    ((_tenant, found),) = rounds.of_tenants(rounds.connected().filter(pk=till.tenant.pk))
    return [(each.subject, each.what, each.is_healed) for each in found if each.subject != "event"]


def paid_unheard(till, world):
    """A hold that was paid, and nobody told us; its id and the intent's."""
    with tenant_context(till.tenant):
        booking = room(world)
        opened = checkout.start(booking.pk)
        assert till.pay(opened.intent.id) == "succeeded"
    return booking.pk, opened.intent.id


def state_of(till, booking_id):
    with tenant_context(till.tenant):
        booking = Booking.objects.get(pk=booking_id)
        return booking.state, booking.payment_state, booking.paid_minor


def test_where_nothing_differs_nothing_is_found(till):
    assert differences(till) == []


def test_a_payment_that_nobody_told_us_of_is_found_and_confirmed(till, alpha):
    """R21: the webhook never arrives."""
    booking, _intent = paid_unheard(till, alpha)
    assert state_of(till, booking)[0] == "held"
    found = differences(till)
    assert ("payment", "succeeded at Stripe, open here", True) in found
    assert state_of(till, booking) == ("confirmed", "paid", 2500)
    assert {subject for subject, _what, _healed in found} == {"payment", "books"}
    assert differences(till) == []


def test_an_attempt_whose_answer_was_lost_is_found_by_its_metadata(till, alpha):
    """R20: we do not even know the intent's id."""
    booking, _intent = paid_unheard(till, alpha)
    with tenant_context(till.tenant):
        Payment.objects.update(intent_id="", state="created")
    assert ("payment", "succeeded at Stripe, created here", True) in differences(till)
    assert state_of(till, booking) == ("confirmed", "paid", 2500)
    assert differences(till) == []


def test_an_intent_that_stripe_made_and_answered_with_an_error_is_closed_there(till, alpha):
    """Nobody was given the means to pay it; left open it would be a difference for as long as anybody looks."""
    till.faults({"method": "POST", "path": "payment_intents$", "do": "status", "status": 500, "effect": True})
    with tenant_context(till.tenant):
        booking = room(alpha)
        with pytest.raises(ProviderTrouble):
            checkout.start(booking.pk)
        assert Payment.objects.get().state == "cancelled"
    (orphan,) = till.intents()
    assert differences(till) == [("payment", "requires_payment_method at Stripe, cancelled here", True)]
    assert till.intent(orphan.id).status == "canceled"
    assert differences(till) == []


@pytest.mark.parametrize("amount", [2500, 2499])
def test_another_payment_that_names_a_counted_one_is_told_every_time(till, alpha, amount):
    """T34: the same amount, the same names and the same key, and not what our own call made."""
    booking, intent = paid_unheard(till, alpha)
    differences(till)
    foreign = forge(till, till.intent(intent).metadata.to_dict(), amount)
    wrong = ("payment", f"succeeded at Stripe, and names a payment that is {intent}", False)
    assert [each for each in differences(till) if each[0] == "payment"] == [wrong]
    assert [each for each in differences(till) if each[0] == "payment"] == [wrong]
    assert state_of(till, booking) == ("confirmed", "paid", 2500)
    with tenant_context(till.tenant):
        assert (Payment.objects.get().intent_id, Refund.objects.count()) == (intent, 0)
    assert till.intent(foreign).status == "succeeded"


def test_a_refund_made_at_stripe_and_a_dispute_are_found(till, alpha):
    booking, intent = paid_unheard(till, alpha)
    differences(till)
    order = {"payment_intent": intent, "amount": 500}
    if till.account.charge_type == "destination":
        order["reverse_transfer"] = True
    till.client.v1.refunds.create(order, till.on)
    till.server.outside("dispute", payment_intent=intent)
    found = differences(till)
    assert ("refund", "succeeded at Stripe, unknown here", True) in found
    assert [(subject, healed) for subject, _what, healed in found if subject == "dispute"] == [("dispute", True)]
    assert state_of(till, booking)[2] == 2000
    differences(till)
    assert differences(till) == []


def test_a_lost_dispute_is_no_difference_for_ever(till, alpha):
    booking, intent = paid_unheard(till, alpha)
    differences(till)
    opened = till.server.outside("dispute", payment_intent=intent)
    till.server.outside("close_dispute", dispute=opened["id"], outcome="lost")
    differences(till)
    assert state_of(till, booking)[2] == 0
    differences(till)  # with destination charges the transfer is taken back meanwhile
    assert differences(till) == []


def test_rows_that_were_changed_by_hand_are_put_right(till, alpha):
    """What may change, changed: every one is found, and the second run is empty."""
    booking, _intent = paid_unheard(till, alpha)
    differences(till)
    with tenant_context(till.tenant):
        Payment.objects.update(state="processing", applied_at=None, succeeded_at=None)
        Booking.objects.filter(pk=booking).update(paid_minor=0, payment_state="unpaid", paid_at=None)
    StripeAccount.objects.update(gets_payouts=False, has_submitted=False)
    found = differences(till)
    assert ("payment", "succeeded at Stripe, processing here", True) in found
    assert ("account", "other at Stripe: has_submitted, gets_payouts", True) in found
    assert state_of(till, booking) == ("confirmed", "paid", 2500)
    assert differences(till) == []


def test_a_booking_that_says_otherwise_than_its_payments_is_reported_for_people(till, alpha):
    booking, _intent = paid_unheard(till, alpha)
    differences(till)
    with tenant_context(till.tenant):
        Booking.objects.filter(pk=booking).update(paid_minor=2400)
    assert differences(till) == [("booking", "says 2400 paid, its payments 2500", False)]


def test_a_refund_that_was_never_sent_is_sent(till, alpha):
    """Workers were dead: what a cancellation owes is planned and made."""
    booking, intent = paid_unheard(till, alpha)
    differences(till)
    with tenant_context(till.tenant):
        cancelling.cancel(Booking.objects.get(pk=booking), SYSTEM, Cancellation())
        long_ago = database_now() - timedelta(hours=1)
        Booking.objects.update(updated_at=long_ago)
    assert ("booking", "was owed money that nobody sent back", True) in differences(till)
    with tenant_context(till.tenant):
        Refund.objects.update(created_at=long_ago)
    assert ("refund", "was never made at Stripe", True) in differences(till)
    assert till.client.v1.charges.retrieve(till.intent(intent).latest_charge.id, options=till.on).refunded
    assert state_of(till, booking) == ("cancelled", "refunded", 0)
    with tenant_context(till.tenant):
        returns.look(Payment.objects.get().pk)
    assert differences(till) == []


def test_payouts_and_books_that_nobody_read_are_read(till, alpha):
    paid_unheard(till, alpha)
    till.server.outside("payout", account=till.account.account_id, include_pending=True)
    found = {subject for subject, _what, _healed in differences(till)}
    assert found == {"payment", "books", "payouts"}
    with tenant_context(till.tenant):
        assert Payout.objects.get().status == "paid"
        assert PayoutItem.objects.count() == 1
        assert books.balances(till.account.account_id) == {"EUR": 0}
        assert Posting.objects.count() == 2
    assert differences(till) == []


def test_an_account_that_withdrew_its_access_is_noted_once(stripe):
    stripe.server.outside("deauthorize", account=stripe.account.account_id)
    assert [(subject, healed) for subject, _what, healed in differences(stripe)] == [("account", True)]
    assert differences(stripe) == []
    assert StripeAccount.objects.get().disconnected_at is not None


def test_stripe_that_does_not_answer_is_a_difference_and_changes_nothing(till, alpha):
    booking, _intent = paid_unheard(till, alpha)
    till.faults({"path": "/v1/.*", "do": "status", "status": 500})
    found = differences(till)
    assert [(subject, healed) for subject, _what, healed in found] == [("stripe", False)]
    assert state_of(till, booking)[0] == "held"


def test_the_command_prints_a_table_and_fails_until_nothing_differs(stripe, alpha, capsys):
    paid_unheard(stripe, alpha)
    with pytest.raises(CommandError, match="differences") as failed:
        call_command("reconcile")
    assert failed.value.returncode == 1
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split() == ["TENANT", "WHAT", "WHICH", "DIFFERENCE", "HEALED"]
    assert "alpha-sports" in printed
    assert "succeeded at Stripe, open here" in printed
    InboxEvent.objects.update(state="done")
    call_command("reconcile")
    assert capsys.readouterr().out.strip().endswith("tenants compared with Stripe: no difference.")


def test_events_that_never_arrived_are_in_the_inbox_afterwards(stripe, alpha):
    paid_unheard(stripe, alpha)
    rounds_found = next(iter(rounds.of_tenants(rounds.connected())))[1]
    missed = {each.object_id for each in rounds_found if each.subject == "event"}
    assert missed
    assert set(InboxEvent.objects.values_list("event_id", flat=True)) == missed
    assert "payment_intent.succeeded" in set(InboxEvent.objects.values_list("kind", flat=True))


def test_tables_that_somebody_has_changed_are_reported_each_night(stripe, alpha, beta):
    """I15: of the tenant that differs alone, and again once it is as it was."""
    assert [each for each in rounds.of_platform() if each.subject == "tables"] == []
    schema = alpha.tenant.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {schema}.venues_venue ADD COLUMN extra integer")
        (found,) = [each for each in rounds.of_platform() if each.subject == "tables"]
        assert (found.tenant, found.object_id, found.is_healed) == (schema, schema, False)
        assert found.advice.startswith("suspend it")
        cursor.execute(f"ALTER TABLE {schema}.venues_venue DROP COLUMN extra")
    assert [each for each in rounds.of_platform() if each.subject == "tables"] == []


def test_tables_are_not_held_against_the_template_while_migrations_are_under_way(alpha):
    schema = alpha.tenant.schema_name
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {schema}.venues_venue ADD COLUMN extra integer")
        cursor.execute(f"DELETE FROM {schema}.django_migrations WHERE app = 'venues'")
    assert shapes.unlike() == []


def test_what_was_given_up_is_reported(db):
    now = database_now()
    InboxEvent.objects.create(
        provider="stripe", event_id="evt_1", kind="payout.paid", endpoint="connect", is_live=False, made_at=now,
        received_at=now, due_at=now, state="dead", note="Gone",
    )  # fmt: skip
    DueWork.objects.create(
        schema_name="t_1", kind="refund", object_id="7", due_at=now, is_dead=True, last_error="Broken"
    )
    assert arrivals.given_up() == [
        Difference("(platform)", "event", "evt_1", "payout.paid given up: Gone", False),
        Difference("t_1", "due work", "7", "refund given up: Broken", False),
    ]
