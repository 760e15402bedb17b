"""How the domain says no.

Domain code raises these and never an HTTP exception; `rest.errors` and the
pages' middleware turn them into answers.
"""

from collections.abc import Mapping


class Refused(Exception):
    """The domain says no, for a reason that a person can act on.

    `code` is stable and part of the API (`slot_taken`, `lead_time`, ...);
    `detail` is a sentence for people; `extra` are further keys of the answer.
    """

    def __init__(self, code: str, detail: str, extra: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.extra = dict(extra or {})


class Invalid(Refused):
    """What was sent makes no sense, whatever the state of the world."""


class Forbidden(Refused):
    """It exists, and the caller may not."""


class NotFound(Refused):
    """It does not exist, or the caller may not know that it does."""


class WrongLink(NotFound):
    """Its secret is not one of ours: a slip, or somebody who guesses."""


class Conflict(Refused):
    """It would have worked at another moment (HTTP 409)."""


class Outdated(Refused):
    """Somebody changed it since the caller looked (HTTP 412), and the caller asked not to change it then."""


class Unprocessable(Refused):
    """A well-formed request that contradicts an earlier one (HTTP 422)."""


class Gone(Refused):
    """It was there, and its time is over (HTTP 410)."""


class TooMany(Refused):
    """Enough for now (HTTP 429): it may work after `retry_after` seconds."""

    def __init__(self, code: str, detail: str, retry_after: int) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class Broken(Refused):
    """Somebody that we depend on failed (HTTP 500); what was done is kept, and the same call may be made again.

    Not before `retry_after` seconds, if it is sensible to say so.
    """

    retry_after: int | None = None


class Away(Refused):
    """Somebody that we depend on does not answer (HTTP 503): nothing is lost; again after `retry_after` seconds."""

    def __init__(self, code: str, detail: str, retry_after: int) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class Busy(Refused):
    """Nothing was changed; the same call may well succeed in a moment (HTTP 503)."""

    def __init__(self, detail: str = "Too many people at once. Please try again.") -> None:
        super().__init__("busy", detail)
