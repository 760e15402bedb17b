"""What the roles are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Role

NAMES: dict[str, str | Promise] = {
    Role.OWNER: pgettext_lazy("role", "Owner"),
    Role.MANAGER: pgettext_lazy("role", "Manager"),
    Role.FRONT_DESK: pgettext_lazy("role", "Front desk"),
    Role.ACCOUNTANT: pgettext_lazy("role", "Accountant"),
    Role.CUSTOMER: pgettext_lazy("role", "Customer"),
}
MAY: dict[str, str | Promise] = {
    Role.OWNER: gettext_lazy("may everything, money and the team included"),
    Role.MANAGER: gettext_lazy("runs the venues that are theirs: bookings, hours, prices"),
    Role.FRONT_DESK: gettext_lazy("takes care of the bookings of all venues, and changes no settings"),
    Role.ACCOUNTANT: gettext_lazy("sees bookings and money, and changes nothing"),
}


def role_name(role: str) -> str:
    """`Front desk`."""
    return str(NAMES.get(role, role))


def role_line(role: str) -> str:
    """`Front desk: takes care of …`."""
    return _("%(role)s: %(may)s") % {"role": role_name(role), "may": MAY[role]}
