"""From where those who run the platform may come: elsewhere their pages, and the way in, are not there (T18)."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from rest.origins import comes_from
from schemas.current import is_platform

OWN = ("/operators/", "/login/", "/account/")
"""Where their pages are, at the platform's host."""


def admits(request: HttpRequest) -> bool:
    """Whether an operator may come from there."""
    return not settings.OPERATOR_NETWORKS or comes_from(request, settings.OPERATOR_NETWORKS)


class NetworkMiddleware:
    """Answers 404 for what is the operators' own, to whoever comes from outside of `OPERATOR_NETWORKS`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, or say that there is nothing."""
        asked = f"{request.path_info.rstrip('/')}/"
        if settings.OPERATOR_NETWORKS and is_platform() and asked.startswith(OWN) and not admits(request):
            raise Http404
        return self.get_response(request)
