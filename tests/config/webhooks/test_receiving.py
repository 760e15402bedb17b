"""What comes to the two endpoints: believed, kept and answered, or refused without a trace (RELIABILITY.md, 8)."""

import gzip
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from config import letterbox
from schemas.clock import database_now
from tenants import due, inbox
from tenants.models import InboxEvent
from tests.config.webhooks.letters import (
    ACCOUNT,
    PLATFORM_HOST,
    body_of,
    deliver,
    event,
    header,
    path_of,
    signature,
)
from tests.till import SECRETS
from tests.worlds import World

BODY = body_of(event())
OWN = event(account=None, id="evt_1Own")
LIMIT = 256 * 1024

pytestmark = pytest.mark.usefixtures("db", "woken")


def padded(size: int) -> bytes:
    """An event of exactly so many bytes."""
    bare = json.dumps(event(padding=""))
    return json.dumps(event(padding="x" * (size - len(bare)))).encode()


def at(moment: int, *secrets: str) -> str:
    """A header of `BODY` with that second in it."""
    return ",".join([f"t={moment}", *(f"v1={signature(BODY, secret, moment)}" for secret in secrets)])


def now() -> int:
    """The database's clock, in whole seconds."""
    return int(database_now().timestamp())


# ---- What is believed --------------------------------------------------------------------------------------------


def test_event_is_kept_and_a_worker_is_woken(
    woken: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = deliver(BODY)
    assert (answer.status_code, answer.json()) == (200, {"code": "received"})
    kept = InboxEvent.objects.get()
    assert (kept.provider, kept.event_id, kept.kind) == ("stripe", "evt_1Abc", "payment_intent.succeeded")
    assert (kept.endpoint, kept.account_id, kept.object_id) == ("connect", ACCOUNT, "pi_1")
    assert (kept.is_live, kept.state) == (False, "waiting")
    assert kept.made_at.timestamp() == 1_772_355_600
    assert woken == ["public"]


def test_event_of_the_platform_itself_has_no_account() -> None:
    assert deliver(body_of(OWN), "platform").status_code == 200
    kept = InboxEvent.objects.get()
    assert (kept.endpoint, kept.account_id) == ("platform", "")


def test_known_event_is_answered_and_wakes_nobody(
    woken: list[str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    deliver(BODY)
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver(BODY).status_code == 200
    assert InboxEvent.objects.count() == 1
    assert woken == []


def test_of_one_id_at_both_endpoints_the_first_counts() -> None:
    """R23: each is signed with the other secret."""
    deliver(BODY)
    assert deliver(body_of(event(account=None)), "platform").status_code == 200
    assert InboxEvent.objects.get().endpoint == "connect"


def test_of_one_id_with_a_changed_body_the_first_counts() -> None:
    deliver(BODY)
    changed = body_of(event("charge.refunded", data={"object": {"id": "pi_2"}}))
    assert deliver(changed).status_code == 200
    kept = InboxEvent.objects.get()
    assert (kept.kind, kept.object_id) == ("payment_intent.succeeded", "pi_1")


@pytest.mark.parametrize("days", [3, 30])
def test_old_event_with_a_fresh_signature_is_known(days: int) -> None:
    """R25."""
    old = body_of(event(created=now() - days * 86_400))
    deliver(old)
    InboxEvent.objects.update(state="done")
    assert deliver(old).status_code == 200
    assert InboxEvent.objects.get().state == "done"


def test_test_event_at_a_live_house_is_kept_for_what_it_is(settings: Settings) -> None:
    """Stripe sends test events to live Connect endpoints too; an error would switch the endpoint off."""
    settings.STRIPE_LIVE = True
    assert deliver(BODY).status_code == 200
    assert InboxEvent.objects.get().is_live is False


def test_answer_needs_two_queries_and_no_network() -> None:
    """The clock and the insert: p95 stays under 300 ms while Stripe's API is down."""
    deliver(BODY)
    with CaptureQueriesContext(connection) as queries:
        assert deliver(body_of(event(id="evt_1Second"))).status_code == 200
    # The first SELECT is the test's own, in letters.header.
    asked = [query["sql"].split()[0] for query in queries if not query["sql"].startswith("SET search_path")]
    assert asked == ["SELECT", "SELECT", "INSERT"]


def costs(number: int) -> list[str]:
    """What it asks of the database to take one event of a kind that we do not know, and to work on it."""
    body = body_of(event("unheard.of", id=f"evt_1Cost{number}"))
    with CaptureQueriesContext(connection) as queries:
        assert deliver(body).status_code == 200
        [mine] = InboxEvent.objects.filter(event_id=f"evt_1Cost{number}")
        inbox.work(mine.pk, mine.attempts, {})
    assert InboxEvent.objects.get(pk=mine.pk).state == "ignored"
    return [query["sql"].split()[0] for query in queries if not query["sql"].startswith("SET search_path")]


def test_unknown_kind_costs_the_same_when_a_thousand_wait() -> None:
    costs(2)  # the first one of all looks up more
    alone = costs(0)
    read = letterbox.read(body_of(event("unheard.of")), "connect")
    for number in range(1000):
        inbox.put(replace(read, event_id=f"evt_1Many{number}"))
    assert costs(1) == alone
    with CaptureQueriesContext(connection) as queries:
        assert len(inbox.claim()) == due.BATCH
    assert [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]] == ["SELECT", "UPDATE"]


def test_largest_body_that_is_read() -> None:
    assert deliver(padded(LIMIT)).status_code == 200


@pytest.mark.parametrize(
    "signers", [(SECRETS["connect"], "whsec" + "_next"), ("whsec" + "_next", SECRETS["connect"])], ids=["first", "last"]
)
def test_two_signatures_while_a_secret_is_rolled_at_stripe(signers: tuple[str, str]) -> None:
    assert deliver(BODY, Stripe_Signature=header(BODY, *signers)).status_code == 200


@pytest.mark.parametrize("signer", ["whsec" + "_old", "whsec" + "_new"])
def test_two_secrets_while_one_is_rolled_here(settings: Settings, signer: str) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = {"platform": "", "connect": "whsec" + "_old, whsec" + "_new"}
    assert deliver(BODY, Stripe_Signature=header(BODY, signer)).status_code == 200


@pytest.mark.parametrize("age", [280, -29])
def test_signature_within_the_tolerance(age: int) -> None:
    assert deliver(BODY, Stripe_Signature=header(BODY, SECRETS["connect"], age=age)).status_code == 200


@pytest.mark.parametrize("scheme", ["v0=abc", "v2=abc", "x"])
def test_other_parts_of_the_header_do_no_harm(scheme: str) -> None:
    assert deliver(BODY, Stripe_Signature=f"{header(BODY, SECRETS['connect'])},{scheme}").status_code == 200


@given(st.text(min_size=1, max_size=200))
def test_any_name_of_a_kind_is_read(kind: str) -> None:
    """A type that Stripe invents tomorrow is kept, whatever it is called."""
    kept = letterbox.read(json.dumps(event(kind)).encode(), "connect")
    assert len(kept.kind) == min(80, len(kind))
    assert kept.kind.isascii()
    assert kept.kind.isprintable()


@pytest.mark.parametrize("kind", ["balance_settings.updated", "reserve.hold.created", "\u0000", "\ud800", "x" * 200])
def test_unknown_kind_is_kept(kind: str) -> None:
    assert deliver(json.dumps(event(kind)).encode()).status_code == 200
    assert InboxEvent.objects.count() == 1


@pytest.mark.parametrize("thing", [{}, {"id": None}, {"id": 7}, {"id": {"nested": 1}}], ids=str)
def test_object_without_an_id_is_no_trouble(thing: dict[str, object]) -> None:
    """`invoice.upcoming` has none."""
    assert deliver(body_of(event("invoice.upcoming", data={"object": thing}))).status_code == 200
    assert InboxEvent.objects.get().object_id == ""


# ---- What is refused ---------------------------------------------------------------------------------------------

Send = Callable[[], Any]
REFUSED: dict[str, tuple[int, str, Send]] = {
    "no signature": (400, "signature", lambda: deliver(BODY, Stripe_Signature=None)),
    "an empty signature": (400, "signature", lambda: deliver(BODY, Stripe_Signature="")),
    "a malformed signature": (400, "signature", lambda: deliver(BODY, Stripe_Signature="sha256=abc")),
    "a signature that is not ASCII": (400, "signature", lambda: deliver(BODY, Stripe_Signature=f"t={now()},v1=é")),
    "no timestamp": (400, "signature", lambda: deliver(BODY, Stripe_Signature=at(now(), SECRETS["connect"])[13:])),
    "a timestamp that is no number": (400, "signature", lambda: deliver(BODY, Stripe_Signature="t=now,v1=abc")),
    "a timestamp without end": (
        400,
        "timestamp",
        lambda: deliver(BODY, Stripe_Signature=at(10**18, SECRETS["connect"])),
    ),
    "a wrong signature": (400, "signature", lambda: deliver(BODY, Stripe_Signature=header(BODY, "whsec" + "_guessed"))),
    "an empty secret": (400, "signature", lambda: deliver(BODY, Stripe_Signature=header(BODY, ""))),
    "another scheme": (
        400,
        "signature",
        lambda: deliver(BODY, Stripe_Signature=header(BODY, SECRETS["connect"]).replace("v1=", "v0=")),
    ),
    "the other endpoint's signature": (
        400,
        "signature",
        lambda: deliver(BODY, Stripe_Signature=header(BODY, SECRETS["platform"])),
    ),
    "a signature of 301 seconds ago": (
        400,
        "timestamp",
        lambda: deliver(BODY, Stripe_Signature=header(BODY, SECRETS["connect"], age=301)),
    ),
    "a signature from the future": (
        400,
        "timestamp",
        lambda: deliver(BODY, Stripe_Signature=header(BODY, SECRETS["connect"], age=-60)),
    ),
    "an old signature with a new time": (
        400,
        "signature",
        lambda: deliver(BODY, Stripe_Signature=f"t={now()},v1={signature(BODY, SECRETS['connect'], now() - 400)}"),
    ),
    "a body written anew": (
        400,
        "signature",
        lambda: deliver(json.dumps(json.loads(BODY)).encode(), Stripe_Signature=header(BODY, SECRETS["connect"])),
    ),
    "a body with other line ends": (
        400,
        "signature",
        lambda: deliver(BODY.replace(b"\n", b"\r\n"), Stripe_Signature=header(BODY, SECRETS["connect"])),
    ),
    "a body that is not UTF-8": (400, "signature", lambda: deliver(b"\xff\xfe" + BODY)),
    "no body": (400, "no_event", lambda: deliver(b" ")),
    "no JSON": (400, "no_event", lambda: deliver(b"id=evt_1Abc")),
    "brackets without end": (400, "no_event", lambda: deliver(b"[" * 100_000)),
    "a list": (400, "no_event", lambda: deliver(b"[]")),
    "another object": (400, "no_event", lambda: deliver(body_of(event(object="v2.core.event")))),
    "another id": (400, "no_event", lambda: deliver(body_of(event(id="pi_1")))),
    "an id too long": (400, "no_event", lambda: deliver(body_of(event(id="evt_" + "a" * 252)))),
    "an id that is a number": (400, "no_event", lambda: deliver(body_of(event(id=1)))),
    "no object": (400, "no_event", lambda: deliver(body_of(event(data={})))),
    "a time without end": (400, "no_event", lambda: deliver(body_of(event(created=10**18)))),
    "no account at the connect endpoint": (400, "wrong_endpoint", lambda: deliver(body_of(OWN))),
    "an account at the platform's endpoint": (400, "wrong_endpoint", lambda: deliver(BODY, "platform")),
    "an account that is none": (400, "wrong_endpoint", lambda: deliver(body_of(event(account="t_1; --")))),
    "an account that is a number": (400, "no_event", lambda: deliver(body_of(event(account=7)))),
    "a body of one byte too many": (413, "too_large", lambda: deliver(padded(LIMIT + 1))),
    "a body of 10 MB": (413, "too_large", lambda: deliver(b"x" * 10_000_000, Stripe_Signature="t=1,v1=a")),
    "gzip": (
        415,
        "unsupported_media_type",
        lambda: deliver(gzip.compress(BODY), Content_Encoding="gzip"),
    ),
    "a form": (415, "unsupported_media_type", lambda: deliver(BODY, Content_Type="application/x-www-form-urlencoded")),
    "plain text": (415, "unsupported_media_type", lambda: deliver(BODY, Content_Type="text/plain")),
    "no type": (415, "unsupported_media_type", lambda: deliver(BODY, Content_Type="")),
    "chunks": (411, "length_required", lambda: deliver(BODY, Transfer_Encoding="chunked")),
    "no length": (411, "length_required", lambda: deliver(BODY, Content_Length="")),
    "a length that is none": (411, "length_required", lambda: deliver(BODY, Content_Length="many")),
}


@pytest.mark.parametrize(("status", "code", "send"), REFUSED.values(), ids=REFUSED)
def test_refused_without_a_trace(
    status: int,
    code: str,
    send: Send,
    woken: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        answer = send()
    assert (answer.status_code, answer.json()) == (status, {"code": code})
    assert not InboxEvent.objects.exists()
    assert (callbacks, woken) == ([], [])
    assert "anna@example.com" not in caplog.text


def test_what_is_too_large_is_refused_before_the_database_and_before_it_is_read() -> None:
    deliver(BODY)
    sent = {"Host": PLATFORM_HOST, "Stripe-Signature": "t=1,v1=a"}
    with CaptureQueriesContext(connection) as queries:
        answer = Client().generic(
            "POST",
            path_of("connect"),
            b"",
            content_type="application/json",
            headers={**sent, "Content-Length": "999999999"},
        )
    assert answer.status_code == 413
    assert list(queries) == []


def test_forged_signature_costs_no_query() -> None:
    deliver(BODY)
    moment = now()
    with CaptureQueriesContext(connection) as queries:
        assert deliver(BODY, Stripe_Signature=f"t={moment},v1=a").status_code == 400
    assert list(queries) == []


def test_without_a_secret_nothing_is_believed(settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = {"platform": "", "connect": " , "}
    answer = deliver(BODY, Stripe_Signature=header(BODY, ""))
    assert (answer.status_code, answer.json()) == (503, {"code": "no_secret"})
    assert not InboxEvent.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("endpoint", ["platform", "connect"])
def test_events_are_posted(method: str, endpoint: str) -> None:
    answer = getattr(Client(headers={"Host": PLATFORM_HOST}), method)(path_of(endpoint))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("endpoint", ["platform", "connect"])
def test_endpoints_are_not_at_a_tenants_host(alpha: World, endpoint: str) -> None:
    body = BODY if endpoint == "connect" else body_of(OWN)
    assert deliver(body, endpoint, host=alpha.host).status_code == 404
    assert deliver(body, endpoint, host="nobody.localhost").status_code == 404
    assert not InboxEvent.objects.exists()


@pytest.mark.parametrize("path", ["/stripe/webhooks/", "/stripe/webhooks/other/", "/stripe/webhooks/connect"])
def test_there_are_no_other_addresses(path: str) -> None:
    sent = {"Host": PLATFORM_HOST, "Stripe-Signature": header(BODY, SECRETS["connect"])}
    assert Client().post(path, BODY, content_type="application/json", headers=sent).status_code == 404
    assert not InboxEvent.objects.exists()


def test_nothing_of_the_body_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    deliver(BODY)
    assert "stripe event evt_1Abc payment_intent.succeeded at connect: new" in caplog.text
    assert "anna@example.com" not in caplog.text
    assert "receipt_email" not in caplog.text
