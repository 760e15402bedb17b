"""The door to a tenant's money: who may see what comes in, and who may say where it goes."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.models import Role, User
from kernel.errors import Forbidden

Anyone = User | AnonymousUser

SEES_MONEY = frozenset({Role.OWNER, Role.MANAGER, Role.ACCOUNTANT})
SEES_BOOKS = frozenset({Role.OWNER, Role.ACCOUNTANT})


def sees_money(user: Anyone) -> bool:
    """Whether the caller may read the tenant's money pages: owner, managers, accountants."""
    return user.is_authenticated and user.role in SEES_MONEY


def runs_money(user: Anyone) -> bool:
    """Whether the caller may connect an account or give it up, and choose a plan: the owner alone."""
    return user.is_authenticated and user.role == Role.OWNER


def check_sees_money(user: Anyone) -> None:
    """Raise `Forbidden` unless `sees_money`."""
    if not sees_money(user):
        raise Forbidden("permission_denied", _("Only the owner, managers and accountants may see this."))


def check_runs_money(user: Anyone) -> None:
    """Raise `Forbidden` unless `runs_money`."""
    if not runs_money(user):
        raise Forbidden("permission_denied", _("Only the owner may change this."))


def sees_books(user: Anyone) -> bool:
    """Whether the caller may read the tenant's whole statement and its payouts: the owner and accountants.

    Managers look after some venues only, and a payout has the money of all.
    """
    return user.is_authenticated and user.role in SEES_BOOKS


def check_sees_books(user: Anyone) -> None:
    """Raise `Forbidden` unless `sees_books`."""
    if not sees_books(user):
        raise Forbidden("permission_denied", _("Only the owner and accountants may see this."))
