"""What an authenticator is to sign: random, kept in a row of its own, good once and for five minutes.

The row is one of the sessions' table with a cookie of its own, never the caller's session: browsers ask
for a challenge by themselves while somebody signs in by password, and an answer that comes late must not
put a stranger's session in the place of the new one. It is taken under the lock of its row, so that of
two answers to one challenge one is judged.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import Session
from accounts.sessions import SessionStore
from kernel.errors import Invalid
from schemas.clock import database_now
from schemas.transactions import transact

KEY = "challenge"
LASTS = timedelta(minutes=5)


def cookie() -> str:
    """What the cookie is called: beside the session's, with whatever guards that one's name."""
    return f"{settings.SESSION_COOKIE_NAME}-challenge"


def keep(response: HttpResponse, purpose: str, challenge: str) -> None:
    """Remember what was asked, in place of what this browser was asked before."""
    row = SessionStore()
    row[KEY] = [purpose, challenge, (database_now() + LASTS).isoformat()]
    row.set_expiry(LASTS)
    row.create()
    response.set_cookie(
        cookie(),
        str(row.session_key),
        max_age=LASTS,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Strict",
    )


def take(request: HttpRequest, purpose: str) -> str:
    """What was asked, which is forgotten with this; `Invalid("challenge_over")` where nothing is to be answered."""

    def act() -> list[str] | None:
        row = Session.objects.select_for_update().filter(pk=request.COOKIES.get(cookie(), "")).first()
        asked: list[str] | None = row.get_decoded().get(KEY) if row else None
        if row and asked:
            row.delete()
        return asked

    asked = transact(act)
    if not asked or asked[0] != purpose or datetime.fromisoformat(asked[2]) <= database_now():
        raise Invalid("challenge_over", _("That took too long. Please try again."))
    return asked[1]
