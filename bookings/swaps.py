"""Bookings change places: the first takes the second's time and resource, and so on; the last takes the first's.

All or nothing. Staff keep everybody's price; customers' own bookings are priced anew.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.utils.translation import gettext as _

from bookings import changes, claims, limits, moves, plans, waitlist
from bookings.agreed import Change, claiming_parts_of, request_of
from bookings.changes import Preview
from bookings.drafts import Moment, drafted
from bookings.models import Booking, Occupancy
from bookings.plans import STAFF_MAY_OVERRULE
from bookings.records import Actor
from kernel.errors import Forbidden, Invalid
from schemas.transactions import Again, transact
from tenants import gate

LEAST, MOST = 2, 20


def swap(bookings: Sequence[Booking], actor: Actor) -> list[Preview]:
    """Rotate the places of bookings, in the order given. Staff, or a customer whose bookings all of them are.

    Raises what `changes.change` raises, for the first booking that cannot have its new place.
    """
    ids = [booking.pk for booking in bookings]
    if not LEAST <= len(ids) <= MOST or len(set(ids)) != len(ids):
        raise Invalid("swap_of_two", _("Name two to %(most)d different bookings.") % {"most": MOST})

    def act() -> list[Preview]:
        current, now = _locked(ids, actor)
        if not actor.is_staff and {booking.customer_id for booking in current} != {actor.user_id}:
            raise Forbidden("permission_denied", _("These are not all your bookings."))
        # Nobody is in anybody's way; each then takes its new place beside those that have theirs.
        Occupancy.objects.filter(booking__in=ids).delete()
        done = []
        for number, place in enumerate([*current[1:], current[0]]):
            moment = Moment(actor, now, lock=True, moving=frozenset(ids[number + 1 :]))
            done.append(changes.write(drafted(current[number], _to(current[number], place, actor), moment), moment))
        waitlist.later(claims.resources_of(ids), now)  # extras and further resources may have become free
        return done

    return transact(act)


def _to(booking: Booking, place: Booking, actor: Actor) -> Change:
    return Change(
        start=place.start,
        end=place.end,
        resource_id=place.resource_id,
        agreed_minor=booking.total_minor if actor.is_staff else None,
        overrules=STAFF_MAY_OVERRULE if actor.is_staff else frozenset(),
    )


def _locked(ids: Sequence[UUID], actor: Actor) -> tuple[list[Booking], datetime]:
    """The bookings in the order given, locked after everything that they have, and the clock."""
    has = claims.resources_of(ids)
    requests = [request_of(seen, claiming_parts_of(seen), Change()) for seen in Booking.objects.filter(pk__in=ids)]
    claims.lock(sorted(has), reduce(or_, (plans.stock_for(request, has) for request in requests)))
    now = gate.open_now(alone="" if actor.is_staff else limits.customer_key(requests[0]))
    found = {pk: moves.locked(pk) for pk in sorted(ids)}
    if claims.resources_of(ids) != has:
        raise Again
    return [found[pk] for pk in ids], now
