"""What the clock does for the public site."""

from tenants import cleaning
from website import signing


@cleaning.of_platform("sign-ups")
def sign_ups() -> int:
    """What strangers typed who signed up, once it is old."""
    return signing.sweep()
