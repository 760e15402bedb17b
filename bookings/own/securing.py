"""A second factor set up, renewed, removed, or taken away by the owner: each is told to the address of the account."""

from django.utils.translation import gettext as _

from accounts import codes, recovery, required, whereabouts
from accounts.models import Authenticator, Passkey, RecoveryCode, User
from bookings.own import letters
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import transact


def set_up(user: User, secret: str, code: str) -> list[str]:
    """Keep an authenticator whose code is right; answers ten codes for when it is lost. `Invalid("wrong_code")`."""

    def act() -> list[str]:
        codes.set_up(user, secret, code)
        _tell(user, letters.authenticator_added)
        return recovery.make(user)

    return transact(act)


def renew(user: User) -> list[str]:
    """Ten new codes; those of before are void."""

    def act() -> list[str]:
        _tell(user, letters.codes_renewed)
        return recovery.make(user)

    return transact(act)


def remove(user: User) -> None:
    """Do without the app and its codes. `Refused("second_factor_asked")` for the last one, where one is asked."""

    def act() -> None:
        current = User.objects.select_for_update().get(pk=user.pk)
        if required.is_asked(current) and not Passkey.objects.filter(user=user).exists():
            raise Refused("second_factor_asked", _("You are to have a second factor here. Add a passkey first."))
        _forget(current)
        _tell(current, letters.authenticator_removed)

    transact(act)


def take_away(user: User) -> None:
    """All of it, passkeys too, and every session: for somebody who has lost it. The owner's call, in a transaction."""
    _forget(user)
    Passkey.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(second_factor_reset_at=database_now())
    whereabouts.end_all(user)
    _tell(user, letters.second_factor_reset)


def _forget(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def _tell(user: User, said: letters.Saying) -> None:
    now = database_now()
    letters.send(f"factor:{user.pk}:{now:%Y%m%d%H%M%S%f}", user.email, said, now, page="account")
