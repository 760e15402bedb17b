"""What an authenticator is to sign: random, kept in the caller's session, good once and for five minutes.

It is taken under the lock of the session's row, so that of two answers to one challenge one is judged.
"""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kernel.errors import Invalid
from schemas.clock import database_now
from schemas.transactions import transact

KEY = "challenge"
LASTS = timedelta(minutes=5)


def keep(request: HttpRequest, purpose: str, challenge: str) -> None:
    """Remember what was asked, in place of what was asked before."""
    request.session[KEY] = [purpose, challenge, (database_now() + LASTS).isoformat()]


def take(request: HttpRequest, purpose: str) -> str:
    """What was asked, which is forgotten with this; `Invalid("challenge_over")` where nothing is to be answered."""

    def act() -> list[str] | None:
        row = Session.objects.select_for_update().filter(pk=request.session.session_key).first()
        if row is None:
            return None
        data = row.get_decoded()
        asked: list[str] | None = data.pop(KEY, None)
        row.session_data = SessionStore().encode(data)
        row.save(update_fields=["session_data"])
        return asked

    asked = transact(act)
    request.session.pop(KEY, None)
    if not asked or asked[0] != purpose or datetime.fromisoformat(asked[2]) <= database_now():
        raise Invalid("challenge_over", _("That took too long. Please try again."))
    return asked[1]
