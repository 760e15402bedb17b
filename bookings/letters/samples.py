"""A made-up booking, to try words out on: nobody's, and never saved."""

import uuid
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bookings.letters.kinds import Kind
from bookings.models import Booking
from bookings.states import PaymentState, State
from tenants import speech
from tenants.models import Tenant
from venues.models import Rate, Resource, Venue

AHEAD = timedelta(days=9)
LENGTH = timedelta(minutes=90)
TOTAL, PAID = 4500, 1500


def booking(tenant: Tenant, now: datetime) -> Booking:
    """An hour and a half of the tenant's first resource, next week at a full hour; partly paid."""
    resource = Resource.objects.select_related("venue").filter(is_active=True).order_by("pk").first()
    if resource is None:
        venue = Venue(name=tenant.name, time_zone=tenant.time_zone, currency=tenant.currency)
        resource = Resource(name=_("Court 1"), venue=venue)
    start = (now + AHEAD).replace(minute=0, second=0, microsecond=0)
    return Booking(
        id=uuid.UUID(int=0),
        reference_code=f"BK-{start:%y%m%d}-3479",
        resource=resource,
        start=start,
        end=start + LENGTH,
        participants=4,
        name=_("Anna Example"),
        email="anna@example.org",
        state=State.CONFIRMED,
        payment_state=PaymentState.DEPOSIT_PAID,
        hold_expires_at=now + timedelta(hours=2),
        price_per_unit_minor=TOTAL,
        pricing_unit=Rate.Unit.HOUR,
        total_minor=TOTAL,
        paid_minor=PAID,
        fee_minor=PAID // 3,
        refunding_minor=0,
        currency=resource.venue.currency,
        time_zone=resource.venue.time_zone,
    )


def told(kind: Kind, sample: Booking) -> dict[str, str]:
    """What the kind's own placeholders would be told, in the language that is active."""
    money = speech.money(PAID, sample.currency)
    rows = [_("09:00 %(what)s, Anna Example"), _("11:30 %(what)s, Ben Example")]
    return {
        "amount": money,
        "changes": _("Start: 17:00 instead of 16:00"),
        "date": speech.day(sample.start),
        "count": "2",
        "message": _("Yes, there is parking behind the house. See you soon!")
        if kind == Kind.ANSWER
        else _("The floor of the hall has to be repaired that day. We are sorry!"),
        "by": _("It was cancelled by us, not by you."),
        "list": "\n".join(row % {"what": sample.resource.name} for row in rows),
    }
