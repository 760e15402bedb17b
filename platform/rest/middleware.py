"""Slashes: pages are redirected to their address with one, API calls that change things are not."""

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

PARTNER = "/api/partner/"


class SlashMiddleware(CommonMiddleware):
    """Django's CommonMiddleware. A redirected POST would arrive as a GET without its body, so it is 404 instead.

    Calls of partners are written without a slash at the end (API.md). With one they are the same calls.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Take the slash away where none belongs, before anybody looks at the path."""
        if request.path_info.startswith(PARTNER) and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
            request.path = request.path.rstrip("/")
        return super().process_request(request)

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        """Only for what a redirect repeats faithfully."""
        return request.method in {"GET", "HEAD"} and super().should_redirect_with_slash(request)
