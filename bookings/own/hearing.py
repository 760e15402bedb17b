"""Who hears what became of an operator's account: the platform's schema has no mail, and they have a record."""

from collections.abc import Callable

from schemas.current import is_platform

Hears = Callable[[str, str], None]
_hearers: list[Hears] = []


def hears(hearer: Hears) -> Hears:
    """Register the one who does: `hearer(email, "password_changed")`, in the transaction of the act."""
    _hearers[:] = [hearer]
    return hearer


def is_told(email: str, what: str) -> bool:
    """Whether it is an operator's account, of which they were told with this."""
    if not is_platform():
        return False
    for hearer in _hearers:
        hearer(email, what)
    return True
