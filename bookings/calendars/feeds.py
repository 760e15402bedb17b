"""Addresses at which calendars are subscribed to: who may make them, what opens them, and their end.

An address is all that opens a feed: 160 random bits, found by their digest and sealed beside it, so that whoever may
see the feed can be shown it again. A feed with names is good for as long as who made it may see those bookings.
"""

import hashlib
import io
import secrets
from dataclasses import dataclass
from typing import Any

import segno
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from bookings.models import Feed
from kernel.errors import Forbidden, Invalid, NotFound
from outside import vault
from schemas.clock import database_now
from schemas.transactions import transact
from tenants.gate import wait_for_all
from venues.access import MANAGES, Anyone, check_manager, resources_managed_by, venues_managed_by

SECRET_BYTES = 20
MOST_OF_STAFF = 200
MOST_OF_A_CUSTOMER = 5
Scope = Feed.Scope


@dataclass(frozen=True, slots=True)
class Wish:
    """What a feed is to show. `place_id` is the venue or resource; with names, or "Booked" alone."""

    scope: str
    place_id: int | None = None
    name: str = ""
    shows_names: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed is, for programs (`url`), as a link that opens one (`webcal`), and its QR code as an SVG."""

    url: str
    webcal: str

    def picture(self) -> str:
        """The QR code of the link, as an SVG element."""
        found = io.BytesIO()
        made = segno.make(self.webcal, error="m", micro=False)
        made.save(found, kind="svg", xmldecl=False, scale=4, border=4, light="#fff", title="webcal")
        return found.getvalue().decode()


def make(user: User, wish: Wish) -> Feed:
    """A new feed: customers of their own bookings, owner and managers of places that they manage.

    Raises `Forbidden`, `NotFound` for a place that is not theirs, `Invalid("one_place")` and
    `Invalid("too_many_feeds")`.
    """

    def act() -> Feed:
        wait_for_all([f"feeds:{user.pk if wish.scope == Scope.CUSTOMER else 'staff'}"])
        place = _place(user, wish)
        _check_room(user, wish)
        secret = secrets.token_hex(SECRET_BYTES)
        return Feed.objects.create(
            digest=digest_of(secret),
            sealed=vault.seal(secret),
            scope=wish.scope,
            name=wish.name.strip(),
            shows_names=wish.shows_names and wish.scope != Scope.CUSTOMER,
            created_by_id=user.pk,
            created_at=database_now(),
            **place,
        )

    return transact(act)


def address_of(feed: Feed, base: str) -> Address:
    """Where a feed is, at a host such as `https://alpha.example`; raises `vault.Sealed` when the key is gone."""
    path = reverse("calendar-feed", args=[vault.unseal(feed.sealed)])
    return Address(f"{base}{path}", f"webcal://{base.partition('://')[2]}{path}")


def feeds_of_staff(user: Anyone) -> QuerySet[Feed]:
    """Feeds that the caller may see and revoke, live ones: all for the owner, a manager's of the own venues."""
    check_manager(user)
    live = Feed.objects.filter(revoked_at=None).exclude(scope=Scope.CUSTOMER).select_related("venue", "resource__venue")
    if user.is_authenticated and user.role == Role.OWNER:
        return live
    return live.filter(Q(venue__in=venues_managed_by(user)) | Q(resource__venue__in=venues_managed_by(user)))


def feeds_of_customer(user: User) -> QuerySet[Feed]:
    """The caller's feeds of their own bookings, live ones."""
    return Feed.objects.filter(scope=Scope.CUSTOMER, customer=user, revoked_at=None)


def feeds_of(user: User) -> QuerySet[Feed]:
    """All live feeds of the caller: own ones, and those that they manage."""
    own = Q(scope=Scope.CUSTOMER, customer=user)
    if user.role not in MANAGES:
        return Feed.objects.filter(own, revoked_at=None)
    managed = feeds_of_staff(user).values("pk")
    return Feed.objects.filter(own | Q(pk__in=managed), revoked_at=None).select_related("venue", "resource__venue")


def feed_of(user: User, feed_id: int) -> Feed:
    """One of them; `NotFound` for others and for revoked ones."""
    feed = feeds_of(user).filter(pk=feed_id).first()
    if feed is None:
        raise _unknown()
    return feed


def revoke(user: User, feed_id: int) -> None:
    """The address leads nowhere from now on. `NotFound` for feeds of others and those that are revoked already."""

    def act() -> None:
        if not feeds_of(user).filter(pk=feed_id).update(revoked_at=database_now()):
            raise _unknown()

    transact(act)


def opened_by(secret: str) -> Feed:
    """The feed of an address. Unknown, revoked and another tenant's are the same `NotFound`, and so are those whose
    maker may not see its bookings any more."""
    feed = (
        Feed.objects.filter(digest=digest_of(secret), revoked_at=None)
        .select_related("venue", "resource__venue", "customer")
        .first()
    )
    if feed is None or not _is_good(feed):
        raise _unknown()
    return feed


def digest_of(secret: str) -> str:
    """SHA-256: 160 random bits need no salt and no stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _is_good(feed: Feed) -> bool:
    if feed.customer is not None:
        return feed.customer.is_active
    if not feed.shows_names:
        return True
    maker = User.objects.filter(pk=feed.created_by_id or 0, is_active=True).first()
    return maker is not None and maker.role in MANAGES and feeds_of_staff(maker).filter(pk=feed.pk).exists()


def _place(user: User, wish: Wish) -> dict[str, Any]:
    """The columns of what the feed is of."""
    if wish.scope == Scope.CUSTOMER:
        if wish.place_id is not None:
            raise _no_place()
        return {"customer": user}
    check_manager(user)
    if wish.scope == Scope.TENANT:
        return _everything(user, wish)
    if wish.place_id is None:
        raise _no_place()
    rows: QuerySet[Any] = venues_managed_by(user) if wish.scope == Scope.VENUE else resources_managed_by(user)
    found = rows.filter(pk=wish.place_id).first()
    if found is None:
        raise NotFound("not_found", _("There is no such place."))
    return {wish.scope: found}


def _everything(user: User, wish: Wish) -> dict[str, Any]:
    if wish.place_id is not None:
        raise _no_place()
    if user.role != Role.OWNER:
        raise Forbidden("permission_denied", _("Only the owner may share the calendar of everything."))
    return {}


def _check_room(user: User, wish: Wish) -> None:
    if wish.scope == Scope.CUSTOMER:
        count, most = feeds_of_customer(user).count(), MOST_OF_A_CUSTOMER
    else:
        count, most = Feed.objects.filter(revoked_at=None).exclude(scope=Scope.CUSTOMER).count(), MOST_OF_STAFF
    if count >= most:
        raise Invalid("too_many_feeds", _("There are %(most)d addresses already. Revoke one first.") % {"most": most})


def _no_place() -> Invalid:
    return Invalid("one_place", _("Choose one venue or one resource, or everything."))


def _unknown() -> NotFound:
    return NotFound("not_found", _("There is no such calendar."))
