"""Who is in groups of customers, as far as somebody may see them: a manager those among the manager's customers."""

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import STAFF_ROLES, Role, User
from bookings.access import came_here
from venues.access import Anyone, check_staff
from venues.models import CustomerGroup, Membership


def people_seen_by(user: Anyone) -> QuerySet[User]:
    """Who can be in a group: customers as `customers_seen_by`, and who works here. `Forbidden` for who is not staff."""
    check_staff(user)
    if user.is_authenticated and user.role != Role.MANAGER:
        return User.objects.all()
    return User.objects.filter(Q(role__in=STAFF_ROLES) | Q(came_here(user, "pk")))


def members_seen_by(user: Anyone) -> QuerySet[Membership]:
    """Who is in groups, of those whom the caller may see: `people_seen_by`."""
    check_staff(user)
    if user.is_authenticated and user.role != Role.MANAGER:
        return Membership.objects.all()
    return Membership.objects.filter(Q(user__role__in=STAFF_ROLES) | Q(came_here(user, "user_id")))


def groups_seen_by(user: Anyone) -> QuerySet[CustomerGroup]:
    """All groups, for staff, with `member_count`: how many of `members_seen_by` are in each."""
    members = members_seen_by(user).filter(group=OuterRef("pk")).order_by().values("group")
    count = Coalesce(Subquery(members.annotate(count=Count("pk")).values("count")), 0)
    return CustomerGroup.objects.annotate(member_count=count)
