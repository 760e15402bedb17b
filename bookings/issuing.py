"""Giving out what is paid beforehand: gift credit, and packs of hours. Using them is `bookings.balances`."""

import secrets
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import CreditEntry, GiftCredit, HoursAccount, HoursEntry, Purchase
from bookings.references import ALPHABET
from kernel.errors import NotFound, Refused
from schemas.clock import database_now
from schemas.current import current_tenant
from schemas.transactions import UNIQUE_VIOLATION, Again, sqlstate, transact
from tenants.zones import zone
from venues.models import Pack, Resource, Voucher

GROUPS, GROUP = 4, 4
"""`34AC-9DFG-KM7N-PQ6R`: 73 random bits, so that nobody guesses one."""
VOUCHER_GROUPS = 3
"""Of vouchers: 55 random bits, behind what all of one kind begin with."""
LARGEST_BALANCE = 10**12


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift credit to be: `amount_minor` minor units; without a `code` we make one. `customer` is whom it is for."""

    amount_minor: int
    currency: str
    code: str = ""
    valid_until: date | None = None
    note: str = ""
    customer: User | None = None


def new_code() -> str:
    """A code that people can read out on the telephone."""
    return _code(GROUPS)


def _code(groups: int) -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(groups))


def issue(gift: Gift) -> GiftCredit:
    """Gift credit with its first entry; `Refused("code_taken")` for a code that there is already."""

    def act() -> GiftCredit:
        now = database_now()
        if gift.code and GiftCredit.objects.filter(code=gift.code).exists():
            raise Refused("code_taken", _("There is gift credit with this code already."))
        try:
            credit = GiftCredit.objects.create(
                code=gift.code or new_code(),
                currency=gift.currency,
                balance_minor=gift.amount_minor,
                valid_until=gift.valid_until,
                note=gift.note,
                customer=gift.customer,
                created_at=now,
            )
        except IntegrityError as error:
            if sqlstate(error) == UNIQUE_VIOLATION:
                raise Again from error
            raise
        CreditEntry.objects.create(credit=credit, amount_minor=gift.amount_minor, at=now)
        return credit

    return transact(act)


def top_up(credit_id: int, amount_minor: int) -> CreditEntry:
    """Put more on a gift credit, under its lock; `NotFound` where there is none."""

    def act() -> CreditEntry:
        credit = GiftCredit.objects.select_for_update(no_key=True).filter(pk=credit_id).first()
        if credit is None:
            raise NotFound("not_found", _("There is no such gift credit."))
        if credit.balance_minor + amount_minor > LARGEST_BALANCE:
            raise Refused("credit_too_large", _("That is more than gift credit can hold."))
        GiftCredit.objects.filter(pk=credit.pk).update(balance_minor=F("balance_minor") + amount_minor)
        return CreditEntry.objects.create(credit=credit, amount_minor=amount_minor, at=database_now())

    return transact(act)


def grant(pack: Pack, customer: User) -> HoursAccount:
    """Give a customer a pack: all its minutes, good for so many days from today at the tenant's clocks."""

    def act() -> HoursAccount:
        now = database_now()
        today = now.astimezone(zone(current_tenant().time_zone)).date()
        until = today + timedelta(days=pack.valid_days) if pack.valid_days else None
        return open_account(Opening(pack, customer, pack.minutes, until), now)

    return transact(act)


@dataclass(frozen=True, slots=True)
class Opening:
    """An account of hours to be: a pack for a customer, its minutes, and the last day on which they are good.

    With a `purchase` it is what was bought, and there is one at most: the database says so.
    """

    pack: Pack
    customer: User
    minutes: int
    valid_until: date | None
    purchase: Purchase | None = None


def open_account(opening: Opening, now: datetime) -> HoursAccount:
    """Write an account with its first entry, in the caller's transaction."""
    account = HoursAccount.objects.create(
        customer=opening.customer,
        pack=opening.pack,
        purchase=opening.purchase,
        minutes_left=opening.minutes,
        valid_until=opening.valid_until,
        created_at=now,
    )
    HoursEntry.objects.create(account=account, minutes=opening.minutes, at=now)
    return account


def issue_vouchers(like: Voucher, resources: Collection[Resource], count: int, prefix: str = "") -> int:
    """So many vouchers like one that is not written, each with a code of its own; returns how many."""

    def act() -> int:
        made = [copy(like) for _number in range(count)]
        for voucher in made:
            voucher.code = f"{prefix.upper()}-{_code(VOUCHER_GROUPS)}" if prefix else _code(VOUCHER_GROUPS)
        try:
            Voucher.objects.bulk_create(made)
        except IntegrityError as error:
            if sqlstate(error) == UNIQUE_VIOLATION:
                raise Again from error
            raise
        places = Voucher.resources.through.objects
        places.bulk_create([places.model(voucher=voucher, resource=each) for voucher in made for each in resources])
        return len(made)

    return transact(act)
