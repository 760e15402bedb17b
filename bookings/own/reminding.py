"""The letter to whoever has an account that nobody has used for long: it will go, unless they come back."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.own.letters import Said, Saying


def goes_soon(months: str, days: int) -> Saying:
    """Before an account goes that nobody has used for long: `months` in words."""
    return lambda business: Said(
        _("Your account at %(business)s will be deleted") % {"business": business},
        _("You have not been here for nearly %(time)s. Accounts that nobody uses do not stay for longer.")
        % {"time": months}
        + "\n\n"
        + ngettext(
            "In %(days)d day your account and what names you will be deleted.",
            "In %(days)d days your account and what names you will be deleted.",
            days,
        )
        % {"days": days}
        + " "
        + _("If you would like to keep it, sign in once before then. Otherwise you need not do anything."),
        _("Sign in and keep it"),
    )
