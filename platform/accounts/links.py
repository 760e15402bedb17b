"""Links that are mailed to an address: whoever has one reads the mail there. Good once, for a while, in this tenant.

Only the digest is kept, salted with the schema (T09): a stolen table opens nothing, and what was minted at one tenant
is nobody's at another. Looking at the page uses nothing up, for scanners of mail follow links; its button does. Only
an `ARRIVAL` is used by looking: it is mailed to nobody, the platform sends a browser there that has just proved its
address. Django's own generator of such tokens reads the process's clock and cannot say "used", so these are rows.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import MailedLink, User
from kernel import failpoints
from kernel.errors import Gone, WrongLink
from schemas.clock import database_now
from schemas.keys import salt

Purpose = MailedLink.Purpose
TOKEN_BYTES = 32
KEPT = timedelta(days=2)
"""So long after it was made a row is there, to say "used" rather than "unknown"; and as long as it is good."""
LASTS = {
    Purpose.SIGN_IN: timedelta(minutes=15),
    Purpose.SIGN_UP: timedelta(days=1),
    Purpose.PASSWORD: timedelta(hours=1),
    Purpose.ADDRESS: timedelta(days=1),
    Purpose.DATA: timedelta(hours=1),
    Purpose.INVITE: timedelta(days=7),
    Purpose.ARRIVAL: timedelta(minutes=2),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link is for: the address in lower case, whose account, and what was typed beside it."""

    purpose: Purpose
    email: str
    user: User | None = None
    name: str = ""
    next: str = ""


def mint(wish: Wish, now: datetime) -> tuple[MailedLink, str]:
    """A new link and its 43 characters (256 random bits), which are never shown again. In the caller's transaction."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = MailedLink.objects.create(
        digest=digest_of(token),
        purpose=wish.purpose,
        email=wish.email,
        user=wish.user,
        name=wish.name[:150],
        next=wish.next[:500],
        created_at=now,
        expires_at=now + LASTS[wish.purpose],
    )
    return link, token


def look(token: str) -> MailedLink:
    """The link of a token, which stays good. `WrongLink` for nobody's, `Gone("link_over")` for a used or old one."""
    return _checked(MailedLink.objects.select_related("user").filter(digest=digest_of(token)).first(), database_now())


def use(token: str, purpose: Purpose) -> MailedLink:
    """Use the link up, in the caller's transaction: of several at once, one gets it. Raises as `look`."""
    rows = MailedLink.objects.select_related("user")
    if not failpoints.hit("links.use"):  # the negative control of the race reads without the lock
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(digest=digest_of(token), purpose=purpose).first()
    now = database_now()
    link = _checked(found, now)
    failpoints.hit("links.checked")
    link.used_at = now
    link.save(update_fields=["used_at"])
    return link


def drop(user: User) -> None:
    """No link that was mailed to somebody is good any more: the address or the password is another one."""
    MailedLink.objects.filter(user=user, used_at=None).delete()


def over(now: datetime) -> QuerySet[MailedLink]:
    """Links that nobody needs any more, not even to be told so."""
    return MailedLink.objects.filter(created_at__lt=now - KEPT, expires_at__lt=now)


def digest_of(token: str) -> str:
    """SHA-256 of a token and the schema: 256 random bits need no stretching."""
    return hashlib.sha256(f"{salt('mailed-link')}:{token}".encode()).hexdigest()


def _checked(link: MailedLink | None, now: datetime) -> MailedLink:
    if link is None:
        raise WrongLink("not_found", _("This link leads nowhere."))
    if link.used_at is not None or link.expires_at <= now or not _is_its(link):
        raise Gone("link_over", _("This link was used already, or is too old."))
    return link


def _is_its(link: MailedLink) -> bool:
    """Whether the account, where it is about one, is open and still has the address (or is to get it)."""
    if link.user is None:
        return True
    return link.user.is_active and (link.purpose == Purpose.ADDRESS or link.user.email == link.email)
