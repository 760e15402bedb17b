"""A refusal of the domain that a page view did not handle itself becomes a kind page with the right status."""

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kernel.errors import Busy, NotFound, Refused, TooMany, WrongLink
from rest.errors import RETRY_SECONDS, pause_of, status_of
from rest.limits import WRONG_LINK, check_guesses, missed
from rest.programs import API

BAD_REQUEST = 400


class RefusalPageMiddleware:
    """Catches what falls through the page views. The API's own handler has answered before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, and have nobody keep a page that says no: it may say yes the next time, or to somebody else."""
        response = self.get_response(request)
        is_page = not request.path_info.startswith(API)
        if is_page and response.status_code >= BAD_REQUEST and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        """Whoever tried too many links is not told either that one is right."""
        if "token" not in kwargs:
            return None
        try:
            check_guesses(request, WRONG_LINK)
        except TooMany as refusal:
            return self._refused(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """`refused.html` for a refusal, the 404 page for `NotFound`, which knows why; other errors go on."""
        if isinstance(error, WrongLink):
            try:
                missed(request, WRONG_LINK)
            except TooMany as refusal:
                return self._refused(request, refusal)
        if _is_unspeakable(error):
            return render(request, "400.html", status=BAD_REQUEST)
        if isinstance(error, NotFound):
            return render(request, "404.html", {"refusal": error}, status=404)
        return self._refused(request, error) if isinstance(error, Refused) else None

    def _refused(self, request: HttpRequest, error: Refused) -> HttpResponse:
        response = render(request, "refused.html", {"refusal": error}, status=status_of(error))
        if isinstance(error, Busy):
            response["Retry-After"] = RETRY_SECONDS
        if pause := pause_of(error):
            response["Retry-After"] = pause
        return response


def _is_unspeakable(error: Exception) -> bool:
    """Whether the driver refused to send a value at all, as a text with NUL in it: then it is the visitor's mistake.

    What PostgreSQL itself refuses has an SQLSTATE, and is ours.
    """
    cause = error.__cause__
    return isinstance(error, DataError) and isinstance(cause, psycopg.DataError) and cause.sqlstate is None
