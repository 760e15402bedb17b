"""From a request to a plan: which resources and units, at what price. Writes nothing.

A quote plans without locks. A booking takes the locks first and plans after them, so that everything the
plan depends on (hours, closures, prices, stock, balances) is what it will be at the commit; then, holds that
are over let go of the gift credit and prepaid hours that the plan counts with (`bookings.means`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import answers, availability, extras, quotes, refusals, vouchers
from bookings.baskets import Basket
from bookings.facts import Facts, Reason, Window, Wish
from bookings.means import Purse
from bookings.models import Booking, GiftCredit, HoursAccount
from bookings.prices import Price, TooHigh, priced
from bookings.requests import HoldRequest
from kernel.errors import Invalid, NotFound, Refused
from tenants.zones import zone
from venues.access import public_products
from venues.models import DAY_MINUTES, Product, Resource, Voucher
from venues.offered import questions_of, stock_of, with_offers
from venues.pricelists import price_list
from venues.pricing import NoPrice

MOST_FURTHER = 20
LONGEST_MINUTES = 31 * DAY_MINUTES
"""As long as the longest booking that a resource may allow. Nobody works out the price of a century."""


@dataclass(frozen=True, slots=True)
class Claim:
    """So many units of one resource, for the time of the booking."""

    facts: Facts
    units: int


@dataclass(frozen=True)
class Plan:
    """What a booking would be: everything that is written later is decided here."""

    request: HoldRequest
    basket: Basket
    price: Price
    claims: tuple[Claim, ...]
    answers: dict[int, str]
    voucher: Voucher | None = None
    credit: GiftCredit | None = None
    hours: HoursAccount | None = None

    @property
    def lapsed(self) -> set[UUID]:
        """Bookings whose hold is over but whose rows still stand where this one goes."""
        return {booking for claim in self.claims for booking in claim.facts.lapsed_in(self.request.period)}

    @property
    def policy_id(self) -> int | None:
        """The cancellation policy that applies; None for the standard terms."""
        main = self.basket.main
        return main.cancellation_policy_id or main.venue.cancellation_policy_id


@dataclass(frozen=True)
class Estimate:
    """A plan that may have no chance: `refusal` says why it cannot be had at this moment."""

    plan: Plan
    refusal: Refused | None


@dataclass(frozen=True)
class Terms:
    """Who plans: the clock, whether rows are locked, whose bookings are not in the way, and what staff may ignore."""

    now: datetime
    lock: bool = False
    ignoring: frozenset[UUID] = frozenset()
    editing: Booking | None = None
    overrules: frozenset[Reason] = frozenset()
    """Reasons that staff may set aside; never one that says the time is taken."""
    granted: frozenset[Reason] = frozenset()
    """Rules that the booking in `editing` need not keep again, on what it has: its resource and those in `had`."""
    had: frozenset[int] = frozenset()

    def aside(self, further: int | None = None) -> frozenset[Reason]:
        """The rules that are not asked of the main resource, or of a further one."""
        return self.overrules | self.granted if further is None or further in self.had else self.overrules


STAFF_MAY_OVERRULE = frozenset(
    {Reason.LEAD_TIME, Reason.TOO_FAR, Reason.DURATION, Reason.GRANULARITY, Reason.CAPACITY, Reason.CLOSED}
)


def product_of(request: HoldRequest) -> Product | None:
    """The service that is asked for, with its resources, prices and offers; `NotFound` where there is none."""
    if request.product_id is None:
        return None
    services = with_offers(public_products().filter(kind=Product.Kind.BOOKING), request.customer_id)
    product = services.prefetch_related("resources").filter(pk=request.product_id).first()
    if product is None:
        raise NotFound("product_unknown", _("There is no such service."))
    return product


def candidates(request: HoldRequest, product: Product | None) -> list[int]:
    """Ids of the resources of which the booking takes one, in the owner's order."""
    if product is None:
        if request.resource_id is None:
            raise Invalid("resource_required", _("Say which resource, or which service, to book."))
        return [request.resource_id]
    offered = [resource.pk for resource in product.resources.all()]
    if request.resource_id is None:
        return offered
    if request.resource_id not in offered:
        raise Invalid("product_elsewhere", _("This service is not offered there."))
    return [request.resource_id]


def stock_for(request: HoldRequest, ids: Collection[int]) -> Q:
    """The pools that the request's extras, and required ones, come from."""
    return stock_of([extra.product_id for extra in request.extras], ids, request.product_id)


@dataclass(frozen=True)
class _Outline:
    """What a booking would take, before its price is known."""

    basket: Basket
    claims: tuple[Claim, ...]
    refusal: Refused | None


class Stage:
    """What is known about the resources of a request, or of many like it, in a window of days."""

    def __init__(self, request: HoldRequest, product: Product | None, terms: Terms, window: Window | None = None):
        self.product, self.terms = product, terms
        self.purse = Purse(terms.now, terms.lock, terms.editing.pk if terms.editing else None)
        self.candidates = candidates(request, product)
        wanted = [*self.candidates, *request.also]
        if len(request.also) > MOST_FURTHER or len(set(wanted)) != len(wanted):
            raise Invalid("resources_twice", _("Name every resource once."))
        which = availability.kin(wanted) | stock_for(request, wanted)
        relatives = availability.relatives_of(which, request.customer_id)
        self.by_id = {resource.pk: resource for resource in relatives}
        own = price_list(product) if product and price_list(product).tariffs else None
        bookable = set(availability.bookable(relatives, self.candidates if own else ()))
        if not bookable.intersection(self.candidates) or not bookable.issuperset(request.also):
            raise Invalid("resource_unknown", _("There is no such resource."))
        usable = [pk for pk in wanted if pk in bookable]
        sellers = self._sellers(usable)
        pools = [pk for pk in extras.stock_ids(sellers) if pk in self.by_id and pk not in usable]
        zones = {zone(self.by_id[pk].venue.time_zone) for pk in usable}
        around = window or Window.around(request.period, zones)
        self.facts = availability.assemble(relatives, [*usable, *pools], around, terms.now, terms.ignoring)
        self.candidates = [pk for pk in self.candidates if pk in bookable]
        if own:
            for pk in self.candidates:
                self.facts[pk].sell_by(own)
        self.extras = extras.known(sellers, request.customer_id)

    def _sellers(self, resource_ids: Collection[int]) -> list[Resource | Product]:
        resources = [self.by_id[pk] for pk in resource_ids]
        return [*resources, self.product] if self.product else [*resources]

    def plan(self, request: HoldRequest) -> Plan:
        """Decide about one request. Raises `Refused` with the reason, and `Invalid` for what makes no sense."""
        outline = self._outline(request)
        if outline.refusal:
            raise outline.refusal
        plan = self._priced(request, outline)
        quotes.check(request, plan.price, plan.policy_id, self.terms.now)
        return plan

    def estimate(self, request: HoldRequest) -> Estimate:
        """As `plan`, for a quote: with the price even of what cannot be had. `Refused` where there is none."""
        outline = self._outline(request)
        return Estimate(self._priced(request, outline), outline.refusal)

    def _outline(self, request: HoldRequest) -> _Outline:
        if request.period.minutes > LONGEST_MINUTES:
            raise refusals.unavailable(Reason.DURATION)
        main, refusal = self._main(request)
        further = self._further(request, main)
        wanted = extras.chosen(request.extras, self._sellers([main.resource.pk, *request.also]), self.extras)
        basket = Basket(
            resources=(main.resource, *(facts.resource for facts in further)),
            period=request.period,
            zone=main.zone,
            participants=request.participants,
            product=self.product,
            extras=tuple(wanted),
            standings=main.standings,
            booked_at=self.terms.editing.created_at if self.terms.editing else self.terms.now,
        )
        refusal = refusal or self._refused_beside(request, further)
        claims, sold_out = self._claims(basket, [main, *further])
        return _Outline(basket, claims, refusal or sold_out)

    def _main(self, request: HoldRequest) -> tuple[Facts, Refused | None]:
        """The first resource that can be had; or the first of all, and why none can be."""
        fixed = self.product.duration_minutes if self.product else None
        if fixed not in {None, request.period.minutes} and Reason.DURATION not in self.terms.aside():
            return self.facts[self.candidates[0]], refusals.unavailable(Reason.DURATION)
        wish = Wish(request.period, request.participants)
        reasons: list[tuple[Facts, Reason]] = []
        for pk in self.candidates:
            reason = self.facts[pk].reason(wish, self.terms.aside())
            if reason is None:
                return self.facts[pk], None
            reasons.append((self.facts[pk], reason))
        return reasons[0][0], self._refusal(request, reasons)

    def _further(self, request: HoldRequest, main: Facts) -> list[Facts]:
        found, claimed = [], set(main.claims)
        for pk in request.also:
            facts = self.facts[pk]
            if facts.resource.venue_id != main.resource.venue_id:
                raise Invalid("resources_apart", _("The resources of one booking lie in one venue."))
            if claimed.intersection(facts.claims):
                raise Invalid("resources_twice", _("Name every resource once."))
            claimed.update(facts.claims)
            found.append(facts)
        return found

    def _refused_beside(self, request: HoldRequest, further: Sequence[Facts]) -> Refused | None:
        wish = Wish(request.period, request.participants)
        for facts in further:
            reason = facts.reason_beside(wish, self.terms.aside(facts.resource.pk))
            if reason is not None:
                return self._refusal(request, [(facts, reason)])
        return None

    def _refusal(self, request: HoldRequest, reasons: Sequence[tuple[Facts, Reason]]) -> Refused:
        for facts, reason in reasons:
            own = refusals.own_in_the_way(facts, request) if reason in {Reason.HELD, Reason.BOOKED} else None
            if own:
                return refusals.own_booking(own)
        return refusals.unavailable(reasons[0][1])

    def _claims(self, basket: Basket, wanted: Sequence[Facts]) -> tuple[tuple[Claim, ...], Refused | None]:
        found = [Claim(facts, facts.units_for(basket.participants)) for facts in wanted]
        refusal: Refused | None = None
        for extra in basket.extras:
            if extra.product.stock_id is None:
                continue
            pool = self.facts[extra.product.stock_id]
            taken = sum(claim.units for claim in found if claim.facts is pool)
            left = max(0, pool.units_free(pool.with_buffers(basket.period)) - taken)
            if left < extra.quantity:
                refusal = refusal or refusals.sold_out(extra.product, left)
            found.append(Claim(pool, extra.quantity))
        return tuple(found), refusal

    def _priced(self, request: HoldRequest, outline: _Outline) -> Plan:
        basket = outline.basket
        in_the_way = {pk for claim in outline.claims for pk in claim.facts.lapsed_in(request.period)}
        found = self.purse.look(request, basket, in_the_way)
        try:
            price = priced(basket, found.means)
        except NoPrice:
            raise refusals.unavailable(Reason.NO_PRICE) from None
        except TooHigh:
            raise Invalid("price_too_high", _("Nobody can pay that much.")) from None
        vouchers.check_minimum(found.voucher, price.before_voucher_minor)
        self.purse.note(found, price)
        return Plan(
            request=request,
            basket=basket,
            price=price,
            claims=outline.claims,
            answers=self._answers(request, basket),
            voucher=found.voucher if price.voucher_minor else None,
            credit=found.credit,
            hours=found.hours,
        )

    def _answers(self, request: HoldRequest, basket: Basket) -> dict[int, str]:
        sellers = (basket.main, basket.product)
        questions = [question for seller in sellers if seller for question in questions_of(seller)]
        if request.answers is None:
            return {}
        if self.terms.editing is None:
            return answers.checked(questions, request.answers)
        return answers.checked_again(questions, request.answers, self.terms.editing, basket.main)


def plan(request: HoldRequest, terms: Terms) -> Plan:
    """The plan for one request; a booking calls it under its locks, a quote without any."""
    return Stage(request, product_of(request), terms).plan(request)
