"""What the tenants of the isolation tests sell: one of each, of equal ids, each text with its canary."""

from uuid import UUID

from bookings.models import CreditEntry, CustomerFile, GiftCredit, HoursAccount, HoursEntry, OnSitePayment, Purchase
from schemas.clock import database_now
from tests.worlds import World
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
    Quota,
    Rate,
    Voucher,
)

ONE = 1_000_001
PURCHASE = UUID(int=ONE)
WALK_IN = "walk-in@example.org"
"""Somebody without an account of whom the team has noted something."""
PARAMETERS = (
    "rate_id", "group_id", "offer_id", "field_id", "policy_id", "voucher_id", "pack_id", "credit_id", "account_id",
    "quota_id", "plan_id", "file_id",
)  # fmt: skip

EXTRA = "/desk/extras/<int:product_id>/"
WALK_INS = UUID(int=1_000_050)
"""A booking of `WALK_IN`, where `tests.isolation.guests` has made it."""
BY_BOOKING = "/desk/customers/guests/<uuid:booking_id>/"
OTHERWISE: dict[str, dict[str, object]] = {
    **{key: {"product_id": ONE} for key in (EXTRA, f"{EXTRA}offers/")},
    **{f"{BY_BOOKING}{page}": {"booking_id": WALK_INS} for page in ("", "notes/", "block/", "file/", "erase/")},
}
"""Routes that are about another row than their parameter is elsewhere."""


def ids_of_offer(world: World) -> dict[str, object]:
    """A value for every parameter of the routes to these rows."""
    return {
        **dict.fromkeys(PARAMETERS, ONE),
        "product_id": world.tennis,
        "purchase_id": PURCHASE,
        "user_id": world.users["stranger"],
        "customer_id": world.users["guest"],
        "email": WALK_IN,
    }


def furnish_offer(world: World) -> None:
    """Prices, groups, extras, questions, policies, vouchers, packs, gift credit and quotas. In the world's schema."""
    canary, guest = world.canary, world.users["guest"]
    Rate.objects.update(name=canary)
    group = CustomerGroup.objects.create(id=ONE, name=canary)
    Membership.objects.create(group=group, user_id=world.users["stranger"])
    Rate.objects.create(id=ONE, resource_id=world.court_1, name=canary, amount_minor=2500)
    extra = Product.objects.create(id=ONE, name=f"Racket {canary}", slug="racket", kind="extra")
    ExtraOffer.objects.create(id=ONE, extra=extra, resource_id=world.court_1)
    ExtraOffer.objects.create(id=ONE + 1, extra=extra, product_id=world.tennis)
    for number, seller in enumerate(({"resource_id": world.court_1}, {"product_id": world.tennis})):
        CustomField.objects.create(id=ONE + number, label=canary, help_text=canary, **seller)
    policy = CancellationPolicy.objects.create(id=ONE, name=canary)
    CancellationStep.objects.create(policy=policy)
    Voucher.objects.create(id=ONE, code=canary, name=canary, percent_off=100)
    CustomerFile.objects.create(customer_id=guest, email=f"guest@{canary}.example", notes=canary, block_reason=canary)
    CustomerFile.objects.create(email=WALK_IN, notes=canary)
    pack = Pack.objects.create(id=ONE, name=canary, minutes=60, price_minor=100, currency=world.tenant.currency)
    now = database_now()
    MembershipPlan.objects.create(
        id=ONE, name=canary, about=canary, group=group, days=30, price_minor=100, currency=world.tenant.currency
    )
    purchase = Purchase.objects.create(
        id=PURCHASE,
        reference=f"PK-{canary}"[:16],
        customer_id=guest,
        pack=pack,
        name=canary,
        minutes=60,
        price_minor=100,
        paid_minor=100,
        currency=world.tenant.currency,
        state="paid",
        created_at=now,
        updated_at=now,
        paid_at=now,
    )
    OnSitePayment.objects.create(id=ONE, purchase=purchase, amount_minor=100, at=now)
    account = HoursAccount.objects.create(
        id=ONE, customer_id=guest, pack=pack, purchase=purchase, minutes_left=60, created_at=now
    )
    HoursEntry.objects.create(account=account, minutes=60, at=now)
    credit = GiftCredit.objects.create(
        id=ONE, code=canary, currency=world.tenant.currency, balance_minor=100, note=canary, created_at=now
    )
    CreditEntry.objects.create(credit=credit, amount_minor=100, at=now)
    Quota.objects.create(id=ONE, venue_id=world.venue, measure="bookings", span="day", most=1000)
