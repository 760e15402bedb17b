"""What somebody asks for, before anybody has looked whether it can be had."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from accounts.models import User
from kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach whoever comes. `language` is what they read, empty where nobody knows."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class ExtraWish:
    """So many of an extra."""

    product_id: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Payment:
    """What makes it cheaper or pays for it: a voucher's code, a gift credit's code, an hours account.

    `agreed_minor` is a total that staff agreed on, in place of what the rates say.
    """

    voucher: str = ""
    credit: str = ""
    hours_account: int | None = None
    agreed_minor: int | None = None


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What to hold, and for whom.

    One of `resource_id` and `product_id` at least: a product without a resource takes the first of its
    resources that is free. `also` are further resources of the same booking. `holder` says whose hold it
    is when there is no account, `origin` is a digest of the address it came from; `agent` names the app that
    asks (`bookings.agents`), empty where none does. `replaces` are own holds to let go of if this one succeeds:
    going back and choosing again never blocks oneself. `quote` is the token of a quote: the booking costs that
    or is refused. `answers` by id of `CustomField`; None: they are asked for before the hold is submitted.
    """

    period: Period
    resource_id: int | None = None
    product_id: int | None = None
    also: tuple[int, ...] = ()
    participants: int = 1
    extras: tuple[ExtraWish, ...] = ()
    payment: Payment = Payment()
    quote: str = ""
    notes: str = ""
    answers: Mapping[int, str] | None = field(default_factory=lambda: MappingProxyType({}))
    customer: User | None = None
    contact: Contact = Contact()
    holder: str = ""
    origin: str = ""
    agent: str = ""
    replaces: frozenset[UUID] = frozenset()

    @property
    def customer_id(self) -> int | None:
        """Id of the account, where there is one."""
        return self.customer.pk if self.customer else None
