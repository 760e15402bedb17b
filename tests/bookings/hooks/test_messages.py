"""What is told: types, bodies, sequences, and to whom."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.payments.models import Refund
from bookings import cancelling, checkout, returns, telling
from bookings.api.serializers import BookingOut
from bookings.cancelling import Cancellation
from bookings.hooks import endpoints, kinds
from bookings.hooks.bodies import data_of
from bookings.hooks.endpoints import Wish
from bookings.models import WebhookDelivery, WebhookMessage, WebhookThread
from bookings.records import Actor
from kernel.money import as_text
from kernel.periods import Period
from schemas.clock import database_now
from tenants.models import OutboxMessage
from tests.bookings.api.desk import ADMIN, OWN, booked
from tests.bookings.hooks.told import tell
from tests.bookings.paying.scenes import PRICE, again, room
from tests.bookings.scenes import Place, confirmed, held, slot


def told_to(endpoint):
    """Type and sequence of everything for an endpoint, in order."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk")
    return [(row.message.type, row.sequence) for row in rows.select_related("message")]


def test_body_is_the_list_form_of_v1(guest, in_alpha):
    """API.md: the same keys and values as a booking in a list, as its customer sees it."""
    booking = held(Place().make().pk, slot(10), customer=guest)
    now = database_now()
    expected = BookingOut(booking, context={"now": now, "actor": Actor.of(guest)}).data
    assert data_of(booking, now) == dict(expected)


def test_life_of_a_booking_in_standard_types(line, staff):
    booking = confirmed(Place().make().pk, slot(10), staff)
    tell()
    assert told_to(line.endpoint) == [("booking.created", 1), ("booking.updated", 2)]
    created, updated = WebhookMessage.objects.order_by("pk")
    assert created.data["status"] == "pending"
    assert created.data["confirmed_at"] is None
    assert (updated.data["previous_status"], updated.data["status"]) == ("pending", "confirmed")
    cancelling.cancel(booking, staff, Cancellation())
    tell()
    last = WebhookMessage.objects.latest("pk")
    assert (last.type, last.data["previous_status"], last.data["status"]) == (
        "booking.updated",
        "confirmed",
        "cancelled",
    )
    assert told_to(line.endpoint)[2:] == [("booking.updated", 3)]


def test_money_at_the_desk_is_told_once_it_is_all_there(home, in_alpha, line):
    booking_id = booked(home, in_alpha)
    tell()
    before = len(told_to(line.endpoint))
    for amount in ("5.00", "20.00"):
        assert home("front_desk").post(f"{ADMIN}{booking_id}/payments/", {"amount": amount}).status_code == 201
    tell()
    new = WebhookMessage.objects.order_by("pk")[before:]
    assert [(one.type, one.data["status"]) for one in new] == [("booking.updated", "paid"), ("booking.paid", "paid")]
    assert [number for _type, number in told_to(line.endpoint)] == list(range(1, before + 3))


def test_told_late_is_told_as_it_was(line, staff):
    """All events are handed on after the last of them: each message still says what its event made of the booking."""
    booking = confirmed(Place().make().pk, slot(10), staff)
    cancelling.cancel(booking, staff, Cancellation())
    tell()
    told = WebhookMessage.objects.order_by("pk")
    assert [(one.type, one.data["status"], one.data["cancelled_at"] is None) for one in told] == [
        ("booking.created", "pending", True),
        ("booking.updated", "confirmed", True),
        ("booking.updated", "cancelled", False),
    ]


def test_further_types_go_to_those_who_ask_and_numbers_have_no_gaps_for_anybody(line, owner, staff, taker):
    every, _ = endpoints.make(owner, Wish(taker.url, types=kinds.EVERY))
    few, _ = endpoints.make(owner, Wish(taker.url, types=["booking.cancelled", "booking.checked_in"]))
    booking = confirmed(Place().make().pk, slot(10), staff)
    cancelling.cancel(booking, staff, Cancellation())
    tell()
    assert told_to(line.endpoint) == [("booking.created", 1), ("booking.updated", 2), ("booking.updated", 3)]
    assert told_to(every) == [
        ("booking.created", 1),
        ("booking.updated", 2),
        ("booking.confirmed", 3),
        ("booking.updated", 4),
        ("booking.cancelled", 5),
    ]
    assert told_to(few) == [("booking.cancelled", 1)]
    ids = set(WebhookDelivery.objects.filter(message__type="booking.created").values_list("message__message_id"))
    assert len(ids) == 1
    assert WebhookMessage.objects.get(type="booking.cancelled").data["cancel_reason"] == "user_request"


def test_new_time_is_told_with_the_old_one(home, in_alpha, owner, taker):
    endpoints.make(owner, Wish(taker.url, types=["booking.rescheduled"]))
    booking_id = booked(home, in_alpha)
    before = home("guest").get(f"{OWN}{booking_id}/").json()
    moved = slot(15)
    body = {"start_datetime": moved.start.isoformat(), "end_datetime": moved.end.isoformat()}
    assert home("guest").post(f"{OWN}{booking_id}/reschedule/", body).status_code == 200
    tell()
    [message] = WebhookMessage.objects.all()
    assert message.data["previous"] == {
        "start_datetime": before["start_datetime"],
        "end_datetime": before["end_datetime"],
        "resource_name": before["resource_name"],
    }
    assert message.data["start_datetime"] != before["start_datetime"]


def test_told_late_it_is_told_with_the_time_and_price_that_it_had(home, in_alpha, line):
    booking_id = booked(home, in_alpha)
    before = home("guest").get(f"{OWN}{booking_id}/").json()
    moved = Period(slot(15).start, slot(16).end)
    body = {"start_datetime": moved.start.isoformat(), "end_datetime": moved.end.isoformat()}
    assert home("guest").post(f"{OWN}{booking_id}/reschedule/", body).status_code == 200
    tell()
    created = WebhookMessage.objects.get(type="booking.created").data
    told = ("start_datetime", "end_datetime", "duration_minutes", "total_price")
    assert {name: created[name] for name in told} == {name: before[name] for name in told}
    assert home("guest").get(f"{OWN}{booking_id}/").json()["total_price"] != before["total_price"]


def test_manager_hears_of_own_venues_only(in_alpha, owner, taker, staff):
    """Isolation inside a tenant: no webhook is a way around what a manager may see."""
    place = Place().make()
    here, _ = endpoints.make(owner, Wish(taker.url, venues=[place.venue_id]))
    other = Place().make("elsewhere")
    elsewhere, _ = endpoints.make(owner, Wish(taker.url, venues=[other.venue_id]))
    held(place.pk, slot(10))
    tell()
    assert told_to(here) == [("booking.created", 1)]
    assert told_to(elsewhere) == []


def test_nobody_listens_and_nothing_is_written(in_alpha):
    held(Place().make().pk, slot(10))
    with CaptureQueriesContext(connection) as asked:
        tell()
    assert not WebhookMessage.objects.exists()
    assert len([query for query in asked.captured_queries if "webhookendpoint" in query["sql"]]) == 1


def test_an_event_costs_the_same_for_one_endpoint_and_for_twenty(line, owner, taker):
    place = Place().make()

    def cost(hour):
        held(place.pk, slot(hour))
        with CaptureQueriesContext(connection) as asked:
            tell()
        return len(asked)

    cost(8)
    one = cost(9)
    for _more in range(19):
        endpoints.make(owner, Wish(taker.url))
    cost(10)
    assert cost(11) == one
    assert WebhookThread.objects.count() == 2 + 2 * 20


def test_refused_payment_is_told_once_however_often_it_is_seen(stripe, in_alpha, owner, taker):
    endpoint, _ = endpoints.make(owner, Wish(taker.url, types=["payment.failed"]))
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.pay(start.intent.id, "pm_card_chargeDeclinedInsufficientFunds")
    for _seen in range(2):
        checkout.look(start.payment.pk)
    references = list(OutboxMessage.objects.filter(topic="payment_refused").values_list("reference", flat=True))
    assert set(references) == {f"{start.payment.pk}:1"}
    for reference in references * 2:
        telling.tell_of_refusal(reference)
    assert told_to(endpoint) == [("payment.failed", 1)]
    [message] = WebhookMessage.objects.all()
    assert message.data["failure"] == "insufficient_funds"
    assert message.data["id"] == str(booking.pk)


def test_online_payment_and_its_refund(stripe, in_alpha, owner, taker, staff):
    """`paid` comes with the confirmation, and the refund with its amount."""
    endpoint, _ = endpoints.make(owner, Wish(taker.url, types=kinds.EVERY))
    booking = room(in_alpha)
    start = checkout.start(booking.pk)
    stripe.pay(start.intent.id)
    checkout.look(start.payment.pk)
    tell()
    assert [name for name, _number in told_to(endpoint)] == [
        "booking.created",
        "booking.updated",
        "booking.paid",
        "booking.confirmed",
    ]
    paid = WebhookMessage.objects.get(type="booking.paid")
    assert (paid.data["status"], paid.data["total_price"]) == ("paid", as_text(PRICE, "EUR"))
    cancelling.cancel(again(booking), staff, Cancellation())
    returns.pay_back(booking.pk)
    for refund in Refund.objects.all():
        returns.carry_out(refund.pk)
    tell()
    assert [name for name, _number in told_to(endpoint)][4:] == [
        "booking.updated",
        "booking.cancelled",
        "booking.updated",
        "booking.refunded",
    ]
    refunded = WebhookMessage.objects.get(type="booking.refunded")
    assert (refunded.data["status"], refunded.data["refund_amount"]) == ("refunded", as_text(PRICE, "EUR"))
