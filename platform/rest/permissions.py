"""Who may call the API: somebody, or a client that acts as nobody."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class SignedIn(BasePermission):
    """A person, or a client's own token; what the latter may do without a person is said by `rest.scopes`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the request brought good credentials."""
        credential: Any = request.auth
        return bool(request.user.is_authenticated or getattr(credential, "held", None) is not None)
