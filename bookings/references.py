"""Reference codes: `BK-YYMMDD-XXXX`, for people to read out on the telephone. They authorise nothing."""

import secrets
from datetime import date

# No 0/O, 1/I/L, no 2/Z, 5/S, 8/B pairs, and no U, so that no words come out.
ALPHABET = "34679ACDEFGHJKMNPQRTVWXY"
LENGTH = 4


def new_reference(local_start: date) -> str:
    """A code for a booking that starts on this local date; the caller retries the rare one that is taken."""
    return f"BK-{local_start:%y%m%d}-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
