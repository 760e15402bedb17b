"""How long ago the caller proved who they are: what cannot be taken back asks for a quarter of an hour at most."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.sessions import AGENT, SINCE
from schemas.clock import database_now

KEY = "signed_in_at"
RECENTLY = timedelta(minutes=15)
LONGEST_AGENT = 300


@receiver(user_logged_in, dispatch_uid="accounts.recent")
def note(request: HttpRequest, **_about: Any) -> None:
    """Write the moment and the browser into the new session, whichever way in was taken."""
    now = database_now().isoformat()
    request.session[KEY] = now
    request.session.setdefault(SINCE, now)
    request.session[AGENT] = request.headers.get("User-Agent", "").replace("\0", "")[:LONGEST_AGENT]


def is_recent(request: HttpRequest) -> bool:
    """Whether the caller signed in within `RECENTLY`, by the database's clock."""
    said = str(request.session.get(KEY, ""))
    return bool(said) and database_now() - datetime.fromisoformat(said) <= RECENTLY
