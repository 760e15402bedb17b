"""Which pages elsewhere may read what the API answers to a browser: those of the tenant's registered clients (CORS).

Never with cookies: such pages bring a token. An origin of one tenant's client is nobody at another tenant's host.
"""

from typing import Any

from corsheaders.signals import check_request_enabled
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.dispatch import receiver
from django.http import HttpRequest

from oauth.models import Application

LONGEST = 300


@receiver(check_request_enabled, dispatch_uid="oauth.browsers")
def is_registered(request: HttpRequest, **_: Any) -> bool:
    """Whether the page that asks is at an origin of an enabled client; one query, and only for pages elsewhere."""
    origin = request.headers.get("Origin", "")
    if not origin or not settings.CORS_PATHS.match(request.path_info):
        return False
    if len(origin) > LONGEST or not (origin.isascii() and origin.isprintable()):
        return False
    if origin == f"{request.scheme}://{request.get_host()}":
        return False
    try:
        named = list(Application.objects.filter(is_enabled=True, allowed_origins__contains=origin))
    except (OperationalError, InterfaceError):
        return False  # the answer says what is wrong; nobody else may read it
    return any(client.origin_allowed(origin) for client in named)
