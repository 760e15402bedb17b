"""The delivery log: every message of a tenant with what became of it, as far as somebody may see it."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role
from bookings.letters.kinds import Kind
from bookings.models import Booking, Notice
from bookings.notices import filed, rules
from venues.access import Anyone, check_staff, venues_seen_by


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the log is narrowed to; empty fields do not narrow. `text`: a part of an address, number or code."""

    kind: str = ""
    channel: str = ""
    state: str = ""
    text: str = ""


def seen_by(user: Anyone) -> QuerySet[Notice]:
    """Messages about bookings at the venues that a member of staff may see, and for owners all; the latest first."""
    check_staff(user)
    rows = Notice.objects.select_related("booking__resource")
    if user.is_authenticated and user.role == Role.OWNER:
        return rows.order_by("-due_at", "-pk")
    return rows.filter(booking__resource__venue__in=venues_seen_by(user)).order_by("-due_at", "-pk")


def of_booking(user: Anyone, booking: Booking) -> QuerySet[Notice]:
    """The messages about one booking, which the caller may see, the latest first."""
    return seen_by(user).filter(booking=booking)


def narrowed(rows: QuerySet[Notice], wanted: Wanted) -> QuerySet[Notice]:
    """Those of the rows that somebody asks for."""
    for name in ("kind", "channel", "state"):
        value = getattr(wanted, name)
        rows = rows.filter(**{name: value}) if value else rows
    text = wanted.text.strip()
    return rows.filter(Q(to__icontains=text) | Q(booking__reference_code__icontains=text)) if text else rows


def kinds() -> list[tuple[str, str]]:
    """Every kind that the log may have, with what owners call it."""
    return [(str(kind), label(kind)) for kind in (*rules.HOUSE, *filed.KINDS, Kind.SUMMARY)]


def label(kind: str) -> str:
    """What owners call a kind of message in the log."""
    return str(filed.LABELS[filed.Paper(kind)]) if kind in set(filed.Paper) else rules.label(kind)


def reason(why: str) -> str:
    """A code for why a message did not go, or not yet, in words; a carrier's own codes stay numbers."""
    words = {
        "cancelled": _("The booking is cancelled"),
        "moved": _("The booking was moved"),
        "rule_changed": _("The rules were changed"),
        "restored": _("Its time had passed when the data were restored from a backup"),
        "overtaken": _("Something else happened meanwhile"),
        "too_late": _("It was too late for it"),
        "no_address": _("No address"),
        "no_phone": _("No telephone number"),
        "bad_phone": _("The telephone number is none"),
        "quiet_hours": _("Quiet hours"),
        "sms_off": _("Short messages are switched off"),
        "instead_of_sms": _("Instead of a short message"),
        "interrupted": _("Interrupted while it was being sent"),
        "no_answer": _("The carrier did not answer"),
        "no_connection": _("The carrier cannot be reached, we try again"),
        "refused": _("The address takes no mail"),
        "complained": _("Reported as spam"),
        "sms_21211": _("The carrier does not know this number"),
        "sms_21610": _("They have answered STOP"),
        "sms_429": _("Too many at once, we try again"),
    }
    if why.startswith("sms_") and why not in words:
        return _("The carrier says %(code)s") % {"code": why.removeprefix("sms_")}
    return words.get(why, why)
