"""From a request to a plan: which resources and units, at what price. Reads; writes nothing.

A quote plans without locks. A booking takes the locks first and plans after them, so that everything the
plan depends on (hours, closures, prices, stock, balances) is what it will be at the commit.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from bookings import answers, availability, balances, quotes, refusals, vouchers
from bookings.facts import Facts, Reason, Window, Wish
from bookings.models import Booking, GiftCredit, HoursAccount
from bookings.prices import Basket, Extra, Means, Price, priced
from bookings.requests import ExtraWish, HoldRequest
from kernel.errors import Invalid, NotFound
from tenants.zones import zone
from venues.access import public_products
from venues.models import Product, Resource, Voucher
from venues.offered import Question, offers_of, questions_of, stock_of, with_offers
from venues.pricing import NoPrice

MOST_FURTHER = 20


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
class Terms:
    """Who plans: the clock, whether rows are locked, whose bookings are not in the way, and what staff may ignore."""

    now: datetime
    lock: bool = False
    ignoring: frozenset[UUID] = frozenset()
    editing: Booking | None = None
    overrules: frozenset[Reason] = frozenset()
    """Reasons that staff may set aside; never one that says the time is taken."""


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


class Stage:
    """What is known about the resources of a request, or of many like it, in a window of days."""

    def __init__(self, request: HoldRequest, product: Product | None, terms: Terms, window: Window | None = None):
        self.product, self.terms = product, terms
        self.candidates = candidates(request, product)
        wanted = [*self.candidates, *request.also]
        if len(request.also) > MOST_FURTHER or len(set(wanted)) != len(wanted):
            raise Invalid("resources_twice", _("Name every resource once."))
        which = availability.kin(wanted) | stock_for(request, wanted)
        relatives = availability.relatives_of(which, request.customer_id)
        self.by_id = {resource.pk: resource for resource in relatives}
        bookable = set(availability.bookable(relatives))
        if not bookable.intersection(self.candidates) or not bookable.issuperset(request.also):
            raise Invalid("resource_unknown", _("There is no such resource."))
        usable = [pk for pk in wanted if pk in bookable]
        pools = [pk for pk, resource in self.by_id.items() if pk not in wanted and resource.units]
        zones = {zone(self.by_id[pk].venue.time_zone) for pk in usable}
        around = window or Window.around(request.period, zones)
        self.facts = availability.assemble(relatives, [*usable, *pools], around, terms.now, terms.ignoring)
        self.extras = self._extras_known(request)

    def plan(self, request: HoldRequest) -> Plan:
        """Decide about one request. Raises `Refused` with the reason, and `Invalid` for what makes no sense."""
        fixed = self.product.duration_minutes if self.product else None
        if fixed not in {None, request.period.minutes} and Reason.DURATION not in self.terms.overrules:
            raise refusals.unavailable(Reason.DURATION)
        main = self._main(request)
        further = tuple(self.facts[pk] for pk in request.also)
        extras = self._extras(request, main.resource)
        basket = Basket(
            resources=(main.resource, *(facts.resource for facts in further)),
            period=request.period,
            zone=main.zone,
            participants=request.participants,
            product=self.product,
            extras=tuple(extras),
            standings=main.standings,
        )
        plan = self._priced(request, basket, tuple(self._claims(request, main, further, extras)))
        quotes.check(request, plan.price, self.terms.now)
        return plan

    def _main(self, request: HoldRequest) -> Facts:
        wish = Wish(request.period, request.participants)
        reasons: list[tuple[Facts, Reason]] = []
        for pk in self.candidates:
            if pk not in self.facts:
                continue
            reason = self.facts[pk].reason(wish, self.terms.overrules)
            if reason is None:
                self._check_further(request, self.facts[pk], wish)
                return self.facts[pk]
            reasons.append((self.facts[pk], reason))
        raise self._refusal(request, reasons)

    def _check_further(self, request: HoldRequest, main: Facts, wish: Wish) -> None:
        for pk in request.also:
            facts = self.facts[pk]
            if facts.resource.venue_id != main.resource.venue_id:
                raise Invalid("resources_apart", _("The resources of one booking lie in one venue."))
            if set(facts.claims) & set(main.claims):
                raise Invalid("resources_twice", _("Name every resource once."))
            reason = facts.reason_beside(wish, self.terms.overrules)
            if reason is not None:
                raise self._refusal(request, [(facts, reason)])

    def _refusal(self, request: HoldRequest, reasons: Sequence[tuple[Facts, Reason]]) -> Exception:
        for facts, reason in reasons:
            own = _own_booking(facts, request) if reason in {Reason.HELD, Reason.BOOKED} else None
            if own:
                return refusals.own_booking(own)
        return refusals.unavailable(reasons[0][1])

    def _extras_known(self, request: HoldRequest) -> dict[int, Product]:
        sellers: list[Resource | Product] = [
            self.by_id[pk] for pk in (*self.candidates, *request.also) if pk in self.by_id
        ]
        if self.product:
            sellers.append(self.product)
        offered = {offer.product_id for seller in sellers for offer in offers_of(seller)}
        if not offered:
            return {}
        rows = public_products().filter(pk__in=offered, kind=Product.Kind.EXTRA)
        return {product.pk: product for product in with_offers(rows, request.customer_id)}

    def _extras(self, request: HoldRequest, main: Resource) -> list[Extra]:
        sellers: list[Resource | Product] = [main, *(self.by_id[pk] for pk in request.also)]
        if self.product:
            sellers.append(self.product)
        offers = {offer.product_id: offer for seller in sellers for offer in offers_of(seller)}
        wanted = _counted(request.extras)
        for offer in offers.values():
            if offer.is_required:
                wanted.setdefault(offer.product_id, offer.least)
        found = []
        for product_id, quantity in wanted.items():
            if product_id not in offers or product_id not in self.extras:
                raise Invalid("extra_unknown", _("This extra is not offered here."), {"product": product_id})
            offer = offers[product_id]
            if not offer.least <= quantity <= offer.most:
                raise Invalid(
                    "extra_quantity",
                    _("Choose from %(least)d to %(most)d.") % {"least": offer.least, "most": offer.most},
                    {"product": product_id},
                )
            found.append(Extra(self.extras[product_id], quantity))
        return found

    def _claims(
        self, request: HoldRequest, main: Facts, further: Iterable[Facts], extras: Iterable[Extra]
    ) -> Iterable[Claim]:
        yield Claim(main, main.units_for(request.participants))
        for facts in further:
            yield Claim(facts, facts.units_for(request.participants))
        for extra in extras:
            if extra.product.stock_id is None:
                continue
            pool = self.facts[extra.product.stock_id]
            left = pool.units_free(pool.with_buffers(request.period))
            if left < extra.quantity:
                raise refusals.sold_out(extra.product, left)
            yield Claim(pool, extra.quantity)

    def _priced(self, request: HoldRequest, basket: Basket, claims: tuple[Claim, ...]) -> Plan:
        asked, now = request.payment, self.terms.now
        questions = [
            question for seller in (basket.main, basket.product) if seller for question in questions_of(seller)
        ]
        today: date = now.astimezone(basket.zone).date()
        day = balances.Day(today, self.terms.editing.pk if self.terms.editing else None)
        voucher = credit = hours = None
        credit_left = minutes_left = 0
        if asked.voucher:
            voucher = vouchers.find(asked.voucher, self._claimant(request, basket, today), lock=self.terms.lock)
        if asked.credit:
            credit, credit_left = balances.find_credit(
                asked.credit, basket.main.venue.currency, day, lock=self.terms.lock
            )
        if asked.hours_account is not None:
            hours, minutes_left = balances.find_hours(
                asked.hours_account, request.customer_id, basket.main.pk, day, lock=self.terms.lock
            )
        means = Means(
            voucher=voucher,
            pack_minutes=minutes_left,
            pack_name=hours.pack.name if hours else "",
            credit_minor=credit_left,
            agreed_minor=asked.agreed_minor,
        )
        try:
            price = priced(basket, means)
            if voucher:
                vouchers.check_minimum(voucher, price.total_minor + price.voucher_minor)
        except NoPrice:
            raise refusals.unavailable(Reason.NO_PRICE) from None
        return Plan(request, basket, price, claims, self._answers(request, questions, basket), voucher, credit, hours)

    def _answers(self, request: HoldRequest, questions: list[Question], basket: Basket) -> dict[int, str]:
        if self.terms.editing is None:
            return answers.checked(questions, request.answers)
        return answers.checked_again(questions, request.answers, self.terms.editing, basket.main)

    def _claimant(self, request: HoldRequest, basket: Basket, today: date) -> vouchers.Claimant:
        return vouchers.Claimant(
            customer_id=request.customer_id,
            email=request.contact.email,
            groups=basket.groups,
            resource_id=basket.main.pk,
            currency=basket.main.venue.currency,
            today=today,
            now=self.terms.now,
            editing=self.terms.editing.pk if self.terms.editing else None,
        )


def plan(request: HoldRequest, terms: Terms) -> Plan:
    """The plan for one request; a booking calls it under its locks, a quote without any."""
    return Stage(request, product_of(request), terms).plan(request)


def _counted(extras: Iterable[ExtraWish]) -> dict[int, int]:
    found: dict[int, int] = {}
    for extra in extras:
        found[extra.product_id] = found.get(extra.product_id, 0) + extra.quantity
    return found


def _own_booking(facts: Facts, request: HoldRequest) -> Booking | None:
    """The booking in the way that is the caller's own, if there is one (R12)."""
    blocking = {
        row.booking_id
        for rows in facts.taken.values()
        for row in rows
        if row.booking_id is not None and row.core.overlaps(request.period)
    }
    for booking in Booking.objects.filter(pk__in=blocking):
        if (request.customer and booking.customer_id == request.customer.pk) or (
            request.holder and booking.holder == request.holder
        ):
            return booking
    return None
