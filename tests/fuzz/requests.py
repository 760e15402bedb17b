"""Requests as a document describes them, made up by schemathesis, sent as somebody, and judged by the document.

A request is sent through the whole WSGI application, and taken back afterwards
by a savepoint that Django does not know of: the next one finds the same world.
"""

import http.cookies
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import Resolver404, resolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.openapi import from_dict, from_wsgi
from schemathesis.specs.openapi import checks

from schemas.clock import database_now
from tests.documents import document
from tests.isolation.allowed import bearer_of
from tests.isolation.scene import GUESTS, kept_session, values
from tests.worlds import World

DOCUMENTS = {"v1": "/api/schema/", "core": "/api/schema/core/", "partner": "/api/schema/partner/"}
CASES = {"anonymous": 1, "forged": 1, "session": 2, "bearer": 2, "token": 2}
"""How often each call of a document is made, by what it is signed in with."""
MORE = int(os.environ.get("CASES", "1"))
"""`make fuzz` asks for a multiple, at random; otherwise it is the same cases each time."""
CSRF = "c" * 32
IF_MATCH = "If-Match"
REDIRECT, UNAUTHORIZED, SERVER_ERROR = 300, 401, 500
AS_DESCRIBED = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


class Bad(AssertionError):
    """What was asked, and what is wrong with the answer."""


@dataclass(frozen=True)
class Visitor:
    """Somebody at a host, signed in by one of the ways of `CASES`."""

    world: World
    kind: str
    server: str = ""
    """Address of a running server; without one the application is called in this process."""

    def headers(self, path: str) -> dict[str, str]:
        """The host, and who it is."""
        return {**({"Host": self.world.host} if self.server else {}), **self._signs(path)}

    def _signs(self, path: str) -> dict[str, str]:
        """What they bring: at the desk the owner, elsewhere the guest."""
        who = "owner" if "/admin/" in path or "/bookings" not in path else "guest"
        if self.kind == "forged":
            return {"Authorization": f"Token {'0' * 40}"}
        if self.kind == "token":
            return {"Authorization": f"Token {self.world.tokens[who]}"}
        if self.kind == "bearer":
            who = "app" if path.startswith("/api/partner/") else who
            return {"Authorization": f"Bearer {bearer_of(self.world, who)}"}
        if self.kind == "session":
            jar = http.cookies.SimpleCookie({"sessionid": kept_session(self.world, who), "csrftoken": CSRF})
            return {"Cookie": jar.output(header="", sep=";").strip(), "X-CSRFToken": CSRF}
        return {}


@cache
def application() -> Any:
    """The product, as a server loads it."""
    return get_wsgi_application()


@cache
def operations(dialect: str, host: str) -> tuple[APIOperation, ...]:
    """What the document that the host serves describes, in its order."""
    load_all_checks()
    asked: Any = {"base_url": f"http://{host}", "headers": {"Accept": "application/json"}}
    schema = from_wsgi(DOCUMENTS[dialect], application(), **asked)
    found: list[Any] = list(schema.get_all_operations())
    return tuple(each.ok() for each in found)


def operations_at(server: str, dialect: str) -> tuple[APIOperation, ...]:
    """The same, for requests to a running server."""
    schema = from_dict(document(dialect))
    schema.config.update(base_url=server)
    found: list[Any] = list(schema.get_all_operations())
    return tuple(each.ok() for each in found)


def fuzz(operation: APIOperation, visitor: Visitor) -> None:
    """Make the visitor's share of requests; `Bad` for the first answer that is not as described."""

    @settings(
        max_examples=CASES[visitor.kind] * MORE,
        phases=[Phase.generate],
        derandomize=MORE == 1,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(_cases(operation, visitor.world))
    def run(case: Case) -> None:
        with nullcontext() if visitor.server else _taken_back():
            judge(case, visitor)

    run()


def _cases(operation: APIOperation, world: World) -> st.SearchStrategy[Case]:
    ids = {name: str(value) for name, value in values(world, world).items()}
    named = _named(world)

    def filled(drawn: tuple[Case, bool, str]) -> Case:
        case, finds, sense = drawn
        if finds and case.path_parameters:
            case.path_parameters = {name: ids.get(name, old) for name, old in case.path_parameters.items()}
        if sense == "all":
            case.headers.pop(IF_MATCH, None)
        for part in ("query", "body") if sense != "none" else ():
            given = getattr(case, part)
            if isinstance(given, dict):
                kept = given if sense == "some" or not named.keys() & given.keys() else named.keys() & given.keys()
                setattr(case, part, {name: named.get(name, given[name]) for name in kept})
        return case

    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    sensible = st.tuples(right, st.sampled_from([True, True, True, False]), st.sampled_from(["all", "some", "none"]))
    return st.one_of(sensible.map(filled), wrong, sensible.map(filled))


def _named(world: World) -> dict[str, Any]:
    """What there is, so that requests come further than to a 404."""
    start = (database_now() + timedelta(days=10)).replace(hour=10, minute=0, second=0, microsecond=0)
    end, day = start + timedelta(hours=1), f"{start:%Y-%m-%d}"
    return {
        "resource": world.court_1,
        "product": world.tennis,
        "service_id": world.tennis,
        "venue": world.venue,
        "customer": world.users["guest"],
        "booking": str(GUESTS),
        "start_datetime": start.isoformat(),
        "end_datetime": end.isoformat(),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "slot": {"from": start.isoformat()},
        "date": day,
        "month": day[:7],
        "name": "Somebody",
        "text": "Something",
        "amount": "1.00",
        "url": "https://hooks.example/in",
        "customer_name": "Gina Guest",
        "customer_email": "gina@example.org",
    }


def judge(case: Case, visitor: Visitor) -> None:
    """Send one request and look at the answer."""
    path = case.operation.path
    headers = visitor.headers(path)
    response = case.call(base_url=visitor.server or f"http://{visitor.world.host}", headers=headers)
    if response.status_code >= SERVER_ERROR:
        raise Bad(f"{case.method} {path} {case.body!r} {case.query!r}: {response.status_code} {response.text[:2000]}")
    open_to_all = {} in case.operation.definition.raw.get("security", [{}])
    is_nobody = visitor.kind == "forged" or (visitor.kind == "anonymous" and not open_to_all)
    if is_nobody and response.status_code != UNAUTHORIZED and _is_route(response):
        raise Bad(f"{case.method} {path} is {response.status_code} for somebody {visitor.kind}")
    if response.status_code < REDIRECT and case.headers.get(IF_MATCH, "*").strip() != "*":
        raise Bad(f"{case.method} {path} took no notice of {IF_MATCH} {case.headers[IF_MATCH]}")
    # A parameter without a value is as one that is not there.
    has_empty = "" in (case.query or {}).values()
    wanted = AS_DESCRIBED if has_empty else [*AS_DESCRIBED, checks.negative_data_rejection]
    try:
        case.validate_response(response, checks=wanted)
    except FailureGroup as failures:
        told = "\n".join(f"{each.title}: {each.message}" for each in failures.exceptions)
        raise Bad(f"{case.method} {path}\n{told}\n{case.as_curl_command(headers)}\n{response.text[:1000]}") from None


def _is_route(response: Response) -> bool:
    """Whether there is anything at all at the address that was made up."""
    try:
        resolve(unquote(urlsplit(response.request.url or "").path))
    except Resolver404:
        return False
    return True


@contextmanager
def _taken_back() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before_the_request")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK TO SAVEPOINT before_the_request")
