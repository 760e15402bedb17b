"""What giving up would cost, told beforehand, and that it does cost that."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from bookings.models import Booking, BookingChange, BookingEvent, GiftCredit, HoursAccount
from kernel.money import as_text
from schemas.clock import database_now
from tests.bookings.api.desk import ADMIN, OWN, at_once, booked, paid, starts_in, under, wish
from tests.bookings.scenes import HOUR, digest
from tests.bookings.undone import undone
from venues.models import Pack, Resource

KEYS = [
    "can_cancel", "reason", "fee", "refund", "gift_credit_back", "prepaid_minutes_back", "owed", "currency",
    "is_grace", "free_until", "steps",
]  # fmt: skip
SECOND = timedelta(seconds=1)


def preview(home, booking_id, who="guest", **query):
    """The body of a preview."""
    answer = home(who).get(f"{OWN}{booking_id}/cancellation-preview/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_preview_has_exactly_these_keys_and_says_until_when_it_is_free(home, in_alpha):
    booking_id = booked(home, in_alpha)
    start = Booking.objects.get(pk=booking_id).start
    told = preview(home, booking_id)
    assert list(told) == KEYS
    until = datetime.fromisoformat(told.pop("free_until"))
    assert until == start - 24 * HOUR
    assert [step.pop("until")[19:] in {"+01:00", "+02:00"} for step in told["steps"]] == [True, True]
    assert told == {
        "can_cancel": True,
        "reason": "user_request",
        "fee": "0.00",
        "refund": "0.00",
        "gift_credit_back": "0.00",
        "prepaid_minutes_back": 0,
        "owed": "0.00",
        "currency": "EUR",
        "is_grace": False,
        "steps": [
            {"minutes_before": 1440, "fee": "0.00", "prepaid_percent_kept": "0"},
            {"minutes_before": 0, "fee": "25.00", "prepaid_percent_kept": "100"},
        ],
    }


def test_late_and_paid_it_says_what_is_kept_and_what_comes_back(home, in_alpha):
    booking_id = booked(home, in_alpha)
    paid(home, booking_id, "20.00")
    under(booking_id, {"minutes_before": 60, "percent": 5000})
    starts_in(booking_id, 2 * HOUR)
    told = preview(home, booking_id)
    assert [told[key] for key in ("fee", "refund", "owed", "free_until")] == ["12.50", "7.50", "0.00", None]
    starts_in(booking_id, HOUR / 2)
    told = preview(home, booking_id)
    assert [told[key] for key in ("fee", "refund", "owed")] == ["25.00", "0.00", "5.00"]


def test_in_the_grace_period_it_is_free_until_that_is_over(home, in_alpha):
    booking_id = booked(home, in_alpha)
    under(booking_id, grace=15)
    told = preview(home, booking_id)
    made = Booking.objects.get(pk=booking_id).created_at
    assert (told["is_grace"], told["fee"]) == (True, "0.00")
    over = datetime.fromisoformat(told["free_until"])
    assert over == (made + timedelta(minutes=15)).replace(microsecond=0)


def test_a_customers_weather_counts_as_other_and_the_venues_as_weather(home, in_alpha):
    booking_id = booked(home, in_alpha)
    starts_in(booking_id, HOUR)
    told = preview(home, booking_id, reason="weather")
    assert (told["reason"], told["fee"], told["owed"]) == ("other", "25.00", "25.00")
    told = preview(home, booking_id, who="front_desk", reason="weather")
    assert (told["reason"], told["fee"], told["free_until"]) == ("weather", "0.00", None)
    assert preview(home, booking_id, who="front_desk")["fee"] == "25.00"
    assert preview(home, booking_id, who="front_desk", reason="other")["fee"] == "0.00"


@pytest.mark.parametrize("state", ["held", "pending"])
def test_holds_and_requests_are_free_to_the_last_second(home, in_alpha, state):
    if state == "held":
        Resource.objects.filter(pk=in_alpha.court_1).update(pays_online=True, needs_approval=False)
    booking_id = home("guest").post(OWN, wish(in_alpha.court_1)).json()["id"]
    assert Booking.objects.get(pk=booking_id).state == state
    under(booking_id, {"minutes_before": 0, "percent": 10_000})
    starts_in(booking_id, SECOND * 5)
    told = preview(home, booking_id)
    assert (told["can_cancel"], told["fee"], told["free_until"]) == (True, "0.00", None)


def test_what_cannot_be_cancelled_says_why_with_the_same_keys(home, in_alpha):
    booking_id = booked(home, in_alpha)
    starts_in(booking_id, -HOUR / 2)
    told = preview(home, booking_id)
    assert list(told) == ["can_cancel", "code", "detail", *KEYS[1:]]
    assert (told["can_cancel"], told["code"]) == (False, "not_cancellable")
    assert [told[key] for key in ("fee", "refund", "gift_credit_back", "prepaid_minutes_back", "owed")] == [None] * 5
    assert preview(home, booking_id, who="owner")["can_cancel"] is True


def test_preview_is_for_the_customer_and_those_who_run_the_venue(home, in_alpha):
    booking_id = booked(home, in_alpha)
    path = f"{OWN}{booking_id}/cancellation-preview/"
    statuses = {who: home(who).get(path).status_code for who in ("guest", "stranger", "owner", "manager", "front_desk")}
    assert statuses == {"guest": 200, "stranger": 403, "owner": 200, "manager": 200, "front_desk": 200}
    refused = home("guest").get(path, {"reason": "bored"})
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["reason"])


def test_gift_credit_and_prepaid_minutes_come_back_as_was_told(home, in_alpha, guest):
    at_once(in_alpha.court_1)
    credit = GiftCredit.objects.create(
        code="GIFT", currency="EUR", balance_minor=1000, created_at=database_now(), valid_until=None
    )
    pack = Pack.objects.create(name="Ten hours", minutes=600, price_minor=20_000, currency="EUR")
    account = HoursAccount.objects.create(customer=guest, pack=pack, minutes_left=45, created_at=database_now())
    booking_id = _with_means(in_alpha, guest, account.pk)
    account.refresh_from_db()
    credit.refresh_from_db()
    assert (account.minutes_left, credit.balance_minor) == (0, 375)
    under(booking_id, {"minutes_before": 0, "percent": 5000})
    told = preview(home, booking_id)
    # 6.25 were left to pay after 45 of 60 minutes, all with gift credit: half of it, rounded, is kept.
    assert [told[key] for key in ("fee", "gift_credit_back", "prepaid_minutes_back")] == ["3.13", "3.12", 22]
    home("guest").post(f"{OWN}{booking_id}/cancel/")
    account.refresh_from_db()
    credit.refresh_from_db()
    assert (account.minutes_left, credit.balance_minor) == (22, 375 + 312)
    assert Booking.objects.get(pk=booking_id).payment_state == "partially_refunded"


def _with_means(world, guest, account_id):
    from bookings import lifecycle
    from bookings.requests import Contact, HoldRequest, Payment
    from bookings.states import PaymentWay
    from tests.bookings.scenes import slot

    request = HoldRequest(
        slot(10),
        resource_id=world.court_1,
        customer=guest,
        contact=Contact(guest.name, guest.email),
        payment=Payment(credit="GIFT", hours_account=account_id),
    )
    return str(lifecycle.book(request, PaymentWay.ON_SITE).pk)


def test_cancel_records_who_it_was_the_fee_and_what_comes_back(home, in_alpha, guest):
    booking_id = booked(home, in_alpha)
    paid(home, booking_id, "25.00")
    under(booking_id, {"minutes_before": 0, "percent": 2500})
    answer = home("guest").post(f"{OWN}{booking_id}/cancel/", {"reason": "other"})
    assert list(answer.json()) == ["id", "reference_code", "status", "cancelled_at"]
    happened = BookingEvent.objects.get(booking=booking_id, to_state="cancelled")
    assert (happened.actor_kind, happened.actor_id, happened.why) == ("customer", guest.pk, "other")
    changes = BookingChange.objects.filter(event=happened).values_list("field", "before", "after")
    assert list(changes) == [("fee_minor", "0", "625"), ("refund_due_minor", "0", "1875")]


def test_staff_charge_another_fee_than_the_policys_but_never_more_than_the_price(home, in_alpha):
    booking_id = booked(home, in_alpha)
    paid(home, booking_id, "25.00")
    starts_in(booking_id, HOUR)
    path = f"{ADMIN}{booking_id}/cancel/"
    before = digest()
    for fee, status in (("25.01", 400), ("-1.00", 400), ("1.001", 400), (5, 400)):
        assert home("front_desk").post(path, {"fee": fee}).status_code == status
    assert digest() == before
    assert home("front_desk").post(path, {"fee": "4.50"}).status_code == 200
    booking = Booking.objects.get(pk=booking_id)
    assert (booking.fee_minor, booking.refund_due_minor, booking.owed_minor) == (450, 2050, 0)
    assert BookingEvent.objects.get(booking=booking_id, to_state="cancelled").why == "user_request, fee set by staff"


@given(
    left=some.integers(1, 3 * 24 * 60),
    paying=some.integers(0, 2500),
    steps=some.lists(
        some.tuples(some.integers(0, 2880), some.integers(0, 10_000), some.integers(0, 3000), some.booleans()),
        max_size=4,
        unique_by=lambda step: step[0],
    ),
    grace=some.sampled_from([0, 0, 60]),
    reason=some.sampled_from(["user_request", "weather", "other"]),
)
@example(left=1440, paying=2500, steps=[(1440, 0, 0, False)], grace=0, reason="user_request")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cancelling_does_what_the_preview_said(home, in_alpha, left, paying, steps, grace, reason):
    with undone():
        booking_id = booked(home, in_alpha)
        if paying:
            paid(home, booking_id, as_text(paying, "EUR"))
        columns = ("minutes_before", "percent", "fee_minor", "keeps_deposit")
        under(booking_id, *(dict(zip(columns, step, strict=True)) for step in steps), grace=grace)
        # Half a minute from every boundary, so that no second passes one between the two calls.
        starts_in(booking_id, timedelta(minutes=left, seconds=30))
        told = preview(home, booking_id, reason=reason)
        assert home("guest").post(f"{OWN}{booking_id}/cancel/", {"reason": reason}).status_code == 200
        booking = Booking.objects.get(pk=booking_id)
        assert told["fee"] == as_text(booking.fee_minor, "EUR")
        assert told["refund"] == as_text(booking.refund_due_minor, "EUR")
        assert told["owed"] == as_text(booking.owed_minor, "EUR")
        assert told["reason"] == booking.cancel_reason
        # Nothing is lost: what was paid is kept as the fee or comes back.
        assert booking.paid_minor == min(booking.fee_minor, paying) + booking.refund_due_minor
        if told["free_until"]:
            assert told["fee"] == "0.00"
