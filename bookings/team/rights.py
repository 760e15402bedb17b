"""Who may do what about the team, and the lock under which it is asked.

The owner may everything. A manager sees who works here, and may ask somebody in as front desk, if the manager runs
every venue: the front desk sees them all, and nobody gives more than they have.
"""

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import STAFF_ROLES, Role, User
from kernel import failpoints
from kernel.errors import Forbidden, NotFound, Refused
from schemas.keys import lock_key
from venues.access import venues_managed_by
from venues.models import Invitation, Venue

ORDER = (Role.OWNER, Role.MANAGER, Role.FRONT_DESK, Role.ACCOUNTANT)


def alone() -> None:
    """Nobody else changes this tenant's team until the caller's commit."""
    if failpoints.hit("team.alone"):  # the negative control of the race looks without it
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key("team")])


def roles_offered_by(user: User) -> list[Role]:
    """The roles in which somebody may ask people in."""
    if user.role == Role.OWNER:
        return list(ORDER)
    runs_all = user.role == Role.MANAGER and not Venue.objects.exclude(pk__in=venues_managed_by(user)).exists()
    return [Role.FRONT_DESK] if runs_all else []


def invitations_of(user: User) -> QuerySet[Invitation]:
    """Invitations that somebody sees, sends again and withdraws: in the roles that they may offer."""
    return Invitation.objects.filter(role__in=roles_offered_by(user)).order_by("created_at", "pk")


def acting(by: User) -> User:
    """Who acts, as they are now; `Forbidden` for who does not work here any more."""
    current = User.objects.filter(pk=by.pk, is_active=True, role__in=STAFF_ROLES).first()
    if current is None:
        raise Forbidden("permission_denied", _("You do not work here any more."))
    return current


def owner(by: User) -> User:
    """Who acts, if they are the owner now; else `Forbidden`."""
    current = acting(by)
    if current.role != Role.OWNER:
        raise Forbidden("permission_denied", _("Only the owner may change this."))
    return current


def member(user_id: int) -> User:
    """Somebody who works here, locked; `NotFound` for everybody else."""
    found = User.objects.select_for_update().filter(pk=user_id, role__in=STAFF_ROLES).first()
    if found is None:
        raise NotFound("not_found", _("Nobody of that number works here."))
    return found


def check_not_last(person: User) -> None:
    """Raise `Refused("last_owner")` where nobody would own the business without them."""
    if person.role != Role.OWNER or not person.is_active:
        return
    failpoints.hit("team.counted")
    if not User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=person.pk).exists():
        raise Refused("last_owner", _("Somebody has to own the business. Make somebody else owner first."))
