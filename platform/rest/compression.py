"""Pages, style sheets and drawings go over the wire compressed.

What the API answers does not: its ETags are compared byte for byte (`rest.conditions`, `If-Match`). Files are streamed
as they come into being and stay as they are. Compressing pages tells nobody what is in them (BREACH): Django masks the
token of every form anew, and adds up to a hundred random bytes to each answer.
"""

from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml", "application/manifest+json"})


class CompressionMiddleware(GZipMiddleware):
    """Django's own, for what people's browsers show."""

    def process_response(self, request: object, response: HttpResponseBase) -> HttpResponseBase:
        """Compress where the browser takes it, the kind is one of ours and nothing is streamed."""
        kind = response.get("Content-Type", "").partition(";")[0].strip()
        if response.streaming or kind not in COMPRESSED or response.has_header("ETag"):
            return response
        answer: HttpResponseBase = super().process_response(request, response)  # type: ignore[arg-type]
        return answer
