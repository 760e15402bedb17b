"""Waiting for what is taken: the first in line is served when time is given back.

Whoever gives time back locks with `lock_of`, or `lock`, in place of those of `claims`, gives back, and calls
`serve` in the same transaction: the first in line whose wish fits gets an ordinary hold before a stranger can
look. What could not be locked, or is too much for one transaction, is left to the clock (`later`), as is an
offer that nobody takes: the tick that ends the hold serves the next. Joining and leaving: `bookings.joining`.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from bookings import allowance, availability, barred, busy, claims, limits, placing, plans, quotas
from bookings.facts import Facts, Reason, Window, Wish
from bookings.models import Booking, WaitlistEntry
from bookings.placing import Placing
from bookings.plans import Stage, Terms
from bookings.records import SYSTEM
from bookings.requests import Contact, HoldRequest
from bookings.states import State
from kernel import failpoints
from kernel.errors import Refused
from kernel.periods import Period
from schemas.clock import database_now
from schemas.transactions import transact
from tenants import due, gate
from venues.models import ExtraOffer, Product, Resource

CLOCK = "waitlist"
"""The kind of due work that serves the line at a resource."""
MOST_OFFERS = 20
"""In one transaction; the clock goes on."""
REACH = timedelta(days=2)
"""Time given back helps no wish that lies further away: buffers are a day at most."""

Entry = WaitlistEntry.State


@dataclass(frozen=True, slots=True)
class Line:
    """What an act has locked for those who wait: what it `freed`, who may be served on what, whose quotas count."""

    freed: frozenset[int]
    ready: frozenset[int]
    customers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Further:
    """What an act locks for itself in the same sorted call: resources, pools, and its own customer's name."""

    resources: Collection[int] = ()
    stock: Q | None = None
    alone: str = ""


def lock_of(*booking_ids: UUID) -> Line:
    """As `claims.lock_of`, with the resources and customers of those who wait for what the bookings take."""
    return lock(claims.resources_of(booking_ids))


def lock(freed: Collection[int], further: Further | None = None) -> Line:
    """Lock resources of which time is given back, and all that is needed to serve those who wait for it.

    Resources and pools first, in id order, then customers: before any booking is locked.
    """
    own = further or Further()
    sought = frozenset(_sought(freed).values_list("pk", flat=True))
    stock = own.stock
    if sought:
        stock = _stock_of(sought) if stock is None else stock | _stock_of(sought)
    claims.lock({*freed, *own.resources, *sought}, stock)
    customers: frozenset[int] = frozenset()
    if sought:
        customers = frozenset(_waiting_for(sought).values_list("customer_id", flat=True))
    gate.wait_for_all([own.alone, *(limits.account_key(pk) for pk in customers)])
    return Line(frozenset(freed), frozenset(freed) | sought, customers)


def serve(line: Line, now: datetime, released: Period | None = None) -> list[Booking]:
    """Give holds to those first in line whose wish can be had now, after the occupancy of `released` is gone.

    None looks at all times. In the order of joining; a party too big for what is free does not keep a smaller
    one behind it waiting (R04). Answers with the holds.
    """
    _note_passed(line.freed)
    waiting = _waiting_for(_sought(line.freed)).select_for_update(of=("self",)).select_related("customer")
    if released:
        waiting = waiting.filter(earliest__lt=released.end + REACH, latest__gt=released.start - REACH)
    entries = list(waiting.order_by("pk"))
    if not entries:
        return []
    failpoints.hit("waitlist.serve")
    busy.cover(line.freed, now, released)
    room = allowance.offers()
    if room is None:
        later(line.freed, now)
        return []
    places = _places(entries, line)
    known = _facts(entries, places, now)
    offered: list[Booking] = []
    for entry in entries:
        for pk in places[entry.pk]:
            if pk not in known or not any(_may_fit(known[pk], wish) for wish in wishes(known[pk], entry)):
                continue
            if len(offered) >= room:
                return offered
            if len(offered) == MOST_OFFERS:
                later([pk], now)
                return offered
            booking = _offer(entry, known[pk], line)
            if booking:
                offered.append(booking)
                known = _facts(entries, places, now)
                break
    return offered


def serve_now(resource_id: int) -> None:
    """What the clock does for those who wait for a resource, as often as it likes."""

    def act() -> None:
        line = lock([resource_id])
        serve(line, database_now())

    transact(act)


def later(freed: Collection[int], now: datetime) -> None:
    """Have the clock serve those who wait for these resources: where an act could not lock them all."""
    for pk in _sought(freed).values_list("pk", flat=True):
        due.schedule(CLOCK, pk, now)


def taken(booking: Booking) -> None:
    """Note that an offer was taken: its hold has become a booking."""
    WaitlistEntry.objects.filter(offer=booking, state=Entry.OFFERED).update(state=Entry.TAKEN)


def is_slot(entry: WaitlistEntry) -> bool:
    """Whether it is for one slot, and not for any start of a day."""
    return entry.latest - entry.earliest == timedelta(minutes=entry.minutes)


def wishes(facts: Facts, entry: WaitlistEntry) -> Iterator[Wish]:
    """What an entry would be content with on a resource: its slot, or every start of its day."""
    if is_slot(entry):
        yield Wish(Period(entry.earliest, entry.latest), entry.participants)
        return
    for wish in facts.wishes(entry.minutes, entry.participants):
        if entry.earliest <= wish.period.start < entry.latest:
            yield wish


def _may_fit(facts: Facts, wish: Wish) -> bool:
    """Whether it is free for somebody; the price may depend on who it is."""
    reason = facts.reason(wish)
    return reason is None or (reason == Reason.NO_PRICE and facts.taken_by(wish) is None)


def _waiting_for(resources: Collection[int] | QuerySet[Resource]) -> QuerySet[WaitlistEntry]:
    services = Product.resources.through.objects.filter(resource__in=resources).values("product")
    return WaitlistEntry.objects.filter(
        Q(resource__in=resources) | Q(product__in=services),
        barred.WELCOME,
        state=Entry.WAITING,
        latest__gt=Now(),
        customer__is_active=True,
    )


def _sought(freed: Collection[int]) -> QuerySet[Resource]:
    """Resources that somebody waits for, and that time on these gives free: kin, and what needs extras from them."""
    offers = ExtraOffer.objects.filter(is_required=True, extra__stock__in=freed)
    services = Product.resources.through.objects.filter(product__in=offers.values("product"))
    near = availability.kin(freed) | Q(pk__in=offers.values("resource")) | Q(pk__in=services.values("resource"))
    waiting = WaitlistEntry.objects.filter(state=Entry.WAITING, latest__gt=Now(), customer__is_active=True)
    direct, by_service = waiting.filter(resource=OuterRef("pk")), waiting.filter(product__resources=OuterRef("pk"))
    return Resource.objects.filter(near).filter(Exists(direct) | Exists(by_service)).order_by()


def _stock_of(resources: Collection[int]) -> Q:
    services = Product.resources.through.objects.filter(resource__in=resources).values("product")
    offers = ExtraOffer.objects.filter(is_required=True, extra__stock__isnull=False)
    return Q(pk__in=offers.filter(Q(resource__in=resources) | Q(product__in=services)).values("extra__stock"))


def _note_passed(freed: Collection[int]) -> None:
    over = [State.EXPIRED, State.CANCELLED]
    offers = WaitlistEntry.objects.filter(state=Entry.OFFERED, offer__state__in=over, offer__resource__in=freed)
    offers.update(state=Entry.PASSED)


def _places(entries: Sequence[WaitlistEntry], line: Line) -> dict[int, list[int]]:
    """Ids of the resources on which each entry may be served, in the owner's order."""
    services = {entry.product_id for entry in entries if entry.product_id}
    offered: dict[int, list[int]] = {}
    if services:
        through = Product.resources.through.objects.filter(product__in=services, resource__in=line.ready)
        rows = through.order_by("resource__position", "resource__name", "resource")
        for product_id, resource_id in rows.values_list("product_id", "resource_id"):
            offered.setdefault(product_id, []).append(resource_id)
    return {
        entry.pk: offered.get(entry.product_id, [])
        if entry.product_id
        else [pk for pk in (entry.resource_id,) if pk in line.ready]
        for entry in entries
    }


def _facts(entries: Sequence[WaitlistEntry], places: dict[int, list[int]], now: datetime) -> dict[int, Facts]:
    ids = {pk for found in places.values() for pk in found}
    # A day of UTC to spare on both sides covers the local days of every zone.
    first = min(entry.earliest for entry in entries).date() - timedelta(days=1)
    last = max(entry.latest for entry in entries).date() + timedelta(days=1)
    return availability.read(ids, Window(max(first, now.date() - timedelta(days=1)), last), now)


class _Offering(Stage):
    """An offer asks no questions: nobody is there yet to answer them."""

    def _answers(self, *_asked: object) -> dict[int, str]:
        return {}


def _offer(entry: WaitlistEntry, facts: Facts, line: Line) -> Booking | None:
    """A hold for an entry on a resource, or None where the rules have something against it."""
    user = entry.customer
    request = HoldRequest(
        answers=None,
        period=Period(entry.earliest, entry.latest),
        resource_id=facts.resource.pk,
        product_id=entry.product_id,
        participants=entry.participants,
        customer=user,
        contact=Contact(user.name, user.email, user.phone),
    )
    try:
        with transaction.atomic():
            return _hold(entry, request, facts, line)
    except Refused:
        return None


def _hold(entry: WaitlistEntry, request: HoldRequest, facts: Facts, line: Line) -> Booking | None:
    now, place = facts.now, facts.resource.pk
    days = Window.around(request.period, {facts.zone})
    stage = _Offering(request, plans.product_of(request), Terms(now, lock=True), days)
    own = stage.facts[place]  # as the shared facts, and with the customer's groups
    wish = next((wish for wish in wishes(own, entry) if own.reason(wish) is None), None)
    if wish is None:
        return None
    plan = stage.plan(replace(request, period=wish.period))
    if plan.basket.main.has_quotas and entry.customer_id not in line.customers:  # type: ignore[attr-defined]
        later([place], now)  # who came in this moment is not locked
        return None
    quotas.check(plan, now)
    if plan.lapsed:
        claims.release(claims.lapsed(plan.lapsed, now), now, "time ran out")
    (booking,) = placing.place([plan], Placing(SYSTEM, now))
    entry.state, entry.offer, entry.offered_at = Entry.OFFERED, booking, now
    entry.save(update_fields=["state", "offer", "offered_at"])
    return booking
