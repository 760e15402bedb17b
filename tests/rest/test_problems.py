"""What goes wrong is said in one shape, whoever answers; as RFC 9457 has it to those who ask for that."""

import json

import pytest
from django.db import OperationalError
from django.test import Client

from bookings.api.bookings import BookingsView
from tenants import hosts
from tenants.models import Tenant

PROBLEM = "application/problem+json"
VENUES, BOOKINGS = "/api/v1/venues/", "/api/v1/bookings/"


def call(api, name, accept):
    """The answer to something that goes wrong."""
    guest, nobody = api("guest", HTTP_ACCEPT=accept), api(None, HTTP_ACCEPT=accept)
    guest.raise_request_exception = False
    form = "application/x-www-form-urlencoded"
    return {
        "no sign-in": lambda: nobody.get(VENUES),
        "no such path": lambda: guest.get("/api/v1/nothing/"),
        "no slash": lambda: guest.post("/api/v1/bookings", {}),
        "no such thing": lambda: guest.get(f"{BOOKINGS}00000000-0000-0000-0000-000000000000/"),
        "not yours": lambda: guest.get("/api/v1/admin/bookings/"),
        "method": lambda: guest.delete(VENUES),
        "media type": lambda: guest.generic("POST", BOOKINGS, "a=b", content_type=form),
        "no JSON": lambda: guest.generic("POST", BOOKINGS, "{", content_type="application/json"),
        "a list": lambda: guest.post(BOOKINGS, []),
        "fields": lambda: guest.post(BOOKINGS, {"resource": "x"}),
        "key": lambda: guest.post(BOOKINGS, {}, HTTP_IDEMPOTENCY_KEY=" "),
        "too large": lambda: guest.generic("POST", BOOKINGS, b'"' + b"x" * 1_000_001, content_type="application/json"),
        "condition": lambda: guest.get(BOOKINGS + "?status=nothing"),
    }[name]()


CASES = [
    ("no sign-in", 401, "not_authenticated", "Unauthorized"),
    ("no such path", 404, "not_found", "Not Found"),
    ("no slash", 404, "not_found", "Not Found"),
    ("no such thing", 404, "not_found", "Not Found"),
    ("not yours", 403, "permission_denied", "Forbidden"),
    ("method", 405, "method_not_allowed", "Method Not Allowed"),
    ("media type", 415, "unsupported_media_type", "Unsupported Media Type"),
    ("no JSON", 400, "parse_error", "Bad Request"),
    ("a list", 400, "invalid", "Bad Request"),
    ("fields", 400, "invalid", "Bad Request"),
    ("key", 400, "idempotency_key_invalid", "Bad Request"),
    ("too large", 413, "body_too_large", "Request Entity Too Large"),
    ("condition", 400, "invalid", "Bad Request"),
]


@pytest.mark.parametrize(("name", "status", "code", "title"), CASES)
@pytest.mark.parametrize("accept", ["application/json", "*/*", ""])
def test_a_refusal_has_a_code_and_a_sentence(api, name, status, code, title, accept):
    """API.md: `{"code", "detail", "errors"?}`, and nothing that nobody asked for."""
    answer = call(api, name, accept)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    body = answer.json()
    assert body["code"] == code
    assert body["detail"]
    assert set(body) - {"errors"} == {"code", "detail"}
    assert ("errors" in body) == (code == "invalid")


@pytest.mark.parametrize(("name", "status", "code", "title"), CASES)
@pytest.mark.parametrize("accept", [PROBLEM, f"application/json, {PROBLEM};q=0.9"])
def test_who_asks_for_problems_gets_them_whoever_answers(api, name, status, code, title, accept):
    answer = call(api, name, accept)
    plain = call(api, name, "application/json").json()
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
    instance = answer.request["PATH_INFO"]
    named = {"type": "about:blank", "title": title, "status": status, "instance": instance}
    assert json.loads(answer.content) == {**plain, **named}
    assert "accept" in answer["Vary"].lower()


def test_who_accepts_only_problems_is_answered_all_the_same(api):
    answer = api("guest", HTTP_ACCEPT=PROBLEM).get(VENUES)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("accept", ["text/html", "application/xml"])
def test_who_accepts_nothing_that_there_is_is_told_so_in_json(api, accept):
    answer = api("guest", HTTP_ACCEPT=accept).get(VENUES)
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (
        406,
        "application/json",
        "not_acceptable",
    )


@pytest.mark.parametrize(("accept", "kind"), [("*/*", "application/json"), (PROBLEM, PROBLEM)])
def test_what_breaks_says_nothing_of_why(api, monkeypatch, accept, kind):
    def broken(*_):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(BookingsView, "get", broken)
    client = api("guest", HTTP_ACCEPT=accept)
    client.raise_request_exception = False
    answer = client.get(BOOKINGS)
    assert (answer.status_code, answer["Content-Type"], json.loads(answer.content)["code"]) == (500, kind, "error")
    assert b"secret" not in answer.content
    assert b"Zero" not in answer.content


@pytest.mark.parametrize(("accept", "kind"), [("*/*", "application/json"), (PROBLEM, PROBLEM)])
def test_a_database_that_is_away_is_no_riddle(api, monkeypatch, accept, kind):
    def away(*_):
        raise OperationalError

    monkeypatch.setattr(BookingsView, "get", away)
    answer = api("guest", HTTP_ACCEPT=accept).get(BOOKINGS)
    assert (answer.status_code, answer["Content-Type"]) == (503, kind)
    assert (json.loads(answer.content)["code"], answer["Retry-After"]) == ("busy", "1")


@pytest.mark.parametrize(("accept", "kind"), [("*/*", "application/json"), (PROBLEM, PROBLEM)])
@pytest.mark.parametrize(("state", "status"), [("suspended", 403), ("leaving", 410), ("creating", 503)])
def test_a_house_that_is_closed_says_so_in_the_same_shape(alpha, state, status, accept, kind):
    Tenant.objects.filter(pk=alpha.tenant.pk).update(state=state)
    hosts.forget()
    answer = Client(headers={"Host": alpha.host, "Accept": accept}).get(VENUES)
    assert (answer.status_code, answer["Content-Type"]) == (status, kind)
    assert json.loads(answer.content)["code"] == f"tenant_{state}"


@pytest.mark.django_db
def test_an_address_that_is_nobodys_says_so_in_the_same_shape():
    answer = Client(headers={"Host": "nobody.example", "Accept": PROBLEM}).get(VENUES)
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)
    assert json.loads(answer.content)["code"] == "unknown_host"
