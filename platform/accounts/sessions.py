"""Sessions as Django keeps them in the database; what somebody did before they signed in outlives a second click.

Signing in makes a new session of the old one, so that nobody is signed in by a cookie that was planted on them. Django
deletes the old one at once. Of two clicks on "Sign in" the second then finds nothing, and the browser shows the second
one's answer: without the time that its visitor holds, and without the bookings that they opened. So the old one, in
which nobody is signed in, can be read for a minute more.

Those who run the platform are signed in for half a day at most, and for an hour without doing anything, by the
database's clock: `living` is the one place that says so.

A row knows whose session it is and when it was last used: `accounts.signed_in` shows people theirs. Whether that moment
is to be written anew is asked in the statement that reads the session, so a request asks for nothing more.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import transaction
from django.db.models import ExpressionWrapper, Q
from django.db.models.fields import BooleanField
from django.db.models.functions import Now

from accounts.models import Session
from schemas.current import is_platform

LINGERS = timedelta(minutes=1)
NOTED_EVERY = timedelta(minutes=1)
STALE = Q(seen_at__lt=Now() - NOTED_EVERY)
OPERATORS_LAST, OPERATORS_REST = timedelta(hours=12), timedelta(hours=1)
"""How long an operator stays signed in at most, and without a request."""
AGENT, SINCE = "agent", "since"
"""Where the session itself has what the browser said it is, and since when somebody is signed in."""


class SessionStore(db.SessionStore):
    """Django's, but for the end of a session in which nobody is signed in, and for whose it is."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Our own row."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row as it is written: with whose it is, and used at this moment."""
        row: Any = super().create_model_instance(data)
        if SESSION_KEY in data:
            row.user_id, row.agent, row.since = int(data[SESSION_KEY]), data.get(AGENT, ""), data.get(SINCE)
            row.seen_at = Now()
        return row

    def load(self) -> dict[str, Any]:
        """What the session holds; that it was used is noted, at most once in `NOTED_EVERY`."""
        rows = Session.objects.annotate(stale=ExpressionWrapper(STALE, BooleanField()))
        row = rows.filter(living(), session_key=self.session_key).first()
        if row is None:
            self._session_key = None
            return {}
        if row.stale:
            note_use(row)
        known: dict[str, Any] = self.decode(row.session_data)
        return known

    def cycle_key(self) -> None:
        """Go on under another key. The session of before is over at once where it is somebody's, else in a minute."""
        before, known = self.session_key, dict(self.items())
        if before is None or SESSION_KEY in known:
            super().cycle_key()
            return
        self.create()
        self.update(known)
        self.model.objects.filter(session_key=before).update(expire_date=Now() + LINGERS)


def living() -> Q:
    """What a row has to be to be a session still."""
    is_there = Q(expire_date__gt=Now())
    if not is_platform():
        return is_there
    begun = Q(since__gt=Now() - OPERATORS_LAST)
    return is_there & (Q(user_id=None) | begun & Q(seen_at__gt=Now() - OPERATORS_REST))


def note_use(row: Session) -> None:
    """Write down that a session is used; where another request does just now, nobody waits."""
    with transaction.atomic():
        stale = Session.objects.filter(STALE, pk=row.pk).select_for_update(skip_locked=True)
        Session.objects.filter(pk__in=stale.values("pk")).update(seen_at=Now())
