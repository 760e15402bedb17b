"""Slashes: pages are redirected to their address with one, API calls that change things are not."""

from django.http import HttpRequest
from django.middleware.common import CommonMiddleware


class SlashMiddleware(CommonMiddleware):
    """Django's CommonMiddleware. A redirected POST would arrive as a GET without its body, so it is 404 instead."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        """Only for what a redirect repeats faithfully."""
        return request.method in {"GET", "HEAD"} and super().should_redirect_with_slash(request)
