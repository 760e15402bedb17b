"""The page that asks a person whether an app may act for them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from oauth2_provider.exceptions import FatalClientError, OAuthToolkitError
from oauth2_provider.settings import oauth2_settings
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import AccessDeniedError
from oauthlib.oauth2 import FatalClientError as Fatal
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.doors import open_to_all, signed_in
from oauth.models import Application
from oauth.server import core
from rest.scopes import SCOPES
from schemas.transactions import transact

BAD_REQUEST = 400
ALLOW = "allow"


@dataclass(frozen=True)
class Question:
    """What an app asks for."""

    scopes: list[str]
    credentials: dict[str, Any]

    @property
    def client(self) -> Application:
        """Who asks."""
        client: Application = self.credentials["request"].client
        return client

    @property
    def origin(self) -> str:
        """Where the answer goes: scheme and host."""
        parts = urlsplit(self.credentials["redirect_uri"])
        return f"{parts.scheme}://{parts.netloc}"


@open_to_all("an app is told what is wrong before anybody signs in; who is asked and answers is signed in")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask, every time; then lead back to the app with a code, or with what became of it (RFC 6749, 4.1).

    What is asked is in the address only, which the form sends again. A client or an address to return to that is not
    known is told to the person and to nobody else.
    """
    try:
        answer: HttpResponse = _asked(request, _question(request))
        return answer
    except (Fatal, FatalClientError, ValueError):
        return render(request, "oauth/refused.html", status=BAD_REQUEST)
    except OAuth2Error as error:
        return _told(request, error)
    except OAuthToolkitError as error:
        return _told(request, error.oauthlib_error)


# Whoever comes from the sign-in's form may be led to this host only, so what is wrong is told before it.
@signed_in
def _asked(request: HttpRequest, question: Question) -> HttpResponse:
    if request.method != "POST":
        return _page(request, question)
    if ALLOW not in request.POST:
        raise AccessDeniedError(request=question.credentials["request"])
    return HttpResponseRedirect(_allowed(request, question))


def _question(request: HttpRequest) -> Question:
    if any("\0" in value for value in request.GET.values()):
        raise ValueError("no client has such a name")
    uri, _method, _body, headers = core()._extract_params(request)
    scopes, credentials = core().server.validate_authorization_request(uri, "GET", None, headers)
    return Question(scopes, credentials)


def _page(request: HttpRequest, question: Question) -> HttpResponse:
    context = {
        "client": question.client,
        "host": urlsplit(question.origin).netloc,
        "scopes": [(name, SCOPES[name]) for name in SCOPES if name in question.scopes],
    }
    answer = render(request, "oauth/consent.html", context)
    # Browsers hold the redirect that follows a form to its policy, too.
    answer._csp_update = {"form-action": [question.origin]}  # type: ignore[attr-defined]
    return answer


def _allowed(request: HttpRequest, question: Question) -> str:
    def act() -> str:
        made = core().create_authorization_response(request, question.scopes, {**question.credentials}, allow=True)
        return str(made[0])

    return transact(act)


def _told(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    issuer = oauth2_settings.oauth2_authorization_server_issuer(request)
    where = add_params_to_uri(error.redirect_uri, [*error.twotuples, ("iss", issuer)])
    return HttpResponseRedirect(where)
