"""What operators may: the one place where a rank becomes a right."""

from collections.abc import Mapping
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.models import User
from kernel.errors import Forbidden
from operators.models import Operator, Rank


class Right(StrEnum):
    """Something that not every operator may do."""

    SEE = "see"
    REPLAY = "replay"  # have what was given up done again
    SUSPEND = "suspend"  # close a tenant's hosts and open them again
    TRIAL = "trial"  # give somebody longer to try
    PLAN = "plan"  # another plan, fee or limits
    LOOK_IN = "look_in"  # see a tenant's pages as somebody of it
    ABUSE = "abuse"  # judge what was reported
    ANNOUNCE = "announce"  # tell tenants something on their pages
    SWITCH = "switch"  # features on or off
    OPERATORS = "operators"  # who runs the platform


RIGHTS: Mapping[str, frozenset[Right]] = {
    Rank.READER: frozenset({Right.SEE}),
    Rank.SUPPORT: frozenset(
        {Right.SEE, Right.REPLAY, Right.SUSPEND, Right.TRIAL, Right.LOOK_IN, Right.ABUSE, Right.ANNOUNCE}
    ),
    Rank.FINANCE: frozenset({Right.SEE, Right.REPLAY, Right.TRIAL, Right.PLAN}),
    Rank.ADMIN: frozenset(Right),
}


def rank_of(user: User | AnonymousUser) -> str:
    """The rank of an operator, empty for everybody else; a query, once for each user object."""
    if not (isinstance(user, User) and user.is_active and user.is_operator):
        return ""
    known = getattr(user, "_rank", None)
    if known is None:
        known = Operator.objects.filter(user=user).values_list("rank", flat=True).first() or Rank.READER
        user._rank = known  # type: ignore[attr-defined]
    return str(known)


def may(user: User | AnonymousUser, right: Right) -> bool:
    """Whether somebody may."""
    return right in RIGHTS.get(rank_of(user), frozenset())


def check(user: User | AnonymousUser, right: Right) -> None:
    """Raise `Forbidden` for whoever may not."""
    if not may(user, right):
        raise Forbidden("not_allowed", _("Your role does not allow this. An administrator can do it."))
