"""What went wrong, as RFC 9457 has it, for callers who ask for `application/problem+json`.

`code`, `detail` and whatever else a refusal brings stay as they are everywhere. `type` is `about:blank`: `code` says
what it is, and docs/api.md what to do about it.
"""

import json
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from rest.programs import API

JSON, PROBLEM = "application/json", "application/problem+json"
WRONG = 400


class Negotiation(DefaultContentNegotiation):
    """Whoever accepts problems accepts an answer that is none."""

    def get_accept_list(self, request: Request) -> list[str]:
        """What the caller accepts of answers."""
        asked = [each for each in super().get_accept_list(request) if not each.strip().lower().startswith(PROBLEM)]
        return asked or ["*/*"]


class ProblemMiddleware:
    """Says of the API's refusals, whoever answered, what RFC 9457 wants said, where that is asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, as a problem where it is one."""
        response = self.get_response(request)
        if response.status_code < WRONG or not request.path_info.startswith(API):
            return response
        if not isinstance(response, HttpResponse) or response.get("Content-Type") != JSON:
            return response
        patch_vary_headers(response, ["Accept"])
        if any(str(each).partition(";")[0] == PROBLEM for each in request.accepted_types):
            _describe(request, response)
        return response


def _describe(request: HttpRequest, response: HttpResponse) -> None:
    status = response.status_code
    told = json.loads(response.content)
    named = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "instance": request.path}
    response.content = json.dumps({**told, **named}).encode()
    response["Content-Type"] = PROBLEM
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
