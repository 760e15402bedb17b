"""Changing how a tenant writes: rules of a kind, and the settings; what was planned follows them."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _

from bookings.letters.kinds import Kind
from bookings.models import Booking, MessageRule, MessageSettings
from bookings.models.messages import Channel
from bookings.notices import planning, rules, summary
from bookings.notices.rules import Route, RuleSet
from bookings.states import State
from kernel.errors import Refused
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due
from tenants.due import Queue

REPLAN, REMINDERS = "notice_rules", "reminders"
"""The kind of due work that brings planned reminders in line with the rules, and its one object."""
PIECE = 100


def write(kind: str, wanted: Sequence[Route]) -> RuleSet:
    """Put these rules in place of those of a kind; none at all keeps it from going by any way.

    Raises `NotFound` for an unknown kind and `Invalid` for rules that make no sense.
    """
    rules.of(kind)
    rules.check(kind, wanted)

    def act() -> RuleSet:
        MessageRule.objects.filter(kind=kind).delete()
        rows = [MessageRule(kind=kind, channel=route.channel, minutes=route.minutes) for route in wanted]
        # A row that is off says that the tenant wants none, and not what is usual.
        MessageRule.objects.bulk_create(rows or [MessageRule(kind=kind, channel=Channel.MAIL, is_on=False)])
        _replan(kind)
        return rules.of(kind)

    return transact(act)


def reset(kind: str) -> RuleSet:
    """Back to what is usual for a kind."""
    rules.of(kind)

    def act() -> RuleSet:
        MessageRule.objects.filter(kind=kind).delete()
        _replan(kind)
        return rules.of(kind)

    return transact(act)


def settle(changed: Mapping[str, object]) -> MessageSettings:
    """Change the settings that are named. Raises `Refused("sms_unavailable")` where the platform sends none."""

    def act() -> MessageSettings:
        if changed.get("sends_sms") and not rules.has_sms():
            raise Refused(
                "sms_unavailable", _("Short messages cannot be sent yet: the platform has no carrier for them.")
            )
        before = rules.manners()
        row = rules.manners()
        for name, value in changed.items():
            setattr(row, name, value)
        row.save()
        if row.summary_at != before.summary_at:
            summary.plan_next(database_now())
        if row.sends_sms != before.sends_sms:
            _replan(Kind.REMINDER)
        return row

    return transact(act)


def _replan(kind: str) -> None:
    if kind == Kind.REMINDER:
        due.schedule(REPLAN, REMINDERS, database_now())


@due.handles(REPLAN, queue=Queue.BULK)
def replan(_reminders: str) -> None:
    """Bring the reminders of all bookings to come in line with the rules; as often as it is called."""
    rows = Booking.objects.filter(state=State.CONFIRMED, start__gt=database_now()).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    for first in range(0, len(ids), PIECE):
        piece = ids[first : first + PIECE]
        transact(partial(_keep, piece))


def _keep(ids: Sequence[UUID]) -> None:
    now = database_now()
    for booking in Booking.objects.select_related("resource__venue", "customer").filter(pk__in=ids).order_by("pk"):
        planning.keep_reminders(booking, now, now)
