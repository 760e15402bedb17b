"""Who calls a page of the desk."""

from django.http import HttpRequest

from accounts.models import User


def staff(request: HttpRequest) -> User:
    """The caller, behind a door for staff."""
    assert isinstance(request.user, User)
    return request.user
