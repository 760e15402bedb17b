"""Which kinds of messages go by which way, and how long before or after: a tenant's own rules, or the house's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.letters.kinds import Kind
from bookings.models import MessageRule, MessageSettings
from bookings.models.messages import YEAR_OF_MINUTES, Channel
from kernel.errors import Invalid, NotFound
from schemas.current import current_schema
from tenants.models import Tenant
from tenants.zones import zone

SEND = "notice"
"""The kind of due work that sends a notice; the object is its number."""
DAY = 24 * 60
SHORTEST = 10
"""Minutes. A reminder that comes later than that before the start reminds nobody."""
MOST = 8
"""Rules of one kind."""


class OwnerKind(StrEnum):
    """What owners hear of single bookings, where they want to."""

    BOOKED = "owner_booked"
    CANCELLED = "owner_cancelled"
    ASKED = "owner_asked"


LABELS = {
    OwnerKind.BOOKED: gettext_lazy("To you: a new booking"),
    OwnerKind.CANCELLED: gettext_lazy("To you: a customer cancels"),
    OwnerKind.ASKED: gettext_lazy("To you: a customer asks something"),
}


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A way to somebody; `minutes` of real time before the start (reminders) or after the end (reviews)."""

    channel: str
    minutes: int = 0


BY_MAIL = (Route(Channel.MAIL),)
HOUSE: Mapping[str, tuple[Route, ...]] = {
    Kind.CONFIRMATION: BY_MAIL,
    Kind.CHANGE: BY_MAIL,
    Kind.CANCELLATION: BY_MAIL,
    Kind.REMINDER: (Route(Channel.MAIL, DAY), Route(Channel.SMS, DAY)),
    Kind.REQUEST: BY_MAIL,
    Kind.REQUEST_ACCEPTED: BY_MAIL,
    Kind.REQUEST_DECLINED: BY_MAIL,
    Kind.EXPIRED: BY_MAIL,
    Kind.WAITLIST_OFFER: BY_MAIL,
    Kind.PAYMENT: BY_MAIL,
    Kind.REVIEW: (),
    Kind.ANSWER: BY_MAIL,
    OwnerKind.BOOKED: (),
    OwnerKind.CANCELLED: (),
    OwnerKind.ASKED: BY_MAIL,
}
"""What goes where a tenant has no rule of its own. Letters to ask for a review count as advertising in Germany
(BGH, VI ZR 225/17), so nobody gets one before the owner has decided that. Short messages wait for `sends_sms`."""
TIMED = frozenset({Kind.REMINDER, Kind.REVIEW})


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a kind as they stand; `is_own` where the tenant wrote them."""

    kind: str
    routes: tuple[Route, ...]
    is_own: bool

    @property
    def label(self) -> str:
        """What owners call the kind."""
        return label(self.kind)

    @property
    def channels(self) -> tuple[str, ...]:
        """By which ways it can go."""
        return channels_of(self.kind)

    @property
    def is_timed(self) -> bool:
        """Whether minutes belong to it."""
        return self.kind in TIMED


def label(kind: str) -> str:
    """What owners call a kind of message."""
    return str(LABELS[OwnerKind(kind)]) if kind in set(OwnerKind) else Kind(kind).label


def channels_of(kind: str) -> tuple[str, ...]:
    """The ways by which a kind can go."""
    return (Channel.MAIL,) if kind in set(OwnerKind) else Kind(kind).channels


def manners() -> MessageSettings:
    """How the tenant writes: its row, or what is usual."""
    row = MessageSettings.objects.filter(pk=MessageSettings.ONLY).first()
    return row or MessageSettings(pk=MessageSettings.ONLY, quiet_from=time(21), quiet_until=time(8), summary_at=time(7))


def house_zone() -> ZoneInfo:
    """The zone of the tenant's wall: for quiet hours and the summary."""
    return zone(Tenant.objects.get(schema_name=current_schema()).time_zone)


def has_sms() -> bool:
    """Whether the platform can send short messages at all."""
    return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN and settings.TWILIO_FROM)


def everything() -> list[RuleSet]:
    """The rules of every kind, as they stand."""
    own: dict[str, list[MessageRule]] = {}
    for row in MessageRule.objects.all():
        own.setdefault(row.kind, []).append(row)
    return [_set(kind, own.get(kind, [])) for kind in HOUSE]


def of(kind: str) -> RuleSet:
    """The rules of a kind; `NotFound` for one that has none."""
    if kind not in HOUSE:
        raise NotFound("not_found", _("There is no such kind of message."))
    return _set(kind, list(MessageRule.objects.filter(kind=kind)))


def routes(kind: str) -> tuple[Route, ...]:
    """By which ways a message of this kind goes now; short messages only where they are switched on."""
    found = of(kind).routes
    if any(route.channel == Channel.SMS for route in found) and not (has_sms() and manners().sends_sms):
        return tuple(route for route in found if route.channel != Channel.SMS)
    return found


def check(kind: str, wanted: Sequence[Route]) -> None:
    """Raise `Invalid` for rules that make no sense for a kind."""
    if len(wanted) > MOST:
        raise Invalid("too_many_rules", _("%(count)d rules are enough for one kind of message.") % {"count": MOST})
    if len(set(wanted)) != len(wanted):
        raise Invalid("rule_twice", _("There is the same rule twice."))
    for route in wanted:
        if route.channel not in channels_of(kind):
            raise Invalid("bad_channel", _("This kind of message does not go that way."))
        least = SHORTEST if kind == Kind.REMINDER else 0
        if not least <= route.minutes <= (YEAR_OF_MINUTES if kind in TIMED else 0):
            raise Invalid(
                "bad_minutes",
                _("Minutes belong to reminders (10 or more before the start) and reviews (after the end) only."),
            )


def _set(kind: str, rows: Sequence[MessageRule]) -> RuleSet:
    if not rows:
        return RuleSet(kind, HOUSE[kind], is_own=False)
    return RuleSet(kind, tuple(sorted(Route(row.channel, row.minutes) for row in rows if row.is_on)), is_own=True)


def least_left(minutes: int) -> timedelta:
    """So long before the start a reminder must come, or it does not go any more: a quarter of its time, 2 h at most.

    A reminder 24 hours before is not sent in the last two hours (R42), one an hour before not in the last 15 min.
    """
    return min(timedelta(hours=2), timedelta(minutes=minutes) / 4)
