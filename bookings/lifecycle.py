"""A booking's life in order: hold, book, submit, confirm, pay on site, expire, complete.

Every act is the same five lines: lock, check the move, write, record the event, tell the clock. Acts are
`transact`ed: called alone they are a transaction of their own, called inside another they join it. Giving
up is `bookings.cancelling`, changing what was agreed `bookings.changes`, coming or not `bookings.visits`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import (
    allowance,
    barred,
    claims,
    introductions,
    limits,
    overrides,
    placing,
    plans,
    quotas,
    rivals,
    waitlist,
)
from bookings.facts import Reason, has_lapsed
from bookings.introductions import Introduction
from bookings.models import Booking, BookingEvent, OnSitePayment, Series
from bookings.moves import DESK_PAPER, check_live, locked, move, save, settle, settle_returned, tick
from bookings.placing import Onward, Placing
from bookings.plans import STAFF_MAY_OVERRULE, Plan, Stage, Terms
from bookings.records import SYSTEM, Actor, event
from bookings.requests import Contact, HoldRequest
from bookings.states import WAITING, PaymentWay, PendingReason, State
from kernel import failpoints
from kernel.errors import Conflict, Invalid, Refused
from kernel.periods import Period
from schemas import figures
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, gate

LONGEST_HOLD = timedelta(minutes=30)
"""In all, with "still there?" answered."""
PAY_WITHIN = timedelta(hours=24)
"""After approval."""
GIVEN_UP = frozenset({State.CANCELLED, State.NO_SHOW, State.EXPIRED})
TAKEN = frozenset({Reason.BOOKED, Reason.HELD})
"""Refusals of who came second."""
LONGEST_OVERRULED = timedelta(days=3)
"""Of a booking whose length staff overrule: what is read of a resource reaches at least so far."""


def hold(request: HoldRequest, actor: Actor | None = None) -> Booking:
    """Take the slot for 15 minutes and return the booking, state `held`. Who acts is the customer, unless said.

    Raises `Refused` with a code of `facts.Reason`, `held_by_you` or `price_changed`, and then nothing has
    changed.
    """
    return _counted(lambda: _take(request, actor or Actor.of(request.customer), lambda _booking: None))


def book(request: HoldRequest, payment: PaymentWay | None = None) -> Booking:
    """As `hold`, but a booking that is paid on site, or free, goes straight on to the venue, as by `submit`.

    `payment` None means online where the resource takes that. Raises `Refused("payment_unavailable")` for a way
    that it does not take.
    """
    actor = Actor.of(request.customer)
    return _counted(lambda: _take(request, actor, in_way(actor, payment)))


def in_way(actor: Actor, payment: PaymentWay | None) -> Onward:
    """What `book` does with a new booking that is paid in this way."""

    def onward(booking: Booking) -> BookingEvent | None:
        way = _way_of(booking, payment)
        if booking.due_now_minor and way == PaymentWay.ONLINE and not booking.resource.needs_approval:
            return None
        booking.payment_way = way
        return _submitted(booking, actor, booking.created_at)

    return onward


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """Of which series a booking is that staff make, why they make it, and why against the rules, for the record."""

    series: Series | None = None
    why: str = "booked by staff"
    overruled_because: str = ""


def _counted(act: Callable[[], Booking]) -> Booking:
    """Do it in a transaction, and count how it ended: `created`, or the refusal's code."""
    try:
        booking = transact(act)
    except Refused as refusal:
        figures.BOOKINGS.labels(refusal.code).inc()
        if refusal.code in TAKEN:
            figures.CONFLICTS.inc()
        raise
    figures.BOOKINGS.labels("created").inc()
    return booking


USUALLY = OnBehalf()


def book_for(
    request: HoldRequest, staff: Actor, overrules: frozenset[Reason] = frozenset(), how: OnBehalf = USUALLY
) -> Booking:
    """Staff book on somebody's behalf: confirmed at once, to be paid on site. Hold caps and quotas do not count.

    `request.payment.agreed_minor` is another price, where they agreed on one. `overrules` are rules that they
    set aside, of `STAFF_MAY_OVERRULE`; what is taken stays taken. Outside opening hours there is no grid.
    """
    overrules = set_aside(request, overrules)

    def act() -> Booking:
        booking = _take(request, staff, by_staff(staff, how), overrules)
        if overrules and how.overruled_because:
            overrides.keep(booking, overrules, how.overruled_because)
        return booking

    return _counted(act)


def by_staff(staff: Actor, how: OnBehalf = USUALLY) -> Onward:
    """What becomes of a new booking that staff make for somebody: confirmed at once, to be paid on site."""

    def onward(booking: Booking) -> BookingEvent | None:
        booking.payment_way, booking.series = PaymentWay.ON_SITE, how.series or booking.series
        return move(booking, State.CONFIRMED, staff, booking.created_at, how.why)

    return onward


def set_aside(request: HoldRequest, overrules: frozenset[Reason]) -> frozenset[Reason]:
    """Of the rules that staff would set aside for a booking, those that they may."""
    if request.period.end - request.period.start > LONGEST_OVERRULED:
        overrules -= {Reason.DURATION}
    return overrules & STAFF_MAY_OVERRULE


def _way_of(booking: Booking, payment: PaymentWay | None) -> PaymentWay:
    resource = booking.resource
    wanted = payment or (PaymentWay.ONLINE if resource.pays_online else PaymentWay.ON_SITE)
    if booking.due_minor and not (resource.pays_online if wanted == PaymentWay.ONLINE else resource.pays_on_site):
        raise Refused("payment_unavailable", _("This cannot be paid in that way."))
    return wanted


def _take(request: HoldRequest, actor: Actor, onward: Onward, overrules: frozenset[Reason] = frozenset()) -> Booking:
    product = plans.product_of(request)
    wanted = [*plans.candidates(request, product), *request.also]
    has_waited = claims.lock(wanted, plans.stock_for(request, wanted))
    allowed = allowance.admitted(actor, limits.customer_key(request))
    now = allowed.now
    replaced = _replaced(request)
    if has_waited and not (request.also or overrules):
        rivals.refuse_if_gone(request, product, wanted, now, replaced)
    _let_go(replaced, now)  # before the plan: a voucher or credit that they use is wanted again
    terms = Terms(now, lock=True, ignoring=replaced, overrules=overrules)
    plan = Stage(request, product, terms).plan(request)
    failpoints.hit("hold.checked")
    if actor.is_staff:
        barred.check_open(request, plan.basket.main)
    else:
        barred.check_read(request, plan.basket.main)
        limits.check_holds(plan, now)
        quotas.check(plan, now, replaced)
    make_room(plan, now)
    allowed.take()
    return placing.place([plan], Placing(actor, now, onward))[0]


def _let_go(replaced: frozenset[UUID], now: datetime) -> None:
    if replaced:
        waitlist.later(claims.resources_of(replaced), now)
        claims.release(Booking.objects.filter(pk__in=replaced, state=State.HELD), now, "replaced")


def make_room(plan: Plan, now: datetime) -> None:
    """Tidy up the holds that are over where the plan goes."""
    if plan.lapsed:
        claims.release(claims.lapsed(plan.lapsed, now), now, "time ran out")


def _replaced(request: HoldRequest) -> frozenset[UUID]:
    """Those of the holds to be replaced that are the caller's to let go."""
    if not request.replaces or not (request.customer or request.holder):
        return frozenset()  # holds of customers have an empty holder too: nobody is not somebody
    mine = Q(customer=request.customer) if request.customer else Q(pk__in=())
    if request.holder:
        mine |= Q(customer=None, holder=request.holder)  # of somebody who has signed in since, too
    held = Booking.objects.filter(mine, pk__in=request.replaces, state=State.HELD)
    return frozenset(held.values_list("pk", flat=True))


def extend_hold(booking: Booking, actor: Actor) -> Booking:
    """ "Still there?" Fifteen minutes from now, but never beyond half an hour in all (R38). Refused once it is over."""

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        check_live(current, now)
        if current.state != State.HELD:
            raise Refused("wrong_state", _("This booking is not being held any more."))
        before = current.hold_expires_at
        assert before is not None
        current.hold_expires_at = max(before, min(now + placing.HOLD_LASTS, current.created_at + LONGEST_HOLD))
        if current.hold_expires_at == before:
            raise Refused("hold_too_long", _("This time cannot be held any longer."))
        current.updated_at = now
        happened = event(current, current.state, actor, now, act=BookingEvent.Act.HOLD_EXTENDED)
        save(current, happened, [("hold_expires_at", before.isoformat(), current.hold_expires_at.isoformat())])
        tick(current)
        return current

    return transact(act)


def submit(
    booking: Booking,
    contact: Contact,
    actor: Actor,
    notes: str | None = None,
    given: Mapping[int, str] | None = None,
    way: PaymentWay | None = None,
) -> Booking:
    """The customer's details are in and payment is on site, or nothing is due: `held` to `confirmed`.

    Where the resource needs approval: to `pending`, which keeps the slot until staff say yes, at the latest
    until it starts. `notes` are the customer's wishes; None leaves those of the hold. `given` are answers to
    the questions that come with it; `Invalid` where one is missing. `way` is how it is paid, on site where that is
    possible unless said.
    """

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = gate.open_now(alone=quotas.guest_key(current, contact))
        check_live(current, now)
        if current.state not in WAITING:
            raise Refused("wrong_state", _("This booking is not being held any more."))
        if not current.resource.pays_on_site and current.due_now_minor and not current.resource.needs_approval:
            raise Refused("payment_required", _("This booking has to be paid online."))
        if not actor.is_staff:
            quotas.check_guest(current, contact, now)
        introductions.note(current, Introduction(contact, notes, given))
        current.payment_way = way or (PaymentWay.ON_SITE if current.resource.pays_on_site else PaymentWay.ONLINE)
        save(current, _submitted(current, actor, now))
        waitlist.taken(current)
        tick(current)
        return current

    return transact(act)


def _submitted(booking: Booking, actor: Actor, now: datetime) -> BookingEvent:
    target = State.PENDING if booking.resource.needs_approval else State.CONFIRMED
    return move(booking, target, actor, now)


def confirm(booking: Booking, actor: Actor) -> Booking:
    """Staff accept it: `held` or `pending` to `confirmed`. Raises `Refused` once the hold is over, or it has begun.

    A request for approval that is to be paid online goes on to wait for the payment, for a day at most and until
    it begins; accepting it once more changes nothing.
    """

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        if current.state == State.CONFIRMED:
            return current
        check_live(current, now)
        if current.state not in WAITING:
            raise Refused("wrong_state", _("This booking does not wait for an answer."))
        failpoints.hit("confirm.read")
        if current.pending_reason == PendingReason.PAYMENT:
            return current
        _check_not_begun(current, now)
        if _pays_after_approval(current):
            _await_payment(current, actor, now)
        else:
            save(current, move(current, State.CONFIRMED, actor, now))
        waitlist.taken(current)
        tick(current)
        return current

    return transact(act)


def _check_not_begun(booking: Booking, now: datetime) -> None:
    # What was not answered by its start is over, whether or not the clock has come by.
    if booking.state == State.PENDING and booking.start <= now:
        raise Refused("hold_expired", _("Nobody answered this request in time."))


def _pays_after_approval(booking: Booking) -> bool:
    return bool(
        booking.pending_reason == PendingReason.APPROVAL
        and booking.payment_way == PaymentWay.ONLINE
        and booking.due_minor
    )


def _await_payment(booking: Booking, actor: Actor, now: datetime) -> None:
    booking.pending_reason = PendingReason.PAYMENT
    booking.hold_expires_at = min(now + PAY_WITHIN, booking.start)
    booking.updated_at = now
    happened = event(booking, booking.state, actor, now, why="approved, to be paid", act=BookingEvent.Act.CHANGED)
    save(booking, happened, [("pending_reason", PendingReason.APPROVAL, PendingReason.PAYMENT)])


@dataclass(frozen=True, slots=True)
class Taking:
    """Money taken (positive minor units) or given back (negative) at the desk.

    `seen_minor` is what was paid when whoever notes it looked: a form that is sent twice is noted once. `why` is for
    the record, in place of the way.
    """

    amount_minor: int
    way: OnSitePayment.Way = OnSitePayment.Way.CASH
    seen_minor: int | None = None
    why: str = ""


def pay_on_site(booking: Booking, taking: Taking, actor: Actor) -> Booking:
    """Note money that changed hands at the desk. What waited for a payment is confirmed by it.

    Raises `Invalid` for more than is due, for less than is due now where the booking waits for it, and for more
    back than is to be returned; `Conflict("changed_meanwhile")` where another sum is paid than was seen.
    """

    def act() -> Booking:
        current = locked(booking.pk, booking.seen)
        now = database_now()
        _check_taking(current, taking, now)
        before = current.paid_minor
        current.paid_minor += taking.amount_minor
        if taking.amount_minor < 0:
            current.refund_due_minor += taking.amount_minor
        current.updated_at = now
        made = OnSitePayment.objects.create(
            booking=current, amount_minor=taking.amount_minor, way=taking.way, taken_by_id=actor.user_id, at=now
        )
        due.schedule(DESK_PAPER, made.pk, now)
        happened = event(current, current.state, actor, now, taking.why or taking.way, BookingEvent.Act.PAID)
        if current.state in GIVEN_UP:
            settle_returned(current, -taking.amount_minor)
        else:
            settle(current, now)
        save(current, happened, [("paid_minor", before, current.paid_minor)])
        if _waits_for_money(current):
            current.payment_way = PaymentWay.ON_SITE
            save(current, move(current, State.CONFIRMED, actor, now, why="paid on site"))
            waitlist.taken(current)
            tick(current)
        return current

    return transact(act)


def _waits_for_money(booking: Booking) -> bool:
    return booking.state == State.HELD or booking.pending_reason == PendingReason.PAYMENT


def _check_taking(booking: Booking, taking: Taking, now: datetime) -> None:
    if taking.seen_minor not in {None, booking.paid_minor}:
        told = _("Other money of this booking was noted meanwhile. Please look at it again.")
        raise Conflict("changed_meanwhile", told)
    if taking.amount_minor < 0:
        if -taking.amount_minor > booking.refund_due_minor:
            raise Invalid("amount_too_high", _("That is more than is to be returned."))
        return
    check_live(booking, now)
    if booking.pending_reason == PendingReason.APPROVAL:
        raise Refused("wrong_state", _("Say yes to this request before you take money for it."))
    if taking.amount_minor > booking.owed_minor:
        raise Invalid("amount_too_high", _("That is more than is due."))
    if not taking.amount_minor or (_waits_for_money(booking) and taking.amount_minor < booking.due_now_minor):
        raise Invalid("amount_too_low", _("That is less than is due now."))


def let_time_pass(booking_id: UUID) -> None:
    """What the clock does to a booking, as often as it likes: expire what has lapsed, complete what is over."""

    def act() -> None:
        line = waitlist.lock_of(booking_id)
        now = database_now()
        current = Booking.objects.select_for_update().filter(pk=booking_id).first()
        if current is None:
            return
        if has_lapsed(current.state, current.hold_expires_at, now) or (
            current.state == State.PENDING and current.start <= now
        ):
            claims.release(Booking.objects.filter(pk=current.pk), now, "time ran out")
            waitlist.serve(line, now, Period(current.start, current.end))
        elif current.state == State.EXPIRED:  # by somebody who took some of its time
            waitlist.serve(line, now, Period(current.start, current.end))
        elif current.state == State.CONFIRMED and current.end <= now:
            save(current, move(current, State.COMPLETED, SYSTEM, now))

    transact(act)
