"""Sessions as Django keeps them in the database; what somebody did before they signed in outlives a second click.

Signing in makes a new session of the old one, so that nobody is signed in by a cookie that was planted on them. Django
deletes the old one at once. Of two clicks on "Sign in" the second then finds nothing, and the browser shows the second
one's answer: without the time that its visitor holds, and without the bookings that they opened. So the old one, in
which nobody is signed in, can be read for a minute more.
"""

from datetime import timedelta

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.db.models.functions import Now

LINGERS = timedelta(minutes=1)


class SessionStore(db.SessionStore):
    """Django's, but for the end of a session in which nobody is signed in."""

    def cycle_key(self) -> None:
        """Go on under another key. The session of before is over at once where it is somebody's, else in a minute."""
        before, known = self.session_key, dict(self.items())
        if before is None or SESSION_KEY in known:
            super().cycle_key()
            return
        self.create()
        self.update(known)
        self.model.objects.filter(session_key=before).update(expire_date=Now() + LINGERS)
