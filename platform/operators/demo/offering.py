"""What makes prices interesting: evening rates, member prices, extras, vouchers, packs and cancellation terms.

The very first resource of the first tenant keeps one price for everybody at all times, as API.md's calls show it.
"""

from datetime import date, time
from fractions import Fraction
from random import Random

from accounts.models import Role, User
from kernel.money import exponent, round_sum, rounded
from operators.demo.demand import Crowd
from operators.demo.plans import TenantPlan
from venues.models import (
    CancellationPolicy,
    CancellationStep,
    CustomerGroup,
    CustomField,
    ExtraOffer,
    Membership,
    MembershipPlan,
    Pack,
    Product,
    Rate,
    Resource,
    Venue,
    Voucher,
)

Kind = Resource.Kind
PLAYED = (Kind.COURT, Kind.LANE)
BIG = (Kind.HALL, Kind.PITCH)
WORKING_DAYS = [0, 1, 2, 3, 4]
HOURS = 60
VAT = {"EUR": 1900, "JPY": 1000}
"""Basis points; New York's sales tax does not apply to rooms by the hour."""
MEMBERS_OF_A_HUNDRED = 20


def price(plan: TenantPlan) -> None:
    """VAT, and dearer evenings: before there are bookings, which are priced by it."""
    # Whoever tries things out with one login holds more at once than anybody does who means it.
    Venue.objects.update(vat=VAT.get(plan.currency, 0), holds_at_once=60, holds_per_day=12)
    first = Resource.objects.order_by("pk").first()
    evenings = [
        Rate(
            resource=rate.resource,
            name="Evening",
            unit=rate.unit,
            amount_minor=_dearer(rate.amount_minor, plan.currency),
            weekdays=WORKING_DAYS,
            from_time=time(17),
            until_time=time(21),
            priority=10,
        )
        for rate in Rate.objects.select_related("resource").order_by("pk")
        if rate.amount_minor and rate.unit in {Rate.Unit.HOUR, Rate.Unit.HALF_HOUR} and rate.resource != first
    ]
    Rate.objects.bulk_create(evenings)
    outdoor = {slug for slug, item in plan.resources.items() if item.crowd is Crowd.OUTDOOR}
    Resource.objects.filter(slug__in=outdoor).update(is_outdoor=True)


def sell(plan: TenantPlan, today: date, rng: Random) -> None:
    """Groups, extras, vouchers, packs, terms and questions: after the bookings, none of which has any of them."""
    _members(plan, today, rng)
    _extras(plan)
    _terms()
    Voucher.objects.create(code="WELCOME10", name="Welcome", percent_off=1000, most_uses_each=1)
    Voucher.objects.create(
        code="SUMMER", name="Summer", amount_minor=_amount(5, plan), currency=plan.currency, most_uses=50
    )
    _packs(plan)
    for hall in Resource.objects.filter(kind=Kind.HALL, stock_of=None):
        CustomField.objects.create(resource=hall, label="Name of the team or event")


def _members(plan: TenantPlan, today: date, rng: Random) -> None:
    members = CustomerGroup.objects.create(name="Members", percent_off=1000)
    customers = list(User.objects.filter(role=Role.CUSTOMER).order_by("pk"))
    # The first customer with a login pays what everybody pays; the last one is a member.
    logins, others = customers[: len(plan.names.logins)], customers[len(plan.names.logins) :]
    chosen = [logins[-1], *(user for user in others if rng.randrange(100) < MEMBERS_OF_A_HUNDRED)]
    Membership.objects.bulk_create(
        Membership(group=members, user=user, valid_from=date(today.year - 1, 1, 1)) for user in chosen
    )


def _packs(plan: TenantPlan) -> None:
    """Two packs of hours and a season as a member, for those who come often."""
    sold = (("Ten hours", 10, 200, 365), ("Twenty-five hours", 25, 450, 730))
    for number, (name, hours, price, days) in enumerate(sold):
        pack = Pack.objects.create(
            name=name,
            minutes=hours * HOURS,
            price_minor=_amount(price, plan),
            currency=plan.currency,
            valid_days=days,
            position=number,
        )
        pack.resources.set(Resource.objects.filter(kind__in=PLAYED))
    MembershipPlan.objects.create(
        name="Membership for six months",
        about="Cheaper every time, from the first booking on.",
        group=CustomerGroup.objects.get(name="Members"),
        days=182,
        price_minor=_amount(60, plan),
        currency=plan.currency,
    )


def _extras(plan: TenantPlan) -> None:
    for venue in Venue.objects.order_by("pk"):
        there = Resource.objects.filter(venue=venue, stock_of=None)
        played, big = there.filter(kind__in=PLAYED), there.filter(kind__in=BIG)
        if played.exists():
            stock = Resource.objects.create(
                venue=venue, name="Loan rackets", slug="loan-rackets", kind=Kind.EQUIPMENT, units=20, position=900
            )
            racket = _extra("Loan racket", venue, Rate.Unit.BOOKING, _amount(5, plan), stock)
            balls = _extra("Box of balls", venue, Rate.Unit.BOOKING, _amount(8, plan))
            ExtraOffer.objects.bulk_create(
                ExtraOffer(extra=extra, resource=court, most=4) for court in played for extra in (racket, balls)
            )
        if big.exists():
            cleaning = _extra("Final cleaning", venue, Rate.Unit.BOOKING, _amount(30, plan))
            ExtraOffer.objects.bulk_create(
                ExtraOffer(extra=cleaning, resource=hall, is_required=True, most=1) for hall in big
            )


def _extra(name: str, venue: Venue, unit: Rate.Unit, amount: int, stock: Resource | None = None) -> Product:
    slug = f"{name.lower().replace(' ', '-')}-{venue.pk}"
    extra = Product.objects.create(name=name, slug=slug, kind=Product.Kind.EXTRA, stock=stock, position=100)
    Rate.objects.create(product=extra, unit=unit, amount_minor=amount)
    return extra


def _terms() -> None:
    halls = CancellationPolicy.objects.create(name="Halls", grace_minutes=30)
    CancellationStep.objects.bulk_create(
        [
            CancellationStep(policy=halls, minutes_before=7 * 24 * HOURS),
            CancellationStep(policy=halls, minutes_before=2 * 24 * HOURS, percent=5000),
            CancellationStep(policy=halls, reason="weather"),
        ]
    )
    Resource.objects.filter(kind__in=BIG, stock_of=None).update(cancellation_policy=halls)


def _amount(major: int, plan: TenantPlan) -> int:
    # Prices that read well: five euros, five dollars, five hundred yen.
    return round_sum(major, plan.currency)


def _dearer(amount: int, currency: str) -> int:
    """A fifth more, in round numbers."""
    return rounded(Fraction(amount * 6, 5), 50 if exponent(currency) else 10)
