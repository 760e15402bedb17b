"""The three `curl` lines of API.md, read as a shell reads them, with a token, a date to come and an id put in."""

import shlex
from urllib.parse import urlsplit

import httpx

from tests.contract.integrator import House

BOOK = """curl -X POST http://127.0.0.1:8000/api/v1/bookings/ -H "Authorization: Token $TOKEN" \
 -H "Content-Type: application/json" -d '{"resource": 1, "start_datetime": "2025-01-15T10:00:00+01:00", \
"end_datetime": "2025-01-15T11:00:00+01:00", "participant_count": 2}'"""
CANCEL = """curl -X POST http://127.0.0.1:8000/api/v1/bookings/550e8400-e29b-41d4-a716-446655440000/cancel/ \
 -H "Authorization: Token $TOKEN" -H "Content-Type: application/json" \
 -d '{"reason": "user_request", "notes": "Schedule conflict"}'"""
LIST = """curl http://127.0.0.1:8000/api/v1/bookings/upcoming/ -H "Authorization: Token $TOKEN\""""


def run(house: House, line: str, **put_in: str) -> httpx.Response:
    """What the line does, against the server that runs."""
    for old, new in {"$TOKEN": house.alpha.tokens["manager"], **put_in}.items():
        line = line.replace(old, new)
    words = iter(shlex.split(line)[1:])
    method, url, headers, content = "GET", "", {"Host": house.alpha.host}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            content = next(words)
        else:
            url = house.server.url + urlsplit(word).path
    return httpx.request(method, url, headers=headers, content=content, timeout=60)


def test_the_lines_book_list_and_cancel(house: House) -> None:
    wish = house.wish()
    times = {"2025-01-15T10:00:00+01:00": wish["start_datetime"], "2025-01-15T11:00:00+01:00": wish["end_datetime"]}
    made = run(house, BOOK, **times)
    assert (made.status_code, made.json()["status"], made.json()["participant_count"]) == (201, "pending", 2)
    assert run(house, LIST).json() == [made.json()]
    cancelled = run(house, CANCEL, **{"550e8400-e29b-41d4-a716-446655440000": made.json()["id"]})
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert run(house, LIST).json() == []
