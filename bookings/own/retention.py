"""How long a business keeps what names its customers: what holds, what another choice would do, and choosing it.

A shorter time takes nothing at once: for `NOTICE` everything stays, so that people hear of it and a slip can be undone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.utils.translation import ngettext

from accounts.models import User
from bookings.models import Booking, BookingChange, RetentionRule
from bookings.own import unfinished
from bookings.own.wiping import PERSONAL_CHANGES, WORDS
from schemas.clock import database_now
from schemas.transactions import transact

NOTICE = timedelta(days=30)
"""So long before it goes whoever has an account is told, and so long a shorter time takes nothing."""
COUNTED = 1000
"""Nobody is counted beyond."""
YEAR = 12
NAMES = ("account_months", "guest_months", "word_months")


@dataclass(frozen=True, slots=True)
class Foretold:
    """Accounts, guests and bookings (of which words go) whose time is over; how many people more within `NOTICE`.

    `held` are accounts whose time is over and with whom something is open. Each is `COUNTED + 1` for more than that.
    """

    accounts: int
    guests: int
    bookings: int
    soon: int
    held: int

    @property
    def people(self) -> int:
        """Both."""
        return self.accounts + self.guests


def rule() -> RetentionRule:
    """What holds here; it is not saved where nobody has chosen."""
    return RetentionRule.objects.first() or RetentionRule()


def since(months: int, now: datetime) -> datetime:
    """Whatever is older than this is over its time."""
    then: datetime = now - relativedelta(months=months)
    return then


def in_words(months: int) -> str:
    """`6 months`, `3 years`."""
    if months <= YEAR:
        return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}
    return ngettext("%(count)d year", "%(count)d years", months // YEAR) % {"count": months // YEAR}


def is_shorter(wanted: Mapping[str, int], now: RetentionRule) -> bool:
    """Whether something goes earlier by it than by what holds."""
    return any(wanted[name] < getattr(now, name) for name in NAMES)


def choose(wanted: Mapping[str, int]) -> RetentionRule:
    """Save other times. Where one is shorter, nothing at all goes for `NOTICE`; the record of changes has it."""

    def act() -> RetentionRule:
        RetentionRule.objects.get_or_create(pk=1)
        row: RetentionRule = RetentionRule.objects.select_for_update().get(pk=1)
        if is_shorter(wanted, row):
            row.not_before = database_now() + NOTICE
        for name in NAMES:
            setattr(row, name, wanted[name])
        row.save()
        return row

    return transact(act)


def foretold(wanted: RetentionRule, now: datetime) -> Foretold:
    """What a rule would come to today."""
    over = since(wanted.account_months, now)
    gone = _accounts(over, now)
    idle = _number(unfinished.idle(unfinished.accounts().filter(created_at__lt=over), over))
    guests = _guests(since(wanted.guest_months, now))
    later = _accounts(over + NOTICE, now) + _guests(since(wanted.guest_months, now) + NOTICE)
    return Foretold(
        accounts=gone,
        guests=guests,
        bookings=_number(unfinished.past(with_words(Booking.objects.all()), since(wanted.word_months, now))),
        soon=max(0, later - gone - guests),
        held=max(0, idle - gone),
    )


def with_words(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Of bookings those with notes, answers, messages, files, people who came along, or such in their record."""
    parts = [Exists(model._default_manager.filter(booking=OuterRef("pk"))) for model in WORDS]
    written = BookingChange.objects.exclude(before="", after="").filter(field__in=PERSONAL_CHANGES)
    found = ~Q(notes="") | ~Q(cancel_notes="") | Q(Exists(written.filter(event__booking=OuterRef("pk"))))
    for part in parts:
        found |= Q(part)
    return bookings.filter(found)


def nameless(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Of bookings those of guests who left a name or a telephone number, and no address."""
    return bookings.filter(customer=None, email="").exclude(name="", phone="")


def _accounts(over: datetime, now: datetime) -> int:
    return _number(unfinished.stale(unfinished.accounts().filter(created_at__lt=over), over, now))


def _guests(over: datetime) -> int:
    old = unfinished.guests().filter(end__lt=over)
    same = unfinished.guests().filter(Exact(Lower("email"), Lower(OuterRef("email"))))
    known = User.objects.filter(email=Lower(OuterRef("email")))
    gone = old.exclude(Exists(known)).exclude(Exists(unfinished.dealt(same, over)))
    gone = gone.exclude(Exists(unfinished.unsettled(same)))
    by_address = gone.order_by().annotate(address=Lower("email")).values("address").distinct()
    return _number(by_address) + _number(unfinished.past(nameless(Booking.objects.all()), over))


def _number(rows: QuerySet[Any, Any]) -> int:
    return int(rows.order_by()[: COUNTED + 1].count())
