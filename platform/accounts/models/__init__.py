"""People: operators in the public schema, staff and customers in their tenant's.

A user of one schema does not exist in another, and so neither do the user's
sessions, tokens and links.
"""

from accounts.models.factors import Authenticator, RecoveryCode, SecondFactorRule, Session
from accounts.models.keys import PREFIX, AccessToken, MailedLink, Passkey
from accounts.models.people import FOUND_BY, STAFF_ROLES, Role, User, UserManager

__all__ = [
    "FOUND_BY",
    "PREFIX",
    "STAFF_ROLES",
    "AccessToken",
    "Authenticator",
    "MailedLink",
    "Passkey",
    "RecoveryCode",
    "Role",
    "SecondFactorRule",
    "Session",
    "User",
    "UserManager",
]
