"""What a booking would be after a change, and whether the change may be made. Reads; writes nothing.

`drafted` serves the preview, without locks, and the change itself, under them (docs/changing.md).
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from bookings import answers, cancelling, moves, placing, plans, quotas, refusals
from bookings.agreed import Change, Parts, is_agreed_anew, parts_of, request_of
from bookings.cancelling import Cancellation
from bookings.facts import Reason
from bookings.lifecycle import LONGEST_OVERRULED
from bookings.models import Booking, BookingLine
from bookings.plans import STAFF_MAY_OVERRULE, Plan, Stage, Terms
from bookings.records import Actor
from bookings.requests import HoldRequest
from bookings.states import LIVE, PaymentState, State
from kernel.errors import Conflict, Forbidden, Refused
from kernel.money import as_text
from kernel.periods import Period, elapsed


@dataclass(frozen=True)
class Draft:
    """A booking before and after. `plan` is None where time, place and price stay.

    `answers` are all of them after the change; None: as they were. `is_asked_again`: staff have to say yes once more.
    """

    before: Booking
    after: Booking
    parts: Parts
    plan: Plan | None
    answers: dict[int, str] | None
    is_asked_again: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Who changes when, and whether what is read is locked. Bookings in `moving` get another place next."""

    actor: Actor
    now: datetime
    lock: bool
    moving: frozenset[UUID] = frozenset()


def drafted(current: Booking, change: Change, moment: Moment) -> Draft:
    """The booking after the change. Raises `Refused` where it cannot or may not be made."""
    _check_changeable(current, change, moment)
    parts = parts_of(current)
    request = request_of(current, parts, change)
    after = copy(current)
    if change.notes is not None:
        after.notes = change.notes
    if is_agreed_anew(current, parts, request):
        rules = _set_aside(request, change)
        draft = _agreed_anew(Draft(current, after, parts, None, None), request, moment, rules)
    else:
        given = None if change.answers is None else _answered(current, change.answers)
        draft = Draft(current, after, parts, None, given)
    _check_expected(draft, change)
    return draft


def _check_changeable(current: Booking, change: Change, moment: Moment) -> None:
    actor, now = moment.actor, moment.now
    moves.check_live(current, now)
    until = current.end if actor.is_staff and current.state == State.CONFIRMED else current.start
    if current.state not in LIVE or now >= until:
        raise Refused("not_changeable", _("This booking can no longer be changed."))
    if current.payment_state in {PaymentState.PROCESSING, PaymentState.DISPUTED}:
        raise Refused("payment_open", _("A payment for this booking is under way. Please try again later."))
    if (change.payment is not None or change.without) and current.state != State.HELD:
        raise Refused("not_changeable", _("Vouchers and credit can be used while the time is being held."))
    if (change.agreed_minor is not None or change.overrules) and not actor.is_staff:
        raise Forbidden("permission_denied", _("Only staff may agree on a price, or set rules aside."))
    if change.revision is not None and change.revision != current.revision:
        raise Conflict(
            "changed_meanwhile",
            _("This booking has been changed meanwhile. Please look at it again."),
            {"revision": current.revision},
        )


def _check_expected(draft: Draft, change: Change) -> None:
    if change.expected_minor is None or change.expected_minor == draft.after.total_minor:
        return
    currency, total = draft.after.currency, draft.after.total_minor
    extra = {
        "quoted": as_text(change.expected_minor, currency),
        "current": as_text(total, currency),
        "difference": as_text(total - change.expected_minor, currency),
        "currency": currency,
    }
    raise Conflict("price_changed", _("The price has changed. Please look at it again."), extra)


def _agreed_anew(draft: Draft, request: HoldRequest, moment: Moment, rules: frozenset[Reason]) -> Draft:
    current, after, actor = draft.before, draft.after, moment.actor
    if not actor.is_staff and any(line.kind == BookingLine.Kind.AGREED for line in draft.parts.lines):
        raise Refused("price_agreed", _("You agreed on a price with the venue. Please ask them to change this."))
    terms = Terms(
        moment.now,
        lock=moment.lock,
        ignoring=frozenset({current.pk, *moment.moving}),
        editing=current,
        overrules=rules,
        granted=_granted(current, request),
        had=frozenset(draft.parts.also),
    )
    plan = _paid_as_before(Stage(request, plans.product_of(request), terms).plan(request), draft)
    if plan.price.currency != current.currency:
        raise Refused("other_currency", _("A booking cannot move to a place with another currency."))
    if request.period.end <= moment.now:
        raise refusals.unavailable(Reason.LEAD_TIME)
    placing.agree(after, plan)
    asked_again = _is_asked_again(draft, request, actor)
    if not actor.is_staff:
        if not _is_within(draft, request):
            quotas.check(plan, moment.now, {current.pk, *moment.moving})
        _keep_terms(draft, plan, moment, may_wait=not asked_again)
    if after.state == State.PENDING and after.hold_expires_at:
        after.hold_expires_at = min(after.hold_expires_at, after.start)
    moves.settle(after, moment.now)
    after.refund_due_minor = after.overpaid_minor
    return replace(draft, plan=plan, answers=plan.answers, is_asked_again=asked_again)


def _set_aside(request: HoldRequest, change: Change) -> frozenset[Reason]:
    overrules = change.overrules & STAFF_MAY_OVERRULE
    if Reason.CLOSED in overrules:
        overrules |= {Reason.GRANULARITY}
    if elapsed(request.period.start, request.period.end) > LONGEST_OVERRULED:
        overrules -= {Reason.DURATION}
    return overrules


def _granted(current: Booking, request: HoldRequest) -> frozenset[Reason]:
    """Rules that a booking need not keep again: what it has already stays granted."""
    if request.resource_id != current.resource_id:
        return frozenset()
    old, new = Period(current.start, current.end), request.period
    granted = set()
    if new.start == old.start:
        granted |= {Reason.LEAD_TIME, Reason.TOO_FAR, Reason.GRANULARITY}
    if old.contains(new):
        granted.add(Reason.CLOSED)
    if new == old:
        granted.add(Reason.DURATION)
    if request.participants <= current.participants:
        granted.add(Reason.CAPACITY)
    return frozenset(granted)


def _paid_as_before(plan: Plan, draft: Draft) -> Plan:
    """Gift credit pays what is left; it does not take the place of money that was paid."""
    price = plan.price
    least = min(draft.before.credit_minor, price.total_minor)
    wanted = max(least, price.total_minor - draft.before.here_minor)
    return replace(plan, price=replace(price, credit_minor=min(price.credit_minor, wanted)))


def _is_asked_again(draft: Draft, request: HoldRequest, actor: Actor) -> bool:
    current, after = draft.before, draft.after
    if actor.is_staff or current.state != State.CONFIRMED or not after.resource.needs_approval:
        return False
    return after.participants > current.participants or not _is_within(draft, request)


def _is_within(draft: Draft, request: HoldRequest) -> bool:
    """Whether it takes no time and no resource that it did not have."""
    current = draft.before
    return (
        request.resource_id == current.resource_id
        and Period(current.start, current.end).contains(request.period)
        and set(request.also) <= set(draft.parts.also)
    )


def _keep_terms(draft: Draft, plan: Plan, moment: Moment, *, may_wait: bool) -> None:
    """Once cancelling costs something, changing is no way round it: the fee stays what it would have been.

    From then on a customer may change to what is not cheaper; the clock of the fee, the policy, the groups
    and the deposit that it depends on stay as they were.
    """
    current, after = draft.before, draft.after
    cost = cancelling.preview(current, moment.actor, Cancellation(), moment.now)
    if not cost.fee_minor and not cost.hours_kept:
        return
    if after.total_minor < current.total_minor or plan.price.pack_minutes < draft.parts.minutes or not may_wait:
        raise Refused(
            "change_too_late",
            _("It is too late for this change: cancelling would no longer be free."),
            {
                "old_total": as_text(current.total_minor, current.currency),
                "new_total": as_text(after.total_minor, after.currency),
                "currency": current.currency,
            },
        )
    if after.start > current.fee_counts_to:
        after.cancel_from = current.fee_counts_to
    after.policy_id, after.groups = current.policy_id, current.groups
    after.deposit_minor = max(after.deposit_minor, current.deposit_minor)


def _answered(current: Booking, given: Mapping[int, str]) -> dict[int, str]:
    return answers.checked_again(answers.asked_of(current), given, current, current.resource)
