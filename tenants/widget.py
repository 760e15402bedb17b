"""`/widget.js`: the component `<forecourt-booking>` that sites of others load from the tenant's host."""

import hashlib
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all

SOURCE = "\n".join(
    line.strip()
    for line in Path(__file__).with_suffix(".js").read_text().splitlines()
    if not line.strip().startswith("//")
)
HOME, KIND = "__HOME__", "text/javascript; charset=utf-8"
HEADERS = {
    # A site gets a mended component within ten minutes, and asks no more often than that.
    "Cache-Control": "public, max-age=600",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@open_to_all("a script without anything of the tenant's but its address")
@require_safe
def widget(request: HttpRequest) -> HttpResponseBase:
    """The component, which knows at which host it was fetched. Any site may load it, also as a module."""
    text = SOURCE.replace(HOME, f"{request.scheme}://{request.get_host()}")
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    response = HttpResponse(text, content_type=KIND, headers=HEADERS)
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
