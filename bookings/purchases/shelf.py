"""What is on sale: packs and memberships that are offered, and the terms on which they are bought now."""

from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from bookings.purchases.rows import Terms
from kernel.errors import NotFound
from kernel.money import rounded
from venues.models import MembershipPlan, Pack, Venue

HOUR = 60


def packs() -> QuerySet[Pack]:
    """Packs that anyone may buy."""
    rows = Pack.objects.filter(is_active=True, price_minor__gt=0)
    return rows.prefetch_related("resources__venue").order_by("position", "name", "pk")


def plans() -> QuerySet[MembershipPlan]:
    """Memberships that anyone may buy."""
    rows = MembershipPlan.objects.filter(is_active=True, price_minor__gt=0)
    return rows.select_related("group").order_by("position", "name", "pk")


def is_empty() -> bool:
    """Whether nothing is on sale."""
    return not (packs().exists() or plans().exists())


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a customer finds: packs with the price of an hour in them, and memberships."""

    packs: list[tuple[Pack, int]]
    plans: list[MembershipPlan]


def shelf() -> Shelf:
    """All that is on sale, in the owner's order."""
    return Shelf([(pack, hourly_minor(pack)) for pack in packs()], list(plans()))


def hourly_minor(pack: Pack) -> int:
    """What an hour of a pack costs, in minor units, rounded halves up."""
    return rounded(Fraction(pack.price_minor * HOUR, pack.minutes))


def terms_of_pack(pack_id: int) -> Terms:
    """The terms of a pack now; `NotFound` for one that is not on sale."""
    pack = packs().filter(pk=pack_id).first()
    if pack is None:
        raise NotFound("not_on_sale", _("This is not on sale."))
    return terms(pack)


def terms_of_plan(plan_id: int) -> Terms:
    """The terms of a membership now; `NotFound` for one that is not on sale."""
    plan = plans().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("not_on_sale", _("This is not on sale."))
    return terms(plan)


def terms(sold: Pack | MembershipPlan) -> Terms:
    """What a purchase of it would be now."""
    if isinstance(sold, Pack):
        return Terms(
            sold.name, sold.price_minor, sold.currency, vat_of(sold), sold.valid_days, minutes=sold.minutes, pack=sold
        )
    return Terms(sold.name, sold.price_minor, sold.currency, vat_of(sold), sold.days, plan=sold)


def vat_of(sold: Pack | MembershipPlan) -> int:
    """VAT in its price, in basis points: its own, else the highest of the venues where it is good."""
    if sold.vat is not None:
        return sold.vat
    venues = Venue.objects.all()
    if isinstance(sold, Pack) and sold.resources.exists():
        venues = venues.filter(resources__in=sold.resources.all())
    return int(venues.aggregate(vat=Max("vat"))["vat"] or 0)
