"""The door to clients: the owner's."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from accounts.models import Role, User
from kernel.errors import Forbidden


def check_owner(user: User | AnonymousUser) -> None:
    """Raise `Forbidden` for everybody but the owner."""
    if not isinstance(user, User) or user.role != Role.OWNER:
        raise Forbidden("permission_denied", _("Only the owner may do that."))
