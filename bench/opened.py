"""A new business through HTTP, from the button behind the mailed link to the first page of the desk, beside the bare
replay of the template's DDL on a connection of its own.
"""

import http.client
import secrets
import tempfile
import time
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from bench import web
from bench.measured import Measured
from bench.report import Line
from schemas.current import enter_public
from tenants import template
from website import opening, signing
from website.models import SignUpLink
from website.signing import Typed

SIGN_UPS, REPLAYS = 50, 20
WORK = "sign_up"
CSRF = "c" * 32


def line(url: str) -> tuple[Line, float]:
    """The line of the table, and the 95th of 100 in seconds."""
    enter_public()
    with CaptureQueriesContext(connection) as captured:
        opening.open_up(signed_up(SIGN_UPS), secrets.token_hex())
    replayed = _replayed(url)
    with tempfile.TemporaryDirectory() as name, web.serving(settings.BASE_DOMAIN, Path(name) / "web.log") as server:
        taken = [_opened(server.port, signed_up(number)) for number in range(SIGN_UPS)]
    p95 = sorted(taken)[SIGN_UPS * 95 // 100] / 1000
    return Line(WORK, 1, len(captured), replayed, Measured.of(taken, sum(taken) / 1000)), p95


def signed_up(number: int) -> str:
    """A sign-up whose address is proven; the token behind its link. It becomes `measured-<number>-x`."""
    row = signing.apply(
        Typed(f"Measured {number}", f"measured-{number}-x", "owner@measured.example", "UTC", "EUR"),
    )
    token = secrets.token_urlsafe()
    SignUpLink.objects.filter(sign_up=row).update(digest=signing.digest_of(token))
    return token


def _opened(port: int, token: str) -> float:
    began = time.perf_counter()
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF, "Cookie": f"csrftoken={CSRF}"}
    path = f"/sign-up/link/{token}/"
    made = _asked(port, settings.BASE_DOMAIN, path, form, f"password={secrets.token_hex()}")
    host, _slash, way_in = made.headers["Location"].partition("://")[2].partition("/")
    came = _asked(port, host, f"/{way_in}", {})
    cookies = "; ".join(each.partition(";")[0] for each in came.headers.get_all("Set-Cookie") or [])
    first = _asked(port, host, came.headers["Location"], {"Cookie": cookies})
    if first.status != http.client.OK:
        raise RuntimeError(f"unexpected answer: {first.status}")
    return (time.perf_counter() - began) * 1000


def _asked(port: int, host: str, path: str, headers: dict[str, str], body: str = "") -> http.client.HTTPResponse:
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    asking.request("POST" if body else "GET", path, body or None, {"Host": host, **headers})
    answer = asking.getresponse()
    answer.read()
    asking.close()
    return answer


def _replayed(url: str) -> Measured:
    script, taken = template.script(), []
    ddl = template.joined([*script.tables, *script.rules])
    with psycopg.connect(url, autocommit=True) as bare:
        for number in range(REPLAYS):
            name = sql.Identifier(f"replayed_{number}")
            began = time.perf_counter()
            with bare.transaction():
                bare.execute(sql.SQL("CREATE SCHEMA {}").format(name))
                bare.execute(sql.SQL("SET LOCAL search_path = {}, public").format(name))
                bare.execute(ddl.encode())
            taken.append((time.perf_counter() - began) * 1000)
        for number in range(REPLAYS):
            bare.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(f"replayed_{number}")))
    return Measured.of(taken, sum(taken) / 1000)
