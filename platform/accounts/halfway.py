"""Between the password, or the mailed link, and the code of the authenticator: known, and not yet signed in.

Who has an authenticator is not signed in before the code: the session only remembers whom it is waiting for, and nobody
is signed in by that anywhere. What was proved is good for ten minutes, and only as long as the password is the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts import codes, recovery
from accounts.models import Authenticator, User
from rest.limits import WRONG_FACTOR, check_guesses, missed
from schemas.clock import database_now

KEY = "halfway"
LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whom the code is asked of, and which page of this host they wanted."""

    user: User
    wanted: str


def is_asked(user: User) -> bool:
    """Whether a code is asked of them when they sign in."""
    return Authenticator.objects.filter(user=user).exists()


def begin(request: HttpRequest, user: User, wanted: str = "") -> None:
    """Remember who has proved half of it, in a session under another key."""
    request.session.cycle_key()
    until = database_now() + LASTS
    request.session[KEY] = [user.pk, user.get_session_auth_hash(), until.isoformat(), wanted]


def of(request: HttpRequest) -> Waiting | None:
    """Who is waited for in this browser; None for nobody, or for too long."""
    kept = request.session.get(KEY)
    if not kept:
        return None
    pk, proof, until, wanted = kept
    if database_now() >= datetime.fromisoformat(until):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not constant_time_compare(proof, user.get_session_auth_hash()):
        return None
    return Waiting(user, wanted)


def forget(request: HttpRequest) -> None:
    """Nobody is waited for any more."""
    request.session.pop(KEY, None)


def prove(request: HttpRequest, user: User, code: str) -> None:
    """Take a code of the app, or one for whoever has lost it.

    `Invalid("wrong_code")`; `TooMany` after five wrong ones in a quarter of an hour, whatever comes then.
    """
    caller = f"user:{user.pk}"
    check_guesses(request, WRONG_FACTOR, caller)
    if codes.use(user, code) or recovery.use(user, code):
        return
    missed(request, WRONG_FACTOR, caller)
    raise codes.wrong()
