"""Codes of an authenticator app (TOTP, RFC 6238): setting one up, and proving who one is by what it shows.

A code holds for half a minute; those of the half minutes before and after are taken too, for clocks that go wrong. Each
is taken once: `Authenticator.last_step` grows under the lock of its row, so of two who send one code one is let in. The
clock is the database's.
"""

import hmac
from datetime import datetime

import pyotp
from django.utils.translation import gettext as _

from accounts.models import Authenticator, User
from kernel.errors import Invalid
from outside import vault
from schemas.clock import database_now
from schemas.transactions import transact

STEP = 30
"""Seconds."""
SKEW = 1
"""So many steps before and after are good, too."""
DIGITS = 6


def of(user: User) -> Authenticator | None:
    """Somebody's authenticator, if they have set one up."""
    return Authenticator.objects.filter(user=user).first()


def new_secret() -> str:
    """What an app is to be told: 160 random bits, base32."""
    return pyotp.random_base32()


def address_of(secret: str, user: User, business: str) -> str:
    """The `otpauth:` address of a secret, for a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=business.replace(":", " "))


def set_up(user: User, secret: str, code: str) -> None:
    """Keep a secret whose code was typed right, in place of the one that was there. `Invalid("wrong_code")`."""

    def act() -> None:
        now = database_now()
        User.objects.select_for_update().get(pk=user.pk)
        step = _step_of(secret, code, now, after=0)
        if step is None:
            raise wrong()
        Authenticator.objects.update_or_create(
            user=user, defaults={"sealed": vault.seal(secret), "last_step": step, "created_at": now}
        )

    transact(act)


def use(user: User, code: str) -> bool:
    """Whether a code is right and was not taken before; then it is taken."""

    def act() -> bool:
        row = Authenticator.objects.select_for_update().filter(user=user).first()
        if row is None:
            return False
        step = _step_of(vault.unseal(row.sealed), code, database_now(), after=row.last_step)
        if step is None:
            return False
        row.last_step = step
        row.save(update_fields=["last_step"])
        return True

    return transact(act)


def wrong() -> Invalid:
    """What is said of every code that is not taken."""
    return Invalid("wrong_code", _("That code is not right, or was used already. Wait for the next one."))


def _step_of(secret: str, code: str, now: datetime, after: int) -> int | None:
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    maker, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    steps = range(max(present - SKEW, after + 1), present + SKEW + 1)
    found = [step for step in steps if hmac.compare_digest(maker.generate_otp(step), typed)]
    return found[0] if found else None
