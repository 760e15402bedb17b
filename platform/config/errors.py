"""What is answered when no view did: JSON where programs ask, a page elsewhere."""

import inspect
import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from rest.programs import body_at
from tenants.middleware import is_trouble, unavailable

Page = Callable[..., HttpResponse]


def _either(page: Page, status: int, code: str, detail: str) -> Page:
    # Django's own wrapping looks for a form's token, and trips again over the form that could not be read.
    plain: Page = inspect.unwrap(page)

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        body = body_at(request.path_info, code, detail)
        if body is not None:
            return JsonResponse(body, status=status)
        return plain(request, *args, **kwargs)

    return answer


bad_request = _either(defaults.bad_request, 400, "bad_request", "This request cannot be understood.")
forbidden = _either(defaults.permission_denied, 403, "permission_denied", "You may not do that.")
not_found = _either(defaults.page_not_found, 404, "not_found", "There is no such thing here.")
_broken = _either(defaults.server_error, 500, "error", "Something went wrong on our side.")


def broken(request: HttpRequest) -> HttpResponse:
    """What no view and no middleware has caught; where the database went away under a middleware, 503 (R44).

    Django's middleware writes sessions outside of every view, where `DatabaseTroubleMiddleware` hears nothing.
    """
    return unavailable(request) if is_trouble(sys.exception()) else _broken(request)
