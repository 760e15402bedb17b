"""Pictures as they are served: by digest, of this tenant only, kept for ever by whoever fetched them."""

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from venues.pictures import content_of

FOR_EVER = "public, max-age=31536000, immutable"
KINDS = {"webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}
DIGEST = re.compile(r"\A[0-9a-f]{64}\Z")
NAME = re.compile(r"\A[a-z0-9]{1,12}\.(webp|png|jpg)\Z")
# Even a picture that were none could do nothing where it is served (T15).
HARMLESS = "default-src 'none'; sandbox"


@open_to_all("pictures of public pages; digests of others cannot be guessed")
@require_safe
def picture(request: HttpRequest, digest: str, file: str) -> HttpResponse:
    """One size of a picture."""
    named = NAME.match(file)
    if not named or not DIGEST.match(digest):
        raise Http404
    tag = f'"{digest[:20]}-{file}"'
    if request.headers.get("If-None-Match") == tag:
        return _lasting(HttpResponse(status=304), tag)
    content = content_of(digest, file)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=KINDS[named[1]])
    response["Content-Disposition"] = f'inline; filename="{file}"'
    response["Content-Security-Policy"] = HARMLESS
    return _lasting(response, tag)


def _lasting(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = FOR_EVER
    return response
