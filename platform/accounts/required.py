"""Of whom a second factor is asked, and what somebody is who has not brought one: nobody, but where one is set up.

The owner's rule is written to each person it is about (`User.second_factor_from`), which is read with them anyhow. A
session in which only one factor was proved then signs nobody in, at pages and at the API alike; the ways that lead to
a second one are the exception (`accounts.doors.on_the_way`). A passkey is both: the device makes sure who holds it.

Of those who run the platform it is asked always: no rule, no grace. And at the platform nobody else is anybody.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts.models import STAFF_ROLES, Authenticator, Passkey, Role, SecondFactorRule, User
from schemas.clock import database_now
from schemas.current import is_platform

PROVEN = "second_factor"
"""Where a session has that both were proved in it."""
Whom = SecondFactorRule.Whom
ROLES: dict[str, frozenset[Role]] = {
    Whom.OWNERS: frozenset({Role.OWNER}),
    Whom.MANAGERS: frozenset({Role.OWNER, Role.MANAGER}),
    Whom.STAFF: STAFF_ROLES,
}


def rule() -> SecondFactorRule | None:
    """What the owner asks; None where nobody has to."""
    return SecondFactorRule.objects.first()


def set_rule(whom: str, since: datetime) -> None:
    """Ask it of some roles from a moment on, in the caller's transaction; an empty `whom` asks it of nobody."""
    SecondFactorRule.objects.exclude(whom=whom).delete()
    staff = User.objects.filter(role__in=STAFF_ROLES)
    roles = ROLES.get(whom, frozenset())
    if roles:
        SecondFactorRule.objects.update_or_create(pk=1, defaults={"whom": whom, "since": since})
    staff.exclude(role__in=roles).exclude(second_factor_from=None).update(second_factor_from=None)
    staff.filter(role__in=roles).exclude(second_factor_from=since).update(second_factor_from=since)
    staff.filter(role__in=roles, second_factor_from=None).update(second_factor_from=since)


def since_of(role: str) -> datetime | None:
    """From when on it is asked of somebody who gets a role."""
    found = rule()
    return found.since if found and role in ROLES[found.whom] else None


def has_one(user: User) -> bool:
    """Whether somebody has a second factor at all."""
    return Authenticator.objects.filter(user=user).exists() or Passkey.objects.filter(user=user).exists()


def note(request: HttpRequest, *, is_proven: bool) -> None:
    """Write into the session of somebody who has just come in whether both factors were proved."""
    request.session[PROVEN] = is_proven


def is_asked(user: User) -> bool:
    """Whether they are to have one, now or from a day that is named."""
    return user.is_operator or user.second_factor_from is not None


def is_owed(request: HttpRequest, user: User) -> bool:
    """Whether this session lacks a second factor that is asked of its person by now."""
    if not is_asked(user) or request.session.get(PROVEN):
        return False
    return user.second_factor_from is None or user.second_factor_from <= database_now()


def may_enrol(request: HttpRequest, user: User) -> bool:
    """Whether one can be set up here: not where one is owed that they have, or a password would be enough."""
    return not is_owed(request, user) or not has_one(user)


class SecondFactorMiddleware:
    """After Django's: whoever owes a second factor is nobody. It asks the database nothing that nobody asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through, with a person who is judged when somebody asks for them."""
        request.user = SimpleLazyObject(lambda: judged(request))  # type: ignore[assignment]
        return self.get_response(request)


def judged(request: HttpRequest) -> Any:
    """Who somebody is whose session says so, or nobody."""
    user = get_user(request)
    if not isinstance(user, User):
        return user
    if is_platform() != user.is_operator:
        return AnonymousUser()
    if _is_on_the_way(request) or not is_owed(request, user):
        return user
    request.awaited = user  # type: ignore[attr-defined]
    return AnonymousUser()


def _is_on_the_way(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and getattr(match.func, "is_on_the_way", False)
