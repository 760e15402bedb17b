"""What a request asks of the version of what it reads or changes (RFC 9110, 13), and what an answer says of it.

An `ETag` of a reading answer is a digest of its body; where what is shown has a version of its own, that comes first:
`"version.digest"`. `If-None-Match` compares all of it, `If-Match` the version, which is looked at under the lock.
"""

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseNotModified
from django.utils.http import parse_etags
from rest_framework.request import Request

from rest.programs import API

DIGEST_LENGTH = 32
OK = 200


def seen_by(request: Request) -> frozenset[str] | None:
    """Versions of which one is to be the present one, by `If-Match`; None where anything will do.

    A weak tag is none of ours (RFC 9110, 8.8.3.2), so nothing matches it.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    return frozenset(tag[1:-1].partition(".")[0] for tag in parse_etags(header) if tag.startswith('"'))


class RevalidationMiddleware:
    """Reading answers of the API say which version they are, and are left out where the caller has it already (304).

    What must not be kept (`no-store`), and what is streamed, is answered as ever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, or say that nothing has changed."""
        response = self.get_response(request)
        if request.method not in {"GET", "HEAD"} or not request.path_info.startswith(API):
            return response
        if not isinstance(response, HttpResponse) or response.status_code != OK:
            return response
        if "no-store" in response.get("Cache-Control", ""):
            return response
        response["ETag"] = tag = _tag(response)
        response.headers.setdefault("Cache-Control", "no-cache")
        return _unchanged(response) if _has(request, tag) else response


def _tag(response: HttpResponse) -> str:
    digest = hashlib.sha256(response.content).hexdigest()[:DIGEST_LENGTH]
    version = response.get("ETag", "").strip('"')
    return f'"{version}.{digest}"' if version else f'"{digest}"'


def _has(request: HttpRequest, tag: str) -> bool:
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in tags or tag in {each.removeprefix("W/") for each in tags}


def _unchanged(response: HttpResponse) -> HttpResponse:
    """304 with everything that the answer would have said, but its body."""
    answer = HttpResponseNotModified()
    for name, value in response.headers.items():
        if not name.lower().startswith("content-"):
            answer[name] = value
    answer.cookies = response.cookies
    return answer
