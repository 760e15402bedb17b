"""The plans that the platform sells, in one definition; `manage.py plans` brings rows and Stripe up to it.

A house without plans sells nothing: its tenants have no limits and pay no fee.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from billing.gateway import products
from billing.gateway.products import Offer
from billing.subscriptions.models import Plan

FREE = "free"
TRIED = "pro"
"""What a trial is of."""


@dataclass(frozen=True, slots=True)
class Defined:
    """A plan as it is to be. Prices are net minor units of EUR, `fee` basis points; None is without limit."""

    code: str
    name: str
    monthly_minor: int
    yearly_minor: int
    fee: int
    most_venues: int | None
    most_resources: int | None
    most_staff: int | None
    most_bookings: int | None
    features: tuple[str, ...]
    currency: str = "EUR"


PLANS = (
    Defined(FREE, "Free", 0, 0, 200, 1, 3, 2, 100, ()),
    Defined("starter", "Starter", 29_00, 290_00, 100, 1, 10, 5, 1_000, ("reminders",)),
    Defined(TRIED, "Pro", 79_00, 790_00, 50, 5, 60, 30, 10_000, ("reminders", "calendars", "custom_domain")),
    Defined(
        "enterprise", "Enterprise", 249_00, 2_490_00, 0, None, None, None, None,
        ("reminders", "calendars", "custom_domain", "support"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a plan is not as defined: `where` is `rows` or `stripe`, `what` the field."""

    plan: str
    where: str
    what: str


def write() -> list[Difference]:
    """Make the rows of all plans, or change them; what was different before."""
    found = list(row_differences())
    for position, plan in enumerate(PLANS):
        Plan.objects.update_or_create(code=plan.code, defaults={**_columns(plan), "position": position})
    return found


def write_to_stripe() -> list[Difference]:
    """Have a product and two prices for each plan that costs something; what was different before. Network."""
    found = list(stripe_differences())
    for plan in Plan.objects.filter(monthly_minor__gt=0):
        plan.stripe_product = products.put_product(plan.code, plan.name)
        plan.stripe_monthly, plan.stripe_yearly = (products.put_price(offer) for offer in _offers(plan))
        plan.save(update_fields=["stripe_product", "stripe_monthly", "stripe_yearly"])
    return found


def row_differences() -> Iterator[Difference]:
    """Where rows are not as defined."""
    rows = {plan.code: plan for plan in Plan.objects.all()}
    for position, plan in enumerate(PLANS):
        row = rows.get(plan.code)
        if row is None:
            yield Difference(plan.code, "rows", "missing")
            continue
        wanted = {**_columns(plan), "position": position}
        yield from (
            Difference(plan.code, "rows", name) for name, value in wanted.items() if getattr(row, name) != value
        )


def stripe_differences() -> Iterator[Difference]:
    """Where Stripe does not have what the rows say. Network."""
    for plan in Plan.objects.filter(monthly_minor__gt=0):
        if not plan.stripe_product or products.product_differs(plan.code, plan.name):
            yield Difference(plan.code, "stripe", "product")
        ids = (plan.stripe_monthly, plan.stripe_yearly)
        for offer, price_id in zip(_offers(plan), ids, strict=True):
            if products.price_differs(offer, price_id):
                yield Difference(plan.code, "stripe", f"price per {offer.interval}")


def _columns(plan: Defined) -> dict[str, object]:
    columns = asdict(plan)
    return {**columns, "features": list(columns["features"])}


def _offers(plan: Plan) -> tuple[Offer, Offer]:
    return (
        Offer(plan.code, "month", plan.monthly_minor, plan.currency),
        Offer(plan.code, "year", plan.yearly_minor, plan.currency),
    )
