"""Changing what was agreed: extend, shorten, move, more or fewer people, extras and further resources.

The reference code stays, `revision` counts on, and the history has every difference. The old time is given
back only in the transaction that has gained the new one: a refusal changes nothing.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bookings import (
    answers,
    balances,
    claims,
    lifecycle,
    limits,
    moves,
    overrides,
    placing,
    plans,
    versions,
    vouchers,
    waitlist,
)
from bookings.agreed import Change, claiming_parts_of, request_of
from bookings.drafts import Draft, Moment, drafted
from bookings.models import (
    Answer,
    Booking,
    BookingEvent,
    BookingExtra,
    BookingLine,
    BookingResource,
    Occupancy,
    VoucherUse,
)
from bookings.plans import Plan
from bookings.prices import Line
from bookings.records import Actor, event
from bookings.requests import Payment
from bookings.states import State
from bookings.traces import differences
from bookings.waitlist import Further
from bookings.waitlist import Line as Waiting
from kernel import failpoints
from kernel.periods import Period
from schemas.clock import database_now
from schemas.transactions import Again, transact
from tenants import gate


@dataclass(frozen=True)
class Preview:
    """What a change does, or did, with the money, in minor units of the booking's currency.

    `booking` is as it would be, or is by now. `refund_minor` comes back of what was paid,
    `credit_delta_minor` more is taken of the gift credit (negative: goes back to it).
    """

    booking: Booking
    old_total_minor: int
    due_now_minor: int
    refund_minor: int
    credit_delta_minor: int
    lines: tuple[Line | BookingLine, ...]
    needs_approval: bool

    @property
    def delta_minor(self) -> int:
        """How much dearer it gets; negative where it gets cheaper."""
        return self.booking.total_minor - self.old_total_minor


def preview(booking: Booking, change: Change, actor: Actor) -> Preview:
    """Exactly what `change` would do at this moment. `Refused` where it would say no."""
    current, now = Booking.objects.select_related("resource__venue").get(pk=booking.pk), database_now()
    versions.check(current, booking.seen, now)
    return shown(drafted(current, change, Moment(actor, now, lock=False)))


def change(booking: Booking, wanted: Change, actor: Actor) -> Booking:
    """Change a held, pending or confirmed booking: customers until it starts, staff until it is over.

    Raises `Refused` with a code of `facts.Reason`, `not_changeable`, `change_too_late`, `price_agreed`,
    `other_currency` or `payment_open`, `Conflict` with `price_changed` or `changed_meanwhile`, and `Outdated`.
    """
    return carry_out(booking, wanted, actor).booking


def nothing_more(_resource_ids: Collection[int], _given_back: Period) -> None:
    """What is done with time that a change gives back: those who wait may have it."""


def carry_out(
    booking: Booking, wanted: Change, actor: Actor, then: Callable[[Collection[int], Period], None] = nothing_more
) -> Preview:
    """As `change`; returns what it did. `then` takes what it gives back, before those who wait for it are served."""

    def act() -> Preview:
        current, now, line = _locked(booking, wanted)
        given_back = Period(current.start, current.end)
        draft = drafted(current, wanted, Moment(actor, now, lock=True))
        failpoints.hit("change.checked")
        done = write(draft, Moment(actor, now, lock=True))
        if wanted.overrules and wanted.overruled_because and done.booking.revision != current.revision:
            overrides.keep(current, wanted.overrules, wanted.overruled_because)
        then(line.freed, given_back)
        waitlist.serve(line, now, given_back)
        return done

    return transact(act)


def _locked(booking: Booking, wanted: Change) -> tuple[Booking, datetime, Waiting]:
    """The booking, locked after everything that it has and is to have, and who waits for what it has."""
    before = Booking.objects.select_related("customer").get(pk=booking.pk)
    request = request_of(before, claiming_parts_of(before), wanted)
    has = claims.resources_of([booking.pk])
    assert request.resource_id is not None
    wants = [request.resource_id, *request.also]
    customer = limits.customer_key(request)
    line = waitlist.lock(has, Further(wants, plans.stock_for(request, wants), customer))
    now = gate.open_now(alone=customer)
    current = moves.locked(booking.pk, booking.seen)
    if claims.resources_of([booking.pk]) != has:
        raise Again  # it moved while we waited for where it was
    return current, now, line


def shown(draft: Draft) -> Preview:
    """The money of a draft."""
    before, after = draft.before, draft.after
    return Preview(
        booking=after,
        old_total_minor=before.total_minor,
        due_now_minor=after.due_now_minor,
        refund_minor=after.refund_due_minor,
        credit_delta_minor=after.credit_minor - before.credit_minor,
        lines=draft.plan.price.lines if draft.plan else draft.parts.lines,
        needs_approval=draft.is_asked_again,
    )


def write(draft: Draft, moment: Moment) -> Preview:
    """Write a draft that was made under the locks; what is not different is not written."""
    after, now = draft.after, moment.now
    changed = differences(draft)
    if not changed and not _pays_otherwise(draft):
        return shown(draft)
    happened = event(after, after.state, moment.actor, now, act=BookingEvent.Act.CHANGED)
    if draft.is_asked_again:
        happened = moves.move(after, State.PENDING, moment.actor, now)
        happened.act = BookingEvent.Act.CHANGED
    after.revision += 1
    after.updated_at = now
    if draft.plan:
        _occupy(draft.plan, after, now)
        _write_parts(draft.plan, after, now)
        _write_means(draft.plan, draft.parts.payment, after, now)
    if draft.answers is not None:
        Answer.objects.filter(booking=after).exclude(field__in=draft.answers).delete()
        if not draft.plan:
            answers.write(after, draft.answers)
    moves.save(after, happened, changed)
    moves.tick(after)
    return shown(draft)


def _pays_otherwise(draft: Draft) -> bool:
    """Whether another voucher, gift credit or account of hours is used, or none any more, be it for the same sum."""
    if draft.plan is None:
        return False
    before, asked = draft.parts.payment, draft.plan.request.payment
    means = (asked.voucher.strip().upper(), asked.credit.strip().upper(), asked.hours_account)
    return (before.voucher, before.credit, before.hours_account) != means


def _occupy(plan: Plan, booking: Booking, now: datetime) -> None:
    Occupancy.objects.filter(booking=booking).delete()
    lifecycle.make_room(plan, now)
    claims.occupy(placing.occupancy(booking, plan.claims))


def _write_parts(plan: Plan, booking: Booking, now: datetime) -> None:
    for model in (BookingResource, BookingExtra, BookingLine):
        model.objects.filter(booking=booking).delete()
    placing.write_parts(plan, booking)
    BookingLine.objects.bulk_create(placing.lines(booking, plan.price.lines))


def _write_means(plan: Plan, before: Payment, booking: Booking, now: datetime) -> None:
    asked = plan.request.payment
    if plan.voucher:
        vouchers.take(plan.voucher, booking, plan.price.voucher_minor)
    elif before.voucher and not asked.voucher:
        VoucherUse.objects.filter(booking=booking).delete()
    if plan.credit or (before.credit and not asked.credit):
        balances.change_credit(plan.credit, booking, plan.price.credit_minor, now)
    if plan.hours or (before.hours_account and asked.hours_account is None):
        balances.change_hours(plan.hours, booking, plan.price.pack_minutes, now)
