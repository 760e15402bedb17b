"""What makes a booking cheaper or pays for it: looked up, checked and, for a booking, locked.

Locks come in this order: bookings whose hold is over and that still use the same balance (they let go of it
first), then the voucher, the gift credit, the account of hours.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _

from bookings import balances, claims, vouchers
from bookings.balances import Day
from bookings.baskets import Basket, Means
from bookings.models import GiftCredit, HoursAccount
from bookings.prices import Price
from bookings.requests import HoldRequest
from kernel.errors import Invalid
from venues.models import Voucher


@dataclass(frozen=True)
class Found:
    """The means of a request, and what they can do for its price."""

    voucher: Voucher | None
    credit: GiftCredit | None
    hours: HoursAccount | None
    means: Means


@dataclass
class Purse:
    """The means that the requests of one act name. What one plan takes is not there for the next.

    `editing` is the booking that is changed, if one is: what it uses already it may use again.
    """

    now: datetime
    lock: bool
    editing: UUID | None = None
    _uses: dict[int, int] = field(default_factory=dict)
    _credit: dict[int, int] = field(default_factory=dict)
    _minutes: dict[int, int] = field(default_factory=dict)

    def look(self, request: HoldRequest, basket: Basket, in_the_way: set[UUID]) -> Found:
        """What the request names; `Refused` for what cannot be used. `in_the_way` are lapsed holds to end as well."""
        asked = request.payment
        if asked.agreed_minor is not None and asked.agreed_minor < 0:
            raise Invalid("amount_invalid", _("A price cannot be less than nothing."))
        self._let_go(request, in_the_way)
        voucher = vouchers.find(asked.voucher, self._claimant(request, basket), lock=self.lock)
        credit, credit_left = self._credit_of(asked.credit, basket)
        hours, minutes_left = self._hours_of(request, basket)
        means = Means(
            voucher=voucher,
            pack_minutes=minutes_left,
            pack_name=hours.pack.name if hours else "",
            credit_minor=credit_left,
            agreed_minor=asked.agreed_minor,
        )
        return Found(voucher, credit, hours, means)

    def note(self, found: Found, price: Price) -> None:
        """Another request of the same act comes next."""
        if self.editing:
            return
        if found.voucher:
            self._uses[found.voucher.pk] = self._uses.get(found.voucher.pk, 0) + 1
        if found.credit:
            self._credit[found.credit.pk] = self._credit.get(found.credit.pk, 0) + price.credit_minor
        if found.hours:
            self._minutes[found.hours.pk] = self._minutes.get(found.hours.pk, 0) + price.pack_minutes

    def _let_go(self, request: HoldRequest, in_the_way: set[UUID]) -> None:
        asked = request.payment
        if not self.lock or not (asked.credit or asked.hours_account):
            return
        over = balances.lapsed_users(asked.credit, asked.hours_account, self.now)
        if over:
            claims.release(claims.lapsed(over | in_the_way, self.now), self.now, "time ran out")

    def _day(self, basket: Basket) -> Day:
        return Day(self._today(basket), self.now, self.editing)

    def _today(self, basket: Basket) -> date:
        return self.now.astimezone(basket.zone).date()

    def _credit_of(self, code: str, basket: Basket) -> tuple[GiftCredit | None, int]:
        if not code:
            return None, 0
        credit, left = balances.find_credit(code, basket.main.venue.currency, self._day(basket), lock=self.lock)
        return credit, left - self._credit.get(credit.pk, 0)

    def _hours_of(self, request: HoldRequest, basket: Basket) -> tuple[HoursAccount | None, int]:
        account = request.payment.hours_account
        if account is None:
            return None, 0
        hours, left = balances.find_hours(
            account, request.customer_id, basket.main.pk, self._day(basket), lock=self.lock
        )
        return hours, left - self._minutes.get(hours.pk, 0)

    def _claimant(self, request: HoldRequest, basket: Basket) -> vouchers.Claimant:
        return vouchers.Claimant(
            customer_id=request.customer_id,
            email=request.contact.email,
            groups=basket.groups,
            resource_id=basket.main.pk,
            currency=basket.main.venue.currency,
            today=self._today(basket),
            now=self.now,
            editing=self.editing,
            planned=self._uses,
        )
