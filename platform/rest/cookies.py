"""Cookies of requests that end late: an answer speaks of one only where the request changed what it stands for.

Browsers send requests side by side, and answers come in any order. One that was asked for before somebody signed in
carries the session of before, which is gone by now. Django would delete the cookie with it, and so sign out whoever has
just come in; and it would write the old token of the forms over the new one, so that the next form was refused.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class CookieMiddleware:
    """Stands around those of sessions and of CSRF, and takes back what their answers say without need.

    A session that ends here (signing out, another password) was changed here, and its cookie goes. The token of the
    forms is sent when it is a new one; it lasts for a year from then on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and leave alone the cookies of which there is nothing new to say."""
        response = self.get_response(request)
        if not request.session.modified:
            response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        token = response.cookies.get(settings.CSRF_COOKIE_NAME)
        if token is not None and token.value == request.COOKIES.get(settings.CSRF_COOKIE_NAME):
            del response.cookies[settings.CSRF_COOKIE_NAME]
        return response
