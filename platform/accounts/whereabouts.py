"""Where somebody is signed in, and the end of it.

What names a session to its person is a digest: its key is the cookie, which no page shows. A session that an account
does not know any more (another password, "everywhere else") is none, though its row is there until it is swept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from accounts.models import Session, User
from accounts.sessions import living
from kernel.errors import NotFound
from schemas.keys import salt
from schemas.transactions import transact

MOST = 100
"""So many are looked at, the newest first."""
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"))
BROWSERS_TOO = (("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"))
SYSTEMS_TOO = (("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session of somebody's: `name` is what the page ends it by."""

    name: str
    device: str
    since: datetime | None
    seen_at: datetime | None
    is_this: bool


def of(user: User, request: HttpRequest | None = None) -> list[SignedIn]:
    """Where somebody is signed in, the last used first; the caller's own is marked."""
    here = request.session.session_key if request else None
    return [
        SignedIn(name_of(row), device_of(row.agent), row.since, row.seen_at, row.session_key == here)
        for row in _live(user)
    ]


def end(user: User, name: str) -> None:
    """One of them is over at once; `NotFound` where it is not one of theirs."""

    def act() -> None:
        found = next((row for row in _live(user) if constant_time_compare(name_of(row), name)), None)
        if found is None:
            raise NotFound("not_found", _("It is signed out already."))
        Session.objects.filter(pk=found.pk).delete()

    transact(act)


def end_all(user: User) -> None:
    """Every session of somebody is over, in the caller's transaction."""
    row = User.objects.select_for_update().get(pk=user.pk)
    row.sign_outs += 1
    row.save(update_fields=["sign_outs"])
    Session.objects.filter(user_id=user.pk).delete()


def name_of(row: Session) -> str:
    """What stands for a session on its person's page."""
    return salted_hmac(salt("session-name"), row.session_key, algorithm="sha256").hexdigest()[:32]


def device_of(agent: str) -> str:
    """What a browser says it is, in words: `Firefox, Windows`."""
    browser = next((name for sign, name in (*BROWSERS, *BROWSERS_TOO) if sign in agent), "")
    system = next((name for sign, name in (*SYSTEMS, *SYSTEMS_TOO) if sign in agent), "")
    return ", ".join(filter(None, (browser, system))) or _("Another device")


def _live(user: User) -> Iterator[Session]:
    proof = user.get_session_auth_hash()
    rows = Session.objects.filter(living(), user_id=user.pk).order_by("-seen_at", "-since")
    return (row for row in rows[:MOST] if constant_time_compare(row.get_decoded().get(HASH_SESSION_KEY, ""), proof))
