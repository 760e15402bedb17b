"""Codes for whoever has lost the phone: ten, shown once, each good once.

Each has 79 random bits, of which a digest is kept that is salted with the schema (T09): a stolen table opens nothing.
"""

import hashlib
import secrets

from accounts.models import RecoveryCode, User
from schemas.clock import database_now
from schemas.keys import salt
from schemas.transactions import transact

COUNT = 10
LENGTH = 16
GROUP = 4
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that people take for others."""


def make(user: User) -> list[str]:
    """New ones, which are shown this once; those of before are good for nothing any more."""
    codes = ["".join(secrets.choice(LETTERS) for _each in range(LENGTH)) for _code in range(COUNT)]

    def act() -> None:
        User.objects.select_for_update().get(pk=user.pk)
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=digest_of(code)) for code in codes)

    transact(act)
    return ["-".join(code[first : first + GROUP] for first in range(0, LENGTH, GROUP)) for code in codes]


def left(user: User) -> int:
    """How many are still good."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def use(user: User, code: str) -> bool:
    """Whether a code is one of theirs and was not used; then it is. Of two at once, one gets it."""

    def act() -> bool:
        rows = RecoveryCode.objects.filter(user=user, digest=digest_of(code), used_at=None)
        return bool(rows.update(used_at=database_now()))

    return transact(act)


def digest_of(code: str) -> str:
    """SHA-256 of a code, however it is spelt, and the schema."""
    plain = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(f"{salt('recovery-code')}:{plain}".encode()).hexdigest()
