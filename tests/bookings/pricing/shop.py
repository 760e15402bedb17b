"""What the pricing tests sell: prices, extras, vouchers, credits and hours, on Alpha's first court.

Alpha's court opens from 7 to 23, has starts every half hour and costs 25.00 an hour.
"""

from accounts.models import User
from bookings.models import Booking, CreditEntry, GiftCredit, HoursAccount, HoursEntry
from bookings.requests import ExtraWish, HoldRequest, Payment
from schemas.clock import database_now
from tests.bookings.scenes import slot
from venues.models import CustomerGroup, ExtraOffer, Membership, Pack, Product, Rate, Resource, Voucher


def wish(world, hour: int = 10, **fields) -> HoldRequest:
    """An hour on Court 1, a week from now, with `payment` as words."""
    minutes = fields.pop("minutes", 60)
    means = {name: fields.pop(name) for name in ("voucher", "credit", "hours_account") if name in fields}
    fields.setdefault("resource_id", world.court_1)
    return HoldRequest(slot(hour, minutes=minutes), payment=Payment(**means), **fields)


def rackets(world, units: int = 20, **offer) -> Product:
    """An extra of 3.00 per booking that comes from a pool of its own, on offer with Court 1."""
    pool = Resource.objects.create(venue_id=world.venue, name="Racket pool", slug="racket-pool", units=units)
    extra = Product.objects.create(name="Racket", slug="racket", kind="extra", stock=pool)
    Rate.objects.create(product=extra, unit="booking", amount_minor=300)
    ExtraOffer.objects.create(extra=extra, resource_id=world.court_1, **{"most": 20, **offer})
    return extra


def catering(world, unit: str = "person", amount: int = 1200, **fields) -> Product:
    """An extra without stock, on offer with Court 1."""
    extra = Product.objects.create(name="Lunch", slug="lunch", kind="extra", **fields)
    Rate.objects.create(product=extra, unit=unit, amount_minor=amount)
    ExtraOffer.objects.create(extra=extra, resource_id=world.court_1)
    return extra


def extra(product: Product, quantity: int = 1) -> tuple[ExtraWish, ...]:
    """So many of one extra."""
    return (ExtraWish(product.pk, quantity),)


def member(user: User, percent_off: int = 0, name: str = "Members", **dates) -> CustomerGroup:
    """A group with this customer in it."""
    group = CustomerGroup.objects.create(name=name, percent_off=percent_off)
    Membership.objects.create(group=group, user=user, **dates)
    return group


def voucher(code: str = "SPRING", **fields) -> Voucher:
    """Ten per cent off, unless said otherwise."""
    kind = {} if "amount_minor" in fields else {"percent_off": 1000}
    return Voucher.objects.create(code=code, **{**kind, **fields})


def credit(balance: int = 4000, code: str = "GIFT", **fields) -> GiftCredit:
    """A gift credit in EUR with its entry."""
    made = GiftCredit.objects.create(
        **{"code": code, "currency": "EUR", "balance_minor": balance, "created_at": database_now(), **fields}
    )
    CreditEntry.objects.create(credit=made, amount_minor=balance, at=made.created_at)
    return made


def hours(user: User, minutes: int = 600, **fields) -> HoursAccount:
    """A pack of ten hours of this customer."""
    pack = Pack.objects.create(name="Ten hours", minutes=600, price_minor=20000, currency="EUR")
    account = HoursAccount.objects.create(
        customer=user, pack=pack, minutes_left=minutes, created_at=database_now(), **fields
    )
    HoursEntry.objects.create(account=account, minutes=minutes, at=account.created_at)
    return account


def balance(made: GiftCredit) -> int:
    """What is left of a credit; its entries say the same."""
    made.refresh_from_db()
    assert made.balance_minor == sum(made.entries.values_list("amount_minor", flat=True))
    return made.balance_minor


def minutes_left(account: HoursAccount) -> int:
    """What is left of an account; its entries say the same."""
    account.refresh_from_db()
    assert account.minutes_left == sum(account.entries.values_list("minutes", flat=True))
    return account.minutes_left


def told(booking: Booking) -> list[tuple[str, int]]:
    """The lines of a booking: kind and amount."""
    return list(booking.lines.order_by("position").values_list("kind", "amount_minor"))
