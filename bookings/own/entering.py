"""What the button behind a mailed link does: in one transaction the link is used up and the account is as it was meant.

Every link proves that its reader gets the mail of the address (`User.verified_at`).
"""

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext as _

from accounts import links
from accounts.links import Purpose
from accounts.models import MailedLink, User
from bookings import customers
from bookings.own import letters
from kernel.errors import Conflict, Gone, Invalid
from schemas.clock import database_now
from schemas.transactions import transact


def enter(token: str) -> tuple[User, MailedLink]:
    """Sign-in by mail. Raises as `links.use`."""

    def act() -> tuple[User, MailedLink]:
        link = links.use(token, Purpose.SIGN_IN)
        return _proven(_owner(link)), link

    return transact(act)


def arrive(token: str) -> tuple[User, MailedLink]:
    """Whoever has just opened their business at the platform's host is let in here, once. Raises as `links.use`."""

    def act() -> tuple[User, MailedLink]:
        link = links.use(token, Purpose.ARRIVAL)
        return _proven(_owner(link)), link

    return transact(act)


def join(token: str, name: str, password: str) -> tuple[User, MailedLink]:
    """Make the account, without a password where none is given; what the team knows of the address comes with it.

    Who has got an account since the letter was written is let in, and nothing of it is changed. `Invalid` with
    `errors` for a password that anybody would guess.
    """

    def act() -> tuple[User, MailedLink]:
        link = links.use(token, Purpose.SIGN_UP)
        known = User.objects.filter(email=link.email).first()
        if known is None:
            _check_password(password, User(email=link.email, name=name))
            known = customers.make(link.email, {"name": name})
            if password:
                known.set_password(password)
                known.save(update_fields=["password"])
        elif not known.is_active:
            raise Gone("link_over", _("This link was used already, or is too old."))
        return _proven(known), link

    return transact(act)


def choose_password(token: str, password: str) -> User:
    """A new password by mail: every session, and every other link, is over. `Invalid` as `join`."""

    def act() -> User:
        link = links.use(token, Purpose.PASSWORD)
        user = _owner(link)
        _check_password(password, user)
        set_password(user, password, database_now())
        return _proven(user)

    return transact(act)


def change_password(user: User, password: str) -> User:
    """A new password for somebody who is signed in and proved it: other sessions are over. `Invalid` as `join`."""

    def act() -> User:
        current = User.objects.select_for_update().get(pk=user.pk)
        _check_password(password, current)
        set_password(current, password, database_now())
        return current

    return transact(act)


def take_address(token: str) -> User:
    """Give the account its new address, and tell the old one. Other sessions and all other links are over.

    Raises `Conflict("address_taken")` where somebody else has got it meanwhile.
    """

    def act() -> User:
        link = links.use(token, Purpose.ADDRESS)
        user, now = _owner(link), database_now()
        if User.objects.filter(email=link.email).exclude(pk=user.pk).exists():
            raise _taken()
        old, user.email, user.verified_at = user.email, link.email, now
        user.sign_outs += 1
        user.save(update_fields=["email", "verified_at", "sign_outs"])
        links.drop(user)
        if old != user.email:
            letters.send(f"address:{link.pk}", old, letters.address_changed, now)
        return user

    try:
        return transact(act)
    except IntegrityError as error:
        raise _taken() from error


def open_data(token: str) -> str:
    """The address whose mail the caller reads, as they have just shown; an account with it knows that, too."""

    def act() -> str:
        email = links.use(token, Purpose.DATA).email
        User.objects.filter(email=email, verified_at=None).update(verified_at=database_now())
        return email

    return transact(act)


def sign_out_elsewhere(user: User) -> User:
    """End every session of somebody; the caller keeps the present one by signing it anew."""

    def act() -> User:
        current = User.objects.select_for_update().get(pk=user.pk)
        current.sign_outs += 1
        current.save(update_fields=["sign_outs"])
        return current

    return transact(act)


def set_password(user: User, password: str, now: datetime) -> None:
    """Write it, end all links and sessions, and tell: in the caller's transaction."""
    user.set_password(password)
    user.sign_outs += 1
    user.save(update_fields=["password", "sign_outs"])
    links.drop(user)
    letters.send(f"password:{user.pk}:{user.sign_outs}", user.email, letters.password_changed, now, page="login")


def _owner(link: MailedLink) -> User:
    assert link.user_id is not None
    return User.objects.select_for_update().get(pk=link.user_id)


def _proven(user: User) -> User:
    if user.verified_at is None:
        user.verified_at = database_now()
        user.save(update_fields=["verified_at"])
    return user


def _check_password(password: str, user: User) -> None:
    if not password:
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("weak_password", " ".join(error.messages), {"errors": {"password": error.messages}}) from None


def _taken() -> Conflict:
    return Conflict("address_taken", _("There is an account with this address."))
