"""How often what may be called: counted in Redis, here while that is away (R41), for each tenant by itself (T29)."""

import os
import signal
from collections import Counter

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context
from redis import Redis

from bookings.access import link_token
from bookings.models import Booking
from config.settings import limits as figures
from embedded.redis import Redis as RedisServer
from rest import counters
from rest.counters import Count, Counters, take
from rest.limits import kind_of
from tests.bookings.scenes import held, slot
from tests.conftest import Caller
from tests.oauth.asking import registered
from tests.threads import at_once
from venues.models import Resource, Voucher

VENUES, BOOKINGS, CHECK = "/api/v1/venues/", "/api/v1/bookings/", "/api/v1/vouchers/check/"
LEFT = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """A Redis of these tests' own."""
    server = RedisServer(tmp_path_factory.mktemp("limits"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def limit(redis, settings):
    """Sets limits; everything else is as in all tests."""
    if redis.child is None or not redis.answers():
        redis.start()
    settings.LIMITS_URL = redis.url
    with Redis.from_url(redis.url) as client:
        client.flushall()
    Counters.forget()

    def put(**rates):
        settings.RATE_LIMITS = {
            **dict.fromkeys(settings.RATE_LIMITS, "1000000/60"),
            **{name.replace("__", "."): rate for name, rate in rates.items()},
        }

    put()
    yield put
    Counters.forget()


def statuses(client, path, times, **more):
    return [client.get(path, **more).status_code for _ in range(times)]


def left(answer):
    return tuple(int(answer[name]) for name in LEFT)


def test_who_calls_too_often_is_told_when_to_come_back(limit, api):
    limit(read__caller="3/60")
    guest = api("guest")
    answers = [guest.get(VENUES) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [left(answer)[:2] for answer in answers] == [(3, 2), (3, 1), (3, 0), (3, 0)]
    assert answers[3].json() == {"code": "rate_limited", "detail": "That was too often. Please wait a moment."}
    assert 55 <= int(answers[3]["Retry-After"]) <= 60
    assert answers[3]["Retry-After"] == answers[3]["RateLimit-Reset"]


def test_another_caller_from_the_same_address_has_calls_of_their_own(limit, api):
    limit(read__caller="2/60")
    assert statuses(api("guest"), VENUES, 3) == [200, 200, 429]
    assert statuses(api("stranger"), VENUES, 3) == [200, 200, 429]


def test_all_tokens_of_somebody_are_one_caller(limit, api, alpha):
    limit(read__caller="2/60")
    guest = api("guest")
    made = guest.post("/api/v1/me/tokens/", {"name": "another"}).json()["token"]
    other = api(None, HTTP_AUTHORIZATION=f"Token {made}")
    assert [client.get(VENUES).status_code for client in (guest, other, guest, other)] == [200, 200, 429, 429]


def test_an_address_is_counted_whoever_calls(limit, api):
    limit(read__address="2/60")
    assert [api(who).get(VENUES).status_code for who in ("guest", "stranger", "owner")] == [200, 200, 429]
    assert api("owner", REMOTE_ADDR="192.0.2.9").get(VENUES).status_code == 200


def test_addresses_of_one_household_are_one(limit, api):
    """An IPv6 network of 64 bits."""
    limit(read__address="2/60")
    at = [api(None, REMOTE_ADDR=f"2001:db8::{n}").get(VENUES).status_code for n in range(3)]
    assert at == [401, 401, 429]


def test_an_app_calls_for_many_from_one_place(limit, api, in_alpha):
    """It has a limit of its own in place of the address's; so has everybody for whom it acts."""
    limit(read__app="3/60", read__caller="2/60", read__address="1/60")
    app = registered(in_alpha)
    for_guest, for_owner = (app.tokens(who, scope="availability:read")["access_token"] for who in ("guest", "owner"))
    by_itself = app.own_token(scope="availability:read")

    def asked(token):
        return api(None, HTTP_AUTHORIZATION=f"Bearer {token}").get(VENUES).status_code

    assert [asked(token) for token in (for_guest, for_guest, for_guest)] == [200, 200, 429]
    assert [asked(token) for token in (for_owner, by_itself)] == [200, 429]
    assert [api("stranger").get(VENUES).status_code for _ in range(2)] == [200, 429]


def test_all_callers_of_a_tenant_together_have_a_limit(limit, api, beta):
    """T29: one tenant's crowd is no other's."""
    limit(read__tenant="3/60")
    crowd = [api("guest", REMOTE_ADDR=f"192.0.2.{n}").get(VENUES).status_code for n in range(4)]
    assert crowd == [200, 200, 200, 429]
    assert Caller(beta)("guest").get(VENUES).status_code == 200


def test_equal_ids_at_two_tenants_are_two_callers(limit, api, beta):
    """T29: same number, same address, another schema."""
    limit(read__caller="1/60", read__address="1/60")
    assert api.world.users["guest"] == beta.users["guest"]
    assert statuses(api("guest"), VENUES, 2) == [200, 429]
    assert statuses(Caller(beta)("guest"), VENUES, 2) == [200, 429]


def test_who_is_refused_for_themselves_uses_up_nothing_of_the_others(limit, api):
    """T29: one who goes on and on does not use up the tenant's calls."""
    limit(read__caller="2/60", read__tenant="4/60")
    assert statuses(api("guest"), VENUES, 10) == [200, 200] + [429] * 8
    Counters.full.clear()  # another process knows nothing of it
    assert statuses(api("guest"), VENUES, 2) == [429, 429]
    assert statuses(api("stranger"), VENUES, 3) == [200, 200, 429]


def test_what_is_left_of_guesses_is_not_told(limit, api, in_alpha):
    limit(wrong_link__address="9/60", read__address="50/60")
    booking = held(in_alpha.court_1, slot(10))
    answer = api(None, HTTP_X_BOOKING_TOKEN=link_token(booking)).get(f"/api/bookings/{booking.pk}/")
    assert left(answer)[:2] == (50, 49)


def test_who_books_on_a_page_too_often_is_told_so_there(limit, in_alpha):
    limit(hold__address="1/60")
    client = Client(headers={"Host": in_alpha.host})
    with tenant_context(in_alpha.tenant):
        court = Resource.objects.select_related("venue").get(pk=in_alpha.court_1)
    path = f"/venues/{court.venue.slug}/{court.slug}/hold/"
    answers = [
        client.post(path, {"start": slot(hour).start.isoformat(), "minutes": 60, "people": 1}) for hour in (9, 12)
    ]
    assert [answer.status_code for answer in answers] == [302, 429]
    assert "too often" in answers[1].content.decode()
    with tenant_context(in_alpha.tenant):
        assert Booking.objects.count() == 1


def test_reading_does_not_use_up_writing(limit, api):
    limit(read__caller="1/60", write__caller="1/60", search__caller="1/60")
    owner = api("owner")
    assert statuses(owner, VENUES, 2) == [200, 429]
    assert [owner.post("/api/v1/me/tokens/", {"name": "x"}).status_code for _ in range(2)] == [201, 429]
    assert statuses(owner, "/api/v1/availability/?resource=1&date=2030-01-01", 2) == [200, 429]


@pytest.mark.parametrize(
    ("method", "route", "kind"),
    [
        ("GET", "api/v1/bookings/", "read"),
        ("POST", "api/v1/bookings/", "hold"),
        ("POST", "api/bookings/", "hold"),
        ("POST", "api/partner/v1/bookings", "hold"),
        ("POST", "api/v1/series/", "hold"),
        ("POST", "api/v1/waitlist/<int:entry_id>/take/", "hold"),
        ("PATCH", "api/v1/bookings/<uuid:booking_id>/", "write"),
        ("POST", "api/v1/admin/bookings/", "write"),
        ("GET", "api/v1/availability/calendar/", "search"),
        ("GET", "api/partner/v1/slots", "search"),
        ("POST", "api/v1/quotes/", "search"),
        ("POST", "api/v1/vouchers/check/", "search"),
        ("POST", "api/v1/series/preview/", "search"),
        ("GET", "api/v1/admin/exports/bookings/", "export"),
        ("HEAD", "api/v1/venues/", "read"),
        ("DELETE", "api/v1/me/tokens/<int:token_id>/", "write"),
    ],
)
def test_kind_of_a_call(method, route, kind):
    assert kind_of(method, route) == kind


def test_a_hold_too_many_changes_nothing_and_is_not_kept(limit, api, in_alpha):
    """R11: the same key works once the limit lets it."""
    limit(hold__caller="1/60")
    guest, body = api("guest"), {"resource": 1}
    assert guest.post(BOOKINGS, body).status_code == 400
    refused = guest.post(BOOKINGS, body, HTTP_IDEMPOTENCY_KEY="k")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    limit(hold__caller="9/60")
    Counters.forget()
    again = guest.post(BOOKINGS, body, HTTP_IDEMPOTENCY_KEY="k")
    assert (again.status_code, again.json()["code"]) == (400, "invalid")
    assert not again.has_header("Idempotency-Replayed")
    with tenant_context(in_alpha.tenant):
        assert Booking.objects.count() == 0


def test_counting_costs_no_query(limit, api):
    guest = api("guest")
    guest.get(VENUES)
    with CaptureQueriesContext(connection) as queries:
        guest.get(VENUES)
    asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
    assert len(asked) == 3, asked  # the token; how many venues there are; the venues


def test_a_flood_of_one_address_costs_no_query_and_nothing_in_redis(limit, api, redis):
    limit(read__address="2/60")
    guest = api("guest")
    assert statuses(guest, VENUES, 3) == [200, 200, 429]
    assert left(guest.get(VENUES))[:2] == (2, 0)
    with Redis.from_url(redis.url) as client, CaptureQueriesContext(connection) as queries:
        before = client.info("commandstats").get("cmdstat_evalsha", {}).get("calls")
        assert statuses(guest, VENUES, 3) == [429] * 3
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == before
    assert [query["sql"] for query in queries if not query["sql"].startswith("SET ")] == []


def test_no_address_and_no_token_is_in_redis(limit, api, redis):
    api("guest", REMOTE_ADDR="198.51.100.77").get(VENUES)
    with Redis.from_url(redis.url) as client:
        keys = b" ".join(client.keys("*"))
    assert b"limits:" in keys
    assert b"198.51.100" not in keys
    assert api.world.tokens["guest"].encode() not in keys


# ---- Guessing -------------------------------------------------------------------------------------------------------


def test_wrong_tokens_are_counted_and_good_ones_are_not_held_up(limit, api):
    limit(wrong_token__address="2/60")
    wrong = api(None, HTTP_AUTHORIZATION=f"Token {'0' * 40}")
    assert statuses(wrong, VENUES, 4) == [401, 401, 429, 429]
    assert api("guest").get(VENUES).status_code == 200
    assert api(None).get(VENUES).status_code == 401


def test_programs_that_ask_for_tokens_too_often_are_told_so_in_oauths_words(limit, in_alpha):
    limit(oauth__address="3/60", wrong_token__address="2/60")
    client = Client(headers={"Host": in_alpha.host})
    sent = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}
    answers = [client.post("/oauth/token/", sent) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
    assert {answer.json()["error"] for answer in answers} == {"invalid_client", "rate_limited"}
    assert [answer.get("RateLimit-Remaining") for answer in answers] == ["2", "1", "0", "0"]
    assert all(int(answer["Retry-After"]) > 0 for answer in answers[2:])


def test_codes_cannot_be_guessed(limit, api, in_alpha):
    """Whoever made up too many is not told either that one is right; without codes everything goes on."""
    limit(wrong_code__caller="2/60")
    Voucher.objects.create(code="RIGHT", percent_off=1000)
    guest = api("guest")
    found = [guest.post(CHECK, {"code": code}) for code in ("RIGHT", "A", "RIGHT", "B", "RIGHT", "C")]
    assert [answer.status_code for answer in found] == [200, 200, 200, 200, 429, 429]
    assert [answer.json()["valid"] for answer in found[:4]] == [True, False, True, False]
    assert api("stranger").post(CHECK, {"code": "RIGHT"}).json()["valid"] is True
    assert guest.post(BOOKINGS, {"resource": 1}).status_code == 400
    assert guest.post(BOOKINGS, {"resource": 1, "voucher": "RIGHT"}).status_code == 429


def test_a_kept_refusal_is_a_guess_too(limit, api, in_alpha):
    """An `Idempotency-Key` is no way round it."""
    limit(wrong_code__caller="2/60")
    guest, body = api("guest"), _wish(in_alpha)
    codes = [
        guest.post(BOOKINGS, {**body, "voucher": f"NO{n}"}, HTTP_IDEMPOTENCY_KEY=f"k{n}").json()["code"]
        for n in range(3)
    ]
    assert codes == ["voucher_unknown", "voucher_unknown", "rate_limited"]
    with tenant_context(in_alpha.tenant):
        assert Booking.objects.count() == 0


def test_tokens_of_links_cannot_be_guessed(limit, api, in_alpha):
    limit(wrong_link__address="2/60")
    booking = held(in_alpha.court_1, slot(10))
    right = link_token(booking)
    path = f"/api/bookings/{booking.pk}/"
    asked = [api(None).get(path, headers={"X-Booking-Token": token}).status_code for token in ("a", "b", "c")]
    assert asked == [404, 404, 429]
    assert api(None).get(path, headers={"X-Booking-Token": right}).status_code == 429
    assert api(None, REMOTE_ADDR="192.0.2.5").get(path, headers={"X-Booking-Token": right}).status_code == 200


def test_links_of_pages_cannot_be_guessed(limit, in_alpha):
    limit(wrong_link__address="2/60")
    booking = held(in_alpha.court_1, slot(10))
    right = link_token(booking)
    client = Client(headers={"Host": in_alpha.host})
    answers = [client.get(f"/bookings/{booking.pk}/{token}/") for token in ("a", "b", "c", right)]
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
    assert int(answers[3]["Retry-After"]) > 0
    assert "too often" in answers[3].content.decode()


def test_one_place_cannot_try_many_peoples_passwords(limit, in_alpha):
    limit(wrong_password__address="3/60")

    def sign_in(name, password="wrong"):
        sent = {"username": f"{name}@{in_alpha.canary}.example", "password": password}
        return Client(headers={"Host": in_alpha.host}).post("/login/", sent)

    assert [sign_in(f"somebody-{n}").status_code for n in range(5)] == [200, 200, 200, 429, 429]
    refused = sign_in("guest", "correct-horse-battery")
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)


def test_codes_on_the_booking_page_cannot_be_guessed(limit, in_alpha):
    limit(wrong_code__address="1/60")
    booking = held(in_alpha.court_1, slot(10))
    right = link_token(booking)
    path = f"/bookings/{booking.pk}/{right}/details/"
    client = Client(headers={"Host": in_alpha.host})
    sent = [client.post(path, {"voucher": code, "update": "1"}).status_code for code in ("A", "B", "C")]
    assert sent == [400, 429, 429]
    assert client.post(path, {"update": "1"}).status_code == 200


# ---- Redis, or not --------------------------------------------------------------------------------------------------


def test_of_many_at_once_no_more_than_the_limit_get_through(limit):
    """Redis decides in one step."""
    counts = [Count("limits:t:hold:caller:1", 10, 60), Count("limits:t:hold:tenant:all", 1000, 60)]

    def one():
        Counters.full.clear()
        return take(counts).is_allowed

    assert Counter(at_once(*[one] * 40)) == {True: 10, False: 30}


def test_of_many_at_once_no_more_get_through_here_either(limit, redis):
    redis.stop()
    take([Count("limits:t:x", 1, 60)])
    assert Counters.away_until > 0
    counts = [Count("limits:t:hold:caller:2", 10, 60)]
    assert Counter(at_once(*[lambda: take(counts).is_allowed] * 40)) == {True: 10, False: 30}


def test_without_redis_each_process_counts_for_itself(limit, api, redis):
    """R41: nothing fails, and the limits go on."""
    limit(read__caller="3/60")
    guest = api("guest")
    assert statuses(guest, VENUES, 2) == [200, 200]
    redis.stop()
    assert statuses(guest, VENUES, 4) == [200, 200, 200, 429]
    redis.start()


def test_a_redis_that_hangs_is_asked_once(limit, api, redis, monkeypatch):
    """It is stopped in its tracks: who meets that waits a fifth of a second, everybody else not at all."""
    asked = []
    monkeypatch.setattr(counters, "PATIENCE", 0.2)
    monkeypatch.setattr(Counters, "_servers", {})
    real = counters._from_redis
    monkeypatch.setattr(counters, "_from_redis", lambda counts: asked.append(1) or real(counts))
    guest = api("guest")
    os.kill(redis.child.pid, signal.SIGSTOP)
    try:
        assert statuses(guest, VENUES, 5) == [200] * 5
    finally:
        os.kill(redis.child.pid, signal.SIGCONT)
    assert len(asked) == 1
    Counters.away_until = 1e-9  # the pause is over
    assert guest.get(VENUES).status_code == 200
    assert (len(asked), Counters.away_until) == (2, 0.0)


def test_memory_of_a_process_has_an_end(limit, monkeypatch):
    monkeypatch.setattr(counters, "MOST_KEPT", 3)
    memory = counters.Memory()
    for n in range(5):
        memory.take([Count(f"k{n}", 2, 60)])
    assert list(memory._counts) == ["k2", "k3", "k4"]


def test_what_is_over_begins_anew(limit, monkeypatch):
    memory, now = counters.Memory(), [100.0]
    monkeypatch.setattr(counters.time, "monotonic", lambda: now[0])
    count = [Count("k", 1, 60)]
    assert [memory.take(count).is_allowed for _ in range(2)] == [True, False]
    now[0] += 61
    assert memory.take(count).is_allowed


# ---- Figures --------------------------------------------------------------------------------------------------------


def test_the_environment_changes_single_limits():
    assert figures.chosen("hold.caller=20/60, read.tenant=5/1")["hold.caller"] == "20/60"
    assert figures.chosen("")["hold.caller"] == "10/60"


@pytest.mark.parametrize(
    "wrong", ["hold=1/60", "hold.caller", "hold.caller=0/60", "hold.caller=x/60", "nope.caller=1/1"]
)
def test_a_limit_that_nobody_knows_stops_the_start(wrong):
    with pytest.raises(ImproperlyConfigured, match="RATE_LIMITS"):
        figures.chosen(wrong)


def test_developers_meet_the_limits_on_guessing_and_no_others():
    named = {"hold.caller": "7/60", "read.caller": figures.VOLUMES["read.caller"]}
    development = figures.chosen("hold.caller=7/60,read.caller=600/60", figures.generous())
    assert {development[name] for name in figures.VOLUMES.keys() - named} == {"1000000/60"}
    assert {name: development[name] for name in named} == named
    assert {name: development[name] for name in figures.FAILURES} == figures.FAILURES


def test_the_settings_of_tests_name_every_limit():
    assert django_settings.RATE_LIMITS.keys() == (figures.VOLUMES | figures.FAILURES).keys()


def _wish(world):
    when = slot(10)
    return {
        "resource": world.court_1,
        "start_datetime": when.start.isoformat(),
        "end_datetime": when.end.isoformat(),
    }
