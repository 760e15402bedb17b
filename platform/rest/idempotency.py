"""`Idempotency-Key`: the same request twice is one change and one answer.

Scope: schema, principal, method, path. The record is written in the
transaction of the change, so a worker that dies before the commit leaves
neither, and one that dies after it leaves both (R07-R11). Answers 409, 412, 429
and 5xx are not kept.

What talks to others over the network cannot be in one transaction: there the key
is claimed in a transaction of its own, and the answer kept in another one after
it (decision 0022). Answers are kept sealed: some show secrets once, most show people.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from kernel import failpoints
from kernel.errors import Conflict, Invalid, Refused, Unprocessable
from outside import vault
from rest.errors import status_of
from rest.limits import caller_of
from rest.models import IdempotencyRecord
from schemas.keys import lock_key
from schemas.transactions import transact

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
NOT_KEPT = frozenset({409, 412, 429})
SERVER_ERROR = 500
OWN_CODES = frozenset({"idempotency_in_progress", "idempotency_key_reused"})

# One statement: sweep a few answers older than a day, and claim the key unless
# a request with it is running (the lock) or was answered (the conflict).
CLAIM = """
WITH swept AS (
    DELETE FROM rest_idempotencyrecord WHERE id IN (
        SELECT id FROM rest_idempotencyrecord
        WHERE created_at < clock_timestamp() - interval '24 hours' AND NOT (key = %(key)s)
        ORDER BY created_at LIMIT 20 FOR UPDATE SKIP LOCKED)
)
INSERT INTO rest_idempotencyrecord
    (principal, method, path, key, body_digest, body, location, created_at)
SELECT %(principal)s, %(method)s, %(path)s, %(key)s, %(body_digest)s, '', '', clock_timestamp()
WHERE pg_try_advisory_xact_lock(%(lock)s)
ON CONFLICT (principal, key, method, path) DO UPDATE
    SET body_digest = EXCLUDED.body_digest, status = NULL, body = '', location = '', created_at = EXCLUDED.created_at
    WHERE rest_idempotencyrecord.created_at < clock_timestamp() - interval '24 hours'
    OR (rest_idempotencyrecord.status IS NULL AND rest_idempotencyrecord.body_digest = EXCLUDED.body_digest
        AND rest_idempotencyrecord.created_at < clock_timestamp() - %(abandoned)s)
RETURNING id
"""
ABANDONED = timedelta(minutes=1)
"""A claim that was committed without an answer is of a request that died; the same request may be made again then."""


def idempotently(request: Request, act: Callable[[], Response]) -> Response:
    """Answer with `act()`, or with what it answered when this key was used before.

    Raises `Unprocessable` for another body under the same key and `Conflict`
    while the first request is still running.
    """
    key = _key_of(request)
    if key is None:
        return transact(act)
    scope = _scope(request, key)
    try:
        response = transact(lambda: _answer(scope, act))
        failpoints.hit("answer.committed")
        return response
    except Refused as refusal:
        if not _is_kept(refusal):
            raise
        answer = _refused(refusal)
        return transact(lambda: _answer(scope, lambda: answer))


def idempotently_outside(request: Request, act: Callable[[], Response]) -> Response:
    """As `idempotently`, for an `act` that talks to others over the network and makes transactions of its own.

    Such an act can be made again by itself: its outside calls have keys of our ids. A worker that dies in it
    leaves the key claimed for `ABANDONED`.
    """
    key = _key_of(request)
    if key is None:
        return act()
    scope = _scope(request, key)
    record_id = transact(lambda: _claim(scope))
    if record_id is None:
        return transact(lambda: _replay(scope))
    failpoints.hit("answer.claimed")
    try:
        response = act()
    except Refused as refusal:
        if not _is_kept(refusal):
            _let_go(record_id)
            raise
        response = _refused(refusal)
    except Exception:
        _let_go(record_id)
        raise
    transact(lambda: _keep(record_id, response))
    return response


def _let_go(record_id: int) -> None:
    transact(lambda: IdempotencyRecord.objects.filter(pk=record_id).delete())


def _key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and (not key.strip() or len(key) > LONGEST_KEY or not key.isprintable()):
        raise Invalid("idempotency_key_invalid", f"{HEADER} must be 1 to {LONGEST_KEY} printable characters.")
    return key


def _is_kept(refusal: Refused) -> bool:
    status = status_of(refusal)
    return status not in NOT_KEPT and status < SERVER_ERROR and refusal.code not in OWN_CODES


def _refused(refusal: Refused) -> Response:
    return Response({"code": refusal.code, "detail": refusal.detail, **refusal.extra}, status_of(refusal))


def _scope(request: Request, key: str) -> dict[str, str]:
    return {
        "principal": caller_of(request) or "anonymous",
        "method": request.method or "",
        "path": request.path[:300],
        "key": key,
        "body_digest": _digest(request),
    }


def _digest(request: Request) -> str:
    # The parsed body, so that white space and the order of keys do not make another request.
    canonical = json.dumps(request.data, sort_keys=True, default=_said)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _said(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return str(value)
    # A file is what is in it, whatever it is called.
    digest = hashlib.sha256()
    for piece in value.chunks():
        digest.update(piece)
    value.seek(0)
    return digest.hexdigest()


def _answer(scope: dict[str, str], act: Callable[[], Response]) -> Response:
    record_id = _claim(scope)
    if record_id is None:
        return _replay(scope)
    response = act()
    _keep(record_id, response)
    failpoints.hit("answer.uncommitted")
    return response


def _keep(record_id: int, response: Response) -> None:
    IdempotencyRecord.objects.filter(pk=record_id).update(
        status=response.status_code,
        body=vault.seal(JSONRenderer().render(response.data).decode()),
        location=response.headers.get("Location", ""),
    )


def _claim(scope: dict[str, str]) -> int | None:
    parts = (scope["principal"], scope["method"], scope["path"], scope["key"])
    numbers: dict[str, Any] = {"lock": lock_key("idempotency", *parts), "abandoned": ABANDONED}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {**scope, **numbers})
        row = cursor.fetchone()
    return row[0] if row else None


def _replay(scope: dict[str, str]) -> Response:
    wanted = {name: value for name, value in scope.items() if name != "body_digest"}
    record = IdempotencyRecord.objects.filter(**wanted).first()
    if record is None or record.status is None:
        raise Conflict("idempotency_in_progress", "A request with this key is still running.")
    if record.body_digest != scope["body_digest"]:
        raise Unprocessable("idempotency_key_reused", "This key was used before with another body.")
    headers = {"Idempotency-Replayed": "true"}
    if record.location:
        headers["Location"] = record.location
    return Response(json.loads(vault.unseal(record.body) or "null"), record.status, headers=headers)
