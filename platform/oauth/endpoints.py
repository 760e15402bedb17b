"""What programs ask: for tokens, for their end, and what they are good for (RFC 6749, 7009, 7662, 8414)."""

import json
from collections.abc import Callable
from typing import Any

from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from oauth2_provider.settings import oauth2_settings
from oauthlib.common import Request as Asked

from accounts.doors import open_to_all
from kernel.errors import Busy, TooMany
from oauth.models import AccessToken, Application, RefreshToken, digest
from oauth.server import core
from oauth.validator import IDLE, S256, Validator
from rest import limits
from rest.counters import Taken, take
from rest.errors import RETRY_SECONDS
from rest.scopes import SCOPES
from schemas.transactions import transact

Said = tuple[str | None, dict[str, str], str | None, int]
SECRETS = sensitive_post_parameters("client_secret", "code", "code_verifier", "refresh_token", "token")
UNAUTHORIZED = 401


@open_to_all("a client says who it is by its secret, its code or its refresh token")
@csrf_exempt
@SECRETS
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A token for a code, for a refresh token, or for the client itself."""
    return _said(request, lambda: core().create_token_response(request))


@open_to_all("a client says who it is, and ends tokens of its own")
@csrf_exempt
@SECRETS
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """The end of a token; 200 for one that is not there, too."""
    return _said(request, lambda: core().create_revocation_response(request))


@open_to_all("a client says who it is by its secret, and is told of tokens of its own")
@csrf_exempt
@SECRETS
@require_POST
def introspect(request: HttpRequest) -> HttpResponse:
    """What a token of the client's own is good for; `active: false` for every other one."""
    return _said(request, lambda: _introspected(request))


@open_to_all("tells programs where the other addresses are, and nothing of the tenant")
@require_safe
def metadata(request: HttpRequest) -> HttpResponse:
    """The tenant's own issuer, its addresses and what they take."""
    issuer = oauth2_settings.oauth2_authorization_server_issuer(request)
    secrets = ["client_secret_basic", "client_secret_post"]
    content = {
        "issuer": issuer,
        "authorization_endpoint": issuer + reverse("oauth-authorize"),
        "token_endpoint": issuer + reverse("oauth-token"),
        "revocation_endpoint": issuer + reverse("oauth-revoke"),
        "introspection_endpoint": issuer + reverse("oauth-introspect"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": [*secrets, "none"],
        "revocation_endpoint_auth_methods_supported": [*secrets, "none"],
        "introspection_endpoint_auth_methods_supported": secrets,
        "code_challenge_methods_supported": [S256],
        "authorization_response_iss_parameter_supported": True,
    }
    return JsonResponse(content, headers={"Access-Control-Allow-Origin": "*"})


def _said(request: HttpRequest, work: Callable[[], Said]) -> HttpResponse:
    taken = take(limits.counts_of(request, limits.OAUTH))
    if not taken.is_allowed:
        return _too_often(limits.refusal(taken), taken)
    answer = _answered(request, work)
    if answer.status_code == UNAUTHORIZED:
        try:
            limits.missed(request, limits.WRONG_TOKEN)
        except TooMany as refusal:
            return _too_often(refusal, taken)
    limits.tell(answer, limits.tightest(taken.standings))
    return answer


def _too_often(refusal: TooMany, taken: Taken) -> HttpResponse:
    """429 in OAuth's shape; RFC 6749 has no word of its own for it."""
    answer = _json({"error": refusal.code, "error_description": refusal.detail}, 429)
    answer["Retry-After"] = str(refusal.retry_after)
    limits.tell(answer, limits.tightest(taken.standings))
    return answer


def _answered(request: HttpRequest, work: Callable[[], Said]) -> HttpResponse:
    if fault := _fault(request):
        return _json({"error": "invalid_request", "error_description": fault}, 400)
    try:
        _url, headers, body, status = transact(work)
    except Busy:
        busy = _json({"error": "temporarily_unavailable"}, 503)
        busy["Retry-After"] = RETRY_SECONDS
        return busy
    answer = HttpResponse(body or "", status=status, headers={"Content-Type": "application/json", **headers})
    answer.headers.setdefault("Cache-Control", "no-store")
    if status == UNAUTHORIZED:
        answer["WWW-Authenticate"] = 'Basic realm="oauth"'
    return answer


def _fault(request: HttpRequest) -> str:
    """What is wrong with a request, whatever it asks: RFC 6749 (3.2) wants each parameter once and in the body."""
    if request.GET:
        return "Parameters belong in the body."
    for name, values in request.POST.lists():
        if len(values) > 1:
            return "Each parameter may be there once."
        if "\0" in name + values[0]:
            return "There is a character that no parameter has."
    return ""


def _json(content: dict[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


def _introspected(request: HttpRequest) -> Said:
    uri, method, body, headers = core()._extract_params(request)
    asked = Asked(uri, method, body, headers)
    if not Validator().authenticate_client(asked):
        return None, {}, json.dumps({"error": "invalid_client"}), UNAUTHORIZED
    if not asked.token:
        return None, {}, json.dumps({"error": "invalid_request", "error_description": "Which token?"}), 400
    return None, {}, json.dumps(_known(asked.client, digest(asked.token)) or {"active": False}), 200


def _known(client: Application, checksum: str) -> dict[str, Any] | None:
    access = AccessToken.objects.select_related("user", "application").filter(
        token_checksum=checksum, application=client, expires__gt=Now()
    )
    row, kind, lives = access.first(), "access_token", None
    if row is None:
        refresh = RefreshToken.objects.select_related("user", "access_token__application").filter(
            token_checksum=checksum, application=client, revoked=None, access_token__expires__gt=Now() - IDLE
        )
        found = refresh.first()
        row, kind, lives = found and found.access_token, "refresh_token", IDLE
    if row is None or (row.user is not None and not row.user.is_active):
        return None
    until = row.expires + lives if lives else row.expires
    shown = {
        "active": True,
        "client_id": client.client_id,
        "scope": " ".join(sorted(row.held)),
        "token_type": "Bearer" if kind == "access_token" else kind,
        "exp": int(until.timestamp()),
        "iat": int(row.created.timestamp()),
    }
    return shown if row.user_id is None else {**shown, "sub": str(row.user_id)}
