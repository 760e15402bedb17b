"""The door to bookings. Views and API calls get a booking here or not at all."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.postgres.aggregates import BoolOr
from django.core import signing
from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings.agents import Agent
from bookings.models import Booking, HoursAccount, Series, WaitlistEntry
from bookings.records import Actor
from bookings.states import State
from kernel.errors import Forbidden, NotFound, WrongLink
from schemas.keys import salt
from venues.access import (
    Anyone,
    check_manager,
    check_staff,
    sees_every_venue,
    venues_managed_by,
    venues_run_by,
    venues_seen_by,
)
from venues.models import Product, Resource, Venue

LINK_PURPOSE = "booking-link"
MADE_UP = "@sample.example.invalid"
"""How addresses of people in sample data end (`desk.setup.samples`): nobody has them."""
EXPORTS = frozenset({Role.OWNER, Role.MANAGER, Role.ACCOUNTANT})


def bookings_of(user: Anyone) -> QuerySet[Booking]:
    """The caller's own bookings."""
    return Booking.objects.filter(customer=user) if user.is_authenticated else Booking.objects.none()


def bookings_of_agent(agent: Agent) -> QuerySet[Booking]:
    """What an app has made: all of it for its own token, what it has made for somebody for a token of theirs."""
    made = Booking.objects.filter(agent=agent.name)
    return made if agent.user is None else made.filter(customer=agent.user)


def booking_of_agent(agent: Agent, booking_id: UUID) -> Booking:
    """One of those; `NotFound` for everybody else's."""
    found = bookings_of_agent(agent).select_related("resource__venue", "customer").filter(pk=booking_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such booking."))
    return found


def hours_of(user: Anyone) -> QuerySet[HoursAccount]:
    """The caller's own prepaid hours."""
    return HoursAccount.objects.filter(customer=user) if user.is_authenticated else HoursAccount.objects.none()


def holds_of(user: Anyone, holder: str) -> QuerySet[Booking]:
    """Live holds of a person, and of their browser (`holder` is its random id) from before they signed in."""
    mine = Q(pk__in=())
    if user.is_authenticated:
        mine |= Q(customer=user)
    if holder:
        mine |= Q(customer=None, holder=holder)
    return Booking.objects.filter(mine, state=State.HELD, hold_expires_at__gt=Now())


def bookings_for_staff(user: Anyone) -> QuerySet[Booking]:
    """Bookings at the venues that a member of staff may see; `Forbidden` for everybody else."""
    check_staff(user)
    return Booking.objects.filter(Q() if sees_every_venue(user) else Q(resource__venue__in=venues_seen_by(user)))


def bookings_run_by(user: Anyone) -> QuerySet[Booking]:
    """Bookings at the venues in which a member of staff may change things; none for accountants."""
    check_staff(user)
    return Booking.objects.filter(resource__venue__in=venues_run_by(user))


def bookings_exported_by(user: Anyone) -> QuerySet[Booking]:
    """Bookings that the caller may take away as a file: all for the owner and accountants, a manager's own venues'.

    `Forbidden` for everybody else: the front desk sees them one by one.
    """
    check_exports(user)
    return bookings_for_staff(user)


def customers_exported_by(user: Anyone) -> QuerySet[User]:
    """Customers whose details the caller may take away: those of `customers_seen_by` who are not made up."""
    check_exports(user)
    return customers_seen_by(user).exclude(email__endswith=MADE_UP)


def check_exports(user: Anyone) -> None:
    """Raise `Forbidden` unless the caller may take data away as a file: owner, managers and accountants."""
    check_staff(user)
    if not user.is_authenticated or user.role not in EXPORTS:
        raise Forbidden("permission_denied", _("Only the owner, managers and accountants may export."))


def customers_seen_by(user: Anyone) -> QuerySet[User]:
    """Customers with an account; of a manager, those who booked at the own venues, and who booked nowhere yet.

    `Forbidden` for everybody who is not staff.
    """
    check_staff(user)
    customers = User.objects.filter(role=Role.CUSTOMER)
    if user.is_authenticated and user.role != Role.MANAGER:
        return customers
    return customers.filter(came_here(user, "pk"))


def came_here(user: Anyone, customer: str) -> Coalesce:
    """Whether somebody, named by a column, booked at the venues that `user` sees, or nowhere yet."""
    # One question of each customer and not two with "or": a page of a list by name is read without all bookings.
    theirs = Booking.objects.filter(customer=OuterRef(customer)).order_by().values("customer")
    here = theirs.annotate(here=BoolOr(Q(resource__venue__in=venues_seen_by(user)))).values("here")
    return Coalesce(Subquery(here), True, output_field=BooleanField())


def guests_seen_by(user: Anyone) -> QuerySet[Booking]:
    """Bookings of people without an account who left an address, at the venues that a member of staff may see."""
    return bookings_for_staff(user).filter(customer=None).exclude(email="")


def check_answers_for(user: Anyone, theirs: QuerySet[Booking]) -> None:
    """Raise `Forbidden` unless the caller may merge, hand out or erase all that is kept of who made these bookings.

    The owner may, and a manager who looks after every venue at which they were made.
    """
    check_manager(user)
    if theirs.exclude(resource__venue__in=venues_managed_by(user)).exists():
        raise Forbidden("permission_denied", _("They have booked at other venues, too: ask the owner."))


def check_desk(user: Anyone) -> None:
    """Raise `Forbidden` unless the caller may change what is known of customers: the desk, managers, the owner."""
    check_staff(user)
    works_everywhere = user.is_authenticated and user.role in {Role.OWNER, Role.FRONT_DESK}
    if not works_everywhere and not venues_run_by(user).exists():
        raise Forbidden("permission_denied", _("You may look at this, and not change it."))


def booking_seen_by(user: Anyone, booking_id: UUID) -> Booking:
    """A booking that the caller may read: an own one, or at a venue that the caller works for.

    Another customer's booking is `Forbidden` (API.md); one that does not exist, `NotFound`.
    """
    booking = _existing(booking_id)
    if _is_own(user, booking) or venues_seen_by(user).filter(pk=booking.resource.venue_id).exists():
        return booking
    raise Forbidden("permission_denied", _("This is not your booking."))


def booking_changed_by(user: Anyone, booking_id: UUID) -> Booking:
    """A booking that the caller may cancel or move: an own one, or as staff; raises `Forbidden` or `NotFound`."""
    booking = _existing(booking_id)
    if _is_own(user, booking) or _runs(user, booking):
        return booking
    raise Forbidden("permission_denied", _("This is not your booking."))


def booking_paid_by(user: Anyone, booking_id: UUID) -> Booking:
    """A booking that the caller may pay online: an own one; raises `Forbidden` or `NotFound`."""
    booking = _existing(booking_id)
    if not _is_own(user, booking):
        raise Forbidden("permission_denied", _("This is not your booking."))
    return booking


def booking_overseen_by(user: Anyone, booking_id: UUID) -> Booking:
    """A booking that a member of staff may read as staff, accountants too; raises `Forbidden` or `NotFound`."""
    check_staff(user)
    booking = _existing(booking_id)
    if not venues_seen_by(user).filter(pk=booking.resource.venue_id).exists():
        raise Forbidden("permission_denied", _("You do not look after this venue."))
    return booking


def booking_run_by(user: Anyone, booking_id: UUID) -> Booking:
    """A booking that a member of staff may confirm or overrule; raises `Forbidden` or `NotFound`."""
    check_staff(user)
    booking = _existing(booking_id)
    if not _runs(user, booking):
        raise Forbidden("permission_denied", _("You do not look after this venue."))
    return booking


def check_runs(user: Anyone, resource_ids: Collection[int]) -> None:
    """Raise `Forbidden` unless the caller looks after the venues of all these resources; unknown ones are let by."""
    check_staff(user)
    elsewhere = Resource.objects.filter(pk__in=resource_ids).exclude(venue__in=venues_run_by(user))
    if elsewhere.exists() or not venues_run_by(user).exists():
        raise Forbidden("permission_denied", _("You do not look after this venue."))


def acting_on(user: User, booking: Booking) -> Actor:
    """As whom somebody changes a booking: staff who look after its venue as staff, everybody else as a customer."""
    return Actor.of(user) if _runs(user, booking) else Actor.customer(user)


def check_may_move_to(user: User, booking: Booking, resource_id: int | None) -> None:
    """Raise `Forbidden` where staff would move a booking into a venue that they do not look after."""
    if resource_id is None or not _runs(user, booking):
        return
    elsewhere = Resource.objects.filter(pk=resource_id).exclude(venue__in=venues_run_by(user))
    if elsewhere.exists():
        raise Forbidden("permission_denied", _("You do not look after that venue."))


def waiting_of(user: Anyone) -> QuerySet[WaitlistEntry]:
    """The caller's own places on waiting lists."""
    if not user.is_authenticated:
        return WaitlistEntry.objects.none()
    return WaitlistEntry.objects.filter(customer=user)


def waiting_for_staff(user: Anyone) -> QuerySet[WaitlistEntry]:
    """Who waits at the venues that a member of staff may see; `Forbidden` for everybody else."""
    check_staff(user)
    places = Resource.objects.filter(venue__in=venues_seen_by(user))
    services = Product.resources.through.objects.filter(resource__in=places).values("product")
    return WaitlistEntry.objects.filter(Q(resource__in=places) | Q(product__in=services))


def series_of(user: Anyone) -> QuerySet[Series]:
    """The caller's own series."""
    return Series.objects.filter(customer=user) if user.is_authenticated else Series.objects.none()


def series_for_staff(user: Anyone) -> QuerySet[Series]:
    """Series at the venues that a member of staff may see; `Forbidden` for everybody else."""
    check_staff(user)
    return Series.objects.filter(resource__venue__in=venues_seen_by(user))


def series_seen_by(user: Anyone, series_id: int) -> Series:
    """A series that the caller may read, as `booking_seen_by`."""
    return _series(user, series_id, venues_seen_by(user))


def series_changed_by(user: User, series_id: int) -> tuple[Series, Actor]:
    """A series that the caller may change, as `booking_changed_by`, and as whom: `acting_on`."""
    run = venues_run_by(user)
    series = _series(user, series_id, run)
    runs = run.filter(pk=series.resource.venue_id).exists()
    return series, Actor.of(user) if runs else Actor.customer(user)


def _series(user: Anyone, series_id: int, venues: QuerySet[Venue]) -> Series:
    series = Series.objects.select_related("resource__venue").filter(pk=series_id).first()
    if series is None:
        raise NotFound("not_found", _("There is no such series."))
    own = user.pk is not None and series.customer_id == user.pk
    if not own and not venues.filter(pk=series.resource.venue_id).exists():
        raise Forbidden("permission_denied", _("This is not your series."))
    return series


def _existing(booking_id: UUID) -> Booking:
    booking = Booking.objects.select_related("resource__venue", "customer").filter(pk=booking_id).first()
    if booking is None:
        raise NotFound("not_found", _("There is no such booking."))
    return booking


def _is_own(user: Anyone, booking: Booking) -> bool:
    return user.pk is not None and booking.customer_id == user.pk


def _runs(user: Anyone, booking: Booking) -> bool:
    return venues_run_by(user).filter(pk=booking.resource.venue_id).exists()


def link_token(booking: Booking) -> str:
    """The unguessable part of a booking's link: 43 characters, good in this tenant only (T09)."""
    return signing.Signer(salt=salt(LINK_PURPOSE)).signature(str(booking.pk))


def booking_by_link(booking_id: UUID, token: str) -> Booking:
    """The booking of a link. A wrong token and a booking that does not exist are the same `NotFound`."""
    signer = signing.Signer(salt=salt(LINK_PURPOSE))
    try:
        signer.unsign(f"{booking_id}:{token}")
    except signing.BadSignature:
        raise WrongLink("not_found", _("This link leads nowhere.")) from None
    booking = booking_opened(booking_id)
    if booking is None:
        raise NotFound("not_found", _("This link leads nowhere."))
    return booking


def booking_opened(booking_id: UUID) -> Booking | None:
    """A booking for its own pages. Whoever calls has seen its link, or knows that it is the caller's own."""
    return Booking.objects.select_related("resource__venue", "product", "policy").filter(pk=booking_id).first()
