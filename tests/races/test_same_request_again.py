"""The same request more than once: with a key, without one, by somebody else."""

import threading
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django_tenants.utils import tenant_context

from accounts.models import User
from accounts.sessions import SessionStore
from tests.races.contest import outcomes
from tests.races.crowd import together
from tests.races.ground import BOOKINGS, slot

ADMIN = "/api/v1/admin/"
DOUBLE_CLICK_SECONDS = 0.03


def test_a_key_sent_twenty_times_at_once_books_once(ground, server, tomorrow, figures):
    """R07, I2: one booking; all others get the same 201 or 409 with Retry-After."""
    court = ground.court("keyed")
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    clients = [ground.client(server, "guest") for _ in range(20)]
    answers = together([partial(client.post, BOOKINGS, body, Idempotency_Key="r07") for client in clients])
    figures("answers", outcomes(answers))
    assert {(a.status, a.code) for a in answers} <= {(201, ""), (409, "idempotency_in_progress")}
    assert len({a.raw for a in answers if a.status == 201}) == 1
    assert [a for a in answers if a.status == 201 and "idempotency-replayed" not in a.headers][1:] == []
    assert {a.headers.get("retry-after") for a in answers if a.status == 409} <= {"1"}
    assert ground.bookings_of(court) == 1
    replayed = clients[0].post(BOOKINGS, body, Idempotency_Key="r07")
    assert (replayed.status, replayed.raw) == (201, next(a.raw for a in answers if a.status == 201))


def test_a_key_with_another_body_is_refused(ground, server, tomorrow):
    """R08, one after the other: 422 and nothing changed."""
    court = ground.court("other-body")
    client = ground.client(server, "guest")
    first, second = (slot(court, ground.alpha.tenant.time_zone, tomorrow, hour) for hour in (9, 10))
    assert client.post(BOOKINGS, first, Idempotency_Key="r08").status == 201
    answer = client.post(BOOKINGS, second, Idempotency_Key="r08")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert ground.bookings_of(court) == 1


def test_of_two_bodies_under_one_key_at_once_one_is_booked(ground, server, tomorrow, figures):
    """R08, at once: one body wins, the other one is 422, or 409 while the first runs."""
    court = ground.court("two-bodies")
    bodies = [slot(court, ground.alpha.tenant.time_zone, tomorrow, hour) for hour in (9, 10)]
    clients = [ground.client(server, "guest") for _ in range(20)]
    answers = together(
        [partial(client.post, BOOKINGS, bodies[n % 2], Idempotency_Key="r08b") for n, client in enumerate(clients)]
    )
    figures("answers", outcomes(answers))
    losers = {(409, "idempotency_in_progress"), (422, "idempotency_key_reused")}
    assert {(a.status, a.code) for a in answers} - {(201, "")} <= losers
    assert len({a.raw for a in answers if a.status == 201}) == 1
    assert ground.bookings_of(court) == 1


def test_a_key_means_nothing_to_another_user_or_tenant(ground, server, tomorrow):
    """R11: three bookings under one key, and nobody sees another's answer."""
    court = ground.court("shared-key")
    zone = ground.alpha.tenant.time_zone
    mine = ground.client(server, "guest").post(BOOKINGS, slot(court, zone, tomorrow, 9), Idempotency_Key="r11")
    theirs = ground.client(server, "stranger").post(BOOKINGS, slot(court, zone, tomorrow, 10), Idempotency_Key="r11")
    elsewhere = ground.client(server, "guest", ground.beta).post(
        BOOKINGS, slot(ground.beta.court_1, ground.beta.tenant.time_zone, tomorrow, 9), Idempotency_Key="r11"
    )
    assert [answer.status for answer in (mine, theirs, elsewhere)] == [201, 201, 201]
    assert len({answer.body["id"] for answer in (mine, theirs, elsewhere)}) == 3
    assert ground.alpha.canary.encode() not in elsewhere.raw
    assert ground.bookings_of(court) == 2


KINDS = ["quotes", "reschedule", "series", "waitlist", "admin/bookings"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_any_call_means_nothing_to_another_user_or_tenant(ground, server, tomorrow, kind):
    """R11: each of the three is answered for themselves, each change is made, and a repeat tells each their own."""
    calls = [
        _call(ground, server, who, world, kind, (tomorrow + timedelta(days=100 + KINDS.index(kind)), hour))
        for hour, (who, world) in enumerate(_callers(ground, kind), 9)
    ]
    answers = [call(Idempotency_Key=f"r11-{kind}") for call in calls]
    assert {answer.status for answer in answers} == {200 if kind in {"quotes", "reschedule"} else 201}
    assert not any("idempotency-replayed" in answer.headers for answer in answers)
    again = [call(Idempotency_Key=f"r11-{kind}") for call in calls]
    assert [answer.raw for answer in again] == [answer.raw for answer in answers]
    assert {answer.headers["idempotency-replayed"] for answer in again} == {"true"}
    assert len({answer.raw for answer in answers}) == 3
    assert ground.alpha.canary.encode() not in answers[2].raw


def _callers(ground, kind):
    """Two people of Alpha, and of Beta the namesake of the first."""
    first, second = ("owner", "front_desk") if kind.startswith("admin") else ("guest", "stranger")
    return [(first, ground.alpha), (second, ground.alpha), (first, ground.beta)]


def _call(ground, server, who, world, kind, at):
    """A POST of this kind on a day and at an hour of its own, with what must be there before it; it takes headers."""
    client = ground.client(server, who, world)
    body = slot(world.court_2, world.tenant.time_zone, *at)
    if kind == "quotes":
        return partial(client.post, "/api/v1/quotes/", body)
    if kind == "admin/bookings":
        return partial(client.post, f"{ADMIN}bookings/", {**body, "contact": {"name": "Walk-in"}})
    if kind == "series":
        times = {"first_date": at[0].isoformat(), "start_time": f"{at[1] + 4}:00", "duration_minutes": 60}
        wish = {"resource": world.court_2, **times, "rule": "FREQ=WEEKLY;COUNT=3"}
        return partial(client.post, "/api/v1/series/", wish)
    taken = slot(world.court_1, world.tenant.time_zone, *at)
    if kind == "waitlist":
        booked = ground.client(server, "owner", world).post(
            f"{ADMIN}bookings/", {**taken, "contact": {"name": "Early"}}
        )
        assert booked.status == 201
        return partial(client.post, "/api/v1/waitlist/", taken)
    booked = client.post(BOOKINGS, taken)
    assert booked.status == 201
    moved = {name: body[name] for name in ("resource", "start_datetime", "end_datetime")}
    return partial(client.post, f"{BOOKINGS}{booked.body['id']}/reschedule/", moved)


def test_a_deleted_closure_is_answered_again_with_nothing(ground, server, tomorrow):
    """R07 for an answer without a body: the repeat of a DELETE is 204 too."""
    court = ground.court("reopened")
    owner = ground.client(server, "owner")
    period = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    del period["participant_count"]
    closure = owner.post("/api/v1/admin/closures/", {**period, "venue": ground.alpha.venue})
    path = f"/api/v1/admin/closures/{closure.body['id']}/"
    answers = [owner.delete(path, Idempotency_Key="gone") for _ in range(2)]
    assert [(answer.status, answer.raw) for answer in answers] == [(204, b""), (204, b"")]
    assert owner.delete(path).status == 404


def test_a_double_click_with_a_token_leads_to_ones_own_booking(ground, server, tomorrow):
    """R12: the second of two POSTs 30 ms apart says `held_by_you` with the booking, on site and online alike."""
    for court in (ground.court("clicked"), ground.court("clicked-online", pays_online=True)):
        clients = [ground.client(server, "guest") for _ in range(2)]
        first, second = _double_click(clients, slot(court, ground.alpha.tenant.time_zone, tomorrow, 9))
        assert (first.status, second.status, second.code) == (201, 400, "held_by_you")
        assert second.body["booking"] == first.body["id"]
        assert second.body["reference_code"] == first.body["reference_code"]
        assert ground.bookings_of(court) == 1


def test_a_double_click_in_a_browser_session_leads_to_ones_own_booking(ground, server, tomorrow):
    """R12 with a session cookie in place of a token."""
    court = ground.court("clicked-in-browser")
    headers = _signed_in(ground)
    clients = [ground.connected(server, ground.alpha, **headers) for _ in range(2)]
    first, second = _double_click(clients, slot(court, ground.alpha.tenant.time_zone, tomorrow, 9))
    assert (first.status, second.status, second.code) == (201, 400, "held_by_you")
    assert second.body["booking"] == first.body["id"]
    assert ground.bookings_of(court) == 1


def test_somebody_elses_booking_is_never_called_ones_own(ground, server, tomorrow):
    """R12, the other side: the refusal of a stranger names no booking."""
    court = ground.court("not-clicked", pays_online=True)
    body = slot(court, ground.alpha.tenant.time_zone, tomorrow, 9)
    assert ground.client(server, "guest").post(BOOKINGS, body).status == 201
    answer = ground.client(server, "stranger").post(BOOKINGS, body)
    assert (answer.status, answer.code, set(answer.body)) == (400, "held", {"code", "detail"})


def _double_click(clients, body):
    """Two POSTs 30 ms apart; whichever the server takes up first is the first answer."""
    second_click = threading.Event()
    timer = threading.Timer(DOUBLE_CLICK_SECONDS, second_click.set)

    def click_again():
        second_click.wait()
        return clients[1].post(BOOKINGS, body)

    timer.start()
    answers = together([partial(clients[0].post, BOOKINGS, body), click_again])
    assert Counter(answer.status for answer in answers) == {201: 1, 400: 1}
    return sorted(answers, key=lambda answer: answer.status)


def _signed_in(ground):
    """Headers of the guest's browser: a session in the tenant's schema, and the token against forgery."""
    with tenant_context(ground.alpha.tenant):
        user = User.objects.get(pk=ground.alpha.users["guest"])
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
    secret = "c" * 32
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={secret}"
    return {"Cookie": cookie, "X-CSRFToken": secret}
