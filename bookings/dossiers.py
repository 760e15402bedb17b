"""All that staff may know of a customer: the person, the team's file, and figures of what they booked."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Lower, Now
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from bookings import sums
from bookings.access import bookings_for_staff, guests_seen_by
from bookings.customers import Whom, file_of
from bookings.models import Booking, CustomerFile, HoursAccount
from bookings.states import LIVE, WAITING, State
from kernel.errors import NotFound
from venues.access import Anyone
from venues.models import Membership


@dataclass(frozen=True, slots=True)
class Spend:
    """Money of somebody's bookings in one currency, in minor units: agreed, paid in whatever way, still owed."""

    currency: str
    booked_minor: int
    paid_minor: int
    owed_minor: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How often somebody booked at the venues that the caller sees; `bookings` are all but holds and what lapsed."""

    bookings: int
    upcoming: int
    cancelled: int
    no_shows: int
    first_visit: datetime | None
    last_visit: datetime | None
    spend: list[Spend]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Somebody with all of it; `name` and `phone` of a guest are those of the last booking."""

    whom: Whom
    name: str
    phone: str
    file: CustomerFile
    figures: Figures
    memberships: list[Membership]
    hours: list[HoursAccount]


def booked_by(user: Anyone) -> QuerySet[Booking]:
    """The bookings that count, for somebody who works here."""
    return bookings_for_staff(user)


def counted(bookings: QuerySet[Booking]) -> QuerySet[Booking]:
    """Without holds, and what lapsed or expired."""
    lapsed = Q(state__in=WAITING, hold_expires_at__lte=Now())
    return bookings.exclude(state__in=[State.HELD, State.EXPIRED]).exclude(lapsed)


def dossier(user: Anyone, whom: Whom) -> Dossier:
    """What a member of staff sees of somebody: of bookings, those at the own venues. Six queries at most."""
    own = counted(booked_by(user)).filter(of(whom))
    customer = whom.customer
    last = None if customer else own.order_by("-start", "pk").first()
    return Dossier(
        whom=whom,
        name=customer.name if customer else (last.name if last else ""),
        phone=customer.phone if customer else (last.phone if last else ""),
        file=file_of(whom) or CustomerFile(email=whom.email),
        figures=_figures(own),
        memberships=list(Membership.objects.filter(user=customer).select_related("group").order_by("group__name"))
        if customer
        else [],
        hours=list(HoursAccount.objects.filter(customer=customer).select_related("pack")) if customer else [],
    )


def guest_seen_by(user: Anyone, email: str) -> Whom:
    """Somebody without an account who booked at the caller's venues, or whom only the team has a file about.

    Raises `NotFound`, for somebody who booked elsewhere only, too.
    """
    if "\x00" in email:
        raise NotFound("not_found", _("There is no such guest."))
    address = email.lower()
    has_address = Exact(Lower("email"), address)
    if guests_seen_by(user).filter(has_address).exists():
        return Whom(address)
    elsewhere = Booking.objects.filter(has_address, customer=None).exclude(email="")
    known = CustomerFile.objects.filter(email=address, customer=None)
    if not known.exists() or elsewhere.exists():
        raise NotFound("not_found", _("There is no such guest."))
    return Whom(address)


def of(whom: Whom) -> Q:
    """Which bookings are somebody's."""
    if whom.customer is not None:
        return Q(customer=whom.customer)
    return Q(customer=None) & ~Q(email="") & Q(Exact(Lower("email"), whom.email))


def _figures(own: QuerySet[Booking]) -> Figures:
    by_currency = list(
        own.order_by()
        .values("currency")
        .annotate(
            number=Count("pk"),
            upcoming=Count("pk", filter=Q(state__in=LIVE, start__gt=Now())),
            cancelled=Count("pk", filter=Q(state=State.CANCELLED)),
            no_shows=Count("pk", filter=Q(state=State.NO_SHOW)),
            first=Min("start"),
            last=Max("start"),
            booked=Sum(sums.price()),
            paid=Sum(sums.here() + F("credit_minor")),
            owed=Sum(sums.owed()),
        )
        .order_by("currency")
    )
    return Figures(
        bookings=sum(row["number"] for row in by_currency),
        upcoming=sum(row["upcoming"] for row in by_currency),
        cancelled=sum(row["cancelled"] for row in by_currency),
        no_shows=sum(row["no_shows"] for row in by_currency),
        first_visit=min((row["first"] for row in by_currency), default=None),
        last_visit=max((row["last"] for row in by_currency), default=None),
        spend=[Spend(row["currency"], row["booked"], row["paid"], row["owed"]) for row in by_currency],
    )
