"""The rows of purchases: making one, locking one, and finding its way back from payments and papers."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from billing.payments import disputes
from billing.payments.models import Payment
from bookings.limits import account_key
from bookings.models import Purchase
from bookings.references import ALPHABET
from kernel import failpoints
from kernel.errors import Forbidden, NotFound
from schemas.current import current_schema
from schemas.transactions import UNIQUE_VIOLATION, Again, sqlstate
from tenants import gate
from tenants.addresses import address
from tenants.models import Tenant
from venues.access import Anyone
from venues.models import MembershipPlan, Pack

State = Purchase.State
LENGTH = 6


@dataclass(frozen=True, slots=True)
class Terms:
    """What is bought: exactly one of a pack and a plan, with all that a purchase keeps of it."""

    name: str
    price_minor: int
    currency: str
    vat: int
    days: int | None
    minutes: int = 0
    pack: Pack | None = None
    plan: MembershipPlan | None = None


def new_reference() -> str:
    """`PK-34ACD9`, for people to read out; it authorises nothing."""
    return "PK-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def make(
    terms: Terms, customer: User, now: datetime, sold_by: User | None = None, number: UUID | None = None
) -> Purchase:
    """Write down a purchase that waits for its money; whoever calls has the customer's lock, and may have a number.

    What the desk sells was paid there, and stands beside what the customer has begun to buy online.
    """
    try:
        return Purchase.objects.create(
            pk=number or uuid4(),
            reference=new_reference(),
            customer=customer,
            pack=terms.pack,
            plan=terms.plan,
            name=terms.name,
            minutes=terms.minutes,
            days=terms.days,
            price_minor=terms.price_minor,
            currency=terms.currency,
            vat=terms.vat,
            state=State.PAID if sold_by else State.OPEN,
            sold_by=sold_by,
            created_at=now,
            updated_at=now,
        )
    except IntegrityError as error:
        if sqlstate(error) == UNIQUE_VIOLATION:
            raise Again from error
        raise


def locked(purchase_id: UUID) -> Purchase:
    """A purchase as it is now, locked until the commit, and its customer before it.

    What it gives hangs on what the customer has and books meanwhile: both are read under the customer's lock.
    """
    rows = Purchase.objects.select_related("customer", "pack", "plan__group")
    if failpoints.hit("purchases.locked"):  # the negative control of the tests reads without locks
        return rows.get(pk=purchase_id)
    gate.wait_for_all([account_key(rows.values_list("customer_id", flat=True).get(pk=purchase_id))])
    return rows.select_for_update(of=("self",)).get(pk=purchase_id)


def purchases_of(user: Anyone) -> QuerySet[Purchase]:
    """What the caller has bought, the newest first; what was never paid is not among it."""
    if not user.is_authenticated:
        return Purchase.objects.none()
    return known().filter(customer=user, state__in=[State.PAID, State.RETURNED])


def under_way(user: User) -> QuerySet[Purchase]:
    """What somebody has bought with a payment that a bank decides on; what was dropped goes back by itself."""
    decided_on = Payment.objects.filter(purpose=Payment.Purpose.PURCHASE, state=Payment.State.PROCESSING)
    return Purchase.objects.filter(customer=user, state=State.OPEN, pk__in=decided_on.values("booking_id"))


def own_purchase(user: Anyone, purchase_id: UUID) -> Purchase:
    """A purchase that the caller may pay; `Forbidden` for another customer's, `NotFound` for none."""
    found = known().filter(pk=purchase_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such purchase."))
    if user.pk is None or found.customer_id != user.pk:
        raise Forbidden("permission_denied", _("This is not your purchase."))
    return found


def known() -> QuerySet[Purchase]:
    """All purchases, with what pages show of them."""
    return Purchase.objects.select_related("customer", "pack", "plan__group", "account", "sold_by")


def is_disputed(purchase: Purchase) -> bool:
    """Whether a bank has money of it, and has not decided yet."""
    return disputes.is_disputed(purchase.pk)


def page_of(purchase_id: UUID, name: str) -> str:
    """The full address of one of a purchase's own pages, for Stripe: who opens it has to be signed in."""
    tenant = Tenant.objects.get(schema_name=current_schema())
    return address(tenant, reverse(name, args=[purchase_id], urlconf=settings.ROOT_URLCONF))
