"""Somebody wants in, or to be known by another address: a letter goes there, whatever the address is.

Known and unknown addresses take the same steps (one look, one link, one letter), so neither the answer nor the time
says which it was (ASVS 6.3.8). What the letter says differs, and its reader may know that.
"""

from accounts import links
from accounts.links import Purpose, Wish
from accounts.models import MailedLink, User
from bookings.own import letters
from schemas.clock import database_now
from schemas.transactions import transact


def to_sign_in(email: str, wanted: str = "") -> None:
    """Mail a link that signs in, or, where there is no account yet, one that makes it."""

    def act() -> None:
        user, now = _known(email), database_now()
        if user is None:
            letters.send_link(Wish(Purpose.SIGN_UP, email, next=wanted), letters.nobody_yet, now)
        elif not user.is_active:
            letters.send_link(Wish(Purpose.SIGN_IN, email, user), letters.is_closed, now)
        else:
            letters.send_link(Wish(Purpose.SIGN_IN, email, user, next=wanted), letters.signs_in, now)

    transact(act)


def to_sign_up(email: str, name: str, wanted: str = "") -> None:
    """Mail a link that makes an account; who has one is told so, with a link that signs in. No account is made yet.

    So nobody can prepare an account for somebody else's address and wait for them to confirm it: who has the mail
    chooses the password.
    """

    def act() -> None:
        user, now = _known(email), database_now()
        if user is None:
            letters.send_link(Wish(Purpose.SIGN_UP, email, name=name, next=wanted), letters.signs_up, now)
        else:
            said = letters.known_already if user.is_active else letters.is_closed
            letters.send_link(Wish(Purpose.SIGN_IN, email, user, next=wanted), said, now)

    transact(act)


def for_password(email: str) -> None:
    """Mail a link to a new password, or, where there is no account yet, one that makes it."""

    def act() -> None:
        user, now = _known(email), database_now()
        if user is None:
            letters.send_link(Wish(Purpose.SIGN_UP, email), letters.nobody_yet, now)
        else:
            said = letters.chooses_password if user.is_active else letters.is_closed
            letters.send_link(Wish(Purpose.PASSWORD, email, user), said, now)

    transact(act)


def for_address(user: User, email: str) -> None:
    """Mail a link to the address that an account is to have; who has it already is told that somebody asked."""

    def act() -> None:
        now = database_now()
        MailedLink.objects.filter(user=user, purpose=Purpose.ADDRESS, used_at=None).delete()
        wish = Wish(Purpose.ADDRESS, email, user)
        if _known(email) is None:
            letters.send_link(wish, letters.takes_address, now)
        else:
            link, _token = links.mint(wish, now)
            letters.send(f"taken:{link.pk}", email, letters.address_taken, now, page="login")

    transact(act)


def for_data(email: str) -> None:
    """Mail a link to what is kept of an address, whether or not anything is."""
    transact(lambda: letters.send_link(Wish(Purpose.DATA, email), letters.opens_data, database_now()))


def _known(email: str) -> User | None:
    return User.objects.filter(email=email).first()
