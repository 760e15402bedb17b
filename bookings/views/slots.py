"""What a page of times is made of: the starts of a day, how their prices come about, the days of a month."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from bookings.facts import Reason
from bookings.views.tags import Share, Tag


@dataclass(frozen=True, slots=True)
class Slot:
    """One start on the chosen day. `reason` None means free."""

    start: datetime
    end: datetime
    label: str
    tag: Tag
    reason: Reason | None
    iso: str
    own_until: str = ""
    """Until when it is held for whoever looks; empty where it is not."""

    @property
    def may_come_free(self) -> bool:
        """Whether somebody has it who may give it back."""
        return self.reason in {Reason.BOOKED, Reason.HELD}

    @property
    def taken_word(self) -> str:
        """Why it cannot be had, in a word."""
        return {Reason.HELD: _("being booked"), Reason.CLOSURE: _("blocked")}.get(self.reason, _("taken"))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How one of the chosen day's prices comes about; `when` names the starts that cost it."""

    when: str
    tag: Tag
    shares: list[Share]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; `free` counts the starts that can be had."""

    date: date
    free: int
    is_past: bool
    is_full: bool
    is_chosen: bool
    label: str
    address: str
    """The query string that shows its slots."""
