"""`/quotes/`, `/bookings/{id}/price/` and `/contents/`, `/vouchers/check/`, and bookings that are made with a quote."""

from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from accounts.models import User
from bookings import quotes
from bookings.models import Booking, BookingLine
from schemas.clock import database_now
from schemas.keys import salt
from tests.bookings.pricing.shop import catering, credit, hours, member, rackets, voucher
from tests.bookings.scenes import at, digest
from tests.conftest import Caller
from venues.models import (
    CancellationPolicy,
    CancellationStep,
    CustomField,
    Product,
    Rate,
    Resource,
    Venue,
)

QUOTES, BOOKINGS, CHECK = "/api/v1/quotes/", "/api/v1/bookings/", "/api/v1/vouchers/check/"


class Staying(Caller):
    """A caller whose requests leave the test in the tenant's schema."""

    def __call__(self, who, **headers):
        client = super().__call__(who, **headers)
        send = client.request

        def request(**environ):
            answer = send(**environ)
            connection.set_tenant(self.world.tenant)
            return answer

        client.request = request
        return client


@pytest.fixture
def api(in_alpha):
    """As everywhere, inside Alpha's schema."""
    return Staying(in_alpha)


QUOTE_KEYS = {
    "quote", "expires_at", "available", "reason", "currency", "lines", "subtotal", "discount", "total_price", "net",
    "tax", "taxes", "gift_credit", "due", "deposit", "due_now", "due_later", "balance_due_at", "prepaid_minutes",
    "cancellation",
}  # fmt: skip
LINE_KEYS = {
    "kind", "label", "rate", "resource", "product", "start_datetime", "end_datetime", "unit", "quantity",
    "unit_price", "amount", "vat",
}  # fmt: skip


def body(world, hour=10, minutes=60, **changes):
    """An hour on Court 1, a week from now."""
    start = at(hour)
    times = {"start_datetime": start.isoformat(), "end_datetime": (start + timedelta(minutes=minutes)).isoformat()}
    return {"resource": world.court_1, **times, **changes}


def asked(client, world, **changes):
    """A quote that is given."""
    answer = client.post(QUOTES, body(world, **changes))
    assert answer.status_code == 200, answer.json()
    return answer.json()


def booked(client, world, **changes):
    """The answer to a booking."""
    return client.post(BOOKINGS, body(world, **changes))


def unchanged(client, path, data):
    """A call that is refused and changes nothing: status and body."""
    before = digest()
    answer = client.post(path, data)
    assert digest() == before
    return answer.status_code, answer.json()


def code(client, path, data):
    """Status and code of a refusal that changes nothing."""
    status, found = unchanged(client, path, data)
    return status, found["code"]


def test_a_quote_explains_itself(in_alpha, api):
    """Rates over a boundary, an extra with its own VAT, a group, a voucher, credit, hours and a deposit."""
    client = api("guest")
    Venue.objects.filter(pk=in_alpha.venue).update(vat=1900)
    Resource.objects.filter(pk=in_alpha.court_1).update(deposit_percent=5000, balance_days_before=3)
    guest = User.objects.get(pk=in_alpha.users["guest"])
    evening = Rate.objects.create(
        resource_id=in_alpha.court_1, name="Evening", amount_minor=4000, from_time="18:00", until_time="22:00",
        priority=1,
    )  # fmt: skip
    member(guest, 1000, "Club")
    lunch = catering(in_alpha, "booking", 1070, vat=700)
    voucher(name="Spring sale")
    credit(1000)
    account = hours(guest, 30)
    found = asked(
        client, in_alpha, hour=17, minutes=120, participant_count=2, extras=[{"product": lunch.pk, "quantity": 2}],
        voucher="spring", gift_credit="gift", hours_account=account.pk,
    )  # fmt: skip
    assert set(found) == QUOTE_KEYS
    assert {frozenset(line) for line in found["lines"]} == {frozenset(LINE_KEYS)}
    told = [
        (line["kind"], line["quantity"], line["unit_price"], line["amount"], line["vat"]) for line in found["lines"]
    ]
    assert told == [
        ("rate", "1", "25.00", "25.00", "19"),
        ("rate", "1", "40.00", "40.00", "19"),
        ("pack", "", None, "-16.25", "19"),
        ("group", "", None, "-4.88", "19"),
        ("extra", "2", "10.70", "21.40", "7"),
        ("voucher", "", None, "-2.14", "7"),
        ("voucher", "", None, "-4.39", "19"),
    ]
    second = found["lines"][1]
    assert second["label"].endswith(": Evening")
    assert (second["rate"], second["resource"], second["product"], second["unit"]) == (
        evening.pk, in_alpha.court_1, None, "hour",
    )  # fmt: skip
    assert (second["start_datetime"][11:19], second["end_datetime"][11:19]) == ("18:00:00", "19:00:00")
    assert second["start_datetime"][19:] in {"+01:00", "+02:00"}
    sums = [found[name] for name in ("subtotal", "discount", "total_price", "net", "tax")]
    assert sums == ["86.40", "27.66", "58.74", "51.18", "7.56"]
    assert (
        found["taxes"]
        == [
            {"vat": "7", "net": "18.00", "tax": "1.26", "gross": "19.26"},
            {"vat": "19", "net": "33.18", "tax": "6.30", "gross": "39.48"},
        ]
        or found["taxes"]
    )
    paid = [found[name] for name in ("gift_credit", "due", "deposit", "due_now", "due_later")]
    assert paid == ["10.00", "48.74", "29.37", "19.37", "29.37"]
    assert found["prepaid_minutes"] == 30
    assert found["balance_due_at"] == f"{at(17) - timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"
    assert (found["available"], found["reason"], found["currency"]) == (True, None, "EUR")


def test_a_quote_holds_nothing_and_needs_a_sign_in(in_alpha, api):
    before = digest()
    asked(api("guest"), in_alpha)
    assert digest() == before
    assert api(None).post(QUOTES, body(in_alpha)).status_code == 401


def test_what_cannot_be_had_has_a_price_and_a_reason(in_alpha, api):
    """Taken, sold out, too many people, closed, too soon: `available` is false, and the price is there."""
    racket = rackets(in_alpha, 2)
    assert booked(api("stranger"), in_alpha).status_code == 201
    client = api("guest")
    assert asked(client, in_alpha)["reason"] == "booked"
    assert asked(api("stranger"), in_alpha)["reason"] == "held_by_you"
    assert asked(client, in_alpha, hour=12, participant_count=9)["reason"] == "capacity"
    assert asked(client, in_alpha, hour=5)["reason"] == "closed"
    assert asked(client, in_alpha, hour=12, minutes=180)["reason"] == "duration"
    sold_out = asked(client, in_alpha, hour=12, extras=[{"product": racket.pk, "quantity": 3}])
    assert (sold_out["available"], sold_out["reason"], sold_out["total_price"]) == (False, "extra_sold_out", "34.00")
    Rate.objects.filter(resource=in_alpha.court_1).update(weekdays=[(at(12).weekday() + 1) % 7])
    assert code(client, QUOTES, body(in_alpha, hour=12)) == (400, "no_price")


def test_the_terms_are_those_that_can_apply_to_this_customer(in_alpha, api):
    found = asked(api("guest"), in_alpha)["cancellation"]
    free = {"fee_percent": "0", "fee": "0.00", "keeps_deposit": False}
    assert found == {
        "steps": [{"minutes_before": 1440, **free, "reason": ""}, {"minutes_before": 0, **free, "reason": "weather"}],
        "grace_minutes": 0,
    }
    policy = CancellationPolicy.objects.create(name="Strict", grace_minutes=30)
    theirs = member(User.objects.get(pk=in_alpha.users["stranger"]))
    CancellationStep.objects.create(policy=policy, minutes_before=2880, percent=1250, fee_minor=200)
    CancellationStep.objects.create(policy=policy, minutes_before=60, percent=5000, keeps_deposit=True)
    CancellationStep.objects.create(policy=policy, minutes_before=60, group=theirs)
    Venue.objects.filter(pk=in_alpha.venue).update(cancellation_policy=policy)
    assert asked(api("guest"), in_alpha)["cancellation"] == {
        "steps": [
            {"minutes_before": 2880, "fee_percent": "12.5", "fee": "2.00", "keeps_deposit": False, "reason": ""},
            {"minutes_before": 60, "fee_percent": "50", "fee": "0.00", "keeps_deposit": True, "reason": ""},
        ],
        "grace_minutes": 30,
    }


def test_booking_with_a_quote_costs_what_it_says(in_alpha, api):
    client = api("guest")
    quote = asked(client, in_alpha, participant_count=2)
    answer = booked(client, in_alpha, participant_count=2, quote=quote["quote"], total_price="0.01", lines=[])
    assert (answer.status_code, answer.json()["total_price"]) == (201, quote["total_price"])


def test_price_that_changed_is_refused_with_the_difference(in_alpha, api):
    """R33: exactly, and nothing is booked. With the price back, the same quote is good again."""
    client = api("guest")
    credit(1000)
    quote = asked(client, in_alpha, gift_credit="GIFT")["quote"]
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=2750)
    wanted = body(in_alpha, gift_credit="GIFT", quote=quote)
    status, found = unchanged(client, BOOKINGS, wanted)
    assert (status, found["code"]) == (409, "price_changed")
    assert {name: found[name] for name in ("quoted", "current", "difference", "due_difference", "currency")} == {
        "quoted": "25.00", "current": "27.50", "difference": "2.50", "due_difference": "2.50", "currency": "EUR",
    }  # fmt: skip
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=2500)
    assert client.post(BOOKINGS, wanted).status_code == 201


def test_terms_that_changed_are_refused(in_alpha, api):
    client = api("guest")
    quote = asked(client, in_alpha)["quote"]
    policy = CancellationPolicy.objects.create(name="Strict")
    Venue.objects.filter(pk=in_alpha.venue).update(cancellation_policy=policy)
    assert code(client, BOOKINGS, body(in_alpha, quote=quote)) == (409, "terms_changed")


@pytest.mark.parametrize(
    "other",
    [
        {"hour": 12},
        {"minutes": 90},
        {"participant_count": 2},
        {"voucher": "SPRING"},
        {"gift_credit": "GIFT"},
        {"with_resources": "court_2"},
        {"extras": "racket"},
        {"resource": "court_2"},
        {"product": "tennis"},
    ],
)
def test_quote_of_another_wish_is_refused(in_alpha, api, other):
    client = api("guest")
    voucher()
    credit()
    racket = rackets(in_alpha)
    quote = asked(client, in_alpha)["quote"]
    names = {"court_2": in_alpha.court_2, "tennis": in_alpha.tennis, "racket": [{"product": racket.pk}]}
    other = {name: names.get(value, value) if isinstance(value, str) else value for name, value in other.items()}
    if "with_resources" in other:
        other["with_resources"] = [in_alpha.court_2]
    assert code(client, BOOKINGS, body(in_alpha, quote=quote, **other)) == (400, "quote_mismatch")


def test_quote_of_another_customer_or_tenant_or_forged_is_refused(in_alpha, api, beta):
    """T09: good for one customer of one tenant."""
    client = api("guest")
    quote = asked(client, in_alpha)["quote"]
    assert code(api("stranger"), BOOKINGS, body(in_alpha, quote=quote)) == (400, "quote_mismatch")
    with tenant_context(beta.tenant):
        theirs = asked(Staying(beta)("guest"), beta, hour=15)["quote"]
    assert code(client, BOOKINGS, body(in_alpha, hour=15, quote=theirs)) == (400, "quote_invalid")
    middle = len(quote) // 2
    tampered = quote[:middle] + ("A" if quote[middle] != "A" else "B") + quote[middle + 1 :]
    for forged in (tampered, "nonsense", signing.dumps({"of": ""}, salt=salt("check-in"))):
        assert code(client, BOOKINGS, body(in_alpha, quote=forged)) == (400, "quote_invalid")
    assert code(client, BOOKINGS, body(in_alpha, quote="x" * 2001)) == (400, "invalid")


def test_quote_expires_by_the_databases_clock(in_alpha, api, monkeypatch):
    client = api("guest")
    monkeypatch.setattr(quotes, "LASTS", timedelta(0))
    quote = asked(client, in_alpha)["quote"]
    assert code(client, BOOKINGS, body(in_alpha, quote=quote)) == (400, "quote_expired")
    monkeypatch.undo()
    shown = asked(client, in_alpha)["expires_at"]
    assert shown <= f"{database_now() + quotes.LASTS:%Y-%m-%dT%H:%M:%SZ}"


def test_price_and_contents_of_a_booking_are_what_was_agreed(in_alpha, api):
    """Snapshot: rate, VAT, policy, zone, names may change; the booking does not."""
    client = api("guest")
    Venue.objects.filter(pk=in_alpha.venue).update(vat=1900)
    policy = CancellationPolicy.objects.create(name="Strict", grace_minutes=5)
    CancellationStep.objects.create(policy=policy, minutes_before=60, percent=5000)
    Resource.objects.filter(pk=in_alpha.court_1).update(cancellation_policy=policy, deposit_minor=500)
    racket = rackets(in_alpha)
    team = CustomField.objects.create(resource_id=in_alpha.court_1, label="Team", is_required=True)
    made = booked(
        client, in_alpha, extras=[{"product": racket.pk, "quantity": 4}], with_resources=[in_alpha.court_2],
        answers={str(team.pk): "Lions"},
    )  # fmt: skip
    assert made.status_code == 201, made.json()
    path = f"{BOOKINGS}{made.json()['id']}/"
    before = client.get(f"{path}price/").json()
    assert (before["total_price"], before["net"], before["tax"]) == ("62.00", "52.10", "9.90")
    assert (before["deposit"], before["due"], before["due_now"], before["paid"]) == ("5.00", "62.00", "5.00", "0.00")
    assert before["cancellation"]["grace_minutes"] == 5
    assert [(line["kind"], line["quantity"], line["amount"]) for line in before["lines"]] == [
        ("rate", "1", "25.00"), ("rate", "1", "25.00"), ("extra", "4", "12.00"),
    ]  # fmt: skip
    Rate.objects.all().delete()
    Venue.objects.filter(pk=in_alpha.venue).update(vat=700, time_zone="America/New_York", currency="USD")
    Resource.objects.filter(pk=in_alpha.court_1).update(cancellation_policy=None, deposit_minor=0)
    assert client.get(f"{path}price/").json() == before
    contents = client.get(f"{path}contents/").json()
    pool = racket.stock_id
    assert [(row["id"], row["units"]) for row in contents["resources"]] == [
        (in_alpha.court_1, [0]), (in_alpha.court_2, [0]),
    ]  # fmt: skip
    assert contents["extras"] == [{"product": racket.pk, "name": "Racket", "quantity": 4}]
    assert contents["answers"] == [{"field": team.pk, "label": "Team", "value": "Lions"}]
    taken = Booking.objects.get(pk=made.json()["id"]).occupancies.filter(resource=pool)
    assert sorted(taken.values_list("unit", flat=True)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("who", "status"),
    [("guest", 200), ("stranger", 403), ("front_desk", 200), ("manager", 200), ("accountant", 200), (None, 401)],
)
def test_price_and_contents_are_for_the_customer_and_the_staff(in_alpha, api, who, status):
    made = booked(api("guest"), in_alpha).json()["id"]
    for part in ("price", "contents"):
        assert api(who).get(f"{BOOKINGS}{made}/{part}/").status_code == status
    missing = "00000000-0000-4000-8000-000000000000"
    assert api("owner").get(f"{BOOKINGS}{missing}/price/").status_code == 404


def test_lines_of_a_booking_add_up_to_its_total(in_alpha, api):
    client = api("guest")
    voucher(percent_off=3333)
    made = booked(client, in_alpha, voucher="SPRING").json()
    booking = Booking.objects.get(pk=made["id"])
    assert sum(BookingLine.objects.filter(booking=booking).values_list("amount_minor", flat=True)) == 1667
    assert (booking.total_minor, made["total_price"]) == (1667, "16.67")


def test_voucher_check_says_what_it_would_take_off(in_alpha, api):
    client = api("guest")
    voucher("TENTH", percent_off=1250, name="An eighth")
    voucher("FIVE", amount_minor=500, currency="EUR", most_uses=0)
    voucher("COURT2").resources.set([in_alpha.court_2])
    found = client.post(CHECK, {"code": " tenth "}).json()
    assert found == {
        "code": "TENTH", "valid": True, "reason": None, "detail": "", "name": "An eighth", "percent_off": "12.5",
        "amount_off": None, "takes_off": None, "currency": None,
    }  # fmt: skip
    beside = client.post(CHECK, {"code": "TENTH", **body(in_alpha)}).json()
    assert (beside["valid"], beside["takes_off"], beside["currency"]) == (True, "3.13", "EUR")
    used_up = client.post(CHECK, {"code": "FIVE"}).json()
    assert (used_up["valid"], used_up["reason"], used_up["amount_off"]) == (False, "voucher_used_up", None)
    assert client.post(CHECK, {"code": "COURT2"}).json()["valid"] is True
    assert client.post(CHECK, {"code": "COURT2", **body(in_alpha)}).json()["reason"] == "voucher_elsewhere"
    assert client.post(CHECK, {"code": "NOPE"}).json()["reason"] == "voucher_unknown"
    assert code(client, CHECK, {}) == (400, "invalid")
    assert code(client, CHECK, {"code": "TENTH", "start_datetime": "now"}) == (400, "invalid")
    assert api(None).post(CHECK, {"code": "TENTH"}).status_code == 401


@pytest.mark.parametrize("path", [QUOTES, BOOKINGS])
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"extras": [{"product": 1, "quantity": -1}]}, "invalid"),
        ({"extras": [{"product": 1, "quantity": 2**70}]}, "invalid"),
        ({"extras": [{"product": 2**70}]}, "invalid"),
        ({"extras": [{"product": 1}] * 500}, "invalid"),
        ({"extras": "all"}, "invalid"),
        ({"extras": [{"product": 2**62}]}, "extra_unknown"),
        ({"with_resources": [-1]}, "invalid"),
        ({"with_resources": [2**64]}, "invalid"),
        ({"with_resources": [2**62]}, "resource_unknown"),
        ({"with_resources": list(range(1, 30))}, "invalid"),
        ({"hours_account": 2**64}, "invalid"),
        ({"hours_account": 0}, "invalid"),
        ({"hours_account": 2**62}, "hours_unknown"),
        ({"voucher": "x" * 33}, "invalid"),
        ({"voucher": "A\x00B"}, "invalid"),
        ({"gift_credit": "A\x00B"}, "invalid"),
        ({"gift_credit": "NOBODY"}, "credit_unknown"),
        ({"answers": {"x": "y"}}, "invalid"),
        ({"answers": {"-1": "y"}}, "invalid"),
        ({"answers": {str(2**70): "y"}}, "invalid"),
        ({"answers": {"1": "x" * 501}}, "invalid"),
        ({"answers": {"1": {"a": 1}}}, "invalid"),
        ({"answers": ["x"]}, "invalid"),
        ({"answers": {str(n): "y" for n in range(101)}}, "invalid"),
        ({"answers": {str(2**62): "y"}}, "answer_unknown"),
        ({"minutes": 60 * 24 * 32}, "duration"),
    ],
)
def test_what_makes_no_sense_is_400_and_changes_nothing(in_alpha, api, path, changes, refusal):
    assert code(api("guest"), path, body(in_alpha, **changes)) == (400, refusal)


def test_further_resources_lie_in_the_same_venue_and_apart(in_alpha, api):
    client = api("guest")
    for path in (QUOTES, BOOKINGS):
        for changes, refusal in (
            ({"with_resources": [in_alpha.annex_room]}, "resources_apart"),
            ({"with_resources": [in_alpha.court_1]}, "resources_twice"),
            ({"with_resources": [in_alpha.court_2, in_alpha.court_2]}, "resources_twice"),
            ({"resource": in_alpha.hall, "with_resources": [in_alpha.half_a]}, "resources_twice"),
            ({"resource": in_alpha.half_a, "with_resources": [in_alpha.hall]}, "resources_twice"),
            ({"with_resources": [in_alpha.hall, in_alpha.half_a]}, "resources_twice"),
        ):
            assert code(client, path, body(in_alpha, **changes)) == (400, refusal), changes


def test_price_beyond_all_bounds_is_refused(in_alpha, api):
    Rate.objects.filter(resource=in_alpha.court_1).update(amount_minor=2**31 - 1, unit="person_hour")
    Resource.objects.filter(pk=in_alpha.court_1).update(capacity=32_767, max_minutes=31 * 1440)
    client = api("guest")
    wanted = body(in_alpha, minutes=31 * 1440, participant_count=32_767)
    assert code(client, QUOTES, wanted) == (400, "price_too_high")
    assert asked(client, in_alpha, participant_count=32_767)["total_price"] == "703665966612.49"


def test_half_a_second_has_a_price_too(in_alpha, api):
    start = at(10)
    odd = {"end_datetime": (start + timedelta(microseconds=500_000)).isoformat()}
    assert asked(api("guest"), in_alpha, **odd)["reason"] == "duration"


def test_service_of_its_own_rates_costs_the_same_on_every_court(in_alpha, api):
    """Slot list, quote and booking say the same; a court needs no rate of its own then."""
    client = api("guest")
    Rate.objects.create(product_id=in_alpha.tennis, unit="booking", amount_minor=1900)
    Rate.objects.filter(resource=in_alpha.court_1).delete()
    Product.objects.filter(pk=in_alpha.tennis).update(vat=700)
    wanted = body(in_alpha, product=in_alpha.tennis)
    del wanted["resource"]
    found = client.post(QUOTES, wanted).json()
    assert [(line["product"], line["resource"], line["amount"], line["vat"]) for line in found["lines"]] == [
        (in_alpha.tennis, None, "19.00", "7"),
    ]  # fmt: skip
    path = f"/api/v1/availability/?service_id={in_alpha.tennis}&date={at(10).date()}"
    slots = client.get(path).json()["slots"]
    assert {(slot["resource"], slot["total_price"]) for slot in slots} == {
        (in_alpha.court_1, "19.00"), (in_alpha.court_2, "19.00"),
    }  # fmt: skip
    made = client.post(BOOKINGS, {**wanted, "quote": found["quote"]}).json()
    assert (made["resource"], made["total_price"], made["pricing_unit"]) == (in_alpha.court_1, "19.00", "booking")


def test_a_quote_takes_eight_queries(in_alpha, api):
    client = api("guest")
    racket = rackets(in_alpha)
    asked(client, in_alpha)
    with CaptureQueriesContext(connection) as plain:
        asked(client, in_alpha)
    with CaptureQueriesContext(connection) as full:
        asked(client, in_alpha, extras=[{"product": racket.pk, "quantity": 3}])
    control = ("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT", "SET search_path")
    counts = [len([q for q in found if not q["sql"].startswith(control)]) for found in (plain, full)]
    assert counts == [8, 8], [q["sql"][:90] for q in plain]
